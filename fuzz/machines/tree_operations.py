"""From a machine's regions and an assignment of the unprinted facts to operations."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from graphlib import CycleError, TopologicalSorter

from fuzz.machines.facts import Assignment, Contradiction
from fuzz.machines.region_table import Table, TableRegion
from fuzz.operations import (
    AddSubregion,
    Begin,
    Commit,
    CreateRegion,
    CreateSpace,
    Operation,
    Property,
    RegionKind,
    SetProperty,
)

Space = tuple[str, str]
"""The name of an address space, and its root region."""

_KINDS = {
    "ram": RegionKind.RAM,
    "rom": RegionKind.ROM,
    "romd": RegionKind.ROM_DEVICE,
    "ramd": RegionKind.RAM_DEVICE,
}


def reachable(regions: Table, roots: Iterable[str]) -> tuple[str, ...]:
    """The regions that roots lead to, through containers and all possible alias targets."""
    found = dict.fromkeys(roots)
    waiting = list(found)
    while waiting:
        region = regions[waiting.pop()]
        new = [name for name in (*region.children, *region.targets) if name not in found]
        found.update(dict.fromkeys(new))
        waiting.extend(new)
    return tuple(found)


def build_operations(
    regions: Table, names: Collection[str], spaces: Sequence[Space], assignment: Assignment
) -> tuple[Operation, ...]:
    """One transaction that makes the named regions, and address spaces over them.

    Children are added last in the list first, which gives the assignment's order (M3). Containers
    are filled from the roots down, and the spaces made while they are empty, so that each step is
    cheap. Raises Contradiction if an alias would show itself. Rules: M1, M3, T1.
    """
    named = set(names)
    operations: list[Operation] = [Begin()]
    for name in _targets_first(names, assignment):
        operations.extend(_create(regions[name], assignment, regions[name].container in named))
    operations.extend(CreateSpace(space, root) for space, root in spaces)
    for name in _containers_first(regions, names):
        for child in reversed(assignment.orders.get(name, ())):
            region = regions[child]
            operations.append(AddSubregion(name, child, region.addr, region.priority))
    operations.append(Commit())
    return tuple(operations)


def _targets_first(names: Collection[str], assignment: Assignment) -> tuple[str, ...]:
    """Regions in an order in which an alias comes after its target."""
    named = set(names)
    steps = {
        name: [target for target in [assignment.targets.get(name)] if target in named]
        for name in names
    }
    try:
        return tuple(TopologicalSorter(steps).static_order())
    except CycleError:
        raise Contradiction("aliases form a circle") from None


def _containers_first(regions: Table, names: Collection[str]) -> Iterator[str]:
    """Regions in an order in which a container comes before its children."""
    named = set(names)
    level = [name for name in names if regions[name].container not in named]
    while level:
        yield from level
        level = [child for name in level for child in regions[name].children]


def _create(
    region: TableRegion, assignment: Assignment, will_be_placed: bool
) -> Iterator[Operation]:
    """Make one region, with all that is its own; its address too unless placing it sets that."""
    name = region.id
    if region.is_alias:
        target = assignment.targets[name]
        size, offset = assignment.sizes[name], region.alias_offset
        yield CreateRegion(name, RegionKind.ALIAS, size, target, offset)
    else:
        plain = RegionKind.IO if assignment.terminates[name] else RegionKind.CONTAINER
        yield CreateRegion(name, _KINDS.get(region.word, plain), assignment.sizes[name])
    if name in assignment.readonly:
        yield SetProperty(name, Property.READONLY, 1)
    if region.nonvolatile:
        yield SetProperty(name, Property.NONVOLATILE, 1)
    if not region.enabled:
        yield SetProperty(name, Property.ENABLED, 0)
    if region.addr and not will_be_placed:
        yield SetProperty(name, Property.ADDRESS, region.addr)
