"""One region of guest memory: its addresses, and how a region of plain memory is accessed.

A region that is mapped in the host needs nothing else than its slice: these are its accesses.
"""

from typing import Any

from model.address_range import ADDRESS_SPACE_SIZE, AddressRange
from model.guest_contract import Contract, MemoryOrder
from model.guest_errors import (
    ADD_OVERFLOWS,
    SUBTRACT_OVERFLOWS,
    Ok,
    Outcome,
    as_guest_error,
)
from model.guest_provider import P, Provider
from model.guest_streams import Sink, Source
from model.slice_streams import (
    read_exact_volatile_from,
    read_volatile_from,
    write_all_volatile_to,
    write_volatile_to,
)
from model.volatile_slice import ByteOrder, VolatileSlice, load, read, store, write

# --- Addresses ---------------------------------------------------------------------------------


def last_address(contract: Contract, bounds: AddressRange) -> Outcome[int]:
    """The address of a region's last byte.

    It is computed as start + (size - 1). A debug build panics where that leaves 64 bits, as it does
    of an empty region; a release build wraps. Rules: V2.
    """
    if contract.overflow_panics and bounds.size == 0:
        return SUBTRACT_OVERFLOWS
    last = bounds.start + (bounds.size - 1) % ADDRESS_SPACE_SIZE
    if contract.overflow_panics and last >= ADDRESS_SPACE_SIZE:
        return ADD_OVERFLOWS
    return Ok(last % ADDRESS_SPACE_SIZE)


def check_offset(bounds: AddressRange, offset: int) -> int | None:
    """The offset, if the region has that byte. Rules: V2."""
    return offset if offset < bounds.size else None


def checked_offset(bounds: AddressRange, base: int, offset: int) -> int | None:
    """The sum of two offsets, if the region has that byte; the base may be outside. Rules: V2."""
    total = base + offset
    return check_offset(bounds, total) if total < ADDRESS_SPACE_SIZE else None


def offset_of(bounds: AddressRange, address: int) -> int | None:
    """The offset of an address, if the region has it. Rules: V2, V3."""
    return None if address < bounds.start else check_offset(bounds, address - bounds.start)


# --- Accesses of plain memory ------------------------------------------------------------------


def whole_slice(memory: Provider, region: Any) -> Outcome[VolatileSlice]:
    """All of a region as a slice. Rules: V2, V7."""
    return memory.region_slice(region, 0, memory.bounds(region).size)


def read_plain(
    memory: P, slice_: Outcome[VolatileSlice], offset: int, length: int
) -> tuple[P, Outcome[int], bytes]:
    """Read up to `length` bytes of a region: how many there were, and these. Rules: V2, V4."""
    if not isinstance(slice_, Ok):
        return memory, slice_, b""
    outcome, data = read(memory, slice_.value, offset, length)
    return memory, as_guest_error(outcome), data


def write_plain(
    memory: P, slice_: Outcome[VolatileSlice], offset: int, data: bytes
) -> tuple[P, Outcome[int]]:
    """Write to a region as much of `data` as it has bytes for. Rules: V2, V4, V12."""
    if not isinstance(slice_, Ok):
        return memory, slice_
    memory, outcome = write(memory, slice_.value, offset, data)
    return memory, as_guest_error(outcome)


def load_plain(
    memory: P,
    slice_: Outcome[VolatileSlice],
    offset: int,
    size: int,
    byte_order: ByteOrder,
    order: MemoryOrder,
) -> tuple[P, Outcome[int]]:
    """Load a value from a region. Raises AccessError for sizes that no load has. Rules: V2, V6."""
    if not isinstance(slice_, Ok):
        return memory, slice_
    outcome = load(memory, slice_.value, offset, size, byte_order, order)
    return memory, as_guest_error(outcome)


def store_plain(
    memory: P,
    slice_: Outcome[VolatileSlice],
    offset: int,
    size: int,
    value: int,
    byte_order: ByteOrder,
    order: MemoryOrder,
) -> tuple[P, Outcome[None]]:
    """Store a value into a region. Raises as `load_plain` does. Rules: V2, V6, V12."""
    if not isinstance(slice_, Ok):
        return memory, slice_
    memory, outcome = store(memory, slice_.value, offset, size, value, byte_order, order)
    return memory, as_guest_error(outcome)


def fill_plain(
    memory: P,
    contract: Contract,
    slice_: Outcome[VolatileSlice],
    offset: int,
    source: Source,
    count: int,
) -> tuple[P, Source, Outcome[int]]:
    """Fill up to `count` bytes of a region by one read of a source. Rules: V2, V8."""
    if not isinstance(slice_, Ok):
        return memory, source, slice_
    memory, source, outcome = read_volatile_from(
        memory, contract, slice_.value, offset, source, count
    )
    return memory, source, as_guest_error(outcome)


def fill_plain_exactly(
    memory: P, slice_: Outcome[VolatileSlice], offset: int, source: Source, count: int
) -> tuple[P, Source, Outcome[None]]:
    """Fill exactly `count` bytes of a region; the source's end is an error. Rules: V2, V8."""
    if not isinstance(slice_, Ok):
        return memory, source, slice_
    memory, source, outcome = read_exact_volatile_from(memory, slice_.value, offset, source, count)
    return memory, source, as_guest_error(outcome)


def drain_plain(
    memory: P, slice_: Outcome[VolatileSlice], offset: int, sink: Sink, count: int
) -> tuple[P, Sink, Outcome[None]]:
    """Drain exactly `count` bytes of a region to a sink. Rules: V2, V8."""
    if not isinstance(slice_, Ok):
        return memory, sink, slice_
    sink, outcome = write_all_volatile_to(memory, slice_.value, offset, sink, count)
    return memory, sink, as_guest_error(outcome)


def drain_plain_once(
    memory: P,
    contract: Contract,
    slice_: Outcome[VolatileSlice],
    offset: int,
    sink: Sink,
    count: int,
) -> tuple[P, Sink, Outcome[int]]:
    """Drain up to `count` bytes of a region by one write to a sink. Rules: V2, V8."""
    if not isinstance(slice_, Ok):
        return memory, sink, slice_
    sink, outcome = write_volatile_to(memory, contract, slice_.value, offset, sink, count)
    return memory, sink, as_guest_error(outcome)
