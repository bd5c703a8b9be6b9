"""Listeners, and what their callbacks are called with, written down as events."""

from collections.abc import Iterator
from enum import StrEnum
from typing import NamedTuple

from model.address_range import AddressRange
from model.region import Ioeventfd
from model.view import FlatRange


class Listener(NamedTuple):
    """One that is told of changes of an address space.

    Those of lower `priority` (unsigned 32 bits) come first, among equals the first registered.
    Only with `has_eventfd_callbacks` is it told of ioeventfds, or counts as one who asks for them.
    Rules: T2, T5, T10.
    """

    name: str
    space: str
    priority: int = 0
    has_eventfd_callbacks: bool = False


Listeners = tuple[Listener, ...]


class Callback(StrEnum):
    """What a listener can be called for, by QEMU's names. Rules: T2, T4, T7."""

    BEGIN = "begin"
    COMMIT = "commit"
    REGION_ADD = "region_add"
    REGION_DEL = "region_del"
    REGION_NOP = "region_nop"
    LOG_START = "log_start"
    LOG_STOP = "log_stop"
    LOG_GLOBAL_START = "log_global_start"
    LOG_GLOBAL_STOP = "log_global_stop"
    COALESCED_IO_ADD = "coalesced_io_add"
    COALESCED_IO_DEL = "coalesced_io_del"
    EVENTFD_ADD = "eventfd_add"
    EVENTFD_DEL = "eventfd_del"

    @property
    def is_reverse(self) -> bool:
        """Whether the last listener is called first: what is built up is taken down backwards.

        Of ioeventfds it is the other way around. Rules: T5.
        """
        return self in (
            Callback.REGION_DEL,
            Callback.LOG_STOP,
            Callback.LOG_GLOBAL_STOP,
            Callback.COALESCED_IO_DEL,
            Callback.EVENTFD_ADD,
        )


class GlobalEvent(NamedTuple):
    """Of no address space in particular: begin, commit, log_global_start, log_global_stop.

    Rules: T2, T7.
    """

    listener: str
    callback: Callback


class RegionEvent(NamedTuple):
    """A section comes, goes or stays: region_add, region_del, region_nop.

    `view` is the serial of the view that the space publishes meanwhile, which in a commit is still
    the old one: it is what the section's own reference to a view leads to. (QEMU's section leaves
    out the dirty mask and the ROMD mode.) Rules: T3.
    """

    listener: str
    callback: Callback
    view: int
    section: FlatRange


class LogEvent(NamedTuple):
    """The dirty mask of a section changes from `old` to `new`: log_start, log_stop. Rules: T4."""

    listener: str
    callback: Callback
    view: int
    section: FlatRange
    old: int
    new: int


class CoalescedEvent(NamedTuple):
    """A section shows a coalesced range at these addresses: coalesced_io_add, coalesced_io_del.

    Rules: T4, T7.
    """

    listener: str
    callback: Callback
    view: int
    section: FlatRange
    addresses: AddressRange


class EventfdEvent(NamedTuple):
    """A space has an ioeventfd, at an address: eventfd_add, eventfd_del.

    `view` is the new view: ioeventfds follow its publication. Rules: T2, T10.
    """

    listener: str
    callback: Callback
    view: int
    ioeventfd: Ioeventfd


Event = GlobalEvent | RegionEvent | LogEvent | CoalescedEvent | EventfdEvent


def add_listener(listeners: Listeners, listener: Listener) -> Listeners:
    """Put a listener after all whose priority is not above its own. Rules: T2."""
    behind = (i for i, other in enumerate(listeners) if listener.priority < other.priority)
    place = next(behind, len(listeners))
    return (*listeners[:place], listener, *listeners[place:])


def in_order(listeners: Listeners, callback: Callback) -> Iterator[str]:
    """The names of the listeners in the order in which one callback calls them. Rules: T5."""
    return (one.name for one in (reversed(listeners) if callback.is_reverse else listeners))
