"""Filling: a region's window is laid into the gaps of a view of any length.

The proofs are inductions over the loop of `fill`. Obligations show that the invariant holds where
the loop begins, that one turn of the loop keeps it, and that after the loop the view is as claimed.
"""

from typing import NamedTuple

from model.address_range import ADDRESS_SPACE_SIZE
from model.view import FlatRange
from proofs.proof import Limits, Proof, assume_all, claim_all
from proofs.ranges import (
    Meaning,
    agree,
    any_address,
    any_meaning,
    any_range,
    are_in_order,
    end_of,
    first_of,
    follows,
    is_remainder,
    is_said_once,
    is_whole,
    meaning_of,
    meaning_of_all,
    nothing_said,
    remainder,
)
from proofs.symbolic import all_of, any_of, implies, negation
from proofs.theorem import Obligation, Package, Theorem
from proofs.theorems import bugs

ASSUMPTIONS = (
    "The loop of `fill` calls `fill_step` once for each range of the view, in order, appends the "
    "gap that it gives, if any, and then the range, and keeps what is left of the window. (The "
    "bounded theorem about `fill` runs the loop itself.)",
    "The view that the window is laid into is sorted, disjoint, and inside the address space.",
    "The window lies inside the address space, and it begins at an offset in [0, 2^64) of its "
    "region. (The theorem about clipping shows it of the window of each region.)",
)


class Loop(NamedTuple):
    """Between two turns: the window, what is left of it, and where the appended ranges end."""

    window: FlatRange
    rest: FlatRange
    end: int


def any_loop(package: Package, proof: Proof) -> Loop:
    """An input: some state, not yet known to keep the invariant."""
    window = any_range(package, proof, "window")
    rest = remainder(window, proof.integer("laid", 0, ADDRESS_SPACE_SIZE))
    proof.show("rest", rest)
    return Loop(window, rest, proof.integer("end", 0, ADDRESS_SPACE_SIZE))


def order(loop: Loop) -> dict[str, bool]:
    """The invariant of order; the ranges appended so far are in order themselves."""
    return {
        "what is left is the window's own": is_remainder(loop.window, loop.rest),
        "what is left of the window is ahead": any_of(
            loop.rest.size == 0, loop.rest.start >= loop.end
        ),
    }


def take_turn(
    package: Package, proof: Proof, loop: Loop, earlier: FlatRange
) -> tuple[tuple[FlatRange, ...], Loop] | None:
    """One turn of the loop: what it appends, and the state after it; None if it aborts."""
    hides_everything = all_of(is_whole(loop.rest), is_whole(earlier))
    try:
        gap, rest = package.view.fill_step(loop.rest, earlier)
    except package.view.RenderAbort:
        proof.claim("it aborts only when 2^64 bytes are hidden at once", hides_everything)
        return None
    proof.claim("it aborts when 2^64 bytes are hidden at once", negation(hides_everything))
    appended = (earlier,) if gap is None else (gap, earlier)
    proof.show("appended", appended)
    proof.show("rest after it", rest)
    return appended, Loop(loop.window, rest, end_of(earlier))


def order_before_the_loop(package: Package, proof: Proof) -> None:
    """Nothing is appended, and all of the window is left."""
    window = any_range(package, proof, "window")
    claim_all(proof, order(Loop(window, window, end=0)))


def order_in_the_loop(package: Package, proof: Proof) -> None:
    """The next range of the view follows the ranges appended so far."""
    loop = any_loop(package, proof)
    earlier = any_range(package, proof, "earlier")
    assume_all(proof, order(loop))
    proof.assume(follows(earlier, loop.end))
    turn = take_turn(package, proof, loop, earlier)
    if turn is not None:
        appended, after = turn
        proof.claim("what is appended is in order", are_in_order(appended, loop.end))
        claim_all(proof, order(after))


def order_after_the_loop(package: Package, proof: Proof) -> None:
    """Filling an empty view appends just what `fill` appends after its loop."""
    loop = any_loop(package, proof)
    assume_all(proof, order(loop))
    tail = package.view.fill((), loop.rest)
    proof.show("tail", tail)
    proof.claim("what is appended is in order", are_in_order(tail, loop.end))


class Told(NamedTuple):
    """What is said of one address by the view as far as it is walked, and by what is appended."""

    earlier: Meaning
    appended: Meaning


def any_told(package: Package, proof: Proof) -> Told:
    """An input: some state, not yet known to keep the invariant."""
    return Told(
        any_meaning(package, proof, "said by the view so far"),
        any_meaning(package, proof, "said by what is appended so far"),
    )


