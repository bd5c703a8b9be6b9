"""A flat view as guest memory: its ranges are the regions, and RAM is memory of the host.

What is decided here, and why, is in `guest_memory.md`. Looking up translates nothing: the range of
an IOMMU is a region that has no host memory. Accesses (`guest_flat_bytes`) go through IOMMUs, as
all accesses of QEMU do.
"""

from collections.abc import Hashable
from typing import NamedTuple

from model.address_range import ADDRESS_SPACE_SIZE, AddressRange
from model.changes import check_address
from model.guest_contract import Contract
from model.guest_errors import (
    Err,
    HostAddressNotAvailable,
    InvalidBackendAddress,
    InvalidGuestAddress,
    Ok,
    Outcome,
    then,
)
from model.guest_memory import get_slice as slice_of_region
from model.guest_memory import get_slices as slices_of_regions
from model.guest_provider import Place
from model.iommu import Permission, find_entry, through_page
from model.memory import load_bytes, store_bytes
from model.memtx import UNSPECIFIED, TranslationLimit
from model.region import RegionId
from model.system import DirtyMark, FuzzHook, System, block_of, published_view
from model.translate import (
    IOMMU_FAULT,
    MAX_IOMMUS,
    Translation,
    iommu_of,
    is_direct,
    section_at,
    within_section,
)
from model.view import FlatRange, Ranges, lookup
from model.volatile_slice import VolatileSlice


class FlatMemory(NamedTuple):
    """An address space as guest memory; `ranges` are those of a guard's view.

    Without any, they are what the space publishes now. `led_to` names the spaces that IOMMUs have
    led accesses to, whose views a guard keeps from then on. Rules: G5, G6, F23.
    """

    system: System
    space: str
    ranges: Ranges | None = None
    led_to: tuple[str, ...] = ()

    # --- What a provider of regions says ---

    def regions(self) -> Ranges:
        """The ranges of the view, ascending. Rules: F17, F18."""
        if self.ranges is not None:
            return self.ranges
        return published_view(self.system, self.space).ranges

    def bounds(self, region: FlatRange) -> AddressRange:
        """The addresses of a range. Rules: F15."""
        return AddressRange(region.start, region.end - region.start)

    def find_region(self, contract: Contract, address: int) -> Outcome[FlatRange | None]:
        """The range at an address, None in a hole. Rules: F13, F14."""
        return Ok(lookup(self.regions(), address))

    def locate(
        self, contract: Contract, address: int, count: int, permission: Permission
    ) -> Outcome[Place | None]:
        """Where `try_access` goes on: in the range at the address. Rules: F3, F11, F14."""
        found = lookup(self.regions(), address)
        if found is None:
            return Ok(None)
        return Ok(Place(found, address - found.start, found.end - address))

    def region_slice(self, region: FlatRange, offset: int, count: int) -> Outcome[VolatileSlice]:
        """A part of a range in the host's memory, even none at its very end. Rules: F15, F16."""
        start = region.offset + offset
        found = host_memory(self.system, region.region, Permission.READ)
        if isinstance(found, Ok) and (
            offset + count > region.end - region.start or start + count > found.value
        ):
            return Err(InvalidBackendAddress())
        name = region.region
        return then(found, lambda _: Ok(VolatileSlice(name, start, count, name, start)))

    def host_address(self, region: FlatRange, offset: int) -> Outcome[tuple[Hashable, int]]:
        """The host's byte behind a byte of a range: its block, and the offset there. Rules: F16."""
        found = host_memory(self.system, region.region, Permission.READ)
        if isinstance(found, Ok) and region.offset + offset >= found.value:
            return Err(InvalidBackendAddress())
        return then(found, lambda _: Ok((region.region, region.offset + offset)))

    # --- What the host's memory does ---

    def load_host(self, block: Hashable, offset: int, length: int) -> bytes:
        """The bytes of a region's block. Rules: A2."""
        return load_bytes(block_of(self.system, str(block)), offset, length) if length else b""

    def store_host(self, block: Hashable, offset: int, data: bytes) -> "FlatMemory":
        """The memory with bytes of a region's block replaced; marks nothing. Rules: A2."""
        if not data:
            return self
        name = str(block)
        stored = store_bytes(block_of(self.system, name), offset, data)
        blocks = {**self.system.blocks, name: stored}
        return self._replace(system=self.system._replace(blocks=blocks))

    def mark_dirty(self, bitmap: Hashable, offset: int, length: int) -> "FlatMemory":
        """The memory with bytes of a region marked as written. Rules: A2."""
        if length == 0:
            return self
        mark = DirtyMark(str(bitmap), offset, length)
        marks = (*self.system.dirty_marks, mark)
        return self._replace(system=self.system._replace(dirty_marks=marks))


def host_memory(system: System, name: RegionId, needed: Permission) -> Outcome[int]:
    """The size of a region's block, if an access of that kind finds memory there.

    What calls a device has none; memory that must not be written takes no write. Rules: F14, F16.
    """
    is_write = needed is Permission.WRITE
    if is_direct(system, name, is_write, UNSPECIFIED):
        return Ok(block_of(system, name).max_length)
    if is_write and is_direct(system, name, False, UNSPECIFIED) and name in ram_of(system):
        return Err(InvalidBackendAddress())
    return Err(HostAddressNotAvailable())


