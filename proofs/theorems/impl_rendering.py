"""Rendering: impl's merging, and its sweep as a whole, give what the model gives."""

from functools import partial
from typing import Any, cast

from model.view import FlatRange, Ranges, RenderAbort, can_merge, fill, merge_step, simplify
from proofs.proof import Limits, Proof
from proofs.ranges import any_range, same_range
from proofs.refinement import (
    ABORTS,
    MODEL,
    Refinement,
    RegionObjects,
    in_impl,
    in_model,
    outcome,
    same_rows,
)
from proofs.theorem import Package, Theorem
from proofs.theorems import bugs_in_impl_views as bugs

# --- Merging -------------------------------------------------------------------------------------


def any_ranges(proof: Proof) -> Ranges:
    """An input: the last range accumulated, and the next."""
    return tuple(any_range(MODEL, proof, name) for name in ("last", "next"))


def merged_by_impl(package: Package, ranges: Ranges) -> Ranges:
    """One turn of impl's loop."""
    objects = RegionObjects()
    given = [in_impl(package, range_, objects(range_.region)) for range_ in ranges]
    return tuple(in_model(one) for one in package.sweep.merged(given))


def are_the_same(given: object, expected: Any, done: Any) -> dict[str, bool]:
    """The relation of what is rendered."""
    if expected is ABORTS or done is ABORTS:
        return {"both abort, or neither": expected is done}
    return {"the ranges are the same": same_rows(expected, done, same_range)}


MERGING = Refinement(
    inputs=any_ranges,
    specification=lambda ranges: merge_step(*ranges),
    implementation=merged_by_impl,
    relation=are_the_same,
)


def joined_by_impl(package: Package, ranges: Ranges) -> bool:
    """Whether impl joins them."""
    objects = RegionObjects()
    return cast(
        bool, package.sweep.joins(*(in_impl(package, one, objects(one.region)) for one in ranges))
    )


JOINING = Refinement(
    inputs=any_ranges,
    specification=lambda ranges: can_merge(*ranges),
    implementation=joined_by_impl,
    relation=lambda _, expected, done: {"both join them, or neither": expected == done},
)

# --- The whole sweep -----------------------------------------------------------------------------


def any_windows(proof: Proof, count: int, are_apart: bool) -> Ranges:
    """An input: windows that are not empty, the first in front.

    If they are kept apart, they show different regions with the same flags: nothing is merged.
    """
    windows = tuple(any_range(MODEL, proof, f"window[{index}]") for index in range(count))
    for window in windows:
        proof.assume(window.size > 0)
    if are_apart:
        windows = tuple(
            FlatRange(f"region {rank}", one.offset, one.start, one.size)
            for rank, one in enumerate(windows)
        )
    return windows


def laid(windows: Ranges) -> Ranges:
    """What the model renders of windows that come one after the other."""
    ranges: Ranges = ()
    for window in windows:
        ranges = fill(ranges, window)
    return simplify(ranges)


def swept(package: Package, windows: Ranges) -> Ranges:
    """What impl renders of windows, in their order by rank."""
    objects = RegionObjects()
    given = []
    for rank, window in enumerate(windows):
        region = objects(window.region)
        flags = package.flags.RangeFlags(*window[4:])
        end, base = window.start + window.size, window.start - window.offset
        given.append((window.start, (rank,), end, region, base, flags))
    return tuple(in_model(one) for one in package.sweep.sweep(given))


def sweeping(count: int, are_apart: bool) -> Refinement[Ranges, Any, Any]:
    """Sweep so many windows."""
    return Refinement(
        inputs=partial(any_windows, count=count, are_apart=are_apart),
        specification=lambda windows: outcome(laid, RenderAbort, windows),
        implementation=lambda package, windows: outcome(
            partial(swept, package), package.sweep.RenderAbort, windows
        ),
        relation=are_the_same,
    )


MERGE = Theorem(
    name="impl_merges_neighbours_exactly_where_the_model_does",
    statement=(
        "For any two neighbouring ranges, whatever their places, regions, offsets, masks and "
        "flags, a turn of impl's merging leaves what the model's `merge_step` leaves."
    ),
    rules=("P3", "R8"),
    assumptions=(
        "The loop of `merged` looks at the last range accumulated and the next, as `simplify` "
        "does. It is skipped only where no two neighbours have one region: then none merge.",
        "Two regions are one object exactly if the model gives them one name.",
    ),
    limits=Limits(resource_units=96_000, paths=96),
    obligations=(
        JOINING.obligation("whether they are joined"),
        MERGING.obligation("one turn of the loop"),
    ),
    teeth=(
        bugs.MERGES_ACROSS_READONLY,
        bugs.MERGES_UNMERGEABLE,
        bugs.MERGES_ACROSS_AN_OFFSET_GAP,
        bugs.MERGES_ACROSS_A_HOLE,
        bugs.MERGES_REGIONS,
        bugs.MERGED_ENDS_WITH_ITS_FIRST,
        bugs.NO_NEIGHBOURS_ARE_ONE_REGIONS,
    ),
    package="impl",
)

SWEEP = Theorem(
    name="impl_renders_the_models_ranges_or_aborts_with_it_for_up_to_3_windows",
    statement=(
        "For every 1 to 3 windows, impl's whole sweep gives range by range what the model's `fill` "
        "and `simplify` give when the windows come in the order of their ranks, and aborts exactly "
        "if the model does."
    ),
    rules=("P1", "P2", "P3", "R4", "R5", "R6", "R7", "R8"),
    assumptions=(
        "The windows are not empty, lie inside the address space, and come as a whole, sorted by "
        "Python's own sort.",
        "Three windows show different regions with the same mask and flags; one or two may show "
        "any with any.",
    ),
    bound="1 to 3 windows",
    limits=Limits(resource_units=7_700_000, paths=2600),
    obligations=(
        sweeping(1, False).obligation("1 window"),
        sweeping(2, False).obligation("2 windows"),
        sweeping(3, True).obligation("3 windows of different regions"),
    ),
    teeth=(
        bugs.NEVER_ABORTS,
        bugs.ABORTS_FOR_THREE,
        bugs.ABORTS_BEHIND_ANYTHING,
        bugs.COVERED_COMES_BACK_NEVER,
        bugs.WHAT_ENDED_COMES_BACK,
        bugs.MERGES_ACROSS_AN_OFFSET_GAP,
    ),
    package="impl",
)

THEOREMS: tuple[Theorem, ...] = (MERGE, SWEEP)
