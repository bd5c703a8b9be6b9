"""Random schedules of the lifecycle machine's single steps, for any loaded copy of the model."""

from collections.abc import Iterator
from itertools import product
from typing import Any

from hypothesis import strategies as st

from fuzz.mutation import Variant

THREADS = ("writer", "cpu", "io")
SPACES = ("memory", "dma")
REGIONS = ("system", "bar", "loose")
MADE = (("system",), ("system", "bar", "bar"), ("bar", "loose"))

Draws = list[tuple[int, int]]
draws: st.SearchStrategy[Draws] = st.lists(
    st.tuples(st.integers(0, 127), st.integers(0, 255)), min_size=10, max_size=100
)


def candidates(model: Variant, state: Any, kind: int) -> list[Any]:
    """Actions of one kind, whether or not they are possible now."""
    steps, action = model.lifecycle_steps, model.lifecycle.action
    serials, spaces = tuple(state.views), tuple(state.spaces)
    new = (len(serials),)
    readers: list[tuple[Any, tuple[tuple[Any, ...], ...]]] = [
        (steps.enter_rcu, (THREADS,)),
        (steps.load_view, (THREADS, spaces)),
        (steps.ref_view, (THREADS, serials)),
        (steps.leave_rcu, (THREADS,)),
    ]
    others: list[tuple[Any, tuple[tuple[Any, ...], ...]]] = [
        (steps.use_view, (THREADS, serials)),
        (steps.use_region, (THREADS, REGIONS)),
        (steps.unref_view, (THREADS, serials)),
        (steps.ref_region, (THREADS, REGIONS)),
        (steps.unref_region, (THREADS, REGIONS)),
        (steps.lock_bql, (THREADS,)),
        (steps.unlock_bql, (THREADS,)),
        (steps.drop_from_table, (THREADS, serials)),
        (steps.seed_table, (THREADS,)),
        (steps.make_view, (THREADS, new, MADE)),
        (steps.ref_for_space, (THREADS, spaces, serials)),
        (steps.publish, (THREADS, spaces, serials)),
        (steps.unref_for_space, (THREADS, spaces, serials)),
        (steps.create_space, (THREADS, SPACES, REGIONS)),
        (steps.destroy_space, (THREADS, spaces)),
        (steps.unplug_owner, (("device",),)),
    ]
    kinds = readers if kind % 4 == 2 else others
    run, choices = kinds[kind // 4 % len(kinds)]
    return [action(run, *arguments) for arguments in product(*choices)]


def is_orderly(model: Variant, state: Any, action: Any) -> bool:
    """Whether an action is one that the invariant speaks of; `lifecycle_invariant` says which."""
    steps, invariant = model.lifecycle_steps, model.lifecycle_invariant
    if action.run is steps.publish:
        return bool(invariant.may_publish(state, *action.arguments[1:]))
    if action.run is steps.unref_for_space:
        return bool(invariant.may_unref_for_space(state, *action.arguments[1:]))
    if action.run is steps.destroy_space:
        # A space that dies with more references than to what it publishes takes them along.
        space = action.arguments[1]
        had = sum(invariant.references_for(state, space, serial) for serial in state.views)
        return bool(had == 1)
    return True


def commit_of(model: Variant, state: Any, place: int) -> list[Any]:
    """The steps of a commit; what it makes, and who publishes what, depends on `place`."""
    steps, action = model.lifecycle_steps, model.lifecycle.action
    serial = len(state.views)
    made = {serial: MADE[place % 3]} if place % 5 else {}
    linked = [name for name, space in state.spaces.items() if space.linked]
    published = {name: serial if made and place % (7 + at) else 0 for at, name in enumerate(linked)}
    rebuilt = model.lifecycle_programs.rebuild_actions(state, "writer", made, published)
    lock = [] if state.bql == "writer" else [action(steps.lock_bql, "writer")]
    return [*lock, *rebuilt, action(steps.unlock_bql, "writer")]


def first_possible(model: Variant, state: Any, actions: list[Any]) -> Any:
    """The first action that can be taken and is orderly, and the state after it; or None."""
    for action in actions:
        try:
            after = model.lifecycle.step(state, action)
        except model.rcu.LifecycleError:
            continue
        if is_orderly(model, state, action):
            return action, after
    return None


def schedule(model: Variant, state: Any, drawn: Draws) -> Iterator[tuple[Any, Any, Any]]:
    """Take actions as drawn; each is given as the state before, the action, and the state after.

    A quarter each goes to commits, to RCU, to readers, and to anything that is possible and
    orderly. A commit goes on through all that happens meanwhile, until it cannot.
    """
    commit: list[Any] = []
    for kind, place in drawn:
        if kind % 4 == 0:
            commit = commit or commit_of(model, state, place)
            actions = commit[:1]
        elif kind % 4 == 1:
            waiting = model.lifecycle_programs.rcu_action(state)
            actions = [] if waiting is None else [waiting]
        else:
            actions = candidates(model, state, kind)
            first = place % max(1, len(actions))
            actions = actions[first:] + actions[:first]
        chosen = first_possible(model, state, actions)
        if kind % 4 == 0:
            commit = [] if chosen is None else commit[1:]
        if chosen is not None:
            yield state, *chosen
            state = chosen[1]


def begun(model: Variant) -> Any:
    """Two address spaces that share a view of a machine's, a device's and an ownerless region."""
    steps, programs = model.lifecycle_steps, model.lifecycle_programs
    state = model.lifecycle.initial(THREADS)
    for owner, region in (("machine", "system"), ("device", "bar")):
        state = steps.create_region(steps.create_owner(state, owner), region, owner)
    state = steps.create_region(state, "loose", None)
    for space, made in zip(SPACES, (REGIONS, None), strict=True):
        created = programs.create_space_actions("writer", space, "system", 1, made)
        for one in programs.under_bql("writer", created):
            state = model.lifecycle.step(state, one)
    return state
