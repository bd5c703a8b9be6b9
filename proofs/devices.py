"""The words that theorems about accesses of devices are stated in.

An access is dispatched by the code as it is; only its `int` and `bytes`, which cannot hold
stand-ins, are replaced, and what devices do where that may be anything.
"""

from collections.abc import Callable, Mapping
from functools import partial
from itertools import combinations
from types import MappingProxyType
from typing import Any, NamedTuple

from model.address_range import ADDRESS_SPACE_SIZE
from proofs.bits import Numbers, as_key
from proofs.proof import Proof
from proofs.rebinding import rebound
from proofs.symbolic import all_of, any_of, negation
from proofs.theorem import Obligation, Package

Impl = tuple[int, int]
"""A device's `impl.min` and `impl.max`."""

NAME = "device"
NOTHING: Mapping[int, int] = MappingProxyType({})
ACCESS_SIZES = (1, 2, 4, 8)
IMPLEMENTED: tuple[Impl, ...] = tuple((least, most) for least in range(9) for most in range(9))
"""Every `impl.min` and `impl.max` that the specification takes: 0 to 8 bytes, 0 for the default."""
ONE_SIZE: tuple[Impl, ...] = tuple((width, width) for width in range(1, 9))
"""A device that implements callbacks of one size only; each of the others makes the same calls."""


class Order(NamedTuple):
    """A device's byte order, the target's, and which of the two counts."""

    name: str
    device: str
    is_big_target: bool
    is_big: bool


ORDERS = (
    Order("little-endian", "LITTLE", True, False),
    Order("big-endian", "BIG", False, True),
    Order("native on a little-endian target", "NATIVE", False, False),
    Order("native on a big-endian target", "NATIVE", True, True),
)

LET_IN = (
    "The access has 1, 2, 4 or 8 bytes, at any offset below 2^64; the device lets it in, and "
    "neither an ioeventfd nor the re-entrancy guard takes it."
)
CALLED = "The region has a device, whose callbacks do not fail and make no accesses themselves."
IMPL_SIZES = (
    "impl.min and impl.max are from 0 to 8, as `check_device` demands. So a callback has from 1 to "
    "8 bytes, and 3, 5, 6 and 7 are among them."
)
ONE_FOR_ALL = (
    "impl.min and impl.max are the same, from 1 to 8: by the theorem about how an access is cut, "
    "every other device makes the same calls as one of these."
)
BYTES_AS_PYTHON_HAS_THEM = (
    "`int.from_bytes`, `int.to_bytes` and `bytes` do with stand-ins what they do with numbers."
)


# --- Devices and accesses ------------------------------------------------------------------------


def machine(
    package: Package, impl: Impl, order: Order, contents: Mapping[int, int] = NOTHING
) -> Any:
    """A system with one device, which stores bytes and lets everything in."""
    kinds, devices = package.region.Kind, package.device
    ops = devices.Ops(
        valid=devices.AccessSizes(unaligned=True),
        impl=devices.AccessSizes(*impl),
        byte_order=devices.ByteOrder[order.device],
    )
    region = package.region.Region(kinds.IO, size=ADDRESS_SPACE_SIZE)
    return package.system.System(
        topology=package.topology.Topology(regions={NAME: region}),
        big_endian=order.is_big_target,
        devices={NAME: devices.Device(ops, devices.ByteStore(contents))},
    )


def dispatch_read(package: Package, read_behaviour: Callable[..., int] | None = None) -> Any:
    """The package's `dispatch_read`, for a device that behaves like this, or stores bytes."""
    if read_behaviour is None:
        read_behaviour = rebound(package.device.read_behaviour, int=Numbers, bytes=tuple)
    call_read = rebound(package.read_write.call_read, read_behaviour=read_behaviour)
    return rebound(package.read_write.dispatch_read, call_read=call_read)


def dispatch_write(package: Package, write_behaviour: Callable[..., Any] | None = None) -> Any:
    """The package's `dispatch_write`, for a device that behaves like this, or stores bytes."""
    if write_behaviour is None:
        write_behaviour = package.device.write_behaviour
    return rebound(
        package.read_write.dispatch_write,
        value_of=rebound(package.access.value_of, int=Numbers),
        call_write=rebound(package.read_write.call_write, write_behaviour=write_behaviour),
    )


def gives(values: tuple[int, ...]) -> Callable[..., int]:
    """In place of `model.device.read_behaviour`: a device that gives these, one a callback."""
    left = iter(values)
    return lambda device, offset, size, is_big: next(left, 0)


def ignores(device: Any, offset: int, size: int, value: int, is_big: bool) -> Any:
    """In place of `model.device.write_behaviour`: a device that writes leave as it is."""
    return device


def any_offset(proof: Proof) -> int:
    """An input: where an access begins; aligned or not, near 2^64 or not."""
    offset = proof.bits("offset", 64)
    proof.show("offset", offset)
    return as_key(offset)


def any_data(proof: Proof, name: str, count: int) -> tuple[int, ...]:
    """An input: so many bytes."""
    data = tuple(proof.bits(f"{name}[{index}]", 8) for index in range(count))
    proof.show(name, data)
    return data


# --- What is expected; none of it uses the code under proof --------------------------------------


def width_of(size: int, impl: Impl) -> int:
    """How many bytes a callback must have: the access's, if the device implements that many."""
    least, most = impl[0] or 1, impl[1] or 4
    if size < least or most < least:
        return least
    return most if size > most else size


def ahead(offset: int, count: int) -> int:
    """The offset so many bytes ahead, or behind; after the last comes 0."""
    return (offset + count % ADDRESS_SPACE_SIZE) % ADDRESS_SPACE_SIZE


def byte_at(value: int, width: int, index: int, is_big: bool) -> int:
    """The byte of a value of `width` bytes that lies `index` bytes ahead of its first."""
    place = width - 1 - index if is_big else index
    return (value >> 8 * place) & 0xFF


def callbacks_at(offset: int, size: int, width: int) -> tuple[tuple[int, int], ...]:
    """The offsets and sizes of an access's callbacks: one after the other, by address."""
    return tuple((ahead(offset, start), width) for start in range(0, size, width))


def reach_of(size: int, width: int) -> int:
    """How many bytes the callbacks of an access have together."""
    return size + -size % width


def lies_at(address: int, start: int, count: int) -> bool:
    """Whether an address is one of `count` from `start` on."""
    return any_of(*(ahead(start, index) == address for index in range(count)))


def is_one_at_most(conditions: tuple[bool, ...]) -> bool:
    """Whether no two conditions hold together."""
    return all_of(*(negation(all_of(a, b)) for a, b in combinations(conditions, 2)))


def same(left: tuple[Any, ...], right: tuple[Any, ...]) -> bool:
    """Whether two rows of numbers, or of rows of them, are as long and the same."""
    if len(left) != len(right):
        return False
    pairs = zip(left, right, strict=True)
    return all_of(*(same(a, b) if isinstance(a, tuple) else a == b for a, b in pairs))


# --- Obligations ---------------------------------------------------------------------------------


def of_each(
    body: Callable[..., None],
    orders: tuple[Order, ...] = ORDERS[:2],
    sizes: tuple[int, ...] = ACCESS_SIZES,
    **fixed: object,
) -> tuple[Obligation, ...]:
    """An obligation for each size of an access, in each byte order."""
    return tuple(
        Obligation(f"{size} bytes, {order.name}", partial(body, size=size, order=order, **fixed))
        for size in sizes
        for order in orders
    )
