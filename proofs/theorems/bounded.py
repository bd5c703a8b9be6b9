"""The whole of `fill` and `simplify`, loops included, on views of bounded length.

The unbounded theorems reason about one turn of a loop; these run the loops themselves, so that a
mistake in how the turns are put together has nowhere to hide.
"""

from functools import partial
from itertools import pairwise

from model.view import FlatRange
from proofs.proof import Limits, Proof
from proofs.ranges import (
    agree,
    any_address,
    any_range,
    are_in_order,
    first_of,
    is_said_once,
    is_whole,
    may_merge,
    meaning_of,
    meaning_of_all,
    nothing_said,
    same_range,
)
from proofs.symbolic import all_of, negation
from proofs.theorem import Obligation, Package, Theorem
from proofs.theorems import bugs

LENGTHS = range(4)

ASSUMPTIONS = (
    "The view has at most 3 ranges, and is sorted, disjoint, and inside the address space.",
    "Where in its region a window or range begins is in [0, 2^64).",
)


def any_view(
    package: Package, proof: Proof, length: int, name: str = "view"
) -> tuple[FlatRange, ...]:
    """An input: any ranges that are in order."""
    ranges = tuple(any_range(package, proof, f"{name}[{index}]") for index in range(length))
    proof.assume(are_in_order(ranges))
    return ranges


def filling(package: Package, proof: Proof, length: int) -> None:
    """Lay any window into any view of some length."""
    address = any_address(proof)
    window = any_range(package, proof, "window")
    ranges = any_view(package, proof, length)
    hides_everything = all_of(is_whole(window), *(is_whole(range_) for range_ in ranges[:1]))
    aborts = all_of(length == 1, hides_everything)
    try:
        filled = package.view.fill(ranges, window)
    except package.view.RenderAbort:
        proof.claim("it aborts only when 2^64 bytes are hidden at once", aborts)
        return
    proof.show("filled", filled)
    proof.claim("it aborts when 2^64 bytes are hidden at once", negation(aborts))
    proof.claim("the ranges are in order", are_in_order(filled))
    nothing = nothing_said(window)
    said = meaning_of_all(nothing, ranges, address)
    proof.claim(
        "at most one range answers",
        is_said_once(tuple(meaning_of(range_, address) for range_ in filled)),
    )
    proof.claim(
        "the view answers, or else the window",
        agree(
            meaning_of_all(nothing, filled, address),
            first_of(said, meaning_of(window, address)),
        ),
    )


def simplifying(package: Package, proof: Proof, length: int) -> None:
    """Simplify any view of some length."""
    address = any_address(proof)
    ranges = any_view(package, proof, length)
    merged = package.view.simplify(ranges)
    proof.show("merged", merged)
    proof.claim("only an empty view becomes empty", (merged == ()) == (ranges == ()))
    if not ranges:
        return
    nothing = nothing_said(ranges[0])
    proof.claim("the ranges are in order", are_in_order(merged))
    proof.claim(
        "the address means what it meant",
        agree(meaning_of_all(nothing, ranges, address), meaning_of_all(nothing, merged, address)),
    )
    for left, right in pairwise(merged):
        proof.claim("no neighbours could still merge", negation(may_merge(left, right)))
    again = package.view.simplify(merged)
    proof.claim("simplifying twice is simplifying once", len(again) == len(merged))
    for left, right in zip(again, merged, strict=True):
        proof.claim("simplifying twice is simplifying once", same_range(left, right))


FILL = Theorem(
    name="the_loop_of_fill_keeps_order_and_meaning_for_views_of_up_to_3_ranges",
    statement=(
        "For every view of 0 to 3 ranges and any window, `fill` aborts exactly if 2^64 bytes hide "
        "2^64 bytes, and otherwise gives ranges in order that answer at every address as the view "
        "did, and where it did not, as the window does."
    ),
    rules=("P1", "P2", "R4", "R5", "R6", "R7"),
    assumptions=(*ASSUMPTIONS, "The window lies inside the address space. It may be empty."),
    bound="views of 0 to 3 ranges",
    limits=Limits(resource_units=2_500_000, paths=400),
    obligations=tuple(
        Obligation(f"a view of {length} ranges", partial(filling, length=length))
        for length in LENGTHS
    ),
    teeth=(
        bugs.EARLIER_DROPPED,
        bugs.GAP_AFTER_EARLIER,
        bugs.WINDOW_FORGOTTEN,
        bugs.TAIL_DROPPED,
        bugs.NEVER_ABORTS,
    ),
)

SIMPLIFY = Theorem(
    name="the_loop_of_simplify_merges_all_it_may_and_keeps_meaning_for_views_of_up_to_3_ranges",
    statement=(
        "For every view of 0 to 3 ranges, `simplify` gives ranges in order that answer at every "
        "address as before, none of which could still merge with its neighbour, and doing it "
        "again changes nothing."
    ),
    rules=("P1", "P3", "R8"),
    assumptions=ASSUMPTIONS,
    bound="views of 0 to 3 ranges",
    limits=Limits(resource_units=2_000_000, paths=500),
    obligations=tuple(
        Obligation(f"a view of {length} ranges", partial(simplifying, length=length))
        for length in LENGTHS
    ),
    teeth=(
        bugs.LAST_NOT_REPLACED,
        bugs.MERGES_WITH_THE_FIRST,
        bugs.NEVER_MERGES,
        bugs.MERGES_NONVOLATILE,
    ),
)

THEOREMS = (FILL, SIMPLIFY)
