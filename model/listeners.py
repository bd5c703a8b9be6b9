"""What listeners hear: of a new view, of ioeventfds, and when one of them comes or goes."""

from collections.abc import Iterator

from model.address_range import AddressRange
from model.coalesced import coalesced_parts, leading_coalesced_parts
from model.events import (
    Callback,
    CoalescedEvent,
    Event,
    EventfdEvent,
    GlobalEvent,
    Listener,
    Listeners,
    LogEvent,
    RegionEvent,
    in_order,
)
from model.flavour import Flavour
from model.ioeventfds import Ioeventfds, ioeventfd_differences
from model.region import Ioeventfd, Regions
from model.view import FlatRange, FlatView, Ranges

# --- One call after another -------------------------------------------------------------------


def global_events(listeners: Listeners, callback: Callback) -> Iterator[Event]:
    """All listeners are called for something of no space in particular. Rules: T2, T5."""
    return (GlobalEvent(name, callback) for name in in_order(listeners, callback))


def region_events(
    listeners: Listeners, callback: Callback, view: int, section: FlatRange
) -> Iterator[Event]:
    """All listeners of a space are called for one section. Rules: T5."""
    return (RegionEvent(name, callback, view, section) for name in in_order(listeners, callback))


def log_events(
    listeners: Listeners, callback: Callback, view: int, section: FlatRange, old: int, new: int
) -> Iterator[Event]:
    """All listeners of a space are called for a change of one dirty mask. Rules: T5."""
    return (
        LogEvent(name, callback, view, section, old, new) for name in in_order(listeners, callback)
    )


def coalesced_events(
    listeners: Listeners,
    callback: Callback,
    view: int,
    section: FlatRange,
    parts: tuple[AddressRange, ...],
) -> Iterator[Event]:
    """All listeners of a space are called for one coalesced range after the other. Rules: T5."""
    return (
        CoalescedEvent(name, callback, view, section, part)
        for part in parts
        for name in in_order(listeners, callback)
    )


def eventfd_events(
    listeners: Listeners, callback: Callback, view: int, ioeventfd: Ioeventfd
) -> Iterator[Event]:
    """All listeners that ask for ioeventfds are called for one. Rules: T5."""
    asking = tuple(one for one in listeners if one.has_eventfd_callbacks)
    return (EventfdEvent(name, callback, view, ioeventfd) for name in in_order(asking, callback))


# --- The walk over two views ------------------------------------------------------------------


def is_same_range(old: FlatRange, new: FlatRange) -> bool:
    """Whether a new range is one of the old; their dirty masks may differ. Rules: T4."""
    return (
        old.region == new.region
        and old.start == new.start
        and old.size == new.size
        and old.offset == new.offset
        and old.romd_mode == new.romd_mode
        and old.readonly == new.readonly
        and old.nonvolatile == new.nonvolatile
        and old.unmergeable == new.unmergeable
    )


def difference_step(
    old: FlatRange | None, new: FlatRange | None
) -> tuple[FlatRange | None, FlatRange | None]:
    """One turn of the walk: of the two next in line, the one that goes or comes, or the pair.

    None stands for a view that has ended; one of the two has not. What is only in the old view goes
    first where both begin at one address. Rules: T4, P13.
    """
    if old is None:
        return None, new
    if new is None or old.start < new.start:
        return old, None
    if old.start > new.start:
        return None, new
    return (old, new) if is_same_range(old, new) else (old, None)


def differences(old: Ranges, new: Ranges) -> tuple[tuple[FlatRange | None, FlatRange | None], ...]:
    """The walk over two views: what goes (no new), comes (no old), and stays. Rules: T4."""
    taken = []
    olds, news = list(reversed(old)), list(reversed(new))
    while olds or news:
        pair = difference_step(olds[-1] if olds else None, news[-1] if news else None)
        taken.append(pair)
        if pair[0] is not None:
            olds.pop()
        if pair[1] is not None:
            news.pop()
    return tuple(taken)


