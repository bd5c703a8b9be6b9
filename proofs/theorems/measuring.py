"""Which steps a device lets in: those that a query asks about, and those that an access takes.

The query cuts a request by its address, the access by the offset into the device.
"""

from functools import partial
from typing import Any

from model.device import Ops
from proofs.proof import Limits, Proof
from proofs.ranges import LAST_ADDRESS, any_address
from proofs.rebinding import rebound
from proofs.requests import SPACE
from proofs.symbolic import all_of, any_of, choose, implies, negation
from proofs.theorem import Obligation, Package, Theorem
from proofs.theorems import bugs_in_accesses
from proofs.theorems import bugs_in_bytes as bugs
from proofs.theorems.stepping import DEVICES, LENGTH_SIZE, REQUESTS, STEP_SIZES, any_length

TAKEN = (0, *STEP_SIZES)
"""All that a step of a device can take."""


def any_device(package: Package, proof: Proof) -> Ops:
    """An input: which accesses a device lets in, and whether its callbacks may be unaligned."""
    sizes = package.device.AccessSizes
    ops: Ops = package.device.Ops(
        valid=sizes(
            proof.integer("valid.min", 0, 8),
            proof.integer("valid.max", 0, 8),
            proof.boolean("valid.unaligned"),
        ),
        impl=sizes(unaligned=proof.boolean("impl.unaligned")),
    )
    proof.show("ops", ops)
    return ops


def taken_by_both(
    package: Package, ops: Ops, address: int, offset: int, length: int
) -> tuple[int, int]:
    """How many bytes the query takes, and how many the access does, as plain numbers."""
    found = found_at(package, offset, length)
    query = rebound(package.address_space.query_step, ops_of=lambda *_: ops)
    step = rebound(package.step.device_step_size, ops_of=lambda *_: ops)
    asked, taken = query(None, found, address), step(None, found)
    return settled(asked), settled(taken)


def found_at(package: Package, offset: int, length: int) -> Any:
    """A translation of so many bytes; its section does not count."""
    return package.translate.Translation(package.dispatch.UNASSIGNED, offset, length, SPACE)


def settled(taken: int) -> int:
    """The same number, as a plain one: one path for each."""
    return next(size for size in TAKEN if taken == size)


def measuring(package: Package, proof: Proof) -> None:
    """The bytes of any request at any address, and at any offset of a device."""
    address, offset = any_address(proof), proof.integer("offset", 0, LAST_ADDRESS)
    length, ops = any_length(proof, "length"), any_device(package, proof)
    asked, taken = taken_by_both(package, ops, address, offset, length)
    proof.show("asked and taken", (asked, taken))
    most = choose(ops.valid.max == 0, 4, ops.valid.max)
    fitting = {size: all_of(size <= length % LENGTH_SIZE, size <= most) for size in (2, 4, 8)}
    is_aligned_alike = all_of(
        *(
            implies(fits, (address % size == 0) == (offset % size == 0))
            for size, fits in fitting.items()
        )
    )
    proof.claim(
        "both take the same exactly if callbacks may be unaligned, or address and offset are "
        "multiples of the same of 2, 4 and 8, as far as length and maximum allow these",
        (asked == taken) == any_of(ops.impl.unaligned, is_aligned_alike),
    )
    is_based = (address - offset) % 8 == 0
    proof.claim("so they do where the base is a multiple of 8", implies(is_based, asked == taken))


def letting_in(package: Package, proof: Proof) -> None:
    """A device without accepts hook is asked about both."""
    address, offset = any_address(proof), proof.integer("offset", 0, LAST_ADDRESS)
    length, ops = any_length(proof, "length"), any_device(package, proof)
    proof.assume(length % LENGTH_SIZE != 0)
    asked, taken = taken_by_both(package, ops, address, offset, length)
    proof.show("asked and taken", (asked, taken))
    valid = ops.valid
    says_yes = package.access.size_is_valid(offset, asked, valid)
    is_let_in = package.access.size_is_valid(offset, taken, valid)
    has_size = any_of(valid.max == 0, valid.min <= taken)
    is_aligned = any_of(valid.unaligned, offset % taken == 0)
    proof.claim(
        "a step is let in exactly if it has the least size, and is aligned if it must be",
        is_let_in == all_of(has_size, is_aligned),
    )
    proof.claim(
        "it is aligned unless callbacks may be unaligned and accesses may not",
        any_of(is_aligned, all_of(ops.impl.unaligned, negation(valid.unaligned))),
    )
    is_too_kind = all_of(
        valid.unaligned,
        negation(ops.impl.unaligned),
        valid.max != 0,
        taken < valid.min,
        all_of(valid.min <= asked),
    )
    proof.claim(
        "the query says yes where a step is refused exactly if accesses may be unaligned, but "
        "callbacks may not, and only the step has less than valid.min",
        all_of(says_yes, negation(is_let_in)) == is_too_kind,
    )


def any_device_of_aligned_accesses(package: Package, proof: Proof, unit: int) -> Ops:
    """An input: such a device; `unit` is the least power of two from its valid.min on."""
    ops, least = any_device(package, proof), unit // 2 + 1 if unit > 1 else 0
    valid = ops.valid
    proof.assume(all_of(valid.min >= least, valid.min <= unit, valid.max > 0))
    proof.assume(all_of(negation(valid.unaligned), negation(ops.impl.unaligned)))
    return ops


def are_multiples(unit: int, offset: int, length: int) -> bool:
    """What holds of the query from its end on, and so of the access from its beginning."""
    return all_of(offset % unit == 0, length % unit == 0)


