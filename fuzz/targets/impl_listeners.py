"""Listeners, coalesced ranges, ioeventfds and global dirty logging on the implementation."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from fuzz.callbacks import Backlog, CallbackSeen, EventfdSeen, format_signal
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
from fuzz.targets.interface import Lines, Rejected
from fuzz.targets.observing import check_write

if TYPE_CHECKING:
    from fuzz.targets.impl import ImplTarget


class Recorder:
    """A listener, with the methods of the implementation's, that writes down its calls."""

    def __init__(
        self, name: str, space: Any, priority: int, has_eventfd_callbacks: bool, backlog: Backlog
    ) -> None:
        self.name = name
        self.space = space
        self.priority = priority
        self.has_eventfd_callbacks = has_eventfd_callbacks
        self.backlog = backlog

    def begin(self) -> None:
        self._write(CallbackSeen(self.name, "begin"))

    def commit(self) -> None:
        self._write(CallbackSeen(self.name, "commit"))

    def log_global_start(self) -> None:
        self._write(CallbackSeen(self.name, "log_global_start"))

    def log_global_stop(self) -> None:
        self._write(CallbackSeen(self.name, "log_global_stop"))

    def region_add(self, section: Any) -> None:
        self._write(self._of_section("region_add", section))

    def region_del(self, section: Any) -> None:
        self._write(self._of_section("region_del", section))

    def region_nop(self, section: Any) -> None:
        self._write(self._of_section("region_nop", section))

    def log_start(self, section: Any, old: int, new: int) -> None:
        self._write(self._of_section("log_start", section)._replace(masks=(old, new)))

    def log_stop(self, section: Any, old: int, new: int) -> None:
        self._write(self._of_section("log_stop", section)._replace(masks=(old, new)))

    def coalesced_io_add(self, section: Any, start: int, end: int) -> None:
        call = self._of_section("coalesced_io_add", section)
        self._write(call._replace(addresses=(start, end - start)))

    def coalesced_io_del(self, section: Any, start: int, end: int) -> None:
        call = self._of_section("coalesced_io_del", section)
        self._write(call._replace(addresses=(start, end - start)))

    def eventfd_add(self, ioeventfd: Any) -> None:
        self._write(self._of_eventfd("eventfd_add", ioeventfd))

    def eventfd_del(self, ioeventfd: Any) -> None:
        self._write(self._of_eventfd("eventfd_del", ioeventfd))

    def _of_section(self, callback: str, section: Any) -> CallbackSeen:
        """A call with a section; the view is what the space publishes as it is called."""
        seen = RangeSeen(
            section.region.name,
            section.offset,
            section.start,
            section.end - section.start,
            *section.flags,
        )
        return CallbackSeen(self.name, callback, self.space.view.serial, seen)

    def _of_eventfd(self, callback: str, one: Any) -> CallbackSeen:
        eventfd = EventfdSeen(one.start, one.size, one.notifier, one.data)
        return CallbackSeen(self.name, callback, self.space.view.serial, eventfd=eventfd)

    def _write(self, call: CallbackSeen) -> None:
        self.backlog.add((call,))


def register_listener(target: ImplTarget, operation: RegisterListener) -> Lines:
    """Have a new recorder called for a space."""
    name, space = operation.name, target.memory_map.spaces.get(operation.space)
    if space is None:
        raise Rejected(f"there is no address space {operation.space}")
    if name in target.recorders:
        raise Rejected(f"listener {name} exists already")
    made = Recorder(name, space, operation.priority, operation.eventfds, target.backlog)
    target.memory_map.listeners.register(made, space)
    target.recorders[name] = made
    return ()


def unregister_listener(target: ImplTarget, operation: UnregisterListener) -> Lines:
    """Have a recorder called no more."""
    recorder = target.recorders.get(operation.name)
    if recorder is None:
        raise Rejected(f"there is no listener {operation.name}")
    target.memory_map.listeners.unregister(recorder, recorder.space)
    del target.recorders[operation.name]
    return ()


def change_listening(target: ImplTarget, operation: ListenerOperation) -> Lines:
    """Carry out an operation that is one method of the implementation's."""
    listeners = target.memory_map.listeners
    match operation:
        case AddCoalescing(region, offset, size):
            listeners.add_coalescing(target.region(region), offset, size)
        case SetCoalescing(region):
            listeners.set_coalescing(target.region(region))
        case ClearCoalescing(region):
            listeners.clear_coalescing(target.region(region))
        case AddEventfd(region):
            target.accesses.add_ioeventfd(target.region(region), eventfd_of(target, operation))
        case DelEventfd(region):
            target.accesses.del_ioeventfd(target.region(region), eventfd_of(target, operation))
        case SetGlobalLog(True, reasons):
            listeners.start_global_dirty_log(reasons)
        case SetGlobalLog(False, reasons):
            listeners.stop_global_dirty_log(reasons)
    return ()


def eventfd_of(target: ImplTarget, operation: AddEventfd | DelEventfd) -> Any:
    """The implementation's ioeventfd for an operation."""
    return target.package.ioeventfds.Ioeventfd(
        operation.offset, operation.size.bytes, operation.data, operation.notifier.number
    )


def observe_signal(target: ImplTarget, operation: ObserveSignal) -> Lines:
    """Which notifier a write to a region signals."""
    check_write(operation)
    found = target.memory_map.listeners.ioeventfds.signalled(
        target.region(operation.region), operation.offset, operation.size.bytes, operation.data
    )
    return format_signal(None if found is None else found.notifier)


def observe_events(target: ImplTarget, operation: ObserveEvents) -> Lines:
    """All calls since the last look."""
    return target.backlog.look()


HANDLERS: dict[type, Callable[[ImplTarget, Any], Lines]] = {
    RegisterListener: register_listener,
    UnregisterListener: unregister_listener,
    **dict.fromkeys(
        (AddCoalescing, SetCoalescing, ClearCoalescing, AddEventfd, DelEventfd, SetGlobalLog),
        change_listening,
    ),
    ObserveSignal: observe_signal,
    ObserveEvents: observe_events,
}
