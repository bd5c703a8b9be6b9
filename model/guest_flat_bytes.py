"""Reading and writing guest memory through a flat view: QEMU's own steps, counted in bytes.

What succeeds is what C does, step by step. The first step that fails ends the access: its bytes and
what would come after are not moved, and what was moved before is told exactly.
"""

from collections.abc import Callable

from model.access import bytes_of, value_of
from model.address_range import ADDRESS_SPACE_SIZE
from model.guest_contract import Contract
from model.guest_errors import (
    Err,
    InvalidBackendAddress,
    InvalidGuestAddress,
    IoErrorKind,
    IoFailed,
    Ok,
    Outcome,
    then,
    whole,
)
from model.guest_flatview import FlatMemory, Reached, answering, check_access, reach, tell
from model.iommu import Permission
from model.load_store import check_size
from model.memory import load_bytes
from model.memtx import UNSPECIFIED, AccessError, MemTxResult, check_effort
from model.read_write import dispatch_read, dispatch_write, read_step, write_step
from model.region import Kind, RegionId
from model.step import device_step_size
from model.system import block_of, store_dirty
from model.translate import is_direct
from model.view import lookup

# --- Steps -------------------------------------------------------------------------------------


def failure(result: MemTxResult) -> Outcome[None]:
    """What QEMU's result of a step is to a caller in Rust. Rules: F8."""
    if result & MemTxResult.ACCESS_ERROR:
        return Err(IoFailed(IoErrorKind.PERMISSION_DENIED))
    if result & MemTxResult.DECODE_ERROR:
        return Err(InvalidBackendAddress())
    return Err(IoFailed(IoErrorKind.OTHER)) if result else Ok(None)


def may_step(memory: FlatMemory, reached: Reached, name: RegionId, is_write: bool) -> Outcome[None]:
    """Whether a step can move a byte, and stays inside of the host's memory.

    C would not come to an end, stop at an assertion, or overrun the host. Rules: A1, X3, F22.
    """
    system, found = memory.system, reached.found
    if is_direct(system, name, is_write, UNSPECIFIED):
        room = min(found.length, block_of(system, name).max_length - found.offset)
        return Ok(None) if room > 0 else Err(InvalidBackendAddress())
    size = device_step_size(system, found)
    if size == 0:
        return Err(InvalidBackendAddress())
    return device_memory_has(memory, reached, name, size)


def device_memory_has(
    memory: FlatMemory, reached: Reached, name: RegionId, size: int
) -> Outcome[None]:
    """Whether a RAM device that is called has all bytes of an access. Rules: A13, X5."""
    system = memory.system
    if system.topology.regions[name].kind is not Kind.RAM_DEVICE:
        return Ok(None)
    end = reached.found.offset + size
    return Ok(None) if end <= block_of(system, name).max_length else Err(InvalidBackendAddress())


def read_one(
    memory: FlatMemory, reached: Reached, address: int
) -> tuple[FlatMemory, Outcome[bytes]]:
    """One step of a read: its bytes. Rules: A2, A4, F5, F7, F8."""
    may = then(
        answering(reached, address), lambda name: may_step(memory, reached, name, is_write=False)
    )
    if not isinstance(may, Ok):
        return memory, may
    step = read_step(memory.system, reached.found, UNSPECIFIED)
    data = step.data or b""
    return memory._replace(system=step.system), then(failure(step.result), lambda _: Ok(data))


def write_one(
    memory: FlatMemory, reached: Reached, address: int, data: bytes
) -> tuple[FlatMemory, Outcome[int]]:
    """One step of a write of `data`: how many bytes it took. Rules: A2, A4, A10, F5, F7, F8."""
    may = then(
        answering(reached, address), lambda name: may_step(memory, reached, name, is_write=True)
    )
    if not isinstance(may, Ok):
        return memory, may
    step = write_step(memory.system, reached.found, data, 0, UNSPECIFIED)
    return memory._replace(system=step.system), then(
        failure(step.result), lambda _: Ok(step.length)
    )


# --- Bytes -------------------------------------------------------------------------------------


def empty_access(memory: FlatMemory, contract: Contract, address: int) -> Outcome[int]:
    """What an access of no bytes comes to: some versions ask for the address. Rules: V5."""
    if contract.empty_access_needs_address and lookup(memory.regions(), address) is None:
        return Err(InvalidGuestAddress(address))
    return Ok(0)


def read(
    memory: FlatMemory, contract: Contract, address: int, length: int
) -> tuple[FlatMemory, Outcome[int], bytes]:
    """Read up to `length` bytes: how many, and these.

    Raises TopologyError, AccessError, EffortLimit and TranslationLimit.
    Rules: G3, F2, F5, F6, F7, F10.
    """
    check_access(memory, address, length)
    if length == 0:
        return memory, empty_access(memory, contract, address), b""
    moved, steps = b"", 0
    while len(moved) < length:
        at = (address + len(moved)) % ADDRESS_SPACE_SIZE
        memory, reached = reach(memory, at, length - len(moved), Permission.READ)
        if not moved:
            memory = tell(memory, address, length, reached.found.region)
        memory, outcome = read_one(memory, reached, at)
        if not isinstance(outcome, Ok):
            return memory, Ok(len(moved)) if moved else outcome, moved
        moved += outcome.value
        steps += 1
        check_effort(steps, len(moved))
    return memory, Ok(length), moved


