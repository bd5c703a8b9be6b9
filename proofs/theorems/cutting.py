"""Cutting: an access that is let in, and the same bytes as several accesses side by side.

So a load of a device is compared with a read of as many bytes that takes more than one step.
"""

from functools import partial
from itertools import accumulate
from typing import Any

from proofs.devices import (
    ACCESS_SIZES,
    BYTES_AS_PYTHON_HAS_THEM,
    CALLED,
    IMPL_SIZES,
    IMPLEMENTED,
    LET_IN,
    NAME,
    Order,
    ahead,
    any_data,
    any_offset,
    dispatch_read,
    dispatch_write,
    gives,
    ignores,
    machine,
    of_each,
    same,
    width_of,
)
from proofs.proof import Limits, Proof
from proofs.symbolic import all_of
from proofs.theorem import Obligation, Package, Theorem
from proofs.theorems import bugs_in_adjusting as bugs

SEVERAL = (2, 4, 8)
"""The sizes of accesses that may be cut."""


def cuts_of(size: int, most: int) -> tuple[tuple[int, ...], ...]:
    """All rows of 1, 2 and 4 bytes up to `most` that add up to a size."""
    if size == 0:
        return ((),)
    return tuple(
        (step, *rest)
        for step in ACCESS_SIZES
        if step <= min(size, most)
        for rest in cuts_of(size - step, most)
    )


def divides(width: int, cut: tuple[int, ...]) -> bool:
    """Whether callbacks of so many bytes fill every step."""
    return all(step % width == 0 for step in cut)


def calling_alike(package: Package, proof: Proof, size: int) -> None:
    """An access that is cut in every way, of every device."""
    offset, parts_of = any_offset(proof), package.access.parts_of
    for impl in IMPLEMENTED:
        sizes = package.device.AccessSizes(*impl)
        whole = places_of(parts_of(offset, size, sizes, False))
        proof.show("impl", impl)
        are_right = True
        for cut in cuts_of(size, size // 2):
            steps: tuple[tuple[int, int], ...] = ()
            for done, step in zip(accumulate(cut, initial=0), cut, strict=False):
                steps += places_of(parts_of(ahead(offset, done), step, sizes, False))
            is_right = same(whole, steps) == divides(width_of(size, impl), cut)
            are_right = all_of(are_right, is_right)
        claim = "the steps make the access's callbacks exactly if these fill every step"
        proof.claim(claim, are_right)


def places_of(parts: Any) -> tuple[tuple[int, int], ...]:
    """The offsets and the sizes of callbacks."""
    return tuple((part.offset, part.size) for part in parts)


def moving_alike(package: Package, proof: Proof, size: int, order: Order) -> None:
    """An access that is cut into steps which callbacks fill, read and written."""
    offset, data = any_offset(proof), any_data(proof, "data", size)
    given = tuple(proof.bits(f"given[{index}]", 64) for index in range(size))
    proof.show("given", given)
    for width in (1, 2, 4):
        before = machine(package, (width, width), order)
        whole = moved_by(package, before, offset, (size,), data, given)
        for cut in (cut for cut in cuts_of(size, size // 2) if divides(width, cut)):
            steps = moved_by(package, before, offset, cut, data, given)
            proof.show("cut", cut)
            proof.claim("the same bytes are read", same(whole[0], steps[0]))
            proof.claim("callbacks are given the same values", same(whole[1], steps[1]))
            proof.claim("the results are the same", whole[2] == steps[2])


def moved_by(
    package: Package,
    system: Any,
    offset: int,
    cut: tuple[int, ...],
    data: tuple[int, ...],
    given: tuple[int, ...],
) -> tuple[tuple[int, ...], tuple[Any, ...], Any]:
    """What is read by accesses side by side, all callbacks, and the results together."""
    read, write = dispatch_read(package, gives(given)), dispatch_write(package, ignores)
    result, pieces = package.memtx.MemTxResult.OK, list[int]()
    for done, step in zip(accumulate(cut, initial=0), cut, strict=False):
        system, outcome, piece = read(system, NAME, ahead(offset, done), step)
        result |= outcome
        pieces.extend(piece)
    for done, step in zip(accumulate(cut, initial=0), cut, strict=False):
        system, outcome = write(system, NAME, ahead(offset, done), data[done : done + step])
        result |= outcome
    calls = tuple((call.offset, call.size, call.value) for call in system.callbacks)
    return tuple(pieces), calls, result


CUT = Theorem(
    name="an_access_makes_the_callbacks_of_the_steps_it_is_cut_into_exactly_if_these_fill_each",
    statement=(
        "However an access of 2, 4 or 8 bytes that is let in may be cut into steps that are let "
        "in by the same device, side by side, both make the same callbacks exactly if the size of "
        "the access's callbacks divides each step; and then both read the same bytes, write the "
        "same values, and end alike. So a load that is not one step of a read is that read only "
        "then, as without valid.max (A6), or where the offset is less aligned than callbacks need."
    ),
    rules=("P12", "A1", "A6", "A7", "A8", "A11"),
    assumptions=(
        LET_IN,
        CALLED,
        IMPL_SIZES,
        "Where callbacks are made does not depend on the byte order: so says the theorem about how "
        "an access is cut, for either.",
        "Steps have 1, 2 or 4 bytes (A1). A device that is called with the same things in the same "
        "order does the same.",
        "Bytes are moved by devices of which callbacks have one size: by the same "
        "theorem, others with the same callbacks do the same.",
        BYTES_AS_PYTHON_HAS_THEM,
    ),
    limits=Limits(resource_units=440_000, paths=27),
    obligations=(
        *of_each(moving_alike, sizes=SEVERAL),
        *(
            Obligation(f"callbacks of {size} bytes", partial(calling_alike, size=size))
            for size in SEVERAL
        ),
    ),
    teeth=(
        bugs.NO_MINIMUM,
        bugs.DESCENDING,
        bugs.ALWAYS_LITTLE,
        bugs.READ_OVERWRITES,
        bugs.DOES_NOT_WRAP,
        bugs.STEPS_BY_BYTES,
        bugs.VALUE_IS_LITTLE,
    ),
)

THEOREMS = (CUT,)
