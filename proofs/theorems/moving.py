"""One step of a read or write: that it moves just the bytes that it takes."""

from functools import partial
from typing import Any, NamedTuple

from proofs.proof import Limits, Proof
from proofs.ranges import LAST_ADDRESS
from proofs.rebinding import rebound
from proofs.symbolic import all_of, negation
from proofs.theorem import Obligation, Package, Theorem
from proofs.theorems import bugs_in_accesses as bugs
from proofs.theorems.stepping import (
    DEVICES,
    LENGTH_SIZE,
    MESSAGES,
    REQUESTS,
    any_block,
    any_ops,
    any_translation,
)


class Moved(NamedTuple):
    """Bytes that a step moved: to or from memory or a device, and which of the request's data."""

    is_memory: bool
    offset: int
    first: int
    length: int


class AnyData:
    """What a request writes, of which nothing is known; a part of it is its place."""

    def __getitem__(self, part: slice) -> tuple[int, int]:
        return (
            0 if part.start is None else part.start,
            LAST_ADDRESS if part.stop is None else part.stop,
        )


class Place:
    """What a step may come to, and what it moves there; `done` bytes of the request are behind it.

    The methods stand in for what the step calls.
    """

    def __init__(self, package: Package, proof: Proof) -> None:
        self.results = package.memtx.MemTxResult
        is_denied, is_direct = proof.boolean("is denied"), proof.boolean("is direct")
        ops, block = any_ops(package, proof), any_block(package, proof)
        self.is_denied, self.block = is_denied, block
        self.done = proof.integer("done", 0, LAST_ADDRESS)
        self.moved: list[Moved] = []
        self.stand_ins: dict[str, Any] = {
            "is_denied": lambda *_: is_denied,
            "is_direct": lambda *_: is_direct,
            "clamped": rebound(package.step.clamped, block_of=lambda *_: block),
            "device_step_size": rebound(package.step.device_step_size, ops_of=lambda *_: ops),
        }

    def load_bytes(self, block: object, offset: int, length: int) -> bytes:
        """In place of `model.memory.load_bytes`."""
        self.moved.append(Moved(True, offset, self.done, length))
        return b"memory"

    def store_dirty(self, system: str, name: str, offset: int, data: tuple[int, int]) -> str:
        """In place of `model.system.store_dirty`."""
        self.moved.append(Moved(True, offset, data[0], data[1] - data[0]))
        return "after"

    def dispatch_read(self, system: str, name: str, offset: int, size: int) -> Any:
        """In place of `model.read_write.dispatch_read`."""
        self.moved.append(Moved(False, offset, self.done, size))
        return "after", self.results.ERROR, b"device"

    def dispatch_write(self, system: str, name: str, offset: int, data: tuple[int, int]) -> Any:
        """In place of `model.read_write.dispatch_write`."""
        self.moved.append(Moved(False, offset, data[0], data[1] - data[0]))
        return "after", self.results.ERROR


def moving(package: Package, proof: Proof, is_write: bool) -> None:
    """Anywhere: nothing, a device, or memory, by its block or by its operations."""
    place = Place(package, proof)
    found = any_translation(package, proof, "region")
    proof.assume(place.done + found.length <= LAST_ADDRESS)
    if proof.boolean("nothing answers"):
        found = found._replace(section=found.section._replace(region=None))
    try:
        if is_write:
            write_step = rebound(
                package.read_write.write_step,
                **place.stand_ins,
                store_dirty=place.store_dirty,
                dispatch_write=place.dispatch_write,
            )
            step = write_step("before", found, AnyData(), place.done, None)
        else:
            read_step = rebound(
                package.read_write.read_step,
                **place.stand_ins,
                block_of=lambda *_: place.block,
                load_bytes=place.load_bytes,
                dispatch_read=place.dispatch_read,
            )
            step = read_step("before", found, None)
    except package.memory.OffsetOutsideBlock:
        is_outside = found.offset >= place.block.max_length
        proof.claim("it stops only at an offset outside of the block", is_outside)
        return
    claim_lengths(proof, found, step, place)
    claim_outcome(proof, step, place, is_write)


def claim_lengths(proof: Proof, found: Any, step: Any, place: Place) -> None:
    """What holds of how many bytes a step takes, and of which it moved."""
    proof.show("step", step)
    moved = place.moved
    to_memory = any(one.is_memory for one in moved)
    is_multiple = found.length % LENGTH_SIZE == 0
    of_nothing = all_of(negation(place.is_denied), not to_memory, is_multiple)
    proof.claim(
        "it takes nothing exactly of a multiple of 2^32 bytes of a device, else a byte or more",
        all_of(step.length >= 0, (step.length == 0) == of_nothing),
    )
    proof.claim("it takes no more than was translated", step.length <= found.length)
    if place.is_denied:
        proof.claim("what is denied is all passed over", step.length == found.length)
    is_moved = all_of(negation(place.is_denied), step.length > 0)
    proof.claim("all is moved at once, unless denied", (len(moved) == 1) == is_moved)
    for one in moved:
        proof.claim(
            "what is moved are the next bytes of the request, and as many as the step takes",
            all_of(one.offset == found.offset, one.first == place.done, one.length == step.length),
        )


def claim_outcome(proof: Proof, step: Any, place: Place, is_write: bool) -> None:
    """What holds of the result, of the data read, and of the system."""
    results = place.results
    if place.is_denied:
        outcome: tuple[object, object, object] = ("before", results.ACCESS_ERROR, None)
    elif not place.moved:
        outcome = ("before", results.OK, None)
    elif place.moved[0].is_memory:
        outcome = ("after", results.OK, None) if is_write else ("before", results.OK, b"memory")
    else:
        outcome = ("after", results.ERROR, None if is_write else b"device")
    proof.claim(
        "it gives what the copy or the dispatch gave, or an error where it is denied",
        (step.system, step.result, step.data) == outcome,
    )


STEPS = Theorem(
    name="a_step_moves_just_the_next_bytes_of_a_request_and_at_least_one_but_for_2_to_the_32",
    statement=(
        "A step of a read or write moves the bytes that it takes, which come next in the request, "
        "to or from the offset that was translated, all at once, or passes over all where it is "
        "denied; it takes at least one byte and at most those translated, but nothing exactly of a "
        "multiple of 2^32 bytes of a device."
    ),
    rules=("P9", "A1", "A2"),
    assumptions=(
        REQUESTS,
        DEVICES,
        "The translation has a byte or more (no X3), and no more than remain of the request (X1).",
        "Whether it is denied or direct, the operations and the block may be any; what a copy or a "
        "dispatch does with the bytes counts for nothing.",
        MESSAGES,
    ),
    limits=Limits(resource_units=1_200_000, paths=850),
    obligations=(
        Obligation("of a read", partial(moving, is_write=False)),
        Obligation("of a write", partial(moving, is_write=True)),
    ),
    teeth=(
        bugs.READ_IS_TAKEN_FOR_ALL,
        bugs.WRITE_IS_TAKEN_FOR_ALL,
        bugs.MEMORY_READ_IS_NOT_CUT,
        bugs.DEVICE_GETS_THE_FIRST_BYTES,
        bugs.MEMORY_GETS_ALL_THE_REST,
        bugs.LENGTH_IS_KEPT_WHOLE,
    ),
)

THEOREMS = (STEPS,)