def topology_events(
    listeners: Listeners, regions: Regions, old: FlatView, new: FlatView
) -> Iterator[Event]:
    """What the listeners of one space hear of its new view, before it is published.

    First all that goes, then all that stays or comes, each by ascending address; every range is
    done with all listeners before the next, so that at no time two sections overlap. A section that
    comes brings no log_start. There is an old view always: a space publishes its first before
    anyone can listen. Rules: T3, T4, T5, T6, T8.
    """
    taken = differences(old.ranges, new.ranges)
    for section, stays in taken:
        if section is not None and stays is None:
            parts = coalesced_parts(section, regions[section.region])
            yield from coalesced_events(
                listeners, Callback.COALESCED_IO_DEL, old.serial, section, parts
            )
            yield from region_events(listeners, Callback.REGION_DEL, old.serial, section)
    for before, section in taken:
        if before is not None and section is not None:
            yield from stay_events(listeners, old.serial, before, section)
        elif section is not None:
            parts = coalesced_parts(section, regions[section.region])
            yield from region_events(listeners, Callback.REGION_ADD, old.serial, section)
            yield from coalesced_events(
                listeners, Callback.COALESCED_IO_ADD, old.serial, section, parts
            )


def stay_events(listeners: Listeners, view: int, old: FlatRange, new: FlatRange) -> Iterator[Event]:
    """A range stays: region_nop, log_start if its dirty mask gained bits, log_stop if it lost some.

    The last two are called with both masks. Rules: T4.
    """
    before, after = old.dirty_log_mask, new.dirty_log_mask
    yield from region_events(listeners, Callback.REGION_NOP, view, new)
    if after & ~before:
        yield from log_events(listeners, Callback.LOG_START, view, new, before, after)
    if before & ~after:
        yield from log_events(listeners, Callback.LOG_STOP, view, new, before, after)


# --- Ioeventfds -------------------------------------------------------------------------------


def ioeventfd_events(
    listeners: Listeners, view: int, old: Ioeventfds, new: Ioeventfds
) -> Iterator[Event]:
    """What the listeners of one space hear of its new list of ioeventfds. Raises IoeventfdAbort.

    Deletions and additions come as the walk finds them, by ascending address. Rules: T5, T10.
    """
    for gone, comes in ioeventfd_differences(old, new):
        if gone is not None and comes is None:
            yield from eventfd_events(listeners, Callback.EVENTFD_DEL, view, gone)
        elif comes is not None and gone is None:
            yield from eventfd_events(listeners, Callback.EVENTFD_ADD, view, comes)


# --- A listener comes or goes -----------------------------------------------------------------


def registration_events(
    listener: Listener,
    regions: Regions,
    view: FlatView,
    ioeventfds: Ioeventfds,
    flavour: Flavour,
    logs_globally: bool,
) -> Iterator[Event]:
    """What a new listener, and no other, is told of what its space holds already.

    Unlike a commit, it says of each section which clients log its writes. Rules: T6, T7.
    """
    one, tells_io = (listener,), flavour.tells_new_listeners_of_io
    yield from global_events(one, Callback.BEGIN)
    if logs_globally:
        yield from global_events(one, Callback.LOG_GLOBAL_START)
    for section in view.ranges:
        yield from region_events(one, Callback.REGION_ADD, view.serial, section)
        if tells_io:
            parts = leading_coalesced_parts(section, regions[section.region])
            yield from coalesced_events(one, Callback.COALESCED_IO_ADD, view.serial, section, parts)
        if mask := section.dirty_log_mask:
            yield from log_events(one, Callback.LOG_START, view.serial, section, 0, mask)
    for ioeventfd in ioeventfds if tells_io else ():
        yield from eventfd_events(one, Callback.EVENTFD_ADD, view.serial, ioeventfd)
    yield from global_events(one, Callback.COMMIT)


def unregistration_events(
    listener: Listener, regions: Regions, view: FlatView, ioeventfds: Ioeventfds, flavour: Flavour
) -> Iterator[Event]:
    """What a listener that leaves is told to forget. Rules: T7."""
    one, tells_io = (listener,), flavour.tells_new_listeners_of_io
    yield from global_events(one, Callback.BEGIN)
    for section in view.ranges:
        if mask := section.dirty_log_mask:
            yield from log_events(one, Callback.LOG_STOP, view.serial, section, mask, 0)
        if tells_io:
            parts = leading_coalesced_parts(section, regions[section.region])
            yield from coalesced_events(one, Callback.COALESCED_IO_DEL, view.serial, section, parts)
        yield from region_events(one, Callback.REGION_DEL, view.serial, section)
    for ioeventfd in ioeventfds if tells_io else ():
        yield from eventfd_events(one, Callback.EVENTFD_DEL, view.serial, ioeventfd)
    yield from global_events(one, Callback.COMMIT)
