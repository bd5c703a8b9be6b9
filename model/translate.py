"""Translation: which region answers at an address, at which offset, and for how many bytes."""

from typing import NamedTuple

from model.address_range import ADDRESS_SPACE_SIZE
from model.dispatch import UNASSIGNED, Section, split_at_pages
from model.iommu import Iommu, Permission, find_entry, through_page
from model.memtx import UNSPECIFIED, MemTxAttrs, TranslationLimit
from model.region import Kind, Region, RegionId
from model.system import System, check_request, published_view
from model.view import Ranges, lookup

MAX_IOMMUS = 64
"""How many IOMMUs a translation may pass through. QEMU sets no limit."""

IOMMU_FAULT = Section(region=None, offset=0, start=0, size=0)
"""What answers where an IOMMU gives no permission: nothing, as in a hole. Rules: X2."""


class Translation(NamedTuple):
    """The outcome of a translation.

    `offset` is where in the section's region the access begins, and `length` how many bytes it may
    have there; 0 is the trap of X3. `space` is the address space that the section is of, which an
    IOMMU may have changed. Rules: X1, X2.
    """

    section: Section
    offset: int
    length: int
    space: str

    @property
    def region(self) -> RegionId | None:
        """The region that answers; None is nothing. Rules: X4."""
        return self.section.region


# --- Sections ----------------------------------------------------------------------------------


def section_at(ranges: Ranges, address: int, page_size: int) -> Section:
    """The section that answers at an address: the piece of its range that holds it.

    The same as looking through all sections of the view. Rules: D3, D7, P6.
    """
    found = lookup(ranges, address)
    if found is None:
        return UNASSIGNED
    piece = next(one for one in split_at_pages(found, page_size) if address < one.end)
    return Section(piece.region, piece.offset, piece.start, piece.size)


def within_section(section: Section, address: int, length: int, is_ram: bool) -> tuple[int, int]:
    """The offset into the section's region, and the length that is left of the request.

    Only RAM is cut at the end of its section: registers decode by their address alone, whatever
    lies behind them. Rules: X1, X4.
    """
    into = address - section.start
    if is_ram:
        length = min(length, section.size - into)
    return into + section.offset, length


def translate_in_space(system: System, space: str, address: int, length: int) -> Translation:
    """Translate through the sections of a space's published view alone. Rules: X1, M9."""
    section = section_at(published_view(system, space).ranges, address, 1 << system.page_bits)
    is_ram = section.region is not None and system.topology.regions[section.region].kind.is_ram
    return Translation(section, *within_section(section, address, length, is_ram), space)


# --- IOMMUs ------------------------------------------------------------------------------------


def iommu_of(system: System, found: Translation) -> Iommu | None:
    """The IOMMU that a translation has come to, or None. One without tables allows nothing.

    Rules: X2.
    """
    region = found.region
    if region is None or system.topology.regions[region].kind is not Kind.IOMMU:
        return None
    return system.iommus.get(region, Iommu())


def through_iommu(
    system: System, iommu: Iommu, found: Translation, is_write: bool, attrs: MemTxAttrs
) -> Translation | None:
    """Follow one entry into its address space, as that is now; None without permission.

    Rules: X2, X3.
    """
    entry = find_entry(iommu, found.offset, attrs.secure)
    needed = Permission.WRITE if is_write else Permission.READ
    if entry is None or not entry.permission & needed:
        return None
    address, length = through_page(found.offset, found.length, entry.translated, entry.page_size)
    return translate_in_space(system, entry.space, address, length)


def translate(
    system: System,
    space: str,
    address: int,
    length: int,
    is_write: bool,
    attrs: MemTxAttrs = UNSPECIFIED,
) -> Translation:
    """Who answers `length` bytes at `address`, and for how many of them.

    There is always an answer: a hole is the unassigned section, and so is a fault of an IOMMU, with
    the offset that went into the IOMMU. Raises TopologyError, and TranslationLimit where IOMMUs
    lead on and on. Rules: X1, X2, X3, X4.
    """
    check_request(system, space, address, length, attrs)
    found = translate_in_space(system, space, address, length)
    for _ in range(MAX_IOMMUS + 1):
        iommu = iommu_of(system, found)
        if iommu is None:
            return found
        behind = through_iommu(system, iommu, found, is_write, attrs)
        if behind is None:
            return found._replace(section=IOMMU_FAULT)
        found = behind
    raise TranslationLimit(f"more than {MAX_IOMMUS} IOMMUs from {space} at {address:#x}")


def next_address(address: int, length: int) -> int:
    """The address after `length` bytes; the last one is followed by 0. Rules: A3, P16."""
    return (address + length) % ADDRESS_SPACE_SIZE


# --- Direct access -----------------------------------------------------------------------------


def is_memory(region: Region) -> bool:
    """Whether a region is RAM of any kind, or a ROM device that is read as memory. Rules: X5."""
    return region.kind.is_ram or (region.kind is Kind.ROM_DEVICE and region.romd_mode)


def is_direct(system: System, name: RegionId | None, is_write: bool, attrs: MemTxAttrs) -> bool:
    """Whether an access copies from or to memory, rather than calling a device.

    The region is asked as it is now, not as it was rendered; and the region alone, so that a
    read-only alias does not keep a write from RAM. Rules: X5, M9.
    """
    if name is None:
        return False
    region = system.topology.regions[name]
    if not is_memory(region):
        return False
    if region.kind is Kind.RAM_DEVICE and not system.flavour.has_direct_ram_devices:
        return False
    if not is_write or attrs.debug:
        return True
    return not region.readonly and region.kind is not Kind.ROM_DEVICE
