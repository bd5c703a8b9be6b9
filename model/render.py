"""Rendering: from a tree of regions to the ranges of a flat view."""

from typing import NamedTuple

from model.address_range import WHOLE_ADDRESS_SPACE, AddressRange, intersection, intersects
from model.region import Region, RegionId, Regions
from model.view import FlatRange, Ranges, fill, simplify

MAX_NESTING = 256
"""How many regions and alias targets may nest. QEMU sets no limit but its stack."""

MAX_VISITS = 100_000
"""How often regions may be entered while one view is rendered, unless a topology says otherwise."""


class RenderLimit(Exception):
    """A tree that the specification does not render, and that QEMU may recurse in without end."""


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


def render_region(
    regions: Regions,
    ranges: Ranges,
    name: RegionId,
    base: int,
    clip: AddressRange,
    flags: PathFlags,
) -> Ranges:
    """Add to `ranges` what a region, its children and its target show inside `clip`.

    `base` is the address of the container's first byte; it may be negative. Raises RenderAbort.
    Rules: R1, R2, R3, R4, R6.
    """
    region = regions[name]
    if not region.enabled:
        return ranges
    base += region.addr
    flags = flags_through(flags, region)
    extent = AddressRange(base, region.size)
    if not intersects(extent, clip):
        return ranges
    clip = intersection(extent, clip)

    if region.alias is not None:
        # The alias, not the target's own container, says where the target is seen.
        base -= regions[region.alias].addr + region.alias_offset
        return render_region(regions, ranges, region.alias, base, clip, flags)

    # Earlier output always wins: the children go first, in list order, then the region itself.
    for child in region.subregions:
        ranges = render_region(regions, ranges, child, base, clip, flags)
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
        region = regions[name]
        extent = AddressRange(base + region.addr, region.size)
        if not region.enabled or not intersects(extent, clip):
            continue
        clip = intersection(extent, clip)
        if region.alias is not None:
            base = extent.start - regions[region.alias].addr - region.alias_offset
            waiting.append((region.alias, base, clip, depth + 1))
        else:
            waiting.extend((child, extent.start, clip, depth + 1) for child in region.subregions)


def flatten(regions: Regions, root: RegionId | None) -> Ranges:
    """The ranges of the view rendered from a flat root; none for None. Raises RenderAbort.

    Rules: R1, R8, R9.
    """
    if root is None:
        return ()
    return simplify(render_region(regions, (), root, 0, WHOLE_ADDRESS_SPACE, NO_FLAGS))
