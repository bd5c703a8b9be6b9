"""What vectors move bytes from and to: all memory, one region, one slice."""

from typing import Any, Protocol

from fuzz.vectors.machine import Memory, Run
from model import guest_bytes, guest_region, slice_streams, volatile_slice
from model.guest_contract import MemoryOrder
from model.guest_errors import Ok, Outcome, then, whole
from model.guest_regions import Collection, GuestRegion
from model.guest_streams import Sink, Source
from model.volatile_slice import VolatileSlice

Read = tuple[Memory, Outcome[Any], bytes]
Written = tuple[Memory, Outcome[Any]]
Filled = tuple[Memory, Source, Outcome[Any]]
Drained = tuple[Memory, Sink, Outcome[Any]]


class Target(Protocol):
    """What bytes are moved from and to, at the place that a vector names."""

    @property
    def length_names(self) -> tuple[str, ...]:
        """The arguments that may say how many bytes."""

    def read(self, length: int) -> Read:
        """Read some bytes."""

    def read_slice(self, length: int) -> Read:
        """Read all of some bytes."""

    def write(self, data: bytes) -> Written:
        """Write some bytes."""

    def write_slice(self, data: bytes) -> Written:
        """Write all of some bytes."""

    def read_obj(self, size: int) -> Written:
        """Read a value."""

    def write_obj(self, size: int, value: int) -> Written:
        """Write a value."""

    def load(self, size: int, order: MemoryOrder) -> Written:
        """Load a value."""

    def store(self, size: int, value: int, order: MemoryOrder) -> Written:
        """Store a value."""

    def fill(self, source: Source, count: int) -> Filled:
        """Fill some bytes from a source."""

    def fill_exactly(self, source: Source, count: int) -> Filled:
        """Fill all of some bytes from a source."""

    def drain(self, sink: Sink, count: int) -> Drained:
        """Drain some bytes to a sink."""

    def drain_all(self, sink: Sink, count: int) -> Drained:
        """Drain all of some bytes to a sink."""


class OnMemory:
    """All memory, at a guest address."""

    length_names = ("len", "count")

    def __init__(self, run: Run) -> None:
        self.place = (run.memory, run.contract, run.args.number("addr"))

    def read(self, length: int) -> Read:
        return guest_bytes.read(*self.place, length)

    def read_slice(self, length: int) -> Read:
        return guest_bytes.read_slice(*self.place, length)

    def write(self, data: bytes) -> Written:
        return guest_bytes.write(*self.place, data)

    def write_slice(self, data: bytes) -> Written:
        return guest_bytes.write_slice(*self.place, data)

    def read_obj(self, size: int) -> Written:
        return guest_bytes.read_obj(*self.place, size)

    def write_obj(self, size: int, value: int) -> Written:
        return guest_bytes.write_obj(*self.place, size, value)

    def load(self, size: int, order: MemoryOrder) -> Written:
        return guest_bytes.load(*self.place, size, order=order)

    def store(self, size: int, value: int, order: MemoryOrder) -> Written:
        return guest_bytes.store(*self.place, size, value, order=order)

    def fill(self, source: Source, count: int) -> Filled:
        return guest_bytes.read_volatile_from(*self.place, source, count)

    def fill_exactly(self, source: Source, count: int) -> Filled:
        return guest_bytes.read_exact_volatile_from(*self.place, source, count)

    def drain(self, sink: Sink, count: int) -> Drained:
        return guest_bytes.write_volatile_to(*self.place, sink, count)

    def drain_all(self, sink: Sink, count: int) -> Drained:
        return guest_bytes.write_all_volatile_to(*self.place, sink, count)


