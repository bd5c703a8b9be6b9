"""Sweeping: impl's sweep over windows shows what the model lays, the windows in front first.

The proofs are inductions over the loop of `sweep_on`, whose code runs for one window from any
state. Inside it, a second loop takes windows that wait, one by one: its turns are cut apart where
`heappop` is called, and there the loop's own cursor is read from its frame. Of the windows seen so
far, the state has, at one arbitrary address, the one that the model shows there.
"""

from functools import partial
from typing import Any

from proofs.proof import Limits, Proof, assume_all, claim_all
from proofs.ranges import (
    agree,
    any_address,
    are_in_order,
    end_of,
    is_said_once,
    meaning_of,
    meaning_of_all,
    nothing_said,
    same_range,
)
from proofs.rebinding import rebound
from proofs.refinement import in_model
from proofs.sweeps import (
    AtAPop,
    Heap,
    Ranked,
    Shown,
    State,
    any_ranked,
    any_state,
    as_window,
    at_a_pop,
    at_a_turn,
    of_one_that_waits,
    ranked,
    shown_by_model,
    shown_meaning,
)
from proofs.symbolic import all_of, any_of, implies, negation
from proofs.theorem import Obligation, Package, Theorem
from proofs.theorems import bugs_in_impl_views as bugs

NO_TWO_RANKS = (
    "No two windows have one rank: a rank has the place of a subregion in each container on the "
    "way, and they are ordered. (Numbers stand for ranks here, as they are only ever compared.)"
)
HEAP = "`heappush` puts an item in, and `heappop` takes out that of the least rank."


def run(
    package: Package, proof: Proof, windows: Any, heap: Heap, at: Any, state: State, address: int
) -> tuple[State, Any]:
    """Run the loop from a state: the state after it, and the front one, None if it is at a pop."""
    ranges: list[Any] = []
    sweep_on = rebound(package.sweep.sweep_on, heappush=heap.push, heappop=heap.pop)
    front, rank, end, cursor = None, 0, 0, 0
    try:
        front, rank, end, cursor = sweep_on(windows, ranges, heap, at)
    except AtAPop as pop:
        cursor = pop.cursor
    made = tuple(in_model(one) for one in ranges)
    proof.show("ranges made", made)
    proof.claim("the ranges are in order", are_in_order(made, state.end))
    said = tuple(meaning_of(range_, address) for range_ in made)
    proof.claim("at most one range answers", is_said_once((state.told, *said)))
    if front is not None:
        known = all_of(rank == front[1], end == front[2])
        proof.claim("the front one is known by its rank and end", known)
        state = state._replace(front=ranked(front))
    return state._replace(
        cursor=cursor,
        told=meaning_of_all(state.told, made, address),
        end=end_of(made[-1]) if made else state.end,
    ), front


def claim_after_a_turn(
    proof: Proof, state: State, window: Ranked, heap: Heap, address: int
) -> None:
    """Claim the invariant of the state that a window has led to, with what the model shows now."""
    found = shown_by_model(state.shown, window, address)
    before = state.shown.window
    is_ahead = any_of(negation(state.shown.is_any), window.rank < before.rank)
    if all_of(window.has(address), is_ahead):
        shown = Shown(True, window)
    else:
        shown = state.shown
        state = state._replace(waits=all_of(state.waits, shown.is_any))
    expected = shown_meaning(shown, address)
    said = nothing_said(window.range) if found is None else meaning_of(found, address)
    proof.claim("the model shows the one in front", agree(said, expected))

    pushed = [ranked(item[2]) for item in heap.pushed]
    waits = any_of(
        all_of(state.waits, shown is state.shown),
        *(one.rank == shown.window.rank for one in pushed),
    )
    after = state._replace(begun=window.range.start, shown=shown, waits=all_of(waits, shown.is_any))
    for item, one in zip(heap.pushed, pushed, strict=True):
        known = all_of(item[0] == one.rank, item[1] == end_of(one.range))
        proof.claim("what waits is known by its rank and end", known)
        claim_all(proof, of_one_that_waits(after, one, after.begun, address))
        proof.claim("what comes to wait is behind the front one", after.front.rank < one.rank)
    claim_all(proof, at_a_turn(after, address))


def before_the_loop(package: Package, proof: Proof) -> None:
    """The first window is in front."""
    address, window = any_address(proof), any_ranked(proof, "window")
    nothing = State(
        window, 0, 0, nothing_said(window.range), 0, Shown(False, window), False, window, False
    )
    heap = Heap((), ())
    windows = (as_window(package, window),)
    state, _ = run(package, proof, windows, heap, package.sweep.NOTHING_YET, nothing, address)
    claim_after_a_turn(proof, state, window, heap, address)


