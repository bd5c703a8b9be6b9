"""What holds after every step of the lifecycle machine, whatever readers do.

Each clause that speaks of readers names the reason why no reader meets freed memory. It runs in
two moves. A view loses its last holder only when no address space publishes it: so whoever has
loaded it entered its read section before the view's destruction was queued. And a callback runs
only after every such section has been left: so whoever frees a view finds no reader of it.
"""

from collections import Counter
from collections.abc import Iterable

from model import rcu
from model.lifecycle import EMPTY, Lifecycle
from model.rcu import Callback
from model.references import FOREVER, Holder, HolderKind


def invariant(state: Lifecycle) -> list[str]:
    """The clauses that do not hold of a state; none in those that steps from `initial` lead to.

    Of the writer's steps, two need what `may_publish` and `may_unref_for_space` say.
    Wrong uses do not break them: they say what the machine grants, `Fault` what a thread did with
    it. Only `free_region` takes away what a clause would promise about regions. Rules: P14.
    """
    return [
        *rcu.broken_clauses(state.rcu),
        *broken_counts(state),
        *broken_publications(state),
        *broken_destructions(state),
        *broken_reach(state),
        *broken_owners(state),
    ]


def may_publish(state: Lifecycle, space: str, serial: int) -> bool:
    """Whether publishing this view keeps the invariant: the reference for it is there.

    Rules: L6.
    """
    return references_for(state, space, serial) > 0


def may_unref_for_space(state: Lifecycle, space: str, serial: int) -> bool:
    """Whether dropping this reference keeps the invariant: it is not that of what is published.

    Every other step keeps the invariant whenever it can be taken. Rules: L6.
    """
    published = state.spaces[space].current == serial
    return references_for(state, space, serial) > (1 if published else 0)


def references_for(state: Lifecycle, space: str, serial: int) -> int:
    """How many references to a view an address space has. Rules: L1."""
    return state.views[serial].references.holders.count(Holder(HolderKind.SPACE, space))


def broken_counts(state: Lifecycle) -> Iterable[str]:
    """Counts say how many holders there are. Rules: L1, L2."""
    for serial, view in state.views.items():
        ref, holders = view.references
        if ref < 0 or ref != len(holders):
            yield f"view {serial}: the count is the number of holders"
        if (serial == EMPTY) != (FOREVER in holders) or (serial == EMPTY) != (view.root is None):
            yield f"view {serial}: the empty view, and no other, is kept forever"


def broken_publications(state: Lifecycle) -> Iterable[str]:
    """What is published has a reference for it. Rules: L1, L6."""
    for name, space in state.spaces.items():
        if space.freed or space.current is None:
            continue
        if references_for(state, name, space.current) == 0:
            yield f"{name}: an address space has a reference to the view that it publishes"


def broken_destructions(state: Lifecycle) -> Iterable[str]:
    """Views and spaces wait to be destroyed once, for as long as QEMU lets them. Rules: L2, L6."""
    for serial, view in state.views.items():
        destructions = len(callbacks_of(state, view=serial)) + (1 if view.freed else 0)
        if destructions != (1 if view.references.ref == 0 else 0):
            yield f"view {serial}: at 0 references it waits to be destroyed, or is, once"
    for name, space in state.spaces.items():
        destructions = len(callbacks_of(state, space=name)) + (1 if space.freed else 0)
        if destructions != (0 if space.linked else 1):
            yield f"{name}: an address space that is destroyed waits to be freed, or is, once"


def broken_reach(state: Lifecycle) -> Iterable[str]:
    """Who can still use a view came before its destruction was queued. Rules: L3, L5."""
    for thread, reader in state.rcu.readers.items():
        for serial in reader.loaded:
            if state.views[serial].freed:
                yield f"view {serial} is freed only when {thread} can no longer use it"
            for callback in callbacks_of(state, view=serial):
                if reader.entered > callback.queued:
                    yield f"{thread} entered before the destruction of view {serial} was queued"


def broken_owners(state: Lifecycle) -> Iterable[str]:
    """Views and address spaces keep the owners of their regions. Rules: L4."""
    for owner, (ref, holders) in state.owners.items():
        if ref < 0 or ref != len(holders):
            yield f"owner {owner}: the count is the number of holders"
    for region, its_owner in state.regions.items():
        ended = its_owner is not None and state.owners[its_owner].ref == 0
        if ended and region not in state.freed_regions:
            yield f"region {region} ends with its owner"
    for serial, view in state.views.items():
        if view.freed:
            continue
        due = Counter(state.regions[region] for region in view.regions)
        for owner, (_, holders) in state.owners.items():
            if holders.count(Holder(HolderKind.VIEW, serial)) != due[owner]:
                yield f"view {serial} has a reference to {owner} for each of its regions"
    for name, space in state.spaces.items():
        root_owner = state.regions[space.root]
        if root_owner is None or space.freed:
            continue
        if Holder(HolderKind.SPACE, name) not in state.owners[root_owner].holders:
            yield f"{name}: an address space has a reference to the owner of its root"


def callbacks_of(
    state: Lifecycle, view: int | None = None, space: str | None = None
) -> list[Callback]:
    """The callbacks that are to destroy this view or this address space. Rules: L2, L6."""
    return [
        callback
        for callback in state.rcu.callbacks
        if (callback.view, callback.space) == (view, space)
    ]
