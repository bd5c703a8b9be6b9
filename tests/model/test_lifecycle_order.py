"""L6: in which order commits and the end of an address space go; and steps that are impossible."""

from collections.abc import Callable

import pytest

from model import lifecycle_steps as steps
from model.lifecycle import (
    EMPTY,
    RCU_THREAD,
    FaultKind,
    Lifecycle,
    LifecycleAbort,
    action,
    initial,
)
from model.lifecycle_programs import (
    GetFlatview,
    Phase,
    create_space_actions,
    get_flatview_step,
    rcu_action,
    rebuild_actions,
    under_bql,
)
from model.rcu import LifecycleError
from model.references import Holder, HolderKind
from tests.model.lifecycle_machine import CPU, IO, WRITER, kinds, machine, rebuild, run, settle


def names(actions: tuple[object, ...]) -> list[str]:
    return [str(one) for one in actions]


def test_a_commit_refers_to_the_new_view_then_publishes_then_lets_the_old_one_go() -> None:
    """L6, with T2's table first, and T3's listeners while readers still see the old view."""
    state = run(machine(), under_bql(WRITER, [action(steps.set_listeners, WRITER, "memory", 1)]))
    assert names(rebuild_actions(state, WRITER, {2: ("system",)}, {"memory": 2})) == [
        "drop_from_table(writer, 0)",
        "drop_from_table(writer, 1)",
        "seed_table(writer)",
        "make_view(writer, 2, ('system',))",
        "ref_view(writer, 1)",
        "ref_for_space(writer, memory, 2)",
        "use_view(writer, 1)",
        "use_view(writer, 2)",
        "publish(writer, memory, 2)",
        "unref_for_space(writer, memory, 1)",
        "unref_view(writer, 1)",
    ]


def test_a_rebuild_that_publishes_the_same_view_again_touches_no_reference_of_the_space() -> None:
    """T3: the empty view is the one that a rebuild does not make afresh."""
    state = rebuild_to_empty(machine())
    assert names(rebuild_actions(state, WRITER, {}, {"memory": EMPTY})) == [
        "drop_from_table(writer, 0)",
        "seed_table(writer)",
    ]


def rebuild_to_empty(state: Lifecycle) -> Lifecycle:
    actions = rebuild_actions(state, WRITER, {}, {"memory": EMPTY})
    return run(state, under_bql(WRITER, actions))


def test_a_rebuild_publishes_to_all_linked_spaces_and_no_other() -> None:
    state = machine("memory", "dma")
    for published in ({"memory": 1}, {"memory": 1, "dma": 1, "more": 1}):
        with pytest.raises(LifecycleError, match="publishes to"):
            rebuild_actions(state, WRITER, {}, published)


def test_a_destroyed_space_drops_its_view_after_one_grace_period_which_dies_after_another() -> None:
    """The table keeps a view that nobody publishes until the next rebuild."""
    state = destroyed(machine())
    assert state.owners["machine"].holders.count(Holder(HolderKind.SPACE, "memory")) == 1
    state = settle(state)
    assert state.spaces["memory"].freed
    assert state.owners["machine"].holders.count(Holder(HolderKind.SPACE, "memory")) == 0
    assert (state.views[1].references.ref, state.views[1].freed) == (1, False)

    state = destroyed(rebuild(machine(), 2))
    state = run(state, under_bql(WRITER, rebuild_actions(state, WRITER, {}, {})))
    state = settle(steps.enter_rcu(state, IO))
    assert (state.views[2].references.ref, state.views[2].freed) == (1, False)
    state = steps.end_grace_period(steps.leave_rcu(state, IO))
    while not state.spaces["memory"].freed:
        state = steps.run_callback(state)
    assert (state.views[2].references.ref, state.views[2].freed) == (0, False)
    assert settle(state).views[2].freed


def destroyed(state: Lifecycle) -> Lifecycle:
    return run(state, under_bql(WRITER, [action(steps.destroy_space, WRITER, "memory")]))


def test_a_space_that_is_destroyed_with_listeners_is_an_abort_when_its_callback_runs() -> None:
    listen = action(steps.set_listeners, WRITER, "memory", 1)
    state = destroyed(run(machine(), under_bql(WRITER, [listen])))
    state = steps.end_grace_period(steps.begin_grace_period(state))
    with pytest.raises(LifecycleAbort, match="listeners"):
        steps.run_callback(state)


def test_a_load_from_a_freed_space_is_a_use_after_free_and_get_flatview_gives_nothing() -> None:
    state = settle(destroyed(machine()))
    assert kinds(steps.load_view(state, CPU, "memory")) == [FaultKind.SPACE_AFTER_FREE]
    call = GetFlatview(CPU, "memory")
    while call.phase is not Phase.DONE:
        state, call = get_flatview_step(state, call)
    assert call.view is None
    assert kinds(state) == [FaultKind.SPACE_AFTER_FREE]
    assert state.rcu.readers[CPU].nesting == 0


