"""Finding guest memory: regions, offsets, hosts' addresses and slices, for any provider of regions.

This is what the crate's trait `GuestMemory` says up to 0.17, and `GuestMemoryBackend` in 0.18.
"""

from collections.abc import Callable, Hashable
from typing import Any, TypeVar

from model.address_range import ADDRESS_SPACE_SIZE
from model.guest_contract import Contract
from model.guest_errors import (
    SLICE_HAS_WRONG_LENGTH,
    UNWRAPPED_NOTHING,
    CallbackOutOfRange,
    Err,
    GuestAddressOverflow,
    InvalidGuestAddress,
    Ok,
    Outcome,
    then,
)
from model.guest_provider import Place, R, Regions, Slices
from model.guest_region import last_address, offset_of
from model.iommu import Permission
from model.memtx import AccessError, check_effort
from model.volatile_slice import VolatileSlice

State = TypeVar("State")

# --- Regions and addresses ---------------------------------------------------------------------


def num_regions(memory: Regions) -> int:
    """How many regions there are. Rules: V3."""
    return len(memory.regions())


def iterate(memory: Regions) -> tuple[Any, ...]:
    """The regions, in the provider's order; the crate calls this `iter`. Rules: V3."""
    return memory.regions()


def find_region(memory: Regions, contract: Contract, address: int) -> Outcome[Any]:
    """The region that has the byte at an address, or None. Rules: V3."""
    return memory.find_region(contract, address)


def last_addr(memory: Regions, contract: Contract) -> Outcome[int]:
    """The highest address of any region; 0 where there is no region. Rules: V2, V3."""
    highest = 0
    for region in memory.regions():
        last = last_address(contract, memory.bounds(region))
        if not isinstance(last, Ok):
            return last
        highest = max(highest, last.value)
    return Ok(highest)


def to_region_addr(
    memory: Regions, contract: Contract, address: int
) -> Outcome[tuple[Any, int] | None]:
    """The region of an address, and the offset there; None in a hole.

    A region that is found, but does not have the address, makes the crate panic. Rules: V3.
    """
    found = memory.find_region(contract, address)
    if not isinstance(found, Ok) or found.value is None:
        return found
    offset = offset_of(memory.bounds(found.value), address)
    return UNWRAPPED_NOTHING if offset is None else Ok((found.value, offset))


def locate_by_region(memory: Regions, contract: Contract, address: int) -> Outcome[Place | None]:
    """Where an address leads, for providers that only have regions to look into. Rules: V3, V9."""

    def place(found: tuple[Any, int] | None) -> Outcome[Place | None]:
        """The place of a region and offset. Rules: V3."""
        if found is None:
            return Ok(None)
        region, offset = found
        return Ok(Place(region, offset, memory.bounds(region).size - offset))

    return then(to_region_addr(memory, contract, address), place)


def address_in_range(memory: Regions, contract: Contract, address: int) -> Outcome[bool]:
    """Whether any region has the byte at an address. Rules: V3."""
    return then(memory.find_region(contract, address), lambda found: Ok(found is not None))


def check_address(memory: Regions, contract: Contract, address: int) -> Outcome[int | None]:
    """The address, if any region has it. Rules: V3."""
    return then(
        memory.find_region(contract, address),
        lambda found: Ok(None if found is None else address),
    )


def checked_offset(
    memory: Regions, contract: Contract, base: int, offset: int
) -> Outcome[int | None]:
    """The sum of an address and an offset, if it fits 64 bits and a region has it.

    Neither the base nor what lies between is looked at. Rules: V3.
    """
    total = base + offset
    return check_address(memory, contract, total) if total < ADDRESS_SPACE_SIZE else Ok(None)


def advance(address: int, count: int) -> int | None:
    """The next address: behind the last one comes 0, and None is beyond that. Rules: V14."""
    total = address + count
    if total < ADDRESS_SPACE_SIZE:
        return total
    return 0 if total == ADDRESS_SPACE_SIZE else None


# --- Ranges ------------------------------------------------------------------------------------

Callback = Callable[[R, State, int, int, int, Any], tuple[R, State, Outcome[int]]]
"""Handles a piece of a range: memory, state, bytes handled before, bytes of the piece, offset into
the region, and the region. It gives how many bytes it has handled."""


