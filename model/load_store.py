"""Loads and stores of 1, 2, 4 or 8 bytes: one translation, and one access.

A `read` or `write` of as many bytes would be cut into what regions answer; these are not.
"""

from model.access import bytes_of, value_of
from model.device import ByteOrder
from model.memory import load_bytes
from model.memtx import UNSPECIFIED, AccessError, MemTxAttrs, MemTxResult
from model.read_write import dispatch_read, dispatch_write
from model.system import FuzzHook, System, block_of, store_dirty
from model.translate import Translation, is_direct, translate

SIZES = (1, 2, 4, 8)
"""Bytes that a load or a store can have."""


def check_size(size: int) -> None:
    """Raise AccessError unless there is a load of so many bytes. Rules: A11."""
    if size not in SIZES:
        raise AccessError(f"no load or store has {size} bytes")


def is_one_piece(found: Translation, size: int) -> bool:
    """Whether a section has all the bytes; of one byte this is not asked. Rules: A11, X3."""
    return size == 1 or found.length >= size


def load(
    system: System,
    space: str,
    address: int,
    size: int,
    byte_order: ByteOrder = ByteOrder.NATIVE,
    attrs: MemTxAttrs = UNSPECIFIED,
) -> tuple[System, MemTxResult, int]:
    """Load an integer of `size` bytes.

    From memory only if one section has them all; else by one access to the operations of the region
    at the first byte, which RAM refuses. Nothing clamps the copy to the RAM block. Raises
    HostOverrun, OffsetOutsideBlock, TopologyError. Rules: A8, A11, A13, A16.
    """
    check_size(size)
    found = translate(system, space, address, size, False, attrs)
    name = found.region
    if name is not None and is_one_piece(found, size) and is_direct(system, name, False, attrs):
        hook = FuzzHook(address, size, name)
        system = system._replace(fuzz_hooks=(*system.fuzz_hooks, hook))
        result, data = MemTxResult.OK, load_bytes(block_of(system, name), found.offset, size)
    else:
        system, result, data = dispatch_read(system, name, found.offset, size)
    return system, result, value_of(data, byte_order.is_big(system.big_endian))


def store(
    system: System,
    space: str,
    address: int,
    size: int,
    value: int,
    byte_order: ByteOrder = ByteOrder.NATIVE,
    attrs: MemTxAttrs = UNSPECIFIED,
) -> tuple[System, MemTxResult]:
    """Store an integer of `size` bytes; raises as `load` does. Rules: A8, A11."""
    check_size(size)
    if not 0 <= value < 1 << (8 * size):
        raise AccessError(f"{value:#x} does not fit {size} bytes")
    data = bytes_of(value, size, byte_order.is_big(system.big_endian))
    found = translate(system, space, address, size, True, attrs)
    name = found.region
    if name is not None and is_one_piece(found, size) and is_direct(system, name, True, attrs):
        return store_dirty(system, name, found.offset, data), MemTxResult.OK
    return dispatch_write(system, name, found.offset, data)
