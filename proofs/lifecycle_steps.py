"""The steps of the lifecycle machine, as theorems take them: by whom, and where they can be taken.

The latter is said a second time here, without the code of the steps.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple, cast

from model.lifecycle import Lifecycle
from model.rcu import Rcu
from proofs.lifecycles import (
    ACTOR,
    EMPTY,
    NEW_SPACE,
    NEW_VIEW,
    NOBODY,
    NOTHING,
    ROOT,
    SPACE,
    VIEW,
    Everyone,
    Machine,
    with_plain_view,
)
from proofs.questions import answer
from proofs.symbolic import all_of, any_of, choose, implies, negation


class Step(NamedTuple):
    """A step of the model, and where it can be taken, which is said here without its code.

    `is_orderly` is what its caller must heed beyond that, and `first` whose destruction has waited
    longest, if the step asks. It may look at whether anyone has the big lock, at what the space
    publishes, and at all readers.
    """

    name: str
    arguments: tuple[object, ...]
    is_possible: Callable[[Machine], bool]
    is_orderly: Callable[[Machine], bool] | None = None
    first: int | str | None = None
    looks_at_lock: bool = False
    looks_at_published: bool = False
    looks_at_readers: bool = False


def _always(machine: Machine) -> bool:
    return True


def _is_inside(machine: Machine) -> bool:
    return machine.readers[ACTOR].nesting > 0


def _has_lock(machine: Machine) -> bool:
    return machine.bql == ACTOR


def _may_change_space(machine: Machine) -> bool:
    return all_of(_has_lock(machine), machine.spaces[SPACE].linked)


def _has_published(machine: Machine) -> bool:
    return negation(machine.spaces[SPACE].current == NOTHING)


def _no_period_is_under_way(machine: Machine) -> bool:
    return machine.epoch == machine.ended


def _first_may_run(machine: Machine) -> bool:
    return machine.first is not None and machine.first.queued < machine.ended


def _nobody_holds_up(machine: Machine) -> bool:
    return all_of(
        *(
            implies(reader.nesting > 0, reader.entered == machine.epoch)
            for reader in machine.readers.values()
        )
    )


def _holds(machine: Machine, serial: int, kind: str, name: int | str = "") -> bool:
    return machine.views[serial].references.holders.count(machine.holder(kind, name)) > 0


def _may_publish(machine: Machine, serial: int) -> bool:
    may: bool = machine.package.lifecycle_invariant.may_publish(machine.state, SPACE, serial)
    return may


def _may_unref(machine: Machine, serial: int) -> bool:
    may_unref = machine.package.lifecycle_invariant.may_unref_for_space
    return answer(machine.proof, lambda: may_unref(machine.state, SPACE, serial))


def _on_views(
    name: str,
    arguments: tuple[object, ...],
    is_possible: Callable[[Machine, int], bool],
    is_orderly: Callable[[Machine, int], bool] | None = None,
) -> tuple[Step, ...]:
    """A step on the empty view, and on another."""
    return tuple(
        Step(
            name,
            (*arguments, serial),
            partial(_of_view, is_possible, serial),
            None if is_orderly is None else partial(_of_view, is_orderly, serial),
        )
        for serial in (EMPTY, VIEW)
    )


def _of_view(condition: Callable[[Machine, int], bool], serial: int, machine: Machine) -> bool:
    return condition(machine, serial)


READERS_STEPS = (
    Step("enter_rcu", (ACTOR,), _always),
    Step("leave_rcu", (ACTOR,), _is_inside),
    Step(
        "load_view",
        (ACTOR, SPACE),
        lambda machine: any_of(machine.spaces[SPACE].freed, _has_published(machine)),
        looks_at_published=True,
    ),
    *_on_views("use_view", (ACTOR,), lambda machine, view: True),
    *_on_views("ref_view", (ACTOR,), lambda machine, view: True),
    *_on_views(
        "unref_view", (ACTOR,), lambda machine, view: _holds(machine, view, "THREAD", ACTOR)
    ),
)

WRITERS_STEPS = (
    Step("lock_bql", (ACTOR,), lambda machine: machine.bql == NOBODY, looks_at_lock=True),
    Step("unlock_bql", (ACTOR,), _has_lock),
    *_on_views(
        "drop_from_table",
        (ACTOR,),
        lambda machine, view: all_of(_has_lock(machine), _holds(machine, view, "TABLE")),
    ),
    Step(
        "seed_table",
        (ACTOR,),
        lambda machine: all_of(_has_lock(machine), negation(_holds(machine, EMPTY, "TABLE"))),
    ),
    Step("make_view", (ACTOR, NEW_VIEW, (ROOT,)), _has_lock),
    *_on_views("ref_for_space", (ACTOR, SPACE), lambda machine, view: _may_change_space(machine)),
    *_on_views(
        "publish",
        (ACTOR, SPACE),
        lambda machine, view: _may_change_space(machine),
        is_orderly=_may_publish,
    ),
    *_on_views(
        "unref_for_space",
        (ACTOR, SPACE),
        lambda machine, view: all_of(
            _may_change_space(machine), _holds(machine, view, "SPACE", SPACE)
        ),
        is_orderly=_may_unref,
    ),
    Step("create_space", (ACTOR, NEW_SPACE, ROOT), _has_lock),
    Step("set_listeners", (ACTOR, SPACE, 1), _may_change_space),
    Step(
        "destroy_space",
        (ACTOR, SPACE),
        lambda machine: all_of(_may_change_space(machine), _has_published(machine)),
        looks_at_published=True,
    ),
)

RCU_STEPS = (
    *(
        Step(
            "begin_grace_period",
            (),
            lambda machine: all_of(
                _no_period_is_under_way(machine), negation(_first_may_run(machine))
            ),
            first=first,
        )
        for first in (VIEW, SPACE)
    ),
    Step(
        "end_grace_period",
        (),
        lambda machine: all_of(
            negation(_no_period_is_under_way(machine)), _nobody_holds_up(machine)
        ),
        looks_at_readers=True,
    ),
    *(
        Step(
            "run_callback",
            (),
            lambda machine: all_of(machine.bql == NOBODY, _first_may_run(machine)),
            first=first,
            looks_at_lock=True,
            looks_at_published=True,
        )
        for first in (VIEW, SPACE)
    ),
)


def seen_by(step: Step, machine: Machine) -> Lifecycle:
    """The state, with plain values for what the step looks at closely; this forks."""
    state = machine.state
    if step.looks_at_lock:
        bql = None if machine.bql == NOBODY else machine.bql
        state = state._replace(bql=cast(Any, bql))
    if step.looks_at_published:
        space = with_plain_view(machine.spaces[SPACE])
        state = state._replace(spaces=Everyone({**machine.spaces, SPACE: space}))
    if step.looks_at_readers:
        state = state._replace(rcu=state.rcu._replace(readers=cast(Any, machine.readers)))
    return state


def moves_left(rcu: Rcu, queued: int) -> int:
    """How often a grace period must begin or end before a callback queued then may run."""
    moves = 2 * (queued + 1 - rcu.ended) - (rcu.epoch - rcu.ended)
    return choose(moves > 0, moves, 0)
