"""Guards of views on the implementation."""

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
from fuzz.targets.impl_access import check_reachable, space_of
from fuzz.targets.impl_guest import contract_of, read_through, region_seen
from fuzz.targets.interface import Lines, Rejected

if TYPE_CHECKING:
    from fuzz.targets.impl import ImplTarget


def guard_of(target: ImplTarget, name: str) -> Any:
    """A guard by its name. Raises Rejected."""
    if name not in target.guards:
        raise Rejected(f"there is no guard {name}")
    return target.guards[name]


def read(target: ImplTarget, operation: GuardRead) -> Lines:
    """Read through a guard. Raises Rejected where a view that it keeps shows a region gone."""
    guard = guard_of(target, operation.guard)
    check_reachable(target)
    for region in {one.region for view in guard.kept for one in view}:
        if target.regions.get(region.name) is not region:
            raise Rejected(f"guard {operation.guard} keeps a view of {region.name}, which is gone")
    return read_through(target, guard, ReadMethod.READ, operation.address, operation.length)


def use_guard(target: ImplTarget, operation: GuardOperation) -> Lines:
    """Take, use or drop a guard; to use one that was dropped is an error that is shown."""
    try:
        return carry_out(target, operation)
    except target.package.guest_errors.GuardReleased:
        return RELEASED


def carry_out(target: ImplTarget, operation: GuardOperation) -> Lines:
    """Take, use or drop a guard. Raises GuardReleased."""
    match operation:
        case TakeGuard(name) | CloneGuard(name) if name in target.guards:
            raise Rejected(f"guard {name} exists already")
        case TakeGuard(name, space):
            make = target.package.guest_guard.FlatViewRef
            made = target.guards[name] = make(space_of(target, space), contract_of(target))
            return (format_guard(GuardSeen("guards", made.view.serial)),)
        case CloneGuard(name, guard):
            made = target.guards[name] = guard_of(target, guard).clone()
            return (format_guard(GuardSeen("guards", made.view.serial)),)
        case DropGuard(name):
            guard = guard_of(target, name)
            guard.drop()
            return (format_guard(GuardSeen("drops", guard.view.serial)),)
        case GuardFind(name, address):
            return (format_region(region_seen(guard_of(target, name).find_region(address))),)
        case GuardRead():
            return read(target, operation)


HANDLERS: dict[type, Callable[[ImplTarget, Any], Lines]] = dict.fromkeys(
    (TakeGuard, CloneGuard, DropGuard, GuardFind, GuardRead), use_guard
)