def write(
    memory: FlatMemory, contract: Contract, address: int, data: bytes
) -> tuple[FlatMemory, Outcome[int]]:
    """Write as much of `data` as can be: how many bytes. Raises as `read` does.

    Rules: G3, F5, F6, F7, F10.
    """
    check_access(memory, address, len(data))
    if not data:
        return memory, empty_access(memory, contract, address)
    done, steps = 0, 0
    while done < len(data):
        at = (address + done) % ADDRESS_SPACE_SIZE
        memory, reached = reach(memory, at, len(data) - done, Permission.WRITE)
        memory, outcome = write_one(memory, reached, at, data[done:])
        if not isinstance(outcome, Ok):
            return memory, Ok(done) if done else outcome
        done += outcome.value
        steps += 1
        check_effort(steps, 0)
    return memory, Ok(done)


def read_slice(
    memory: FlatMemory, contract: Contract, address: int, length: int
) -> tuple[FlatMemory, Outcome[None], bytes]:
    """Read exactly `length` bytes; those that there were, even if not all. Rules: F5, F6, F19."""
    memory, outcome, data = read(memory, contract, address, length)
    return memory, whole(outcome, length), data


def write_slice(
    memory: FlatMemory, contract: Contract, address: int, data: bytes
) -> tuple[FlatMemory, Outcome[None]]:
    """Write all of `data`; what was written before it failed stays. Rules: F5, F6, F19."""
    memory, outcome = write(memory, contract, address, data)
    return memory, whole(outcome, len(data))


# --- Integers ----------------------------------------------------------------------------------


def check_value(size: int, value: int) -> None:
    """Raise AccessError unless the value is one of so many bytes. Rules: A11."""
    check_size(size)
    if not 0 <= value < 1 << 8 * size:
        raise AccessError(f"{value:#x} does not fit {size} bytes")


def read_obj(
    memory: FlatMemory, contract: Contract, address: int, size: int, is_big: bool
) -> tuple[FlatMemory, Outcome[int], bytes]:
    """Read a value as any bytes are read, and the bytes that there were. Rules: F19, F27."""
    check_size(size)
    memory, outcome, data = read_slice(memory, contract, address, size)
    return memory, then(outcome, lambda _: Ok(value_of(data, is_big))), data


def write_obj(
    memory: FlatMemory, contract: Contract, address: int, size: int, value: int, is_big: bool
) -> tuple[FlatMemory, Outcome[None]]:
    """Write a value as any bytes are written. Rules: F19, F27."""
    check_value(size, value)
    return write_slice(memory, contract, address, bytes_of(value, size, is_big))


def in_one_piece(memory: FlatMemory, reached: Reached, name: RegionId, size: int) -> Outcome[None]:
    """Whether a flat range has a value's bytes, aligned in the host's memory.

    Rules: F20, F21, F29.
    """
    offset = reached.found.offset
    fits = offset + size <= block_of(memory.system, name).max_length
    return (
        Ok(None)
        if fits and reached.room >= size and offset % size == 0
        else Err(InvalidBackendAddress())
    )


def load(
    memory: FlatMemory, address: int, size: int, is_big: bool
) -> tuple[FlatMemory, Outcome[int]]:
    """Load a value of 1, 2, 4 or 8 bytes in one piece: of memory, or by one access to a device.

    Raises AccessError for other sizes, and as `read` does. Rules: A11, G4, F1, F4, F20, F21, F29.
    """
    check_size(size)
    check_access(memory, address, size)
    memory, reached = reach(memory, address, size, Permission.READ)
    name = answering(reached, address)
    if not isinstance(name, Ok):
        return memory, name
    if is_direct(memory.system, name.value, False, UNSPECIFIED):
        may = in_one_piece(memory, reached, name.value, size)
        if not isinstance(may, Ok):
            return memory, may
        data = load_bytes(block_of(memory.system, name.value), reached.found.offset, size)
        return tell(memory, address, size, name.value), Ok(value_of(data, is_big))
    may = device_memory_has(memory, reached, name.value, size)
    if not isinstance(may, Ok):
        return memory, may
    system, result, data = dispatch_read(memory.system, name.value, reached.found.offset, size)
    value = value_of(data, is_big)
    return memory._replace(system=system), then(failure(result), lambda _: Ok(value))


def store(
    memory: FlatMemory, address: int, size: int, value: int, is_big: bool
) -> tuple[FlatMemory, Outcome[None]]:
    """Store a value as `load` loads one, all of it or nothing. Raises as `load` does.

    Rules: A11, G4, F20, F21, F27, F29.
    """
    check_value(size, value)
    check_access(memory, address, size)
    memory, reached = reach(memory, address, size, Permission.WRITE)
    data = bytes_of(value, size, is_big)
    name = answering(reached, address)
    if not isinstance(name, Ok):
        return memory, name
    is_memory = is_direct(memory.system, name.value, True, UNSPECIFIED)
    check: Callable[..., Outcome[None]] = in_one_piece if is_memory else device_memory_has
    may = check(memory, reached, name.value, size)
    if not isinstance(may, Ok):
        return memory, may
    offset = reached.found.offset
    if is_memory:
        system = store_dirty(memory.system, name.value, offset, data)
        return memory._replace(system=system), Ok(None)
    system, result = dispatch_write(memory.system, name.value, offset, data)
    return memory._replace(system=system), failure(result)
