"""Merging: `simplify` joins neighbours in a view of any length.

The proofs are inductions over the loop of `simplify`. Its state is the last range accumulated,
which may still grow, and the ranges before it, which are settled.
"""

from itertools import pairwise
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
    is_said_once,
    may_merge,
    meaning_of,
    meaning_of_all,
    nothing_said,
    same_range,
)
from proofs.symbolic import all_of, implies, negation
from proofs.theorem import Obligation, Package, Theorem
from proofs.theorems import bugs

ASSUMPTIONS = (
    "The loop of `simplify` starts with the first range, and replaces the last range accumulated "
    "by what `merge_step` makes of it and the next range, in order. (The bounded theorem about "
    "`simplify` runs the loop itself.)",
    "The view that is simplified is sorted, disjoint, and inside the address space.",
    "Where in its region a range begins is in [0, 2^64).",
)


class Loop(NamedTuple):
    """Between two turns: what is said of one address by the view so far and by what is settled."""

    view: Meaning
    settled: Meaning
    settled_end: int
    last: FlatRange


def meaning(loop: Loop, address: int) -> dict[str, bool]:
    """The invariant of meaning; the settled ranges are in order themselves, and end where told."""
    return {
        "the last range follows what is settled": follows(loop.last, loop.settled_end),
        "settled ranges answer before their end only": implies(
            loop.settled.is_answered, address < loop.settled_end
        ),
        "the address means what it meant in the view": agree(
            loop.view, first_of(loop.settled, meaning_of(loop.last, address))
        ),
    }


def meaning_before_the_loop(package: Package, proof: Proof) -> None:
    """The first range is accumulated as it is; an empty view stays empty."""
    address = any_address(proof)
    first = any_range(package, proof, "first")
    proof.assume(follows(first, end=0))
    (last,) = package.view.simplify((first,))
    proof.claim("an empty view stays empty", package.view.simplify(()) == ())
    loop = Loop(meaning_of(first, address), nothing_said(first), 0, last)
    claim_all(proof, meaning(loop, address))


def meaning_in_the_loop(package: Package, proof: Proof) -> None:
    """The next range of the view follows the last one accumulated."""
    address = any_address(proof)
    loop = Loop(
        any_meaning(package, proof, "said by the view so far"),
        any_meaning(package, proof, "said by what is settled"),
        proof.integer("settled_end", 0, ADDRESS_SPACE_SIZE),
        any_range(package, proof, "last"),
    )
    next_ = any_range(package, proof, "next")
    assume_all(proof, meaning(loop, address))
    proof.assume(follows(next_, end_of(loop.last)))

    pieces = package.view.merge_step(loop.last, next_)
    proof.show("merged", pieces)
    *settled, last = pieces
    said = (meaning_of(range_, address) for range_ in pieces)
    proof.claim("at most one range answers", is_said_once((loop.settled, *said)))
    proof.claim("the ranges are in order", are_in_order(pieces, loop.settled_end))
    proof.claim("they end where the next range ends", end_of(last) == end_of(next_))
    after = Loop(
        first_of(loop.view, meaning_of(next_, address)),
        meaning_of_all(loop.settled, tuple(settled), address),
        end_of(settled[-1]) if settled else loop.settled_end,
        last,
    )
    claim_all(proof, meaning(after, address))


def maximality_in_the_loop(package: Package, proof: Proof) -> None:
    """`settled` is the range before the last, which the last does not merge with.

    It may be any such range, wherever it lies, so what holds with it holds without it too.
    """
    settled = any_range(package, proof, "settled")
    last = any_range(package, proof, "last")
    next_ = any_range(package, proof, "next")
    proof.assume(are_in_order((last, next_)))
    proof.assume(negation(may_merge(settled, last)))

    pieces = package.view.merge_step(last, next_)
    proof.show("merged", pieces)
    proof.claim(
        "two ranges become one exactly if the second continues the first, and both are mergeable",
        may_merge(last, next_) == (len(pieces) == 1),
    )
    if len(pieces) == 2:
        proof.claim(
            "what is not merged is as it was",
            all_of(same_range(pieces[0], last), same_range(pieces[1], next_)),
        )
    neighbours = (settled, *pieces)
    for left, right in pairwise(neighbours):
        proof.claim("no neighbours could still merge", negation(may_merge(left, right)))


def maximality_before_the_loop(package: Package, proof: Proof) -> None:
    """One range has no neighbours; it is accumulated as it is."""
    first = any_range(package, proof, "first")
    proof.assume(follows(first, end=0))
    merged = package.view.simplify((first,))
    proof.claim("one range stays one range", len(merged) == 1)
    proof.claim("one range is as it was", same_range(merged[0], first))


MEANING = Theorem(
    name="merging_neighbours_changes_the_meaning_of_no_address",
    statement=(
        "In a simplified view of any length an arbitrary address is answered, with the same "
        "region, offset, dirty mask and flags, exactly if it was before; and the ranges still "
        "ascend, do not overlap, and lie in [0, 2^64)."
    ),
    rules=("P3", "P1", "R8"),
    assumptions=ASSUMPTIONS,
    limits=Limits(resource_units=250_000, paths=50),
    obligations=(
        Obligation("before the loop", meaning_before_the_loop),
        Obligation("one turn of the loop", meaning_in_the_loop),
    ),
    teeth=(
        bugs.MERGES_ACROSS_A_HOLE,
        bugs.MERGES_REGIONS,
        bugs.MERGES_OFFSETS,
        bugs.MERGES_DIRTY_MASKS,
        bugs.MERGES_ROMD_MODES,
        bugs.MERGES_READONLY,
        bugs.MERGES_NONVOLATILE,
        bugs.MERGED_TOO_SHORT,
        bugs.LEFT_DROPPED,
    ),
)

MAXIMALITY = Theorem(
    name="neighbours_merge_exactly_if_the_second_continues_the_first_and_both_are_mergeable",
    statement=(
        "No two neighbours in a simplified view of any length could still be merged, none were "
        "merged that must not be, and a view without mergeable neighbours stays as it is, so that "
        "simplifying twice is simplifying once."
    ),
    rules=("P3", "R8"),
    assumptions=ASSUMPTIONS,
    limits=Limits(resource_units=100_000, paths=50),
    obligations=(
        Obligation("before the loop", maximality_before_the_loop),
        Obligation("one turn of the loop", maximality_in_the_loop),
    ),
    teeth=(
        bugs.NEVER_MERGES,
        bugs.MERGES_UNMERGEABLE,
        bugs.MERGES_UNMERGEABLE_ON,
        bugs.MERGES_READONLY_NEVER,
        bugs.MERGES_READONLY,
    ),
)

THEOREMS = (MEANING, MAXIMALITY)
