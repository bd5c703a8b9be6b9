"""The life of views, rule by rule: references, read sections, grace periods, region owners."""

import pytest

from model import lifecycle_steps as steps
from model.lifecycle import EMPTY, Fault, FaultKind, LifecycleAbort, initial
from model.lifecycle_programs import (
    GetFlatview,
    Phase,
    counted_regions,
    get_flatview_step,
    rebuild_actions,
    references_of,
    under_bql,
)
from model.rcu import LifecycleError
from model.references import FOREVER, TABLE, Holder, HolderKind, References
from model.view import FlatRange, FlatView
from tests.model.lifecycle_machine import CPU, IO, WRITER, kinds, machine, rebuild, run, settle

# --- L1: who refers to a view -----------------------------------------------------------------


def test_a_view_is_referred_to_by_the_table_and_by_each_space_that_publishes_it() -> None:
    state = machine("memory", "dma")
    spaces = [Holder(HolderKind.SPACE, name) for name in ("memory", "dma")]
    assert state.views[1].references == References(3, (TABLE, *spaces))
    assert rebuild(state, 2, "memory", "dma").views[1].references == References(0, ())


def test_the_empty_view_is_kept_for_ever() -> None:
    """It is put back into the table by every rebuild, and its count never grows by that."""
    state = rebuild(rebuild(machine(), 2), 3)
    assert state.views[EMPTY].references == References(2, (FOREVER, TABLE))
    assert kinds(steps.use_view(state, CPU, EMPTY)) == []


def test_a_view_without_root_that_loses_its_last_reference_is_an_abort() -> None:
    """L2's assertion: only a missing eternal reference can lead there."""
    state = initial([WRITER])
    lost = state.views[EMPTY]._replace(references=References(1, (TABLE,)))
    state = steps.lock_bql(state._replace(views={EMPTY: lost}), WRITER)
    with pytest.raises(LifecycleAbort, match="empty view"):
        steps.drop_from_table(state, WRITER, EMPTY)


# --- L2, L3: references and grace periods -----------------------------------------------------


def test_scenario_66_a_reference_cannot_be_taken_after_the_last_was_dropped() -> None:
    """The reader still may look at the view, until it leaves: then, and not before, it is freed."""
    state = steps.load_view(steps.enter_rcu(machine(), CPU), CPU, "memory")
    state = rebuild(state, 2)
    assert state.views[1].references.ref == 0
    tried = steps.ref_view(state, CPU, 1)
    assert references_of(tried, CPU, 1) == 0
    assert kinds(tried) == []
    tried = settle(tried)
    assert not tried.views[1].freed
    with pytest.raises(LifecycleError, match="cpu is still in its read section"):
        steps.end_grace_period(tried)
    assert kinds(steps.use_region(steps.use_view(tried, CPU, 1), CPU, "bar")) == []
    assert settle(steps.leave_rcu(tried, CPU)).views[1].freed


def test_scenario_67_get_flatview_that_meets_a_dying_view_tries_again() -> None:
    state, call = machine(), GetFlatview(CPU, "memory")
    for _ in (Phase.ENTER, Phase.LOAD):
        state, call = get_flatview_step(state, call)
    assert (call.phase, call.view) == (Phase.REF, 1)
    state = settle(rebuild(state, 2))
    phases = []
    while call.phase is not Phase.DONE:
        phases.append(call.phase)
        state, call = get_flatview_step(state, call)
    assert phases == [Phase.REF, Phase.LOAD, Phase.REF, Phase.LEAVE]
    assert call.view == 2
    state = settle(rebuild(state, 3))
    assert kinds(steps.use_view(state, CPU, 2)) == []
    assert settle(steps.unref_view(state, CPU, 2)).views[2].freed
    with pytest.raises(LifecycleError, match="already"):
        get_flatview_step(state, call)


def test_a_section_entered_after_the_grace_period_began_does_not_delay_it() -> None:
    state = steps.begin_grace_period(rebuild(machine(), 2))
    state = steps.load_view(steps.enter_rcu(state, CPU), CPU, "memory")
    assert settle(state).views[1].freed


def test_a_callback_queued_while_a_grace_period_is_under_way_waits_for_the_next() -> None:
    state = steps.load_view(steps.enter_rcu(machine(), CPU), CPU, "memory")
    state = rebuild(steps.begin_grace_period(rebuild(state, 2)), 3)
    state = steps.end_grace_period(steps.leave_rcu(state, CPU))
    state = steps.run_callback(state)
    assert state.views[1].freed
    with pytest.raises(LifecycleError, match="no callback may run"):
        steps.run_callback(state)
    assert settle(state).views[2].freed


def test_each_load_may_give_another_view_and_all_stay_usable_until_the_section_ends() -> None:
    """L5: so what must agree has to come from one load."""
    state = steps.load_view(steps.enter_rcu(machine(), CPU), CPU, "memory")
    state = steps.load_view(settle(rebuild(state, 2)), CPU, "memory")
    assert state.rcu.readers[CPU].loaded == (1, 2)
    state = settle(rebuild(state, 3))
    assert kinds(steps.use_view(steps.use_view(state, CPU, 1), CPU, 2)) == []
    assert kinds(steps.use_view(state, CPU, 3)) == [FaultKind.VIEW_UNPROTECTED]


def test_a_reference_that_is_never_dropped_keeps_its_view_for_good() -> None:
    """What QEMU's `info mtree -f` does: one reference for each address space is left behind."""
    state, call = machine(), GetFlatview(IO, "memory")
    while call.phase is not Phase.DONE:
        state, call = get_flatview_step(state, call)
    state = settle(rebuild(state, 2))
    assert state.views[1].references == References(1, (Holder(HolderKind.THREAD, IO),))
    assert not state.views[1].freed


