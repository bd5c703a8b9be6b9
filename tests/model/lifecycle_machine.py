"""A small machine for examples of the lifecycle: spaces that share a view, and how it goes on."""

from collections.abc import Iterable
from functools import reduce

from model import lifecycle_steps as steps
from model.lifecycle import Action, FaultKind, Lifecycle, initial, step
from model.lifecycle_programs import (
    create_space_actions,
    rcu_action,
    rebuild_actions,
    under_bql,
)
from model.rcu import LifecycleError

WRITER, CPU, IO = "writer", "cpu", "io"


def run(state: Lifecycle, actions: Iterable[Action]) -> Lifecycle:
    """Take one action after another."""
    return reduce(step, actions, state)


def machine(*spaces: str) -> Lifecycle:
    """Address spaces that share view 1 of a machine's RAM, a device's register and a loose region.

    `loose` has no owner.
    """
    state = initial((WRITER, CPU, IO))
    for owner, region in (("machine", "system"), ("device", "bar")):
        state = steps.create_region(steps.create_owner(state, owner), region, owner)
    state = steps.create_region(state, "loose", None)
    made = ("system", "bar", "loose")
    for space in spaces or ("memory",):
        first = None if 1 in state.views else made
        created = create_space_actions(WRITER, space, "system", 1, first)
        state = run(state, under_bql(WRITER, created))
    return state


def rebuild(state: Lifecycle, serial: int, *spaces: str) -> Lifecycle:
    """A whole commit: the spaces publish a view of `system` alone."""
    published = dict.fromkeys(spaces or ("memory",), serial)
    actions = rebuild_actions(state, WRITER, {serial: ("system",)}, published)
    return run(state, under_bql(WRITER, actions))


def settle(state: Lifecycle) -> Lifecycle:
    """Let the RCU thread run until it has nothing to do or must wait."""
    while (waiting := rcu_action(state)) is not None:
        try:
            state = step(state, waiting)
        except LifecycleError:
            break
    return state


def kinds(state: Lifecycle) -> list[FaultKind]:
    return [fault.kind for fault in state.faults]
