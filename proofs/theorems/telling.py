"""Telling: what a listener knows after each call, while it hears of a new view of any length.

The proof is an induction over the two passes of `topology_events`, at one arbitrary address. What
the walk finds is taken from the theorem about walking: some ranges go, some stay, some come.
"""

from functools import partial
from itertools import product
from typing import Any

from model.view import FlatRange
from proofs.proof import Limits, Proof
from proofs.ranges import (
    agree,
    any_address,
    any_meaning,
    any_range,
    is_said_once,
    meaning_of,
    meaning_of_all,
)
from proofs.rebinding import rebound
from proofs.theorem import Obligation, Package, Theorem
from proofs.theorems import bugs_in_telling
from proofs.theorems import bugs_in_walks as bugs
from proofs.theorems.hearing import NEW_MASK, OLD_MASK, AnyRegions, nothing_coalesced
from proofs.theorems.walking import ADDRESSES

Pair = tuple[FlatRange | None, FlatRange | None]
GOES, STAYS, COMES = KINDS = ("goes", "stays", "comes")


def any_pair(package: Package, proof: Proof, kind: str, name: str) -> Pair:
    """An input: any range that goes or comes, or that stays with another dirty mask."""
    range_ = any_range(package, proof, name)
    proof.assume(range_.size > 0)
    old = range_._replace(dirty_log_mask=OLD_MASK)
    new = range_._replace(dirty_log_mask=NEW_MASK)
    return (None if kind == COMES else old, None if kind == GOES else new)


def told(package: Package, pairs: tuple[Pair, ...]) -> list[tuple[str, Any]]:
    """What a listener hears where the walk has found these pairs: the calls, and of what."""
    view = package.view.FlatView("root", (), serial=1)
    topology_events = rebound(
        package.listeners.topology_events,
        coalesced_parts=nothing_coalesced,
        differences=lambda old, new: pairs,
    )
    listener = package.events.Listener("listener", "space")
    return [
        (event.callback.name, event.section)
        for event in topology_events((listener,), AnyRegions(), view, view)
    ]


def one_more(package: Package, proof: Proof, kind: str) -> None:
    """The listener hears of one more range, and knows of any number of others.

    Before, it knows what is still to go and what stays; or, when all has gone, what stays and what
    has come. By the theorem about walking, none of these overlaps another, nor this range.
    """
    address = any_address(proof)
    pair = any_pair(package, proof, kind, "range")
    known = any_meaning(package, proof, "said by all others that are known")
    old, new = pair
    section = old if new is None else new
    assert section is not None
    this = meaning_of(section, address)
    proof.assume(is_said_once((known, this)))
    is_known = old is not None
    sections = [section] if is_known else []
    heard = told(package, (pair,))
    proof.show("heard", tuple(call for call, _ in heard))
    for call, told_of in heard:
        if call == "REGION_DEL":
            proof.claim("what is deleted is known", told_of is old and len(sections) == 1)
            sections = []
        elif call == "REGION_ADD":
            proof.claim("what is added is new", told_of is new)
            sections.append(told_of)
        else:
            proof.claim("what stays is known", len(sections) == 1 and told_of is new)
        said = (known, *(meaning_of(one, address) for one in sections))
        proof.claim("no two sections overlap", is_said_once(said))
    now = meaning_of_all(known, tuple(sections), address)
    expected = meaning_of_all(known, () if new is None else (new,), address)
    proof.claim("it knows the range exactly if the new view has it", agree(now, expected))
    proof.claim("it is told of each", len(heard) > 0)


def calls_of(kind: str, is_deletion: bool) -> tuple[str, ...]:
    """The calls for one pair in one of the two passes."""
    if is_deletion:
        return ("REGION_DEL",) if kind == GOES else ()
    return {GOES: (), STAYS: ("REGION_NOP", "LOG_START", "LOG_STOP"), COMES: ("REGION_ADD",)}[kind]


def in_turn(package: Package, proof: Proof, kinds: tuple[str, str]) -> None:
    """All deletions come before all else, and in each pass pairs come as the walk found them."""
    pairs = tuple(
        any_pair(package, proof, kind, f"{kind}[{place}]") for place, kind in enumerate(kinds)
    )
    heard = told(package, pairs)
    proof.show("heard", tuple(call for call, _ in heard))
    expected = [
        (call, old if is_deletion else new)
        for is_deletion in (True, False)
        for kind, (old, new) in zip(kinds, pairs, strict=True)
        for call in calls_of(kind, is_deletion)
    ]
    is_same = len(heard) == len(expected) and all(
        call == other and section is range_
        for (call, section), (other, range_) in zip(heard, expected, strict=True)
    )
    proof.claim("deletions first, and each pass in the order of the walk", is_same)


def nothing_differs(package: Package, proof: Proof) -> None:
    """The passes begin with nothing taken, and then nothing is heard."""
    proof.claim("nothing is heard", told(package, ()) == [])


TELLING = Theorem(
    name="after_each_call_a_listener_knows_no_two_sections_that_overlap_and_at_last_the_new_view",
    statement=(
        "For every two views of any length, a listener that deletes and adds as it is told knows "
        "after each call only sections that do not overlap, hears all deletions before anything "
        "else, and at last knows of each address what the new view says."
    ),
    rules=("P13", "T3", "T4", "T8"),
    assumptions=(
        "What the walk takes is as the theorem "
        f"{ADDRESSES.name} says: what goes and what stays never overlap and make up the old view; "
        "what stays and what comes never overlap and make up the new one.",
        "A pass over any number of ranges does what it does for all but the last, and then what it "
        "does for the last; that each pass takes them in turn is seen of two of any kind.",
        "There is one listener, and the regions have nothing coalesced. A range that stays has "
        "another dirty mask, of which it hears; what is known of it leaves the mask out.",
    ),
    limits=Limits(resource_units=100_000, paths=60),
    obligations=(
        Obligation("no ranges", nothing_differs),
        *(Obligation(f"one that {kind}", partial(one_more, kind=kind)) for kind in KINDS),
        *(
            Obligation(
                f"one that {first}, then one that {second}",
                partial(in_turn, kinds=(first, second)),
            )
            for first, second in product(KINDS, repeat=2)
        ),
    ),
    teeth=(
        bugs.ALL_GO,
        bugs.STAYING_IS_ADDED,
        bugs_in_telling.BYTES_ARE_NOT_ADDED,
        bugs_in_telling.DELETED_BACKWARDS,
        bugs_in_telling.GOING_IS_ADDED,
    ),
)

THEOREMS = (TELLING,)
