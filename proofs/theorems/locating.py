"""Each byte of a whole request: which step has it, and which byte of a device that is.

With the theorem about the places of a step's bytes, this says which byte of memory or of a device
each byte of a request is, of any length.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

from model.address_range import ADDRESS_SPACE_SIZE
from proofs.devices import (
    BYTES_AS_PYTHON_HAS_THEM,
    NAME,
    ONE_FOR_ALL,
    ONE_SIZE,
    Order,
    ahead,
    any_data,
    any_offset,
    dispatch_read,
    machine,
    of_each,
    same,
)
from proofs.proof import Limits, Proof
from proofs.ranges import LAST_ADDRESS
from proofs.rebinding import rebound
from proofs.requests import SPACE, Buffer, Given, Steps, StepsAreOver
from proofs.symbolic import all_of, any_of, implies
from proofs.theorem import Obligation, Package, Theorem
from proofs.theorems import bugs_in_accesses, bugs_in_adjusting
from proofs.theorems import bugs_in_bytes as bugs
from proofs.theorems.requesting import REQUEST_ASSUMPTIONS, any_steps


class Begun(Steps):
    """The steps of a request, which note where each begins."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.addresses: list[int] = []

    def translate(self, is_write: bool, *asked: Any) -> Any:
        """In place of `model.translate.translate`."""
        found = super().translate(is_write, *asked)
        self.addresses.append(asked[2])
        return found


def finding_the_step(package: Package, proof: Proof, is_write: bool) -> None:
    """Any byte of a request, one step after any number of others, which count as one."""
    index = proof.integer("index", 0, LAST_ADDRESS)
    proof.show("index", index)
    request, first, second = any_steps(proof)
    given = tuple(
        Given(one.length, one.result, None if is_write else name)
        for one, name in ((first, b"first;"), (second, b"second;"))
    )
    steps = Begun(package, proof, request, given)
    is_over, read = run_loop(package, steps, is_write)
    start, holders = 0, []
    for address, step in zip(steps.addresses, given, strict=False):
        has_it = all_of(start <= index, index < start + step.length)
        holders.append(has_it)
        proof.claim(
            "a step begins as far before a byte's address as it does before the byte",
            implies(
                has_it,
                (address + (index - start)) % ADDRESS_SPACE_SIZE
                == (request[0] + index) % ADDRESS_SPACE_SIZE,
            ),
        )
        start = start + step.length
    if is_over:
        proof.claim("each byte is in a step", implies(index < request[1], any_of(*holders)))
        expected = b"".join(step.data or b"" for step in given[: steps.taken])
        proof.claim("what is read is the steps' bytes, in order", read == expected)


def run_loop(package: Package, steps: Begun, is_write: bool) -> tuple[bool, bytes]:
    """Run a read or a write; whether it came to its end, and what it read."""
    access, translate = package.read_write, partial(steps.translate, is_write)
    checks: dict[str, Callable[..., Any]] = {
        "check_request": lambda *_: None,
        "is_denied": lambda *_: False,
    }
    system, (address, length) = package.system.System(), (steps.address, steps.length)
    try:
        if is_write:
            write = rebound(
                access.write,
                write_step=steps.write_step,
                translate=translate,
                check_effort=lambda *_: None,
                len=lambda data: data.steps.length,
                **checks,
            )
            write(system, SPACE, address, Buffer(steps), None)
            return True, b""
        read_on = rebound(
            access.read_on,
            read_step=steps.read_step,
            translate=translate,
            check_effort=lambda *_: None,
            bytes=steps.zeros,
        )
        read = rebound(access.read, read_on=read_on, translate=translate, **checks)
        return True, read(system, SPACE, address, length, None)[2]
    except StepsAreOver:
        return False, b""


# --- Devices -------------------------------------------------------------------------------------


