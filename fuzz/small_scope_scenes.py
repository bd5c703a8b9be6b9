"""What is enumerated: the trees to begin with, and the operations to go on with.

A scene makes a few regions, of which no two are alike, so that no order of theirs is tried twice.
"""

from collections.abc import Iterator
from enum import Enum
from typing import NamedTuple

from fuzz.operations import (
    AddSubregion,
    CreateRegion,
    CreateSpace,
    DelSubregion,
    Operation,
    Property,
    RegionKind,
    SetProperty,
)
from fuzz.operations_listeners import RegisterListener
from fuzz.small_scope_world import World

Place = tuple[str, str]
"""A container, and what an operation may put into it."""


class Scene(NamedTuple):
    """A tree to begin with: what makes it, and where its regions may be put.

    A place is left out if an alias would come to lie inside its own target: that has an end only
    where its window shows less of itself each time, and is tried elsewhere.
    """

    name: str
    setup: tuple[Operation, ...]
    places: tuple[Place, ...]

    @property
    def regions(self) -> tuple[CreateRegion, ...]:
        """What the scene has made."""
        return tuple(one for one in self.setup if isinstance(one, CreateRegion))


class Grid(Enum):
    """Which numbers stand in operations: all there are, or some around the edges of pages."""

    EVERY = "every address and size"
    EDGES = "addresses and sizes at the edges of pages"
    COARSE = "a few addresses and sizes"

    def addresses(self, world: World) -> list[int]:
        """The addresses, and offsets of aliases, of operations."""
        page, half, top = world.page, world.half, world.top
        if self is Grid.EVERY:
            return list(range(top))
        if self is Grid.EDGES:
            return sorted({0, page - 1, page, page + 1, half, top - 1})
        return [0, page + 1]

    def sizes(self, world: World) -> list[int]:
        """The sizes of operations, at times also that which no region can have."""
        page, half, top = world.page, world.half, world.top
        if self is Grid.EVERY:
            return list(range(top + 1))
        if self is Grid.EDGES:
            return sorted({0, 1, page - 1, page, half, top - 1, top})
        return [page + 1, top]

    @property
    def priorities(self) -> tuple[int, ...]:
        """The priorities of operations: nearly all regions have 0, so that equals go in front."""
        return {Grid.EVERY: (-1, 0, 1), Grid.EDGES: (-1, 0), Grid.COARSE: (0,)}[self]


def grid_of(operations: int) -> Grid:
    """The finest grid that so many operations after each other can be tried on in minutes."""
    return {1: Grid.EVERY, 2: Grid.EDGES}.get(operations, Grid.COARSE)


# --- Operations -------------------------------------------------------------------------------


def alphabet(scene: Scene, grid: Grid, world: World) -> tuple[Operation, ...]:
    """All operations that are tried, in every state: of each kind, with every number of the grid.

    Transactions are not among them: each way of grouping operations is tried anyhow.
    """
    return (*placing(scene, grid, world), *changing(scene, grid, world))


def placing(scene: Scene, grid: Grid, world: World) -> Iterator[Operation]:
    """Putting regions into containers, and taking them out."""
    for container, child in scene.places:
        yield DelSubregion(container, child)
        for addr in grid.addresses(world):
            for priority in grid.priorities:
                yield AddSubregion(container, child, addr, priority)


def changing(scene: Scene, grid: Grid, world: World) -> Iterator[Operation]:
    """Changing one property of a region, also to the value that it has."""
    for region in scene.regions:
        for changed in properties(region.kind):
            for value in values(changed, grid, world):
                yield SetProperty(region.name, changed, value)


def properties(kind: RegionKind) -> Iterator[Property]:
    """What is changed of a region of some kind."""
    yield from (Property.ADDRESS, Property.SIZE, Property.ENABLED, Property.READONLY)
    if kind is RegionKind.ALIAS:
        yield Property.ALIAS_OFFSET
    if kind is RegionKind.ROM_DEVICE:
        yield Property.ROMD_MODE
    if kind is RegionKind.RAM:
        yield from (Property.DIRTY_LOG_MASK, Property.NONVOLATILE)
    if kind in (RegionKind.RAM, RegionKind.CONTAINER):
        yield Property.UNMERGEABLE


def values(changed: Property, grid: Grid, world: World) -> list[int]:
    """To what a property is changed."""
    if changed in (Property.ADDRESS, Property.ALIAS_OFFSET):
        return grid.addresses(world)
    if changed is Property.SIZE:
        return grid.sizes(world)
    return [0, 1] if changed is Property.DIRTY_LOG_MASK else [False, True]


# --- Scenes -----------------------------------------------------------------------------------


def scenes(world: World) -> tuple[Scene, ...]:
    """The trees to begin with, in a world's numbers."""
    return (
        nothing_placed(world),
        siblings(world),
        nested(world),
        windows(world),
        shortcuts(world),
    )


