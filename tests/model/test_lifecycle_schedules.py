"""P14 under random schedules of single steps, many of which no program of QEMU's would take."""

from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings

from fuzz.mutation import Mutation, Variant, load_variant
from tests.model.lifecycle_schedules import REGIONS, THREADS, Draws, begun, draws, schedule


class Watch:
    """P14 as one watches it: by the clock, and without epochs, holders or callbacks."""

    def __init__(self) -> None:
        self.time = 0
        self.entered: dict[str, int] = {}
        self.let_go: dict[int, int] = {}

    def see(self, model: Variant, before: Any, action: Any, after: Any) -> None:
        """Check one step."""
        self.time += 1
        for thread, reader in after.rcu.readers.items():
            if reader.nesting == 0:
                self.entered.pop(thread, None)
            else:
                self.entered.setdefault(thread, self.time)
        for serial, view in after.views.items():
            was = before.views.get(serial)
            assert view.references.ref >= 0
            if was is not None and was.references.ref == 0:
                assert view.references.ref == 0, f"view {serial} came back to life by {action}"
            elif view.references.ref == 0:
                self.let_go[serial] = self.time
            if view.freed and was is not None and not was.freed:
                assert serial in self.let_go, f"view {serial} is freed with references"
                assert min(self.entered.values(), default=self.time) > self.let_go[serial], (
                    f"view {serial} is freed under a reader that was inside when it was let go"
                )
        self.lasting(model, before, action, after)
        assert not before.faults or after.faults[: len(before.faults)] == before.faults
        for fault in after.faults[len(before.faults) :]:
            self.deserved(model, before, action, fault)

    def lasting(self, model: Variant, before: Any, action: Any, after: Any) -> None:
        """What protects a view, or a region, for a thread lasts until that thread itself acts."""
        protects, protects_region = model.lifecycle.protects, model.lifecycle.protects_region
        for thread in THREADS:
            if thread in action.arguments[:1]:
                continue
            for serial in before.views:
                if protects(before, thread, serial):
                    assert protects(after, thread, serial), (thread, serial, action)
            for region in REGIONS:
                if protects_region(before, thread, region):
                    assert protects_region(after, thread, region), (thread, region, action)

    def deserved(self, model: Variant, before: Any, action: Any, fault: Any) -> None:
        """No thread that keeps to what protects it ever meets freed memory."""
        kinds, lifecycle = model.lifecycle.FaultKind, model.lifecycle
        steps = model.lifecycle_steps
        if fault.kind in (kinds.VIEW_AFTER_FREE, kinds.VIEW_UNPROTECTED):
            assert not lifecycle.protects(before, fault.thread, fault.subject), fault
        elif fault.kind in (kinds.REGION_AFTER_FREE, kinds.REGION_UNPROTECTED):
            assert fault.thread != "rcu", fault
            # What is gone can be rendered, or be a root, in a tree that still has it.
            if action.run not in (steps.make_view, steps.create_space):
                assert not lifecycle.protects_region(before, fault.thread, fault.subject), fault
        else:
            assert before.spaces[fault.subject].freed


def let_all_go(model: Variant, state: Any) -> Any:
    """Every thread leaves and drops all, every space is destroyed, and RCU comes to rest."""
    steps, step = model.lifecycle_steps, model.lifecycle.step
    holders = model.references.HolderKind
    if state.bql is None:
        state = steps.lock_bql(state, "writer")
    for thread in THREADS:
        while state.rcu.readers[thread].nesting > 0:
            state = steps.leave_rcu(state, thread)
    for serial, view in state.views.items():
        for holder in view.references.holders:
            if holder.kind is holders.THREAD:
                state = steps.unref_view(state, holder.name, serial)
            elif holder.kind is holders.TABLE:
                state = steps.drop_from_table(state, state.bql, serial)
            elif holder.kind is holders.SPACE:
                space = state.spaces[holder.name]
                if space.linked and model.lifecycle_invariant.may_unref_for_space(
                    state, holder.name, serial
                ):
                    state = steps.unref_for_space(state, state.bql, holder.name, serial)
    for owner, region in (("machine", "system"), ("device", "bar")):
        for holder in state.owners[owner].holders:
            if holder.kind is holders.THREAD:
                state = steps.unref_region(state, holder.name, region)
            elif holder.kind is holders.PARENT:
                state = steps.unplug_owner(state, owner)
    for name, space in state.spaces.items():
        if space.linked and space.current is None:
            state = steps.ref_for_space(state, state.bql, name, 0)
            state = steps.publish(state, state.bql, name, 0)
        if space.linked:
            state = steps.destroy_space(state, state.bql, name)
    state = steps.unlock_bql(state, state.bql)
    while (waiting := model.lifecycle_programs.rcu_action(state)) is not None:
        state = step(state, waiting)
    return state


def check(model: Variant, drawn: Draws) -> Any:
    """Watch a schedule, check the invariant after each step, and that the end frees everything."""
    state, watch = begun(model), Watch()
    for before, action, after in schedule(model, state, drawn):
        watch.see(model, before, action, after)
        assert model.lifecycle_invariant.invariant(after) == [], action
        state = after
    end = let_all_go(model, state)
    assert model.lifecycle_invariant.invariant(end) == []
    assert [serial for serial, view in end.views.items() if not view.freed] == [0]
    assert end.views[0].references == state.views[0].references._replace(
        ref=1, holders=(model.references.FOREVER,)
    )
    assert all(owner.ref == 0 for owner in end.owners.values())
    return end


MODEL = load_variant("model")


@settings(max_examples=300, deadline=None)
@given(draws)
def test_no_schedule_breaks_the_invariant_or_frees_what_is_in_use(drawn: Draws) -> None:
    check(MODEL, drawn)


MUTANTS = (
    Mutation(
        "a reference taken from 0 revives a dead view (H7)",
        "model.references",
        "if references.ref == 0:",
        "if references.ref < 0:",
    ),
    Mutation(
        "a view is freed without a grace period",
        "model.lifecycle",
        "return state._replace(rcu=queue(state.rcu, view=serial))",
        "return put_view(state, serial, state.views[serial]._replace(freed=True))",
    ),
    Mutation(
        "a grace period does not wait for readers",
        "model.rcu",
        "return entered < epoch",
        "return False",
    ),
    Mutation(
        "a callback runs after a grace period that began before it was queued",
        "model.rcu",
        "return queued < ended",
        "return queued <= ended",
    ),
    Mutation(
        "a destroyed view keeps its references to owners",
        "model.lifecycle_steps",
        "state = drop_owner(state, RCU_THREAD, region, Holder(HolderKind.VIEW, serial))",
        "pass",
    ),
    Mutation(
        "a view in the table alone may be used outside read sections",
        "model.lifecycle",
        "state.bql == thread and any(",
        "any(",
    ),
)


@pytest.mark.parametrize("mutation", MUTANTS, ids=lambda mutation: str(mutation.name))
def test_random_schedules_find_each_of_these_bugs(mutation: Mutation) -> None:
    """What the exploration's programs never do is looked for here, each time by the same chance."""
    model = load_variant("model", mutation)

    @seed(2)
    @settings(
        max_examples=10_000,
        deadline=None,
        derandomize=False,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(draws)
    def search(drawn: Draws) -> None:
        check(model, drawn)

    with pytest.raises(AssertionError):
        search()
