"""Rendering by a sweep over the edges of what is painted, in O(n log n) of the number of edges.

The tree is first unrolled into placements, in painting order: the window that each terminating
region may show, in front of all that come later. The sweep then walks the windows' edges upwards
and keeps the windows under it in a heap, the front one on top.
"""

from collections.abc import Iterator
from heapq import heappop, heappush
from itertools import pairwise
from typing import NamedTuple

from impl.region import TOP, MemoryRegion
from impl.view import FlatRange, FlatView


class RenderAbort(Exception):
    """QEMU would abort while rendering this tree. Rules: R7."""


class RenderLimit(Exception):
    """Rendering takes too long, or has no end: aliases lead back to themselves."""


MOST_VISITS = 1_000_000
"""How often regions may be entered while one view is rendered."""


class Placement(NamedTuple):
    """The window of one region on one path: addresses, the region's base, the path's flags."""

    start: int
    end: int
    region: MemoryRegion
    base: int
    readonly: bool
    nonvolatile: bool
    unmergeable: bool


ENTER, PAINT = "enter", "paint"


def flat_root(region: MemoryRegion) -> MemoryRegion | None:
    """The region that a view is rendered from and shared by. Rules: R9."""
    passed = {region}
    while region.enabled:
        following = None
        if region.alias is not None:
            if region.alias_offset == 0 and region.size >= region.alias.size:
                following = region.alias
        elif not region.terminates:
            children = [child for child in region.subregions if child.enabled]
            if not children:
                return None
            if len(children) == 1 and children[0].addr == 0 and region.size >= children[0].size:
                following = children[0]
        if following is None:
            return region
        if following in passed:
            raise RenderLimit(f"{following.name} stands for nothing but itself")
        passed.add(following)
        region = following
    return None


def render(root: MemoryRegion) -> list[FlatRange]:
    """The flat ranges of a tree, sorted and merged. Raises RenderAbort and RenderLimit.

    Rules: R1-R8.
    """
    placements = list(placements_of(root))
    check_abort(placements)
    return merged(sweep(placements))


def placements_of(root: MemoryRegion) -> Iterator[Placement]:
    """What the tree paints, front first: children before their container. Raises RenderLimit.

    The stack holds regions still to enter, and windows to paint once their children are done.
    Rules: R1, R3, R4, R6.
    """
    visits = 0
    stack = [(ENTER, Placement(0, TOP, root, 0, False, False, False))]
    while stack:
        step, entry = stack.pop()
        if step is PAINT:
            yield entry
            continue
        visits += 1
        if visits > MOST_VISITS:
            raise RenderLimit(f"rendering {root.name} has no end in sight")
        start, end, region, base, readonly, nonvolatile, unmergeable = entry
        if not region.enabled:
            continue
        base += region.addr
        start, end = max(start, base), min(end, base + region.size)
        if start >= end:
            continue
        flags = (
            readonly or region.readonly,
            nonvolatile or region.nonvolatile,
            unmergeable or region.unmergeable,
        )
        if region.alias is not None:
            target = region.alias
            base -= target.addr + region.alias_offset
            stack.append((ENTER, Placement(start, end, target, base, *flags)))
            continue
        if region.terminates:
            stack.append((PAINT, Placement(start, end, region, base, *flags)))
        for child in reversed(region.subregions):
            stack.append((ENTER, Placement(start, end, child, base, *flags)))


def check_abort(placements: list[Placement]) -> None:
    """Raise RenderAbort if a window of 2^64 bytes lies behind one range of 2^64 bytes.

    One range can cover everything only if the front window does. Rules: R7.
    """
    if not placements or placements[0].end - placements[0].start < TOP:
        return
    for later in placements[1:]:
        if later.end - later.start == TOP:
            raise RenderAbort(f"{later.region.name} lies wholly behind {placements[0].region.name}")


def sweep(placements: list[Placement]) -> Iterator[tuple[int, int, Placement]]:
    """The runs of addresses at which one placement is in front, upwards. Rules: R4, R5."""
    order = sorted(range(len(placements)), key=lambda rank: placements[rank].start)
    edges = sorted({edge for one in placements for edge in (one.start, one.end)})
    active: list[int] = []
    entering = 0
    for start, end in pairwise(edges):
        while entering < len(order) and placements[order[entering]].start <= start:
            heappush(active, order[entering])
            entering += 1
        while active and placements[active[0]].end <= start:
            heappop(active)
        if active:
            yield start, end, placements[active[0]]


def merged(runs: Iterator[tuple[int, int, Placement]]) -> list[FlatRange]:
    """Runs as flat ranges; runs of one placement always join, others by R8. Rules: R6, R8."""
    ranges: list[FlatRange] = []
    last: Placement | None = None
    for start, end, placement in runs:
        continues = bool(ranges) and ranges[-1].end == start
        one = range_of(start, end, placement)
        if continues and (placement is last or joins(ranges[-1], one)):
            ranges[-1] = ranges[-1]._replace(end=end)
        else:
            ranges.append(one)
        last = placement
    return ranges


def range_of(start: int, end: int, placement: Placement) -> FlatRange:
    """A run of a placement as a flat range. Rules: R6."""
    region = placement.region
    return FlatRange(
        start,
        end,
        region,
        start - placement.base,
        region.dirty_log_mask,
        region.romd_mode,
        placement.readonly,
        placement.nonvolatile,
        placement.unmergeable,
    )


def joins(left: FlatRange, right: FlatRange) -> bool:
    """Whether two ranges that meet are one: the region goes on, and no flag changes. Rules: R8."""
    return (
        left.region is right.region
        and left.offset + (left.end - left.start) == right.offset
        and left.dirty_log_mask == right.dirty_log_mask
        and left[5:] == right[5:]
        and not right.unmergeable
    )


def check_section_count(view: FlatView, page_bits: int) -> None:
    """Raise RenderAbort if a view has more sections than a page has bytes. Rules: D5."""
    if sum(1 for _ in view.sections(page_bits)) > 1 << page_bits:
        raise RenderAbort(f"more sections than the {1 << page_bits} bytes of a page")
