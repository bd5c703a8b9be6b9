"""Ending: every view that nobody has any more is freed.

The proof is by a measure of what stands between a view and its end: first its references; when
there are none, the callbacks queued before its own, and how often a grace period must still begin
or end until its own may run. What the RCU thread does next makes it smaller, no step of anyone
makes it greater, and only what the RCU thread waits for can keep it from going on.
"""

from functools import partial
from typing import Any, cast

from model.lifecycle import Lifecycle
from proofs.lifecycle_steps import moves_left
from proofs.lifecycles import (
    ACTOR,
    NOBODY,
    OTHER_VIEW,
    SPACE,
    VIEW,
    Everyone,
    Machine,
    with_plain_view,
)
from proofs.proof import Limits, Proof
from proofs.symbolic import all_of, choose, implies, negation
from proofs.theorem import Obligation, Package, Theorem
from proofs.theorems import bugs_in_lifecycle as bugs
from proofs.theorems.living import LOCALITY, RCU, READERS, WRITER


def proceeding(package: Package, proof: Proof, first: int | str) -> None:
    """The RCU thread takes its next step, when what it may have to wait for has happened.

    The view in question is the one whose callback is first, or another behind that.
    """
    machine = Machine(package, proof, first)
    machine.assume()
    is_first = first == VIEW
    before_it = 0 if is_first else proof.integer("callbacks before it", 1)
    proof.assume(machine.others.waits[OTHER_VIEW])
    proof.assume(machine.bql == NOBODY)
    proof.assume(machine.spaces[SPACE].listeners == 0)
    for reader in machine.readers.values():
        proof.assume(implies(reader.nesting > 0, reader.entered == machine.epoch))
    assert machine.first is not None
    queued = machine.first.queued if is_first else machine.others.queued[OTHER_VIEW]
    left = before_it + moves_left(machine.state.rcu, queued)

    state = plain(machine)
    action = package.lifecycle_programs.rcu_action(state)
    proof.show("action", str(action))
    if action is None:
        proof.claim("there is something to do", False)
        return
    try:
        after = package.lifecycle.step(state, action)
    except (package.rcu.LifecycleError, package.lifecycle.LifecycleAbort):
        proof.claim("it can be done, and nothing aborts", False)
        return
    has_run = len(after.rcu.callbacks) == 0 or after.rcu.callbacks[0] is not machine.first
    if is_first and has_run:
        proof.claim("its callback frees the view", after.views[VIEW].freed)
        proof.claim("there was nothing left to wait for", left == 0)
        return
    now_before_it = before_it - 1 if has_run else before_it
    now_left = now_before_it + moves_left(after.rcu, queued)
    proof.claim("less is left", now_left < left)
    proof.claim("never less than nothing", now_left >= 0)


def plain(machine: Machine) -> Lifecycle:
    """The state for a step of the RCU thread; this forks."""
    state = machine.state
    space = with_plain_view(machine.spaces[SPACE])
    return state._replace(
        bql=None,
        rcu=state.rcu._replace(readers=cast(Any, machine.readers)),
        spaces=Everyone({**machine.spaces, SPACE: space}),
    )


def held_up_by(machine: Machine, state: Lifecycle) -> int:
    """How many of its sections a reader has still to leave for the grace period to end."""
    reader: Any = state.rcu.readers[ACTOR]  # type: ignore[index]
    must_leave = all_of(reader.nesting > 0, reader.entered < machine.epoch)
    number: int = choose(must_leave, reader.nesting, 0)
    return number


def being_waited_for(package: Package, proof: Proof, step: str) -> None:
    """A reader enters or leaves a section during a grace period."""
    machine = Machine(package, proof)
    machine.assume()
    proof.assume(machine.epoch > machine.ended)
    before = held_up_by(machine, machine.state)
    nesting = machine.readers[ACTOR].nesting
    try:
        state = getattr(package.lifecycle_steps, step)(machine.state, ACTOR)
    except package.rcu.LifecycleError:
        proof.claim(
            "only who is inside none cannot leave", all_of(step == "leave_rcu", before == 0)
        )
        return
    after = held_up_by(machine, state)
    proof.show("sections to leave", (before, after))
    if step == "leave_rcu":
        proof.claim("who is waited for comes nearer", implies(before > 0, after == before - 1))
        proof.claim("who is not is not waited for then", implies(before == 0, after == 0))
    proof.claim("who comes from outside is not waited for", implies(nesting == 0, after == 0))


