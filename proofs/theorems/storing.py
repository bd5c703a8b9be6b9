"""Storing: what a device that keeps bytes holds and gives back, callbacks too wide among others."""

from proofs.bits import Numbers
from proofs.devices import (
    BYTES_AS_PYTHON_HAS_THEM,
    CALLED,
    LET_IN,
    NAME,
    ONE_FOR_ALL,
    ONE_SIZE,
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
    reach_of,
    same,
)
from proofs.proof import Limits, Proof
from proofs.symbolic import all_of
from proofs.theorem import Package, Theorem
from proofs.theorems import bugs_in_adjusting as bugs

NO_BYTE = 0x100


def storing(package: Package, proof: Proof, size: int, order: Order) -> None:
    """Any bytes are written over any others, and read back, with callbacks of each size."""
    offset, data = any_offset(proof), any_data(proof, "data", size)
    held = any_data(proof, "held", max(reach_of(size, width) for width, _ in ONE_SIZE) + 2)
    places = tuple(ahead(offset, index - 1) for index in range(len(held)))
    contents = dict(zip(places, held, strict=True))
    for impl in ONE_SIZE:
        before = machine(package, impl, order, contents)
        after, _ = dispatch_write(package)(before, NAME, offset, data)
        _, result, got = dispatch_read(package)(after, NAME, offset, size)
        stored = after.devices[NAME].behaviour.contents
        now = tuple(stored.get(place, NO_BYTE) for place in places)
        proof.show("impl", impl)
        proof.show("stored", now)
        proof.show("read", tuple(got))
        proof.claim("what is read is what was written", all_of(result == 0, same(tuple(got), data)))
        reach = reach_of(size, impl[0])
        expected = (held[0], *data, *(0,) * (reach - size), *held[reach + 1 :])
        proof.claim("no other byte is stored", len(stored) == len(held))
        proof.claim(
            "the access's bytes are stored, zeros up to the last callback's end, and nothing else",
            same(now, expected),
        )


def widening(package: Package, proof: Proof, size: int, order: Order) -> None:
    """One access becomes a callback of more bytes."""
    offset, data = any_offset(proof), any_data(proof, "data", size)
    given = proof.bits("given", 64)
    proof.show("given", given)
    for impl in ONE_SIZE[size:]:
        width = impl[0]
        system, _ = dispatch_write(package, ignores)(
            machine(package, impl, order), NAME, offset, data
        )
        system, _, got = dispatch_read(package, gives((given,)))(system, NAME, offset, size)
        calls = tuple((call.offset, call.size) for call in system.callbacks)
        proof.show("impl", impl)
        proof.show("callbacks", calls)
        proof.show("read", tuple(got))
        proof.claim(
            "there is one callback each, at the unrounded offset",
            same(calls, ((offset, width), (offset, width))),
        )
        excess = 8 * (width - size)
        endianness = "big" if order.is_big else "little"
        value, read = (Numbers.from_bytes(one, endianness) for one in (data, got))
        low, high = given % (1 << 8 * size), (given % (1 << 8 * width)) >> excess
        proof.claim(
            "a little-endian read keeps the low bytes, a big-endian one the high ones",
            read == (high if order.is_big else low),
        )
        proof.claim(
            "a little-endian write sends the value as it is, a big-endian one shifted up",
            system.callbacks[0].value == (value << excess if order.is_big else value),
        )


STORE = Theorem(
    name="a_device_that_stores_bytes_gives_back_what_was_written_and_keeps_all_but_the_overhang",
    statement=(
        "With callbacks of any one size, written bytes are stored at their addresses and read "
        "back; of all others, whatever they were, only those that the last callback reaches "
        "beyond the access change: they become zero."
    ),
    rules=("P10", "A7", "A8"),
    assumptions=(
        LET_IN,
        CALLED,
        ONE_FOR_ALL,
        "The device holds bytes from just before the access to just after what can be reached; "
        "what else it holds is not looked at.",
        "A dictionary has a key if one that was put into it equals it.",
        BYTES_AS_PYTHON_HAS_THEM,
    ),
    limits=Limits(resource_units=1_500_000, paths=25),
    obligations=of_each(storing),
    teeth=(
        bugs.STORED_BACKWARDS,
        bugs.LOADED_AS_LITTLE,
        bugs.STORE_DOES_NOT_WRAP,
        bugs.STORE_FORGETS,
        bugs.OVERHANG_DROPPED,
        bugs.WRITE_REPEATS,
    ),
)

WIDER = Theorem(
    name="a_callback_wider_than_the_access_reads_its_near_end_and_is_sent_zeros_for_the_rest",
    statement=(
        "Where callbacks have more bytes than the access, one is made at the unrounded offset: a "
        "read keeps the low bytes of what it gives in little-endian order and the high ones in "
        "big-endian order; a write sends the value as it is, or shifted up."
    ),
    rules=("P10", "A7", "A8"),
    assumptions=(LET_IN, CALLED, ONE_FOR_ALL, BYTES_AS_PYTHON_HAS_THEM),
    limits=Limits(resource_units=30_000, paths=20),
    obligations=of_each(widening, sizes=(1, 2, 4)),
    teeth=(
        bugs.NO_MINIMUM,
        bugs.ROUNDED,
        bugs.READ_IS_NOT_SHIFTED_DOWN,
        bugs.WRITE_IS_NOT_SHIFTED_UP,
        bugs.WRITE_REPEATS,
    ),
)

THEOREMS = (STORE, WIDER)
