"""What listeners are called with, in words that no target owns, and how it is written."""

from collections.abc import Iterable
from typing import NamedTuple

from fuzz.observation import RangeSeen, format_range
from fuzz.told import Told


class EventfdSeen(NamedTuple):
    """An ioeventfd at an address; `size` 0 and `data` None stand for any. Rules: T10."""

    start: int
    size: int
    notifier: int
    data: int | None


class CallbackSeen(NamedTuple):
    """One call of one listener, by QEMU's name of the callback.

    `view` is the number of the view that the listener's space publishes meanwhile. What else there
    is depends on the callback: `masks` are the dirty masks before and after, `addresses` the start
    and size of a coalesced range. Rules: T3, T4.
    """

    listener: str
    callback: str
    view: int | None = None
    section: RangeSeen | None = None
    masks: tuple[int, int] | None = None
    addresses: tuple[int, int] | None = None
    eventfd: EventfdSeen | None = None


def format_callback(seen: CallbackSeen) -> str:
    """One line for a call.

    A section is written as a range, without its dirty mask and ROMD mode: listeners do not see
    those. Rules: T3.
    """
    words = [f"{seen.listener} {seen.callback}"]
    if seen.view is not None:
        words.append(f"in view {seen.view}:")
    if seen.section is not None:
        words.append(format_range(seen.section._replace(dirty_log_mask=0, romd_mode=True)))
    if seen.masks is not None:
        words.append("from {:#x} to {:#x}".format(*seen.masks))
    if seen.addresses is not None:
        words.append("coalesced at {:#x} size {:#x}".format(*seen.addresses))
    if seen.eventfd is not None:
        words.append(format_eventfd(seen.eventfd))
    return " ".join(words)


def format_eventfd(seen: EventfdSeen) -> str:
    """An ioeventfd in the words in which operations name it."""
    start, size, notifier, data = seen
    what = f"at {start:#x} size {size} notifier {notifier}"
    return what if data is None else f"{what} data {data:#x}"


def format_signal(notifier: int | None) -> tuple[str, ...]:
    """What becomes of a write that is dispatched to a region."""
    return ("reaches the device",) if notifier is None else (f"signals notifier {notifier}",)


class Backlog:
    """Lines of calls: `take` has those since it was last asked, `look` those since it was."""

    def __init__(self) -> None:
        self._calls: list[CallbackSeen] = []
        self._untaken: list[str] = []
        self._unseen: list[str] = []

    def add(self, calls: Iterable[CallbackSeen]) -> None:
        """Write down some calls, oldest first."""
        calls = tuple(calls)
        lines = [format_callback(call) for call in calls]
        self._calls += calls
        self._untaken += lines
        self._unseen += lines

    def take(self) -> tuple[str, ...]:
        """The lines since the last time."""
        if not self._untaken:
            return ()
        lines = Told.of(self._untaken, tuple(self._calls))
        self._untaken.clear()
        self._calls.clear()
        return lines

    def look(self) -> tuple[str, ...]:
        """The lines since the last time, for a scenario: it says so if there are none."""
        lines = tuple(self._unseen) or ("no callbacks",)
        self._unseen.clear()
        return lines
