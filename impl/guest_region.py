"""Flat ranges as the regions of guest memory, and parts of their host memory as slices."""

from __future__ import annotations

from mmap import mmap
from typing import TYPE_CHECKING, NamedTuple

from impl.attributes import UNSPECIFIED
from impl.guest_errors import invalid_backend, no_host_address
from impl.memory import Block
from impl.region import TOP, MemoryMapError, MemoryRegion
from impl.translate import writes_memory
from impl.view import FlatRange

if TYPE_CHECKING:
    from impl.access import Accesses


class GuestRegion(NamedTuple):
    """A flat range: `size` bytes at `start`, answered by a region from `offset` inside it.

    What the methods take and give, unless it is called an address, counts from the start.
    Rules: F15, F17.
    """

    start: int
    size: int
    region: MemoryRegion
    offset: int

    @classmethod
    def of(cls, one: FlatRange) -> GuestRegion:
        """The range as a region. Rules: F17."""
        return cls(one.start, one.end - one.start, one.region, one.offset)

    @property
    def last_addr(self) -> int:
        """The address of the last byte. Rules: F18."""
        return self.start + self.size - 1

    def to_region_addr(self, address: int) -> int | None:
        """Where an address lies in the region, or None. Rules: F15."""
        return self.check_address(address - self.start)

    def address_in_range(self, offset: int) -> bool:
        """Whether the region has such a byte: one past the end is none. Rules: F15."""
        return 0 <= offset < self.size

    def check_address(self, offset: int) -> int | None:
        """The same number, if the region has such a byte. Rules: F15."""
        return offset if self.address_in_range(offset) else None

    def checked_offset(self, base: int, offset: int) -> int | None:
        """The sum, if the region has such a byte. Rules: F15."""
        return self.check_address(base + offset)


class HostAddress(NamedTuple):
    """A byte of the host's memory: that of a region's block, at an offset. Rules: F16."""

    region: MemoryRegion
    offset: int


class GuestSlice:
    """`length` bytes of a region's host memory, from `offset` on; nothing is copied.

    It lasts as long as the memory itself does, whoever shows it: keep the guard that it is of.
    Rules: F16.
    """

    __slots__ = ("_accesses", "length", "offset", "region")

    def __init__(self, accesses: Accesses, region: MemoryRegion, offset: int, length: int) -> None:
        self._accesses = accesses
        self.region = region
        self.offset = offset
        self.length = length

    def __len__(self) -> int:
        return self.length

    @property
    def memory(self) -> memoryview:
        """The bytes themselves; read-only where the guest could not write them.

        What is written is not marked: `mark_dirty` does that. Raises MemoryMapError for a region
        that is too large for the host to map. Rules: F16.
        """
        block = self.region.block
        contents = None if block is None else block.contents
        if not isinstance(contents, mmap):
            raise MemoryMapError("the region is too large for its memory to be mapped")
        whole = memoryview(contents)[self.offset : self.offset + self.length]
        return whole if writes_memory(self.region) else whole.toreadonly()

    def mark_dirty(self, offset: int = 0, length: int | None = None) -> None:
        """Say that bytes were written, by default all; MemoryMapError if there are none such.

        Rules: F16, A2.
        """
        length = self.length - offset if length is None else length
        if min(offset, length) < 0 or offset + length > self.length:
            raise MemoryMapError(f"{length:#x} bytes at {offset:#x} of {self.length:#x}")
        if length:
            self._accesses.mark(self.region, self.offset + offset, length)


def host_memory(accesses: Accesses, region: MemoryRegion, is_write: bool) -> Block:
    """The block that an access finds. Raises GuestMemoryError where it finds none.

    Memory that must not be written takes no access; what calls a device has no memory.
    Rules: F14, F16.
    """
    block = accesses.memory(region, is_write, UNSPECIFIED)
    if block is None:
        if region.kind in accesses.direct_kinds:
            raise invalid_backend()
        raise no_host_address()
    return block


def host_address(accesses: Accesses, one: GuestRegion, offset: int) -> HostAddress:
    """The host's byte of a region's byte. Raises GuestMemoryError. Rules: F16."""
    if one.offset + offset >= host_memory(accesses, one.region, is_write=False).size:
        raise invalid_backend()
    return HostAddress(one.region, one.offset + offset)


def host_slice(accesses: Accesses, one: GuestRegion, offset: int, length: int) -> GuestSlice:
    """Some of a region's bytes in the host's memory. Raises GuestMemoryError.

    A fuzzing build is told, as of all memory that is mapped. Rules: F16, A16.
    """
    start = one.offset + offset
    block = host_memory(accesses, one.region, is_write=False)
    if offset + length > one.size or start + length > block.size:
        raise invalid_backend()
    if length:
        accesses.tell((one.start + offset) % TOP, length, one.region)
    return GuestSlice(accesses, one.region, start, length)
