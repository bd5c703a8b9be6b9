"""Living: what every step of any thread leaves true of views, address spaces and readers.

The proof is an induction over schedules: the invariant holds initially, and each step that can be
taken in a state that satisfies it leads to another such state. The model's own steps are taken, and
the invariant is the model's own, asked of each part of the state that a clause speaks of.
"""

from functools import partial
from typing import Any

from model.lifecycle import Lifecycle
from model.rcu import Reader
from proofs.lifecycle_steps import (
    RCU_STEPS,
    READERS_STEPS,
    WRITERS_STEPS,
    Step,
    moves_left,
    seen_by,
)
from proofs.lifecycles import OTHER, OTHER_VIEW, SPACE, THREADS, Machine
from proofs.proof import Limits, Proof, claim_all
from proofs.questions import answer
from proofs.symbolic import all_of, implies, negation
from proofs.theorem import Obligation, Package, Theorem
from proofs.theorems import bugs_in_lifecycle as bugs


def taking(package: Package, proof: Proof, step: Step) -> None:
    """A step is taken in any state that satisfies the invariant."""
    machine = Machine(package, proof, step.first)
    machine.assume()
    if step.is_orderly is not None:
        proof.assume(step.is_orderly(machine))
    is_possible = step.is_possible(machine)
    state = seen_by(step, machine)
    try:
        after = getattr(package.lifecycle_steps, step.name)(state, *step.arguments)
    except package.rcu.LifecycleError:
        proof.claim("only what cannot be done is refused", negation(is_possible))
        return
    except package.lifecycle.LifecycleAbort:
        has_listeners = step.first == SPACE and machine.spaces[SPACE].listeners > 0
        proof.claim("nothing aborts but a destroyed space with listeners", has_listeners)
        return
    proof.claim("what cannot be done is refused", is_possible)
    claim_all(proof, machine.clauses(after))
    claim_all(proof, history(machine, after))
    claim_all(proof, waiting_is_not_put_off(machine, after))


def history(machine: Machine, after: Lifecycle) -> dict[str, bool]:
    """What a step leaves of the past, and how it may free a view."""

    def keeps_right(serial: int) -> bool:
        before = machine.is_protected(machine.state, OTHER, serial)
        return implies(before, machine.is_protected(after, OTHER, serial))

    is_freed_now = {
        serial: all_of(after.views[serial].freed, negation(view.freed))
        for serial, view in machine.views.items()
    }
    return {
        "from 0 references nothing comes back": all_of(
            *(
                implies(view.references.ref == 0, after.views[serial].references.ref == 0)
                for serial, view in machine.views.items()
            )
        ),
        "what is freed stays so": all_of(
            *(
                implies(view.freed, after.views[serial].freed)
                for serial, view in machine.views.items()
            )
        ),
        "a view is freed only by its callback, after its last reference and a grace period": all_of(
            *(
                implies(is_freed_now[serial], may_be_freed(machine, serial))
                for serial in machine.views
            )
        ),
        "what protects a view for a thread lasts until it acts itself": all_of(
            *(keeps_right(serial) for serial in machine.views)
        ),
    }


def _has_loaded(reader: Reader, serial: int) -> bool:
    return serial in reader.loaded


def may_be_freed(machine: Machine, serial: int) -> bool:
    """Whether nobody has a view, and whoever is inside came after its destruction was queued."""
    first = machine.first
    if first is None or first.view != serial:
        return False
    outside = []
    for thread in THREADS:
        reader = machine.readers[thread]
        has_it = answer(machine.proof, partial(_has_loaded, reader, serial))
        came_later = all_of(reader.entered > first.queued, negation(has_it))
        outside.append(implies(reader.nesting > 0, came_later))
    return all_of(machine.views[serial].references.ref == 0, first.queued < machine.ended, *outside)


def waiting_is_not_put_off(machine: Machine, after: Lifecycle) -> dict[str, bool]:
    """What waits keeps its place, and has no more grace periods before it than it had."""
    before: tuple[Any, ...] = machine.state.rcu.callbacks
    left = before if after.rcu.callbacks[:1] == before[:1] else before[1:]
    places = zip(left, after.rcu.callbacks, strict=False)
    queued = machine.others.queued[OTHER_VIEW]
    return {
        "all that waits but the first keeps its place": (
            len(after.rcu.callbacks) >= len(left) and all(a is b for a, b in places)
        ),
        "no step puts off what waits": (
            moves_left(after.rcu, queued) <= moves_left(machine.state.rcu, queued)
        ),
    }


def beginning(package: Package, proof: Proof) -> None:
    """Before anything is made, there is the empty view, and threads outside of all sections."""
    state = package.lifecycle.initial(THREADS)
    broken = package.lifecycle_invariant.invariant(state)
    proof.claim("the invariant holds", broken == [])
    proof.claim("nothing is wrong", state.faults == ())


