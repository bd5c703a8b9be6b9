"""Finding which region shows inside another one."""

from typing import NamedTuple

from model.address_range import AddressRange, intersection
from model.changes import check_address
from model.region import RegionId
from model.topology import Topology, get_region
from model.translate import next_address
from model.view import FlatRange, Ranges


class FoundSection(NamedTuple):
    """A piece of a flat range: `offset` is where in the region it begins, `size` is in bytes.

    QEMU's caller also gets a reference to the region's owner with it. Rules: A17.
    """

    region: RegionId
    offset: int
    start: int
    size: int
    readonly: bool
    nonvolatile: bool


def absolute_address(topology: Topology, name: RegionId, offset: int) -> tuple[RegionId, int]:
    """The topmost container of a region, and the address of one of its offsets there.

    The addresses of all containers are summed, the topmost one's as well. Rules: A17.
    """
    region = get_region(topology, name)
    address = next_address(offset, region.addr)
    while region.container is not None:
        name = region.container
        region = topology.regions[name]
        address = next_address(address, region.addr)
    return name, address


def overlaps(window: AddressRange, range_: FlatRange) -> bool:
    """Whether a range shows in the window; an empty one lies strictly inside. Rules: A17."""
    return window.start < range_.end and range_.start < window.end


def first_overlap(ranges: Ranges, window: AddressRange) -> FlatRange | None:
    """The first range of a view that shows in the window, or None. Rules: A17."""
    return next((one for one in ranges if overlaps(window, one)), None)


def find(topology: Topology, name: RegionId, offset: int, size: int) -> FoundSection | None:
    """What shows first of `size` bytes at an offset of a region; None if nothing does.

    Nothing is found where no address space has the topmost container as its root. The first such
    space answers. Rules: A17.
    """
    check_address("offset", offset)
    check_address("size", size)
    top, address = absolute_address(topology, name, offset)
    space = next((one for one in topology.spaces.values() if one.root == top), None)
    if space is None:
        return None
    window = AddressRange(address, size)
    found = first_overlap(space.view.ranges, window)
    if found is None:
        return None
    shared = intersection(window, found.addresses)
    into = found.offset + (shared.start - found.start)
    return FoundSection(
        found.region, into, shared.start, shared.size, found.readonly, found.nonvolatile
    )
