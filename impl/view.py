"""Flat views that answer by binary search; head, body and tail sections are computed on demand."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import chain, pairwise
from mmap import mmap
from typing import Any, NamedTuple

from impl.flags import RangeFlags
from impl.region import TOP, MemoryRegion


class FlatRange(NamedTuple):
    """A run of addresses that one region answers, from `offset` inside it. Rules: R6."""

    start: int
    end: int
    region: MemoryRegion
    offset: int
    flags: RangeFlags


class Section(NamedTuple):
    """A run of addresses that dispatch treats alike.

    `region` is None for the unassigned section and for the container of a divided page.
    Rules: D2, D4.
    """

    start: int
    size: int
    region: MemoryRegion | None
    offset: int
    is_subpage: bool = False


Recent = tuple[int, int, mmap, int, MemoryRegion]
"""A section of mapped RAM: its first address and the one after its last, its memory, the address
less the offset into it, and its region."""

UNASSIGNED = Section(start=0, size=TOP, region=None, offset=0)


class Chunk:
    """Some neighbouring ranges of views, which share it: `starts` are their first addresses.

    `first` is the first of these. `by_region` is made when it is first asked for. Rules: T3.
    """

    __slots__ = ("_by_region", "first", "ranges", "starts")

    def __init__(self, ranges: Sequence[FlatRange]) -> None:
        self.ranges = ranges
        self.starts = [one.start for one in ranges]
        self.first = self.starts[0]
        self._by_region: dict[MemoryRegion, list[FlatRange]] | None = None

    @property
    def by_region(self) -> dict[MemoryRegion, list[FlatRange]]:
        """The ranges of each region."""
        if self._by_region is None:
            found: dict[MemoryRegion, list[FlatRange]] = {}
            for one in self.ranges:
                found.setdefault(one.region, []).append(one)
            self._by_region = found
        return self._by_region


def chunks_of(ranges: Sequence[FlatRange], most: int) -> list[Chunk]:
    """Ranges in chunks of about the same length, none of more than `most`."""
    count = -(-len(ranges) // most)
    edges = [number * len(ranges) // (count or 1) for number in range(count + 1)]
    return [Chunk(ranges[start:end]) for start, end in pairwise(edges)]


NOBODY: Any = None
NOTHING = (Chunk([FlatRange(TOP, 0, NOBODY, 0, RangeFlags())]),)
"""What is looked through in an empty view: a range that has no address."""


class FlatView:
    """An immutable snapshot of an address space: sorted ranges that do not overlap.

    `root` is the region it was rendered from, None for the empty view; `serial` counts the views
    rendered up to it. Its `chunks` it shares with views from before and after it. What changes are
    the `references` that the writer has, of which `Lifetimes.references_of` counts all, `freed` at
    the end of its life, and the most `recent` section of RAM that was accessed
    (`impl.address_space`). Rules: R9, R11, L1.
    """

    __slots__ = (
        "_firsts",
        "_ranges",
        "_searched",
        "chunks",
        "freed",
        "recent",
        "references",
        "root",
        "serial",
    )

    def __init__(self, root: MemoryRegion | None, chunks: Sequence[Chunk], serial: int) -> None:
        self.root = root
        self.chunks = chunks
        self.serial = serial
        self.references = 0
        self.freed = False
        self.recent: Recent | None = None
        self._searched = chunks or NOTHING
        self._firsts = [chunk.first for chunk in self._searched]
        self._ranges: tuple[FlatRange, ...] | None = None

    @property
    def ranges(self) -> tuple[FlatRange, ...]:
        """All ranges, ascending."""
        if self._ranges is None:
            self._ranges = tuple(chain.from_iterable(chunk.ranges for chunk in self.chunks))
        return self._ranges

    def __iter__(self) -> Iterator[FlatRange]:
        return chain.from_iterable(chunk.ranges for chunk in self.chunks)

    def find(self, address: int) -> FlatRange | None:
        """The range that answers at an address, or None in a hole. Rules: P6."""
        chunk = self._searched[bisect_right(self._firsts, address) - 1]
        one = chunk.ranges[bisect_right(chunk.starts, address) - 1]
        return one if one.start <= address < one.end else None

    def ranges_after(self, address: int) -> Iterator[FlatRange]:
        """The ranges that end after an address, ascending."""
        first = max(bisect_right(self._firsts, address) - 1, 0)
        for chunk in self.chunks[first:]:
            for one in chunk.ranges:
                if one.end > address:
                    yield one

    def find_section(self, address: int, page_bits: int) -> Section:
        """The dispatch section that answers at an address. Rules: D3, D7, D9."""
        found = self.find(address)
        if found is None:
            return UNASSIGNED
        return piece(found, *section_edges(found, address, page_bits))

    def sections(self, page_bits: int) -> Iterator[Section]:
        """All sections, in the order in which QEMU registers them. Rules: D2, D3, D4."""
        yield UNASSIGNED
        divided = -1
        for one in self:
            for section in sections_of(one, page_bits, divided):
                if section.is_subpage:
                    divided = section.start >> page_bits
                yield section


def sections_of(one: FlatRange, page_bits: int, divided: int) -> Iterator[Section]:
    """The sections of a range, and before them the containers of pages that are divided anew.

    `divided` is the number of the last page that is divided already. Rules: D3, D4.
    """
    head_end, tail_start = page_edges(one, page_bits)
    for start, end, shares_page in (
        (one.start, head_end, True),
        (head_end, tail_start, False),
        (tail_start, one.end, True),
    ):
        if start == end:
            continue
        if shares_page and start >> page_bits != divided:
            divided = start >> page_bits
            yield Section(divided << page_bits, 1 << page_bits, None, 0, is_subpage=True)
        yield piece(one, start, end)


def page_edges(one: FlatRange, page_bits: int) -> tuple[int, int]:
    """Where a range's whole pages begin and end; equal if it has none. Rules: D3."""
    mask = (1 << page_bits) - 1
    head_end = min(one.end, (one.start + mask) & ~mask)
    return head_end, max(head_end, one.end & ~mask)


def section_edges(one: FlatRange, address: int, page_bits: int) -> tuple[int, int]:
    """Where the section of a range's address begins and ends: head, body or tail. Rules: D3."""
    start, end = one.start, one.end
    if not (start | end) & (1 << page_bits) - 1:
        return start, end
    head_end, tail_start = page_edges(one, page_bits)
    if address < head_end:
        return start, head_end
    if address < tail_start:
        return head_end, tail_start
    return tail_start, end


def piece(one: FlatRange, start: int, end: int) -> Section:
    """The part of a range between two addresses, as a section."""
    return Section(start, end - start, one.region, one.offset + (start - one.start))
