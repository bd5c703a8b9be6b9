"""Mapped memory, and finding regions, on the specification."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from fuzz.access_seen import (
    NOTHING_MAPPED,
    AccessSeen,
    FoundSeen,
    MappedSeen,
    format_access,
    format_found,
)
from fuzz.operations import DestroySpace
from fuzz.operations_access import Direction
from fuzz.operations_mapping import Find, Map, ReadMapped, SetBounceBudget, Unmap, WriteMapped
from fuzz.targets.interface import Lines, Rejected
from fuzz.targets.model_access import attrs_of, stops

if TYPE_CHECKING:
    from fuzz.targets.model import ModelTarget


class Mapped(NamedTuple):
    """A mapping, the region that answered first there, and its owner, if it has one."""

    mapping: Any
    region: str | None
    is_owned: bool


def map_memory(target: ModelTarget, operation: Map) -> Lines:
    """Map bytes, and say of what."""
    package, access = target.package, target.access
    now = access.now()
    if operation.name in access.mappings:
        raise Rejected(f"mapping {operation.name} exists already")
    asked = operation.space, operation.address, operation.length
    is_write = operation.direction is Direction.WRITE
    attrs = attrs_of(package, operation.attributes)
    with stops(package):
        first = package.translate.translate(now, *asked, is_write, attrs).region
        now, mapping = package.map.map_memory(now, *asked, is_write, attrs)
    seen = access.keep(now)
    if mapping is None:
        return NOTHING_MAPPED
    is_owned = first is not None and target.lifecycle.hold(target, first)
    access.mappings[operation.name] = Mapped(mapping, first, is_owned)
    is_direct = isinstance(mapping, package.map.DirectMapping)
    shown = MappedSeen(
        mapping.length, mapping.region if is_direct else None, mapping.offset if is_direct else 0
    )
    return format_access(AccessSeen(None, **seen, mapped=shown))


def mapped(target: ModelTarget, name: str) -> Mapped:
    """A mapping by its name. Raises Rejected, also where QEMU would use what is freed."""
    if name not in target.access.mappings:
        raise Rejected(f"there is no mapping {name}")
    found: Mapped = target.access.mappings[name]
    if found.region is not None and target.lifecycle.is_freed(found.region):
        raise Rejected(f"region {found.region} is freed")
    return found


def read_mapped(target: ModelTarget, operation: ReadMapped) -> Lines:
    """Look at mapped bytes."""
    mapping, now = mapped(target, operation.mapping).mapping, target.access.unchecked()
    data = target.package.map.read_mapped(now, mapping, operation.offset, operation.length)
    return format_access(AccessSeen(None, data))


def write_mapped(target: ModelTarget, operation: WriteMapped) -> Lines:
    """Change mapped bytes."""
    mapping, now = mapped(target, operation.mapping).mapping, target.access.unchecked()
    write = target.package.map.write_mapped
    target.access.keep(write(now, mapping, operation.offset, operation.data))
    return ()


def unmap(target: ModelTarget, operation: Unmap) -> Lines:
    """Give a mapping back."""
    package, access = target.package, target.access
    found, is_write = mapped(target, operation.mapping), operation.direction is Direction.WRITE
    is_direct = isinstance(found.mapping, package.map.DirectMapping)
    now = access.now() if is_write and not is_direct else access.unchecked()
    with stops(package):
        now = package.map.unmap_memory(now, found.mapping, is_write, operation.used)
    seen = access.keep(now)
    del access.mappings[operation.mapping]
    lines = format_access(AccessSeen(None, **seen))
    if found.region is None or not found.is_owned:
        return lines
    return (*lines, *target.lifecycle.let_go(target, found.region))


def set_bounce_budget(target: ModelTarget, operation: SetBounceBudget) -> Lines:
    """Limit a space's bounce buffers."""
    access = target.access
    system = access.system._replace(topology=target.topology)
    budgets = target.package.system.set_bounce_budget
    access.system = budgets(system, operation.space, operation.budget)
    return ()


def destroy_space(target: ModelTarget, operation: DestroySpace) -> Lines:
    """End an address space of which no bounce buffer is in use."""
    access = target.access
    system = access.system._replace(topology=target.topology)
    access.system = target.package.system.destroy_space(system, operation.name)
    target.topology = access.system.topology
    return ()


def find(target: ModelTarget, operation: Find) -> Lines:
    """Look for what shows where a region is mapped."""
    found = target.package.find.find(
        target.topology, operation.region, operation.offset, operation.size
    )
    return format_found(None if found is None else FoundSeen(*found))


HANDLERS: dict[type, Callable[[ModelTarget, Any], Lines]] = {
    Map: map_memory,
    ReadMapped: read_mapped,
    WriteMapped: write_mapped,
    Unmap: unmap,
    SetBounceBudget: set_bounce_budget,
    DestroySpace: destroy_space,
    Find: find,
}
