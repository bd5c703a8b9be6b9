"""How fast an address is looked up in a view, beside a bare bisection of the same starts."""

from bisect import bisect_right
from collections.abc import Callable, Mapping
from functools import cache
from random import Random

from cli.benchmarks import native
from cli.benchmarks.case import (
    Case,
    Group,
    Report,
    at_most,
    by_size,
    duration,
    name_at,
    ratios_by_size,
    times,
)
from cli.benchmarks.workload import SIZES, DisagreementError, extent, siblings
from impl import FlatRange

Prepare = Callable[[int], Callable[[], object]]

FIND, BISECT = "FlatView.find", "bisect_right"
LEAST = "a function that bisects, and compares with the end"
CORE = "native core, all addresses in one call"
ASKED = 1000
"""Addresses that one call looks up."""


@cache
def addresses(count: int) -> list[int]:
    """Random addresses where so many regions lie, in pages of which about a third is in holes."""
    random = Random(count)
    return [random.randrange(extent(count)) for _ in range(ASKED)]


def starts(count: int) -> list[int]:
    """Where the flat ranges begin."""
    return [one.start for one in siblings(count).view]


def finding(count: int) -> Callable[[], object]:
    """What asks the view."""
    find, asked = siblings(count).view.find, addresses(count)

    def call() -> None:
        for address in asked:
            find(address)

    return call


def bisecting(count: int) -> Callable[[], object]:
    """What looks for the place among the starts, and for nothing else."""
    table, asked, bisect = starts(count), addresses(count), bisect_right

    def call() -> None:
        for address in asked:
            bisect(table, address)

    return call


def least_function(count: int) -> Callable[[int], FlatRange | None]:
    """The least that gives a range or None in Python, if there were one list of all ranges."""
    ranges = siblings(count).view.ranges
    table, bisect = starts(count), bisect_right

    def find(address: int) -> FlatRange | None:
        one = ranges[bisect(table, address) - 1]
        return one if one[0] <= address < one[1] else None

    return find


def finding_least(count: int) -> Callable[[], object]:
    """What asks that function."""
    find, asked = least_function(count), addresses(count)
    if [find(address) for address in asked] != [
        siblings(count).view.find(address) for address in asked
    ]:
        raise DisagreementError(f"{LEAST} finds other ranges than {FIND}")

    def call() -> None:
        for address in asked:
            find(address)

    return call


def finding_natively(count: int) -> Callable[[], object]:
    """What looks all addresses up in C."""
    call = native.finding(starts(count), addresses(count))
    if list(call()) != [bisect_right(starts(count), address) - 1 for address in addresses(count)]:
        raise DisagreementError(f"{CORE} finds other places than {BISECT}")
    return call


SIDES: dict[str, Prepare] = {BISECT: bisecting, FIND: finding, LEAST: finding_least}
if native.COMPILER:
    SIDES[CORE] = finding_natively


def case(side: str, count: int) -> Case:
    """One side at one size."""
    return Case(name_at(side, count), lambda: SIDES[side](count), ASKED)


COMPARED = 10_000
MOST_BESIDE_BISECT = 2.5


def report(figures: Mapping[str, float]) -> Report:
    """Times of one look-up, and ratios to the bare bisection."""
    bare = figures[name_at(BISECT, COMPARED)]
    ratio = figures[name_at(FIND, COMPARED)] / bare
    least = figures[name_at(LEAST, COMPARED)] / bare
    notes = [
        f"What limits it: that the look-up is a function of Python. At {COMPARED:,} regions the "
        f"least that tells a range from a hole, over one list of all ranges, takes {times(least)} "
        f"a bare bisection. `find` takes {times(ratio)}: its view is in chunks, for commits to "
        "share them, so it bisects twice. The smaller the view, the more the call counts."
    ]
    if name_at(CORE, COMPARED) in figures:
        core = figures[name_at(CORE, COMPARED)]
        notes.append(
            f"A native core looks an address up in {duration(core)}, {times(core / bare)} the bare "
            "bisection, if it is not called for each: Python's own call of a function in C is most "
            f"of the {duration(figures[name_at(BISECT, SIZES[0])])} that a bisection of "
            f"{SIZES[0]} takes."
        )
    else:
        notes.append(native.NO_COMPILER)
    return Report(
        (
            by_size(figures, "regions in the view", SIDES, SIZES),
            ratios_by_size(figures, "time", BISECT, [one for one in SIDES if one != BISECT], SIZES),
        ),
        tuple(
            at_most(
                f"time of {FIND}, {BISECT} = 1, {count:,} regions",
                figures[name_at(FIND, count)] / figures[name_at(BISECT, count)],
                MOST_BESIDE_BISECT,
            )
            for count in SIZES
        ),
        tuple(notes),
    )


GROUP = Group(
    name="lookup",
    title="Looking an address up",
    question=(
        f"The view of the regions of the group `rendering`, asked for {ASKED:,} random addresses "
        "within it, of which about a third lie in holes; `bisect_right` is called with the same "
        "addresses on a list of the starts of the same ranges. Times are for one look-up."
    ),
    cases=tuple(case(side, count) for count in SIZES for side in SIDES),
    report=report,
)