def listened(*spaces: tuple[str, str]) -> tuple[Operation, ...]:
    """Address spaces with their roots; two listeners to the first, and one to each other.

    The first two are registered against the order of their priorities.
    """
    (first, root), *others = spaces
    return (
        CreateSpace(first, root),
        RegisterListener("late", first, 1),
        RegisterListener("early", first, 0),
        *(CreateSpace(name, root) for name, root in others),
        *(RegisterListener(f"on-{name}", name) for name, _ in others),
    )


def nothing_placed(world: World) -> Scene:
    """Regions that are in no container yet."""
    setup = (
        CreateRegion("system", RegionKind.CONTAINER, world.top),
        CreateRegion("box", RegionKind.CONTAINER, world.half),
        CreateRegion("ram", RegionKind.RAM, 2 * world.page),
        CreateRegion("window", RegionKind.ALIAS, world.page + 1, "ram", 1),
        *listened(("memory", "system"), ("bus", "box")),
    )
    places = (
        ("system", "box"),
        ("system", "ram"),
        ("box", "ram"),
        ("system", "window"),
        ("box", "window"),
    )
    return Scene("nothing placed", setup, places)


def siblings(world: World) -> Scene:
    """Regions of all kinds that overlap in one container; one has a region inside of itself."""
    page = world.page
    setup = (
        CreateRegion("system", RegionKind.CONTAINER, world.top),
        CreateRegion("ram", RegionKind.RAM, world.half),
        CreateRegion("rom", RegionKind.ROM, page),
        CreateRegion("flash", RegionKind.ROM_DEVICE, page + 1),
        CreateRegion("port", RegionKind.IO, 2),
        AddSubregion("system", "ram", 0),
        AddSubregion("system", "flash", page + 1),
        AddSubregion("system", "rom", 0),
        AddSubregion("ram", "port", page),
        *listened(("memory", "system")),
    )
    places = (("system", "ram"), ("system", "rom"), ("system", "flash"), ("ram", "port"))
    return Scene("siblings", setup, places)


def nested(world: World) -> Scene:
    """A container in a container, with an address space of its own, in front of other memory."""
    page = world.page
    setup = (
        CreateRegion("system", RegionKind.CONTAINER, world.top),
        CreateRegion("box", RegionKind.CONTAINER, world.half),
        CreateRegion("ram", RegionKind.RAM, 2 * page),
        CreateRegion("port", RegionKind.IO, page),
        CreateRegion("behind", RegionKind.RESERVATION, world.half),
        AddSubregion("system", "box", page),
        AddSubregion("box", "ram", page - 1),
        AddSubregion("box", "port", 2 * page),
        AddSubregion("system", "behind", 1, -1),
        *listened(("memory", "system"), ("bus", "box")),
    )
    places = (
        ("system", "box"),
        ("box", "ram"),
        ("box", "port"),
        ("system", "port"),
        ("system", "behind"),
    )
    return Scene("nested", setup, places)


def windows(world: World) -> Scene:
    """Aliases: of a container that is also in the tree, of an alias, and as a root."""
    page = world.page
    setup = (
        CreateRegion("system", RegionKind.CONTAINER, world.top),
        CreateRegion("box", RegionKind.CONTAINER, 4 * page),
        CreateRegion("ram", RegionKind.RAM, 2 * page + 1),
        CreateRegion("window", RegionKind.ALIAS, 2 * page, "box", page),
        CreateRegion("glass", RegionKind.ALIAS, page + 1, "window", 1),
        AddSubregion("box", "ram", page - 1),
        AddSubregion("system", "box", page),
        AddSubregion("system", "window", world.half),
        AddSubregion("system", "glass", world.half + 2 * page),
        *listened(("memory", "system"), ("bus", "window")),
    )
    places = (("box", "ram"), ("system", "box"), ("system", "window"), ("system", "glass"))
    return Scene("windows", setup, places)


def shortcuts(world: World) -> Scene:
    """Roots that stand for something else: a whole alias, a container of only one region."""
    page = world.page
    setup = (
        CreateRegion("system", RegionKind.CONTAINER, world.top),
        CreateRegion("box", RegionKind.CONTAINER, world.top),
        CreateRegion("ram", RegionKind.RAM, world.half),
        CreateRegion("port", RegionKind.IO, page),
        CreateRegion("whole", RegionKind.ALIAS, world.top, "system", 0),
        AddSubregion("system", "box", 0),
        AddSubregion("box", "ram", 0),
        *listened(("memory", "system"), ("bus", "whole")),
    )
    places = (("system", "box"), ("box", "ram"), ("system", "port"), ("box", "port"))
    return Scene("shortcuts", setup, places)