def letting_go(package: Package, proof: Proof, step: str) -> None:
    """A reference is dropped; whether it was the last is open."""
    machine = Machine(package, proof)
    machine.assume()
    holders: dict[str, tuple[str, int | str]] = {
        "unref_view": ("THREAD", ACTOR),
        "drop_from_table": ("TABLE", ""),
        "unref_for_space": ("SPACE", SPACE),
    }
    kind, name = holders[step]
    held = machine.views[VIEW].references.holders.count(machine.holder(kind, name))
    proof.assume(held > 0)
    proof.assume(machine.bql == ACTOR)
    proof.assume(machine.spaces[SPACE].linked)
    arguments = (ACTOR, SPACE, VIEW) if step == "unref_for_space" else (ACTOR, VIEW)
    after = getattr(package.lifecycle_steps, step)(machine.state, *arguments)
    before, ref = machine.views[VIEW].references.ref, after.views[VIEW].references.ref
    proof.show("references", (before, ref))
    proof.claim("there is one less", ref == before - 1)
    queued = after.rcu.callbacks[1:]
    proof.claim(
        "the last has the view destroyed, and no other has",
        (ref == 0) == (tuple((one.view, one.space) for one in queued) == ((VIEW, None),)),
    )
    proof.claim("it is not freed yet", negation(after.views[VIEW].freed))


ENDS = Theorem(
    name="every_view_without_references_is_freed_once_readers_from_before_have_left",
    statement=(
        "With any number of callbacks, readers and views, each next step of the RCU thread leaves "
        "fewer callbacks and grace periods before a view's destruction, until it frees the view; "
        "it can always be taken, once the readers from before the grace period have left, who can "
        "always leave and whom nobody joins; and the last reference dropped, and no other, has "
        "the view queued."
    ),
    rules=("P14", "L2", "L3", "L6"),
    assumptions=(
        "Fairness: threads leave their read sections and release the big lock, the RCU thread "
        "goes on when it can, and spaces are destroyed without listeners.",
        "References are taken only from a view that has some, and given back by those who have "
        "them: until then it is not unreferenced, and is not freed.",
        "Every state satisfies the invariant, and no step of anyone puts off what waits, as the "
        f"theorems {READERS.name}, {WRITER.name} and {RCU.name} say.",
        *LOCALITY[:2],
    ),
    limits=Limits(resource_units=1_200_000, paths=160),
    obligations=(
        *(
            Obligation(f"the RCU thread, the {first} first", partial(proceeding, first=first))
            for first in (VIEW, SPACE)
        ),
        *(
            Obligation(f"a reader: {step}", partial(being_waited_for, step=step))
            for step in ("enter_rcu", "leave_rcu")
        ),
        *(
            Obligation(f"a reference: {step}", partial(letting_go, step=step))
            for step in ("unref_view", "drop_from_table", "unref_for_space")
        ),
    ),
    teeth=(
        bugs.PERIODS_BEFORE_CALLBACKS,
        bugs.READY_CALLBACKS_WAIT,
        bugs.PERIOD_NEVER_ENDS,
        bugs.CALLBACK_RUNS_AGAIN,
        bugs.WAITS_FOR_LATER_READERS,
        bugs.LATER_READERS_KEEP_THEIR_EPOCH,
        bugs.LEAVES_NEVER,
        bugs.NEVER_QUEUED,
        bugs.QUEUED_WITH_ONE_REFERENCE,
        bugs.DESTROYED_VIEW_NOT_MARKED,
    ),
)

THEOREMS = (ENDS,)
