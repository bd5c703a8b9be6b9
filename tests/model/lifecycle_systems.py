"""Small programs of readers and a writer, whose interleavings are explored."""

from collections.abc import Callable

from fuzz.mutation import Variant
from tests.model.interleavings import (
    FindSpace,
    GetView,
    Load,
    OnView,
    Program,
    Rebuild,
    System,
    UseRegions,
)

VIEW_1 = ("system", "bar", "bar")
"""The regions of the first view: its root, and a device's region in a range and in a section."""


def begun(model: Variant, threads: tuple[str, ...]) -> System:
    """One address space with a listener, which publishes a view that has a device's region."""
    lifecycle, steps = model.lifecycle, model.lifecycle_steps
    programs, action = model.lifecycle_programs, model.lifecycle.action
    state = lifecycle.initial(("writer", *threads))
    created = programs.create_space_actions("writer", "memory", "system", 1, VIEW_1)
    for one in (
        action(steps.create_owner, "machine"),
        action(steps.create_owner, "device"),
        action(steps.create_region, "system", "machine"),
        action(steps.create_region, "bar", "device"),
        *programs.under_bql("writer", created),
        *programs.under_bql("writer", [action(steps.set_listeners, "writer", "memory", 1)]),
    ):
        state = lifecycle.step(state, one)
    return System(state, ())


def two_commits(model: Variant) -> Program:
    """Publish a view without the device, unplug the device, and publish another such view."""
    steps, action = model.lifecycle_steps, model.lifecycle.action
    return Program(
        "writer",
        (
            action(steps.lock_bql, "writer"),
            Rebuild(((2, ("system",)),), (("memory", 2),)),
            action(steps.unplug_owner, "device"),
            action(steps.unlock_bql, "writer"),
            action(steps.lock_bql, "writer"),
            Rebuild(((3, ("system",)),), (("memory", 3),)),
            action(steps.unlock_bql, "writer"),
        ),
    )


def section_and_reference(model: Variant) -> System:
    """One reader stays in its section, another takes a reference and uses it outside any."""
    steps, action = model.lifecycle_steps, model.lifecycle.action
    inside = Program(
        "cpu",
        (
            action(steps.enter_rcu, "cpu"),
            Load("memory"),
            OnView("use_view"),
            UseRegions(),
            action(steps.leave_rcu, "cpu"),
        ),
    )
    referring = Program(
        "io", (GetView("memory"), OnView("use_view"), UseRegions(), OnView("unref_view"))
    )
    return System(begun(model, ("cpu", "io")).state, (two_commits(model), inside, referring))


def nested_sections(model: Variant) -> System:
    """A reader that calls get_flatview inside its own section, and uses its first view after it."""
    steps, action = model.lifecycle_steps, model.lifecycle.action
    nested = Program(
        "cpu",
        (
            action(steps.enter_rcu, "cpu"),
            Load("memory"),
            action(steps.enter_rcu, "cpu"),
            action(steps.leave_rcu, "cpu"),
            OnView("use_view"),
            UseRegions(),
            GetView("memory"),
            action(steps.leave_rcu, "cpu"),
            OnView("use_view"),
            OnView("unref_view"),
        ),
    )
    return System(begun(model, ("cpu",)).state, (two_commits(model), nested))


def space_destroyed(model: Variant) -> System:
    """An address space is destroyed, and what it published leaves the table, under two readers."""
    steps, action = model.lifecycle_steps, model.lifecycle.action
    writer = Program(
        "writer",
        (
            action(steps.lock_bql, "writer"),
            action(steps.set_listeners, "writer", "memory", 0),
            action(steps.destroy_space, "writer", "memory"),
            Rebuild((), ()),
            action(steps.unplug_owner, "device"),
            action(steps.unplug_owner, "machine"),
            action(steps.unlock_bql, "writer"),
        ),
    )
    readers = [
        Program(
            thread,
            (
                action(steps.enter_rcu, thread),
                FindSpace("memory"),
                GetView("memory"),
                action(steps.leave_rcu, thread),
                UseRegions(),
                OnView("unref_view"),
            ),
        )
        for thread in ("cpu", "io")
    ]
    return System(begun(model, ("cpu", "io")).state, (writer, *readers))


def used_later(model: Variant) -> System:
    """H8: a reader keeps a view's pointer from one section, and uses it in its next."""
    steps, action = model.lifecycle_steps, model.lifecycle.action
    enter, leave = action(steps.enter_rcu, "cpu"), action(steps.leave_rcu, "cpu")
    todo = (enter, Load("memory"), leave, enter, OnView("use_view"), leave)
    return System(begun(model, ("cpu",)).state, (two_commits(model), Program("cpu", todo)))


Start = Callable[[Variant], System]

SYSTEMS: tuple[Start, ...] = (section_and_reference, nested_sections, space_destroyed)
