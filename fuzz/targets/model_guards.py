"""Guards of views on the specification."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from fuzz.guest_seen import RELEASED, GuardSeen, format_guard, format_region
from fuzz.operations_guards import (
    CloneGuard,
    DropGuard,
    GuardFind,
    GuardOperation,
    GuardRead,
    TakeGuard,
)
from fuzz.operations_guest import ReadMethod
from fuzz.targets.interface import Lines, Rejected
from fuzz.targets.model_guest import read_through, region_seen
from fuzz.targets.model_machine import WRITER

if TYPE_CHECKING:
    from fuzz.targets.model import ModelTarget


class ModelGuard:
    """A guard of a scenario: the specification's, the views that it keeps, and their regions.

    `regions` are the names by which the machine knew the views' regions when they were kept.
    """

    def __init__(self, guard: Any) -> None:
        self.guard = guard
        self.views: dict[int, Any] = {}
        self.regions: dict[str, str] = {}

    def keep(self, target: ModelTarget, view: Any) -> None:
        """Remember a view that is kept."""
        self.views[view.serial] = view
        for one in view.ranges:
            self.regions[one.region] = target.lifecycle.region(one.region)


def guard_of(target: ModelTarget, name: str) -> ModelGuard:
    """A guard by its name. Raises Rejected."""
    if name not in target.guards:
        raise Rejected(f"there is no guard {name}")
    return target.guards[name]


def take(target: ModelTarget, name: str, space: str) -> Lines:
    """Take a guard of what a space publishes."""
    module, lifecycle = target.package.guest_guard, target.lifecycle
    view = target.package.system.published_view(target.access.now(), space)
    lifecycle.catch_up(target)
    guard = lifecycle.change(module.take_guard, name, lifecycle.linked[space])
    made = target.guards[name] = ModelGuard(guard)
    made.keep(target, view)
    return (format_guard(GuardSeen("guards", view.serial)),)


def clone(target: ModelTarget, name: str, of: str) -> Lines:
    """Make another guard of a guard's own view. Raises GuardReleased."""
    module, lifecycle, old = target.package.guest_guard, target.lifecycle, guard_of(target, of)
    serial = module.own_view(old.guard)
    lifecycle.catch_up(target)
    guard = lifecycle.change(module.clone_guard, old.guard, name)
    made = target.guards[name] = ModelGuard(guard)
    made.views[serial] = old.views[serial]
    made.regions = {one.region: old.regions[one.region] for one in old.views[serial].ranges}
    return (format_guard(GuardSeen("guards", serial)),)


def drop(target: ModelTarget, name: str) -> Lines:
    """Let go of all that a guard keeps. Raises GuardReleased."""
    module, lifecycle, held = target.package.guest_guard, target.lifecycle, guard_of(target, name)
    serial = module.own_view(held.guard)
    lifecycle.catch_up(target)
    held.guard = lifecycle.change(module.drop_guard, held.guard, WRITER)
    held.views, held.regions = {}, {}
    return (format_guard(GuardSeen("drops", serial)),)


def find(target: ModelTarget, name: str, address: int) -> Lines:
    """Look an address up in a guard's own view. Raises GuardReleased."""
    held = guard_of(target, name)
    view = held.views[target.package.guest_guard.own_view(held.guard)]
    return (format_region(region_seen(target.package.view.lookup(view.ranges, address))),)


def read(target: ModelTarget, operation: GuardRead) -> Lines:
    """Read through a guard, and keep what IOMMUs lead to. Raises GuardReleased and Rejected."""
    held, now = guard_of(target, operation.guard), target.access.now()
    check_regions(target, held, operation.guard)
    module, lifecycle = target.package.guest_guard, target.lifecycle
    view = held.views[module.own_view(held.guard)]
    memory = target.package.guest_flatview.FlatMemory(now, held.guard.space, view.ranges)
    memory, lines = read_through(
        target, memory, ReadMethod.READ, operation.address, operation.length
    )
    led_to = [target.topology.spaces[space].view for space in memory.led_to]
    lifecycle.catch_up(target)
    serials = tuple(one.serial for one in led_to)
    held.guard = lifecycle.change(module.keep_views, held.guard, serials)
    for one in led_to:
        held.keep(target, one)
    return lines


def check_regions(target: ModelTarget, held: ModelGuard, name: str) -> None:
    """Raise Rejected where a view that a guard keeps shows a region that is gone."""
    target.lifecycle.catch_up(target)
    for region, known in held.regions.items():
        if target.lifecycle.regions.get(region) != known:
            raise Rejected(f"guard {name} keeps a view of region {region}, which is gone")


def use_guard(target: ModelTarget, operation: GuardOperation) -> Lines:
    """Take, use or drop a guard; to use one that was dropped is an error that is shown."""
    try:
        return carry_out(target, operation)
    except target.package.guest_guard.GuardReleased:
        return RELEASED


def carry_out(target: ModelTarget, operation: GuardOperation) -> Lines:
    """Take, use or drop a guard. Raises GuardReleased."""
    match operation:
        case TakeGuard(name) | CloneGuard(name) if name in target.guards:
            raise Rejected(f"guard {name} exists already")
        case TakeGuard(name, space):
            return take(target, name, space)
        case CloneGuard(name, guard):
            return clone(target, name, guard)
        case DropGuard(name):
            return drop(target, name)
        case GuardFind(name, address):
            return find(target, name, address)
        case GuardRead():
            return read(target, operation)


HANDLERS: dict[type, Callable[[ModelTarget, Any], Lines]] = dict.fromkeys(
    (TakeGuard, CloneGuard, DropGuard, GuardFind, GuardRead), use_guard
)
