"""Slices of host memory: a pointer, a length, and where writes are marked as dirty.

A slice holds no bytes: those are the host's. So whatever writes through one returns the host memory
after it.
"""

from collections.abc import Hashable
from typing import Literal, NamedTuple, Protocol, Self, TypeVar

from model.address_range import ADDRESS_SPACE_SIZE
from model.guest_contract import MemoryOrder
from model.guest_errors import (
    Err,
    Misaligned,
    Ok,
    Outcome,
    OutOfBounds,
    Overflow,
    Panics,
    TooBig,
    then,
    whole,
)
from model.load_store import check_size
from model.memtx import AccessError

ByteOrder = Literal["little", "big"]
"""How a value lies in memory. The crate moves values as the host has them; callers convert."""

MAX_ARRAY_BYTES = (1 << 63) - 1
"""The bytes that an array of elements may have at most."""


class HostMemory(Protocol):
    """Blocks of bytes in the host that slices point into, and bitmaps of what was written.

    Each block starts at a page boundary of the host. Rules: V11, V12.
    """

    def load_host(self, block: Hashable, offset: int, length: int) -> bytes:
        """The bytes at an offset of a block. Rules: V11."""

    def store_host(self, block: Hashable, offset: int, data: bytes) -> Self:
        """The memory with `data` at an offset of a block; marks nothing. Rules: V11."""

    def mark_dirty(self, bitmap: Hashable, offset: int, length: int) -> Self:
        """The memory with bytes marked as written, by offset into a bitmap. Rules: V12."""


H = TypeVar("H", bound=HostMemory)


class VolatileSlice(NamedTuple):
    """`length` bytes at offset `start` of a block.

    What is written at offset n is marked in `bitmap` at `marked_from` + n. Rules: V11, V12.
    """

    block: Hashable
    start: int
    length: int
    bitmap: Hashable
    marked_from: int


# --- Parts of slices ---------------------------------------------------------------------------


def compute_end(slice_: VolatileSlice, offset: int, count: int) -> Outcome[int]:
    """The end of a range of the slice; it may be empty, at the slice's very end. Rules: V11."""
    end = offset + count
    if end >= ADDRESS_SPACE_SIZE:
        return Err(Overflow(offset, count))
    return Err(OutOfBounds(end)) if end > slice_.length else Ok(end)


def subslice(slice_: VolatileSlice, offset: int, count: int) -> Outcome[VolatileSlice]:
    """The `count` bytes at `offset` as a slice. Rules: V11."""
    return then(compute_end(slice_, offset, count), lambda _: Ok(part(slice_, offset, count)))


def part(slice_: VolatileSlice, offset: int, count: int) -> VolatileSlice:
    """A subslice that is known to be inside. Rules: V11, V12."""
    return slice_._replace(
        start=slice_.start + offset, length=count, marked_from=slice_.marked_from + offset
    )


def advanced(slice_: VolatileSlice, count: int) -> Outcome[VolatileSlice]:
    """The slice without its first `count` bytes.

    The crate tells the pointer that would be out of bounds, here it is an offset. Rules: V11.
    """
    if count > slice_.length:
        return Err(OutOfBounds(count))
    return Ok(part(slice_, count, slice_.length - count))


def split_at(slice_: VolatileSlice, middle: int) -> Outcome[tuple[VolatileSlice, VolatileSlice]]:
    """The bytes before `middle`, and the rest. Rules: V11."""
    return then(advanced(slice_, middle), lambda rest: Ok((part(slice_, 0, middle), rest)))


def array_slice(
    slice_: VolatileSlice, offset: int, elements: int, size: int
) -> Outcome[VolatileSlice]:
    """The bytes of an array, which may lie at any alignment. Rules: V11."""
    if elements * size > MAX_ARRAY_BYTES or elements > MAX_ARRAY_BYTES:
        return Err(TooBig(elements, size))
    return subslice(slice_, offset, elements * size)


def atomic_slice(slice_: VolatileSlice, offset: int, size: int) -> Outcome[VolatileSlice]:
    """The bytes of an atomic access: first they must be there, then be aligned to their number.

    What counts is the alignment in the host's memory. Rules: V6, V11.
    """
    check_size(size)
    found = subslice(slice_, offset, size)
    if isinstance(found, Ok) and found.value.start % size:
        return Err(Misaligned(found.value.start, size))
    return found


# --- Bytes -------------------------------------------------------------------------------------


