"""Stepping: impl's tables of steps and callbacks hold what the model computes.

A device looks its steps and widths up in tables that it made when its sizes were set. The tables
are made by impl's own code; only where they are asked by stand-ins, they take a path for each row.
"""

from functools import partial
from typing import Any, NamedTuple

from model.access import access_size, callback_size, size_is_valid
from model.device import AccessSizes
from proofs.devices import IMPLEMENTED, same
from proofs.proof import Limits, Proof
from proofs.ranges import LAST_ADDRESS
from proofs.refinement import Refinement, Table
from proofs.theorem import Package, Theorem
from proofs.theorems import bugs_in_impl_accesses as bugs

SIZES = range(9)
"""What impl takes for the least and the most bytes of accesses and callbacks; 0 is the default."""

ACCESSES = (0, 1, 2, 4, 8)
"""The bytes of accesses: powers of two, or none."""


class Request(NamedTuple):
    """How many bytes are asked for, and where."""

    offset: int
    length: int


def any_request(proof: Proof) -> Request:
    """An input: any number of bytes at any offset."""
    return Request(proof.integer("offset", 0, LAST_ADDRESS), proof.integer("length", 0))


def device_of(package: Package, valid: AccessSizes, callbacks: AccessSizes) -> Any:
    """A device of impl's, whose tables may be asked by stand-ins."""
    sizes = package.device.Sizes
    device = package.device.Device("device")
    device.set_sizes(sizes(*valid), sizes(*callbacks), may_differ=True)
    device._steps, device._widths = Table(device._steps), Table(device._widths)
    return device


def are_equal(given: object, expected: object, done: object) -> dict[str, bool]:
    """The relation of numbers and truth values."""
    return {"impl gives what the model gives": expected == done}


def step_by_impl(package: Package, given: Request, most: int, is_unaligned: bool) -> int:
    """Run impl's look-up. The other sizes are not those that count."""
    valid = AccessSizes(0, most, not is_unaligned)
    device = device_of(package, valid, AccessSizes(0, 8 - most, is_unaligned))
    step: int = device.step(given.offset, given.length)
    return step


def stepping(most: int, is_unaligned: bool) -> Refinement[Request, int, int]:
    """Steps over a device that lets in so many bytes at most."""
    return Refinement(
        inputs=any_request,
        specification=lambda given: access_size(given.length, given.offset, most, is_unaligned),
        implementation=partial(step_by_impl, most=most, is_unaligned=is_unaligned),
        relation=are_equal,
    )


class Asked(NamedTuple):
    """An offset, and what a device says of valid accesses."""

    offset: int
    valid: AccessSizes


def any_asked(proof: Proof, is_unaligned: bool) -> Asked:
    """An input: any offset, and any sizes."""
    least, most = (proof.integer(f"valid.{which}", 0, 8) for which in ("min", "max"))
    return Asked(proof.integer("offset", 0, LAST_ADDRESS), AccessSizes(least, most, is_unaligned))


def validity_by_impl(package: Package, given: Asked, size: int) -> bool:
    """Run impl's check."""
    device = device_of(package, AccessSizes(), AccessSizes())
    device.valid = package.device.Sizes(*given.valid)
    accepted: bool = device.accepts(given.offset, size, False)
    return accepted


def letting_in(size: int, is_unaligned: bool) -> Refinement[Asked, bool, bool]:
    """Whether a device lets in an access of so many bytes."""
    return Refinement(
        inputs=partial(any_asked, is_unaligned=is_unaligned),
        specification=lambda given: size_is_valid(given.offset, size, given.valid),
        implementation=partial(validity_by_impl, size=size),
        relation=are_equal,
    )


def widths_by_impl(package: Package, size: int) -> tuple[int, ...]:
    """Run impl's look-up, for each device."""
    devices = (device_of(package, AccessSizes(), AccessSizes(*one)) for one in IMPLEMENTED)
    return tuple(device.width(size) for device in devices)


CUTTING = Refinement(
    inputs=lambda proof: proof.integer("size", 0, 8),
    specification=lambda size: tuple(callback_size(size, AccessSizes(*one)) for one in IMPLEMENTED),
    implementation=widths_by_impl,
    relation=lambda _, expected, done: {"the widths are the model's": same(expected, done)},
)

TABLES = (
    "The tables are impl's; that a stand-in looks one up is that it is compared with each index."
)

STEPS = Theorem(
    name="impl_steps_over_devices_by_as_many_bytes_as_the_model",
    statement=(
        "For every valid.max, aligned or not, any offset, and any number of bytes left, however "
        "large, impl's table gives the length of the model's step."
    ),
    rules=("A1", "A5"),
    assumptions=(
        TABLES,
        "valid.max is from 0 to 8, as impl's `set_sizes` demands and the model's `check_device`.",
    ),
    limits=Limits(resource_units=5_500_000, paths=5200),
    obligations=tuple(
        stepping(most, is_unaligned).obligation(
            f"up to {most} bytes, {'unaligned' if is_unaligned else 'aligned'}"
        )
        for most in SIZES
        for is_unaligned in (False, True)
    ),
    teeth=(
        bugs.STEP_OF_ANY_NUMBER,
        bugs.LENGTH_IS_NOT_CUT,
        bugs.OFFSET_MODULO_4,
        bugs.ALIGNED_ALWAYS,
        bugs.DEFAULT_OF_EIGHT,
        bugs.STEPS_OF_CALLBACKS,
        bugs.UNALIGNED_IF_VALID,
    ),
    package="impl",
)

VALIDITY = Theorem(
    name="impl_lets_in_the_accesses_that_the_model_lets_in",
    statement=(
        "For every valid.min and valid.max and any offset, impl lets an access of 0, 1, 2, 4 or 8 "
        "bytes in exactly if the model does."
    ),
    rules=("A6",),
    assumptions=(
        "valid.min and valid.max are from 0 to 8. No hook of the device refuses the access.",
    ),
    limits=Limits(resource_units=86_000, paths=130),
    obligations=tuple(
        letting_in(size, is_unaligned).obligation(
            f"{size} bytes, {'unaligned or not' if is_unaligned else 'aligned'}"
        )
        for size in ACCESSES
        for is_unaligned in (False, True)
    ),
    teeth=(
        bugs.MINIMUM_WITHOUT_MAXIMUM,
        bugs.ODD_OFFSETS_ONLY,
        bugs.NO_BYTES_ARE_ALIGNED_EVERYWHERE,
    ),
    package="impl",
)

WIDTHS = Theorem(
    name="impl_cuts_accesses_into_callbacks_as_wide_as_the_models",
    statement=(
        "For every impl.min and impl.max, impl's table gives the size of the model's callbacks, "
        "for accesses of 0 to 8 bytes; the minimum prevails."
    ),
    rules=("A7",),
    assumptions=(TABLES, "impl.min and impl.max are from 0 to 8."),
    limits=Limits(resource_units=1_300_000, paths=36),
    obligations=(CUTTING.obligation("all 81 pairs of impl.min and impl.max"),),
    teeth=(bugs.NEVER_WIDER, bugs.MAXIMUM_PREVAILS, bugs.CALLBACKS_OF_EIGHT),
    package="impl",
)

THEOREMS = (STEPS, VALIDITY, WIDTHS)
