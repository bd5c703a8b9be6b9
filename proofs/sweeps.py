"""The words that theorems about impl's sweep over windows are stated in.

A state of the sweep is one between two turns of its loops. It has what is made so far as what is
said of one arbitrary address, and what waits as any one of it, and the one that is shown there.
"""

import sys
from typing import Any, NamedTuple

from model.address_range import ADDRESS_SPACE_SIZE
from model.view import FlatRange, fill, lookup
from proofs.proof import Proof
from proofs.ranges import (
    Meaning,
    agree,
    any_meaning,
    any_range,
    end_of,
    meaning_of,
    same_range,
)
from proofs.refinement import MODEL
from proofs.symbolic import all_of, any_of, implies, negation
from proofs.theorem import Package


class Ranked(NamedTuple):
    """A window, as the range that it would be if nothing lay in front, and its rank."""

    range: FlatRange
    rank: int

    def has(self, address: int) -> bool:
        """Whether it has an address."""
        return all_of(self.range.start <= address, address < end_of(self.range))


def any_ranked(proof: Proof, name: str) -> Ranked:
    """An input: any window that is not empty."""
    range_ = any_range(MODEL, proof, name)
    proof.assume(range_.size > 0)
    return Ranked(range_, proof.integer(f"{name}.rank"))


def as_window(package: Package, ranked: Ranked) -> tuple[Any, ...]:
    """The same as impl has it."""
    range_ = ranked.range
    flags = package.flags.RangeFlags(*range_[4:])
    base = range_.start - range_.offset
    return (range_.start, ranked.rank, end_of(range_), range_.region, base, flags)


def ranked(window: tuple[Any, ...]) -> Ranked:
    """A window of impl's."""
    start, rank, end, region, base, flags = window
    return Ranked(FlatRange(region, start - base, start, end - start, *flags), rank)


class Shown(NamedTuple):
    """Which of the windows seen so far the model shows at the address, if any has it."""

    is_any: bool
    window: Ranked


def shown_by_model(shown: Shown, window: Ranked, address: int) -> FlatRange | None:
    """What the model's view shows there once another window is laid in its turn.

    Of what was shown, the one byte counts.
    """
    if not shown.is_any:
        return lookup(fill((), window.range), address)
    before = shown.window.range
    offset = before.offset + (address - before.start)
    byte = before._replace(start=address, size=1, offset=offset)
    in_turn = (window.range, byte) if window.rank < shown.window.rank else (byte, window.range)
    return lookup(fill(fill((), in_turn[0]), in_turn[1]), address)


class AtAPop(Exception):
    """The loop is about to take what waits, once more than is looked at."""

    def __init__(self, cursor: int) -> None:
        super().__init__()
        self.cursor = cursor


class Heap:
    """What waits: any number of windows, of which those in `popped` come out first."""

    def __init__(self, is_any: tuple[bool, ...], popped: tuple[Any, ...]) -> None:
        self.is_any = iter(is_any)
        self.popped = list(popped)
        self.pushed: list[Any] = []

    def __bool__(self) -> bool:
        return bool(next(self.is_any))

    def push(self, heap: object, item: Any) -> None:
        """In place of `heapq.heappush`."""
        self.pushed.append(item)

    def pop(self, heap: object) -> Any:
        """In place of `heapq.heappop`. Raises AtAPop."""
        if not self.popped:
            raise AtAPop(sys._getframe(1).f_locals["cursor"])
        return self.popped.pop(0)


class State(NamedTuple):
    """Between two turns.

    `told` is what the ranges say that were made so far, the last of which ends at `end`. No window
    seen so far began after `begun`. `waits` says that the one shown is among those that wait.
    `other` is any other of them, if there is one.
    """

    front: Ranked
    cursor: int
    begun: int
    told: Meaning
    end: int
    shown: Shown
    waits: bool
    other: Ranked
    other_waits: bool


