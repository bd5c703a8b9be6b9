"""The depth-first search through a small scope: every sequence of a few operations, from one scene.

All sequences of up to so many operations of an alphabet are carried out on both sides, in every
grouping of neighbours into transactions. After each operation all that can be seen is compared;
where a view is published, at every address there is.

An operation that both sides reject, or that changes nothing on either, leads back to the state it
was tried in: for the implementation, that is looked at object by object. So sequences with such an
operation are those without it, and are not run again. Nothing follows an abort of QEMU.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from fuzz.format import format_operation
from fuzz.mutation import Mutation
from fuzz.operations import Begin, Commit, Operation
from fuzz.scenario import ABORTS, REJECTED
from fuzz.small_scope_pair import Counts, Differs, Pair, Position
from fuzz.small_scope_scenes import Grid, Scene, alphabet
from fuzz.small_scope_world import World


class Scope(NamedTuple):
    """What is enumerated: all sequences of up to `operations` operations, each from a grid."""

    world: World
    operations: int
    grid: Grid


class Task(NamedTuple):
    """A part of a scope: the sequences from one scene that begin with some operations."""

    scope: Scope
    scene: Scene
    first: int
    last: int
    mutation: Mutation | None = None


class Finding(NamedTuple):
    """A sequence after which the two sides differ, from the making of the first region on."""

    world: World
    operations: tuple[Operation, ...]
    what: str
    expected: str
    shown: str

    def to_json(self) -> dict[str, Any]:
        """The finding as plain data."""
        return {
            "operations": [format_operation(operation) for operation in self.operations],
            "what": self.what,
            "model": self.expected,
            "shown": self.shown,
        }


class Result(NamedTuple):
    """What a task came to."""

    task: Task
    counts: Counts
    finding: Finding | None = None


class Search:
    """The depth-first search of one task."""

    def __init__(self, task: Task) -> None:
        world = task.scope.world
        self.task = task
        self.pair = Pair(world, task.mutation)
        self.letters = alphabet(task.scene, task.scope.grid, world)
        self.path: list[Operation] = []

    def run(self) -> Result:
        """Search; the counts, and the first difference if there is one."""
        pair, finding = self.pair, None
        try:
            for operation in self.task.scene.setup:
                self.path.append(operation)
                self.take(operation)
            self.settled(self.task.scope.operations, self.letters[self.task.first : self.task.last])
        except Differs as error:
            finding = Finding(
                self.task.scope.world,
                tuple(self.path),
                error.what,
                repr(error.expected),
                repr(error.shown),
            )
        return Result(self.task, Counts(**pair.counts), finding)

    def take(self, operation: Operation) -> tuple[str, ...]:
        """Carry out an operation on both sides, and compare."""
        return self.pair.apply(operation)

    def settled(self, left: int, letters: Sequence[Operation]) -> None:
        """Go on with up to so many operations where no transaction is open; ends where it began."""
        back = self.pair.checkpoint()
        for letter in letters:
            self.path.append(letter)
            if self.leads_on(letter, back, left > 1):
                self.pair.counts["runs"] += 1
                if left > 1:
                    self.settled(left - 1, self.letters)
            back.restore()
            self.path.pop()
        if left > 1:
            self.path.append(Begin())
            self.take(Begin())
            self.opened(left, 0, letters)
            back.restore()
            self.path.pop()

    def opened(self, left: int, inside: int, letters: Sequence[Operation]) -> None:
        """The same in a transaction with so many operations inside: it goes on, or ends after two.

        One operation in a transaction of its own is what it does anyhow.
        """
        back = self.pair.checkpoint()
        for letter in letters:
            self.path.append(letter)
            if self.leads_on(letter, back, True):
                if left > 1:
                    self.opened(left - 1, inside + 1, self.letters)
                if inside:
                    self.end_transaction(left)
            back.restore()
            self.path.pop()

    def end_transaction(self, left: int) -> None:
        """Commit, and go on from there."""
        self.path.append(Commit())
        outcome = self.take(Commit())
        self.pair.counts["runs"] += 1
        if outcome == ABORTS:
            self.pair.counts["aborted"] += 1
        elif left > 1:
            self.settled(left - 1, self.letters)
        self.path.pop()

    def leads_on(self, letter: Operation, before: Position, is_followed: bool) -> bool:
        """Carry out an operation; whether it leads to another state, from which to go on.

        That it does not is looked at in the whole implementation only where something would follow.
        """
        outcome, counts = self.take(letter), self.pair.counts
        if outcome == ABORTS:
            counts["aborted"] += 1
            return False
        if self.pair.topology != before.topology or (is_followed and not before.is_current):
            return True
        counts["rejected" if outcome == REJECTED else "ignored"] += 1
        return False
