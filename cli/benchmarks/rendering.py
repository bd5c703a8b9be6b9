"""How fast views are rendered: beside the specification, and beside libraries for intervals."""

import gc
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from itertools import repeat
from typing import NamedTuple

from cli.benchmarks import native
from cli.benchmarks.case import (
    Case,
    Group,
    Report,
    Table,
    at_least,
    at_most,
    by_size,
    duration,
    growth,
    name_at,
    ratios_by_size,
    times,
)
from cli.benchmarks.workload import SIZES, DisagreementError, siblings, topology_of, windows
from impl import FlatRange, MemoryRegion
from impl.region import TOP
from impl.render import render
from impl.windows import windows_of
from model.topology import render as render_by_model

Prepare = Callable[[], Callable[[], object]]

IMPL, MODEL = "impl", "model"
LIBRARIES = (
    "intervaltree",
    "portion",
    "sortedcontainers, filling gaps",
    "sortedcontainers, sweeping",
)
ARRAYS, NATIVE = "native core, arrays to arrays", "native core, and flat ranges for Python"


# --- Who renders ------------------------------------------------------------------------------


def by_impl(count: int) -> Prepare:
    """What renders so many siblings as commits do that change everything."""

    def prepare() -> Callable[[], object]:
        root = siblings(count).root
        return lambda: render(root)

    return prepare


def by_model(count: int) -> Prepare:
    """What renders them on the specification."""

    def prepare() -> Callable[[], object]:
        topology = topology_of(windows(count))
        ranges = render_by_model(topology, "root").views["root"].ranges
        check(
            MODEL, [(one.start, one.end, one.region, one.offset, one[4:]) for one in ranges], count
        )
        return lambda: render_by_model(topology, "root")

    return prepare


def by_library(name: str, count: int) -> Prepare:
    """What renders them by means of a library. It is imported here: not all have it."""

    def prepare() -> Callable[[], object]:
        by_this = import_module("cli.benchmarks.rivals").RIVALS[name]
        root = siblings(count).root
        check(name, by_this(root), count)
        return lambda: by_this(root)

    return prepare


def by_native_core(count: int, core: Callable[[MemoryRegion], Callable[[], object]]) -> Prepare:
    """What renders them in C."""

    def prepare() -> Callable[[], object]:
        root = siblings(count).root
        check(NATIVE, native.rendering(root)(), count)
        return core(root)

    return prepare


def check(name: str, ranges: Sequence[tuple[object, ...]], count: int) -> None:
    """Raise DisagreementError unless these are the flat ranges, whose regions may be names."""
    expected: list[tuple[object, ...]] = list(render(siblings(count).root))
    if name == MODEL:
        expected = [(*one[:2], one[2].name, *one[3:]) for one in render(siblings(count).root)]
    if ranges != expected:
        raise DisagreementError(f"{name} renders {count:,} regions otherwise than impl")


class Side(NamedTuple):
    """Who renders, up to how many regions, and from how many on it takes seconds."""

    name: str
    prepare: Callable[[int], Prepare]
    most: int
    slow_from: int


SIDES = (
    Side(IMPL, by_impl, 100_000, 1_000_000),
    Side(MODEL, by_model, 10_000, 10_000),
    Side(LIBRARIES[0], lambda count: by_library(LIBRARIES[0], count), 100_000, 100_000),
    Side(LIBRARIES[1], lambda count: by_library(LIBRARIES[1], count), 1_000, 1_000),
    Side(LIBRARIES[2], lambda count: by_library(LIBRARIES[2], count), 100_000, 100_000),
    Side(LIBRARIES[3], lambda count: by_library(LIBRARIES[3], count), 100_000, 100_000),
    Side(ARRAYS, lambda count: by_native_core(count, native.sweeping), 100_000, 1_000_000),
    Side(NATIVE, lambda count: by_native_core(count, native.rendering), 100_000, 1_000_000),
)
MEASURED = tuple(one for one in SIDES if native.COMPILER or one.name not in (ARRAYS, NATIVE))


# --- What no rendering in Python goes without ---------------------------------------------------

COMPARED = 10_000
"""The number of regions at which goals are looked at."""

GATHERING = "gathering the windows"
SORTING = "sorting the windows, gathered already"
PASSING = "one pass over the sorted windows that compares two numbers each"
MAKING = "making the flat ranges, all fields known already"
UNCOLLECTED = "making them, without the garbage collector of cycles"


def gathering() -> Callable[[], object]:
    """What takes the windows out of the index of the tree, and does no more."""
    root = siblings(COMPARED).root
    return lambda: windows_of(root, 0, TOP)


def sorting() -> Callable[[], object]:
    """What sorts them by address."""
    gathered = windows_of(siblings(COMPARED).root, 0, TOP)
    return lambda: sorted(gathered)


def passing() -> Callable[[], object]:
    """What looks at each window once."""
    ordered = sorted(windows_of(siblings(COMPARED).root, 0, TOP))

    def call() -> None:
        last = 0
        for start, _, end, _, _, _ in ordered:
            if start >= last:
                last = end

    return call


