"""What else can be asked of an address space: to fill it, to load ROM, whether accesses are valid.

Each of these loops goes its own way, and so differs from `read` and `write` where its rule says.
"""

from model.access import access_size, advance
from model.memory import load_bytes
from model.memtx import UNSPECIFIED, AccessError, MemTxAttrs, MemTxResult, check_effort
from model.read_write import read_on, write
from model.step import Step, device_step_size, may_dispatch
from model.system import System, block_of, check_request, ops_of, store_dirty
from model.translate import Translation, is_direct, is_memory, translate

FILL_CHUNK = 512
"""Bytes that `set_memory` writes at a time. Rules: A14."""


def set_memory(
    system: System,
    space: str,
    address: int,
    byte: int,
    length: int,
    attrs: MemTxAttrs = UNSPECIFIED,
) -> tuple[System, MemTxResult]:
    """Write `length` bytes that are all `byte`, by writes of 512 bytes. Rules: A14."""
    check_request(system, space, address, length, attrs)
    if not 0 <= byte < 256:
        raise AccessError(f"{byte:#x} is not a byte")
    result, moved = MemTxResult.OK, 0
    while length > 0:
        chunk = min(length, FILL_CHUNK)
        system, outcome = write(system, space, address, bytes([byte]) * chunk, attrs)
        result |= outcome
        moved += chunk
        check_effort(0, moved)
        address, length = advance(address, length, chunk)
    return system, result


# --- Loading ROM -------------------------------------------------------------------------------


def write_rom_step(system: System, found: Translation, data: bytes, done: int) -> Step:
    """Load what is next of `data`: into memory of any kind, and past anything else.

    Nothing clamps it to the RAM block, nor, in a ROM device, to the section. Raises HostOverrun.
    Rules: A13, X5.
    """
    name = found.region
    if name is None or not is_memory(system.topology.regions[name]):
        return Step(system, MemTxResult.OK, device_step_size(system, found))
    if found.length > 0:
        piece = data[done : done + found.length]
        system = store_dirty(system, name, found.offset, piece)
    return Step(system, MemTxResult.OK, found.length)


def write_rom(
    system: System, space: str, address: int, data: bytes, attrs: MemTxAttrs = UNSPECIFIED
) -> tuple[System, MemTxResult]:
    """Load `data` into RAM and ROM; devices are skipped, and the result is always OK.

    Raises HostOverrun where QEMU writes past the end of a block, and the other AccessStopped.
    Rules: A13.
    """
    check_request(system, space, address, len(data), attrs)
    remaining, steps = len(data), 0
    while remaining > 0:
        found = translate(system, space, address, remaining, True, attrs)
        step = write_rom_step(system, found, data, len(data) - remaining)
        system = step.system
        address, remaining = advance(address, remaining, step.length)
        steps += 1
        check_effort(steps, 0)
    return system, MemTxResult.OK


def read_constant(
    system: System, space: str, address: int, length: int, attrs: MemTxAttrs = UNSPECIFIED
) -> tuple[System, MemTxResult, bytes]:
    """Read a number of bytes that the compiler knows: at once if one answer has them all.

    The same as `read`, but that nothing clamps the short way to the RAM block, and that it has no
    fuzz hook. Raises HostOverrun. Rules: A13, A16.
    """
    check_request(system, space, address, length, attrs)
    if length == 0:
        return system, MemTxResult.OK, b""
    found = translate(system, space, address, length, False, attrs)
    name = found.region
    if name is not None and found.length == length and is_direct(system, name, False, attrs):
        return system, MemTxResult.OK, load_bytes(block_of(system, name), found.offset, length)
    return read_on(system, space, address, found, length, attrs)


# --- Asking ahead ------------------------------------------------------------------------------


def query_step(system: System, found: Translation, address: int) -> int:
    """How many bytes the query takes at once of what is not memory.

    It is aligned by the address, where an access is by the offset into the region. Rules: A12.
    """
    ops = ops_of(system, found.region)
    return access_size(found.length, address, ops.valid.max, ops.impl.unaligned)


def access_valid(
    system: System,
    space: str,
    address: int,
    length: int,
    is_write: bool,
    attrs: MemTxAttrs = UNSPECIFIED,
) -> bool:
    """Whether devices would let an access in, as QEMU answers it; nothing is accessed.

    It may differ from what an access then comes to, and knows nothing of denial, of the re-entrancy
    guard and of failing callbacks. Rules: A12, P17.
    """
    check_request(system, space, address, length, attrs)
    steps = 0
    while length > 0:
        found = translate(system, space, address, length, is_write, attrs)
        step = found.length
        if not is_direct(system, found.region, is_write, attrs):
            step = query_step(system, found, address)
            if not may_dispatch(system, found.region, found.offset, step, is_write):
                return False
        address, length = advance(address, length, step)
        steps += 1
        check_effort(steps, 0)
    return True
