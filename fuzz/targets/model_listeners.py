"""Listeners, coalesced ranges, ioeventfds and global dirty logging on the specification."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from fuzz.callbacks import CallbackSeen, EventfdSeen, format_signal
from fuzz.observation import RangeSeen
from fuzz.operations_listeners import (
    AddCoalescing,
    AddEventfd,
    ClearCoalescing,
    DelEventfd,
    ListenerOperation,
    ObserveEvents,
    ObserveSignal,
    RegisterListener,
    SetCoalescing,
    SetGlobalLog,
    UnregisterListener,
)
from fuzz.targets.interface import Lines
from fuzz.targets.observing import check_write

if TYPE_CHECKING:
    from fuzz.targets.model import ModelTarget


def call_seen(event: Any) -> CallbackSeen:
    """An event of the model's in neutral words."""
    seen = CallbackSeen(event.listener, event.callback.value, getattr(event, "view", None))
    if hasattr(event, "section"):
        seen = seen._replace(section=RangeSeen(*event.section))
    if hasattr(event, "old"):
        seen = seen._replace(masks=(event.old, event.new))
    if hasattr(event, "addresses"):
        seen = seen._replace(addresses=tuple(event.addresses))
    if hasattr(event, "ioeventfd"):
        start, size, match_data, data, notifier = event.ioeventfd
        eventfd = EventfdSeen(start, size, notifier, data if match_data else None)
        seen = seen._replace(eventfd=eventfd)
    return seen


def change_listening(target: ModelTarget, operation: ListenerOperation) -> Lines:
    """Carry out an operation that is one function of the model's."""
    topology, changes, now = target.package.topology, target.package.write_changes, target.topology
    match operation:
        case RegisterListener(name, space, priority, eventfds):
            target.topology = topology.register_listener(now, name, space, priority, eventfds)
        case UnregisterListener(name):
            target.topology = topology.unregister_listener(now, name)
        case AddCoalescing(region, offset, size):
            target.topology = changes.add_coalescing(now, region, offset, size)
        case SetCoalescing(region):
            target.topology = changes.set_coalescing(now, region)
        case ClearCoalescing(region):
            target.topology = changes.clear_coalescing(now, region)
        case AddEventfd(region):
            eventfd, swapped = eventfd_of(target, operation), target.access.is_byte_swapped(region)
            target.topology = changes.add_ioeventfd(now, region, eventfd, swapped)
        case DelEventfd(region):
            eventfd, swapped = eventfd_of(target, operation), target.access.is_byte_swapped(region)
            target.topology = changes.del_ioeventfd(now, region, eventfd, swapped)
        case SetGlobalLog(on, reasons):
            change = changes.start_global_dirty_log if on else changes.stop_global_dirty_log
            target.topology = change(now, reasons)
    return ()


def eventfd_of(target: ModelTarget, operation: AddEventfd | DelEventfd) -> Any:
    """The model's ioeventfd for an operation."""
    return target.package.region.Ioeventfd(
        operation.offset,
        operation.size.bytes,
        operation.data is not None,
        operation.data or 0,
        operation.notifier.number,
    )


def observe_signal(target: ModelTarget, operation: ObserveSignal) -> Lines:
    """Which notifier a write to a region signals."""
    check_write(operation)
    region = target.package.topology.get_region(target.topology, operation.region)
    found = target.package.ioeventfds.signalled_by(
        region.ioeventfds, operation.offset, operation.size.bytes, operation.data
    )
    return format_signal(None if found is None else found.notifier)


def take_calls(target: ModelTarget) -> None:
    """Move what the topology has written down to the target's backlog."""
    if target.topology.events:
        target.topology, events = target.package.topology.take_events(target.topology)
        target.backlog.add(map(call_seen, events))


def observe_events(target: ModelTarget, operation: ObserveEvents) -> Lines:
    """All calls since the last look."""
    take_calls(target)
    return target.backlog.look()


HANDLERS: dict[type, Callable[[ModelTarget, Any], Lines]] = {
    **dict.fromkeys(
        (
            RegisterListener,
            UnregisterListener,
            AddCoalescing,
            SetCoalescing,
            ClearCoalescing,
            AddEventfd,
            DelEventfd,
            SetGlobalLog,
        ),
        change_listening,
    ),
    ObserveSignal: observe_signal,
    ObserveEvents: observe_events,
}
