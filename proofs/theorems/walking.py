"""Walking over two views: what goes, what comes, and what stays.

The proofs are inductions over the loop of `differences`. They speak of one arbitrary range, and of
one arbitrary address. Between two turns, the ranges that were next in line have been taken.
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
    end_of,
    first_of,
    follows,
    is_said_once,
    meaning_of,
    nothing_said,
    same_range,
)
from proofs.symbolic import all_of, any_of, implies, negation
from proofs.theorem import Obligation, Package, Theorem
from proofs.theorems import bugs_in_walks as bugs

ASSUMPTIONS = (
    "The loop of `differences` gives `difference_step` the first range of each view that has not "
    "been taken, or None where all have been, and takes what it gives, until both views have "
    "ended. (The bounded theorem about listeners runs the loop itself.)",
    "Both views are sorted, disjoint, and inside the address space.",
    "A range is the same as another if they agree in all but the dirty mask.",
)


class Line(NamedTuple):
    """The ranges of a view that are still to be taken: where the others end, and the first."""

    end: int
    is_over: bool
    first: FlatRange


def any_line(package: Package, proof: Proof, name: str) -> Line:
    """An input: what is left of a view that is in order."""
    line = Line(
        proof.integer(f"{name}.end", 0, ADDRESS_SPACE_SIZE),
        proof.boolean(f"{name}.is_over"),
        any_range(package, proof, name),
    )
    proof.assume(any_of(line.is_over, follows(line.first, line.end)))
    return line


def any_line_after(package: Package, proof: Proof, name: str, line: Line) -> Line:
    """An input: what is left when the first has been taken."""
    after = Line(
        end_of(line.first),
        proof.boolean(f"{name} after it.is_over"),
        any_range(package, proof, f"{name} after it"),
    )
    proof.assume(any_of(after.is_over, follows(after.first, after.end)))
    return after


def is_same(left: FlatRange, right: FlatRange) -> bool:
    """Whether two ranges agree in all but the dirty mask; does not use the code under proof."""
    return same_range(_unmasked(left), _unmasked(right))


def _unmasked(range_: FlatRange) -> FlatRange:
    return range_._replace(dirty_log_mask=0)


class Turn(NamedTuple):
    """What one turn takes: the first of the old, or of the new, or of both."""

    takes_old: bool
    takes_new: bool
    old: Line
    new: Line


def take_turn(package: Package, proof: Proof, lines: tuple[Line, Line]) -> Turn:
    """One turn of the loop; premises about the lines must have been stated."""
    old, new = lines
    heads = [None if line.is_over else line.first for line in lines]
    goes, comes = package.listeners.difference_step(*heads)
    proof.show("taken", (goes, comes))
    proof.claim("something is taken", any_of(goes is not None, comes is not None))
    if goes is not None:
        proof.claim("what goes is the next of the old", goes is heads[0])
    if comes is not None:
        proof.claim("what comes is the next of the new", comes is heads[1])
    return Turn(goes is not None, comes is not None, old, new)


class Fate(NamedTuple):
    """Of one range: whether it has been met in each view, and what has been done with it."""

    was_old: bool
    was_new: bool
    goes: bool
    stays: bool
    comes: bool


def fate(range_: FlatRange, fate: Fate, old: Line, new: Line) -> dict[str, bool]:
    """The invariant of one range."""
    after_old, after_new = old.first.start > range_.start, new.first.start > range_.start
    differs = all_of(new.first.start == range_.start, negation(is_same(new.first, range_)))
    return {
        "what was met lies behind": all_of(
            implies(fate.was_old, end_of(range_) <= old.end),
            implies(fate.was_new, end_of(range_) <= new.end),
        ),
        "it stays exactly if it was met in both": fate.stays == all_of(fate.was_old, fate.was_new),
        "it goes exactly if it was met in the old only": (
            fate.goes == all_of(fate.was_old, negation(fate.was_new))
        ),
        "it comes exactly if it was met in the new only": (
            fate.comes == all_of(fate.was_new, negation(fate.was_old))
        ),
        "what went is not to come": any_of(negation(fate.goes), new.is_over, after_new, differs),
        "what came is not to go": any_of(negation(fate.comes), old.is_over, after_old),
    }


def any_lines(package: Package, proof: Proof) -> tuple[tuple[Line, Line], tuple[Line, Line]]:
    """Inputs: what is left of both views, and of each when its first has been taken."""
    old, new = any_line(package, proof, "old"), any_line(package, proof, "new")
    after = (
        any_line_after(package, proof, "old", old),
        any_line_after(package, proof, "new", new),
    )
    proof.assume(negation(all_of(old.is_over, new.is_over)))
    return (old, new), after


def fate_before_the_loop(package: Package, proof: Proof) -> None:
    """Nothing has been met."""
    range_ = any_range(package, proof, "range")
    old = any_line(package, proof, "old")
    new = any_line(package, proof, "new")
    proof.assume(all_of(old.end == 0, new.end == 0))
    claim_all(proof, fate(range_, Fate(False, False, False, False, False), old, new))


def fate_in_the_loop(package: Package, proof: Proof) -> None:
    """One of the views, at least, has a range left."""
    range_ = any_range(package, proof, "range")
    proof.assume(range_.size > 0)
    before = Fate(*(proof.boolean(f"range.{field}") for field in Fate._fields))
    (old, new), (old_after, new_after) = any_lines(package, proof)
    assume_all(proof, fate(range_, before, old, new))

    turn = take_turn(package, proof, (old, new))
    is_old = all_of(turn.takes_old, is_same(old.first, range_))
    is_new = all_of(turn.takes_new, is_same(new.first, range_))
    if turn.takes_old and turn.takes_new:
        proof.claim("what stays is the same in both", is_same(old.first, new.first))
    proof.claim(
        "no view has it twice",
        negation(any_of(all_of(before.was_old, is_old), all_of(before.was_new, is_new))),
    )
    after = Fate(
        was_old=any_of(before.was_old, is_old),
        was_new=any_of(before.was_new, is_new),
        goes=any_of(before.goes, all_of(is_old, not turn.takes_new)),
        stays=any_of(before.stays, all_of(is_old, turn.takes_new)),
        comes=any_of(before.comes, all_of(is_new, not turn.takes_old)),
    )
    lines = (old_after if turn.takes_old else old, new_after if turn.takes_new else new)
    claim_all(proof, fate(range_, after, *lines))


class Said(NamedTuple):
    """What is said of one address by what has been met in each view, and by what was done."""

    old: Meaning
    new: Meaning
    goes: Meaning
    stays: Meaning
    comes: Meaning


def meaning(address: int, said: Said, old: Line, new: Line) -> dict[str, bool]:
    """The invariant of one address."""
    return {
        "what was met lies behind": all_of(
            implies(said.old.is_answered, address < old.end),
            implies(said.new.is_answered, address < new.end),
        ),
        "what goes and what stays make up the old": all_of(
            agree(said.old, first_of(said.goes, said.stays)),
            is_said_once((said.goes, said.stays)),
        ),
        "what stays and what comes make up the new": all_of(
            agree(said.new, first_of(said.stays, said.comes)),
            is_said_once((said.stays, said.comes)),
        ),
    }


def meaning_before_the_loop(package: Package, proof: Proof) -> None:
    """Nothing has been met."""
    address = any_address(proof)
    nothing = nothing_said(any_range(package, proof, "range"))
    old, new = any_line(package, proof, "old"), any_line(package, proof, "new")
    proof.assume(all_of(old.end == 0, new.end == 0))
    said = Said(nothing, nothing, nothing, nothing, nothing)
    claim_all(proof, meaning(address, said, old, new))


def meaning_in_the_loop(package: Package, proof: Proof) -> None:
    """One of the views, at least, has a range left."""
    address = any_address(proof)
    said = Said(*(any_meaning(package, proof, f"said by {field}") for field in Said._fields))
    (old, new), (old_after, new_after) = any_lines(package, proof)
    assume_all(proof, meaning(address, said, old, new))

    turn = take_turn(package, proof, (old, new))
    of_old = meaning_of(_unmasked(old.first), address)
    of_new = meaning_of(_unmasked(new.first), address)
    after = Said(
        old=_also(said.old, of_old, turn.takes_old),
        new=_also(said.new, of_new, turn.takes_new),
        goes=_also(said.goes, of_old, turn.takes_old and not turn.takes_new),
        stays=_also(said.stays, of_old, turn.takes_old and turn.takes_new),
        comes=_also(said.comes, of_new, turn.takes_new and not turn.takes_old),
    )
    lines = (old_after if turn.takes_old else old, new_after if turn.takes_new else new)
    claim_all(proof, meaning(address, after, *lines))


def _also(before: Meaning, more: Meaning, is_added: bool) -> Meaning:
    return first_of(before, more) if is_added else before


RANGES = Theorem(
    name="a_range_stays_exactly_if_both_views_have_it_and_else_goes_or_comes_just_once",
    statement=(
        "Of two views of any length, the walk deletes each range that only the old one has, adds "
        "each that only the new one has, and keeps each that both have, up to its dirty mask; "
        "each once, by ascending address, and what goes before what comes at one address."
    ),
    rules=("P13", "T4", "T8"),
    assumptions=ASSUMPTIONS,
    limits=Limits(resource_units=310_000, paths=52),
    obligations=(
        Obligation("before the loop", fate_before_the_loop),
        Obligation("one turn of the loop", fate_in_the_loop),
    ),
    teeth=(
        bugs.EQUALS_GO,
        bugs.COMES_FIRST,
        bugs.LATER_GOES_FIRST,
        bugs.RESIZED_STAYS,
        bugs.READONLY_CHANGE_STAYS,
        bugs.MASKS_TELL_APART,
    ),
)

ADDRESSES = Theorem(
    name="what_stays_and_what_comes_never_overlap_and_make_up_the_new_view",
    statement=(
        "Of two views of any length, what goes and what stays share no address and say what the "
        "old view says, and what stays and what comes share none and say what the new view says: "
        "so when all that goes is deleted before anything is added, no two sections ever overlap."
    ),
    rules=("P13", "T4", "T8"),
    assumptions=ASSUMPTIONS,
    limits=Limits(resource_units=390_000, paths=52),
    obligations=(
        Obligation("before the loop", meaning_before_the_loop),
        Obligation("one turn of the loop", meaning_in_the_loop),
    ),
    teeth=(
        bugs.STARTS_TELL_ALL,
        bugs.OFFSET_CHANGE_STAYS,
        bugs.RESIZED_STAYS,
    ),
)

THEOREMS = (RANGES, ADDRESSES)
