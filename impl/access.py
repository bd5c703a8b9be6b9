"""Reading and writing memory through address spaces."""

from __future__ import annotations

from enum import IntFlag
from typing import Literal, NamedTuple

from impl.device import ByteOrder, Call, Device, Refusal, Sizes, ram_device, step_size
from impl.iommu import Iommu
from impl.memory import AccessStopped, Block
from impl.memory_map import AddressSpace, MemoryMap
from impl.region import TOP, MemoryMapError, MemoryRegion, RegionKind, check_address
from impl.translate import Place, reads_memory, translate, writes_memory

__all__ = ["Accesses", "Refusal", "Result", "Sizes"]


class Result(IntFlag):
    """How an access ended. Rules: A3."""

    OK = 0
    ERROR = 1
    DECODE_ERROR = 2


class Mark(NamedTuple):
    """Bytes of a region's block that a write has changed. Rules: A2."""

    region: MemoryRegion
    offset: int
    length: int


class Signal(NamedTuple):
    """A write that went to an ioeventfd. Rules: A10."""

    region: MemoryRegion
    offset: int
    size: int
    value: int


class Accesses:
    """Accesses to a memory map.

    `calls`, `marks` and `signals` collect what happens, until the user empties them. RAM devices
    are memory like RAM if they are `direct_ram_devices`, and otherwise called like devices.
    """

    def __init__(
        self,
        memory_map: MemoryMap,
        page_bits: int = 12,
        direct_ram_devices: bool = True,
        checks_alignment: bool = True,
    ) -> None:
        self.memory_map = memory_map
        self.page_bits = page_bits
        self.direct_ram_devices = direct_ram_devices
        self.checks_alignment = checks_alignment
        self.calls: list[Call] = []
        self.marks: list[Mark] = []
        self.signals: list[Signal] = []

    # --- Devices -------------------------------------------------------------------------------

    def attach(self, region: MemoryRegion, order: ByteOrder) -> Device:
        """Give a region a new device. Raises MemoryMapError where none is called. Rules: M1."""
        if region.kind not in (RegionKind.IO, RegionKind.ROM_DEVICE):
            raise MemoryMapError(f"region {region.name} calls no device")
        region.device = Device(region.name, order)
        return region.device

    def set_sizes(
        self, region: MemoryRegion, valid: Sizes | None = None, impl: Sizes | None = None
    ) -> None:
        """Change what a device says of accesses or callbacks. Raises MemoryMapError. Rules: M6."""
        device = self.device_of(region)
        may_differ = region.kind is RegionKind.ROM_DEVICE or not self.checks_alignment
        device.set_sizes(valid or device.valid, impl or device.impl, may_differ)

    def device_of(self, region: MemoryRegion) -> Device:
        """A region's own device. Raises MemoryMapError if it has none. Rules: M1."""
        if region.device is None and region.kind is RegionKind.ROM_DEVICE:
            region.device = Device(region.name)
        if region.device is None:
            raise MemoryMapError(f"region {region.name} has no device")
        return region.device

    def iommu_of(self, region: MemoryRegion) -> Iommu:
        """The pages of an IOMMU region. Raises MemoryMapError for any other. Rules: X2."""
        if region.kind is not RegionKind.IOMMU:
            raise MemoryMapError(f"region {region.name} is no IOMMU")
        if region.iommu is None:
            region.iommu = Iommu()
        return region.iommu

    # --- Accesses ------------------------------------------------------------------------------

    def read(self, space: AddressSpace, address: int, length: int) -> tuple[Result, bytes]:
        """Read bytes: how it ended, and what was found. An error ends a step only.

        Raises AccessStopped. Rules: A2, A3, A4.
        """
        check_address("address", address)
        result, found = Result.OK, bytearray(length)
        done = 0
        while done < length:
            place = self._at(space, address, length, done, is_write=False)
            block = self._memory(place.region, is_write=False)
            if block is not None:
                size = min(place.length, block.left(place.offset))
                found[done : done + size] = block.read(place.offset, size)
            else:
                size = self._step(place)
                outcome, data = self._call_read(place, size)
                result |= outcome
                found[done : done + size] = data
            done += progress(size)
        return result, bytes(found)

    def write(self, space: AddressSpace, address: int, data: bytes) -> Result:
        """Write bytes; how it ended. Raises as `read` does. Rules: A2, A3, A4."""
        result = Result.OK
        done = 0
        while done < len(data):
            place = self._at(space, address, len(data), done, is_write=True)
            block = self._memory(place.region, is_write=True)
            if block is not None:
                size = min(place.length, block.left(place.offset))
                self._store(place, block, data[done : done + size])
            else:
                size = self._step(place)
                result |= self._call_write(place, data[done : done + size])
            done += progress(size)
        return result

    def write_rom(self, space: AddressSpace, address: int, data: bytes) -> None:
        """Put bytes into RAM and ROM, and pass over devices. Raises as `read` does. Rules: A13."""
        done = 0
        while done < len(data):
            place = self._at(space, address, len(data), done, is_write=True)
            region = place.region
            if region is not None and region.block is not None and reads_memory(region):
                size = place.length
                self._store(place, region.block, data[done : done + size])
            else:
                size = self._step(place)
            done += progress(size)

    def load(
        self, space: AddressSpace, address: int, size: Literal[1, 2, 4, 8], order: ByteOrder
    ) -> tuple[Result, int]:
        """Load an integer in one piece: from one section, or by one access. Rules: A8, A11."""
        place = self._at(space, address, size, 0, is_write=False)
        block = self._memory(place.region, is_write=False)
        if block is not None and (place.length == size or size == 1):
            return Result.OK, int.from_bytes(block.read(place.offset, size), order)
        result, data = self._call_read(place, size)
        return result, int.from_bytes(data, order)

    def store(self, space: AddressSpace, address: int, data: bytes) -> Result:
        """Store an integer's 1, 2, 4 or 8 bytes in one piece. Rules: A8, A11."""
        place = self._at(space, address, len(data), 0, is_write=True)
        block = self._memory(place.region, is_write=True)
        if block is not None and (place.length == len(data) or len(data) == 1):
            self._store(place, block, data)
            return Result.OK
        return self._call_write(place, data)

    def is_valid(self, space: AddressSpace, address: int, length: int, is_write: bool) -> bool:
        """Whether devices would let an access in, by QEMU's own reckoning.

        Steps are as long as the address lets them be, not the offset. Raises AccessStopped.
        Rules: A12.
        """
        check_address("address", address)
        done = 0
        while done < length:
            place = self._at(space, address, length, done, is_write)
            size = place.length
            if self._memory(place.region, is_write) is None:
                size = self._step(place._replace(offset=(address + done) % TOP))
                device = self._called(place.region)
                if device is None or not device.accepts(place.offset, size, is_write):
                    return False
            done += progress(size)
        return True

    # --- Parts of accesses ---------------------------------------------------------------------

    def _at(
        self, space: AddressSpace, address: int, length: int, done: int, is_write: bool
    ) -> Place:
        """Where what is left of an access goes; after the last address comes 0. Rules: A3."""
        at, left = (address + done) % TOP, length - done
        return translate(self.memory_map, space, self.page_bits, at, left, is_write)

    def _memory(self, region: MemoryRegion | None, is_write: bool) -> Block | None:
        """The block that an access copies from or to; None where a device is called. Rules: X5."""
        if region is None or not (writes_memory if is_write else reads_memory)(region):
            return None
        if region.kind is RegionKind.RAM_DEVICE and not self.direct_ram_devices:
            return None
        return region.block

    def _called(self, region: MemoryRegion | None) -> Device | None:
        """The device that a region calls; None where nothing accepts anything. Rules: M1, X5."""
        if region is None:
            return None
        if region.kind is RegionKind.RAM_DEVICE and not self.direct_ram_devices:
            return None if region.block is None else ram_device(region.name, region.block)
        if region.kind is RegionKind.ROM_DEVICE:
            return self.device_of(region)
        return region.device

    def _step(self, place: Place) -> int:
        """How many bytes go to a device at once. Rules: A1, A5."""
        device = self._called(place.region)
        if device is None:
            return step_size(0, False, place.offset, place.length)
        return device.step(place.offset, place.length)

    def _call_read(self, place: Place, size: int) -> tuple[Result, bytes]:
        """One access to a device; zeros where it is not valid. Rules: A4, A6."""
        device = self._called(place.region)
        if device is None or not device.accepts(place.offset, size, is_write=False):
            return Result.DECODE_ERROR, bytes(size)
        failed, data = device.read(place.offset, size, self.calls)
        return Result.ERROR if failed else Result.OK, data

    def _call_write(self, place: Place, data: bytes) -> Result:
        """One access to a device, unless an ioeventfd takes it. Rules: A6, A10."""
        device, region, offset = self._called(place.region), place.region, place.offset
        if region is None or device is None or not device.accepts(offset, len(data), True):
            return Result.DECODE_ERROR
        value = int.from_bytes(data, device.order)
        ioeventfds = self.memory_map.listeners.ioeventfds
        if ioeventfds.signalled(region, offset, len(data), value) is not None:
            self.signals.append(Signal(region, offset, len(data), value))
            return Result.OK
        failed = device.write(offset, data, self.calls)
        return Result.ERROR if failed else Result.OK

    def _store(self, place: Place, block: Block, data: bytes) -> None:
        """Copy to memory, and mark what changes. Rules: A2."""
        assert place.region is not None
        block.write(place.offset, data)
        self.marks.append(Mark(place.region, place.offset, len(data)))


def progress(size: int) -> int:
    """What a step took. Raises AccessStopped for nothing: QEMU would not come to an end.

    Rules: A1, P9.
    """
    if size == 0:
        raise AccessStopped("a step takes nothing")
    return size
