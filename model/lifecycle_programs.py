"""The sequences of steps that QEMU takes: taking a view, publishing views, waiting for RCU.

Each is given step by step, so that a schedule can let other threads run between any two.
"""

from collections.abc import Iterable, Mapping
from enum import Enum, auto
from typing import NamedTuple

from model.lifecycle import Action, Lifecycle, action, get_space, get_view
from model.lifecycle_steps import (
    begin_grace_period,
    create_space,
    drop_from_table,
    end_grace_period,
    enter_rcu,
    leave_rcu,
    load_view,
    lock_bql,
    make_view,
    publish,
    ref_for_space,
    ref_view,
    run_callback,
    seed_table,
    unlock_bql,
    unref_for_space,
    unref_view,
    use_view,
)
from model.rcu import LifecycleError, has_ready_callback
from model.references import TABLE, Holder, HolderKind
from model.region import RegionId
from model.view import FlatView

# --- Taking a view ----------------------------------------------------------------------------


class Phase(Enum):
    """What a call of get_flatview does next. Rules: L3."""

    ENTER = auto()
    LOAD = auto()
    REF = auto()
    LEAVE = auto()
    DONE = auto()


class GetFlatview(NamedTuple):
    """A call of get_flatview by one thread: its next step, and the view it loaded last.

    When it is done, the thread has a reference to `view`. Rules: L3.
    """

    thread: str
    space: str
    phase: Phase = Phase.ENTER
    view: int | None = None


def get_flatview_step(state: Lifecycle, call: GetFlatview) -> tuple[Lifecycle, GetFlatview]:
    """One step of get_flatview: inside a read section, load and try to refer until it succeeds.

    A reader may meet a view whose count is 0, but never one that is freed. On a freed address space
    the load is a fault, and the call gets no view. Raises LifecycleError when it is done already.
    Rules: L2, L3.
    """
    thread, space, phase, view = call
    match phase:
        case Phase.ENTER:
            return enter_rcu(state, thread), call._replace(phase=Phase.LOAD)
        case Phase.LOAD:
            state = load_view(state, thread, space)
            found = get_space(state, space)
            if found.freed:
                return state, call._replace(phase=Phase.LEAVE, view=None)
            return state, call._replace(phase=Phase.REF, view=found.current)
        case Phase.REF if view is not None:
            tried = ref_view(state, thread, view)
            succeeded = references_of(tried, thread, view) > references_of(state, thread, view)
            return tried, call._replace(phase=Phase.LEAVE if succeeded else Phase.LOAD)
        case Phase.LEAVE:
            return leave_rcu(state, thread), call._replace(phase=Phase.DONE)
    raise LifecycleError(f"thread {thread} has got its view already")


def references_of(state: Lifecycle, thread: str, serial: int) -> int:
    """How many references to a view a thread has. Rules: L2."""
    return get_view(state, serial).references.holders.count(Holder(HolderKind.THREAD, thread))


# --- Publishing views -------------------------------------------------------------------------


def counted_regions(view: FlatView, sections: Iterable[RegionId | None]) -> tuple[RegionId, ...]:
    """The regions whose owners a view refers to, as `make_view` takes them.

    `sections` are the regions of its dispatch sections; None, for the unassigned section and for
    subpage containers, has no owner and is not counted. Rules: L4.
    """
    root = () if view.root is None else (view.root,)
    ranges = (range_.region for range_ in view.ranges)
    return (*root, *ranges, *(region for region in sections if region is not None))


def rebuild_actions(
    state: Lifecycle,
    thread: str,
    made: Mapping[int, tuple[RegionId, ...]],
    published: Mapping[str, int],
) -> tuple[Action, ...]:
    """The steps of a commit that renders, for a thread that has the big lock.

    `made` has the new views by serial, each with its regions as `make_view` takes them; `published`
    says which view each address space is to publish, for all that are linked. Rules: L6, T2, T3.
    """
    linked = {name for name, space in state.spaces.items() if space.linked}
    if linked != set(published):
        raise LifecycleError(f"a rebuild publishes to {sorted(linked)}, not {sorted(published)}")
    table = [serial for serial, view in state.views.items() if TABLE in view.references.holders]
    return (
        *(action(drop_from_table, thread, serial) for serial in table),
        action(seed_table, thread),
        *(action(make_view, thread, serial, regions) for serial, regions in made.items()),
        *(one for space in published for one in set_view(state, thread, space, published[space])),
    )


def set_view(state: Lifecycle, thread: str, space: str, serial: int) -> tuple[Action, ...]:
    """The steps that give one address space another view; none if it has that one already.

    The new view is referred to before readers can load it. The old one is let go only after they
    can no longer, and after the listeners, which are told while it is still published.
    Rules: L6, T3.
    """
    found = get_space(state, space)
    old = found.current
    if old == serial:
        return ()
    old_views = () if old is None else (old,)
    told = (*old_views, serial) if found.listeners > 0 else ()
    return (
        *(action(ref_view, thread, one) for one in old_views),
        action(ref_for_space, thread, space, serial),
        *(action(use_view, thread, one) for one in told),
        action(publish, thread, space, serial),
        *(action(unref_for_space, thread, space, one) for one in old_views),
        *(action(unref_view, thread, one) for one in old_views),
    )


def create_space_actions(
    thread: str, space: str, root: RegionId, serial: int, made: tuple[RegionId, ...] | None
) -> tuple[Action, ...]:
    """The steps that make an address space and publish its first view, under the big lock.

    `made` has the regions of a view rendered for it; None if the table has view `serial` already.
    Rules: L6, T9.
    """
    rendered = () if made is None else (action(make_view, thread, serial, made),)
    return (
        action(create_space, thread, space, root),
        *rendered,
        action(ref_for_space, thread, space, serial),
        action(publish, thread, space, serial),
    )


def under_bql(thread: str, actions: Iterable[Action]) -> tuple[Action, ...]:
    """The same steps, with the big lock taken before and released after them. Rules: M6."""
    return (action(lock_bql, thread), *actions, action(unlock_bql, thread))


# --- Waiting ----------------------------------------------------------------------------------


def rcu_action(state: Lifecycle) -> Action | None:
    """What the RCU thread does next, perhaps after waiting; None when nothing is queued.

    It runs all that may run before it begins another grace period. Rules: L2.
    """
    if has_ready_callback(state.rcu):
        return action(run_callback)
    if state.rcu.epoch > state.rcu.ended:
        return action(end_grace_period)
    return action(begin_grace_period) if state.rcu.callbacks else None
