"""The steps of accesses of guest memory: C's own, each of which moves its bytes or fails."""

from __future__ import annotations

from mmap import mmap
from typing import TYPE_CHECKING, NamedTuple

from impl.attributes import UNSPECIFIED
from impl.device_calls import Result
from impl.guest_errors import (
    GuestMemoryError,
    IoKind,
    invalid_address,
    invalid_backend,
    io_error,
)
from impl.memory import Block
from impl.region import MemoryRegion, RegionKind
from impl.translate import RAM_KINDS, LeadTo, Place, answering
from impl.view import FlatView, section_edges

if TYPE_CHECKING:
    from impl.access import Accesses


class Reached(NamedTuple):
    """Where an access comes to: a region, None where nobody answers, and an offset into it.

    `length` is how far C goes at most in one step: to the end of a section of RAM, past any end
    with devices. `room` is how many of the bytes lie in the same flat range, in one piece.
    Rules: X1, X4, F21.
    """

    region: MemoryRegion | None
    offset: int
    length: int
    room: int


class Steps:
    """What one step of an access does, through the views of one memory map.

    `lead_to` gives the view of a space that an IOMMU leads to. Rules: F23.
    """

    __slots__ = ("accesses", "lead_to", "memory_map", "page_bits")

    def __init__(self, accesses: Accesses, lead_to: LeadTo) -> None:
        self.accesses = accesses
        self.memory_map = accesses.memory_map
        self.page_bits = self.memory_map.page_bits
        self.lead_to = lead_to

    def reach(self, view: FlatView, address: int, length: int, is_write: bool) -> Reached:
        """Who answers at an address of a view, behind any IOMMUs.

        Raises TranslationLimit; MemoryMapError where an IOMMU leads to a space that there is not.
        Rules: X1, X2, X4, F3, F14.
        """
        found, address, length = answering(
            self.memory_map, view, address, length, is_write, False, self.lead_to
        )
        if found is None:
            return Reached(None, address, length, length)
        room = min(length, found.end - address)
        if found.region.kind in RAM_KINDS:
            section_end = section_edges(found, address, self.page_bits)[1]
            length = min(length, section_end - address)
        return Reached(found.region, found.offset + (address - found.start), length, room)

    def read(self, reached: Reached, address: int, target: memoryview) -> int:
        """One step of a read, into the front of `target`: how many bytes it took.

        `address` is the guest's, for the error. Raises GuestMemoryError if no byte was moved.
        Rules: A1, A2, A4, F5, F7, F8, F22.
        """
        region = self._answering(reached, address)
        block = self.accesses.memory(region, False, UNSPECIFIED)
        if block is not None:
            size = in_block(block, reached)
            copy_from(block, reached.offset, target[:size])
            return size
        size = self._device_step(reached)
        result, data = self.accesses._call_read(place_of(reached), size)
        check(result)
        target[:size] = data
        return size

    def write(self, reached: Reached, address: int, data: memoryview) -> int:
        """One step of a write, of the front of `data`: how many bytes it took. Raises as `read`.

        Rules: A1, A2, A4, A10, F5, F7, F8, F22.
        """
        region = self._answering(reached, address)
        block = self.accesses.memory(region, True, UNSPECIFIED)
        if block is not None:
            size = in_block(block, reached)
            self.accesses._store(place_of(reached), block, data[:size])
            return size
        size = self._device_step(reached)
        check(self.accesses._call_write(place_of(reached), bytes(data[:size])))
        return size

    def load(self, reached: Reached, address: int, size: int) -> bytes:
        """All bytes of an integer, at once. Raises GuestMemoryError. Rules: A11, F4, F20, F29."""
        region = self._answering(reached, address)
        block = self.accesses.memory(region, False, UNSPECIFIED)
        if block is not None:
            check_atomic(block, reached, size)
            self.accesses.tell(address, size, region)
            return block.read(reached.offset, size)
        self._check_device_memory(reached, size)
        result, data = self.accesses._call_read(place_of(reached), size)
        check(result)
        return data

    def store(self, reached: Reached, address: int, data: bytes) -> None:
        """All bytes of an integer, at once or not at all. Raises GuestMemoryError.

        Rules: A11, F20, F21, F29.
        """
        region = self._answering(reached, address)
        block = self.accesses.memory(region, True, UNSPECIFIED)
        if block is not None:
            check_atomic(block, reached, len(data))
            self.accesses._store(place_of(reached), block, data)
            return
        self._check_device_memory(reached, len(data))
        check(self.accesses._call_write(place_of(reached), data))

    def _answering(self, reached: Reached, address: int) -> MemoryRegion:
        """The region that answers. Raises GuestMemoryError for a hole. Rules: F5, F7."""
        if reached.region is None:
            raise invalid_address(address)
        return reached.region

    def _device_step(self, reached: Reached) -> int:
        """How many bytes go to a device at once. Raises GuestMemoryError for none. Rules: F22."""
        size = self.accesses._step(place_of(reached))
        if size == 0:
            raise invalid_backend()
        self._check_device_memory(reached, size)
        return size

    def _check_device_memory(self, reached: Reached, size: int) -> None:
        """Raise GuestMemoryError where a RAM device that is called would overrun its memory.

        Rules: X5, A13.
        """
        region = reached.region
        if region is not None and region.kind is RegionKind.RAM_DEVICE and region.block is not None:
            size_of_block = region.block.size
            if reached.offset + size > size_of_block:
                raise invalid_backend()


def place_of(reached: Reached) -> Place:
    """Where C's step goes. Rules: X1."""
    return Place(reached.region, reached.offset, reached.length)


def in_block(block: Block, reached: Reached) -> int:
    """How many bytes a step on memory takes. Raises GuestMemoryError for none.

    Rules: A2, F22.
    """
    size = min(reached.length, block.size - reached.offset)
    if size <= 0:
        raise invalid_backend()
    return size


def check_atomic(block: Block, reached: Reached, size: int) -> None:
    """Raise GuestMemoryError unless memory has an integer in one piece, aligned in the host.

    Rules: F20, F21, F29.
    """
    if reached.room < size or reached.offset % size or reached.offset + size > block.size:
        raise invalid_backend()


def check(result: Result) -> None:
    """Raise GuestMemoryError unless a device took an access. Rules: F8."""
    if result & Result.ACCESS_ERROR:
        raise io_error(IoKind.PERMISSION_DENIED)
    if result & Result.DECODE_ERROR:
        raise invalid_backend()
    if result & Result.ERROR:
        raise io_error(IoKind.OTHER)


def copy_from(block: Block, offset: int, target: memoryview) -> None:
    """Copy from a block once, where the host maps it. Rules: A2."""
    contents = block.contents
    if isinstance(contents, mmap):
        target[:] = memoryview(contents)[offset : offset + len(target)]
    else:
        target[:] = contents.read(offset, len(target))


def stop(done: int, error: GuestMemoryError) -> int:
    """What an access gives that stops: the bytes moved so far, or the error if there are none.

    Raises GuestMemoryError. Rules: F5, F6.
    """
    if done == 0:
        raise error
    return done