def meaning(loop: Loop, told: Told, address: int) -> dict[str, bool]:
    """The invariant of meaning, which needs that of order."""
    laid = loop.window._replace(size=loop.rest.start - loop.window.start)
    answered = any_of(told.earlier.is_answered, told.appended.is_answered)
    return {
        **order(loop),
        "only addresses before the end are answered": implies(answered, address < loop.end),
        "the view answers, or else the part of the window that is dealt with": agree(
            told.appended, first_of(told.earlier, meaning_of(laid, address))
        ),
    }


def meaning_before_the_loop(package: Package, proof: Proof) -> None:
    """Nothing is appended, and all of the window is left."""
    address = any_address(proof)
    window = any_range(package, proof, "window")
    told = Told(nothing_said(window), nothing_said(window))
    claim_all(proof, meaning(Loop(window, window, end=0), told, address))


def meaning_in_the_loop(package: Package, proof: Proof) -> None:
    """The next range of the view follows the ranges appended so far."""
    address = any_address(proof)
    loop, told = any_loop(package, proof), any_told(package, proof)
    earlier = any_range(package, proof, "earlier")
    assume_all(proof, meaning(loop, told, address))
    proof.assume(follows(earlier, loop.end))
    turn = take_turn(package, proof, loop, earlier)
    if turn is not None:
        appended, after = turn
        new = tuple(meaning_of(range_, address) for range_ in appended)
        proof.claim("at most one range answers", is_said_once((told.appended, *new)))
        told_after = Told(
            first_of(told.earlier, meaning_of(earlier, address)),
            meaning_of_all(told.appended, appended, address),
        )
        claim_all(proof, meaning(after, told_after, address))


def meaning_after_the_loop(package: Package, proof: Proof) -> None:
    """Filling an empty view appends just what `fill` appends after its loop."""
    address = any_address(proof)
    loop, told = any_loop(package, proof), any_told(package, proof)
    assume_all(proof, meaning(loop, told, address))
    tail = package.view.fill((), loop.rest)
    proof.show("tail", tail)
    new = tuple(meaning_of(range_, address) for range_ in tail)
    proof.claim("at most one range answers", is_said_once((told.appended, *new)))
    proof.claim(
        "the view answers, or else the window",
        agree(
            meaning_of_all(told.appended, tail, address),
            first_of(told.earlier, meaning_of(loop.window, address)),
        ),
    )


ORDER = Theorem(
    name="fill_keeps_every_view_sorted_disjoint_and_inside_the_address_space",
    statement=(
        "Laying any window into a view of any length gives a view whose ranges are not empty, "
        "ascend, do not overlap and lie in [0, 2^64), or aborts, which it does exactly when a "
        "range of 2^64 bytes hides a window of 2^64 bytes."
    ),
    rules=("P1", "R5", "R7"),
    assumptions=ASSUMPTIONS,
    limits=Limits(resource_units=80_000, paths=50),
    obligations=(
        Obligation("before the loop", order_before_the_loop),
        Obligation("one turn of the loop", order_in_the_loop),
        Obligation("after the loop", order_after_the_loop),
    ),
    teeth=(
        bugs.GAP_TOO_LONG,
        bugs.EMPTY_GAP,
        bugs.OVERLAP_SKIPPED,
        bugs.NOTHING_HIDDEN,
        bugs.NEVER_ABORTS,
        bugs.ABORTS_EARLY,
        bugs.EMPTY_TAIL,
    ),
)

MEANING = Theorem(
    name="every_address_is_answered_by_the_earlier_view_or_else_by_the_window_laid_under_it",
    statement=(
        "After a window is laid into a view of any length, an arbitrary address is answered by one "
        "range if the view or the window has it, and by none otherwise, with the region, offset, "
        "dirty mask and flags of the view where that answered, and else the window's."
    ),
    rules=("P2", "R4", "R5", "R6"),
    assumptions=(*ASSUMPTIONS, "A fill that aborts gives no view, and so no meaning."),
    limits=Limits(resource_units=300_000, paths=50),
    obligations=(
        Obligation("before the loop", meaning_before_the_loop),
        Obligation("one turn of the loop", meaning_in_the_loop),
        Obligation("after the loop", meaning_after_the_loop),
    ),
    teeth=(
        bugs.GAP_DROPPED,
        bugs.HIDDEN_TOO_LONG,
        bugs.TAIL_DROPPED,
        bugs.OFFSET_STAYS,
        bugs.READONLY_LOST,
        bugs.DIRTY_MASK_LOST,
    ),
)

THEOREMS = (ORDER, MEANING)