class OnRegion:
    """One region, at an offset."""

    length_names = ("len", "count", "n")

    def __init__(self, run: Run) -> None:
        self.memory = run.collection
        self.contract = run.contract
        self.region = region_of(run, self.memory)
        self.offset = run.args.number("off")

    def read(self, length: int) -> Read:
        return self.memory.read_region(self.region, self.offset, length)

    def read_slice(self, length: int) -> Read:
        memory, outcome, data = self.memory.read_region(self.region, self.offset, length)
        return memory, whole(outcome, length), data

    def write(self, data: bytes) -> Written:
        return self.memory.write_region(self.region, self.offset, data)

    def write_slice(self, data: bytes) -> Written:
        memory, outcome = self.memory.write_region(self.region, self.offset, data)
        return memory, whole(outcome, len(data))

    def read_obj(self, size: int) -> Written:
        memory, outcome, data = self.read_slice(size)
        return memory, then(outcome, lambda _: Ok(int.from_bytes(data, "little")))

    def write_obj(self, size: int, value: int) -> Written:
        return self.write_slice(value.to_bytes(size, "little"))

    def load(self, size: int, order: MemoryOrder) -> Written:
        return self.memory.load_region(self.region, self.offset, size, "little", order)

    def store(self, size: int, value: int, order: MemoryOrder) -> Written:
        return self.memory.store_region(self.region, self.offset, size, value, "little", order)

    def fill(self, source: Source, count: int) -> Filled:
        return self.memory.fill_region(self.contract, self.region, self.offset, source, count)

    def fill_exactly(self, source: Source, count: int) -> Filled:
        contents = Ok(self.region.contents)
        return guest_region.fill_plain_exactly(self.memory, contents, self.offset, source, count)

    def drain(self, sink: Sink, count: int) -> Drained:
        contents = Ok(self.region.contents)
        return guest_region.drain_plain_once(
            self.memory, self.contract, contents, self.offset, sink, count
        )

    def drain_all(self, sink: Sink, count: int) -> Drained:
        return self.memory.drain_region(self.contract, self.region, self.offset, sink, count)


class OnSlice:
    """One slice, at an offset."""

    length_names = ("n", "count")

    def __init__(self, run: Run) -> None:
        self.memory = run.collection
        self.contract = run.contract
        self.offset = run.args.number("off")

    @property
    def slice_(self) -> VolatileSlice:
        """The slice that slices are tried with: all of the only region."""
        return self.memory.listed[0].contents

    def read(self, length: int) -> Read:
        return self.memory, *volatile_slice.read(self.memory, self.slice_, self.offset, length)

    def read_slice(self, length: int) -> Read:
        found = volatile_slice.read_slice(self.memory, self.slice_, self.offset, length)
        return self.memory, *found

    def write(self, data: bytes) -> Written:
        return volatile_slice.write(self.memory, self.slice_, self.offset, data)

    def write_slice(self, data: bytes) -> Written:
        return volatile_slice.write_slice(self.memory, self.slice_, self.offset, data)

    def read_obj(self, size: int) -> Written:
        memory, outcome, data = self.read_slice(size)
        return memory, then(outcome, lambda _: Ok(int.from_bytes(data, "little")))

    def write_obj(self, size: int, value: int) -> Written:
        return self.write_slice(value.to_bytes(size, "little"))

    def load(self, size: int, order: MemoryOrder) -> Written:
        place = (self.memory, self.slice_, self.offset)
        return self.memory, volatile_slice.load(*place, size, order=order)

    def store(self, size: int, value: int, order: MemoryOrder) -> Written:
        place = (self.memory, self.slice_, self.offset)
        return volatile_slice.store(*place, size, value, order=order)

    def fill(self, source: Source, count: int) -> Filled:
        return slice_streams.read_volatile_from(
            self.memory, self.contract, self.slice_, self.offset, source, count
        )

    def fill_exactly(self, source: Source, count: int) -> Filled:
        return slice_streams.read_exact_volatile_from(
            self.memory, self.slice_, self.offset, source, count
        )

    def drain(self, sink: Sink, count: int) -> Drained:
        place = (self.memory, self.contract, self.slice_, self.offset)
        return self.memory, *slice_streams.write_volatile_to(*place, sink, count)

    def drain_all(self, sink: Sink, count: int) -> Drained:
        place = (self.memory, self.slice_, self.offset)
        return self.memory, *slice_streams.write_all_volatile_to(*place, sink, count)


def region_of(run: Run, memory: Collection) -> GuestRegion:
    """The region that a vector names by number. Raises VectorError."""
    number = run.args.number("region")
    if number >= len(memory.listed):
        raise run.vector.fault(f"there is no region {number}")
    return memory.listed[number]
