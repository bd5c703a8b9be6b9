"""Filling memory of a flat view from sources, and draining it to sinks: devices are not memory."""

from typing import NamedTuple

from model.address_range import ADDRESS_SPACE_SIZE
from model.guest_contract import Contract
from model.guest_errors import Err, InvalidBackendAddress, Ok, Outcome, whole
from model.guest_flatview import (
    FlatMemory,
    Reached,
    answering,
    check_access,
    host_memory,
    reach,
    tell,
)
from model.guest_streams import Sink, Source
from model.iommu import Permission
from model.memtx import check_effort
from model.slice_streams import fill_once
from model.slice_streams import write_all_volatile_to as drain_slice
from model.volatile_slice import VolatileSlice, part


class Piece(NamedTuple):
    """What of a range lies in one flat range, as a slice of the host's memory. Rules: F16, F21."""

    memory: FlatMemory
    slice_: Outcome[VolatileSlice]


def memory_of(
    memory: FlatMemory, reached: Reached, address: int, needed: Permission, is_empty: bool
) -> Outcome[VolatileSlice]:
    """The host's memory of a piece; an error where it is none. Rules: F5, F14, F16, F22."""
    name = answering(reached, address)
    if not isinstance(name, Ok):
        return name
    found = host_memory(memory.system, name.value, needed)
    if not isinstance(found, Ok):
        return found
    offset = reached.found.offset
    room = min(reached.room, found.value - offset)
    if room < 0 or (room == 0 and not is_empty):
        return Err(InvalidBackendAddress())
    return Ok(VolatileSlice(name.value, offset, room, name.value, offset))


def next_piece(
    memory: FlatMemory, contract: Contract, address: int, count: int, done: int, needed: Permission
) -> tuple[FlatMemory, Outcome[VolatileSlice] | None]:
    """What comes next of a range of which `done` bytes are behind; None at its end.

    Of a range of no bytes there is an empty piece where the version asks for an address. A fuzzing
    build is told of what is drained. Rules: V5, A16, F2, F16.
    """
    asks = count == 0 and contract.empty_access_needs_address and done == 0
    if done >= count and not asks:
        return memory, None
    at = (address + done) % ADDRESS_SPACE_SIZE
    memory, reached = reach(memory, at, count - done, needed)
    if done == 0 and count and needed is Permission.READ:
        memory = tell(memory, address, count, reached.found.region)
    return memory, memory_of(memory, reached, at, needed, is_empty=count == 0)


def fill_piece(
    memory: FlatMemory, contract: Contract, slice_: VolatileSlice, source: Source
) -> tuple[FlatMemory, Source, Outcome[int], bool]:
    """Fill a piece, by one read of the source or by several: how many bytes, and if all is done.

    It is all done where the source ends. Rules: V8.
    """
    total, steps = 0, 0
    while True:
        memory, source, filled = fill_once(memory, slice_, source, contract.retries_interrupted)
        if not isinstance(filled, Ok):
            return memory, source, filled, True
        total += filled.value
        slice_ = part(slice_, filled.value, slice_.length - filled.value)
        if contract.reads_source_once_a_region or slice_.length == 0:
            return memory, source, Ok(total), False
        if filled.value == 0:
            return memory, source, Ok(total), True
        steps += 1
        check_effort(steps, 0)


def read_volatile_from(
    memory: FlatMemory, contract: Contract, address: int, source: Source, count: int
) -> tuple[FlatMemory, Source, Outcome[int]]:
    """Fill up to `count` bytes from a source: how many. An error of the source loses the count.

    Raises as `guest_flat_bytes.read` does. Rules: V5, V8, F16, F19.
    """
    check_access(memory, address, count)
    total = done = steps = 0
    while True:
        memory, piece = next_piece(memory, contract, address, count, done, Permission.WRITE)
        if piece is None:
            return memory, source, Ok(total)
        if not isinstance(piece, Ok):
            return memory, source, Ok(total) if done else piece
        memory, source, filled, ends = fill_piece(memory, contract, piece.value, source)
        if not isinstance(filled, Ok):
            return memory, source, filled
        total += filled.value
        done += piece.value.length
        steps += 1
        check_effort(steps, 0)
        if ends or count == 0:
            return memory, source, Ok(total)


def read_exact_volatile_from(
    memory: FlatMemory, contract: Contract, address: int, source: Source, count: int
) -> tuple[FlatMemory, Source, Outcome[None]]:
    """Fill exactly `count` bytes; the source's end leaves a partial buffer. Rules: F6, F19."""
    memory, source, outcome = read_volatile_from(memory, contract, address, source, count)
    return memory, source, whole(outcome, count)


def write_volatile_to(
    memory: FlatMemory, contract: Contract, address: int, sink: Sink, count: int
) -> tuple[FlatMemory, Sink, Outcome[int]]:
    """Drain up to `count` bytes to a sink: how many; a full sink is an error.

    Raises as `guest_flat_bytes.read` does. Rules: V5, V8, F16, F19.
    """
    check_access(memory, address, count)
    done = steps = 0
    while True:
        memory, piece = next_piece(memory, contract, address, count, done, Permission.READ)
        if piece is None:
            return memory, sink, Ok(done)
        if not isinstance(piece, Ok):
            return memory, sink, Ok(done) if done else piece
        length = piece.value.length
        sink, outcome = drain_slice(memory, piece.value, 0, sink, length)
        if not isinstance(outcome, Ok):
            return memory, sink, outcome
        done += length
        steps += 1
        check_effort(steps, 0)
        if count == 0:
            return memory, sink, Ok(done)


def write_all_volatile_to(
    memory: FlatMemory, contract: Contract, address: int, sink: Sink, count: int
) -> tuple[FlatMemory, Sink, Outcome[None]]:
    """Drain exactly `count` bytes; a hole leaves a partial buffer. Rules: F6, F19."""
    memory, sink, outcome = write_volatile_to(memory, contract, address, sink, count)
    return memory, sink, whole(outcome, count)
