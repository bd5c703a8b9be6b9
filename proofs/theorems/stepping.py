"""How many bytes one step of an access takes, and where it leaves the request."""

from typing import Any

from model.address_range import ADDRESS_SPACE_SIZE
from model.device import MAX_ACCESS_SIZE, Ops
from proofs.proof import Limits, Proof
from proofs.ranges import LAST_ADDRESS, any_address
from proofs.rebinding import rebound
from proofs.symbolic import all_of, any_of, choose, implies, negation, tellable
from proofs.theorem import Obligation, Package, Theorem
from proofs.theorems import bugs_in_accesses as bugs

STEP_SIZES = (1, 2, 4, 8)
LENGTH_SIZE = 1 << 32
"""QEMU keeps the length of a device's step in 32 bits: of a multiple of this, nothing is left."""

MESSAGES = "No code looks at the message of an exception that the access stops with."
REQUESTS = "A request has less than 2^64 bytes, and an offset is in [0, 2^64)."
DEVICES = "A device's valid.max is from 0 to 8 bytes (M6); 0 stands for 4."


def any_length(proof: Proof, name: str) -> int:
    """An input: how many bytes a request or a translation may have, but not none."""
    length = proof.integer(name, 1, LAST_ADDRESS)
    proof.show(name, length)
    return length


def any_ops(package: Package, proof: Proof) -> Ops:
    """An input: what counts for the size of a device's steps."""
    sizes = package.device.AccessSizes
    ops: Ops = package.device.Ops(
        valid=sizes(max=proof.integer("valid.max", 0, MAX_ACCESS_SIZE)),
        impl=sizes(unaligned=proof.boolean("impl.unaligned")),
    )
    proof.show("ops", ops)
    return ops


def is_let_in(size: int, length: int, offset: int, ops: Ops) -> bool:
    """Whether a step of `size` bytes, a plain number, would keep to every bound. Rules: A1."""
    return all_of(
        size <= length % LENGTH_SIZE,
        size <= choose(ops.valid.max == 0, 4, ops.valid.max),
        any_of(ops.impl.unaligned, offset % size == 0),
    )


def taking_of_a_device(package: Package, proof: Proof) -> None:
    """Of any length, none included."""
    length = proof.integer("length", 0, LAST_ADDRESS)
    offset = proof.integer("offset", 0, LAST_ADDRESS)
    ops = any_ops(package, proof)
    taken = package.access.access_size(length, offset, ops.valid.max, ops.impl.unaligned)
    proof.show("taken", taken)
    proof.claim(
        "it takes nothing, or a power of two",
        any_of(taken == 0, *(taken == size for size in STEP_SIZES)),
    )
    proof.claim(
        "it takes nothing exactly of a multiple of 2^32 bytes",
        (taken == 0) == (length % LENGTH_SIZE == 0),
    )
    for size in STEP_SIZES:
        fits = is_let_in(size, length, offset, ops)
        proof.claim("what it takes keeps to every bound", implies(taken == size, fits))
        proof.claim("nothing larger keeps to every bound", implies(fits, size <= taken))


def any_block(package: Package, proof: Proof) -> Any:
    """An input: a block of any size."""
    return package.memory.RamBlock(tellable(proof.integer("block.max_length", 0)))


def any_translation(package: Package, proof: Proof, region: str | None) -> Any:
    """An input: a place in a region, and how many bytes of a request it may have."""
    section = package.dispatch.Section(region, offset=0, start=0, size=ADDRESS_SPACE_SIZE)
    offset = tellable(proof.integer("offset", 0, LAST_ADDRESS))
    return package.translate.Translation(section, offset, any_length(proof, "length"), "space")


def taking_of_memory(package: Package, proof: Proof) -> None:
    """Of one byte or more."""
    block = any_block(package, proof)
    found = any_translation(package, proof, "memory")
    clamped = rebound(package.step.clamped, block_of=lambda system, name: block)
    is_inside = found.offset < block.max_length
    try:
        taken = clamped(None, "memory", found)
    except package.memory.OffsetOutsideBlock:
        proof.claim("it stops only at an offset outside of the block", negation(is_inside))
        return
    proof.show("taken", taken)
    end = found.offset + taken
    proof.claim("it stops at an offset outside of the block", is_inside)
    proof.claim("it takes a byte or more", taken >= 1)
    proof.claim("it takes no more than was asked for", taken <= found.length)
    proof.claim("it ends in the block", end <= block.max_length)
    proof.claim(
        "it takes all, or all that the block has",
        any_of(taken == found.length, end == block.max_length),
    )


