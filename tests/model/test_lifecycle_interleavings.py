"""P14 by exhaustion: small programs of readers and a writer, in all ways they can interleave."""

import pytest

from fuzz.mutation import Mutation, load_variant
from tests.model.interleavings import all_faults, explore
from tests.model.lifecycle_systems import (
    SYSTEMS,
    Start,
    nested_sections,
    section_and_reference,
    space_destroyed,
    used_later,
)


@pytest.mark.parametrize("make", SYSTEMS, ids=lambda make: str(make.__name__))
def test_no_interleaving_meets_freed_memory_or_leaks_or_waits_forever(make: Start) -> None:
    """P14, with its liveness: every schedule ends, with all freed that nobody has."""
    model = load_variant("model")
    explored = explore(model, make(model))
    assert explored.wrong == ()
    assert explored.systems > 400


STEPS, PROGRAMS = "model.lifecycle_steps", "model.lifecycle_programs"

REF_AND_PUBLISH = """\
        action(ref_for_space, thread, space, serial),
        *(action(use_view, thread, one) for one in told),
        action(publish, thread, space, serial),
"""
LET_GO = """\
        *(action(unref_for_space, thread, space, one) for one in old_views),
        *(action(unref_view, thread, one) for one in old_views),
"""

MUTANTS: tuple[tuple[Start, Mutation], ...] = (
    (
        section_and_reference,
        Mutation(
            "a reference taken from 0 revives a dead view (H7)",
            "model.references",
            "if references.ref == 0:",
            "if references.ref < 0:",
        ),
    ),
    (
        section_and_reference,
        Mutation(
            "a view is freed without a grace period",
            "model.lifecycle",
            "return state._replace(rcu=queue(state.rcu, view=serial))",
            "return put_view(state, serial, state.views[serial]._replace(freed=True))",
        ),
    ),
    (
        space_destroyed,
        Mutation(
            "an address space is freed without a grace period",
            STEPS,
            "return state._replace(rcu=rcu.queue(state.rcu, space=space))",
            "return finish_space(state, space)",
        ),
    ),
    (
        section_and_reference,
        Mutation(
            "a view is published before it is referred to",
            PROGRAMS,
            REF_AND_PUBLISH,
            "\n".join(REF_AND_PUBLISH.splitlines()[::-1]) + "\n",
        ),
    ),
    (
        section_and_reference,
        Mutation(
            "the old view is let go before the new one is published",
            PROGRAMS,
            REF_AND_PUBLISH + LET_GO,
            LET_GO + REF_AND_PUBLISH,
        ),
    ),
    (
        section_and_reference,
        Mutation(
            "a grace period does not wait for readers",
            "model.rcu",
            "return entered < epoch",
            "return False",
        ),
    ),
    (
        section_and_reference,
        Mutation(
            "a callback runs after a grace period that began before it was queued",
            "model.rcu",
            "return queued < ended",
            "return queued <= ended",
        ),
    ),
    (
        nested_sections,
        Mutation(
            "a nested section counts as a new one",
            "model.rcu",
            "entered = reader.entered if reader.nesting > 0 else rcu.epoch",
            "entered = rcu.epoch",
        ),
    ),
    (
        nested_sections,
        Mutation(
            "an inner section's end is the outer's",
            "model.rcu",
            "if reader.nesting == 1:",
            "if reader.nesting >= 1:",
        ),
    ),
    (
        section_and_reference,
        Mutation(
            "what was loaded in one section is used in the next (H8)",
            "model.rcu",
            "return put_reader(rcu, thread, Reader())",
            "return put_reader(rcu, thread, reader._replace(nesting=0))",
        ),
    ),
    (
        section_and_reference,
        Mutation(
            "get_flatview does not try again",
            PROGRAMS,
            "Phase.LEAVE if succeeded else Phase.LOAD",
            "Phase.LEAVE",
        ),
    ),
    (
        section_and_reference,
        Mutation(
            "get_flatview tries the same view again",
            PROGRAMS,
            "Phase.LEAVE if succeeded else Phase.LOAD",
            "Phase.LEAVE if succeeded else Phase.REF",
        ),
    ),
    (
        section_and_reference,
        Mutation(
            "a view does not refer to the owners of its regions",
            STEPS,
            "state = take_owner(state, region, Holder(HolderKind.VIEW, serial))",
            "pass",
        ),
    ),
    (
        section_and_reference,
        Mutation(
            "a destroyed view keeps its references to owners",
            STEPS,
            "state = drop_owner(state, RCU_THREAD, region, Holder(HolderKind.VIEW, serial))",
            "pass",
        ),
    ),
    (
        space_destroyed,
        Mutation(
            "a destroyed address space keeps its view",
            STEPS,
            "state = drop_view(state, RCU_THREAD, space.current, holder)",
            "pass",
        ),
    ),
)


@pytest.mark.parametrize(("make", "mutation"), MUTANTS, ids=lambda one: getattr(one, "name", ""))
def test_the_exploration_finds_each_of_these_bugs(make: Start, mutation: Mutation) -> None:
    """Each is one that QEMU had, or a line of its order that could be got wrong."""
    model = load_variant("model", mutation)
    assert explore(model, make(model)).wrong != ()


CALLBACKS_WITHOUT_LOCK = Mutation(
    "callbacks run while a thread has the big lock",
    STEPS,
    """\
    if state.bql is not None:
        raise LifecycleError(f"thread {state.bql} has the big lock")
    callback""",
    "    callback",
)


@pytest.mark.parametrize("make", SYSTEMS, ids=lambda make: str(make.__name__))
def test_no_memory_depends_on_callbacks_taking_the_big_lock(make: Start) -> None:
    """References and grace periods suffice: a callback may come between a commit's steps."""
    model = load_variant("model", CALLBACKS_WITHOUT_LOCK)
    assert explore(model, make(model)).wrong == ()


WITHOUT_CONSEQUENCE = "a view is published before it is referred to"


@pytest.mark.parametrize(
    ("make", "mutation"),
    [one for one in MUTANTS[:6] if one[1].name != WITHOUT_CONSEQUENCE],
    ids=lambda one: getattr(one, "name", ""),
)
def test_these_bugs_lead_to_a_wrong_use_and_not_only_to_a_broken_clause(
    make: Start, mutation: Mutation
) -> None:
    """The invariant is not stricter than it must be: without it, memory is used after its end."""
    model = load_variant("model", mutation)
    wrong = explore(model, make(model), with_invariant=False).wrong
    assert any("freed" in one for one in wrong), wrong


def test_the_table_covers_a_view_that_is_published_before_it_is_referred_to() -> None:
    """The one order that only the invariant needs.

    What is in the table stays there for as long as the writer has the big lock.
    """
    (make, mutation) = next(one for one in MUTANTS if one[1].name == WITHOUT_CONSEQUENCE)
    model = load_variant("model", mutation)
    assert explore(model, make(model), with_invariant=False).wrong == ()


def test_a_pointer_kept_across_sections_is_found_to_be_used_after_free() -> None:
    """H8: the model calls it wrong even where the view happens to live on."""
    model = load_variant("model")
    assert all_faults(model, used_later(model)) == {
        "cpu: view used while nothing keeps it from being freed",
        "cpu: view used after it was freed",
    }
