"""Guest memory on the specification."""

from __future__ import annotations

from collections.abc import Callable
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
from fuzz.targets.interface import Lines
from fuzz.targets.model_access import stops

if TYPE_CHECKING:
    from fuzz.targets.model import ModelTarget

RUST_NAMES = {"IoFailed": "IOError", "IommuFailed": "IommuError"}
"""The names that the crate has for errors which the specification calls otherwise."""


# --- Finding what an operation is about, and telling what came of it ---------------------------


def guest_memory(target: ModelTarget, space: str) -> Any:
    """A space as guest memory. Raises Rejected and TopologyError."""
    now = target.access.now()
    target.package.system.published_view(now, space)
    return target.package.guest_flatview.FlatMemory(now, space)


def contract_of(target: ModelTarget) -> Any:
    """The version of the traits that the scenario speaks of."""
    return target.package.guest_contract.CONTRACTS[target.contract]


def is_big(target: ModelTarget, order: Any) -> bool:
    """Whether a byte order is the big one."""
    native = target.access.system.big_endian
    return bool(target.package.device.ByteOrder(order.value).is_big(native))


def error_seen(error: Any) -> ErrorSeen:
    """An error in neutral words."""
    name = type(error).__name__
    kind = getattr(error, "kind", None)
    return ErrorSeen(
        RUST_NAMES.get(name, name),
        getattr(error, "address", None),
        "" if kind is None else kind.value,
        getattr(error, "expected", None),
        getattr(error, "completed", None),
    )


def seen_of(target: ModelTarget, memory: Any, outcome: Any, **more: Any) -> GuestSeen:
    """What is seen of an access, with all that happened in its course."""
    happened = AccessSeen(None, **target.access.keep(memory.system))
    errors = target.package.guest_errors
    if isinstance(outcome, errors.Err):
        return GuestSeen(error_seen(outcome.error), happened=happened, **more)
    if isinstance(outcome, errors.Panics):
        return GuestSeen(panic=outcome.message, happened=happened, **more)
    return GuestSeen(happened=happened, **more)


def value_of(target: ModelTarget, outcome: Any) -> Any:
    """What a successful outcome gives; None of any other."""
    return outcome.value if isinstance(outcome, target.package.guest_errors.Ok) else None


def region_seen(one: Any) -> RegionSeen | None:
    """A flat range in neutral words."""
    if one is None:
        return None
    return RegionSeen(one.start, one.end - one.start, one.region, one.offset)


# --- Looking up --------------------------------------------------------------------------------


def ask_map(target: ModelTarget, operation: AskMap) -> Lines:
    """Answer a question about all of a space."""
    module, memory = target.package.guest_memory, guest_memory(target, operation.space)
    match operation.question:
        case MapQuestion.NUM_REGIONS:
            return (f"count {module.num_regions(memory)}",)
        case MapQuestion.REGIONS:
            found = module.iterate(memory)
            return tuple(format_region(region_seen(one)) for one in found) or ("none",)
        case MapQuestion.LAST_ADDR:
            last = module.last_addr(memory, contract_of(target))
            return (format_address(value_of(target, last)),)


def ask_address(target: ModelTarget, operation: AskAddress) -> Lines:
    """Answer a question about an address."""
    module, memory = target.package.guest_memory, guest_memory(target, operation.space)
    asked = memory, contract_of(target), operation.address
    match operation.question:
        case AddressQuestion.FIND_REGION:
            return (format_region(region_seen(value_of(target, module.find_region(*asked)))),)
        case AddressQuestion.TO_REGION_ADDR:
            place = value_of(target, module.to_region_addr(*asked))
            if place is None:
                return ("none",)
            return (format_region(region_seen(place[0])), f"offset {place[1]:#x}")
        case AddressQuestion.ADDRESS_IN_RANGE:
            return format_answer(value_of(target, module.address_in_range(*asked)))
        case AddressQuestion.CHECK_ADDRESS:
            return (format_address(value_of(target, module.check_address(*asked))),)
        case AddressQuestion.GET_HOST_ADDRESS:
            outcome = module.get_host_address(*asked)
            found = value_of(target, outcome)
            answers = [] if found is None else [format_host(HostSeen(*found))]
            return format_guest(seen_of(target, memory, outcome), answers)


def ask_range(target: ModelTarget, operation: AskRange) -> Lines:
    """Answer a question about a range."""
    package, memory = target.package, guest_memory(target, operation.space)
    asked = memory, contract_of(target), operation.address, operation.count
    match operation.question:
        case RangeQuestion.CHECKED_OFFSET:
            found = package.guest_memory.checked_offset(*asked)
            return (format_address(value_of(target, found)),)
        case RangeQuestion.CHECK_RANGE:
            return format_answer(value_of(target, package.guest_flatview.check_range(*asked)))
        case RangeQuestion.GET_SLICE:
            memory, outcome = package.guest_flatview.get_slice(*asked)
            outcomes = (outcome,)
        case RangeQuestion.GET_SLICES:
            memory, outcomes = package.guest_flatview.get_slices(*asked)
    slices = [value_of(target, one) for one in outcomes]
    answers = [
        format_host(HostSeen(one.block, one.start, one.length)) for one in slices if one is not None
    ]
    outcome = outcomes[-1] if outcomes else None
    return format_guest(seen_of(target, memory, outcome), answers if outcomes else ["none"])


