"""The views of the latest rebuild, and how the next ones are made from them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from impl.changes import Changes, Spans
from impl.flavour import Flavour
from impl.region import MemoryRegion
from impl.render import check_section_count, flat_root, render
from impl.splice import spliced, widened
from impl.view import Chunk, FlatRange, FlatView, chunks_of

if TYPE_CHECKING:
    from impl.address_space import AddressSpace

Views = dict[MemoryRegion | None, FlatView]
"""Views by what they are rendered from."""

RANGES_IN_CHUNK = 128
"""How many flat ranges a chunk of a view has at most, unless a map is told otherwise."""


class Rebuild(NamedTuple):
    """What a commit publishes: all views, whose they are, and which older ones they follow from."""

    views: Views
    published: list[tuple[AddressSpace, FlatView]]
    derived: dict[FlatView, FlatView]


class ViewTable:
    """The views of the latest rebuild by their flat roots, and what has changed since.

    `logged` makes ranges what they are while all writes are logged. Once it `may_abort`, because a
    region answers at all addresses, everything is rendered anew each time. Rules: R7, R9, R11, T2.
    """

    __slots__ = (
        "_logged",
        "_page_bits",
        "_serial",
        "_views",
        "asserts_section_count",
        "changes",
        "chunk_size",
        "empty",
        "may_abort",
    )

    def __init__(
        self,
        flavour: Flavour,
        page_bits: int,
        chunk_size: int,
        logged: Callable[[list[FlatRange]], list[FlatRange]],
    ) -> None:
        self.asserts_section_count = flavour.asserts_section_count
        self.chunk_size = chunk_size
        self.changes = Changes()
        self.may_abort = False
        self.empty = FlatView(None, (), 0)
        self._page_bits = page_bits
        self._logged = logged
        self._serial = 0
        self._views: Views = {None: self.empty}

    def has(self, root: MemoryRegion) -> bool:
        """Whether a view was rendered from this very region. Rules: R9."""
        return root in self._views

    def view_of(self, root: MemoryRegion) -> FlatView:
        """What a new address space shows: the table's view, which may be old. Rules: T9."""
        key = flat_root(root)
        if key not in self._views:
            self._views[key] = self._rendered(key, None)
        return self._views[key]

    def rebuild(self, spaces: Iterable[AddressSpace]) -> Rebuild:
        """New views for all spaces, of which `take` makes the table. Nothing changes yet.

        Raises RenderAbort and RenderLimit. Rules: R11, T2.
        """
        spans = None
        if not self.may_abort:
            spans = self.changes.shown_in([root for root in self._views if root is not None])
        made = Rebuild({None: self.empty}, [], {})
        for space in spaces:
            key = flat_root(space.root)
            if key not in made.views:
                old = self._views.get(key)
                view = made.views[key] = self._rendered(key, old, spans)
                if old is not None:
                    made.derived[view] = old
            made.published.append((space, made.views[key]))
        return made

    def take(self, made: Rebuild) -> None:
        """Have a rebuild's views as the table: they show the trees as they are. Rules: T2."""
        self._views = made.views
        self.changes.forget()

    def _rendered(
        self,
        root: MemoryRegion | None,
        old: FlatView | None,
        spans: dict[MemoryRegion, Spans] | None = None,
    ) -> FlatView:
        """A new view of a flat root; `spans` say where the old may differ, None for anywhere."""
        assert root is not None
        if old is None or spans is None:
            chunks = self._whole(root)
        else:
            chunks = self._renewed(root, old, spans.get(root, []))
        view = FlatView(root, chunks, self._serial + 1)
        if self.asserts_section_count:
            check_section_count(view, self._page_bits)
        self._serial += 1
        return view

    def _whole(self, root: MemoryRegion) -> Sequence[Chunk]:
        """All that a tree shows."""
        return chunks_of(self._logged(render(root)), self.chunk_size)

    def _renewed(self, root: MemoryRegion, old: FlatView, spans: Spans) -> Sequence[Chunk]:
        """What a tree shows that differs from an old view in some places only.

        Where these are many, all is rendered: it costs less than to look for each place.
        """
        if len(spans) > len(old.chunks):
            return self._whole(root)
        chunks: Sequence[Chunk] = old.chunks
        for span in spans:
            start, end = widened(chunks, *span)
            rendered = self._logged(render(root, start, end))
            chunks = spliced(chunks, start, end, rendered, self.chunk_size)
        return chunks
