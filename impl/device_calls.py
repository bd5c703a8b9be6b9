"""What devices are in a memory map, and how accesses reach them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from enum import IntFlag
from typing import TYPE_CHECKING

from impl.device import ByteOrder, Call, Device, Dma, Sizes, ram_device
from impl.ioeventfds import Ioeventfd, check
from impl.iommu import Iommu
from impl.recorder import AccessRecorder, Signal
from impl.reentry import NO_GUARD, Guard, Nesting, ReleasingGuard
from impl.region import MemoryMapError, MemoryRegion, RegionKind
from impl.steps import step_of, steps_of
from impl.translate import Place

if TYPE_CHECKING:
    from impl.memory_map import MemoryMap


class Result(IntFlag):
    """How an access ended. Rules: A3."""

    OK = 0
    ERROR = 1
    DECODE_ERROR = 2
    ACCESS_ERROR = 4


class AccessError(Exception):
    """An access that did not succeed everywhere, which stopped no part of it.

    `result` says what happened, of all parts together. `data` has the bytes that were read all the
    same, zeros where there were none; those of a load are in the order that was asked for.
    Rules: A3, A4.
    """

    def __init__(self, what: str, result: Result, data: bytes = b"") -> None:
        super().__init__(f"{what}: {result.name}")
        self.result = result
        self.data = data


NO_DEVICE_STEPS = steps_of(0, False)
"""How accesses step over what has no device. Rules: A1."""


class DeviceCalls(ABC):
    """The devices of a memory map.

    A `recorder` is told what happens, if there is one. `notifiers` has what is called with a write
    that an ioeventfd takes, by the ioeventfd's notifier. RAM devices are memory like RAM or called
    like devices, by flavour. Devices have the target's byte order, `order`, unless they are given
    another.
    """

    def __init__(self, memory_map: MemoryMap, big_endian: bool = False) -> None:
        self.memory_map = memory_map
        self.flavour = memory_map.flavour
        self.order: ByteOrder = "big" if big_endian else "little"
        self.nesting = Nesting()
        self.recorder: AccessRecorder | None = None
        self.notifiers: dict[int, Callable[[Signal], None]] = {}

    # --- Devices -------------------------------------------------------------------------------

    def attach(self, region: MemoryRegion, order: ByteOrder | None = None) -> Device:
        """Give a region a new device, of the target's byte order unless another is said.

        Raises MemoryMapError where none is called. Rules: M1, A8.
        """
        if region.kind not in (RegionKind.IO, RegionKind.ROM_DEVICE):
            raise MemoryMapError(f"region {region.name} calls no device")
        region.device = Device(region.name, order or self.order)
        return region.device

    def set_sizes(
        self, region: MemoryRegion, valid: Sizes | None = None, impl: Sizes | None = None
    ) -> None:
        """Change what a device says of accesses or callbacks. Raises MemoryMapError. Rules: M6."""
        device = self.device_of(region)
        may_differ = (
            region.kind is RegionKind.ROM_DEVICE or not self.flavour.asserts_callback_alignment
        )
        device.set_sizes(valid or device.valid, impl or device.impl, may_differ)

    def device_of(self, region: MemoryRegion) -> Device:
        """A region's own device. Raises MemoryMapError if it has none. Rules: M1."""
        if region.device is None and region.kind is RegionKind.ROM_DEVICE:
            region.device = Device(region.name, self.order)
        if region.device is None or region.kind is RegionKind.RAM_DEVICE:
            raise MemoryMapError(f"region {region.name} has no device")
        return region.device

    def iommu_of(self, region: MemoryRegion) -> Iommu:
        """The pages of an IOMMU region. Raises MemoryMapError for any other. Rules: X2."""
        if region.kind is not RegionKind.IOMMU:
            raise MemoryMapError(f"region {region.name} is no IOMMU")
        if region.iommu is None:
            region.iommu = Iommu()
        return region.iommu

    # --- Ioeventfds ----------------------------------------------------------------------------

    def add_ioeventfd(self, region: MemoryRegion, added: Ioeventfd) -> None:
        """Have writes to a region signal a notifier; its data is in the target's byte order.

        Raises MemoryMapError. Rules: A10, T10.
        """
        self.memory_map.listeners.add_ioeventfd(region, self._to_device(region, added))

    def del_ioeventfd(self, region: MemoryRegion, wanted: Ioeventfd) -> None:
        """Take back what `add_ioeventfd` added. Raises MemoryMapError. Rules: A10, T10."""
        self.memory_map.listeners.del_ioeventfd(region, self._to_device(region, wanted))

    def _to_device(self, region: MemoryRegion, one: Ioeventfd) -> Ioeventfd:
        """An ioeventfd with its data as the region's device is given it. Rules: A10, T10."""
        check(one)
        device = self._called(region)
        if device is None or device.order == self.order or one.data is None or one.size < 2:
            return one
        kept = one.data & (1 << 8 * one.size) - 1
        return one._replace(data=int.from_bytes(kept.to_bytes(one.size, "little"), "big"))

    # --- Calling -------------------------------------------------------------------------------

    def _called(self, region: MemoryRegion | None) -> Device | None:
        """The device that a region calls; None where nothing accepts anything. Rules: M1, X5."""
        if region is None:
            return None
        if region.kind is RegionKind.RAM_DEVICE and not self.flavour.has_direct_ram_devices:
            if region.device is None and region.block is not None:
                region.device = ram_device(region.name, region.block)
            return region.device
        if region.kind is RegionKind.ROM_DEVICE:
            return self.device_of(region)
        return region.device

    def _step(self, place: Place) -> int:
        """How many bytes go to a device at once. Rules: A1, A5."""
        device = self._called(place.region)
        if device is None:
            return step_of(NO_DEVICE_STEPS, place.offset, place.length)
        return device.step(place.offset, place.length)

    def _call_read(self, place: Place, size: int) -> tuple[Result, bytes]:
        """One access to a device; zeros where it is not valid, or guarded. Rules: A4, A6, A9."""
        device = self._called(place.region)
        if device is None or not device.accepts(place.offset, size, is_write=False):
            return Result.DECODE_ERROR, bytes(size)
        guard = self._guard(place.region, device)
        if guard.engaged:
            return Result.ACCESS_ERROR, bytes(size)
        with guard:
            failed, data = device.read(place.offset, size, self)
        return Result.ERROR if failed else Result.OK, data

    def _call_write(self, place: Place, data: bytes) -> Result:
        """One access to a device, unless an ioeventfd takes it. Rules: A6, A9, A10."""
        device, region, offset = self._called(place.region), place.region, place.offset
        if region is None or device is None or not device.accepts(offset, len(data), True):
            return Result.DECODE_ERROR
        value = int.from_bytes(data, device.order)
        ioeventfds = self.memory_map.listeners.ioeventfds
        ioeventfd = ioeventfds.signalled(region, offset, len(data), value)
        if ioeventfd is not None:
            self._signal(Signal(region, offset, len(data), value, ioeventfd.notifier))
            return Result.OK
        guard = self._guard(region, device)
        if guard.engaged:
            return Result.ACCESS_ERROR
        with guard:
            failed = device.write(offset, data, self)
        return Result.ERROR if failed else Result.OK

    def _signal(self, signal: Signal) -> None:
        """Have a notifier called with a write, if it is known. Rules: A10."""
        if self.recorder is not None:
            self.recorder.signal(signal)
        notify = self.notifiers.get(signal.notifier)
        if notify is not None:
            notify(signal)

    def _guard(self, region: MemoryRegion | None, device: Device) -> Guard:
        """What keeps accesses to a region out of a device that is being called. Rules: A9, M9."""
        if region is None or region.owner is None or not region.owner.is_device:
            return NO_GUARD
        if device.guarded and region.kind is RegionKind.IO and not region.readonly:
            return region.owner.guard
        if self.flavour.exempt_access_releases_guard:
            return ReleasingGuard(region.owner.guard)
        return NO_GUARD

    @abstractmethod
    def make_dma(self, device: Device, dma: Dma) -> None:
        """Make a device's own access, inside its callback."""

    def log_call(
        self, device: Device, offset: int, size: int, value: int, is_write: bool, failed: bool
    ) -> None:
        """Note a callback that has ended. Raises NestingLimit. Rules: A7, A9."""
        if self.recorder is not None:
            depth = self.nesting.depth
            self.recorder.call(Call(device, offset, size, value, is_write, failed, depth))
        self.nesting.count()
