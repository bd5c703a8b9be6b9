"""The re-entrancy guard: a device's callbacks are not entered from one of them."""

from model.region import Kind, RegionId
from model.system import System


def guard_of(system: System, name: RegionId) -> str | None:
    """The owner whose guard an access to this region engages, or None.

    Only i/o regions have one, and only while they are not read-only. Rules: A9, M9.
    """
    region = system.topology.regions[name]
    if not system.has_reentrancy_guard or region.kind is not Kind.IO or region.readonly:
        return None
    device = system.devices[name]
    return None if device.guard_disabled else device.owner


def is_engaged(system: System, owner: str | None) -> bool:
    """Whether the owner is inside a callback of an access that engaged its guard. Rules: A9."""
    return owner is not None and owner in system.in_callback


def engage(system: System, owner: str | None) -> System:
    """The system with an owner's guard engaged. Rules: A9."""
    if owner is None:
        return system
    return system._replace(in_callback=system.in_callback | {owner})


def release(system: System, owner: str | None) -> System:
    """The system after the access that engaged a guard; no other access does this. Rules: A9."""
    if owner is None:
        return system
    return system._replace(in_callback=system.in_callback - {owner})
