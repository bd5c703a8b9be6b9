"""Rendering: from a tree of regions to the ranges of a flat view."""

from collections.abc import Iterator
from typing import NamedTuple

from model.address_range import WHOLE_ADDRESS_SPACE, AddressRange, intersection, intersects
from model.region import Region, RegionId, Regions
from model.view import FlatRange, Ranges, fill, simplify

MAX_NESTING = 256
"""How many regions and alias targets may nest. QEMU sets no limit but its stack."""

MAX_VISITS = 100_000
"""How often regions may be entered while one view is rendered, unless a topology says otherwise."""


class RenderLimit(Exception):
    """A tree that the specification does not render, and that QEMU may recurse in without end.

    Rules: M6.
    """


class PathFlags(NamedTuple):
    """Flags that a range has if any region or alias on the way to it has them. Rules: R6."""

    readonly: bool = False
    nonvolatile: bool = False
    unmergeable: bool = False


NO_FLAGS = PathFlags()


def flags_through(flags: PathFlags, region: Region) -> PathFlags:
    """The flags of a path, continued through one more region. Rules: R6."""
    return PathFlags(
        readonly=flags.readonly or region.readonly,
        nonvolatile=flags.nonvolatile or region.nonvolatile,
        unmergeable=flags.unmergeable or region.unmergeable,
    )


def flat_root(regions: Regions, root: RegionId) -> RegionId | None:
    """The region that a view of `root` is rendered from; spaces that agree on it share the view.

    A whole alias stands for its target, and a plain container for its only enabled child. None
    means that there is nothing to render. The rule is kept literally, although what it skips can
    carry flags or an address that then count for nothing. Raises RenderLimit where QEMU would go
    around in a circle. Rules: R9, R10.
    """
    passed = {root}
    region = regions[root]
    while region.enabled:
        if region.alias is not None:
            target = regions[region.alias]
            if region.alias_offset != 0 or region.size < target.size:
                return root
            root = region.alias
        elif region.kind.terminates:
            return root
        else:
            enabled = [name for name in region.subregions if regions[name].enabled]
            if not enabled:
                return None
            child = regions[enabled[0]]
            if len(enabled) > 1 or child.addr != 0 or region.size < child.size:
                return root
            root = enabled[0]
        if root in passed:
            raise RenderLimit(f"{root} stands for nothing but itself")
        passed.add(root)
        region = regions[root]
    return None


def window_of(
    name: RegionId, region: Region, base: int, clip: AddressRange, flags: PathFlags
) -> FlatRange:
    """All that a region may show: what its ancestors leave of it, before anything hides it.

    `base` is the address of the region's first byte. Rules: R5, R6.
    """
    return FlatRange(
        region=name,
        offset=clip.start - base,
        start=clip.start,
        size=clip.size,
        dirty_log_mask=region.dirty_log_mask,
        romd_mode=region.romd_mode,
        readonly=flags.readonly,
        nonvolatile=flags.nonvolatile,
        unmergeable=flags.unmergeable,
    )


def visible(region: Region, base: int, clip: AddressRange) -> tuple[int, AddressRange] | None:
    """The address of a region's first byte, and what of the region lies inside `clip`.

    `base` is the address of its container's first byte; both may be negative. None where nothing
    can show: the region is disabled, or lies elsewhere. Rules: R1, R2.
    """
    if not region.enabled:
        return None
    base += region.addr
    extent = AddressRange(base, region.size)
    if not intersects(extent, clip):
        return None
    return base, intersection(extent, clip)


def leads_to(regions: Regions, region: Region, base: int) -> Iterator[tuple[RegionId, int]]:
    """The regions that are rendered inside one, in order, each with its container's base.

    `base` is the address of the region's own first byte. For an alias's target it is moved, so that
    the alias, not the target's container, says where the target is seen. Rules: R3, R4, M3, M5.
    """
    if region.alias is not None:
        target = regions[region.alias]
        yield region.alias, base - target.addr - region.alias_offset
    else:
        for child in region.subregions:
            yield child, base


def render_region(
    regions: Regions,
    ranges: Ranges,
    name: RegionId,
    base: int,
    clip: AddressRange,
    flags: PathFlags,
) -> Ranges:
    """Add to `ranges` what a region, its children and its target show inside `clip`.

    `base` is the address of the container's first byte. Raises RenderAbort. Rules: R1-R6.
    """
    region = regions[name]
    seen = visible(region, base, clip)
    if seen is None:
        return ranges
    base, clip = seen
    flags = flags_through(flags, region)
    # Earlier output always wins: what lies inside the region goes first, then the region itself.
    for below, its_base in leads_to(regions, region, base):
        ranges = render_region(regions, ranges, below, its_base, clip, flags)
    if region.kind.terminates:
        ranges = fill(ranges, window_of(name, region, base, clip, flags))
    return ranges


def check_limits(regions: Regions, root: RegionId, max_visits: int) -> None:
    """Raise RenderLimit if rendering would nest too deep, or enter regions too often.

    An alias may lie inside its own target. Each time around, its window shows less of itself, or
    as much as before: then rendering has no end. Rules: M6.
    """
    visits = 0
    waiting = [(root, 0, WHOLE_ADDRESS_SPACE, 1)]
    while waiting:
        name, base, clip, depth = waiting.pop()
        visits += 1
        if depth > MAX_NESTING:
            raise RenderLimit(f"regions below {root} nest more than {MAX_NESTING} deep")
        if visits > max_visits:
            raise RenderLimit(f"rendering {root} enters regions more than {max_visits} times")
        seen = visible(regions[name], base, clip)
        if seen is not None:
            for below, its_base in leads_to(regions, regions[name], seen[0]):
                waiting.append((below, its_base, seen[1], depth + 1))


def flatten(regions: Regions, root: RegionId | None) -> Ranges:
    """The ranges of the view rendered from a flat root; none for None. Raises RenderAbort.

    Rules: R1, R8, R9.
    """
    if root is None:
        return ()
    return simplify(render_region(regions, (), root, 0, WHOLE_ADDRESS_SPACE, NO_FLAGS))
