"""Mapped memory, and finding regions, on the implementation."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from fuzz.access_seen import (
    NOTHING_MAPPED,
    AccessSeen,
    FoundSeen,
    MappedSeen,
    format_access,
    format_found,
)
from fuzz.operations_access import Direction
from fuzz.operations_mapping import Find, Map, ReadMapped, SetBounceBudget, Unmap, WriteMapped
from fuzz.targets.impl_access import attributes_of, check_reachable, space_of, stops, take_logs
from fuzz.targets.interface import Lines, Rejected

if TYPE_CHECKING:
    from fuzz.targets.impl import ImplTarget


def map_memory(target: ImplTarget, operation: Map) -> Lines:
    """Map bytes, and say of what."""
    space = space_of(target, operation.space)
    if operation.name in target.mappings:
        raise Rejected(f"mapping {operation.name} exists already")
    is_write = operation.direction is Direction.WRITE
    attributes = attributes_of(target.package, operation.attributes)
    with stops(target.package):
        made = space.map(operation.address, operation.length, is_write, attributes)
    seen = take_logs(target)
    if made is None:
        return NOTHING_MAPPED
    target.mappings[operation.name] = made
    is_direct = made.buffer is None
    mapped = MappedSeen(
        made.length, made.region.name if is_direct else None, made.offset if is_direct else 0
    )
    return format_access(AccessSeen(None, **seen, mapped=mapped))


def mapped(target: ImplTarget, name: str) -> Any:
    """A mapping by its name. Raises Rejected, also where QEMU would use what is freed."""
    if name not in target.mappings:
        raise Rejected(f"there is no mapping {name}")
    found = target.mappings[name]
    if found.region is not None and found.region.freed:
        raise Rejected(f"region {found.region.name} is freed")
    return found


def read_mapped(target: ImplTarget, operation: ReadMapped) -> Lines:
    """Look at mapped bytes."""
    found = mapped(target, operation.mapping)
    return format_access(AccessSeen(None, found.read(operation.offset, operation.length)))


def write_mapped(target: ImplTarget, operation: WriteMapped) -> Lines:
    """Change mapped bytes."""
    mapped(target, operation.mapping).write(operation.offset, operation.data)
    return ()


def unmap(target: ImplTarget, operation: Unmap) -> Lines:
    """Give a mapping back."""
    found = mapped(target, operation.mapping)
    found.check(0, operation.used)
    is_write = operation.direction is Direction.WRITE
    if found.buffer is not None and is_write:
        check_reachable(target)
    with stops(target.package):
        freed = target.maps.unmap(found, is_write, operation.used)
    del target.mappings[operation.mapping]
    seen = format_access(AccessSeen(None, **take_logs(target)))
    told = target.lifecycle.shown(freed) if target.lifecycle is not None else ()
    return (*seen, *told)


def set_bounce_budget(target: ImplTarget, operation: SetBounceBudget) -> Lines:
    """Limit a space's bounce buffers."""
    spaces = target.memory_map.spaces
    if operation.space not in spaces:
        raise Rejected(f"there is no address space {operation.space}")
    target.maps.set_budget(spaces[operation.space], operation.budget)
    return ()


def find(target: ImplTarget, operation: Find) -> Lines:
    """Look for what shows where a region is mapped."""
    region = target.region(operation.region)
    found = target.package.find.find(target.memory_map, region, operation.offset, operation.size)
    return format_found(None if found is None else FoundSeen(found.region.name, *found[1:]))


HANDLERS: dict[type, Callable[[ImplTarget, Any], Lines]] = {
    Map: map_memory,
    ReadMapped: read_mapped,
    WriteMapped: write_mapped,
    Unmap: unmap,
    SetBounceBudget: set_bounce_budget,
    Find: find,
}
