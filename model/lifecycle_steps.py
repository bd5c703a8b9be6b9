"""The steps of the lifecycle machine: what one thread does at a stroke.

Other threads' steps may come between any two. Each function takes a `Lifecycle` and returns the
next one. It raises LifecycleError where the thread cannot take that step now, and LifecycleAbort
where QEMU would assert. What is possible in C, but wrong, is left as a `Fault` in the state.
"""

from model import rcu
from model.lifecycle import (
    EMPTY,
    RCU_THREAD,
    FaultKind,
    Lifecycle,
    LifecycleAbort,
    Space,
    View,
    drop_owner,
    drop_view,
    get_owner,
    get_space,
    get_view,
    put_space,
    put_view,
    region_fault,
    release_owner,
    take_owner,
    take_view,
    view_fault,
    with_fault,
)
from model.rcu import LifecycleError
from model.references import PARENT, TABLE, Holder, HolderKind, first_reference
from model.region import RegionId

# --- Readers ----------------------------------------------------------------------------------


def enter_rcu(state: Lifecycle, thread: str) -> Lifecycle:
    """Enter an RCU read section. Rules: L3."""
    return state._replace(rcu=rcu.enter(state.rcu, thread))


def leave_rcu(state: Lifecycle, thread: str) -> Lifecycle:
    """Leave an RCU read section. Rules: L3, L5."""
    return state._replace(rcu=rcu.leave(state.rcu, thread))


def load_view(state: Lifecycle, thread: str, space: str) -> Lifecycle:
    """Load the pointer to the view that an address space publishes at this moment.

    The next load may give another view. Rules: L3, L5.
    """
    found = get_space(state, space)
    if found.freed:
        return with_fault(state, FaultKind.SPACE_AFTER_FREE, thread, space)
    if found.current is None:
        raise LifecycleError(f"address space {space} has published nothing yet")
    return state._replace(rcu=rcu.remember(state.rcu, thread, found.current))


def use_view(state: Lifecycle, thread: str, serial: int) -> Lifecycle:
    """Look something up in a view, or walk its ranges. Rules: L3, L5."""
    fault = view_fault(state, thread, serial)
    return state if fault is None else with_fault(state, fault, thread, serial)


def ref_view(state: Lifecycle, thread: str, serial: int) -> Lifecycle:
    """Try to take a reference for this thread; at 0 the count stays as it is. Rules: L2."""
    return take_view(use_view(state, thread, serial), serial, Holder(HolderKind.THREAD, thread))


def unref_view(state: Lifecycle, thread: str, serial: int) -> Lifecycle:
    """Drop a reference of this thread; LifecycleError if it has none. Rules: L2."""
    return drop_view(state, thread, serial, Holder(HolderKind.THREAD, thread))


def use_region(state: Lifecycle, thread: str, region: RegionId) -> Lifecycle:
    """Access a region that a view gave. Rules: L4, L5."""
    fault = region_fault(state, thread, region)
    return state if fault is None else with_fault(state, fault, thread, region)


def ref_region(state: Lifecycle, thread: str, region: RegionId) -> Lifecycle:
    """Take a reference to a region's owner for this thread; none if it has no owner. Rules: L4."""
    return take_owner(use_region(state, thread, region), region, Holder(HolderKind.THREAD, thread))


def unref_region(state: Lifecycle, thread: str, region: RegionId) -> Lifecycle:
    """Drop this thread's reference to a region's owner. Rules: L4."""
    return drop_owner(state, thread, region, Holder(HolderKind.THREAD, thread))


# --- The writer, under the big lock -----------------------------------------------------------


def lock_bql(state: Lifecycle, thread: str) -> Lifecycle:
    """Take the big lock; LifecycleError while some thread has it. Rules: M6."""
    rcu.get_reader(state.rcu, thread)
    if state.bql is not None:
        raise LifecycleError(f"thread {state.bql} has the big lock")
    return state._replace(bql=thread)


