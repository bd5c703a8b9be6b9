"""Loads and stores beside reads and writes of as many bytes: when both are one and the same.

Where the first step of the read takes all bytes, the load is that step, whatever comes of it. Where
it does not, the load stops, or is one access: `refusing` is about one that fails without a call,
`cutting` about one that calls a device.
"""

from functools import partial
from typing import Any, NamedTuple

from proofs.devices import ACCESS_SIZES, same
from proofs.proof import Limits, Proof
from proofs.ranges import any_address
from proofs.rebinding import rebound
from proofs.requests import SPACE
from proofs.symbolic import all_of, any_of, negation
from proofs.theorem import Obligation, Package, Theorem
from proofs.theorems import bugs_in_accesses
from proofs.theorems import bugs_in_bytes as bugs
from proofs.theorems.guest_stepping import ANYTHING, Place, What
from proofs.theorems.moving import AnyData, Moved
from proofs.theorems.stepping import MESSAGES, REQUESTS


class Both(NamedTuple):
    """What a load gives, and what the first step of a read does; None where it stops; and moves."""

    one: Any
    moved: tuple[Moved, ...]
    step: Any
    moved_by_step: tuple[Moved, ...]


def both_of(package: Package, place: Place, address: int, size: int, is_write: bool) -> Both:
    """A load or a store, and the first step of a read or a write, of the same bytes."""
    attrs, order = package.memtx.UNSPECIFIED, package.device.ByteOrder.NATIVE
    access, one = package.read_write, package.load_store
    moves: dict[str, Any]
    if is_write:
        moves = {"store_dirty": place.store_dirty, "dispatch_write": place.dispatch_write}
        store = rebound(one.store, translate=lambda *_: place.found, bytes_of=data_of, **moves)
        write_step = rebound(access.write_step, device_step_size=place.device_step_size, **moves)
        whole = partial(store, place.system, SPACE, address, size, 0, order, attrs)
        step = partial(write_step, place.system, place.found, AnyData(), 0, attrs)
    else:
        moves = {"load_bytes": place.load_bytes, "dispatch_read": place.dispatch_read}
        load = rebound(
            one.load, translate=lambda *_: place.found, value_of=lambda data, _: data, **moves
        )
        read_step = rebound(access.read_step, device_step_size=place.device_step_size, **moves)
        whole = partial(load, place.system, SPACE, address, size, order, attrs)
        step = partial(read_step, place.system, place.found, attrs)
    return Both(*place.run(whole), *place.run(step))


def data_of(value: int, size: int, is_big: bool) -> tuple[int, int]:
    """In place of `model.access.bytes_of`: the place of the bytes in what is written."""
    return 0, size


def beginning(package: Package, proof: Proof, what: What, size: int, is_write: bool) -> None:
    """A load or a store of whatever answers, beside the first step of a read or a write."""
    address = any_address(proof)
    place = Place(package, proof, what, ("ERROR", "ACCESS_ERROR"))
    found = place.found
    proof.assume(all_of(found.length >= 1, found.length <= size))
    proof.assume(all_of(place.size >= 1, place.size <= found.length))
    both, claim = both_of(package, place, address, size, is_write), proof.claim
    attrs = package.memtx.UNSPECIFIED
    is_direct = package.translate.is_direct(place.system, found.region, is_write, attrs)
    copies = all_of(is_direct, any_of(size == 1, found.length == size))
    if both.step is None:
        is_alike = (both.one is None) == any_of(copies, not is_direct)
        claim("where the step stops the access, so does a load that goes the same way", is_alike)
        is_outside = found.offset + (0 if is_direct else place.size) >= place.block.max_length
        claim("a copy stops only outside of the block", is_outside)
        return
    has_all = found.offset + size <= place.block.max_length
    takes_all = all_of(copies, has_all) if is_direct else place.size == size
    claim(
        "the step takes all bytes exactly if one section and the block have them, or if that is "
        "the size of one step of the device",
        (both.step.length == size) == takes_all,
    )
    if both.step.length == size:
        claim_the_same(proof, both, is_write)
    else:
        claim_one_access(package, proof, place, both, copies, size)


def claim_the_same(proof: Proof, both: Both, is_write: bool) -> None:
    """What holds where the step takes all."""
    proof.claim("the load stops only where the step does", both.one is not None)
    system, result, *data = both.one
    proof.claim(
        "both move the same, by one copy or one access", same(both.moved, both.moved_by_step)
    )
    left = system._replace(fuzz_hooks=both.step.system.fuzz_hooks)
    proof.claim("both leave the same system", left == both.step.system)
    proof.claim("both end alike", result == both.step.result)
    if not is_write:
        (what, length), (what_by_step, length_by_step) = data[0], both.step.data
        is_same = all_of(what == what_by_step, length == length_by_step)
        proof.claim("the value is of the same bytes", is_same)


def claim_one_access(
    package: Package, proof: Proof, place: Place, both: Both, copies: bool, size: int
) -> None:
    """What holds where the step takes only some of the bytes."""
    claim, offset = proof.claim, place.found.offset
    if both.one is None:
        is_cut = offset + size > place.block.max_length
        claim("a load stops only where the block ends in it", is_cut)
        is_copy = any_of(copies, place.what.kind == "RAM_DEVICE")
        claim("and only by copying, or by calling a RAM device", is_copy)
        return
    claim("a load copies all or nothing", negation(copies))
    claim("a load that is no step is one access at most", len(both.moved) <= 1)
    for one in both.moved:
        claim("of all bytes, at the step's offset", same(one, (False, offset, 0, size)))
    result = both.one[1]
    if not both.moved:
        is_refused = result is package.memtx.MemTxResult.DECODE_ERROR
        claim("or it is refused", is_refused)
        claim("and leaves everything as it was", both.one[0] == place.system)


ONE_STEP = Theorem(
    name="a_load_or_store_is_one_step_of_a_read_or_write_exactly_if_that_step_takes_all_bytes",
    statement=(
        "A load or store does what the first step of a read or write of as many bytes does, with "
        "the same value, result and callbacks, exactly if that takes all of them: if memory's "
        "section (but of one byte) and its block have them, or if they are one step of the device "
        "(A1), let in or not. Otherwise it stops where the block ends in it, or else is a single "
        "access of all bytes at the step's offset, which RAM refuses."
    ),
    rules=("P12", "A2", "A11", "A13", "A16"),
    assumptions=(
        REQUESTS,
        "The translation has from one byte (no X3) to all of them. A step of a device has from one "
        "byte to those translated; its size is any here (A1).",
        "Regions have the operations of their kind; a device may refuse an access or fail it in "
        "either way. The attributes are not specified.",
        "The fuzz hook does not count: a read tells it always, a load only of what it copies.",
        MESSAGES,
    ),
    limits=Limits(resource_units=1_700_000, paths=2000),
    obligations=tuple(
        Obligation(
            f"{verb} {size} of {what.text}",
            partial(beginning, what=what, size=size, is_write=is_write),
        )
        for size in ACCESS_SIZES
        for what in ANYTHING
        for verb, is_write in (("loading", False), ("storing", True))
    ),
    teeth=(
        bugs.PIECES_ARE_NOT_ASKED_FOR,
        bugs.A_BYTE_IS_ASKED_FOR,
        bugs.LOAD_GOES_BY_WRITING,
        bugs.STORE_GOES_BY_READING,
        bugs.LOAD_STARTS_AT_THE_SECTION,
        bugs.STORE_STARTS_AT_THE_SECTION,
        bugs_in_accesses.BLOCK_DOES_NOT_CUT,
    ),
)

THEOREMS = (ONE_STEP,)