def asking_for_multiples(package: Package, proof: Proof, unit: int) -> None:
    """A turn of the query, inside a device of aligned accesses."""
    address, offset = any_address(proof), proof.integer("offset", 0, LAST_ADDRESS)
    length = proof.integer("length", 1, LENGTH_SIZE - 1)
    ops = any_device_of_aligned_accesses(package, proof, unit)
    query = rebound(package.address_space.query_step, ops_of=lambda *_: ops)
    asked = settled(query(None, found_at(package, offset, length), address))
    proof.show("asked", asked)
    says_yes = package.access.size_is_valid(offset, asked, ops.valid)
    proof.claim(
        "what the query says yes to is multiples, if what is left is",
        implies(
            all_of(says_yes, (length - asked) % unit == 0),
            all_of(are_multiples(unit, offset, length), ops.valid.max >= unit),
        ),
    )


def taking_multiples(package: Package, proof: Proof, unit: int) -> None:
    """A step of an access, inside a device of aligned accesses."""
    offset = proof.integer("offset", 0, LAST_ADDRESS)
    length = proof.integer("length", 1, LENGTH_SIZE - 1)
    ops = any_device_of_aligned_accesses(package, proof, unit)
    proof.assume(all_of(are_multiples(unit, offset, length), ops.valid.max >= unit))
    step = rebound(package.step.device_step_size, ops_of=lambda *_: ops)
    taken = settled(step(None, found_at(package, offset, length)))
    proof.show("taken", taken)
    is_let_in = package.access.size_is_valid(offset, taken, ops.valid)
    proof.claim("of multiples the access takes a step that is let in", is_let_in)
    is_kept = are_multiples(unit, offset + taken, length - taken)
    proof.claim("and leaves multiples", all_of(is_kept, taken <= length))


SAME_SIZE = Theorem(
    name="a_query_and_an_access_take_the_same_step_exactly_if_address_and_offset_align_alike",
    statement=(
        "Of a device, the query takes as many bytes as the access exactly if impl.unaligned, or "
        "each of 2, 4 and 8 that neither exceeds the length mod 2^32 nor valid.max divides both "
        "the address and the offset, or neither; so always where the device's base is a multiple "
        "of 8."
    ),
    rules=("P17", "A1", "A12"),
    assumptions=(REQUESTS, DEVICES),
    limits=Limits(resource_units=1_100_000, paths=890),
    obligations=(Obligation("of any length", measuring),),
    teeth=(
        bugs.QUERY_IS_CUT_BY_THE_OFFSET,
        bugs_in_accesses.ALIGNMENT_DOES_NOT_COUNT,
        bugs_in_accesses.ALIGNMENT_ALWAYS_COUNTS,
        bugs_in_accesses.HALF_ALIGNED,
        bugs_in_accesses.MAXIMUM_DOES_NOT_COUNT,
    ),
)

TOO_KIND = Theorem(
    name="a_query_is_too_kind_at_a_step_exactly_if_only_the_access_has_less_than_the_least_size",
    statement=(
        "A step of an access to a device without accepts hook is let in exactly if there is no "
        "valid.max or it has valid.min bytes, and is aligned or need not be. The query says yes "
        "where the step at the same offset is refused exactly if valid.unaligned without "
        "impl.unaligned, and the step has less than valid.min bytes, the query's at least as many; "
        "a base that is not a multiple of 8 does no more by itself."
    ),
    rules=("P17", "A1", "A6", "A12"),
    assumptions=(REQUESTS, DEVICES, "The length is no multiple of 2^32, where steps take nothing."),
    limits=Limits(resource_units=2_300_000, paths=2600),
    obligations=(Obligation("of any length", letting_in),),
    teeth=(
        bugs.ALIGNMENT_IS_ALWAYS_ASKED,
        bugs.ALIGNMENT_IS_NEVER_ASKED,
        bugs.MINIMUM_COUNTS_WITHOUT_MAXIMUM,
        bugs.MINIMUM_DOES_NOT_COUNT,
        bugs_in_accesses.ALIGNMENT_DOES_NOT_COUNT,
    ),
)

ALIGNED = Theorem(
    name="a_yes_about_a_device_of_aligned_accesses_is_right_wherever_its_base_is",
    statement=(
        "Where the query says yes to bytes of one device whose accesses must be aligned, each step "
        "of the access is let in, whatever the base: offset and length are multiples of the least "
        "power of two from valid.min on, since every turn of the query is; so every step of the "
        "access has as many bytes, and leaves such multiples."
    ),
    rules=("P17", "A1", "A6", "A12"),
    assumptions=(
        DEVICES,
        "One region without accepts hook answers at every address where either of them begins a "
        "step, as if its section did not end; without valid.max, every aligned step is let in.",
        "The request has less than 2^32 bytes; neither accesses nor callbacks may be unaligned.",
        "An induction over the turns of the query, from its end; over the steps, from the first.",
    ),
    limits=Limits(resource_units=740_000, paths=720),
    obligations=tuple(
        Obligation(f"{what} {unit} bytes at least", partial(body, unit=unit))
        for unit in STEP_SIZES
        for what, body in (
            ("a turn of the query, of", asking_for_multiples),
            ("a step of the access, of", taking_multiples),
        )
    ),
    teeth=(
        bugs.ALIGNMENT_IS_NEVER_ASKED,
        bugs.MINIMUM_DOES_NOT_COUNT,
        bugs_in_accesses.HALF_ALIGNED,
        bugs_in_accesses.ALIGNMENT_DOES_NOT_COUNT,
        bugs_in_accesses.THREE_BYTES_ARE_FOUR,
    ),
)

THEOREMS = (SAME_SIZE, TOO_KIND, ALIGNED)