# --- L4: region owners ------------------------------------------------------------------------


def test_a_view_counts_the_owner_of_its_root_and_of_each_range_and_section() -> None:
    ranges = (FlatRange("bar", 0, 0, 0x1800), FlatRange("loose", 0, 0x2000, 0x1000))
    view = FlatView("system", ranges, 1)
    regions = counted_regions(view, (None, "bar", None, "bar", "loose"))
    assert regions == ("system", "bar", "loose", "bar", "bar", "loose")
    state = steps.make_view(steps.lock_bql(machine(), WRITER), WRITER, 7, regions)
    counts = {owner: one.holders for owner, one in state.owners.items()}
    assert counts["device"].count(Holder(HolderKind.VIEW, 7)) == 3
    assert counts["machine"].count(Holder(HolderKind.VIEW, 7)) == 1
    assert counted_regions(FlatView(None, (), 0), [None]) == ()


def test_an_unplugged_device_lives_until_the_last_view_of_it_is_destroyed() -> None:
    state = steps.load_view(steps.enter_rcu(machine(), CPU), CPU, "memory")
    state = settle(steps.unplug_owner(rebuild(state, 2), "device"))
    assert kinds(steps.use_region(state, CPU, "bar")) == []
    state = settle(steps.leave_rcu(state, CPU))
    assert "bar" in state.freed_regions
    assert state.owners["device"].ref == 0


def test_h22_a_region_freed_by_other_means_is_used_after_free_by_its_view() -> None:
    """By the reader, and if there is none by the RCU thread, which reads the owner from it."""
    freed = steps.free_region(rebuild(machine(), 2), "bar")
    assert settle(freed).faults == (Fault(FaultKind.REGION_AFTER_FREE, "rcu", "bar"),)
    state = steps.load_view(steps.enter_rcu(machine(), CPU), CPU, "memory")
    state = steps.free_region(rebuild(state, 2), "loose")
    assert state.owners["machine"].ref > 0
    assert kinds(steps.use_region(state, CPU, "loose")) == [FaultKind.REGION_AFTER_FREE]


def test_a_reference_to_a_regions_owner_outlasts_the_section_but_an_ownerless_region_has_none() -> (
    None
):
    """A15's mappings rely on it; L4's regions without owner are not covered."""
    state = steps.load_view(steps.enter_rcu(machine(), CPU), CPU, "memory")
    state = steps.ref_region(steps.ref_region(state, CPU, "bar"), CPU, "loose")
    state = steps.unplug_owner(rebuild(steps.leave_rcu(state, CPU), 2), "device")
    state = settle(state)
    assert kinds(steps.use_region(state, CPU, "bar")) == []
    assert kinds(steps.use_region(state, CPU, "loose")) == [FaultKind.REGION_UNPROTECTED]
    assert "bar" in steps.unref_region(state, CPU, "bar").freed_regions


# --- L5 and the RFC's defects -----------------------------------------------------------------


def test_f23_a_reference_to_one_view_does_not_cover_an_iommu_targets_view() -> None:
    state = machine("memory", "target")
    made = {2: ("system",), 3: ("system", "bar")}
    own = rebuild_actions(state, WRITER, made, {"memory": 2, "target": 3})
    state = steps.load_view(steps.enter_rcu(run(state, under_bql(WRITER, own)), CPU), CPU, "memory")
    state = steps.load_view(steps.ref_view(state, CPU, 2), CPU, "target")
    assert kinds(steps.use_region(state, CPU, "bar")) == []
    state = steps.leave_rcu(state, CPU)
    assert kinds(steps.use_view(state, CPU, 2)) == []
    assert kinds(steps.use_view(state, CPU, 3)) == [FaultKind.VIEW_UNPROTECTED]
    state = settle(rebuild(state, 4, "memory", "target"))
    assert kinds(steps.use_view(state, CPU, 2)) == []
    assert kinds(steps.use_view(state, CPU, 3)) == [FaultKind.VIEW_AFTER_FREE]


def test_f24_and_h8_a_view_used_outside_any_section_is_wrong_although_it_lives() -> None:
    state = steps.load_view(machine(), CPU, "memory")
    assert kinds(steps.use_view(state, CPU, 1)) == [FaultKind.VIEW_UNPROTECTED]
    state = steps.leave_rcu(steps.load_view(steps.enter_rcu(state, CPU), CPU, "memory"), CPU)
    assert kinds(steps.use_view(state, CPU, 1)) == [FaultKind.VIEW_UNPROTECTED]
    assert kinds(steps.use_view(settle(rebuild(state, 2)), CPU, 1)) == [FaultKind.VIEW_AFTER_FREE]


def test_h23_a_look_up_after_the_section_was_left_once_too_often_is_wrong() -> None:
    state = steps.enter_rcu(machine(), CPU)
    state = steps.leave_rcu(steps.load_view(state, CPU, "memory"), CPU)
    assert kinds(steps.use_view(state, CPU, 1)) == [FaultKind.VIEW_UNPROTECTED]
    with pytest.raises(LifecycleError, match="not in"):
        steps.leave_rcu(state, CPU)


def test_f25_one_attempt_at_a_reference_fails_where_the_loop_succeeds() -> None:
    """The RFC's memory() takes it for granted that the first attempt succeeds."""
    state = steps.load_view(steps.enter_rcu(machine(), CPU), CPU, "memory")
    state = steps.ref_view(rebuild(state, 2), CPU, 1)
    assert references_of(state, CPU, 1) == 0
    state = steps.ref_view(steps.load_view(state, CPU, "memory"), CPU, 2)
    assert references_of(state, CPU, 2) == 1
