"""What a region tree means at one address: the definition that rendering must agree with."""

from typing import NamedTuple

from model.region import RegionId, Regions
from model.render import NO_FLAGS, PathFlags, flags_through
from model.view import FlatRange


class Answer(NamedTuple):
    """The region that answers at an address, the offset inside it, the path's flags. Rules: P2."""

    region: RegionId
    offset: int
    flags: PathFlags


def resolve(
    regions: Regions, name: RegionId, address: int, flags: PathFlags = NO_FLAGS
) -> Answer | None:
    """Who answers at `address`, given in the coordinates of the region's container.

    None in a hole. Rules: R1, R3, R4, R6, P2.
    """
    region = regions[name]
    offset = address - region.addr
    if not region.enabled or not 0 <= offset < region.size:
        return None
    flags = flags_through(flags, region)
    if region.alias is not None:
        target = regions[region.alias]
        return resolve(regions, region.alias, offset + region.alias_offset + target.addr, flags)
    for child in region.subregions:
        answer = resolve(regions, child, offset, flags)
        if answer is not None:
            return answer
    return Answer(name, offset, flags) if region.kind.terminates else None


def answer_of(range_: FlatRange, address: int) -> Answer:
    """What a flat range says of an address inside it. Rules: R6."""
    flags = PathFlags(range_.readonly, range_.nonvolatile, range_.unmergeable)
    return Answer(range_.region, range_.offset + (address - range_.start), flags)
