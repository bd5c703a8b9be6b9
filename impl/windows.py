"""What a tree of regions paints: the windows of all regions that answer, each with its rank."""

from __future__ import annotations

from impl.children import Window, reaching_into
from impl.region import MemoryRegion

Visit = tuple[int, tuple[int, ...], int, MemoryRegion, int, int]
"""A region to be entered: like a window, but with its container's base, and the path's flags."""

BEHIND = 1 << 128
"""The rank of a region behind all of its subregions."""

MOST_VISITS = 1_000_000
"""How often regions may be entered while one view is rendered."""


class RenderLimit(Exception):
    """Rendering takes too long, or has no end: aliases lead back to themselves."""


def windows_of(root: MemoryRegion, start: int, end: int) -> list[Window]:
    """What a tree paints between two addresses, clipped to them. Raises RenderLimit.

    Rules: R1, R3, R4, R6.
    """
    painted: list[Window] = []
    visits = 0
    stack: list[Visit] = [(start, (), end, root, 0, 0)]
    while stack:
        visits += 1
        if visits + len(painted) > MOST_VISITS:
            raise RenderLimit(f"rendering {root.name} has no end in sight")
        start, rank, end, region, base, flags = stack.pop()
        if not region.enabled:
            continue
        base += region.addr
        start, end = max(start, base), min(end, base + region.size)
        if start >= end:
            continue
        if region.alias is not None:
            target = region.alias
            base -= target.addr + region.alias_offset
            stack.append((start, rank, end, target, base, flags | region.flags.passed_on))
            continue
        if region.terminates:
            own_rank = rank if region.children is None else (*rank, BEHIND)
            painted.append((start, own_rank, end, region, base, region.flags.on_path(flags)))
        if region.children is None:
            continue
        flags |= region.flags.passed_on
        for listed, _ in reaching_into(region.children.others, start - base, end - base):
            for _, order, _, child, _, _ in listed:
                stack.append((start, rank + order, end, child, base, flags))
        for listed, is_inside in reaching_into(region.children.leaves, start - base, end - base):
            if base or flags or rank:
                listed = moved(listed, rank, base, flags)
            painted += listed if is_inside else clipped(listed, start, end)
    return painted


def moved(listed: list[Window], rank: tuple[int, ...], base: int, flags: int) -> list[Window]:
    """Windows of subregions as their container's, which has this base, rank and flags."""
    return [
        (start + base, rank + order, end + base, region, own + base, shown.on_path(flags))
        for start, order, end, region, own, shown in listed
    ]


def clipped(listed: list[Window], start: int, end: int) -> list[Window]:
    """What lies in [start, end) of windows. Rules: R1."""
    return [
        (max(one[0], start), one[1], min(one[2], end), *one[3:])
        for one in listed
        if start < one[2] and one[0] < end
    ]
