"""Holding: what the invariant of the lifecycle gives a thread that keeps to what protects a view.

That the invariant holds in every state, and that what protects a view for a thread lasts until the
thread acts itself, is proved of each step in `living`. Here it is put to use: by single steps, and
by get_flatview, whose every step is proved to lead on to the next.
"""

from functools import partial

from model.lifecycle import Lifecycle
from model.lifecycle_programs import GetFlatview
from proofs.lifecycles import (
    ACTOR,
    EMPTY,
    NOTHING,
    SPACE,
    VIEW,
    Everyone,
    Machine,
    with_plain_view,
)
from proofs.proof import Limits, Proof
from proofs.questions import answer
from proofs.symbolic import all_of, any_of, implies, negation
from proofs.theorem import Obligation, Package, Theorem
from proofs.theorems import bugs_in_lifecycle as bugs
from proofs.theorems.living import LOCALITY, RCU, READERS, WRITER


def loaded(machine: Machine, state: Lifecycle, serial: int) -> bool:
    """Whether the thread loaded a view in the section that it is in."""
    reader = state.rcu.readers[ACTOR]  # type: ignore[index]
    return all_of(reader.nesting > 0, answer(machine.proof, lambda: serial in reader.loaded))


def count_of(machine: Machine, state: Lifecycle, serial: int) -> int:
    """How many references to a view the thread has."""
    return state.views[serial].references.holders.count(machine.holder("THREAD", ACTOR))


def is_live(state: Lifecycle, serial: int) -> bool:
    """Whether a view has references and is not freed."""
    view = state.views[serial]
    return all_of(view.references.ref > 0, negation(view.freed))


def has_right(machine: Machine, serial: int) -> bool:
    """Whether the rules let the thread use a view; does not use the code under proof."""
    held = machine.views[serial].references.holders
    under_lock = [
        held.counts[holder] > 0  # type: ignore[attr-defined]
        for holder in held.counts  # type: ignore[attr-defined]
        if holder.kind.name in ("TABLE", "SPACE")
    ]
    return any_of(
        loaded(machine, machine.state, serial),
        count_of(machine, machine.state, serial) > 0,
        all_of(machine.bql == ACTOR, any_of(*under_lock)),
        serial == EMPTY,
    )


def using(package: Package, proof: Proof, serial: int) -> None:
    """A thread looks something up in a view."""
    machine = Machine(package, proof)
    machine.assume()
    may_use = has_right(machine, serial)
    after = package.lifecycle_steps.use_view(machine.state, ACTOR, serial)
    proof.show("faults", tuple(fault.kind.value for fault in after.faults))
    proof.claim(
        "who keeps to the rules never finds it freed",
        implies(may_use, negation(machine.views[serial].freed)),
    )
    proof.claim("using it is a fault exactly for others", (after.faults == ()) == may_use)
    kinds = package.lifecycle.FaultKind
    is_after_free = any(fault.kind is kinds.VIEW_AFTER_FREE for fault in after.faults)
    proof.claim(
        "of their faults, those after it was freed are told apart",
        implies(len(after.faults) > 0, machine.views[serial].freed == is_after_free),
    )


def referring(package: Package, proof: Proof, serial: int) -> None:
    """A thread tries to take a reference, whether or not the rules let it."""
    machine = Machine(package, proof)
    machine.assume()
    before = machine.views[serial].references
    after = package.lifecycle_steps.ref_view(machine.state, ACTOR, serial)
    taken = count_of(machine, after, serial) - count_of(machine, machine.state, serial)
    proof.show("taken", taken)
    proof.claim(
        "a reference is taken exactly from a view that has one",
        any_of(all_of(taken == 1, before.ref > 0), all_of(taken == 0, before.ref == 0)),
    )
    proof.claim("what has one is not freed", implies(before.ref > 0, is_live(after, serial)))
    proof.claim("it is counted", after.views[serial].references.ref == before.ref + taken)


def loading(package: Package, proof: Proof) -> None:
    """A thread loads what an address space publishes."""
    machine = Machine(package, proof)
    machine.assume()
    space = with_plain_view(machine.spaces[SPACE])
    if space.current is None or space.freed:
        proof.claim("nothing is loaded", True if space.current is None else space.freed)
        return
    state = machine.state._replace(spaces=Everyone({**machine.spaces, SPACE: space}))
    after = package.lifecycle_steps.load_view(state, ACTOR, SPACE)
    serial = space.current
    proof.claim("what is published is live", is_live(after, serial))
    is_inside = machine.readers[ACTOR].nesting > 0
    proof.claim(
        "inside a section it may be used from then on",
        implies(is_inside, loaded(machine, after, serial)),
    )
    proof.claim("loading it is no fault", after.faults == ())


def a_call(package: Package, phase: str, view: int | None = None) -> GetFlatview:
    """A call of get_flatview in some phase."""
    programs = package.lifecycle_programs
    call: GetFlatview = programs.GetFlatview(ACTOR, SPACE, programs.Phase[phase], view)
    return call


def entering(package: Package, proof: Proof) -> None:
    """The call enters a read section."""
    machine = Machine(package, proof)
    machine.assume()
    after, call = package.lifecycle_programs.get_flatview_step(
        machine.state, a_call(package, "ENTER")
    )
    proof.claim("it loads next", call == a_call(package, "LOAD"))
    proof.claim("it is inside", after.rcu.readers[ACTOR].nesting > 0)


