"""The maps that benchmarks measure: n overlapping siblings, the same for all that are compared."""

import gc
from functools import cache
from random import Random
from typing import NamedTuple

from impl import AddressSpace, MemoryMap, MemoryRegion, RegionKind
from model.region import Kind, Region
from model.topology import Topology

SIZES = (10, 100, 1_000, 10_000, 100_000)
"""How many regions the maps have."""

PAGE = 0x1000
SPREAD = 4
"""Pages for each region in the part of the addresses where they lie."""

MOST_PAGES = 8
PRIORITIES = 4


class DisagreementError(AssertionError):
    """What is compared does not do the same job, so that its time would mean nothing."""


class Window(NamedTuple):
    """Where one region lies: [start, end), in front of what has a lower priority."""

    start: int
    end: int
    priority: int


def extent(count: int) -> int:
    """The bytes in which so many regions begin."""
    return count * SPREAD * PAGE


def windows(count: int) -> list[Window]:
    """Windows of 1 to 8 pages at random pages, one for each 4 pages, in the order of their adding.

    Most overlap others; of starts and ends, a quarter each lie inside a page. The same each time.
    """
    random = Random(count)
    made = []
    for _ in range(count):
        start = random.randrange(count * SPREAD) * PAGE + random.choice((0, 0, 0, 0x123))
        size = random.randint(1, MOST_PAGES) * PAGE - random.choice((0, 0, 0, 0x77))
        made.append(Window(start, start + size, random.randrange(PRIORITIES)))
    return made


def root_of(placed: list[Window]) -> MemoryRegion:
    """The windows as RAM in a container, in a map of its own."""
    memory_map = MemoryMap()
    root = memory_map.create_region("root", RegionKind.CONTAINER, 1 << 64)
    with memory_map.transaction():
        for number, window in enumerate(placed):
            size = window.end - window.start
            region = memory_map.create_region(str(number), RegionKind.RAM, size)
            root.add_subregion(region, window.start, window.priority)
    return root


def root_of_many(placed: list[Window]) -> MemoryRegion:
    """The same for so many that the garbage collector would look through them again and again."""
    gc.disable()
    root = root_of(placed)
    gc.enable()
    gc.collect()
    return root


@cache
def siblings(count: int) -> AddressSpace:
    """A space that shows so many windows, made once in a process: leave it as you found it."""
    root = root_of_many(windows(count))
    return root.memory_map.create_space("memory", root)


def topology_of(placed: list[Window]) -> Topology:
    """The windows as RAM in a container named `root`, in the specification's terms."""
    front_first = sorted(enumerate(placed), key=lambda one: (-one[1].priority, -one[0]))
    regions = {
        str(number): Region(
            Kind.RAM,
            size=window.end - window.start,
            addr=window.start,
            priority=window.priority,
            container="root",
        )
        for number, window in enumerate(placed)
    }
    subregions = tuple(str(number) for number, _ in front_first)
    regions["root"] = Region(Kind.CONTAINER, size=1 << 64, subregions=subregions)
    return Topology(regions=regions)


def placed_in(root: MemoryRegion) -> list[tuple[int, int, MemoryRegion]]:
    """The windows of a container's subregions, in the order of painting: start, end, region."""
    return [
        (region.addr, region.addr + region.size, region)
        for region in root.subregions
        if region.enabled
    ]
