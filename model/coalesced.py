"""Coalesced MMIO: ranges of a region at which the accelerator may collect writes.

Collected writes are flushed before a transaction begins. Here, as without an accelerator that
collects them, every write reaches its device at once, and a flush finds nothing (T1).
"""

from model.address_range import AddressRange, intersection, intersects
from model.region import Region
from model.view import FlatRange


def as_shown(section: FlatRange, range_: AddressRange) -> AddressRange:
    """The addresses at which a section would show a range of its region, if it were long enough.

    The result may begin below 0, or end beyond the section. Rules: T7, T10.
    """
    return AddressRange(range_.start + section.start - section.offset, range_.size)


def coalesced_part(section: FlatRange, coalesced: AddressRange) -> AddressRange | None:
    """The part of a coalesced range that a section shows, in addresses; None if it shows none.

    An empty range is shown where its start is. Rules: R2, T7.
    """
    shown = as_shown(section, coalesced)
    return intersection(shown, section.addresses) if intersects(shown, section.addresses) else None


def coalesced_parts(section: FlatRange, region: Region) -> tuple[AddressRange, ...]:
    """What a section shows of all coalesced ranges of its region, oldest range first. Rules: T4."""
    parts = (coalesced_part(section, coalesced) for coalesced in region.coalesced)
    return tuple(part for part in parts if part is not None)


def leading_coalesced_parts(section: FlatRange, region: Region) -> tuple[AddressRange, ...]:
    """What a listener hears of them when it comes or goes: those before the first that is unseen.

    QEMU gives up at the first range that the section does not show, even where it shows later
    ones. Rules: T7.
    """
    parts: list[AddressRange] = []
    for coalesced in region.coalesced:
        part = coalesced_part(section, coalesced)
        if part is None:
            break
        parts.append(part)
    return tuple(parts)