def place_of(slice_: VolatileSlice, offset: int, length: int) -> Outcome[VolatileSlice]:
    """As many of `length` bytes at `offset` as the slice has; of no bytes nothing is asked.

    Rules: V5, V11.
    """
    if length == 0:
        return Ok(part(slice_, 0, 0))
    if offset >= slice_.length:
        return Err(OutOfBounds(offset))
    return Ok(part(slice_, offset, min(length, slice_.length - offset)))


def read(
    host: HostMemory, slice_: VolatileSlice, offset: int, length: int
) -> tuple[Outcome[int], bytes]:
    """Read up to `length` bytes: how many there were, and these. Rules: V11."""
    found = place_of(slice_, offset, length)
    data = load_all(host, found.value) if isinstance(found, Ok) else b""
    return then(found, lambda place: Ok(place.length)), data


def write(host: H, slice_: VolatileSlice, offset: int, data: bytes) -> tuple[H, Outcome[int]]:
    """Write as much of `data` as the slice has bytes for: how many that were. Rules: V11, V12."""
    found = place_of(slice_, offset, len(data))
    if not isinstance(found, Ok):
        return host, found
    return store_front(host, found.value, data[: found.value.length]), Ok(found.value.length)


def read_slice(
    host: HostMemory, slice_: VolatileSlice, offset: int, length: int
) -> tuple[Outcome[None], bytes]:
    """Read exactly `length` bytes; those that there were, even if not all. Rules: V11."""
    outcome, data = read(host, slice_, offset, length)
    return whole(outcome, length), data


def write_slice(
    host: H, slice_: VolatileSlice, offset: int, data: bytes
) -> tuple[H, Outcome[None]]:
    """Write all of `data`; where that fails half-way, the first half stays. Rules: V11, V12."""
    host, outcome = write(host, slice_, offset, data)
    return host, whole(outcome, len(data))


def load_all(host: HostMemory, slice_: VolatileSlice) -> bytes:
    """All bytes of a slice; an empty one need not be anywhere. Rules: V11."""
    return host.load_host(slice_.block, slice_.start, slice_.length) if slice_.length else b""


def store_front(host: H, slice_: VolatileSlice, data: bytes) -> H:
    """Put bytes at the front of a slice that has room for them, and mark them. Rules: V11, V12."""
    if not data:
        return host
    host = host.store_host(slice_.block, slice_.start, data)
    return host.mark_dirty(slice_.bitmap, slice_.marked_from, len(data))


# --- Atomic accesses ---------------------------------------------------------------------------

NO_SUCH_LOAD = {
    MemoryOrder.RELEASE: Panics("there is no such thing as a release load"),
    MemoryOrder.ACQUIRE_RELEASE: Panics("there is no such thing as an acquire-release load"),
}
NO_SUCH_STORE = {
    MemoryOrder.ACQUIRE: Panics("there is no such thing as an acquire store"),
    MemoryOrder.ACQUIRE_RELEASE: Panics("there is no such thing as an acquire-release store"),
}


def load(
    host: HostMemory,
    slice_: VolatileSlice,
    offset: int,
    size: int,
    byte_order: ByteOrder = "little",
    order: MemoryOrder = MemoryOrder.SEQUENTIAL,
) -> Outcome[int]:
    """Load a value of 1, 2, 4 or 8 bytes. Raises AccessError for other sizes.

    Rules: V6, V11.
    """
    return then(
        atomic_slice(slice_, offset, size),
        lambda found: NO_SUCH_LOAD.get(
            order, Ok(int.from_bytes(load_all(host, found), byte_order))
        ),
    )


def store(
    host: H,
    slice_: VolatileSlice,
    offset: int,
    size: int,
    value: int,
    byte_order: ByteOrder = "little",
    order: MemoryOrder = MemoryOrder.SEQUENTIAL,
) -> tuple[H, Outcome[None]]:
    """Store a value; what fails changes and marks nothing. Raises as `load` does.

    Rules: V6, V11, V12.
    """
    found = atomic_slice(slice_, offset, size)
    if not 0 <= value < 1 << 8 * size:
        raise AccessError(f"{value:#x} does not fit {size} bytes")
    if not isinstance(found, Ok):
        return host, found
    if order in NO_SUCH_STORE:
        return host, NO_SUCH_STORE[order]
    return store_front(host, found.value, value.to_bytes(size, byte_order)), Ok(None)
