"""Comparing what two sides show of a view, address by address."""

from collections.abc import Sequence

from fuzz.observation import RangeSeen, ViewSeen

MOST_PROBES = 16
"""How many addresses of a view are looked up, unless it has fewer edges."""

TOP = 1 << 64


def probes(view: ViewSeen) -> list[int]:
    """Addresses to look up in a view: around the edges of its ranges, evenly spread over them."""
    edges = {0, TOP - 1}
    for one in view.ranges:
        end = one.start + one.size
        edges.update((one.start - 1, one.start, end - 1, end))
    addresses = sorted(edge for edge in edges if 0 <= edge < TOP)
    stride = max(1, len(addresses) // MOST_PROBES)
    return addresses[::stride]


def first_difference(left: ViewSeen, right: ViewSeen) -> int | None:
    """The first address that two views answer differently.

    Views can also differ in how they cut the same answers into ranges: then it is the start of the
    first range that differs. None if the ranges are the same.
    """
    sides = (sorted_ranges(left.ranges), sorted_ranges(right.ranges))
    edges = sorted({edge for side in sides for one in side for edge in (one.start, end_of(one))})
    for edge in edges:
        if answer(sides[0], edge) != answer(sides[1], edge):
            return edge
    for one, other in zip(*sides, strict=False):
        if one != other:
            return min(one.start, other.start)
    longer = max(sides, key=len)
    shorter = min(sides, key=len)
    return longer[len(shorter)].start if len(longer) > len(shorter) else None


def answer(ranges: Sequence[RangeSeen], address: int) -> tuple[object, ...] | None:
    """What the first range that holds an address says of it; None in a hole."""
    for one in ranges:
        if one.start <= address < end_of(one):
            return (one.region, one.offset + (address - one.start), *one[4:])
    return None


def sorted_ranges(ranges: Sequence[RangeSeen]) -> list[RangeSeen]:
    """Ranges by start: a broken target may not have sorted them."""
    return sorted(ranges, key=lambda one: one.start)


def end_of(one: RangeSeen) -> int:
    """The first address after a range."""
    return one.start + one.size
