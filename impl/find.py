"""Finding what shows where a region is mapped."""

from __future__ import annotations

from typing import NamedTuple

from impl.address_space import AddressSpace
from impl.memory_map import MemoryMap
from impl.region import TOP, MemoryRegion, check_address


class Found(NamedTuple):
    """`size` bytes at an address, which are those at `offset` of a region. Rules: A17."""

    region: MemoryRegion
    offset: int
    start: int
    size: int
    readonly: bool
    nonvolatile: bool


def find(memory_map: MemoryMap, region: MemoryRegion, offset: int, size: int) -> Found | None:
    """What shows first of `size` bytes at an offset of a region; None if nothing does.

    The first space answers whose root is the region's topmost container. Raises MemoryMapError.
    Rules: A17.
    """
    check_address("offset", offset)
    check_address("size", size)
    start = (offset + region.addr) % TOP
    top = region
    while top.container is not None:
        top = top.container
        start = (start + top.addr) % TOP
    for space in memory_map.spaces.values():
        if space.root is top:
            return first_shown(space, start, start + size)
    return None


def first_shown(space: AddressSpace, start: int, end: int) -> Found | None:
    """The first piece of a space's view in a window, which may be empty. Rules: A17."""
    one = next(space.view.ranges_after(start), None)
    if one is None or one.start >= end:
        return None
    shown = max(start, one.start)
    into = one.offset + (shown - one.start)
    size = min(end, one.end) - shown
    return Found(one.region, into, shown, size, one.flags.readonly, one.flags.nonvolatile)