def unlock_bql(state: Lifecycle, thread: str) -> Lifecycle:
    """Release the big lock. Rules: M6."""
    check_bql(state, thread)
    return state._replace(bql=None)


def check_bql(state: Lifecycle, thread: str) -> None:
    """Raise LifecycleError unless this thread has the big lock. Rules: M6."""
    if state.bql != thread:
        raise LifecycleError(f"thread {thread} does not have the big lock")


def drop_from_table(state: Lifecycle, thread: str, serial: int) -> Lifecycle:
    """Drop the table's reference to a view, as a rebuild begins. Rules: L1, T2."""
    check_bql(state, thread)
    return drop_view(state, thread, serial, TABLE)


def seed_table(state: Lifecycle, thread: str) -> Lifecycle:
    """Put the empty view into the table again. Rules: L1, T2."""
    check_bql(state, thread)
    if TABLE in get_view(state, EMPTY).references.holders:
        raise LifecycleError("the table has the empty view already")
    return take_view(state, EMPTY, TABLE)


def make_view(
    state: Lifecycle, thread: str, serial: int, regions: tuple[RegionId, ...]
) -> Lifecycle:
    """Render a view into the table, with a reference to the owner of every entry of `regions`.

    The first is the view's root; see `View`. A view of what is freed already is not made.
    Rules: L1, L4.
    """
    check_bql(state, thread)
    if serial in state.views:
        raise LifecycleError(f"view {serial} exists already")
    if not regions:
        raise LifecycleError(f"view {serial} has no root; only the empty view has none")
    for region in regions:
        get_owner(state, region)
        if region in state.freed_regions:
            return with_fault(state, FaultKind.REGION_AFTER_FREE, thread, region)
    for region in regions:
        state = take_owner(state, region, Holder(HolderKind.VIEW, serial))
    return put_view(state, serial, View(first_reference(TABLE), regions))


def ref_for_space(state: Lifecycle, thread: str, space: str, serial: int) -> Lifecycle:
    """Take the reference that an address space will have to the view it publishes. Rules: L1."""
    check_linked(state, thread, space)
    return take_view(use_view(state, thread, serial), serial, Holder(HolderKind.SPACE, space))


def publish(state: Lifecycle, thread: str, space: str, serial: int) -> Lifecycle:
    """Store the pointer to the view that readers load from now on. Rules: L6, T3."""
    check_linked(state, thread, space)
    get_view(state, serial)
    return put_space(state, space, get_space(state, space)._replace(current=serial))


def unref_for_space(state: Lifecycle, thread: str, space: str, serial: int) -> Lifecycle:
    """Drop an address space's reference to a view that it published before. Rules: L6."""
    check_linked(state, thread, space)
    return drop_view(state, thread, serial, Holder(HolderKind.SPACE, space))


def check_linked(state: Lifecycle, thread: str, space: str) -> None:
    """Raise LifecycleError unless the thread has the big lock and the space is not destroyed.

    Rules: M6, L6.
    """
    check_bql(state, thread)
    if not get_space(state, space).linked:
        raise LifecycleError(f"address space {space} is destroyed")


def create_space(state: Lifecycle, thread: str, space: str, root: RegionId) -> Lifecycle:
    """Make an address space that publishes nothing yet, and refer to its root. Rules: L6, T9."""
    check_bql(state, thread)
    if space in state.spaces:
        raise LifecycleError(f"address space {space} exists already")
    get_owner(state, root)
    if root in state.freed_regions:
        return with_fault(state, FaultKind.REGION_AFTER_FREE, thread, root)
    state = take_owner(state, root, Holder(HolderKind.SPACE, space))
    return put_space(state, space, Space(root))


def set_listeners(state: Lifecycle, thread: str, space: str, listeners: int) -> Lifecycle:
    """Say how many listeners an address space has. Rules: L6."""
    check_linked(state, thread, space)
    if listeners < 0:
        raise LifecycleError(f"{listeners} listeners")
    return put_space(state, space, get_space(state, space)._replace(listeners=listeners))


