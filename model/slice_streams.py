"""Filling a slice from a source, and draining one to a sink."""

from model.guest_contract import Contract
from model.guest_errors import Err, IoErrorKind, IoFailed, Ok, Outcome
from model.guest_streams import INTERRUPTED, Sink, Source, read_source, write_sink
from model.volatile_slice import (
    H,
    HostMemory,
    VolatileSlice,
    advanced,
    load_all,
    part,
    store_front,
    subslice,
)


def fill_once(
    host: H, slice_: VolatileSlice, source: Source, retries: bool
) -> tuple[H, Source, Outcome[int]]:
    """One read of a source into the front of a slice; again after an interrupt, if `retries`.

    Where a descriptor fails, all of the slice is marked: something may have been written.
    Rules: V8, V12.
    """
    while True:
        source, given = read_source(source, slice_.length)
        if isinstance(given, Ok):
            return store_front(host, slice_, given.value), source, Ok(len(given.value))
        if source.is_descriptor:
            host = host.mark_dirty(slice_.bitmap, slice_.marked_from, slice_.length)
        if given != INTERRUPTED or not retries:
            return host, source, given


def read_volatile_from(
    host: H, contract: Contract, slice_: VolatileSlice, offset: int, source: Source, count: int
) -> tuple[H, Source, Outcome[int]]:
    """Fill up to `count` bytes at `offset` by one read of the source: how many. Rules: V8, V11."""
    found = advanced(slice_, offset)
    if not isinstance(found, Ok):
        return host, source, found
    place = part(found.value, 0, min(count, found.value.length))
    return fill_once(host, place, source, contract.retries_interrupted)


def read_exact_volatile_from(
    host: H, slice_: VolatileSlice, offset: int, source: Source, count: int
) -> tuple[H, Source, Outcome[None]]:
    """Fill exactly `count` bytes at `offset`; the source's end is an error. Rules: V8, V11."""
    found = subslice(slice_, offset, count)
    if not isinstance(found, Ok):
        return host, source, found
    rest = found.value
    while rest.length:
        host, source, read_in = fill_once(host, rest, source, True)
        if not isinstance(read_in, Ok):
            return host, source, read_in
        if read_in.value == 0:
            return host, source, Err(IoFailed(IoErrorKind.UNEXPECTED_EOF))
        rest = part(rest, read_in.value, rest.length - read_in.value)
    return host, source, Ok(None)


def drain_once(sink: Sink, data: bytes, retries: bool) -> tuple[Sink, Outcome[int]]:
    """One write to a sink; again after an interrupt, if `retries`. Rules: V8."""
    sink, taken = write_sink(sink, data)
    while taken == INTERRUPTED and retries:
        sink, taken = write_sink(sink, data)
    return sink, taken


def write_volatile_to(
    host: HostMemory,
    contract: Contract,
    slice_: VolatileSlice,
    offset: int,
    sink: Sink,
    count: int,
) -> tuple[Sink, Outcome[int]]:
    """Drain up to `count` bytes at `offset` by one write to the sink: how many. Rules: V8, V11."""
    found = advanced(slice_, offset)
    if not isinstance(found, Ok):
        return sink, found
    place = part(found.value, 0, min(count, found.value.length))
    return drain_once(sink, load_all(host, place), contract.retries_interrupted)


def write_all_volatile_to(
    host: HostMemory, slice_: VolatileSlice, offset: int, sink: Sink, count: int
) -> tuple[Sink, Outcome[None]]:
    """Drain exactly `count` bytes at `offset`; a full sink is an error. Rules: V8, V11."""
    found = subslice(slice_, offset, count)
    if not isinstance(found, Ok):
        return sink, found
    data = load_all(host, found.value)
    while data:
        sink, taken = drain_once(sink, data, True)
        if not isinstance(taken, Ok):
            return sink, taken
        if taken.value == 0:
            return sink, Err(IoFailed(IoErrorKind.WRITE_ZERO))
        data = data[taken.value :]
    return sink, Ok(None)
