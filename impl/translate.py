"""Translation: which region answers at an address of a space, and for how many bytes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from impl.attributes import UNSPECIFIED, Attributes
from impl.region import MemoryMapError, MemoryRegion, RegionKind
from impl.view import FlatRange, FlatView, section_edges

if TYPE_CHECKING:
    from impl.address_space import AddressSpace
    from impl.memory_map import MemoryMap

RAM_KINDS = (RegionKind.RAM, RegionKind.RAM_DEVICE)

LeadTo = Callable[["AddressSpace"], FlatView]
"""Which view of a space is used where an IOMMU leads there."""

MOST_IOMMUS = 64
"""How many IOMMUs a translation passes through; QEMU has no limit."""


class TranslationLimit(Exception):
    """IOMMUs lead on to IOMMUs, further than is followed. Rules: X2."""


class Place(NamedTuple):
    """Where an access goes: an offset into a region, None for none, and how far. Rules: X1, X4."""

    region: MemoryRegion | None
    offset: int
    length: int


def translate(
    memory_map: MemoryMap,
    space: AddressSpace,
    address: int,
    length: int,
    is_write: bool,
    attributes: Attributes = UNSPECIFIED,
) -> Place:
    """Who answers at an address; through any IOMMUs, nobody where one does not permit it.

    Raises TranslationLimit; MemoryMapError where an IOMMU leads to a space that there is not.
    Rules: X1, X2, X4.
    """
    found, address, length = answering(
        memory_map, space.view, address, length, is_write, attributes.secure, published
    )
    if found is None:
        return Place(None, address, length)
    region = found.region
    if region.kind in RAM_KINDS:
        left = section_edges(found, address, memory_map.page_bits)[1] - address
        length = left if left < length else length
    return Place(region, found.offset + (address - found.start), length)


def answering(
    memory_map: MemoryMap,
    view: FlatView,
    address: int,
    length: int,
    is_write: bool,
    secure: bool,
    lead_to: LeadTo,
) -> tuple[FlatRange | None, int, int]:
    """The range that answers at an address of a view, behind any IOMMUs, and the address there.

    Of the length is left what lies in all IOMMUs' pages. Nobody answers where an IOMMU does not
    permit it: the address is then that in its region. Raises as `translate` does. Rules: X2, X4.
    """
    for _ in range(MOST_IOMMUS + 1):
        found = view.find(address)
        if found is None or found.region.kind is not RegionKind.IOMMU:
            return found, address, length
        iommu, offset = found.region.iommu, found.offset + (address - found.start)
        page = None if iommu is None else iommu.page_at(offset, secure)
        if page is None or not (page.writes if is_write else page.reads):
            return None, offset, length
        address, length = page.follow(offset, length)
        behind = memory_map.spaces.get(page.space)
        if behind is None:
            raise MemoryMapError(f"there is no address space {page.space}")
        view = lead_to(behind)
    raise TranslationLimit(f"more than {MOST_IOMMUS} IOMMUs at {address:#x}")


def published(space: AddressSpace) -> FlatView:
    """The view that a space publishes now."""
    return space.view


def reads_memory(region: MemoryRegion) -> bool:
    """Whether reads find memory in a region as it is now. Rules: X5, M9."""
    if region.kind is RegionKind.ROM_DEVICE:
        return region.romd_mode
    return region.kind in RAM_KINDS


def writes_memory(region: MemoryRegion) -> bool:
    """Whether writes find memory in a region as it is now. Rules: X5, M9."""
    return region.kind in RAM_KINDS and not region.readonly


def is_denied(region: MemoryRegion | None, attributes: Attributes) -> bool:
    """Whether an access that only RAM may answer has come to something else. Rules: A2."""
    return attributes.memory and (region is None or region.kind not in RAM_KINDS)
