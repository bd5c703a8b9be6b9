"""The operations of vectors that move bytes: on all memory, on one region, on one slice."""

from collections.abc import Callable
from typing import NamedTuple

from fuzz.vectors.machine import NotCheckedError, Run
from fuzz.vectors.map_operations import Operation
from fuzz.vectors.seen import NothingShown, Seen, buffer_words
from fuzz.vectors.targets import OnMemory, OnRegion, OnSlice, Target
from model.guest_bytes import OBJECT_SIZES
from model.guest_contract import MemoryOrder
from model.guest_errors import Ok, then
from model.guest_streams import Sink, Source


def length_of(run: Run, on: Target) -> int:
    """How many bytes the vector asks for. Raises VectorError."""
    return run.args.number(*on.length_names)


def size_of(run: Run) -> int:
    """The size of a value in bytes. Raises VectorError, and NotCheckedError for other sizes."""
    size = run.args.number("size")
    if size not in OBJECT_SIZES:
        raise NotCheckedError(f"values of {size} bytes")
    return size


def value_of(run: Run, size: int) -> int:
    """The value of a vector, cut to its size as the crate's types cut it. Raises VectorError."""
    return (run.args.limit("value") or 0) % (1 << 8 * size)


def order_of(run: Run) -> MemoryOrder:
    """The order of an atomic access. Raises VectorError."""
    given = run.args.get("order")
    for order in MemoryOrder:
        if given == order.value:
            return order
    if given is not None:
        known = ", ".join(one.value for one in MemoryOrder)
        raise run.vector.fault(f"args.order is none of {known}")
    return MemoryOrder.SEQUENTIAL


def reading(run: Run, on: Target, all_of_it: bool) -> Seen:
    """Read bytes into a buffer of 0xee."""
    length = length_of(run, on)
    memory, outcome, data = on.read_slice(length) if all_of_it else on.read(length)
    return Seen(outcome, memory, {"buf": buffer_words(data, length)})


def writing(run: Run, on: Target, all_of_it: bool) -> Seen:
    """Write bytes."""
    data = run.args.data("data")
    memory, outcome = on.write_slice(data) if all_of_it else on.write(data)
    return Seen(outcome, memory)


def reading_value(run: Run, on: Target, at_once: bool) -> Seen:
    """Read a value, or load it at once."""
    size = size_of(run)
    memory, outcome = on.load(size, order_of(run)) if at_once else on.read_obj(size)
    return Seen(then(outcome, lambda value: Ok(value if size else NothingShown())), memory)


def writing_value(run: Run, on: Target, at_once: bool) -> Seen:
    """Write a value, or store it at once."""
    size = size_of(run)
    value = value_of(run, size)
    memory, outcome = on.store(size, value, order_of(run)) if at_once else on.write_obj(size, value)
    return Seen(outcome, memory)


def filling(run: Run, on: Target, all_of_it: bool) -> Seen:
    """Fill bytes from a source that behaves as the vector says."""
    args, count = run.args, length_of(run, on)
    source = Source(
        args.data("src"),
        args.limit("chunk"),
        args.limit("interrupts") or 0,
        args.limit("fail_at_call"),
    )
    fill = on.fill_exactly if all_of_it else on.fill
    memory, source, outcome = fill(source, count)
    return Seen(outcome, memory, {"src_consumed": source.consumed, "stream_calls": source.calls})


def draining(run: Run, on: Target, all_of_it: bool) -> Seen:
    """Drain bytes to a sink that behaves as the vector says."""
    args, count = run.args, length_of(run, on)
    sink = Sink(
        args.limit("chunk"),
        args.limit("cap"),
        args.limit("interrupts") or 0,
        args.limit("fail_at_call"),
    )
    drain = on.drain_all if all_of_it else on.drain
    memory, sink, outcome = drain(sink, count)
    return Seen(outcome, memory, {"out": sink.taken.hex(), "stream_calls": sink.calls})


class Access(NamedTuple):
    """An access of any target, and the one flag that it has."""

    run: Callable[[Run, Target, bool], Seen]
    flag: bool


ACCESSES = {
    "read": Access(reading, False),
    "read_slice": Access(reading, True),
    "write": Access(writing, False),
    "write_slice": Access(writing, True),
    "read_obj": Access(reading_value, False),
    "write_obj": Access(writing_value, False),
    "load": Access(reading_value, True),
    "store": Access(writing_value, True),
    "read_volatile_from": Access(filling, False),
    "read_exact_volatile_from": Access(filling, True),
    "write_volatile_to": Access(draining, False),
    "write_all_volatile_to": Access(draining, True),
}


def on_target(access: Access, target: Callable[[Run], Target]) -> Operation:
    """An access as operation on a kind of target."""
    return lambda run: access.run(run, target(run), access.flag)


TARGETS: dict[str, Callable[[Run], Target]] = {"": OnMemory, "region_": OnRegion, "vs_": OnSlice}

OPERATIONS: dict[str, Operation] = {
    f"{prefix}{name}": on_target(access, target)
    for prefix, target in TARGETS.items()
    for name, access in ACCESSES.items()
}