def obligations(steps: tuple[Step, ...]) -> tuple[Obligation, ...]:
    """One for each step."""
    return tuple(
        Obligation(
            f"{step.name}{step.arguments}" + (f" for the {step.first}" if step.first else ""),
            partial(taking, step=step),
        )
        for step in steps
    )


LOCALITY = (
    "The invariant is a conjunction of clauses, each about one thread, view, address space or "
    "callback, or one of two of these kinds; and a step reads and replaces at most one of each by "
    "name. So of collections of any size those suffice that a step acts on (the empty view and "
    "another), and others that a clause may speak of: two threads, three views, two spaces. Code "
    "that asks for all of a collection is refused, but where end_grace_period asks each reader: "
    "more of them can only hold it up more.",
    "Who else holds a view, what else a thread has loaded and which other callbacks wait are any "
    "numbers of others; a callback's order among others is that in which they were queued.",
    "Only what has been made is named, and no name is used twice. Regions have no owner here; "
    "steps on owners and regions change nothing that these clauses speak of.",
    "A step is one of those of `lifecycle_steps`, and happens at a stroke. (Tests run small "
    "programs in all their interleavings, and random schedules, against the whole invariant.)",
)

READERS = Theorem(
    name="no_step_of_any_reader_lets_a_view_be_freed_that_another_may_still_use",
    statement=(
        "With any number of threads, views and address spaces, each step that a reader can take "
        "where the invariant holds keeps it: counts are the numbers of holders, what is published "
        "has a reference, what is at 0 waits to be destroyed once, and whoever may still use it "
        "entered before that was queued. Nothing comes back from 0, and what protects a view for "
        "another thread still does."
    ),
    rules=("P14", "L1", "L2", "L3", "L5"),
    assumptions=LOCALITY,
    limits=Limits(resource_units=2_400_000, paths=130),
    obligations=(Obligation("initially", beginning), *obligations(READERS_STEPS)),
    teeth=(
        bugs.DEAD_VIEW_REVIVED,
        bugs.DROPPED_BUT_COUNTED,
        bugs.DROPPED_BY_ANYONE,
        bugs.FREED_WITHOUT_GRACE_PERIOD,
        bugs.NESTED_ENTERS_ANEW,
        bugs.LOADED_SURVIVES_THE_SECTION,
        bugs.LOADED_OUTSIDE,
        bugs.QUEUED_IN_THE_PAST,
    ),
)

WRITER = Theorem(
    name="no_step_of_the_writer_lets_a_view_be_freed_that_a_reader_may_still_use",
    statement=(
        "With any number of threads, views and address spaces, each step that a thread can take "
        "under the big lock where the invariant holds keeps it, if a view is published only with "
        "a reference for it and a space drops no reference to what it publishes. Nothing comes "
        "back from 0, and what protects a view for another thread still does."
    ),
    rules=("P14", "L1", "L2", "L6"),
    assumptions=(
        *LOCALITY,
        "A caller publishes only where `may_publish` holds and drops a space's reference only "
        "where `may_unref_for_space` does, as L6's order of a commit has it.",
    ),
    limits=Limits(resource_units=3_000_000, paths=170),
    obligations=obligations(WRITERS_STEPS),
    teeth=(
        bugs.ANYONE_MAY_WRITE,
        bugs.DESTROYED_SPACE_PUBLISHES,
        bugs.SPACE_FREED_AT_ONCE,
        bugs.SPACE_STAYS_LINKED,
        bugs.MADE_WITHOUT_REFERENCE,
        bugs.UNREF_OF_THE_TABLES,
        bugs.TAKEN_BUT_NOT_COUNTED,
        bugs.NEVER_QUEUED,
    ),
)

RCU = Theorem(
    name="a_view_is_freed_only_after_its_last_reference_and_a_grace_period",
    statement=(
        "With any number of readers, the RCU thread frees a view only when it has no reference and "
        "every thread in a read section entered it after the view's destruction was queued and has "
        "not loaded the view; each of its steps keeps the invariant, can be taken whenever no "
        "reader from before holds it up, and aborts only for a destroyed space with listeners."
    ),
    rules=("P14", "L2", "L3", "L6"),
    assumptions=LOCALITY,
    limits=Limits(resource_units=1_300_000, paths=130),
    obligations=obligations(RCU_STEPS),
    teeth=(
        bugs.WAITS_FOR_NOBODY,
        bugs.WAITS_FOR_LATER_READERS,
        bugs.RUNS_A_PERIOD_EARLY,
        bugs.CALLBACK_RUNS_AGAIN,
        bugs.PERIOD_BEGINS_AND_ENDS,
        bugs.PERIOD_BEGINS_IN_ANOTHER,
        bugs.FREED_SPACE_NOT_MARKED,
        bugs.DESTROYED_VIEW_NOT_MARKED,
        bugs.SPACE_DESTROYS_ITS_VIEW,
    ),
)

THEOREMS = (READERS, WRITER, RCU)