def making() -> Callable[[], object]:
    """What makes the flat ranges of tuples that have their fields."""
    fields = [tuple(one) for one in render(siblings(COMPARED).root)]
    return lambda: list(map(tuple.__new__, repeat(FlatRange), fields))


def making_uncollected() -> Callable[[], object]:
    """The same, while nobody looks for garbage in cycles."""
    make = making()

    def call() -> None:
        gc.disable()
        make()
        gc.enable()

    return call


PARTS = {GATHERING: gathering, SORTING: sorting, PASSING: passing, MAKING: making}
MEASURED_PARTS = {**PARTS, UNCOLLECTED: making_uncollected}


# --- The group --------------------------------------------------------------------------------

LEAST_BESIDE_MODEL = 100
LEAST_BESIDE_LIBRARIES = 10
MOST_GROWTH = 1.15


def report(figures: Mapping[str, float]) -> Report:
    """Times, ratios and growth; then what the time of `impl` goes into."""
    sides = tuple(one.name for one in MEASURED)
    impl = figures[name_at(IMPL, COMPARED)]
    best = min(
        (name for name in LIBRARIES if name_at(name, COMPARED) in figures),
        key=lambda name: figures[name_at(name, COMPARED)],
    )
    library = figures[name_at(best, COMPARED)]
    least, *_, most = SIZES
    power = growth(least, figures[name_at(IMPL, least)], most, figures[name_at(IMPL, most)])
    each = [figures[name_at(IMPL, count)] / count for count in SIZES]
    parts = tuple(
        (name, duration(figures[name]), times(figures[name] / impl)) for name in MEASURED_PARTS
    )
    return Report(
        (
            by_size(figures, "regions rendered", sides, SIZES),
            ratios_by_size(figures, "time", IMPL, sides[1:], SIZES),
            Table(
                ("of impl", *(f"{count:,}" for count in SIZES)),
                (("time per region", *(duration(one) for one in each)),),
            ),
            Table((f"{COMPARED:,} regions", "time", "time, impl = 1"), parts),
        ),
        (
            at_least(
                f"time of the model, impl = 1, {COMPARED:,} regions",
                figures[name_at(MODEL, COMPARED)] / impl,
                LEAST_BESIDE_MODEL,
            ),
            at_least(
                f"time of the best of the three libraries, impl = 1, {COMPARED:,} regions",
                library / impl,
                LEAST_BESIDE_LIBRARIES,
            ),
            at_most(f"power of n by which impl grows, {least} to {most:,}", power, MOST_GROWTH),
        ),
        tuple(notes(figures, best)),
    )


def notes(figures: Mapping[str, float], best: str) -> list[str]:
    """What limits rendering, in figures of the same run."""
    impl, library = figures[name_at(IMPL, COMPARED)], figures[name_at(best, COMPARED)]
    floor = sum(figures[name] for name in PARTS)
    paused = floor - figures[MAKING] + figures[UNCOLLECTED]
    own = " (the sweep itself is ours, as in `impl`; the library keeps what overlaps in order)"
    found = [
        f"The best of the libraries at {COMPARED:,} regions is `{best}`"
        f"{own if best == LIBRARIES[3] else ''}, at {duration(library)}; a "
        f"{LEAST_BESIDE_LIBRARIES}th of that is {duration(library / LEAST_BESIDE_LIBRARIES)}. The "
        "first four parts in the table above, which no rendering in Python goes without, take "
        f"{duration(floor)} together, and {duration(paused)} while the garbage collector is "
        "paused, which otherwise looks through the whole map now and then. `impl` takes "
        f"{duration(impl)}: the rest is the sweep, which compares each window with the one in "
        "front."
    ]
    if name_at(NATIVE, COMPARED) in figures:
        arrays, whole = figures[name_at(ARRAYS, COMPARED)], figures[name_at(NATIVE, COMPARED)]
        found.append(
            f"A native core would give {times(library / arrays)} the speed of the best library as "
            f"long as ranges stay in arrays, and {times(library / whole)} with an object for "
            "Python of each. It is the same sweep in C (`cli/benchmarks/native.c`), over arrays of "
            "windows that were made beforehand."
        )
    else:
        found.append(native.NO_COMPILER)
    return found


GROUP = Group(
    name="rendering",
    title="Rendering",
    question=(
        "n regions of RAM of 1 to 8 pages at random pages of 4 n, some at odd addresses, in 4 "
        "priorities; most overlap others. All sides begin with the same container and end with the "
        "same sorted and merged flat ranges, which is checked. The libraries are given the "
        "windows in the order of painting; `impl` has them in the index of the tree, by size and "
        "address. `portion` is measured up to 1,000 regions and `model` up to 10,000, since their "
        "times grow fastest; they, and the libraries at 100,000, are timed once at their largest "
        "size."
    ),
    cases=(
        *(
            Case(name_at(side.name, count), side.prepare(count), slow=count >= side.slow_from)
            for count in SIZES
            for side in MEASURED
            if count <= side.most
        ),
        *(Case(name, prepare) for name, prepare in MEASURED_PARTS.items()),
    ),
    report=report,
)
