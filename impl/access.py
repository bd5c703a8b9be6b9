"""Reading and writing memory through address spaces."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from impl.attributes import UNSPECIFIED, Attributes
from impl.device import ByteOrder, Device, Dma
from impl.device_calls import DeviceCalls, Result
from impl.listeners import DIRTY_LOG_MIGRATION, LOGGED_GLOBALLY
from impl.memory import AccessStopped, Block
from impl.recorder import Mark
from impl.reentry import DmaDone
from impl.region import TOP, MemoryMapError, MemoryRegion, RegionKind, check_address
from impl.translate import RAM_KINDS, Place, is_denied, reads_memory, translate, writes_memory

if TYPE_CHECKING:
    from impl.address_space import AddressSpace
    from impl.memory_map import MemoryMap

FILL_CHUNK = 512
"""How many bytes are filled at once. Rules: A14."""

FuzzHook = Callable[[int, int, MemoryRegion | None], None]
"""Called with an address, a length, and the region that answers there first. Rules: A16."""


class Accesses(DeviceCalls):
    """Accesses to a memory map: how they end is a `Result`, and an error stops none of them.

    `AddressSpace` has the same for people. The `fuzz_hook` is called for what is read from memory;
    a map has the same one all its life.
    """

    def __init__(
        self,
        memory_map: MemoryMap,
        big_endian: bool = False,
        fuzz_hook: FuzzHook | None = None,
    ) -> None:
        super().__init__(memory_map, big_endian)
        self.fuzz_hook: Final = fuzz_hook
        self.direct_kinds = RAM_KINDS if self.flavour.has_direct_ram_devices else (RegionKind.RAM,)

    # --- Accesses ------------------------------------------------------------------------------

    def read(
        self,
        space: AddressSpace,
        address: int,
        length: int,
        attributes: Attributes = UNSPECIFIED,
    ) -> tuple[Result, bytes]:
        """Read bytes: how it ended, and what was found. An error ends a step only.

        Raises AccessStopped. Rules: A2, A3, A4, A16.
        """
        self.check(address, attributes)
        if length == 0:
            return Result.OK, b""
        place = self.at(space, address, length, 0, False, attributes)
        if is_denied(place.region, attributes):
            return Result.ACCESS_ERROR, bytes(length)
        return self._read_on(space, address, length, place, attributes)

    def read_constant(
        self,
        space: AddressSpace,
        address: int,
        length: int,
        attributes: Attributes = UNSPECIFIED,
    ) -> tuple[Result, bytes]:
        """Read a number of bytes that the compiler knows: in one piece if it can be.

        Raises AccessStopped also where the host is overrun. Rules: A13.
        """
        self.check(address, attributes)
        if length == 0:
            return Result.OK, b""
        place = self.at(space, address, length, 0, False, attributes)
        block = self.memory(place.region, False, attributes)
        if block is not None and place.length == length:
            return Result.OK, block.read(place.offset, length)
        return self._read_on(space, address, length, place, attributes)

    def write(
        self,
        space: AddressSpace,
        address: int,
        data: bytes,
        attributes: Attributes = UNSPECIFIED,
    ) -> Result:
        """Write bytes; how it ended. Raises as `read` does. Rules: A2, A3, A4."""
        self.check(address, attributes)
        result = Result.OK
        source = memoryview(data)
        done = 0
        while done < len(data):
            place = self.at(space, address, len(data), done, True, attributes)
            block = self.memory(place.region, True, attributes)
            if is_denied(place.region, attributes):
                result, size = result | Result.ACCESS_ERROR, place.length
                if done == 0:
                    return result
            elif block is not None:
                size = min(place.length, block.left(place.offset))
                self._store(place, block, source[done : done + size])
            else:
                size = self._step(place)
                result |= self._call_write(place, data[done : done + size])
            done += progress(size)
        return result

    def write_rom(
        self,
        space: AddressSpace,
        address: int,
        data: bytes,
        attributes: Attributes = UNSPECIFIED,
    ) -> None:
        """Put bytes into RAM and ROM, and pass over devices. Raises as `read` does. Rules: A13."""
        self.check(address, attributes)
        source = memoryview(data)
        done = 0
        while done < len(data):
            place = self.at(space, address, len(data), done, True, attributes)
            region = place.region
            if region is not None and region.block is not None and reads_memory(region):
                size = place.length
                self._store(place, region.block, source[done : done + size])
            else:
                size = self._step(place)
            done += progress(size)

    def fill(
        self,
        space: AddressSpace,
        address: int,
        length: int,
        byte: int,
        attributes: Attributes = UNSPECIFIED,
    ) -> Result:
        """Write one byte over and over, 512 times at once. Raises as `read` does. Rules: A14."""
        self.check(address, attributes)
        result = Result.OK
        for done in range(0, length, FILL_CHUNK):
            chunk = bytes([byte]) * min(FILL_CHUNK, length - done)
            result |= self.write(space, (address + done) % TOP, chunk, attributes)
        return result

    def load(
        self,
        space: AddressSpace,
        address: int,
        size: int,
        order: ByteOrder,
        attributes: Attributes = UNSPECIFIED,
    ) -> tuple[Result, int]:
        """Load 1, 2, 4 or 8 bytes in one piece, as an integer. Rules: A8, A11, A16."""
        self.check(address, attributes)
        place = self.at(space, address, size, 0, False, attributes)
        block = self.memory(place.region, False, attributes)
        if block is not None and (place.length == size or size == 1):
            self.tell(address, size, place.region)
            return Result.OK, int.from_bytes(block.read(place.offset, size), order)
        result, data = self._call_read(place, size)
        return result, int.from_bytes(data, order)

    def store(
        self,
        space: AddressSpace,
        address: int,
        data: bytes,
        attributes: Attributes = UNSPECIFIED,
    ) -> Result:
        """Store an integer's 1, 2, 4 or 8 bytes in one piece. Rules: A8, A11."""
        self.check(address, attributes)
        place = self.at(space, address, len(data), 0, True, attributes)
        block = self.memory(place.region, True, attributes)
        if block is not None and (place.length == len(data) or len(data) == 1):
            self._store(place, block, data)
            return Result.OK
        return self._call_write(place, data)

    def is_valid(
        self,
        space: AddressSpace,
        address: int,
        length: int,
        is_write: bool,
        attributes: Attributes = UNSPECIFIED,
    ) -> bool:
        """Whether devices would let an access in, by QEMU's own reckoning.

        Steps are as long as the address lets them be, not the offset. Raises AccessStopped.
        Rules: A12.
        """
        self.check(address, attributes)
        done = 0
        while done < length:
            place = self.at(space, address, length, done, is_write, attributes)
            size = place.length
            if self.memory(place.region, is_write, attributes) is None:
                size = self._step(place._replace(offset=(address + done) % TOP))
                device = self._called(place.region)
                if device is None or not device.accepts(place.offset, size, is_write):
                    return False
            done += progress(size)
        return True

    # --- Parts of accesses ---------------------------------------------------------------------

    def check(self, address: int, attributes: Attributes) -> None:
        """Raise MemoryMapError for an access that nobody can ask for. Rules: X5."""
        check_address("address", address)
        if attributes.debug and not self.flavour.has_debug_attribute:
            raise MemoryMapError("this version of QEMU has no debug attribute")

    def at(
        self,
        space: AddressSpace,
        address: int,
        length: int,
        done: int,
        is_write: bool,
        attributes: Attributes,
    ) -> Place:
        """Where what is left of an access goes; after the last address comes 0. Rules: A3."""
        at, left = (address + done) % TOP, length - done
        return translate(self.memory_map, space, at, left, is_write, attributes)

    def memory(
        self, region: MemoryRegion | None, is_write: bool, attributes: Attributes
    ) -> Block | None:
        """The block that an access copies from or to; None where a device is called. Rules: X5."""
        is_read = not is_write or attributes.debug
        if region is None or not (reads_memory if is_read else writes_memory)(region):
            return None
        if region.kind in RAM_KINDS and region.kind not in self.direct_kinds:
            return None
        return region.block

    def _read_on(
        self,
        space: AddressSpace,
        address: int,
        length: int,
        place: Place,
        attributes: Attributes,
    ) -> tuple[Result, bytes]:
        """Read from where a translation has led, and translate anew. Rules: A2, A3, A4."""
        self.tell(address, length, place.region)
        result, done = Result.OK, 0
        found: list[bytes] = []
        while True:
            block = self.memory(place.region, False, attributes)
            if is_denied(place.region, attributes):
                result |= Result.ACCESS_ERROR
                found.append(bytes(progress(place.length)))
            elif block is not None:
                size = min(place.length, block.left(place.offset))
                found.append(block.read(place.offset, progress(size)))
            else:
                size = progress(self._step(place))
                outcome, data = self._call_read(place, size)
                result |= outcome
                found.append(data)
            done += len(found[-1])
            if done == length:
                return result, b"".join(found)
            place = self.at(space, address, length, done, False, attributes)

    def tell(self, address: int, length: int, region: MemoryRegion | None) -> None:
        """Call the fuzz hook, if there is one. Rules: A16."""
        if self.fuzz_hook is not None:
            self.fuzz_hook(address, length, region)

    def make_dma(self, device: Device, dma: Dma) -> None:
        """Make a device's own access, inside its callback. Raises NestingLimit. Rules: A9."""
        space = self.memory_map.spaces.get(dma.space)
        if space is None:
            raise MemoryMapError(f"there is no address space {dma.space}")
        with self.nesting:
            if dma.data is None:
                result, data = self.read(space, dma.address, dma.length, dma.attributes)
            else:
                result = self.write(space, dma.address, dma.data, dma.attributes)
                data = dma.data
            if self.recorder is not None:
                depth = self.nesting.depth
                self.recorder.dma(DmaDone(device, dma, data, int(result), depth))

    def _store(self, place: Place, block: Block, data: bytes | memoryview) -> None:
        """Copy to memory, and mark what changes. Rules: A2."""
        assert place.region is not None
        block.write(place.offset, data)
        self.mark(place.region, place.offset, len(data))

    def mark(self, region: MemoryRegion, offset: int, length: int) -> None:
        """Mark bytes of a region's block dirty, for those who log writes to it. Rules: A2, T7."""
        mask = region.dirty_log_mask
        if self.memory_map.listeners.dirty_log_reasons and region.kind in LOGGED_GLOBALLY:
            mask |= DIRTY_LOG_MIGRATION
        if mask:
            region.dirty.set(offset, length, mask)
        if self.recorder is not None:
            self.recorder.mark(Mark(region, offset, length))


def progress(size: int) -> int:
    """What a step took. Raises AccessStopped for nothing: QEMU would not come to an end.

    Rules: A1, P9.
    """
    if size == 0:
        raise AccessStopped("a step takes nothing")
    return size
