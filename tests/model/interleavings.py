"""All ways in which programs of the lifecycle machine can interleave.

The model is given as a loaded copy, so that broken copies are explored as the real one is.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from fuzz.mutation import Variant


class Load(NamedTuple):
    """Load the view that a space publishes into the thread's register."""

    space: str


class FindSpace(NamedTuple):
    """Look for a space in the list; if it is not linked, do nothing more but leave."""

    space: str


class OnView(NamedTuple):
    """A step on the view in the register, named as in `lifecycle_steps`."""

    name: str


class UseRegions(NamedTuple):
    """Access every region of the view in the register, in one step."""


class GetView(NamedTuple):
    """Call get_flatview, and put what it gives into the register."""

    space: str


class Rebuild(NamedTuple):
    """Take the steps of a commit; see `lifecycle_programs.rebuild_actions`."""

    made: tuple[tuple[int, tuple[str, ...]], ...]
    published: tuple[tuple[str, int], ...]


class Program(NamedTuple):
    """What one thread has still to do, and its register."""

    thread: str
    todo: tuple[Any, ...]
    view: int | None = None


class System(NamedTuple):
    """The machine's state and the threads' programs."""

    state: Any
    programs: tuple[Program, ...]


def advance(model: Variant, state: Any, program: Program) -> tuple[Any, Program]:
    """The next step of one program; LifecycleError where the thread must wait."""
    steps, programs = model.lifecycle_steps, model.lifecycle_programs
    first, rest = program.todo[0], program.todo[1:]
    done = program._replace(todo=rest)
    thread, view = program.thread, program.view
    if isinstance(first, Rebuild):
        made, published = dict(first.made), dict(first.published)
        actions = programs.rebuild_actions(state, thread, made, published)
        return advance(model, state, program._replace(todo=(*actions, *rest)))
    if isinstance(first, GetView):
        first = programs.GetFlatview(thread, first.space)
    if isinstance(first, programs.GetFlatview):
        state, call = programs.get_flatview_step(state, first)
        if call.phase is programs.Phase.DONE:
            return state, done._replace(view=call.view)
        return state, program._replace(todo=(call, *rest), view=call.view)
    if isinstance(first, Load):
        state = steps.load_view(state, thread, first.space)
        return state, done._replace(view=state.spaces[first.space].current)
    if isinstance(first, FindSpace):
        leave = (model.lifecycle.action(steps.leave_rcu, thread),)
        return state, done if state.spaces[first.space].linked else done._replace(todo=leave)
    if isinstance(first, OnView):
        return getattr(steps, first.name)(state, thread, view), done
    if isinstance(first, UseRegions):
        for region in state.views[view].regions:
            state = steps.use_region(state, thread, region)
        return state, done
    return model.lifecycle.step(state, first), done


def successors(model: Variant, system: System) -> Iterator[System]:
    """The systems after one step of any thread, the RCU thread among them."""
    state, programs = system
    impossible = model.rcu.LifecycleError
    for place, program in enumerate(programs):
        if program.todo:
            try:
                after, rest = advance(model, state, program)
            except impossible:
                continue
            yield System(after, (*programs[:place], rest, *programs[place + 1 :]))
    waiting = model.lifecycle_programs.rcu_action(state)
    if waiting is not None:
        try:
            yield System(model.lifecycle.step(state, waiting), programs)
        except impossible:
            return


def key(system: System) -> object:
    """What tells one system from another, with epochs counted from the last grace period."""
    state, programs = system
    rcu = state.rcu
    readers = tuple(
        (one.nesting, one.nesting and one.entered - rcu.ended, one.loaded)
        for one in rcu.readers.values()
    )
    callbacks = tuple((one.queued - rcu.ended, one.view, one.space) for one in rcu.callbacks)
    return (
        (readers, rcu.epoch - rcu.ended, callbacks),
        tuple(state.views.items()),
        tuple(state.spaces.items()),
        tuple(state.owners.items()),
        state.freed_regions,
        state.bql,
        programs,
    )


def faults(system: System) -> list[str]:
    """The wrong uses that have happened."""
    return [f"{fault.thread}: {fault.kind.value}" for fault in system.state.faults]


def freed_under_a_reader(system: System) -> list[str]:
    """P14 without epochs: what a thread loaded in its section is not freed while it is inside."""
    state, programs = system
    return [
        f"view {view} is freed while {thread} is inside the section that loaded it"
        for thread, _, view in programs
        if view is not None and state.rcu.readers[thread].nesting > 0 and state.views[view].freed
    ]


def unfinished(system: System) -> list[str]:
    """What must not be when no thread can go on: work undone, and what nobody has but is kept."""
    state, programs = system
    wrong = [f"{one.thread} waits forever" for one in programs if one.todo]
    gone = {serial for serial, view in state.views.items() if view.freed}
    gone |= {name for name, space in state.spaces.items() if space.freed}
    for serial, view in state.views.items():
        if view.freed == any(holder.name not in gone for holder in view.references.holders):
            wrong.append(f"view {serial} is freed, or has a holder that is not")
    for owner, references in state.owners.items():
        if references.ref and all(holder.name in gone for holder in references.holders):
            wrong.append(f"owner {owner} is freed, or has a holder that is not")
    return wrong


class Explored(NamedTuple):
    """How many systems were met, and what was wrong in the first that had something wrong."""

    systems: int
    wrong: tuple[str, ...]


def explore(
    model: Variant, start: System, most: int = 200_000, with_invariant: bool = True
) -> Explored:
    """Visit every system that can be reached, depth first, up to the first that is wrong.

    A way back to a system that is still being left is a loop that a schedule can take forever.
    """
    begun = {key(start)}
    path: dict[object, Iterator[System]] = {key(start): successors(model, start)}
    while path:
        here, onward = next(reversed(path.items()))
        system = next(onward, None)
        if system is None:
            del path[here]
            continue
        name = key(system)
        if name in path:
            return Explored(len(begun), ("the schedule can go on forever",))
        if name in begun:
            continue
        begun.add(name)
        if len(begun) > most:
            return Explored(len(begun), (f"more than {most} systems: not explored to the end",))
        following = list(successors(model, system))
        path[name] = iter(following)
        wrong = faults(system) + freed_under_a_reader(system)
        if with_invariant:
            wrong += model.lifecycle_invariant.invariant(system.state)
        if not following:
            wrong += unfinished(system)
        if wrong:
            return Explored(len(begun), tuple(wrong))
    return Explored(len(begun), ())


def all_faults(model: Variant, start: System) -> set[str]:
    """Every first wrong use that some schedule leads to."""
    met, waiting, wrong = {key(start)}, [start], set()
    while waiting:
        for system in successors(model, waiting.pop()):
            found = faults(system)
            wrong.update(found)
            if not found and key(system) not in met:
                met.add(key(system))
                waiting.append(system)
    return wrong
