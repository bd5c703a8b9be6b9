"""What general libraries for intervals make of rendering: the same flat ranges, by their means.

All begin with a container of RAM, as `impl.render.render` does, and give what it gives, with plain
tuples for flat ranges. Where a library allows of several algorithms, here is the fastest that we
found, or both if either is worth knowing.
"""

from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise

import intervaltree
import portion
from sortedcontainers import SortedList

from cli.benchmarks.workload import placed_in
from impl import MemoryRegion
from impl.flags import RangeFlags

Range = tuple[int, int, MemoryRegion, int, RangeFlags]
"""Start, end, region, offset into it, flags: as in `impl.FlatRange`."""


def joined(pieces: Iterable[tuple[int, int, MemoryRegion]]) -> list[Range]:
    """Flat ranges of pieces that are sorted: neighbours that one region answers are one."""
    ranges: list[Range] = []
    for start, end, region in pieces:
        if ranges and ranges[-1][2] is region and ranges[-1][1] == start:
            ranges[-1] = (ranges[-1][0], end, *ranges[-1][2:])
        else:
            ranges.append((start, end, region, start - region.addr, region.flags))
    return ranges


def by_intervaltree(root: MemoryRegion) -> list[Range]:
    """All windows in a tree, which is asked at the start of each piece between two edges.

    To have the tree split what overlaps, and merge what is equal, takes 3 to 4 times as long.
    """
    placed = placed_in(root)
    tree = intervaltree.IntervalTree(
        intervaltree.Interval(start, end, rank) for rank, (start, end, _) in enumerate(placed)
    )
    edges = sorted({edge for start, end, _ in placed for edge in (start, end)})

    def pieces() -> Iterator[tuple[int, int, MemoryRegion]]:
        for start, end in pairwise(edges):
            showing = tree[start]
            if showing:
                yield start, end, placed[min(one.data for one in showing)][2]

    return joined(pieces())


def by_portion(root: MemoryRegion) -> list[Range]:
    """A dictionary of intervals, painted over from back to front."""
    painted = portion.IntervalDict()
    for start, end, region in reversed(placed_in(root)):
        painted[portion.closedopen(start, end)] = region
    pieces = (
        (piece.lower, piece.upper, region)
        for interval, region in painted.items()
        for piece in interval
    )
    return joined(sorted(pieces, key=lambda one: one[0]))


def by_filling_gaps(root: MemoryRegion) -> list[Range]:
    """Gaps filled from front to back, as QEMU does it, in a SortedList of starts."""
    starts: SortedList[int] = SortedList()
    filled: dict[int, tuple[int, MemoryRegion]] = {}
    for start, end, region in placed_in(root):
        index, cursor = starts.bisect_right(start), start
        if index:
            cursor = max(cursor, filled[starts[index - 1]][0])
        new = []
        for following in starts.islice(index):
            if following >= end:
                break
            if cursor < following:
                filled[cursor] = following, region
                new.append(cursor)
            cursor = filled[following][0]
        if cursor < end:
            filled[cursor] = end, region
            new.append(cursor)
        for cursor in new:
            starts.add(cursor)
    return joined((start, *filled[start]) for start in starts)


def by_sweeping(root: MemoryRegion) -> list[Range]:
    """A sweep over the sorted edges, with what overlaps the present one in a SortedList."""
    placed = placed_in(root)
    edges = [(start, rank) for rank, (start, _, _) in enumerate(placed)]
    edges += [(end, ~rank) for rank, (_, end, _) in enumerate(placed)]
    edges.sort()
    active: SortedList[int] = SortedList()
    pieces: list[tuple[int, int, MemoryRegion]] = []
    front, cursor = -1, 0
    for at, rank in edges:
        if rank >= 0:
            active.add(rank)
            if -1 < front < rank:
                continue
            following = rank
        else:
            active.remove(~rank)
            if ~rank != front:
                continue
            following = active[0] if active else -1
        if front >= 0 and cursor < at:
            pieces.append((cursor, at, placed[front][2]))
        front, cursor = following, at
    return joined(pieces)


INTERVALTREE, PORTION = "intervaltree", "portion"
FILLING, SWEEPING = "sortedcontainers, filling gaps", "sortedcontainers, sweeping"

RIVALS: dict[str, Callable[[MemoryRegion], list[Range]]] = {
    INTERVALTREE: by_intervaltree,
    PORTION: by_portion,
    FILLING: by_filling_gaps,
    SWEEPING: by_sweeping,
}
