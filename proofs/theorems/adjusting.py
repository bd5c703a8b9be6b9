"""Adjusting: an access of a device becomes callbacks of a size that the device implements.

One law holds for every size, order and offset: byte k of the callback made i bytes into an access
is the access's byte i + k. A callback may reach beyond the access; its bytes there come to nothing.
"""

from collections.abc import Callable
from functools import partial

from proofs.devices import (
    ACCESS_SIZES,
    BYTES_AS_PYTHON_HAS_THEM,
    CALLED,
    IMPL_SIZES,
    IMPLEMENTED,
    LET_IN,
    NAME,
    ONE_SIZE,
    ORDERS,
    Impl,
    Order,
    any_data,
    any_offset,
    byte_at,
    callbacks_at,
    dispatch_read,
    dispatch_write,
    gives,
    ignores,
    is_one_at_most,
    lies_at,
    machine,
    of_each,
    reach_of,
    same,
    width_of,
)
from proofs.proof import Limits, Proof
from proofs.symbolic import all_of, any_of, implies
from proofs.theorem import Obligation, Package, Theorem
from proofs.theorems import bugs_in_adjusting as bugs


def cutting(package: Package, proof: Proof, size: int, is_big: bool) -> None:
    """An access of one size is cut, whatever the device implements."""
    offset = any_offset(proof)
    for impl in IMPLEMENTED:
        parts = package.access.parts_of(offset, size, package.device.AccessSizes(*impl), is_big)
        proof.show("impl", impl)
        proof.show("parts", parts)
        proof.claim(
            "each callback has the size that it must, and begins where the one before it ends",
            same(
                tuple((part.offset, part.size) for part in parts),
                callbacks_at(offset, size, width_of(size, impl)),
            ),
        )


def covering(package: Package, proof: Proof, size: int) -> None:
    """An access of one size is cut into callbacks of each size; `address` is any address."""
    offset = any_offset(proof)
    address = proof.bits("address", 64)
    proof.show("address", address)
    for impl in ONE_SIZE:
        parts = package.access.parts_of(offset, size, package.device.AccessSizes(*impl), False)
        proof.show("impl", impl)
        proof.show("parts", parts)
        reached = tuple(lies_at(address, part.offset, part.size) for part in parts)
        is_inside = lies_at(address, offset, size)
        proof.claim("each address of the access is reached", implies(is_inside, any_of(*reached)))
        proof.claim(
            "no other is reached if the size of callbacks divides that of the access, and else "
            "just those up to the next multiple of it",
            any_of(*reached) == lies_at(address, offset, reach_of(size, impl[0])),
        )
        proof.claim("none is reached twice", is_one_at_most(reached))


def writing(
    package: Package, proof: Proof, impls: tuple[Impl, ...], size: int, order: Order
) -> None:
    """One access writes any bytes, whatever the device implements."""
    offset, data = any_offset(proof), any_data(proof, "data", size)
    for impl in impls:
        width = width_of(size, impl)
        system, result = dispatch_write(package, ignores)(
            machine(package, impl, order), NAME, offset, data
        )
        calls = tuple((call.offset, call.size, call.value) for call in system.callbacks)
        proof.show("impl", impl)
        proof.show("callbacks", calls)
        places = tuple(call[:2] for call in calls)
        proof.claim(
            "callbacks are made where they must be, and nothing goes wrong",
            all_of(same(places, callbacks_at(offset, size, width)), result == 0),
        )
        sent = tuple(
            byte_at(call[2], width, k, order.is_big) for call in calls for k in range(width)
        )
        beyond = (0,) * (reach_of(size, width) - size)
        proof.claim(
            "each is given the bytes at its addresses, zeros beyond the access, and no more",
            all_of(same(sent, (*data, *beyond)), *(call[2] >> 8 * width == 0 for call in calls)),
        )


