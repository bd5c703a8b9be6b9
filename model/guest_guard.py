"""A guard: a reference to a flat view, and to each view that accesses through it were led to."""

from typing import NamedTuple

from model.lifecycle import Lifecycle, drop_view, get_space, get_view, take_view
from model.rcu import LifecycleError
from model.references import Holder, HolderKind


class GuardReleased(Exception):
    """A guard is used that was dropped; the type system of Rust allows no such use. Rules: F24."""


class Guard(NamedTuple):
    """A guard by its name, for a space; `kept` are the serials of its views, its own first.

    Each is referred to once. After it was dropped there are none. Rules: G6, F23.
    """

    name: str
    space: str
    kept: tuple[int, ...]


def holder_of(name: str) -> Holder:
    """What a guard's references are counted for. Rules: G6, L1."""
    return Holder(HolderKind.THREAD, f"guard {name}")


def own_view(guard: Guard) -> int:
    """The serial of the guard's own view. Raises GuardReleased. Rules: F24."""
    if not guard.kept:
        raise GuardReleased(f"guard {guard.name} was dropped")
    return guard.kept[0]


def take_guard(state: Lifecycle, name: str, space: str) -> tuple[Lifecycle, Guard]:
    """Take a reference to what a space publishes.

    Between loading it and referring to it nothing else happens here; where something does, one
    loads again (`lifecycle_programs.get_flatview_step`). Raises LifecycleError for a space that is
    destroyed. Rules: G6, L2, L3, F25.
    """
    current = get_space(state, space).current
    if current is None or not get_space(state, space).linked:
        raise LifecycleError(f"address space {space} is destroyed")
    return take_view(state, current, holder_of(name)), Guard(name, space, (current,))


def clone_guard(state: Lifecycle, guard: Guard, name: str) -> tuple[Lifecycle, Guard]:
    """Another guard of the same view; what accesses of the first were led to, it does not keep.

    It cannot fail: who holds a reference can take another. Raises GuardReleased. Rules: G6, F26.
    """
    view = own_view(guard)
    assert get_view(state, view).references.ref > 0
    return take_view(state, view, holder_of(name)), Guard(name, guard.space, (view,))


def keep_views(state: Lifecycle, guard: Guard, led_to: tuple[int, ...]) -> tuple[Lifecycle, Guard]:
    """Keep the views that accesses were led to, each once. Raises GuardReleased. Rules: F23."""
    own_view(guard)
    for serial in led_to:
        if serial not in guard.kept:
            state = take_view(state, serial, holder_of(guard.name))
            guard = guard._replace(kept=(*guard.kept, serial))
    return state, guard


def drop_guard(state: Lifecycle, guard: Guard, thread: str) -> tuple[Lifecycle, Guard]:
    """Let go of all views, in the order in which they were taken. Raises GuardReleased.

    Rules: G6, L2, F23.
    """
    own_view(guard)
    for serial in guard.kept:
        state = drop_view(state, thread, serial, holder_of(guard.name))
    return state, guard._replace(kept=())
