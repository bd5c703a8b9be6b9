"""Memory maps: the transactions that change regions, and the address spaces that see the result."""

from collections.abc import Iterator
from contextlib import contextmanager

from impl.access import Accesses, FuzzHook
from impl.address_space import AddressSpace
from impl.flavour import CURRENT, Flavour
from impl.lifecycle import Lifetimes
from impl.listeners import Listeners
from impl.region import (
    MemoryMapError,
    MemoryRegion,
    RegionKind,
    check_address,
    check_size,
)
from impl.sweep import check_section_count, flat_root, render
from impl.view import FlatView


class MemoryMap:
    """Regions and address spaces that change together.

    It behaves as its `flavour` of QEMU does, and its devices have the byte order of the target,
    little unless it is `big_endian`. A `fuzz_hook` is called for what is read from memory.

    Changes inside `with memory_map.transaction():` are published at its end, all at once. Then the
    map destroys what nothing refers to any more and no reader can be looking at; if it `reclaims`
    nothing by itself, that is left to the methods of `lifetimes`.
    """

    def __init__(
        self,
        flavour: Flavour = CURRENT,
        page_bits: int = 12,
        reclaims: bool = True,
        big_endian: bool = False,
        fuzz_hook: FuzzHook | None = None,
    ) -> None:
        self.flavour = flavour
        self.page_bits = page_bits
        self.listeners = Listeners(self, flavour)
        self.spaces: dict[str, AddressSpace] = {}
        self._empty = FlatView(None, (), 0)
        self.lifetimes = Lifetimes(self._empty, page_bits)
        self.reclaims = reclaims
        self._views: dict[MemoryRegion | None, FlatView] = {None: self._empty}
        self._rendered = 0
        self._depth = 0
        self._pending = False
        self.accesses = Accesses(self, big_endian, fuzz_hook)

    def create_region(
        self,
        name: str,
        kind: RegionKind,
        size: int,
        alias: MemoryRegion | None = None,
        alias_offset: int = 0,
    ) -> MemoryRegion:
        """Make a region that is in no container yet.

        Names are for people and need not differ. Raises MemoryMapError for an impossible size, and
        where an alias has no target or something else has one. Rules: M1, M2.
        """
        check_size(size)
        check_address("alias offset", alias_offset)
        if (kind is RegionKind.ALIAS) != (alias is not None):
            raise MemoryMapError(f"region {name}: an alias, and nothing else, has a target")
        return MemoryRegion(self, name, kind, size, alias, alias_offset)

    def create_space(self, name: str, root: MemoryRegion) -> AddressSpace:
        """Make an address space and publish its first view at once. Rules: T9."""
        if name in self.spaces:
            raise MemoryMapError(f"address space {name} exists already")
        space = AddressSpace(self, name, root, self._view_of(root, self._views))
        self.lifetimes.begin_space(space)
        self.spaces[name] = space
        self.listeners.update_ioeventfds(space)
        return space

    def destroy_space(self, name: str) -> None:
        """End an address space; it keeps the view it had. Rules: L6."""
        if name not in self.spaces:
            raise MemoryMapError(f"there is no address space {name}")
        self.listeners.forget_space(self.spaces[name])
        self.lifetimes.end_space(self.spaces.pop(name))

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open. Rules: T1."""
        return self._depth > 0

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Publish all changes made inside it together, also when it ends by an error. Rules: T1."""
        self.begin()
        try:
            yield
        finally:
            self.commit()

    def begin(self) -> None:
        """Open a transaction; they nest. Rules: T1."""
        self._depth += 1

    def commit(self) -> None:
        """Close a transaction; the outermost publishes if anything changed. Rules: T1, T2."""
        if self._depth == 0:
            raise MemoryMapError("commit without begin")
        self._depth -= 1
        if self._depth == 0 and self._pending:
            self._publish()
        elif self._depth == 0:
            self.listeners.commit_ioeventfds()

    def mark_pending(self, pending: bool) -> None:
        """Have the outermost commit render, if `pending`. Rules: M8."""
        self._pending = self._pending or pending

    def _publish(self) -> None:
        """Render what each space shows, then publish to all; nothing changes if one cannot be."""
        views: dict[MemoryRegion | None, FlatView] = {None: self._empty}
        published = [(space, self._view_of(space.root, views)) for space in self.spaces.values()]
        self._views, self._pending = views, False
        self.lifetimes.renew_table(views.values())
        self.listeners.publish(published)
        if self.reclaims:
            self.lifetimes.reclaim()

    def _view_of(self, root: MemoryRegion, views: dict[MemoryRegion | None, FlatView]) -> FlatView:
        """The view of a root's flat root, rendered unless `views` has it."""
        key = flat_root(root)
        if key not in views and key is not None:
            ranges = self.listeners.logged(render(key))
            self._rendered += 1
            views[key] = FlatView(key, ranges, self._rendered)
            if self.flavour.asserts_section_count:
                check_section_count(views[key], self.page_bits)
        return views[key]
