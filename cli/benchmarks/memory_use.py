"""How many bytes views and regions take."""

import gc
import sys
import tracemalloc
from collections.abc import Callable, Mapping

from cli.benchmarks.case import Case, Group, Report, Table, Unit, at_most, name_at
from cli.benchmarks.workload import SIZES, root_of_many, windows
from impl import AddressSpace

VIEW, ALONE = "view, per flat range", "view that shares no integers, per flat range"
REGION = "regions, per region"


def taken(make: Callable[[], object]) -> int:
    """The bytes that are taken by what is made, and stay so while it is there."""
    gc.collect()
    tracemalloc.start()
    made = make()
    gc.collect()
    size, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert made is not None
    return size


def space_and_size(count: int) -> tuple[AddressSpace, int]:
    """A first address space of so many siblings, and the bytes it takes with its view."""
    root = root_of_many(windows(count))
    size = taken(lambda: root.memory_map.create_space("memory", root))
    return root.memory_map.spaces["memory"], size


def size_per_range(count: int) -> float:
    """The bytes of an address space with its view: chunks, lists, ranges, and new integers."""
    space, size = space_and_size(count)
    return size / len(space.view.ranges)


def size_per_range_alone(count: int) -> float:
    """The same, with the integers that regions have too: what a view takes that outlives them."""
    space, size = space_and_size(count)
    return (size + sum(shared_integers(space).values())) / len(space.view.ranges)


def shared_integers(space: AddressSpace) -> dict[int, int]:
    """The bytes of the integers that a view has of the index of the tree, by their identity."""
    children = space.root.children
    assert children is not None
    indexed = {
        id(number)
        for listed in children.leaves.values()
        for start, _, end, _, _, _ in listed
        for number in (start, end)
    }
    return {
        id(number): sys.getsizeof(number)
        for one in space.view
        for number in (one.start, one.end)
        if id(number) in indexed
    }


def size_per_region(count: int) -> float:
    """The bytes of a map of regions, with their names, and with where the container has them."""
    placed = windows(count)
    return taken(lambda: root_of_many(placed)) / count


SIDES: dict[str, Callable[[int], float]] = {
    VIEW: size_per_range,
    ALONE: size_per_range_alone,
    REGION: size_per_region,
}

COMPARED = 10_000
MOST_FOR_RANGE = 300


def report(figures: Mapping[str, float]) -> Report:
    """Bytes at each size."""
    rows = tuple(
        (side, *(f"{figures[name_at(side, count)]:,.0f}" for count in SIZES)) for side in SIDES
    )
    return Report(
        (Table(("bytes, regions", *(f"{count:,}" for count in SIZES)), rows),),
        tuple(
            at_most(
                f"bytes of a {side}, {COMPARED:,} regions",
                figures[name_at(side, COMPARED)],
                MOST_FOR_RANGE,
            )
            for side in (VIEW, ALONE)
        ),
    )


def case(side: str, count: int) -> Case:
    """One side at one size."""
    return Case(name_at(side, count), lambda: lambda: SIDES[side](count), slow=count > 10_000)


GROUP = Group(
    name="memory",
    title="Memory of views and regions",
    question=(
        "Bytes that Python has allocated (`tracemalloc`), in a fresh process. A view is counted "
        "with its chunks, their lists of starts, its flat ranges and their integers, and with its "
        "address space. Some of its integers are also those of the regions' index; the second row "
        "has these too, which is what a view takes that outlives its regions. Regions are counted "
        "with their names, and with where their container lists them, but without RAM."
    ),
    cases=tuple(case(side, count) for count in SIZES for side in SIDES),
    report=report,
    unit=Unit.BYTE,
)
