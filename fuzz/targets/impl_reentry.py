"""Accesses from callbacks, and the guard against them, on the implementation."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from fuzz.access_seen import DeviceCallSeen, DmaSeen
from fuzz.operations_reentry import ReadFromCallback, SetReentrancyGuard, WriteFromCallback
from fuzz.targets import impl_access
from fuzz.targets.interface import Lines, Rejected

if TYPE_CHECKING:
    from fuzz.targets.impl import ImplTarget


def call_seen(one: Any) -> DeviceCallSeen | DmaSeen:
    """A callback, or a device's own access, in neutral words."""
    dma = getattr(one, "dma", None)
    if dma is None:
        return DeviceCallSeen(
            one.device.name,
            one.offset,
            one.size,
            one.value,
            one.is_write,
            int(one.failed),
            one.depth,
        )
    is_write, data = dma.data is not None, bytes(one.data)
    return DmaSeen(one.device.name, dma.space, dma.address, is_write, data, one.result, one.depth)


def set_guard(target: ImplTarget, operation: SetReentrancyGuard) -> Lines:
    """Guard a region's device, or not."""
    region = target.region(operation.region)
    target.accesses.device_of(region).guarded = operation.guarded
    return ()


def add_dma(target: ImplTarget, operation: ReadFromCallback | WriteFromCallback) -> Lines:
    """Give a region's device one access more to make."""
    module = target.package.device
    device = target.accesses.device_of(target.region(operation.region))
    if operation.space not in target.memory_map.spaces:
        raise Rejected(f"there is no address space {operation.space}")
    match operation:
        case ReadFromCallback(_, space, address, length, callback):
            dma = module.Dma(space, address, None, length, callback)
        case WriteFromCallback(_, space, address, data, callback):
            dma = module.Dma(space, address, data, len(data), callback)
    attributes = impl_access.attributes_of(target.package, operation.attributes)
    target.accesses.check(dma.address, attributes)
    device.dma.append(dma._replace(attributes=attributes))
    return ()


HANDLERS: dict[type, Callable[[ImplTarget, Any], Lines]] = {
    SetReentrancyGuard: set_guard,
    **dict.fromkeys((ReadFromCallback, WriteFromCallback), add_dma),
}