def ram_of(system: System) -> frozenset[RegionId]:
    """The regions that are RAM, written or not; ROM devices are none. Rules: X5."""
    return frozenset(name for name, one in system.topology.regions.items() if one.kind.is_ram)


# --- Looking up --------------------------------------------------------------------------------


def check_range(memory: FlatMemory, contract: Contract, address: int, count: int) -> Outcome[bool]:
    """Whether ranges have all bytes of a range, devices as well as memory; after 2^64 comes 0.

    Of no bytes it is true, unless the version asks that the address be mapped. Rules: F12.
    """
    if count == 0:
        is_there = lookup(memory.regions(), address) is not None
        return Ok(is_there or not contract.empty_access_needs_address)
    while count > 0:
        found = lookup(memory.regions(), address)
        if found is None:
            return Ok(False)
        count, address = count - (found.end - address), found.end % ADDRESS_SPACE_SIZE
    return Ok(True)


def get_slice(
    memory: FlatMemory, contract: Contract, address: int, count: int
) -> tuple[FlatMemory, Outcome[VolatileSlice]]:
    """The bytes at an address as one slice, of one range, which a fuzzing build is told of.

    Rules: F16, A16.
    """
    outcome = slice_of_region(memory, contract, address, count)
    return told_of_slice(memory, address, outcome), outcome


def get_slices(
    memory: FlatMemory, contract: Contract, address: int, count: int
) -> tuple[FlatMemory, tuple[Outcome[VolatileSlice], ...]]:
    """A range in slices, one for each flat range; the first failure is the last.

    Rules: F16, A16.
    """
    found = slices_of_regions(memory, contract, address, count, Permission.READ)
    for outcome in found:
        memory = told_of_slice(memory, address, outcome)
        if isinstance(outcome, Ok):
            address = (address + outcome.value.length) % ADDRESS_SPACE_SIZE
    return memory, found


def told_of_slice(memory: FlatMemory, address: int, outcome: Outcome[VolatileSlice]) -> FlatMemory:
    """The memory after a fuzzing build was told of a slice, if it has any bytes. Rules: A16."""
    if isinstance(outcome, Ok) and outcome.value.length > 0:
        return tell(memory, address, outcome.value.length, str(outcome.value.block))
    return memory


def tell(memory: FlatMemory, address: int, length: int, region: RegionId | None) -> FlatMemory:
    """The memory after the hook of a fuzzing build was called. Rules: A16, F1, F2, F3."""
    hooks = (*memory.system.fuzz_hooks, FuzzHook(address, length, region))
    return memory._replace(system=memory.system._replace(fuzz_hooks=hooks))


# --- Where accesses lead -----------------------------------------------------------------------


class Reached(NamedTuple):
    """Where an access comes to, behind any IOMMUs.

    `found` says how far C goes at most in one step: to the end of a section of RAM, past any end
    with devices. `room` is how many of the bytes lie in the same flat range. Rules: X1, F21.
    """

    found: Translation
    room: int


def reach(
    memory: FlatMemory, address: int, length: int, needed: Permission
) -> tuple[FlatMemory, Reached]:
    """Who answers at an address; nobody where an IOMMU does not permit it.

    The first view is the memory's own, the others are those that their spaces publish now. Raises
    TranslationLimit and TopologyError. Rules: X1, X2, X4, G1, F9, F14, F23.
    """
    system, space, ranges = memory.system, memory.space, memory.regions()
    for _ in range(MAX_IOMMUS + 1):
        section = section_at(ranges, address, 1 << system.page_bits)
        name = section.region
        is_ram = name is not None and system.topology.regions[name].kind.is_ram
        offset, limited = within_section(section, address, length, is_ram)
        found = Translation(section, offset, limited, space)
        iommu = iommu_of(system, found)
        if iommu is None:
            within = lookup(ranges, address)
            room = length if within is None else min(length, within.end - address)
            return memory, Reached(found, room)
        entry = find_entry(iommu, offset, secure=False)
        if entry is None or not entry.permission & needed:
            return memory, Reached(found._replace(section=IOMMU_FAULT), length)
        address, length = through_page(offset, length, entry.translated, entry.page_size)
        space, ranges = entry.space, published_view(system, entry.space).ranges
        memory = memory._replace(led_to=(*memory.led_to, space))
    raise TranslationLimit(f"more than {MAX_IOMMUS} IOMMUs from {memory.space}")


def check_access(memory: FlatMemory, address: int, length: int) -> None:
    """Raise TopologyError unless there is such an address, a length, and a view. Rules: G1."""
    check_address("address", address)
    check_address("length", length)
    memory.regions()


def answering(reached: Reached, address: int) -> Outcome[RegionId]:
    """The region that answers; a hole is an error with the guest's address. Rules: F5, F7, F13."""
    name = reached.found.region
    return Err(InvalidGuestAddress(address)) if name is None else Ok(name)
