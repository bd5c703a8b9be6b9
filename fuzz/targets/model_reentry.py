"""Accesses from callbacks, and the guard against them, on the specification."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from fuzz.access_seen import DeviceCallSeen, DmaSeen
from fuzz.operations_reentry import ReadFromCallback, SetReentrancyGuard, WriteFromCallback
from fuzz.targets import model_access
from fuzz.targets.interface import Lines, Rejected

if TYPE_CHECKING:
    from fuzz.targets.model import ModelTarget


def check_spaces(target: ModelTarget, devices: Mapping[str, Any]) -> None:
    """Raise Rejected where a device would access memory through a space that is destroyed."""
    topology = target.topology
    for name, device in devices.items():
        for dma in device.dma if name in topology.regions else ():
            if dma.space not in topology.spaces:
                raise Rejected(f"device {name} uses space {dma.space}, which is destroyed")


def owners_of(target: ModelTarget) -> dict[str, str]:
    """The device objects that own regions now."""
    lifecycle = target.lifecycle
    owners = lifecycle.owners().items()
    return {name: owner for name, owner in owners if owner in lifecycle.owning_devices}


def call_seen(package: Any, one: Any) -> DeviceCallSeen | DmaSeen:
    """An entry of the system's log in neutral words."""
    values = one._asdict() | {"result": int(one.result)}
    is_dma = isinstance(one, package.system.DmaDone)
    return DmaSeen(**values) if is_dma else DeviceCallSeen(**values)


def set_guard(target: ModelTarget, operation: SetReentrancyGuard) -> Lines:
    """Guard a region's device, or not."""
    access = target.access
    system = access.system._replace(topology=target.topology)
    access.system = target.package.guard.set_guard_disabled(
        system, operation.region, not operation.guarded
    )
    return ()


def add_dma(target: ModelTarget, operation: ReadFromCallback | WriteFromCallback) -> Lines:
    """Attach the region's device anew, with one access more."""
    package, access = target.package, target.access
    device = access.device(operation.region)
    match operation:
        case ReadFromCallback(_, space, address, length, callback):
            dma = package.device.Dma(space, address, length=length, on_callback=callback)
        case WriteFromCallback(_, space, address, data, callback):
            dma = package.device.Dma(space, address, True, data, on_callback=callback)
    attrs = model_access.attrs_of(package, operation.attributes)
    dma = dma._replace(attrs=attrs)
    system = access.system._replace(topology=target.topology)
    package.system.check_request(system, dma.space, dma.address, dma.length, dma.attrs)
    access.attach(operation.region, device._replace(dma=(*device.dma, dma)))
    return ()


HANDLERS: dict[type, Callable[[ModelTarget, Any], Lines]] = {
    SetReentrancyGuard: set_guard,
    **dict.fromkeys((ReadFromCallback, WriteFromCallback), add_dma),
}