def destroy_space(state: Lifecycle, thread: str, space: str) -> Lifecycle:
    """Unlink an address space. Its view and root are dropped after a grace period. Rules: L6."""
    check_linked(state, thread, space)
    found = get_space(state, space)
    if found.current is None:
        raise LifecycleError(f"address space {space} has published nothing yet")
    state = put_space(state, space, found._replace(linked=False))
    return state._replace(rcu=rcu.queue(state.rcu, space=space))


# --- Devices ----------------------------------------------------------------------------------


def create_owner(state: Lifecycle, owner: str) -> Lifecycle:
    """Plug in an object that owns regions. Rules: L4."""
    if owner in state.owners:
        raise LifecycleError(f"owner {owner} exists already")
    return state._replace(owners={**state.owners, owner: first_reference(PARENT)})


def create_region(state: Lifecycle, region: RegionId, owner: str | None) -> Lifecycle:
    """Make a region: inside an owner's storage, or None for one that nobody counts. Rules: L4."""
    if region in state.regions:
        raise LifecycleError(f"region {region} exists already")
    if owner is not None and (owner not in state.owners or state.owners[owner].ref == 0):
        raise LifecycleError(f"there is no owner {owner}")
    return state._replace(regions={**state.regions, region: owner})


def unplug_owner(state: Lifecycle, owner: str) -> Lifecycle:
    """Drop the reference of what an owner is plugged into; only once. Rules: L4."""
    if owner not in state.owners:
        raise LifecycleError(f"there is no owner {owner}")
    return release_owner(state, owner, PARENT)


def free_region(state: Lifecycle, region: RegionId) -> Lifecycle:
    """Free a region's storage without regard to references: a bug, if a view has it. Rules: L4."""
    get_owner(state, region)
    if region in state.freed_regions:
        raise LifecycleError(f"region {region} is freed already")
    return state._replace(freed_regions=state.freed_regions | {region})


# --- The RCU thread ---------------------------------------------------------------------------


def begin_grace_period(state: Lifecycle) -> Lifecycle:
    """Begin to wait for the read sections that are open now. Rules: L2."""
    return state._replace(rcu=rcu.begin_grace_period(state.rcu))


def end_grace_period(state: Lifecycle) -> Lifecycle:
    """End the grace period, once all that it waits for have left. Rules: L2, L3."""
    return state._replace(rcu=rcu.end_grace_period(state.rcu))


def run_callback(state: Lifecycle) -> Lifecycle:
    """Destroy the view or address space that has waited longest. It takes the big lock.

    Rules: L2, L6.
    """
    if state.bql is not None:
        raise LifecycleError(f"thread {state.bql} has the big lock")
    callback, waiting = rcu.take_callback(state.rcu)
    state = state._replace(rcu=waiting)
    if callback.view is not None:
        state = destroy_view(state, callback.view)
    if callback.space is not None:
        state = finish_space(state, callback.space)
    return state


def destroy_view(state: Lifecycle, serial: int) -> Lifecycle:
    """Drop a view's references to region owners, and free it. Rules: L4."""
    view = get_view(state, serial)
    if view.freed:
        return with_fault(state, FaultKind.VIEW_AFTER_FREE, RCU_THREAD, serial)
    for region in view.regions:
        state = drop_owner(state, RCU_THREAD, region, Holder(HolderKind.VIEW, serial))
    return put_view(state, serial, view._replace(freed=True))


def finish_space(state: Lifecycle, name: str) -> Lifecycle:
    """Drop a destroyed address space's view and root, and free it.

    Raises LifecycleAbort if it still has listeners. Rules: L6.
    """
    space = get_space(state, name)
    if space.listeners > 0:
        raise LifecycleAbort(f"address space {name} still has listeners")
    holder = Holder(HolderKind.SPACE, name)
    if space.current is not None:
        state = drop_view(state, RCU_THREAD, space.current, holder)
    state = drop_owner(state, RCU_THREAD, space.root, holder)
    return put_space(state, name, space._replace(freed=True))
