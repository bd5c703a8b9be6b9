"""Ioeventfds: writes that signal a notifier, kept sorted for each region and each address space."""

from bisect import bisect_left, insort
from collections import Counter, deque
from collections.abc import Iterator
from itertools import pairwise, repeat
from typing import NamedTuple

from impl.region import MemoryMapError, MemoryRegion, check_address
from impl.sweep import RenderAbort
from impl.view import FlatView

SIZES = frozenset((0, 1, 2, 4, 8))


class IoeventfdAbort(RenderAbort):
    """QEMU would abort: a listener would be told of an ioeventfd below address 0. Rules: T10."""


class Ioeventfd(NamedTuple):
    """A write of `size` bytes (0: any) at `start` that signals `notifier`.

    It must be of the value `data`, unless that is None. `start` is an offset in a region, or an
    address. Rules: T10.
    """

    start: int
    size: int
    data: int | None
    notifier: int


Order = tuple[int, int, bool, int, int]


def order(one: Ioeventfd) -> Order:
    """What lists are sorted by. Rules: T10."""
    return (one.start, one.size, one.data is not None, one.data or 0, one.notifier)


class IoeventfdLists:
    """The sorted lists of all regions that have ioeventfds."""

    __slots__ = ("_of_region",)

    def __init__(self) -> None:
        self._of_region: dict[MemoryRegion, list[Ioeventfd]] = {}

    def add(self, region: MemoryRegion, added: Ioeventfd) -> None:
        """One more, after its equals. Raises MemoryMapError if it is impossible. Rules: T10."""
        check(added)
        insort(self._of_region.setdefault(region, []), added, key=order)

    def remove(self, region: MemoryRegion, wanted: Ioeventfd) -> None:
        """Take away the first that `wanted` means; MemoryMapError if there is none.

        Size 0 means, and is meant by, whatever begins at the same offset. Rules: T10.
        """
        check(wanted)
        listed = self._of_region.get(region, [])
        first = bisect_left(listed, wanted.start, key=lambda one: one.start)
        begins_there = first < len(listed) and listed[first].start == wanted.start
        place = bisect_left(listed, order(wanted), key=order)
        if begins_there and 0 in (wanted.size, listed[first].size):
            place = first
        elif place == len(listed) or listed[place] != wanted:
            raise MemoryMapError(f"region {region.name} has no such ioeventfd")
        del listed[place]

    def signalled(
        self, region: MemoryRegion, offset: int, size: int, data: int
    ) -> Ioeventfd | None:
        """The first that a dispatched write of `size` bytes signals, or None. Rules: A10, T10."""
        listed = self._of_region.get(region, [])
        for one in listed[bisect_left(listed, offset, key=lambda one: one.start) :]:
            if one.start != offset:
                break
            if one.size == 0 or (one.size == size and one.data in (None, data)):
                return one
        return None

    def shown(self, view: FlatView) -> Iterator[Ioeventfd]:
        """What a view shows, at its addresses, range by range.

        Each is shown whole, by every range in which any of it lies. Rules: R2, T10.
        """
        if not self._of_region:
            return
        for chunk in view.chunks:
            if self._of_region.keys().isdisjoint(chunk.by_region):
                continue
            for section in chunk.ranges:
                for one in self._of_region.get(section.region, ()):
                    start = one.start - section.offset + section.start
                    if start < section.end and max(start + one.size, start + 1) > section.start:
                        yield one._replace(start=start)


def check(one: Ioeventfd) -> None:
    """Raise MemoryMapError unless a region can have this ioeventfd. Rules: T10."""
    check_address("ioeventfd offset", one.start)
    if one.size not in SIZES:
        raise MemoryMapError(f"ioeventfd size {one.size} is not 0, 1, 2, 4 or 8")
    if one.data is not None:
        check_address("ioeventfd data", one.data)


def changes(old: list[Ioeventfd], new: list[Ioeventfd]) -> Iterator[tuple[bool, Ioeventfd]]:
    """What is told of a space's new list: whether each is added or deleted. Raises IoeventfdAbort.

    Of sorted lists it is the balance of how often each stands in them. Rules: T10.
    """
    if is_sorted(old) and is_sorted(new):
        balance = Counter(new)
        balance.subtract(old)
        told: Iterator[tuple[bool, Ioeventfd]] = (
            (count > 0, one)
            for one in sorted(balance, key=order)
            for count in repeat(balance[one], abs(balance[one]))
        )
    else:
        told = changes_unsorted(deque(old), deque(new))
    for is_added, one in told:
        if one.start < 0:
            raise IoeventfdAbort(f"an ioeventfd would begin at {one.start}")
        yield is_added, one


def changes_unsorted(
    old: deque[Ioeventfd], new: deque[Ioeventfd]
) -> Iterator[tuple[bool, Ioeventfd]]:
    """What QEMU tells of lists that are not sorted: it looks at what comes next in each.

    A list is not sorted where an ioeventfd reaches over the edge of its range. Rules: T10.
    """
    while old and new:
        if order(old[0]) > order(new[0]):
            yield True, new.popleft()
        elif old[0] == new[0]:
            old.popleft()
            new.popleft()
        else:
            yield False, old.popleft()
    yield from ((False, one) for one in old)
    yield from ((True, one) for one in new)


def is_sorted(listed: list[Ioeventfd]) -> bool:
    """Whether a list is in order; equals may stand side by side."""
    return all(order(one) <= order(following) for one, following in pairwise(listed))
