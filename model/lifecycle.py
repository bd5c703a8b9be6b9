"""The life of a flat view: made, published, referred to, let go, destroyed after a grace period.

This file has the state, and what a thread may use in it. The machine is `lifecycle_steps`: single
steps of named threads. `rcu` has the read sections and grace periods, `references` the counts,
`lifecycle_programs` the sequences of steps that QEMU takes, and `lifecycle_invariant` what holds
after every step.
"""

from collections.abc import Callable, Iterable, Mapping
from enum import Enum
from typing import NamedTuple, TypeVarTuple

from model.rcu import LifecycleError, Rcu, Reader, get_reader, queue
from model.references import FOREVER, TABLE, Holder, HolderKind, References, drop, take
from model.region import RegionId

EMPTY = 0
"""The serial of the empty view."""

RCU_THREAD = "rcu"
"""The thread that waits for grace periods and runs callbacks."""


class LifecycleAbort(Exception):
    """QEMU stops here: an assertion about what is destroyed fails. Rules: L2, L6."""


class FaultKind(Enum):
    """What is wrong, though C does not notice; there, what follows is undefined.

    Rules: L3, L4, L5.
    """

    VIEW_AFTER_FREE = "view used after it was freed"
    REGION_AFTER_FREE = "region used after it was freed"
    SPACE_AFTER_FREE = "address space used after it was freed"
    VIEW_UNPROTECTED = "view used while nothing keeps it from being freed"
    REGION_UNPROTECTED = "region used while nothing keeps it from being freed"


class Fault(NamedTuple):
    """A wrong use: by which thread, and of which view (its serial), region or address space.

    Rules: L3, L4, L5.
    """

    kind: FaultKind
    thread: str
    subject: str | int


class View(NamedTuple):
    """A flat view's life.

    `regions` names the view's root (first; None only for the empty view) and then the region of
    each range and of each dispatch section: every entry stands for one reference to that region's
    owner. Rules: L1, L4.
    """

    references: References
    regions: tuple[RegionId, ...] = ()
    freed: bool = False

    @property
    def root(self) -> RegionId | None:
        """The region that the view was rendered from. Rules: L4."""
        return self.regions[0] if self.regions else None


class Space(NamedTuple):
    """An address space's life: `linked` until it is destroyed, `freed` a grace period later.

    `current` is the serial of the published view, None before the first. Rules: L6.
    """

    root: RegionId
    current: int | None = None
    listeners: int = 0
    linked: bool = True
    freed: bool = False


class Lifecycle(NamedTuple):
    """All that lives and dies: views by serial, address spaces, region owners and regions.

    `owners` counts references to each owner of regions; `regions` names each region's owner, None
    for a region that is not counted. `bql` is the thread that has the big lock. A name or serial
    stands for one object, and is never used again. Rules: L1, L2, L3, L4, L5, L6.
    """

    rcu: Rcu
    views: Mapping[int, View]
    spaces: Mapping[str, Space]
    owners: Mapping[str, References]
    regions: Mapping[RegionId, str | None]
    freed_regions: frozenset[RegionId] = frozenset()
    bql: str | None = None
    faults: tuple[Fault, ...] = ()


def initial(threads: Iterable[str]) -> Lifecycle:
    """Before anything is made: the empty view, in the table and kept forever. Rules: L1."""
    empty = View(References(2, (FOREVER, TABLE)))
    readers = {thread: Reader() for thread in threads}
    if RCU_THREAD in readers:
        raise LifecycleError(f"thread {RCU_THREAD} runs callbacks, and nothing else")
    return Lifecycle(Rcu(readers), {EMPTY: empty}, {}, {}, {})


Arguments = TypeVarTuple("Arguments")


class Action(NamedTuple):
    """A step to be taken: which, and its arguments after the state. Rules: P14."""

    run: Callable[..., Lifecycle]
    arguments: tuple[object, ...]

    def __str__(self) -> str:
        return f"{self.run.__name__}({', '.join(map(str, self.arguments))})"


def action(run: Callable[[Lifecycle, *Arguments], Lifecycle], *arguments: *Arguments) -> Action:
    """The action of taking a step with these arguments. Rules: P14."""
    return Action(run, arguments)


def step(state: Lifecycle, action: Action) -> Lifecycle:
    """Take one action. Raises LifecycleError and LifecycleAbort. Rules: P14."""
    return action.run(state, *action.arguments)


# --- Looking things up ------------------------------------------------------------------------


def get_view(state: Lifecycle, serial: int) -> View:
    """The view of that serial; LifecycleError if none was ever made. Rules: L1."""
    try:
        return state.views[serial]
    except KeyError:
        raise LifecycleError(f"there is no view {serial}") from None


def get_space(state: Lifecycle, name: str) -> Space:
    """The address space of that name; LifecycleError if none was ever made. Rules: L6."""
    try:
        return state.spaces[name]
    except KeyError:
        raise LifecycleError(f"there is no address space {name}") from None


def get_owner(state: Lifecycle, region: RegionId) -> str | None:
    """The owner of a region, None if it has none; LifecycleError if there is no such region.

    Rules: L4.
    """
    try:
        return state.regions[region]
    except KeyError:
        raise LifecycleError(f"there is no region {region}") from None