def reading(
    package: Package, proof: Proof, impls: tuple[Impl, ...], size: int, order: Order
) -> None:
    """One access reads from a device that gives any values, too large ones among them."""
    offset = any_offset(proof)
    given = tuple(proof.bits(f"given[{index}]", 64) for index in range(size))
    proof.show("given", given)
    for impl in impls:
        width = width_of(size, impl)
        read = dispatch_read(package, gives(given))
        system, result, data = read(machine(package, impl, order), NAME, offset, size)
        calls = tuple((call.offset, call.size) for call in system.callbacks)
        proof.show("impl", impl)
        proof.show("callbacks", calls)
        proof.show("data", tuple(data))
        proof.claim(
            "callbacks are made where they must be, and nothing goes wrong",
            all_of(same(calls, callbacks_at(offset, size, width)), result == 0),
        )
        wanted = (
            byte_at(given[index // width], width, index % width, order.is_big)
            for index in range(size)
        )
        proof.claim(
            "each byte is what the callback at its address gave there",
            same(tuple(data), tuple(wanted)),
        )


def in_all_orders(body: Callable[..., None]) -> tuple[Obligation, ...]:
    """For all that a device may implement; in native order, for callbacks of each size."""
    return (
        *of_each(body, ORDERS[2:], impls=ONE_SIZE),
        *of_each(body, impls=IMPLEMENTED),
    )


NATIVE = (
    "All 81 pairs of impl.min and impl.max are tried for devices of either byte order; for those "
    "of the target's, only pairs of the same number."
)

PARTS = Theorem(
    name="callbacks_follow_one_another_and_cover_an_access_exactly_if_their_size_divides_its",
    statement=(
        "For every impl.min and impl.max, each callback has as many bytes as the access, but no "
        "more than impl.max and no less than impl.min, which prevails; they ascend from the "
        "unrounded offset, modulo 2^64, and reach each address of the access once, and others "
        "only where their size does not divide the access's: those up to its next multiple."
    ),
    rules=("P10", "A7"),
    assumptions=(
        "The access has 1, 2, 4 or 8 bytes; the offset is any number below 2^64.",
        IMPL_SIZES,
    ),
    limits=Limits(resource_units=300_000, paths=40),
    obligations=(
        *(
            Obligation(
                f"{size} bytes are cut, {'big' if is_big else 'little'}-endian",
                partial(cutting, size=size, is_big=is_big),
            )
            for is_big in (False, True)
            for size in ACCESS_SIZES
        ),
        *(
            Obligation(f"{size} bytes are covered", partial(covering, size=size))
            for size in ACCESS_SIZES
        ),
    ),
    teeth=(
        bugs.MAXIMUM_PREVAILS,
        bugs.NO_MINIMUM,
        bugs.NO_DEFAULT_MAXIMUM,
        bugs.ROUNDED,
        bugs.DOES_NOT_WRAP,
        bugs.DESCENDING,
        bugs.ONE_TOO_MANY,
        bugs.OVERHANG_DROPPED,
        bugs.STEPS_BY_BYTES,
    ),
)

WRITES = Theorem(
    name="a_write_hands_each_callback_the_bytes_at_its_addresses_and_zeros_beyond_the_access",
    statement=(
        "Of any bytes written, byte i + k is byte k, in the device's order, of the callback made "
        "i bytes into the access; where a callback reaches beyond the access, it is given zeros."
    ),
    rules=("P10", "A7", "A8"),
    assumptions=(LET_IN, CALLED, IMPL_SIZES, NATIVE, BYTES_AS_PYTHON_HAS_THEM),
    limits=Limits(resource_units=600_000, paths=50),
    obligations=in_all_orders(writing),
    teeth=(
        bugs.ALWAYS_LITTLE,
        bugs.PLACE_BY_BYTES,
        bugs.WRITE_IS_NOT_CUT,
        bugs.WRITE_IS_NOT_SHIFTED_UP,
        bugs.VALUE_IS_LITTLE,
        bugs.NATIVE_IS_LITTLE,
        bugs.DESCENDING,
    ),
)

READS = Theorem(
    name="a_read_takes_of_each_callback_the_bytes_at_its_addresses_and_drops_those_beyond",
    statement=(
        "Whatever the callbacks of a read give, byte i + k of what is read is byte k, in the "
        "device's order, of what the callback made i bytes into the access gave; what lies beyond "
        "the access, or beyond the size of the callback, is dropped."
    ),
    rules=("P10", "A7", "A8"),
    assumptions=(
        LET_IN,
        CALLED,
        IMPL_SIZES,
        NATIVE,
        "A callback gives a number below 2^64, whatever its size.",
        BYTES_AS_PYTHON_HAS_THEM,
    ),
    limits=Limits(resource_units=500_000, paths=50),
    obligations=in_all_orders(reading),
    teeth=(
        bugs.ALWAYS_LITTLE,
        bugs.PLACE_BY_BYTES,
        bugs.READ_IS_NOT_CUT,
        bugs.READ_OVERWRITES,
        bugs.READ_IS_NOT_SHIFTED_DOWN,
        bugs.BUFFER_IS_LITTLE,
        bugs.NATIVE_IS_LITTLE,
    ),
)

THEOREMS = (PARTS, WRITES, READS)
