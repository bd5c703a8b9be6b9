"""Sources and sinks: what guest memory is filled from, and drained to, a call at a time."""

from typing import NamedTuple

from model.guest_errors import Err, IoErrorKind, IoFailed, Ok, Outcome
from model.memtx import check_effort

INTERRUPTED = Err(IoFailed(IoErrorKind.INTERRUPTED))


class Source(NamedTuple):
    """Something to read from: `data`, at most `chunk` bytes in a call.

    The first `interrupts` calls are interrupted, and call number `fail_at_call`, counted from 1,
    fails. `is_descriptor`: it is a file or socket, whose failed call may have written anything.
    `consumed` counts the bytes that were read, `calls` all calls. Rules: V8.
    """

    data: bytes
    chunk: int | None = None
    interrupts: int = 0
    fail_at_call: int | None = None
    is_descriptor: bool = False
    consumed: int = 0
    calls: int = 0


class Sink(NamedTuple):
    """Something to write to: it takes at most `chunk` bytes in a call, and `capacity` in all.

    Interrupts and failures are as of a source. `taken` is what it has. Rules: V8.
    """

    chunk: int | None = None
    capacity: int | None = None
    interrupts: int = 0
    fail_at_call: int | None = None
    taken: bytes = b""
    calls: int = 0


def failure(calls: int, interrupts: int, fail_at_call: int | None) -> Err | None:
    """How call number `calls` fails, or None. Rules: V8."""
    if calls <= interrupts:
        return INTERRUPTED
    return Err(IoFailed(IoErrorKind.OTHER)) if calls == fail_at_call else None


def smallest(*limits: int | None) -> int:
    """The smallest of the limits that there are. Rules: V8."""
    return min(limit for limit in limits if limit is not None)


def read_source(source: Source, room: int) -> tuple[Source, Outcome[bytes]]:
    """One call, for up to `room` bytes; none are given at the end of the source.

    Raises EffortLimit after 2^13 calls. Rules: V8.
    """
    source = source._replace(calls=source.calls + 1)
    check_effort(source.calls, 0)
    failed = failure(source.calls, source.interrupts, source.fail_at_call)
    if failed is not None:
        return source, failed
    count = smallest(room, source.chunk, len(source.data) - source.consumed)
    data = source.data[source.consumed :][:count]
    return source._replace(consumed=source.consumed + count), Ok(data)


def write_sink(sink: Sink, data: bytes) -> tuple[Sink, Outcome[int]]:
    """One call; how many of the bytes the sink took, 0 if it is full.

    Raises EffortLimit after 2^13 calls. Rules: V8.
    """
    sink = sink._replace(calls=sink.calls + 1)
    check_effort(sink.calls, 0)
    failed = failure(sink.calls, sink.interrupts, sink.fail_at_call)
    if failed is not None:
        return sink, failed
    left = None if sink.capacity is None else sink.capacity - len(sink.taken)
    count = smallest(len(data), sink.chunk, left)
    return sink._replace(taken=sink.taken + data[:count]), Ok(count)