def answering(package: Package, proof: Proof, size: int, order: Order, has_failed: bool) -> None:
    """One access of a device that keeps bytes, any of which lie at its offset."""
    offset, held = any_offset(proof), any_data(proof, "held", size)
    is_let_in = bool(proof.boolean("is let in"))
    places = tuple(ahead(offset, index) for index in range(size))
    read = rebound(dispatch_read(package), may_dispatch=lambda *_, **__: is_let_in)
    results = package.memtx.MemTxResult
    for impl in ONE_SIZE:
        before = machine(package, impl, order, dict(zip(places, held, strict=True)))
        failing = frozenset(range(size) if has_failed else ())
        device = before.devices[NAME]._replace(failing=failing)
        system = before._replace(devices={NAME: device})
        after, result, data = read(system, NAME, offset, size)
        proof.show("impl", impl)
        proof.show("read", tuple(data))
        if not is_let_in:
            is_refused = (result, data) == (results.DECODE_ERROR, bytes(size))
            proof.claim("what is refused reads as zeros", is_refused and after == system)
            continue
        expected = results.ERROR if has_failed else results.OK
        proof.claim("it fails where a callback does", result == expected)
        proof.claim("byte i is the one at the offset + i, mod 2^64", same(tuple(data), held))


STEP_OF_A_BYTE = Theorem(
    name="each_byte_of_a_request_is_in_one_step_that_begins_as_far_before_its_address",
    statement=(
        "Byte i of a read or write of any length is byte j of one of its steps, which begins j "
        "bytes before address + i, mod 2^64; so it is the byte that its address means exactly if "
        "that step's byte j is."
    ),
    rules=("P11", "A3"),
    assumptions=(
        *REQUEST_ASSUMPTIONS,
        "The first step here stands for any number of them, as the theorems say that two leave "
        "what one of their bytes leaves.",
    ),
    limits=Limits(resource_units=34_000, paths=18),
    obligations=(
        Obligation("of a read", partial(finding_the_step, is_write=False)),
        Obligation("of a write", partial(finding_the_step, is_write=True)),
    ),
    teeth=(
        bugs_in_accesses.ADDRESS_STAYS,
        bugs_in_accesses.ADDRESS_DOES_NOT_WRAP,
        bugs_in_accesses.READ_ASKS_FOR_ALL_AGAIN,
        bugs_in_accesses.READ_ENDS_AFTER_A_STEP,
        bugs_in_accesses.WRITE_BEGINS_ANEW,
        bugs_in_accesses.WRITE_TRANSLATES_ONCE,
    ),
)

KEPT = Theorem(
    name="a_device_that_stores_bytes_gives_those_at_its_own_offsets_unless_it_refuses_the_access",
    statement=(
        "Byte i of an access of a device that stores bytes is the one that it holds at the offset "
        "of the access + i, mod 2^64, whether its callbacks fail or not, and wherever its section "
        "ends; of an access that it refuses, all are zeros."
    ),
    rules=("P11", "A4", "A5", "A7", "A8"),
    assumptions=(
        "The access has 1, 2, 4 or 8 bytes, at any offset below 2^64, of a device whose callbacks "
        "make no accesses themselves; the re-entrancy guard does not take it.",
        ONE_FOR_ALL,
        "A dictionary has a key if one that was put into it equals it.",
        BYTES_AS_PYTHON_HAS_THEM,
    ),
    limits=Limits(resource_units=810_000, paths=96),
    obligations=tuple(
        replace(obligation, name=f"{obligation.name}, {how}")
        for how, has_failed in (("which succeeds", False), ("which fails", True))
        for obligation in of_each(answering, has_failed=has_failed)
    ),
    teeth=(
        bugs_in_adjusting.LOADED_AS_LITTLE,
        bugs_in_adjusting.BUFFER_IS_LITTLE,
        bugs_in_adjusting.READ_OVERWRITES,
        bugs_in_adjusting.ROUNDED,
        bugs_in_adjusting.READ_IS_NOT_SHIFTED_DOWN,
        bugs.FAILED_CALLBACK_GIVES_NOTHING,
        bugs.HOLE_IS_NO_ERROR,
    ),
)

THEOREMS = (STEP_OF_A_BYTE, KEPT)
