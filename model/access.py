"""The arithmetic of accesses to devices: how they are cut, which are valid, what calls they make.

Everything here is about numbers; `read_write` makes the calls.
"""

from typing import NamedTuple

from model.address_range import ADDRESS_SPACE_SIZE
from model.device import MAX_ACCESS_SIZE, AccessSizes, Ops, refuses
from model.memtx import NoProgress
from model.translate import next_address

DEFAULT_MAX_SIZE = 4
"""Bytes: the most of an access, and of a callback, where a device does not say."""

# --- Steps -------------------------------------------------------------------------------------


def alignment(offset: int) -> int:
    """The largest access that is aligned at an offset, at most 8 bytes. Rules: A1."""
    if offset % 2 != 0:
        return 1
    if offset % 4 != 0:
        return 2
    if offset % 8 != 0:
        return 4
    return MAX_ACCESS_SIZE


def power_of_two_below(length: int) -> int:
    """The largest power of two up to 8 that does not exceed `length`; 0 for 0. Rules: A1."""
    if length >= 8:
        return 8
    if length >= 4:
        return 4
    if length >= 2:
        return 2
    return length


def access_size(length: int, offset: int, valid_max: int, impl_unaligned: bool) -> int:
    """How many bytes one step takes of `length` bytes at an offset of a device.

    What the device lets in and how the offset is aligned bound it; the end of the device's section
    does not. QEMU keeps 32 bits of the length, so that a multiple of 2^32 gives 0. Rules: A1, A5.
    """
    most = DEFAULT_MAX_SIZE if valid_max == 0 else valid_max
    if not impl_unaligned:
        most = min(most, alignment(offset))
    return power_of_two_below(min(length % (1 << 32), most))


def advance(address: int, remaining: int, length: int) -> tuple[int, int]:
    """The address and the length of what is left after a step of `length` bytes.

    Raises NoProgress where the step took nothing. Rules: A3, A12, A13, P9, P16.
    """
    if length == 0:
        raise NoProgress(f"a step at {address:#x} takes none of {remaining:#x} bytes")
    return next_address(address, length), remaining - length


# --- Validity ----------------------------------------------------------------------------------


def is_aligned(offset: int, size: int) -> bool:
    """Whether an offset is a multiple of a size, as QEMU masks it: 0 asks for 2^32. Rules: A6."""
    return offset % (1 << 32 if size == 0 else size) == 0


def size_is_valid(offset: int, size: int, valid: AccessSizes) -> bool:
    """Whether a device lets in `size` bytes at an offset.

    Without a maximum every size is valid, whatever the minimum. Rules: A6.
    """
    if not valid.unaligned and not is_aligned(offset, size):
        return False
    if valid.max == 0:
        return True
    return valid.min <= size <= valid.max


def access_is_valid(ops: Ops, offset: int, size: int, is_write: bool, callbacks: int) -> bool:
    """Whether an access reaches the device at all; the accepts hook is asked first. Rules: A6."""
    if any(refuses(refusal, offset, size, is_write, callbacks) for refusal in ops.refusals):
        return False
    return size_is_valid(offset, size, ops.valid)


# --- Callbacks ---------------------------------------------------------------------------------


class Part(NamedTuple):
    """One callback of an access: `size` bytes at an offset of the device.

    The access's value holds them `shift` bits up; a negative shift says that the part is larger
    than the access, and how many of its bits lie below the value. Rules: A7.
    """

    offset: int
    size: int
    shift: int


def callback_size(size: int, impl: AccessSizes) -> int:
    """How many bytes each callback of an access has; the minimum prevails. Rules: A7."""
    most = DEFAULT_MAX_SIZE if impl.max == 0 else impl.max
    least = 1 if impl.min == 0 else impl.min
    return max(min(size, most), least)


def part_of(offset: int, size: int, done: int, part_size: int, is_big: bool) -> Part:
    """The callback for what lies `done` bytes into an access of `size` bytes. Rules: A7."""
    place = size - part_size - done if is_big else done
    return Part(next_address(offset, done), part_size, 8 * place)


def parts_of(offset: int, size: int, impl: AccessSizes, is_big: bool) -> tuple[Part, ...]:
    """The callbacks of an access, by ascending offset.

    The first is at the access's own offset even where it is wider. Rules: A7, P10.
    """
    part_size = callback_size(size, impl)
    return tuple(
        part_of(offset, size, done, part_size, is_big) for done in range(0, size, part_size)
    )


def mask_of(size: int) -> int:
    """The bits of `size` bytes. Rules: A7, A8."""
    return (1 << (8 * size)) - 1


def merged(value: int, part: Part, read: int) -> int:
    """An access's value with what one read callback gave put into it. Rules: A7."""
    bits = read & mask_of(part.size)
    bits = bits << part.shift if part.shift >= 0 else bits >> -part.shift
    return value | (bits & (ADDRESS_SPACE_SIZE - 1))


def part_value(value: int, part: Part) -> int:
    """What one write callback is given of an access's value. Rules: A7."""
    bits = value >> part.shift if part.shift >= 0 else value << -part.shift
    return bits & mask_of(part.size)


def value_of(data: bytes, is_big: bool) -> int:
    """Bytes of a buffer as a value in a byte order. Rules: A8."""
    return int.from_bytes(data, "big" if is_big else "little")


def bytes_of(value: int, size: int, is_big: bool) -> bytes:
    """A value as `size` bytes of a buffer; what does not fit is cut off. Rules: A8."""
    return (value & mask_of(size)).to_bytes(size, "big" if is_big else "little")