def taking_nothing_of_memory(package: Package, proof: Proof) -> None:
    """Of no bytes: the trap of X3."""
    block = any_block(package, proof)
    found = any_translation(package, proof, "memory")._replace(length=0)
    clamped = rebound(package.step.clamped, block_of=lambda system, name: block)
    try:
        taken = clamped(None, "memory", found)
    except package.memtx.OffsetOutsideBlock:
        taken = None
    proof.show("taken", taken)
    proof.claim("it takes nothing, wherever that would be", taken is not None and taken == 0)


def advancing(package: Package, proof: Proof) -> None:
    """By a step of any length that the request has."""
    address = tellable(any_address(proof))
    remaining = tellable(any_length(proof, "remaining"))
    length = proof.integer("length", 0, LAST_ADDRESS)
    proof.assume(length <= remaining)
    proof.show("length", length)
    try:
        next_, rest = package.access.advance(address, remaining, length)
    except package.memtx.NoProgress:
        proof.claim("it stops only for a step of nothing", length == 0)
        return
    proof.show("next", next_)
    proof.claim("it stops for a step of nothing", length > 0)
    proof.claim("the next address is an address", all_of(next_ >= 0, next_ <= LAST_ADDRESS))
    end = address + length
    proof.claim(
        "it lies as many bytes on, around the end of the address space",
        next_ == choose(end > LAST_ADDRESS, end - ADDRESS_SPACE_SIZE, end),
    )
    proof.claim("what remains is less, by the step", all_of(rest == remaining - length, rest >= 0))
    proof.claim("what remains is strictly less", rest < remaining)
    proof.claim(
        "the request ends where it ended, mod 2^64",
        (next_ + rest) % ADDRESS_SPACE_SIZE == (address + remaining) % ADDRESS_SPACE_SIZE,
    )


SIZES = Theorem(
    name="a_step_of_a_device_is_the_largest_power_of_two_that_length_maximum_and_alignment_allow",
    statement=(
        "A device's step takes nothing exactly if the length is a multiple of 2^32, and otherwise "
        "the largest of 8, 4, 2 and 1 bytes that exceeds neither the length mod 2^32 nor valid.max "
        "and, unless impl.unaligned, divides the offset."
    ),
    rules=("P9", "A1"),
    assumptions=(REQUESTS, DEVICES),
    limits=Limits(resource_units=280_000, paths=160),
    obligations=(Obligation("of any length", taking_of_a_device),),
    teeth=(
        bugs.ALIGNMENT_DOES_NOT_COUNT,
        bugs.ALIGNMENT_ALWAYS_COUNTS,
        bugs.MAXIMUM_DOES_NOT_COUNT,
        bugs.LENGTH_IS_KEPT_WHOLE,
        bugs.THREE_BYTES_ARE_FOUR,
        bugs.HALF_ALIGNED,
    ),
)

MEMORY = Theorem(
    name="a_step_of_memory_takes_a_byte_or_more_and_ends_with_its_length_or_its_block",
    statement=(
        "Of one byte or more, a step of memory takes at least one and all that its block has at "
        "the offset; it stops with OffsetOutsideBlock exactly if the block has no such offset. Of "
        "no bytes it takes none, and does not stop."
    ),
    rules=("P9", "A2", "X3"),
    assumptions=(
        REQUESTS,
        "The block may have any size.",
        MESSAGES,
    ),
    limits=Limits(resource_units=9_000, paths=12),
    obligations=(
        Obligation("of one byte or more", taking_of_memory),
        Obligation("of no bytes", taking_nothing_of_memory),
    ),
    teeth=(
        bugs.BLOCK_DOES_NOT_CUT,
        bugs.BLOCK_DECIDES,
        bugs.END_IS_INSIDE,
        bugs.OFFSET_IS_NOT_CHECKED,
        bugs.STEP_OF_NOTHING_IS_CUT,
    ),
)

ADVANCE = Theorem(
    name="each_step_shortens_the_request_by_its_bytes_and_only_a_step_of_nothing_stops_it",
    statement=(
        "After a step the next address lies as many bytes on, mod 2^64, and that much less "
        "remains, strictly less, so that both still add up to the same end mod 2^64; NoProgress is "
        "raised exactly for a step of 0 bytes."
    ),
    rules=("P9", "A3", "P16"),
    assumptions=(REQUESTS, "A step takes no more than remains of the request.", MESSAGES),
    limits=Limits(resource_units=7_000, paths=6),
    obligations=(Obligation("by a step of any length", advancing),),
    teeth=(
        bugs.STEP_OF_NOTHING_GOES_ON,
        bugs.STEP_OF_A_BYTE_STOPS,
        bugs.REMAINING_IS_A_BYTE_SHORT,
        bugs.ADDRESS_STAYS,
        bugs.ADDRESS_DOES_NOT_WRAP,
    ),
)

THEOREMS = (SIZES, MEMORY, ADVANCE)
