"""The re-entrancy guard: a device's callbacks are not entered from one of them."""

from model.memtx import AccessError
from model.region import Kind, RegionId
from model.system import System
from model.topology import get_region


def set_guard_disabled(system: System, name: RegionId, disabled: bool) -> System:
    """Free a region of its owner's guard, or not. Raises TopologyError. Rules: A9.

    Only regions with a device can be freed.
    """
    get_region(system.topology, name)
    if name not in system.devices:
        raise AccessError(f"region {name} has no device")
    device = system.devices[name]._replace(guard_disabled=disabled)
    return system._replace(devices={**system.devices, name: device})


def guard_of(system: System, name: RegionId) -> str | None:
    """The owner whose guard an access to this region engages, or None.

    Only i/o regions have one, and only while they are not read-only. Rules: A9, M9.
    """
    region = system.topology.regions[name]
    if region.kind is not Kind.IO or region.readonly:
        return None
    return None if system.devices[name].guard_disabled else system.owners.get(name)


def is_engaged(system: System, owner: str | None) -> bool:
    """Whether the owner is inside a callback of an access that engaged its guard. Rules: A9."""
    return owner is not None and owner in system.in_callback


def engage(system: System, owner: str | None) -> System:
    """The system with an owner's guard engaged. Rules: A9."""
    if owner is None:
        return system
    return system._replace(in_callback=system.in_callback | {owner})


def release(system: System, name: RegionId, engaged: str | None) -> System:
    """The system after an access to a region: the guard that it `engaged`, if any, is free again.

    In QEMU 7.2 an access that engaged none frees its owner's all the same. Rules: A9.
    """
    owner = engaged
    if system.flavour.exempt_access_releases_guard:
        owner = system.owners.get(name)
    return system if owner is None else system._replace(in_callback=system.in_callback - {owner})