def try_access(
    memory: R,
    contract: Contract,
    address: int,
    count: int,
    callback: Callback[R, State],
    state: State,
    permission: Permission = Permission.READ,
) -> tuple[R, State, Outcome[int]]:
    """Call back for each piece of a range, until all is handled, or a hole comes.

    A callback that handles 0 bytes ends it. It may handle fewer than it is offered, and is then
    called for the rest; it may claim more, and skips these, even a hole, unless that is more than
    was asked for. Errors lose the count of what was handled. Raises EffortLimit.
    Rules: V3, V5, V9, V14.
    """
    current, total, steps = address, 0, 0
    while True:
        found = memory.locate(contract, current, count - total, permission)
        if not isinstance(found, Ok):
            return memory, state, found
        if found.value is None:
            break
        region, offset, room = found.value
        length = min(room, count - total)
        memory, state, handled = callback(memory, state, total, length, offset, region)
        if not isinstance(handled, Ok):
            return memory, state, handled
        if handled.value == 0:
            return memory, state, Ok(total)
        total += handled.value
        if total == count:
            return memory, state, Ok(total)
        if total > count:
            return memory, state, Err(CallbackOutOfRange())
        following = advance(current, handled.value)
        if following is None:
            return memory, state, Err(GuestAddressOverflow())
        current, steps = following, steps + 1
        check_effort(steps, 0)
    return memory, state, Ok(total) if total else Err(InvalidGuestAddress(address))


def get_slices(
    memory: Regions, contract: Contract, address: int, count: int, permission: Permission
) -> Slices:
    """A range in slices, one a region. Of no bytes there are none, and nothing is asked.

    The first failure is the last of the list. Raises AccessError in versions without, and
    EffortLimit. Rules: V5, V7, V14.
    """
    if not contract.has_get_slices:
        raise AccessError(f"{contract.name} has no get_slices")
    slices = list[Outcome[VolatileSlice]]()
    while count > 0:
        found = memory.locate(contract, address, count, permission)
        if not isinstance(found, Ok):
            return (*slices, found)
        if found.value is None:
            return (*slices, Err(InvalidGuestAddress(address)))
        region, offset, room = found.value
        length = min(room, count)
        following = advance(address, length)
        if following is None:
            return (*slices, Err(GuestAddressOverflow()))
        slice_ = memory.region_slice(region, offset, length)
        if isinstance(slice_, Ok) and slice_.value.length != length:
            slice_ = SLICE_HAS_WRONG_LENGTH
        slices.append(slice_)
        if not isinstance(slice_, Ok):
            break
        address, count = following, count - length
        check_effort(len(slices), 0)
    return tuple(slices)


def check_range(
    memory: R,
    contract: Contract,
    address: int,
    count: int,
    permission: Permission = Permission.READ,
) -> Outcome[bool]:
    """Whether all bytes of a range can be accessed: with slices, that regions are mapped, too.

    Of no bytes it is true, unless the version asks that the address be mapped. A range that reaches
    2^64 goes on at 0. Raises EffortLimit. Rules: V3, V5, V10, V14.
    """
    if contract.has_get_slices:
        items = get_slices(memory, contract, address, count, permission)
        failed = items[-1] if items and not isinstance(items[-1], Ok) else Ok(None)
        return Ok(False) if isinstance(failed, Err) else then(failed, lambda _: Ok(True))
    _, _, outcome = try_access(memory, contract, address, count, skip, None, permission)
    if isinstance(outcome, Err):
        return Ok(False)
    return then(outcome, lambda handled: Ok(handled == count))


def skip(
    memory: R, state: None, total: int, length: int, offset: int, region: Any
) -> tuple[R, None, Outcome[int]]:
    """A callback that handles what it is offered by doing nothing. Rules: V9."""
    return memory, state, Ok(length)


# --- Host memory -------------------------------------------------------------------------------


def in_region(memory: Regions, contract: Contract, address: int) -> Outcome[tuple[Any, int]]:
    """The region and offset of an address that must be mapped. Rules: V3."""

    def found_or_error(found: tuple[Any, int] | None) -> Outcome[tuple[Any, int]]:
        """A hole is an error. Rules: V3."""
        return Err(InvalidGuestAddress(address)) if found is None else Ok(found)

    return then(to_region_addr(memory, contract, address), found_or_error)


def get_host_address(
    memory: Regions, contract: Contract, address: int
) -> Outcome[tuple[Hashable, int]]:
    """The host's byte behind an address: its block, and the offset there. Rules: V3, V10."""
    return then(in_region(memory, contract, address), lambda place: memory.host_address(*place))


def get_slice(
    memory: Regions, contract: Contract, address: int, count: int
) -> Outcome[VolatileSlice]:
    """The `count` bytes at an address as one slice; they must all be of one region.

    The address must be mapped even if there are none. Rules: V3, V7, V10.
    """
    return then(
        in_region(memory, contract, address), lambda place: memory.region_slice(*place, count)
    )