def try_access(target: ModelTarget, operation: TryAccess) -> Lines:
    """Call back for each piece of a range."""
    package, memory = target.package, guest_memory(target, operation.space)
    callbacks = list[CallbackSeen]()

    def callback(memory: Any, _: None, total: int, length: int, offset: int, one: Any) -> Any:
        handled = operation.handled(length, len(callbacks))
        callbacks.append(CallbackSeen(total, length, offset, one.region))
        return memory, None, package.guest_errors.Ok(handled)

    with stops(package):
        memory, _, outcome = package.guest_memory.try_access(
            memory, contract_of(target), operation.address, operation.count, callback, None
        )
    moved = value_of(target, outcome)
    seen = seen_of(target, memory, outcome, moved=moved, callbacks=tuple(callbacks))
    return format_guest(seen)


# --- Accesses ----------------------------------------------------------------------------------


def read(target: ModelTarget, operation: GuestRead) -> Lines:
    """Read, and say what was moved."""
    memory = guest_memory(target, operation.space)
    _, lines = read_through(target, memory, operation.method, operation.address, operation.length)
    return lines


def read_through(
    target: ModelTarget, memory: Any, method: ReadMethod, address: int, length: int
) -> tuple[Any, Lines]:
    """Read through a space or a guard; the memory after it, and what is seen."""
    module = target.package.guest_flat_bytes
    reading = module.read if method is ReadMethod.READ else module.read_slice
    with stops(target.package):
        memory, outcome, data = reading(memory, contract_of(target), address, length)
    seen = seen_of(target, memory, outcome, moved=value_of(target, outcome), data=data)
    return memory, format_guest(seen)


def write(target: ModelTarget, operation: GuestWrite) -> Lines:
    """Write."""
    module, memory = target.package.guest_flat_bytes, guest_memory(target, operation.space)
    writing = module.write if operation.method is WriteMethod.WRITE else module.write_slice
    with stops(target.package):
        memory, outcome = writing(memory, contract_of(target), operation.address, operation.data)
    return format_guest(seen_of(target, memory, outcome, moved=value_of(target, outcome)))


def load(target: ModelTarget, operation: GuestLoad) -> Lines:
    """Load an integer."""
    module, memory = target.package.guest_flat_bytes, guest_memory(target, operation.space)
    size, big = operation.size.bytes, is_big(target, operation.order)
    with stops(target.package):
        if operation.method is LoadMethod.LOAD:
            memory, outcome = module.load(memory, operation.address, size, big)
        else:
            memory, outcome, _ = module.read_obj(
                memory, contract_of(target), operation.address, size, big
            )
    return format_guest(seen_of(target, memory, outcome, value=value_of(target, outcome)))


def store(target: ModelTarget, operation: GuestStore) -> Lines:
    """Store an integer."""
    module, memory = target.package.guest_flat_bytes, guest_memory(target, operation.space)
    what = operation.size.bytes, operation.stored, is_big(target, operation.order)
    with stops(target.package):
        if operation.method is StoreMethod.STORE:
            memory, outcome = module.store(memory, operation.address, *what)
        else:
            contract = contract_of(target)
            memory, outcome = module.write_obj(memory, contract, operation.address, *what)
    return format_guest(seen_of(target, memory, outcome))


def read_volatile_from(target: ModelTarget, operation: ReadVolatileFrom) -> Lines:
    """Fill memory from a source."""
    package, memory = target.package, guest_memory(target, operation.space)
    failure = operation.failure
    source = package.guest_streams.Source(
        operation.data, operation.chunk, failure.interrupts, failure.fail_at_call
    )
    module = package.guest_flat_streams
    fills = operation.method is FillMethod.READ_VOLATILE_FROM
    filling = module.read_volatile_from if fills else module.read_exact_volatile_from
    with stops(package):
        memory, _, outcome = filling(
            memory, contract_of(target), operation.address, source, operation.count
        )
    return format_guest(seen_of(target, memory, outcome, moved=value_of(target, outcome)))


def write_volatile_to(target: ModelTarget, operation: WriteVolatileTo) -> Lines:
    """Drain memory to a sink, and look at what that has then."""
    package, memory = target.package, guest_memory(target, operation.space)
    failure = operation.failure
    sink = package.guest_streams.Sink(
        operation.chunk, operation.room, failure.interrupts, failure.fail_at_call
    )
    module = package.guest_flat_streams
    drains = operation.method is DrainMethod.WRITE_VOLATILE_TO
    draining = module.write_volatile_to if drains else module.write_all_volatile_to
    with stops(package):
        memory, sink, outcome = draining(
            memory, contract_of(target), operation.address, sink, operation.count
        )
    moved = value_of(target, outcome)
    return format_guest(seen_of(target, memory, outcome, moved=moved, data=sink.taken))


HANDLERS: dict[type, Callable[[ModelTarget, Any], Lines]] = {
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
