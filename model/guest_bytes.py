"""Accessing guest memory by address: the crate's trait `Bytes<GuestAddress>`.

Up to 0.17-dev an access asks the regions one after the other; from 0.17.0 on it goes along slices
of host memory. In both, what was moved before a failure stays moved. Memory behind an IOMMU is no
provider of regions: it is always accessed along slices.
"""

from model.guest_by_regions import (
    drain_by_regions,
    fill_by_regions,
    read_by_regions,
    write_by_regions,
)
from model.guest_by_slices import (
    drain_by_slices,
    fill_by_slices,
    first_slice,
    read_by_slices,
    write_by_slices,
)
from model.guest_contract import Contract, MemoryOrder
from model.guest_errors import Ok, Outcome, as_guest_error, then, whole
from model.guest_memory import in_region
from model.guest_provider import Provider, S
from model.guest_streams import Sink, Source
from model.iommu import Permission
from model.memtx import AccessError
from model.volatile_slice import ByteOrder
from model.volatile_slice import load as load_from_slice
from model.volatile_slice import store as store_to_slice

OBJECT_SIZES = (0, 1, 2, 4, 8)
"""Bytes of the values that the specification reads and writes as objects; others are as slices."""


def read(memory: S, contract: Contract, address: int, length: int) -> tuple[S, Outcome[int], bytes]:
    """Read up to `length` bytes: how many, and these, which are the front of the caller's buffer.

    Reading stops at a hole, and does not go on behind it. What was read before an error is given
    beside it. Raises EffortLimit. Rules: V4, V5, V10, V13, V14.
    """
    if contract.asks_regions and isinstance(memory, Provider):
        return read_by_regions(memory, contract, address, length)
    outcome, data = read_by_slices(memory, contract, address, length)
    return memory, outcome, data


def write(memory: S, contract: Contract, address: int, data: bytes) -> tuple[S, Outcome[int]]:
    """Write as much of `data` as can be: how many bytes. Stops and raises as `read` does.

    Rules: V4, V5, V10, V12, V13, V14.
    """
    if contract.asks_regions and isinstance(memory, Provider):
        return write_by_regions(memory, contract, address, data)
    return write_by_slices(memory, contract, address, data)


def read_slice(
    memory: S, contract: Contract, address: int, length: int
) -> tuple[S, Outcome[None], bytes]:
    """Read exactly `length` bytes; those that there were, even if not all. Raises as `read`.

    Rules: V4, V5.
    """
    memory, outcome, data = read(memory, contract, address, length)
    return memory, whole(outcome, length), data


def write_slice(
    memory: S, contract: Contract, address: int, data: bytes
) -> tuple[S, Outcome[None]]:
    """Write all of `data`; what was written before it failed stays. Raises as `read`.

    Rules: V4, V5.
    """
    memory, outcome = write(memory, contract, address, data)
    return memory, whole(outcome, len(data))


def check_object(size: int, value: int = 0) -> None:
    """Raise AccessError unless there are such objects. Rules: V4."""
    if size not in OBJECT_SIZES:
        raise AccessError(f"no object has {size} bytes")
    if not 0 <= value < 1 << 8 * size:
        raise AccessError(f"{value:#x} does not fit {size} bytes")


def read_obj(
    memory: S, contract: Contract, address: int, size: int, byte_order: ByteOrder = "little"
) -> tuple[S, Outcome[int]]:
    """Read a value of 0, 1, 2, 4 or 8 bytes, at any alignment, from one region or several.

    It may be torn where it lies in several. Raises AccessError for other sizes. Rules: V4, V5.
    """
    check_object(size)
    memory, outcome, data = read_slice(memory, contract, address, size)
    return memory, then(outcome, lambda _: Ok(int.from_bytes(data, byte_order)))