def any_state(proof: Proof) -> State:
    """An input: some state, not yet known to keep the invariant."""
    return State(
        any_ranked(proof, "front"),
        proof.integer("cursor", 0, ADDRESS_SPACE_SIZE),
        proof.integer("begun", 0, ADDRESS_SPACE_SIZE),
        any_meaning(MODEL, proof, "said by the ranges so far"),
        proof.integer("end", 0, ADDRESS_SPACE_SIZE),
        Shown(proof.boolean("any is shown"), any_ranked(proof, "shown")),
        proof.boolean("what is shown waits"),
        any_ranked(proof, "other"),
        proof.boolean("another waits"),
    )


def shown_meaning(shown: Shown, address: int) -> Meaning:
    """What the one shown says of the address."""
    meaning = meaning_of(shown.window.range, address)
    return meaning._replace(is_answered=all_of(shown.is_any, meaning.is_answered))


def between(state: State, address: int) -> dict[str, bool]:
    """The invariant of the address, wherever the loop is."""
    shown = state.shown.window
    return {
        "what is shown has the address": implies(state.shown.is_any, shown.has(address)),
        "ranges say nothing behind their end": all_of(
            state.end <= state.cursor, implies(state.told.is_answered, address < state.end)
        ),
        "before the cursor, the ranges say what the model shows": implies(
            address < state.cursor, agree(state.told, shown_meaning(state.shown, address))
        ),
    }


def of_one_that_waits(state: State, one: Ranked, latest: int, address: int) -> dict[str, bool]:
    """The invariant of each window that waits: it has begun, and is not in front of the one shown.

    `latest` is when the last of them can have begun.
    """
    is_live = all_of(state.cursor <= address, one.has(address))
    return {
        "what waits has begun": one.range.start <= latest,
        "what waits is not in front of what is shown": implies(
            is_live, all_of(state.shown.is_any, state.shown.window.rank <= one.rank)
        ),
    }


def at_a_turn(state: State, address: int) -> dict[str, bool]:
    """The invariant where the next window comes: the front one is what the model shows."""
    front, shown = state.front, state.shown
    is_ahead = all_of(state.cursor <= address, end_of(front.range) <= address)
    shows_front = all_of(state.cursor <= address, front.has(address))
    live = end_of(state.other.range) > state.cursor
    return {
        **between(state, address),
        "the front one has begun, and ends later": all_of(
            front.range.start <= state.cursor,
            state.cursor <= state.begun,
            state.begun < end_of(front.range),
        ),
        "the front one is what the model shows": implies(
            shows_front,
            all_of(
                shown.is_any,
                front.rank == shown.window.rank,
                same_range(front.range, shown.window.range),
            ),
        ),
        "what is shown behind the front one's end waits": implies(
            all_of(is_ahead, shown.is_any), state.waits
        ),
        "what is shown and waits has begun, behind the front one": implies(
            state.waits,
            all_of(
                shown.is_any,
                shown.window.range.start <= state.begun,
                front.rank < shown.window.rank,
            ),
        ),
        "what waits and has not ended is behind the front one": implies(
            state.other_waits, any_of(negation(live), front.rank < state.other.rank)
        ),
        **{
            claim: implies(state.other_waits, holds)
            for claim, holds in of_one_that_waits(state, state.other, state.begun, address).items()
        },
    }


def at_a_pop(state: State, address: int) -> dict[str, bool]:
    """The invariant where there is no front one, and the next that waits is taken."""
    shown = state.shown
    return {
        **between(state, address),
        "the last range has just ended": state.end == state.cursor,
        "what is shown later waits": implies(
            all_of(state.cursor <= address, shown.is_any), state.waits
        ),
        "what is shown and waits has begun": implies(
            state.waits, all_of(shown.is_any, shown.window.range.start <= state.cursor)
        ),
        **{
            claim: implies(state.other_waits, holds)
            for claim, holds in of_one_that_waits(state, state.other, state.cursor, address).items()
        },
    }
