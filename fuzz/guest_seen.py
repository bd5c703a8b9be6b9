"""What can be seen of accesses of guest memory, in words that no target owns."""

from collections.abc import Iterable
from typing import NamedTuple

from fuzz.access_seen import AccessSeen, format_access
from fuzz.told import Told


class ErrorSeen(NamedTuple):
    """An error, by its name in rust-vmm's crate, and with its payload.

    The address is for InvalidGuestAddress, the kind for IOError, and how many bytes were expected
    and moved for PartialBuffer. Rules: F6, F7, F8.
    """

    variant: str
    address: int | None = None
    kind: str = ""
    expected: int | None = None
    completed: int | None = None


class RegionSeen(NamedTuple):
    """A region of guest memory: where it lies, and what answers there. Rules: F17."""

    start: int
    size: int
    region: str
    offset: int


class HostSeen(NamedTuple):
    """A place in the host's memory: in that of a region. With a length, a slice. Rules: F16."""

    region: str
    offset: int
    length: int | None = None


class CallbackSeen(NamedTuple):
    """A call of what `try_access` is given: bytes before, bytes offered, and where. Rules: G2."""

    total: int
    length: int
    offset: int
    region: str


class GuardSeen(NamedTuple):
    """What was done with a guard, in a word, and the view that it keeps. Rules: G6."""

    verb: str
    view: int


class GuestSeen(NamedTuple):
    """An access of guest memory: how it ended, what it gave, and what happened in its course.

    It ended with an `error`, or a `panic`, of which that is the message, or it succeeded and maybe
    `moved` so many bytes. `data` is what was moved out of memory, also before an error; `value`
    is an integer that was loaded. `happened` is the rest, as of any access. Rules: F5, F6, P15.
    """

    error: ErrorSeen | None = None
    moved: int | None = None
    data: bytes = b""
    value: int | None = None
    callbacks: tuple[CallbackSeen, ...] = ()
    happened: AccessSeen = AccessSeen(None)
    panic: str = ""


RELEASED = ("error Released",)
"""What is shown of the use of a guard that was dropped."""


def format_error(error: ErrorSeen) -> str:
    """One line for an error."""
    words = ["error", error.variant]
    if error.address is not None:
        words.append(f"{error.address:#x}")
    if error.kind:
        words.append(error.kind)
    if error.expected is not None:
        words.append(f"expected {error.expected} completed {error.completed}")
    return " ".join(words)


def format_region(seen: RegionSeen | None) -> str:
    """One line for a region; for a hole, that there is none."""
    if seen is None:
        return "none"
    where = f"{seen.start:#x} size {format_length(seen.size)}"
    return f"region {where} of {seen.region} @{seen.offset:#x}"


def format_length(length: int) -> str:
    """A number of bytes; all of an address space as a power."""
    return "2^64" if length == 1 << 64 else f"{length:#x}"


def format_address(address: int | None) -> str:
    """One line for an address, or that there is none."""
    return "none" if address is None else f"address {address:#x}"


def format_host(seen: HostSeen) -> str:
    """One line for a place in the host's memory."""
    if seen.length is None:
        return f"host {seen.region} @{seen.offset:#x}"
    return f"slice {seen.length:#x} of {seen.region} @{seen.offset:#x}"


def format_callback(seen: CallbackSeen) -> str:
    """One line for a call of a callback."""
    place = f"offset {seen.offset:#x} of {seen.region}"
    return f"calls total {seen.total:#x} length {seen.length:#x} {place}"


def format_guard(seen: GuardSeen) -> str:
    """One line for what was done with a guard."""
    return f"{seen.verb} view {seen.view}"


def format_ending(seen: GuestSeen) -> str:
    """One line for how an access ended."""
    if seen.panic:
        return f"panics {seen.panic}"
    if seen.error is not None:
        return format_error(seen.error)
    return "ok" if seen.moved is None else f"ok {seen.moved}"


def format_guest(seen: GuestSeen, answers: Iterable[str] | None = None) -> tuple[str, ...]:
    """How an access ended, what it gave, then what happened in order.

    `answers` stand in place of a success; where an error follows them, before it.
    """
    lines = list(answers or ())
    if answers is None or seen.error is not None or seen.panic:
        lines.append(format_ending(seen))
    lines.extend(map(format_callback, seen.callbacks))
    lines.extend(format_access(seen.happened._replace(data=seen.data, value=seen.value)))
    return Told.of(lines, seen)