def in_the_loop(package: Package, proof: Proof, is_last: bool) -> None:
    """A window comes, no earlier than the last: until something that waits is to be taken.

    The last is a window behind all addresses.
    """
    address, window, state = any_address(proof), any_ranked(proof, "window"), any_state(proof)
    is_any = proof.boolean("anything waits")
    assume_all(proof, at_a_turn(state, address))
    proof.assume(window.range.start >= state.begun)
    proof.assume(implies(any_of(state.waits, state.other_waits), is_any))
    for one in (state.front, state.shown.window, state.other):
        proof.assume(window.rank != one.rank)
    proof.assume(implies(state.other_waits, state.other.rank != state.front.rank))
    go_on(package, proof, state, window, Heap((is_any,), ()), address, is_last)


def from_one_pop_on(package: Package, proof: Proof, is_last: bool) -> None:
    """There is no front one, and something waits: until the next pop."""
    address, window, state = any_address(proof), any_ranked(proof, "window"), any_state(proof)
    popped = any_ranked(proof, "popped")
    are_more = proof.boolean("more waits")
    shown = state.shown
    is_shown = all_of(shown.is_any, popped.rank == shown.window.rank)
    assume_all(proof, at_a_pop(state, address))
    assume_all(proof, of_one_that_waits(state, popped, state.cursor, address))
    proof.assume(
        implies(is_shown, all_of(state.waits, same_range(popped.range, shown.window.range)))
    )
    proof.assume(implies(state.waits, popped.rank <= shown.window.rank))
    proof.assume(implies(state.other_waits, popped.rank < state.other.rank))
    waits = all_of(state.waits, negation(is_shown))
    proof.assume(implies(any_of(waits, state.other_waits), are_more))
    proof.assume(
        all_of(
            end_of(state.front.range) <= state.cursor, is_last or state.cursor <= window.range.start
        )
    )
    for one in (popped, shown.window, state.other):
        proof.assume(window.rank != one.rank)
    heap = Heap((True, are_more), (as_item(package, popped),))
    go_on(package, proof, state._replace(waits=waits), window, heap, address, is_last)


def as_item(package: Package, one: Ranked) -> Any:
    """A window as it waits."""
    return (one.rank, end_of(one.range), as_window(package, one))


def go_on(
    package: Package,
    proof: Proof,
    state: State,
    window: Ranked,
    heap: Heap,
    address: int,
    is_last: bool,
) -> None:
    """Run the loop on one window, and claim the invariant of where it comes to."""
    front = as_window(package, state.front)
    at = package.sweep.Front(front, front[1], front[2], state.cursor)
    windows = package.sweep.AFTER_ALL if is_last else (as_window(package, window),)
    after, new = run(package, proof, windows, heap, at, state, address)
    if new is None:
        proof.claim("nothing comes to wait while others are taken", not heap.pushed)
        proof.claim(
            "no address of the window is passed", is_last or after.cursor <= window.range.start
        )
        claim_all(proof, at_a_pop(after, address))
    elif is_last:
        said = shown_meaning(after.shown, address)
        proof.claim("in the end the ranges say what the model shows", agree(after.told, said))
    else:
        claim_after_a_turn(proof, after, window, heap, address)


TURNS = Theorem(
    name="the_sweep_shows_at_every_address_what_the_model_lays_there_first",
    statement=(
        "For any number of windows, sorted by where they begin, the ranges that impl's sweep makes "
        "are in order and say at an arbitrary address what the model's `fill` shows there when it "
        "lays the windows by their ranks: the same region, offset, dirty mask and flags."
    ),
    rules=("P2", "R4", "R5", "R6"),
    assumptions=(
        NO_TWO_RANKS,
        HEAP,
        "`sweep_on` for many windows does what it does for one after the other from the state that "
        "it gave before; a turn of its inner loop does not depend on the turns before that. What "
        "the model shows at one address depends on what it showed there, and on the window laid: "
        "proved of `fill`.",
        "Windows are not empty and lie inside the address space.",
    ),
    limits=Limits(resource_units=2_600_000, paths=480),
    obligations=(
        Obligation("the first window", before_the_loop),
        *(
            Obligation(f"{name}, {which}", partial(body, is_last=is_last))
            for name, body in (("to a pop", in_the_loop), ("from a pop on", from_one_pop_on))
            for which, is_last in (("any window", False), ("the last window", True))
        ),
    ),
    teeth=(
        bugs.HIDDEN_NEVER_COMES_BACK,
        bugs.WHAT_ENDED_COMES_BACK,
        bugs.COVERED_COMES_BACK_NEVER,
        bugs.LATER_IS_IN_FRONT,
        bugs.OFFSET_BY_THE_ADDRESS,
        bugs.COVERED_IS_LOST,
        bugs.WAITS_UNTIL_THE_NEXT_ENDS,
        bugs.CURSOR_STAYS,
    ),
    package="impl",
)

THEOREMS = (TURNS,)
