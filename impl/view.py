"""Flat views that answer by binary search; head, body and tail sections are computed on demand."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from impl.region import TOP, MemoryRegion


class FlatRange(NamedTuple):
    """A run of addresses that one region answers, from `offset` inside it. Rules: R6."""

    start: int
    end: int
    region: MemoryRegion
    offset: int
    dirty_log_mask: int
    romd_mode: bool
    readonly: bool
    nonvolatile: bool
    unmergeable: bool


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


UNASSIGNED = Section(start=0, size=TOP, region=None, offset=0)


class FlatView:
    """An immutable snapshot of an address space: sorted ranges that do not overlap.

    `root` is the region it was rendered from, None for the empty view; `serial` counts the views
    rendered up to it. What changes are the number of `references`, and `freed` at the end of its
    life (`impl.lifecycle`). Rules: R9, R11, L1.
    """

    __slots__ = ("_starts", "freed", "ranges", "references", "root", "serial")

    def __init__(self, root: MemoryRegion | None, ranges: Sequence[FlatRange], serial: int) -> None:
        self.root = root
        self.ranges = tuple(ranges)
        self.serial = serial
        self.references = 0
        self.freed = False
        self._starts = [one.start for one in ranges]

    def find(self, address: int) -> FlatRange | None:
        """The range that answers at an address, or None in a hole. Rules: P6."""
        index = bisect_right(self._starts, address) - 1
        if index >= 0 and address < self.ranges[index].end:
            return self.ranges[index]
        return None

    def find_section(self, address: int, page_bits: int) -> Section:
        """The dispatch section that answers at an address. Rules: D3, D7, D9."""
        found = self.find(address)
        if found is None:
            return UNASSIGNED
        head_end, tail_start = page_edges(found, page_bits)
        if address < head_end:
            return piece(found, found.start, head_end)
        if address < tail_start:
            return piece(found, head_end, tail_start)
        return piece(found, tail_start, found.end)

    def sections(self, page_bits: int) -> Iterator[Section]:
        """All sections, in the order in which QEMU registers them. Rules: D2, D3, D4."""
        yield UNASSIGNED
        page_size = 1 << page_bits
        divided = -1
        for one in self.ranges:
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
                    yield Section(divided << page_bits, page_size, None, 0, is_subpage=True)
                yield piece(one, start, end)


def page_edges(one: FlatRange, page_bits: int) -> tuple[int, int]:
    """Where a range's whole pages begin and end; equal if it has none. Rules: D3."""
    mask = (1 << page_bits) - 1
    head_end = min(one.end, (one.start + mask) & ~mask)
    return head_end, max(head_end, one.end & ~mask)


def piece(one: FlatRange, start: int, end: int) -> Section:
    """The part of a range between two addresses, as a section."""
    return Section(start, end - start, one.region, one.offset + (start - one.start))
