"""Calling: impl's devices are called with the model's callbacks, and give the model's bytes."""

from functools import partial
from typing import Any, NamedTuple

from proofs.bits import Numbers
from proofs.devices import (
    ACCESS_SIZES,
    BYTES_AS_PYTHON_HAS_THEM,
    NAME,
    ONE_SIZE,
    ORDERS,
    Order,
    any_data,
    any_offset,
    dispatch_read,
    dispatch_write,
    gives,
    ignores,
    machine,
    same,
)
from proofs.proof import Limits, Proof
from proofs.rebinding import rebound
from proofs.refinement import MODEL, Refinement
from proofs.theorem import Package, Theorem
from proofs.theorems import bugs_in_impl_accesses as bugs


class Bytes(tuple[int, ...]):
    """In place of bytes: they may be stand-ins."""

    def __getitem__(self, place: Any) -> Any:
        """As of bytes: of a slice, bytes again."""
        found = super().__getitem__(place)
        return Bytes(found) if isinstance(place, slice) else found

    def __radd__(self, before: Any) -> "Bytes":
        return Bytes((*before, *self))

    def __add__(self, after: Any) -> "Bytes":
        return Bytes((*self, *after))

    def ljust(self, width: int, fill: bytes) -> "Bytes":
        """As of bytes."""
        return Bytes((*self, *fill * (width - len(self))))

    def rjust(self, width: int, fill: bytes) -> "Bytes":
        """As of bytes."""
        return Bytes((*fill * (width - len(self)), *self))


class Value:
    """In place of what a callback gives: a number that is masked, and made bytes of."""

    def __init__(self, number: int) -> None:
        self.number = number

    def __and__(self, mask: int) -> "Value":
        return Value(self.number & mask)

    def to_bytes(self, length: int, order: Any) -> Bytes:
        """As of int."""
        return Bytes(self.number.to_bytes(length, order))


class Called(NamedTuple):
    """The callbacks of an access, each an offset, a size and a value; and the bytes read."""

    calls: tuple[tuple[int, ...], ...]
    data: tuple[int, ...]


class Caller:
    """In place of impl's accesses: it notes what is called."""

    def __init__(self) -> None:
        self.calls: list[tuple[int, ...]] = []

    def log_call(self, device: Any, offset: int, size: int, value: Any, *_: bool) -> None:
        """Note a callback."""
        number = value.number if isinstance(value, Value) else value
        self.calls.append((offset, size, number))


class Behaviour:
    """What a device does: it gives these values, and ignores what is written."""

    def __init__(self, values: tuple[int, ...]) -> None:
        self.values = iter(values)

    def read(self, offset: int, size: int, order: object) -> Value:
        """The next value."""
        return Value(next(self.values, 0))

    def write(self, offset: int, data: object) -> None:
        """Nothing changes."""


class Access(NamedTuple):
    """Where an access begins, the bytes that it writes, and the values that callbacks give."""

    offset: int
    data: Bytes
    given: tuple[int, ...]


def any_access(proof: Proof, size: int) -> Access:
    """An input: an access of so many bytes at any offset."""
    given = tuple(proof.bits(f"given[{index}]", 64) for index in range(size))
    return Access(any_offset(proof), Bytes(any_data(proof, "data", size)), given)


def called_in_model(given: Access, size: int, order: Order, is_write: bool) -> tuple[Called, ...]:
    """Run the model, for callbacks of each size."""
    found = []
    for impl in ONE_SIZE:
        system = machine(MODEL, impl, order)
        if is_write:
            system, _ = dispatch_write(MODEL, ignores)(system, NAME, given.offset, given.data)
            data: tuple[int, ...] = ()
        else:
            read = dispatch_read(MODEL, gives(given.given))
            system, _, data = read(system, NAME, given.offset, size)
        calls = tuple((call.offset, call.size, call.value) for call in system.callbacks)
        found.append(Called(calls, tuple(data)))
    return tuple(found)


def called_in_impl(
    package: Package, given: Access, size: int, order: Order, is_write: bool
) -> tuple[Called, ...]:
    """Run impl's device, for callbacks of each size."""
    found = []
    for impl in ONE_SIZE:
        device_class = package.device.Device
        device = device_class("device", "big" if order.is_big else "little")
        device.set_sizes(package.device.Sizes(), package.device.Sizes(*impl), may_differ=True)
        device.behaviour = Behaviour(given.given)
        caller, data = Caller(), Bytes()
        if is_write:
            rebound(device_class.write, int=Numbers)(device, given.offset, given.data, caller)
        else:
            _, data = device.read(given.offset, size, caller)
        found.append(Called(tuple(caller.calls), tuple(data)))
    return tuple(found)


def are_called_alike(given: object, expected: Any, done: Any) -> dict[str, bool]:
    """The relation of accesses, for callbacks of each size."""
    claims = {}
    for impl, one, other in zip(ONE_SIZE, expected, done, strict=True):
        claims[f"callbacks of {impl[0]} bytes are the same"] = same(one.calls, other.calls)
        claims[f"the bytes read by {impl[0]} are the same"] = same(one.data, other.data)
    return claims


def calling(size: int, order: Order, is_write: bool) -> Refinement[Access, Any, Any]:
    """One access of a device in one byte order."""
    return Refinement(
        inputs=partial(any_access, size=size),
        specification=partial(called_in_model, size=size, order=order, is_write=is_write),
        implementation=partial(called_in_impl, size=size, order=order, is_write=is_write),
        relation=are_called_alike,
    )


CALLS = Theorem(
    name="impl_makes_the_models_callbacks_and_gives_the_models_bytes",
    statement=(
        "For callbacks of 1 to 8 bytes, in either byte order, an access of any bytes at any "
        "offset makes in impl the callbacks of the model, with the same offsets, sizes and "
        "values; and whatever they give, the bytes read are the model's."
    ),
    rules=("P10", "A7", "A8"),
    assumptions=(
        "The access has 1, 2, 4 or 8 bytes, and is let in. No callback fails, or makes accesses "
        "itself, and each gives a number below 2^64.",
        "impl.min and impl.max are the same: by the theorem about the widths of callbacks, every "
        "other device makes the calls of one of these.",
        BYTES_AS_PYTHON_HAS_THEM,
    ),
    limits=Limits(resource_units=96_000, paths=64),
    obligations=tuple(
        calling(size, order, is_write).obligation(
            f"{'writes' if is_write else 'reads'} {size} bytes, {order.name}"
        )
        for size in ACCESS_SIZES
        for order in ORDERS[:2]
        for is_write in (False, True)
    ),
    teeth=(
        bugs.BIG_READ_KEEPS_LOW_BYTES,
        bugs.BIG_WRITE_IS_EXTENDED_IN_FRONT,
        bugs.CALLBACK_IS_ROUNDED,
        bugs.CALLBACK_DOES_NOT_WRAP,
        bugs.VALUE_IS_NOT_MASKED,
    ),
    package="impl",
)

THEOREMS = (CALLS,)
