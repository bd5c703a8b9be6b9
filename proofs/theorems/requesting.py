"""A whole read or write: the loop that takes its steps, by induction over them.

`read` and `write` run their own loops, in which a step takes any bytes that a step may take. What
the loop keeps after two steps is what it would keep after one step of all their bytes; so one step
stands for any number of them, and what holds of the next step after one holds of any step.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

from proofs.proof import Limits, Proof
from proofs.ranges import any_address
from proofs.rebinding import rebound
from proofs.requests import SPACE, Bit, Buffer, Given, Steps, StepsAreOver, variables_of
from proofs.symbolic import all_of, any_of, implies
from proofs.theorem import Obligation, Package, Theorem
from proofs.theorems import bugs_in_accesses as bugs
from proofs.theorems.stepping import REQUESTS, any_length

NUMBERS = ("address", "remaining", "length", "moved")
"""What the loop keeps, by the names of its variables, besides the result and what was read."""
SET_ANEW = {"found", "step", "kept", "steps"}
"""What the loop sets before it looks at it; and the count of steps, a limit of effort."""
UNCHANGED = {"system", "space", "attrs", "buffer", "data", "hook"}
"""What the loop was given; of the system, claims speak elsewhere."""


def any_steps(proof: Proof) -> tuple[tuple[int, int], Given, Given]:
    """Inputs: any request, one step of it, and if that is not all, another one."""
    request = (any_address(proof), any_length(proof, "length"))
    first, second = (
        Given(any_length(proof, f"{name}.length"), Bit(proof.boolean(f"{name}.result")))
        for name in ("first", "second")
    )
    room = request[1] - first.length
    proof.assume(all_of(room >= 0, implies(room > 0, second.length <= room)))
    return request, first, second


def reading(package: Package, proof: Proof, has_buffer: bool) -> None:
    """Two steps one by one, and the same at once, into a buffer or into one of zeros."""
    request, first, second = any_steps(proof)
    first = first._replace(data=b"first;" if proof.boolean("first.moves") else None)
    second = second._replace(data=b"second;" if proof.boolean("second.moves") else None)
    left = b"kept;" if has_buffer else b"zeros;"

    def run(*given: Given) -> tuple[Steps, dict[str, Any]]:
        steps = Steps(package, proof, request, given)
        translate = partial(steps.translate, False)
        read_on = rebound(
            package.read_write.read_on,
            read_step=steps.read_step,
            translate=translate,
            check_effort=lambda *_: None,
            bytes=steps.zeros,
        )
        read = rebound(
            package.read_write.read,
            read_on=read_on,
            translate=translate,
            check_request=lambda *_: None,
            is_denied=lambda *_: False,
            len=lambda buffer: buffer.steps.length,
        )
        buffer = Buffer(steps) if has_buffer else None
        kept = what_is_kept(read_on, steps, buffer, partial(read, buffer=buffer, attrs=None))
        is_in_order = kept["read"] == steps.read_as(left)
        proof.claim("what is read is what the steps gave, in order", is_in_order)
        return steps, kept

    steps, one_by_one = run(first, second)
    if steps.taken == 2:
        both = Given(steps.done, first.result | second.result, steps.read_as(left))
        claim_same(proof, one_by_one, run(both)[1])


def writing(package: Package, proof: Proof) -> None:
    """Two steps one by one, and the same at once."""
    request, first, second = any_steps(proof)

    def run(*given: Given) -> tuple[Steps, dict[str, Any]]:
        steps = Steps(package, proof, request, given)
        write = rebound(
            package.read_write.write,
            write_step=steps.write_step,
            translate=partial(steps.translate, True),
            check_effort=lambda *_: None,
            check_request=lambda *_: None,
            is_denied=lambda *_: False,
            len=lambda data: data.steps.length,
        )
        data = Buffer(steps)

        def call(system: Any, space: str, address: int, length: int) -> Any:
            return write(system, space, address, data, None)

        return steps, what_is_kept(write, steps, data, call)

    steps, one_by_one = run(first, second)
    if steps.taken == 2:
        both = Given(steps.done, first.result | second.result)
        claim_same(proof, one_by_one, run(both)[1])


def what_is_kept(
    loop: Callable[..., Any], steps: Steps, buffer: Buffer | None, call: Callable[..., Any]
) -> dict[str, Any]:
    """What the loop keeps once the steps are over, or what it ends with.

    Raises nothing: an end that comes too early or too late fails a claim.
    """
    proof, request = steps.proof, (steps.address, steps.length)
    try:
        system, result, *read = call(steps.package.system.System(), SPACE, *request)
    except StepsAreOver as over:
        kept = variables_of(loop, over.__traceback__)
        kept["read"] = b"".join(kept.pop("pieces", ()))
        others = kept.keys() - {*NUMBERS, *SET_ANEW, *UNCHANGED, "result", "read"}
        proof.claim("the loop keeps nothing else", not others)
        given = (kept["space"], kept["attrs"], kept.get("buffer", kept.get("data")))
        proof.claim("the loop leaves what it was given", given == (SPACE, None, buffer))
    else:
        proof.claim("the steps add up to the request", steps.done == steps.length)
        kept = {"system": system, "result": result, "read": b"".join(read)}
    bits = [step.result.is_set for step in steps.given[: steps.taken]]
    is_or = kept["result"].is_set == any_of(*bits)
    proof.claim("the result is the OR of the results of all steps", is_or)
    hooks = kept["system"].fuzz_hooks
    proof.claim("a read tells the hook once", len(hooks) == int(loop.__name__ == "read_on"))
    for hook in hooks:
        is_whole = all_of(hook.address == steps.address, hook.length == steps.length)
        proof.claim("the hook is told of the whole request", is_whole)
    return kept


def claim_same(proof: Proof, one_by_one: dict[str, Any], at_once: dict[str, Any]) -> None:
    """Claim the step of the induction: that two steps leave what one of their bytes leaves."""
    is_end = one_by_one.keys() == at_once.keys()
    proof.claim("two steps end the request if one of their bytes does", is_end)
    numbers = all_of(
        *(one_by_one[name] == at_once[name] for name in NUMBERS if name in one_by_one),
        one_by_one["result"].is_set == at_once["result"].is_set,
        one_by_one["read"] == at_once["read"],
    )
    proof.claim("two steps leave what one of their bytes leaves", numbers)


REQUEST_ASSUMPTIONS = (
    REQUESTS,
    "Each step takes at least one byte and no more than remains: the theorems about a step (A1, "
    "A2) and about translations (P8) say that it does, but for X3 and A1's step of nothing; a "
    "step of 0 bytes stops the access, as the theorem about what follows a step says.",
    "The request is not of 0 bytes, and not denied at once: such ones take no step.",
    "The specification's own limits of effort do not count.",
)

READS = Theorem(
    name="the_steps_of_a_read_are_consecutive_in_order_and_sum_to_its_length",
    statement=(
        "A read takes one step after the other, each translated afresh where the one before it "
        "ended, mod 2^64, for all that remains, until together they have its length; what is read "
        "is what they gave, in order, and what the buffer had or zeros where they gave nothing; "
        "the result is the OR of theirs, and the fuzz hook is told once, of the whole."
    ),
    rules=("P9", "A2", "A3", "A4", "A16"),
    assumptions=REQUEST_ASSUMPTIONS,
    limits=Limits(resource_units=200_000, paths=75),
    obligations=(
        Obligation("into a buffer", partial(reading, has_buffer=True)),
        Obligation("without a buffer", partial(reading, has_buffer=False)),
    ),
    teeth=(
        bugs.READ_FORGETS_RESULTS,
        bugs.READ_KEEPS_THE_WRONG_BYTES,
        bugs.READ_ASKS_FOR_ALL_AGAIN,
        bugs.READ_ENDS_AFTER_A_STEP,
        bugs.ADDRESS_STAYS,
        bugs.ADDRESS_DOES_NOT_WRAP,
    ),
)

WRITES = Theorem(
    name="the_steps_of_a_write_are_consecutive_in_order_and_sum_to_its_length",
    statement=(
        "A write takes one step after the other, each translated afresh where the one before it "
        "ended, mod 2^64, for all that remains, and given the data that comes next, until together "
        "they have its length; the result is the OR of theirs."
    ),
    rules=("P9", "A2", "A3"),
    assumptions=REQUEST_ASSUMPTIONS,
    limits=Limits(resource_units=25_000, paths=9),
    obligations=(Obligation("of any data", writing),),
    teeth=(
        bugs.WRITE_FORGETS_RESULTS,
        bugs.WRITE_BEGINS_ANEW,
        bugs.WRITE_TRANSLATES_ONCE,
        bugs.ADDRESS_STAYS,
        bugs.REMAINING_IS_A_BYTE_SHORT,
    ),
)

THEOREMS = (READS, WRITES)