def finding(package: Package, proof: Proof) -> None:
    """The call loads the view, inside its section."""
    machine = Machine(package, proof)
    machine.assume()
    proof.assume(machine.readers[ACTOR].nesting > 0)
    proof.assume(negation(machine.spaces[SPACE].current == NOTHING))
    space = with_plain_view(machine.spaces[SPACE])
    state = machine.state._replace(spaces=Everyone({**machine.spaces, SPACE: space}))
    after, call = package.lifecycle_programs.get_flatview_step(state, a_call(package, "LOAD"))
    if call.view is None:
        proof.claim("only a space that was freed gives no view", space.freed)
        proof.claim("it leaves next", call == a_call(package, "LEAVE"))
        return
    proof.claim("it refers to what it loaded next", call == a_call(package, "REF", space.current))
    proof.claim("it may use it", loaded(machine, after, call.view))
    proof.claim("it is live when it is loaded", is_live(after, call.view))
    proof.claim("nothing is wrong", after.faults == ())


def trying(package: Package, proof: Proof, serial: int) -> None:
    """The call tries to refer to the view it loaded, which may have lost its last meanwhile."""
    machine = Machine(package, proof)
    machine.assume()
    proof.assume(loaded(machine, machine.state, serial))
    ref = machine.views[serial].references.ref
    after, call = package.lifecycle_programs.get_flatview_step(
        machine.state, a_call(package, "REF", serial)
    )
    proof.show("next", call.phase.name)
    proof.claim("nothing is wrong, and nothing freed is met", after.faults == ())
    if call == a_call(package, "LEAVE", serial):
        proof.claim("it leaves with a reference", count_of(machine, after, serial) > 0)
        proof.claim("to a view that is live", is_live(after, serial))
        proof.claim("which was so before", ref > 0)
        return
    proof.claim("else it loads again", call == a_call(package, "LOAD", serial))
    proof.claim("because there was no reference any more", ref == 0)


def leaving(package: Package, proof: Proof, serial: int) -> None:
    """The call leaves its section with its reference."""
    machine = Machine(package, proof)
    machine.assume()
    proof.assume(machine.readers[ACTOR].nesting > 0)
    proof.assume(count_of(machine, machine.state, serial) > 0)
    after, call = package.lifecycle_programs.get_flatview_step(
        machine.state, a_call(package, "LEAVE", serial)
    )
    proof.claim("it is done", call == a_call(package, "DONE", serial))
    proof.claim("it has its view", count_of(machine, after, serial) > 0)
    proof.claim("which is live", is_live(after, serial))
    nesting = machine.readers[ACTOR].nesting
    proof.claim("its section is left", after.rcu.readers[ACTOR].nesting == nesting - 1)
    try:
        package.lifecycle_programs.get_flatview_step(after, call)
        is_over = False
    except package.rcu.LifecycleError:
        is_over = True
    proof.claim("it does nothing more", is_over)


INVARIANT = (
    "Every state satisfies the invariant, and what protects a view for a thread lasts until it "
    f"acts itself, as the theorems {READERS.name}, {WRITER.name} and {RCU.name} say of each step.",
    *LOCALITY[:2],
)

USES = Theorem(
    name="no_thread_that_keeps_to_what_protects_a_view_ever_meets_a_freed_one",
    statement=(
        "With any number of threads, a view is not freed for a thread that loaded it in the "
        "section it is in, that has a reference to it, or that has the big lock while the table or "
        "a space has one; the model calls exactly every other use wrong. A try at a reference "
        "succeeds exactly on a view that has one, which is not freed; and what a space publishes "
        "is live."
    ),
    rules=("P14", "L2", "L3", "L5", "L6"),
    assumptions=INVARIANT,
    limits=Limits(resource_units=740_000, paths=95),
    obligations=(
        *(
            Obligation(f"{title} {serial}", partial(body, serial=serial))
            for title, body in (("using view", using), ("a try at a reference to view", referring))
            for serial in (VIEW, EMPTY)
        ),
        Obligation("loading what is published", loading),
    ),
    teeth=(
        bugs.TABLE_PROTECTS_EVERYONE,
        bugs.ANY_REFERENCE_PROTECTS,
        bugs.FREED_IS_NOT_LOOKED_AT,
        bugs.DEAD_VIEW_REVIVED,
        bugs.TAKEN_BUT_NOT_COUNTED,
        bugs.LOADED_NEVER,
    ),
)

GETTING = Theorem(
    name="get_flatview_meets_no_freed_view_and_returns_one_that_is_live_and_referred_to",
    statement=(
        "With any number of other threads between its steps, get_flatview loads inside a read "
        "section, tries to refer to what it loaded there, loads again exactly if that had no "
        "reference any more, and leaves with a reference to a view that is live."
    ),
    rules=("P14", "L2", "L3"),
    assumptions=(
        *INVARIANT,
        "The address space has published a view. A thread's own state is not changed by others.",
        "That it ends needs only that some view which it loads is not let go before it tries: "
        "each turn after the first is due to a commit that came between.",
    ),
    limits=Limits(resource_units=710_000, paths=55),
    obligations=(
        Obligation("it enters", entering),
        Obligation("it loads", finding),
        *(
            Obligation(f"{title} view {serial}", partial(body, serial=serial))
            for title, body in (("it tries to refer to", trying), ("it leaves with", leaving))
            for serial in (VIEW, EMPTY)
        ),
    ),
    teeth=(
        bugs.NO_SECTION,
        bugs.NO_RETRY,
        bugs.DEAD_VIEW_TRIED_AGAIN,
        bugs.RETRIES_FOREVER,
        bugs.SECTION_LEFT_OPEN,
        bugs.DEAD_VIEW_REVIVED,
    ),
)

THEOREMS = (USES, GETTING)
