"""Counting: impl's references, which each thread counts for itself, are together the model's count.

A view is referred to by the writer, by one reader, and by others, of which only the sum counts.
"""

from functools import partial
from types import SimpleNamespace
from typing import Any, NamedTuple

from model.references import Holder, HolderKind, References, drop, take
from proofs.proof import Limits, Proof
from proofs.refinement import Refinement
from proofs.theorem import Package, Theorem
from proofs.theorems import bugs_in_impl_listeners as bugs

WRITER, READER = Holder(HolderKind.TABLE), Holder(HolderKind.THREAD, "reader")


class Counts(NamedTuple):
    """How many references the writer has, the reader, and all other readers together."""

    writer: int
    reader: int
    others: int

    @property
    def references(self) -> References:
        """The same as the model counts them; it asks of holders only whether they are there."""
        return References(self.writer + self.reader + self.others, (WRITER, READER))


class Counted(NamedTuple):
    """How many references there are, and whether that of this step was one of them."""

    references: int
    is_given: bool


class Left(NamedTuple):
    """How many references there are after a drop, and whether the view waits to be destroyed."""

    references: int
    waits: bool


def any_counts(proof: Proof, writer: int = 0, reader: int = 0) -> Counts:
    """An input: any counts, of the writer and the reader at least so many."""
    return Counts(
        proof.integer("writer", writer), proof.integer("reader", reader), proof.integer("others", 0)
    )


class Machine(NamedTuple):
    """Impl's counters: those of the writer and of the reader, and the view that is counted."""

    lifetimes: Any
    reader: Any
    view: Any

    def references(self) -> int:
        """How many references impl counts together."""
        count: int = self.lifetimes.references_of(self.view)
        return count

    def left(self) -> Left:
        """What a drop has left."""
        return Left(self.references(), len(self.lifetimes._handed_over) == 1)


def machine_of(package: Package, given: Counts) -> Machine:
    """Counters that have come to these counts; a thread does not keep a count of 0."""
    lifetimes = package.lifecycle.Lifetimes(package.view.FlatView(None, (), 0), 12)
    view = package.view.FlatView(SimpleNamespace(), (), 1)
    view.references = given.writer
    reader, other = lifetimes.create_reader("reader"), lifetimes.create_reader("other")
    for thread, count in ((reader, given.reader), (other, given.others)):
        if count > 0:
            thread.held[view] = count
    reader.seen.add(view)
    return Machine(lifetimes, reader, view)


def taken_in_model(given: Counts) -> Counted:
    """Run the model."""
    before = given.references
    after = take(before, READER)
    return Counted(after.ref, after is not before)


def taken_in_impl(package: Package, given: Counts) -> Counted:
    """Run impl: the reader tries to take a reference."""
    machine = machine_of(package, given)
    is_given = machine.reader.try_reference(machine.view)
    return Counted(machine.references(), is_given)


def dropped_in_model(given: Counts, holder: Holder) -> Left:
    """Run the model; what has no reference is destroyed after a grace period."""
    after = drop(given.references, holder)
    return Left(after.ref, after.ref == 0)


def dropped_in_impl(package: Package, given: Counts, holder: Holder) -> Left:
    """Run impl: the reader, or the writer, drops a reference."""
    machine = machine_of(package, given)
    if holder is READER:
        machine.reader.unreference(machine.view)
    else:
        machine.lifetimes.drop(machine.view)
    return machine.left()


def published_in_model(given: Counts) -> Left:
    """Run the model: a space takes the new view, and drops one that has no other reference."""
    return Left(take(given.references, WRITER).ref, True)


def published_in_impl(package: Package, given: Counts) -> Left:
    """Run impl: the new view is the one that is counted."""
    machine = machine_of(package, given)
    old = package.view.FlatView(SimpleNamespace(), (), 2)
    old.references = 1
    space = SimpleNamespace(view=old)
    machine.lifetimes.publish(space, machine.view)
    handed_over = list(machine.lifetimes._handed_over)
    return Left(machine.references(), space.view is machine.view and handed_over == [old])


def are_counted_alike(given: object, expected: Any, done: Any) -> dict[str, bool]:
    """The relation of counts."""
    return {
        "there are as many references": expected.references == done.references,
        "the outcome is the same": expected[1] == done[1],
    }


def dropping(holder: Holder, writer: int, reader: int) -> Refinement[Counts, Left, Left]:
    """Drop a reference, of which the holder has one at least."""
    return Refinement(
        inputs=partial(any_counts, writer=writer, reader=reader),
        specification=partial(dropped_in_model, holder=holder),
        implementation=partial(dropped_in_impl, holder=holder),
        relation=are_counted_alike,
    )


TAKING = Refinement(
    inputs=any_counts,
    specification=taken_in_model,
    implementation=taken_in_impl,
    relation=are_counted_alike,
)

PUBLISHING = Refinement(
    inputs=partial(any_counts, writer=1),
    specification=published_in_model,
    implementation=published_in_impl,
    relation=are_counted_alike,
)

COUNT = Theorem(
    name="impl_counts_over_all_threads_the_references_that_the_model_counts_in_one_place",
    statement=(
        "Whatever the writer and any number of readers have of a view's references, a reader "
        "takes one exactly if the model's `take` gives it, and after a take, a drop or a "
        "publication they have together as many as the model counts; the drop that leaves none, "
        "and no other, hands the view over to be destroyed."
    ),
    rules=("L1", "L2", "L6"),
    assumptions=(
        "Nothing else happens during a step: threads that count at the same time are not spoken "
        "of. A thread has counted no views but this one.",
        "Of other readers, only the sum of their counts matters: one stands for all.",
        "Whoever drops a reference has one.",
    ),
    limits=Limits(resource_units=77_000, paths=110),
    obligations=(
        TAKING.obligation("a reader takes one"),
        dropping(READER, writer=0, reader=1).obligation("a reader drops one"),
        dropping(WRITER, writer=1, reader=0).obligation("the writer drops one"),
        PUBLISHING.obligation("a space publishes it"),
    ),
    teeth=(
        bugs.DEAD_VIEWS_COME_BACK,
        bugs.READERS_DO_NOT_COUNT,
        bugs.LAST_IS_NOT_NOTICED,
        bugs.TAKEN_TWICE,
        bugs.WRITERS_DROP_HANDS_OVER,
        bugs.NEW_VIEW_IS_NOT_COUNTED,
    ),
    package="impl",
)

THEOREMS = (COUNT,)
