"""What it costs to change one region among many, beside rendering all of them."""

from collections.abc import Callable, Mapping

from cli.benchmarks.case import (
    Case,
    Group,
    Report,
    at_least,
    by_size,
    duration,
    growth,
    name_at,
    ratios_by_size,
    times,
)
from cli.benchmarks.workload import SIZES, DisagreementError, siblings
from impl import FlatRange, MemoryListener, MemoryRegion
from impl.render import render

RENDERING = "rendering all"
COMMIT = "commit of one region"
HEARD = "commit of one region, with a listener"


class Listener(MemoryListener):
    """Hears what comes and what goes, and does nothing of it."""

    def region_add(self, section: FlatRange) -> None:
        """Do nothing."""

    def region_del(self, section: FlatRange) -> None:
        """Do nothing."""


def rendering(count: int) -> Callable[[], object]:
    """What renders everything."""
    root = siblings(count).root
    return lambda: render(root)


def switched(count: int) -> MemoryRegion:
    """The region in the middle of the view. Raises DisagreementError if commits do not show it."""
    space = siblings(count)
    region = space.view.ranges[len(space.view.ranges) // 2].region
    for enabled in (False, True):
        region.set_enabled(enabled)
        if list(space.view) != render(space.root):
            raise DisagreementError(f"a commit among {count:,} regions shows what is not there")
        if any(one.region is region for one in space.view) is not enabled:
            raise DisagreementError(f"a commit among {count:,} regions does not change its region")
    return region


def committing(count: int) -> Callable[[], object]:
    """What hides a region and shows it again, in a transaction each."""
    region = switched(count)

    def call() -> None:
        region.set_enabled(False)
        region.set_enabled(True)

    return call


def committing_to_a_listener(count: int) -> Callable[[], object]:
    """The same, while someone listens to the space."""
    space = siblings(count)
    if not space.memory_map.listeners.of_space(space):
        space.memory_map.listeners.register(Listener(), space)
    return committing(count)


SIDES: dict[str, tuple[Callable[[int], Callable[[], object]], int]] = {
    RENDERING: (rendering, 1),
    COMMIT: (committing, 2),
    HEARD: (committing_to_a_listener, 2),
}
"""How each side is prepared, and how many operations one call of it does."""


def case(side: str, count: int) -> Case:
    """One side at one size."""
    prepare, operations = SIDES[side]
    return Case(name_at(side, count), lambda: prepare(count), operations)


COMPARED = 10_000
LEAST_BESIDE_RENDERING = 100


def report(figures: Mapping[str, float]) -> Report:
    """Times, how many commits fit into one rendering, and growth."""
    ratios = {
        name: figures[name_at(RENDERING, COMPARED)] / figures[name_at(name, COMPARED)]
        for name in (COMMIT, HEARD)
    }
    unheard, heard = figures[name_at(COMMIT, COMPARED)], figures[name_at(HEARD, COMPARED)]
    small, large = SIZES[0], SIZES[-1]
    first, last = figures[name_at(COMMIT, small)], figures[name_at(COMMIT, large)]
    return Report(
        (
            by_size(figures, "regions", SIDES, SIZES),
            ratios_by_size(figures, "time", RENDERING, (COMMIT, HEARD), SIZES),
        ),
        tuple(
            at_least(
                f"time of {RENDERING}, {name} = 1, {COMPARED:,} regions",
                ratio,
                LEAST_BESIDE_RENDERING,
            )
            for name, ratio in ratios.items()
        ),
        (
            f"A commit among {large:,} regions takes {times(last / first)} the time of one among "
            f"{small} ({duration(last)} and {duration(first)}, n^"
            f"{growth(small, first, large, last):.2f}): it renders what the region covered, and "
            "copies the list of chunks, of which there is one for each hundred ranges or so.",
            "With a listener, a commit also compares the ranges of the chunks that are new with "
            f"those of the chunks that are gone, which at {COMPARED:,} regions takes "
            f"{duration(max(heard - unheard, 0))} of its {duration(heard)}.",
        ),
    )


GROUP = Group(
    name="commits",
    title="Committing a change of one region",
    question=(
        "The map of the group `rendering`, in one address space. A region in the middle is hidden "
        "and shown again; each is a whole transaction: the new view is published, and the one "
        "before it is destroyed. The listener has `region_add` and `region_del`. Full rendering "
        "only makes the flat ranges anew; it publishes nothing."
    ),
    cases=tuple(case(side, count) for count in SIZES for side in SIDES),
    report=report,
)
