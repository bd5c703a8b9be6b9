"""Guest memory on the implementation."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from mmap import PAGESIZE, mmap
from typing import TYPE_CHECKING, Any

from fuzz.access_seen import AccessSeen, format_answer
from fuzz.guest_seen import (
    CallbackSeen,
    ErrorSeen,
    GuestSeen,
    HostSeen,
    RegionSeen,
    format_address,
    format_guest,
    format_host,
    format_region,
)
from fuzz.guest_streams import Sink, Source
from fuzz.operations_devices import ByteOrder
from fuzz.operations_guest import (
    AddressQuestion,
    AskAddress,
    AskMap,
    AskRange,
    DrainMethod,
    FillMethod,
    GuestLoad,
    GuestRead,
    GuestStore,
    GuestWrite,
    LoadMethod,
    MapQuestion,
    RangeQuestion,
    ReadMethod,
    ReadVolatileFrom,
    StoreMethod,
    TryAccess,
    WriteMethod,
    WriteVolatileTo,
)
from fuzz.targets.impl_access import order_of, space_of, stops, take_logs
from fuzz.targets.interface import Lines, Unsupported

if TYPE_CHECKING:
    from fuzz.targets.impl import ImplTarget


# --- Finding what an operation is about --------------------------------------------------------


def guest_memory(target: ImplTarget, space: str) -> Any:
    """A space as guest memory. Raises Rejected."""
    return target.package.guest_memory.GuestMemory(space_of(target, space), contract_of(target))


def contract_of(target: ImplTarget) -> Any:
    """The version of the traits that the scenario speaks of."""
    return target.package.guest_contract.CONTRACTS[target.contract]


@contextmanager
def ends(target: ImplTarget, errors: list[ErrorSeen]) -> Iterator[None]:
    """Note the error that an access ends with."""
    package = target.package
    try:
        with stops(package):
            yield
    except package.guest_errors.GuestMemoryError as error:
        kind = "" if error.kind is None else error.kind.value
        variant = error.variant.value
        errors.append(ErrorSeen(variant, error.address, kind, error.expected, error.completed))


def seen_of(target: ImplTarget, errors: list[ErrorSeen], **more: Any) -> GuestSeen:
    """What is seen of an access, with all that happened in its course."""
    happened = AccessSeen(None, **take_logs(target))
    return GuestSeen(errors[0] if errors else None, happened=happened, **more)


def region_seen(one: Any) -> RegionSeen | None:
    """A region of guest memory in neutral words."""
    return None if one is None else RegionSeen(one.start, one.size, one.region.name, one.offset)


# --- Looking up --------------------------------------------------------------------------------


def ask_map(target: ImplTarget, operation: AskMap) -> Lines:
    """Answer a question about all of a space."""
    memory = guest_memory(target, operation.space)
    match operation.question:
        case MapQuestion.NUM_REGIONS:
            return (f"count {memory.num_regions()}",)
        case MapQuestion.REGIONS:
            return tuple(format_region(region_seen(one)) for one in memory.iter()) or ("none",)
        case MapQuestion.LAST_ADDR:
            return (format_address(memory.last_addr()),)


def ask_address(target: ImplTarget, operation: AskAddress) -> Lines:
    """Answer a question about an address."""
    memory, address = guest_memory(target, operation.space), operation.address
    match operation.question:
        case AddressQuestion.FIND_REGION:
            return (format_region(region_seen(memory.find_region(address))),)
        case AddressQuestion.TO_REGION_ADDR:
            place = memory.to_region_addr(address)
            if place is None:
                return ("none",)
            return (format_region(region_seen(place[0])), f"offset {place[1]:#x}")
        case AddressQuestion.ADDRESS_IN_RANGE:
            return format_answer(memory.address_in_range(address))
        case AddressQuestion.CHECK_ADDRESS:
            return (format_address(memory.check_address(address)),)
        case AddressQuestion.GET_HOST_ADDRESS:
            errors, answers = list[ErrorSeen](), list[str]()
            with ends(target, errors):
                found = memory.get_host_address(address)
                answers.append(format_host(HostSeen(found.region.name, found.offset)))
            return format_guest(seen_of(target, errors), answers)


def ask_range(target: ImplTarget, operation: AskRange) -> Lines:
    """Answer a question about a range."""
    memory, asked = guest_memory(target, operation.space), (operation.address, operation.count)
    errors, answers = list[ErrorSeen](), list[str]()
    match operation.question:
        case RangeQuestion.CHECKED_OFFSET:
            return (format_address(memory.checked_offset(*asked)),)
        case RangeQuestion.CHECK_RANGE:
            return format_answer(memory.check_range(*asked))
        case RangeQuestion.GET_SLICE:
            with ends(target, errors):
                answers.append(format_slice(memory.get_slice(*asked)))
        case RangeQuestion.GET_SLICES:
            with ends(target, errors):
                for one in memory.get_slices(*asked):
                    answers.append(format_slice(one))
            if not answers and not errors:
                answers.append("none")
    return format_guest(seen_of(target, errors), answers)


def format_slice(one: Any) -> str:
    """A slice in neutral words."""
    return format_host(HostSeen(one.region.name, one.offset, one.length))


def try_access(target: ImplTarget, operation: TryAccess) -> Lines:
    """Call back for each piece of a range."""
    memory = guest_memory(target, operation.space)
    errors, callbacks, moved = list[ErrorSeen](), list[CallbackSeen](), None

    def callback(total: int, length: int, offset: int, one: Any) -> int:
        handled = operation.handled(length, len(callbacks))
        callbacks.append(CallbackSeen(total, length, offset, one.region.name))
        return handled

    with ends(target, errors):
        moved = memory.try_access(operation.count, operation.address, callback)
    return format_guest(seen_of(target, errors, moved=moved, callbacks=tuple(callbacks)))


# --- Accesses ----------------------------------------------------------------------------------


def read(target: ImplTarget, operation: GuestRead) -> Lines:
    """Read, and look at what the buffer has then."""
    memory = guest_memory(target, operation.space)
    return read_through(target, memory, operation.method, operation.address, operation.length)


def buffer_of(length: int) -> memoryview:
    """Room for so many bytes, which takes no memory where it is not filled.

    Raises Unsupported where the process may not have so many addresses.
    """
    if length <= PAGESIZE:
        return memoryview(bytearray(length))
    try:
        return memoryview(mmap(-1, length))
    except OSError as error:
        raise Unsupported(f"no room for a buffer of {length:#x} bytes: {error.strerror}") from error


def read_through(
    target: ImplTarget, memory: Any, method: ReadMethod, address: int, length: int
) -> Lines:
    """Read through a space or a guard."""
    errors, moved = list[ErrorSeen](), None
    buffer = buffer_of(length)
    with ends(target, errors):
        if method is ReadMethod.READ:
            moved = memory.read(buffer, address)
        else:
            memory.read_slice(buffer, address)
    filled = (errors[0].completed or 0) if errors else (length if moved is None else moved)
    return format_guest(seen_of(target, errors, moved=moved, data=bytes(buffer[:filled])))


def write(target: ImplTarget, operation: GuestWrite) -> Lines:
    """Write."""
    memory = guest_memory(target, operation.space)
    errors, moved = list[ErrorSeen](), None
    with ends(target, errors):
        if operation.method is WriteMethod.WRITE:
            moved = memory.write(operation.data, operation.address)
        else:
            memory.write_slice(operation.data, operation.address)
    return format_guest(seen_of(target, errors, moved=moved))


def load(target: ImplTarget, operation: GuestLoad) -> Lines:
    """Load an integer."""
    memory = guest_memory(target, operation.space)
    said = None if operation.order is ByteOrder.NATIVE else order_of(target, operation.order)
    errors, value = list[ErrorSeen](), None
    with ends(target, errors):
        load = memory.load if operation.method is LoadMethod.LOAD else memory.read_obj
        value = load(operation.address, operation.size.bytes, said)
    return format_guest(seen_of(target, errors, value=value))


def store(target: ImplTarget, operation: GuestStore) -> Lines:
    """Store an integer."""
    memory = guest_memory(target, operation.space)
    said = None if operation.order is ByteOrder.NATIVE else order_of(target, operation.order)
    errors = list[ErrorSeen]()
    with ends(target, errors):
        store = memory.store if operation.method is StoreMethod.STORE else memory.write_obj
        store(operation.stored, operation.address, operation.size.bytes, said)
    return format_guest(seen_of(target, errors))


def read_volatile_from(target: ImplTarget, operation: ReadVolatileFrom) -> Lines:
    """Fill memory from a source."""
    memory = guest_memory(target, operation.space)
    errors, moved = list[ErrorSeen](), None
    source = Source(operation.data, operation.chunk, operation.failure)
    with ends(target, errors):
        if operation.method is FillMethod.READ_VOLATILE_FROM:
            moved = memory.read_volatile_from(operation.address, source, operation.count)
        else:
            memory.read_exact_volatile_from(operation.address, source, operation.count)
    return format_guest(seen_of(target, errors, moved=moved))


def write_volatile_to(target: ImplTarget, operation: WriteVolatileTo) -> Lines:
    """Drain memory to a sink, and look at what that has then."""
    memory = guest_memory(target, operation.space)
    errors, moved = list[ErrorSeen](), None
    sink = Sink(operation.chunk, operation.room, operation.failure)
    with ends(target, errors):
        if operation.method is DrainMethod.WRITE_VOLATILE_TO:
            moved = memory.write_volatile_to(operation.address, sink, operation.count)
        else:
            memory.write_all_volatile_to(operation.address, sink, operation.count)
    return format_guest(seen_of(target, errors, moved=moved, data=sink.taken))


HANDLERS: dict[type, Callable[[ImplTarget, Any], Lines]] = {
    AskMap: ask_map,
    AskAddress: ask_address,
    AskRange: ask_range,
    TryAccess: try_access,
    GuestRead: read,
    GuestWrite: write,
    GuestLoad: load,
    GuestStore: store,
    ReadVolatileFrom: read_volatile_from,
    WriteVolatileTo: write_volatile_to,
}