def write_obj(
    memory: S,
    contract: Contract,
    address: int,
    size: int,
    value: int,
    byte_order: ByteOrder = "little",
) -> tuple[S, Outcome[None]]:
    """Write a value as `read_obj` reads one; raises as it does. Rules: V4, V5."""
    check_object(size, value)
    return write_slice(memory, contract, address, value.to_bytes(size, byte_order))


def load(
    memory: S,
    contract: Contract,
    address: int,
    size: int,
    byte_order: ByteOrder = "little",
    order: MemoryOrder = MemoryOrder.SEQUENTIAL,
) -> tuple[S, Outcome[int]]:
    """Load a value of 1, 2, 4 or 8 bytes at once: aligned in the host, and within one region.

    Raises AccessError for other sizes. Rules: V6, V10, V13.
    """
    if contract.asks_regions and isinstance(memory, Provider):
        place = in_region(memory, contract, address)
        if not isinstance(place, Ok):
            return memory, place
        return memory.load_region(*place.value, size, byte_order, order)
    found = first_slice(memory, contract, address, size, Permission.READ)
    return memory, then(
        found,
        lambda slice_: as_guest_error(load_from_slice(memory, slice_, 0, size, byte_order, order)),
    )


def store(
    memory: S,
    contract: Contract,
    address: int,
    size: int,
    value: int,
    byte_order: ByteOrder = "little",
    order: MemoryOrder = MemoryOrder.SEQUENTIAL,
) -> tuple[S, Outcome[None]]:
    """Store a value as `load` loads one; what fails changes nothing. Raises as it does.

    Rules: V6, V10, V12, V13.
    """
    if contract.asks_regions and isinstance(memory, Provider):
        place = in_region(memory, contract, address)
        if not isinstance(place, Ok):
            return memory, place
        return memory.store_region(*place.value, size, value, byte_order, order)
    found = first_slice(memory, contract, address, size, Permission.WRITE)
    if not isinstance(found, Ok):
        return memory, found
    memory, outcome = store_to_slice(memory, found.value, 0, size, value, byte_order, order)
    return memory, as_guest_error(outcome)


# --- Streams -----------------------------------------------------------------------------------


def read_volatile_from(
    memory: S, contract: Contract, address: int, source: Source, count: int
) -> tuple[S, Source, Outcome[int]]:
    """Fill up to `count` bytes from a source: how many.

    How often the source is read, and what a short read leads to, is the version's. An error of the
    source loses the count. Raises EffortLimit. Rules: V5, V8, V10, V12.
    """
    if contract.asks_regions and isinstance(memory, Provider):
        return fill_by_regions(memory, contract, address, source, count)
    return fill_by_slices(memory, contract, address, source, count)


def read_exact_volatile_from(
    memory: S, contract: Contract, address: int, source: Source, count: int
) -> tuple[S, Source, Outcome[None]]:
    """Fill exactly `count` bytes from a source; its end leaves a partial buffer. Rules: V5, V8."""
    memory, source, outcome = read_volatile_from(memory, contract, address, source, count)
    return memory, source, whole(outcome, count)


def write_volatile_to(
    memory: S, contract: Contract, address: int, sink: Sink, count: int
) -> tuple[S, Sink, Outcome[int]]:
    """Drain up to `count` bytes to a sink: how many; a sink that is full is an error.

    Raises EffortLimit. Rules: V5, V8, V10.
    """
    if contract.asks_regions and isinstance(memory, Provider):
        return drain_by_regions(memory, contract, address, sink, count)
    sink, outcome = drain_by_slices(memory, contract, address, sink, count)
    return memory, sink, outcome


def write_all_volatile_to(
    memory: S, contract: Contract, address: int, sink: Sink, count: int
) -> tuple[S, Sink, Outcome[None]]:
    """Drain exactly `count` bytes to a sink; a hole leaves a partial buffer. Rules: V5, V8."""
    memory, sink, outcome = write_volatile_to(memory, contract, address, sink, count)
    return memory, sink, whole(outcome, count)
