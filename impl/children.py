"""The subregions of a region: in the order of painting, and by where they lie.

What lies somewhere is found by size. All subregions of more than 2^(n-1) and at most 2^n bytes
stand in one list, sorted by address, so that those which reach into a window begin less than 2^n
bytes before it. Large ones that overlap everything so do not hide the small ones from the search.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterator
from typing import TYPE_CHECKING

from impl.flags import RangeFlags

if TYPE_CHECKING:
    from impl.region import MemoryRegion

Window = tuple[int, tuple[int, ...], int, "MemoryRegion", int, RangeFlags]
"""Addresses that a region may answer: start, rank, end, the region, its base, its flags.

Of two windows that overlap, that with the smaller rank is in front. A rank has one number for each
container on the path.
"""

SizeClasses = dict[int, list[Window]]


class Children:
    """The subregions of one region, of which only the enabled ones lie anywhere.

    `front_first` has all, in the order of painting. `leaves` are those that answer themselves and
    have no subregions, `others` are what has to be looked into; both have windows in the
    coordinates of the containing region. Rules: M3, R4.
    """

    __slots__ = ("front_first", "leaves", "others")

    def __init__(self) -> None:
        self.front_first: list[MemoryRegion] = []
        self.leaves: SizeClasses = {}
        self.others: SizeClasses = {}

    def add(self, child: MemoryRegion) -> None:
        """Take a subregion in, behind those whose `order` is smaller. Rules: M3."""
        insort(self.front_first, child, key=order_of)
        self.place(child)

    def remove(self, child: MemoryRegion) -> None:
        """Take a subregion out."""
        del self.front_first[bisect_left(self.front_first, child.order, key=order_of)]
        self.displace(child)

    def place(self, child: MemoryRegion) -> None:
        """Have a subregion found where it lies, if it is enabled and has any bytes. Rules: R1."""
        if not child.enabled or child.size == 0:
            return
        classes = self.leaves if child.is_leaf else self.others
        listed = classes.setdefault((child.size - 1).bit_length(), [])
        addr = child.addr
        insort(listed, (addr, (child.order,), addr + child.size, child, addr, child.flags))

    def displace(self, child: MemoryRegion) -> None:
        """Have a subregion found no more; its fields are still as they were when it was placed."""
        if not child.enabled or child.size == 0:
            return
        classes = self.leaves if child.is_leaf else self.others
        listed = classes[(child.size - 1).bit_length()]
        del listed[bisect_left(listed, (child.addr, (child.order,)))]


def order_of(child: MemoryRegion) -> int:
    """What siblings are sorted by."""
    return child.order


def reaching_into(
    classes: SizeClasses, start: int, end: int
) -> Iterator[tuple[list[Window], bool]]:
    """The windows that reach into [start, end), some lists of them, each sorted by address.

    Whether all of a list lies inside is said if it is plain to see; else a window may reach out, or
    end no later than `start`.
    """
    for bits, listed in classes.items():
        first = bisect_left(listed, (start - (1 << bits) + 1,))
        last = bisect_left(listed, (end,), first)
        if first < last:
            found = listed[first:last]
            yield found, start <= found[0][0] and found[-1][0] + (1 << bits) <= end