def test_a_new_space_takes_a_view_that_the_table_has_or_one_made_for_it() -> None:
    """T9."""
    state = machine()
    for space, serial, made in (("shares", 1, None), ("alone", 2, ("bar",))):
        created = create_space_actions(WRITER, space, "bar", serial, made)
        state = run(state, under_bql(WRITER, created))
        assert state.spaces[space].current == serial
        assert Holder(HolderKind.SPACE, space) in state.owners["device"].holders


def test_what_is_freed_cannot_be_rendered_or_be_a_root() -> None:
    state = steps.free_region(steps.lock_bql(machine(), WRITER), "bar")
    made = steps.make_view(state, WRITER, 2, ("system", "bar"))
    assert kinds(made) == [FaultKind.REGION_AFTER_FREE]
    assert 2 not in made.views
    space = steps.create_space(state, WRITER, "dma", "bar")
    assert kinds(space) == [FaultKind.REGION_AFTER_FREE]
    assert "dma" not in space.spaces


LOCKED = steps.lock_bql(machine(), WRITER)
UNPUBLISHED = steps.create_space(LOCKED, WRITER, "new", "system")
DESTROYED = steps.lock_bql(destroyed(machine()), WRITER)

IMPOSSIBLE: tuple[tuple[str, Callable[[], object]], ...] = (
    ("not in", lambda: steps.leave_rcu(machine(), CPU)),
    ("no thread", lambda: steps.enter_rcu(machine(), "nobody")),
    ("no thread", lambda: steps.lock_bql(machine(), "nobody")),
    ("no reference", lambda: steps.unref_view(machine(), CPU, 1)),
    ("no reference", lambda: steps.unref_region(machine(), CPU, "bar")),
    ("no reference", lambda: steps.unref_for_space(LOCKED, WRITER, "memory", EMPTY)),
    ("no reference", lambda: run_twice(machine(), "device")),
    ("no view", lambda: steps.use_view(machine(), CPU, 9)),
    ("no view", lambda: steps.publish(LOCKED, WRITER, "memory", 9)),
    ("no address space", lambda: steps.load_view(machine(), CPU, "nowhere")),
    ("nothing yet", lambda: steps.load_view(UNPUBLISHED, CPU, "new")),
    ("nothing yet", lambda: steps.destroy_space(UNPUBLISHED, WRITER, "new")),
    ("no region", lambda: steps.use_region(machine(), CPU, "nowhere")),
    ("no region", lambda: steps.make_view(LOCKED, WRITER, 2, ("nowhere",))),
    ("no root", lambda: steps.make_view(LOCKED, WRITER, 2, ())),
    ("exists", lambda: steps.make_view(LOCKED, WRITER, 1, ("system",))),
    ("exists", lambda: steps.create_space(LOCKED, WRITER, "memory", "system")),
    ("exists", lambda: steps.create_owner(machine(), "device")),
    ("exists", lambda: steps.create_region(machine(), "bar", None)),
    ("no owner", lambda: steps.create_region(machine(), "new", "nobody")),
    ("no owner", lambda: steps.unplug_owner(machine(), "nobody")),
    ("freed already", lambda: steps.free_region(steps.free_region(machine(), "bar"), "bar")),
    ("has the big lock", lambda: steps.lock_bql(LOCKED, CPU)),
    ("does not have the big lock", lambda: steps.unlock_bql(LOCKED, CPU)),
    ("does not have the big lock", lambda: steps.publish(machine(), WRITER, "memory", 1)),
    ("has the empty view already", lambda: steps.seed_table(LOCKED, WRITER)),
    ("-1 listeners", lambda: steps.set_listeners(LOCKED, WRITER, "memory", -1)),
    ("is destroyed", lambda: steps.publish(DESTROYED, WRITER, "memory", 1)),
    ("is destroyed", lambda: steps.destroy_space(DESTROYED, WRITER, "memory")),
    ("has the big lock", lambda: steps.run_callback(DESTROYED)),
    ("no callback waits", lambda: steps.begin_grace_period(machine())),
    ("under way", lambda: steps.begin_grace_period(steps.begin_grace_period(DESTROYED))),
    ("no grace period", lambda: steps.end_grace_period(machine())),
    ("no callback may run", lambda: steps.run_callback(machine())),
    ("runs callbacks", lambda: initial([RCU_THREAD])),
)


def run_twice(state: Lifecycle, owner: str) -> Lifecycle:
    return steps.unplug_owner(steps.unplug_owner(state, owner), owner)


@pytest.mark.parametrize(("message", "attempt"), IMPOSSIBLE)
def test_an_impossible_step_is_a_typed_error(message: str, attempt: Callable[[], object]) -> None:
    with pytest.raises(LifecycleError, match=message):
        attempt()


def test_the_rcu_thread_has_nothing_to_do_when_nothing_is_queued() -> None:
    assert rcu_action(machine()) is None