def put_view(state: Lifecycle, serial: int, view: View) -> Lifecycle:
    """The state with one view replaced. Rules: L1."""
    return state._replace(views={**state.views, serial: view})


def put_space(state: Lifecycle, name: str, space: Space) -> Lifecycle:
    """The state with one address space replaced. Rules: L6."""
    return state._replace(spaces={**state.spaces, name: space})


def with_fault(state: Lifecycle, kind: FaultKind, thread: str, subject: str | int) -> Lifecycle:
    """The state with one wrong use more, and nothing else changed. Rules: L5."""
    return state._replace(faults=(*state.faults, Fault(kind, thread, subject)))


# --- What a thread may use --------------------------------------------------------------------


def protects(state: Lifecycle, thread: str, serial: int) -> bool:
    """Whether something keeps a view from being freed for as long as this thread may use it.

    That is: it was loaded in the read section that the thread is in, or the thread has a reference
    to it, or the big lock and with it the table's and the address spaces' references. A reference
    to one view covers no other: not the view that an IOMMU's target publishes. Rules: L3, L5.
    """
    holders = get_view(state, serial).references.holders
    if FOREVER in holders or serial in get_reader(state.rcu, thread).loaded:
        return True
    under_bql = (HolderKind.TABLE, HolderKind.SPACE)
    return Holder(HolderKind.THREAD, thread) in holders or (
        state.bql == thread and any(holder.kind in under_bql for holder in holders)
    )


def protects_region(state: Lifecycle, thread: str, region: RegionId) -> bool:
    """Whether something should keep a region from being freed while this thread uses it.

    That is: a view of it that the thread may use, or a reference that it took to the region's
    owner. A region without owner is not counted, so that only the former helps. Rules: L4, L5.
    """
    owner = get_owner(state, region)
    holder = Holder(HolderKind.THREAD, thread)
    return (owner is not None and holder in state.owners[owner].holders) or any(
        region in view.regions and not view.freed and protects(state, thread, serial)
        for serial, view in state.views.items()
    )


def view_fault(state: Lifecycle, thread: str, serial: int) -> FaultKind | None:
    """What is wrong with this thread's touching a view now, if anything. Rules: L3, L5."""
    if get_view(state, serial).freed:
        return FaultKind.VIEW_AFTER_FREE
    return None if protects(state, thread, serial) else FaultKind.VIEW_UNPROTECTED


def region_fault(state: Lifecycle, thread: str, region: RegionId) -> FaultKind | None:
    """What is wrong with this thread's touching a region now, if anything. Rules: L4, L5."""
    if region in state.freed_regions:
        return FaultKind.REGION_AFTER_FREE
    if protects_region(state, thread, region):
        return None
    return FaultKind.REGION_UNPROTECTED


# --- Counting ---------------------------------------------------------------------------------


def take_view(state: Lifecycle, serial: int, holder: Holder) -> Lifecycle:
    """Give a holder a reference to a view, unless the count is 0. Rules: L1, L2."""
    view = get_view(state, serial)
    return put_view(state, serial, view._replace(references=take(view.references, holder)))


def drop_view(state: Lifecycle, thread: str, serial: int, holder: Holder) -> Lifecycle:
    """Take a holder's reference to a view away; the last has it destroyed after a grace period.

    Raises LifecycleAbort for the empty view, which must never lose its last. Rules: L2.
    """
    view = get_view(state, serial)
    references = drop(view.references, holder)
    if view.freed:
        return with_fault(state, FaultKind.VIEW_AFTER_FREE, thread, serial)
    state = put_view(state, serial, view._replace(references=references))
    if references.ref > 0:
        return state
    if view.root is None:
        raise LifecycleAbort("the empty view lost its last reference")
    return state._replace(rcu=queue(state.rcu, view=serial))


def take_owner(state: Lifecycle, region: RegionId, holder: Holder) -> Lifecycle:
    """Give a holder a reference to a region's owner; nothing is counted without one. Rules: L4."""
    owner = get_owner(state, region)
    if owner is None:
        return state
    return state._replace(owners={**state.owners, owner: take(state.owners[owner], holder)})


def drop_owner(state: Lifecycle, thread: str, region: RegionId, holder: Holder) -> Lifecycle:
    """Take a holder's reference to a region's owner away; the last frees all its regions.

    The owner is read from the region, which must not have been freed by other means. Rules: L4.
    """
    owner = get_owner(state, region)
    if region in state.freed_regions:
        return with_fault(state, FaultKind.REGION_AFTER_FREE, thread, region)
    return state if owner is None else release_owner(state, owner, holder)


def release_owner(state: Lifecycle, owner: str, holder: Holder) -> Lifecycle:
    """Take a holder's reference to an owner away; its regions end with the last. Rules: L4."""
    references = drop(state.owners[owner], holder)
    state = state._replace(owners={**state.owners, owner: references})
    if references.ref > 0:
        return state
    owned = {region for region, its_owner in state.regions.items() if its_owner == owner}
    return state._replace(freed_regions=state.freed_regions | owned)
