"""A whole read or write of guest memory: the loop, by induction over its steps, and beside C's.

As with C's loop: what it keeps after two steps that succeed is what it would keep after one step of
all their bytes. So one step stands for any number of them, and what holds of the next step after
one holds of any step.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

from proofs.guest_requests import Attempt, Attempts, Piece, Rest, length_of
from proofs.proof import Limits, Proof
from proofs.ranges import any_address
from proofs.rebinding import rebound
from proofs.requests import SPACE, Bit, Given, Steps, StepsAreOver, variables_of
from proofs.symbolic import all_of, implies, negation
from proofs.theorem import Obligation, Package, Theorem
from proofs.theorems import bugs_in_accesses
from proofs.theorems import bugs_in_guest_memory as bugs
from proofs.theorems.stepping import any_length

SET_ANEW = {"at", "reached", "outcome", "steps"}
"""What the loop sets before it looks at it; and the count of steps, a limit of effort."""
UNCHANGED = {"contract", "address", "length", "data"}
Kept = dict[str, Any]


def any_attempts(proof: Proof) -> tuple[tuple[int, int], Attempt, Attempt]:
    """Inputs: any request, one step of it, and if that is not all, another one; both may fail."""
    request = (any_address(proof), any_length(proof, "length"))
    first, second = (
        Attempt(any_length(proof, name), f"{name};".encode(), proof.boolean(f"{name} fails"))
        for name in ("first", "second")
    )
    room = request[1] - first.length
    proof.assume(all_of(room >= 0, implies(room > 0, second.length <= room)))
    return request, first, second


def run_of(
    package: Package, proof: Proof, request: tuple[int, int], is_write: bool, *given: Attempt
) -> tuple[Attempts, Kept]:
    """A read or write whose steps are given, and what its loop keeps or ends with."""
    steps = Attempts(package, proof, request, given).of(is_write)
    guest = package.guest_flat_bytes
    step = {"write_one": steps.write_one} if is_write else {"read_one": steps.read_one}
    loop = rebound(
        guest.write if is_write else guest.read,
        reach=steps.reach,
        check_effort=lambda *_: None,
        len=length_of,
        **step,
    )
    wanted = Rest(0, request[1]) if is_write else request[1]
    return steps, what_is_kept(loop, steps, wanted)


def what_is_kept(loop: Callable[..., Any], steps: Attempts, wanted: object) -> Kept:
    """What the loop keeps once the steps are over, or what it ends with."""
    try:
        memory, outcome, *data = loop(steps.memory(), None, steps.address, wanted)
    except StepsAreOver as over:
        kept = variables_of(loop, over.__traceback__)
        others = kept.keys() - {"memory", "moved", "done", *SET_ANEW, *UNCHANGED}
        steps.proof.claim("the loop keeps nothing else", not others)
        given = kept.get("data", kept.get("length"))
        is_left = all_of(kept["address"] == steps.address, given is wanted)
        steps.proof.claim("the loop leaves what it was given", is_left)
    else:
        kept = {"memory": memory, "outcome": outcome, "moved": data[0] if data else None}
        claim_end(steps, kept)
    claim_bytes(steps, kept)
    return kept


def claim_bytes(steps: Attempts, kept: Kept) -> None:
    """What holds of what was moved, of the hook, and of the memory that is left."""
    claim, is_write = steps.proof.claim, kept.get("moved") is None
    claim("memory is as the latest call left it", steps.is_now(kept["memory"]))
    hooks = kept["memory"].system.fuzz_hooks
    claim("a read tells the hook once, a write never", len(hooks) == int(not is_write))
    for hook in hooks:
        whole = all_of(hook.address == steps.address, hook.length == steps.length)
        claim("the hook is told of the whole request", whole)
        claim("and of the region at its first byte", hook.region == "region 0")
    if is_write:
        claim("it counts what was moved", kept.get("done", steps.moved) == steps.moved)
        return
    read = kept["moved"]
    is_in_order = read_as(read) == steps.text
    claim("what is read is what the steps gave that succeeded, in order", is_in_order)
    claim("and nothing else", length_of(read) == steps.moved)


def read_as(read: Piece | bytes) -> bytes:
    """What tells the steps of what was read."""
    return read if isinstance(read, bytes) else read.text


def claim_end(steps: Attempts, kept: Kept) -> None:
    """What holds of the outcome of a request, and of when it ends."""
    claim, outcome = steps.proof.claim, kept["outcome"]
    if steps.has_failed and steps.taken == 1:
        error = getattr(outcome, "error", None)
        claim("a failure of the first step is the request's", error == "step 0 fails")
        return
    claim("else it succeeds", isinstance(outcome, steps.package.guest_errors.Ok))
    claim("with the count of the bytes that were moved", outcome.value == steps.moved)
    if not steps.has_failed:
        claim("if no step fails, these are all", steps.moved == steps.length)


def requesting(package: Package, proof: Proof, is_write: bool) -> None:
    """Two steps one by one, which may fail; and the same at once, if none does."""
    request, first, second = any_attempts(proof)
    run = partial(run_of, package, proof, request, is_write)
    steps, one_by_one = run(first, second)
    if steps.taken < 2 or steps.has_failed:
        return
    both = Attempt(steps.moved, steps.text)
    _, at_once = run(both)
    is_end = one_by_one.keys() == at_once.keys()
    proof.claim("two steps end the request if one of their bytes does", is_end)
    for name in ("moved", "done"):
        if one_by_one.get(name) is not None:
            left, right = length_of_kept(one_by_one[name]), length_of_kept(at_once[name])
            proof.claim("two steps leave what one of their bytes leaves", left == right)


def length_of_kept(kept: Any) -> int:
    """How many bytes a loop keeps, or counts."""
    return length_of(kept) if isinstance(kept, Piece | bytes) else kept


# --- Beside C's loop -----------------------------------------------------------------------------


class StepsOfC(Steps):
    """The steps of C's loop, which note what they were asked for."""

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.asked: list[tuple[int, int]] = []

    def translate(self, is_write: bool, *asked: Any) -> Any:
        """In place of `model.translate.translate`."""
        found = super().translate(is_write, *asked)
        self.asked.append(asked[2:4])
        return found


def run_of_c(
    package: Package, proof: Proof, request: tuple[int, int], is_write: bool, *given: Attempt
) -> tuple[StepsOfC, Kept]:
    """C's read or write with the same steps: one that fails takes its bytes, and C goes on."""
    steps = StepsOfC(
        package,
        proof,
        request,
        tuple(Given(one.length, Bit(one.fails), None if is_write else one.data) for one in given),
    )
    access = package.read_write
    translate = partial(steps.translate, is_write)
    no_limit, at_once = {"check_effort": ignore}, {"check_request": ignore, "is_denied": ignore}
    if is_write:
        loop = rebound(
            access.write,
            translate=translate,
            write_step=steps.write_step,
            len=length_of,
            **no_limit,
            **at_once,
        )
        call = partial(loop, data=Rest(0, request[1]))
    else:
        loop = rebound(
            access.read_on,
            translate=translate,
            read_step=steps.read_step,
            bytes=steps.zeros,
            **no_limit,
        )
        read = rebound(access.read, translate=translate, read_on=loop, **at_once)
        call = partial(read, length=request[1])
    try:
        _, result, *read_bytes = call(package.system.System(), SPACE, request[0], attrs=None)
    except StepsAreOver as over:
        kept = variables_of(loop, over.__traceback__)
        return steps, {**kept, "read": b"".join(kept.get("pieces", ())), "is_over": True}
    return steps, {"result": result, "read": b"".join(read_bytes), "is_over": False}


def ignore(*what: object) -> bool:
    """In place of checks that have nothing to say."""
    return False


def keeping_step(package: Package, proof: Proof, is_write: bool) -> None:
    """The same two steps, which may fail, taken by either loop."""
    request, first, second = any_attempts(proof)
    by_c, c_keeps = run_of_c(package, proof, request, is_write, first, second)
    steps, kept = run_of(package, proof, request, is_write, first, second)
    claim = proof.claim
    pairs = zip(steps.asked, by_c.asked, strict=False)
    is_same = all_of(*(a == b for mine, its in pairs for a, b in zip(mine, its, strict=True)))
    claim("each step begins where C's does, for as many bytes", is_same)
    if not is_write:
        is_beginning = c_keeps["read"].startswith(steps.text)
        claim("what is read is what C reads, or the beginning of it", is_beginning)
    if steps.has_failed:
        claim("where it stops early, C's access is no success", c_keeps["result"].is_set)
        claim("it takes no step that C does not take", steps.taken <= by_c.taken)
        claim("and it does not say that all was moved", steps.moved < steps.length)
        return
    claim("where no step fails, C takes the same steps", steps.taken == by_c.taken)
    claim("C's result is OK so far", negation(c_keeps["result"].is_set))
    claim("C goes on exactly where it goes on", ("at" in kept) == c_keeps["is_over"])
    claim("C has read the same", is_write or c_keeps["read"] == steps.text)


ASSUMPTIONS = (
    "A request has from 1 to 2^64 - 1 bytes; of 0 bytes there is no step.",
    "A step that succeeds takes at least one byte and no more than remains: the theorem about a "
    "step of guest memory, and those about translations (P8), say that it does.",
    "The specification's own limits of effort do not count.",
)

READS = Theorem(
    name="a_read_of_guest_memory_counts_exactly_the_bytes_before_the_first_step_that_fails",
    statement=(
        "A read of guest memory takes one step after the other, each translated afresh where the "
        "one before it ended, mod 2^64, for all that remains, until together they have its length "
        "or one fails, after which there is none. It gives what those that succeeded gave, in "
        "order, and Ok of how many bytes that are; but if the first fails, its error. The fuzz "
        "hook is told once, of the whole."
    ),
    rules=("P15", "G3", "F2", "F5", "F6", "F7", "F10", "A16"),
    assumptions=ASSUMPTIONS,
    limits=Limits(resource_units=38_000, paths=15),
    obligations=(Obligation("of any length", partial(requesting, is_write=False)),),
    teeth=(
        bugs.READ_LOSES_ITS_COUNT,
        bugs.READ_OF_NOTHING_SUCCEEDS,
        bugs.READ_DROPS_ITS_BYTES,
        bugs.READ_REACHES_FOR_ALL_AGAIN,
        bugs.READ_STAYS_AT_ITS_ADDRESS,
        bugs.READ_DOES_NOT_WRAP,
        bugs.READ_TELLS_EACH_STEP,
        bugs.READ_TELLS_WHAT_ANSWERED_LAST,
        bugs.READ_ENDS_AFTER_ONE,
        bugs.READ_NEEDS_PERMISSION_TO_WRITE,
    ),
)

WRITES = Theorem(
    name="a_write_of_guest_memory_counts_exactly_the_bytes_before_the_first_step_that_fails",
    statement=(
        "A write of guest memory takes one step after the other, each translated afresh where the "
        "one before it ended, mod 2^64, and given all that is left of the data, until together "
        "they have its length or one fails, after which there is none. It gives Ok of how many "
        "bytes those that succeeded took; but if the first fails, its error."
    ),
    rules=("P15", "G3", "F5", "F6", "F7", "F10"),
    assumptions=ASSUMPTIONS,
    limits=Limits(resource_units=36_000, paths=15),
    obligations=(Obligation("of any data", partial(requesting, is_write=True)),),
    teeth=(
        bugs.WRITE_LOSES_ITS_COUNT,
        bugs.WRITE_OF_NOTHING_SUCCEEDS,
        bugs.WRITE_TAKES_THE_DATA_ANEW,
        bugs.WRITE_COUNTS_ITS_LAST_STEP,
        bugs.WRITE_DOES_NOT_WRAP,
        bugs.WRITE_FORGETS_ITS_STEPS,
        bugs.WRITE_COUNTS_WHAT_FAILED,
    ),
)

BESIDE_C = Theorem(
    name="an_access_of_guest_memory_is_that_of_c_up_to_the_first_step_that_fails",
    statement=(
        "Given the same steps, the loop of guest memory and C's own loop take each at the same "
        "address for as many bytes, and read the same, until one fails; so an access is Ok of all "
        "its bytes exactly if C's ends with OK, and they moved the same. Where a step fails, C "
        "goes on behind it and its result is an error, while guest memory stops, with what C has "
        "read up to there and a count that is less than the length."
    ),
    rules=("P15", "A3", "A4", "F5", "F10", "G3"),
    assumptions=(
        *ASSUMPTIONS,
        "A step of guest memory fails exactly if C's step of the same translation does not end "
        "with OK, or stops C's access: so says the theorem about a step. Here C is not stopped.",
        "As the system that each step finds is the one that those before it left, equal steps in "
        "equal systems stay equal; here they are given as the same.",
    ),
    limits=Limits(resource_units=165_000, paths=48),
    obligations=(
        Obligation("of a read", partial(keeping_step, is_write=False)),
        Obligation("of a write", partial(keeping_step, is_write=True)),
    ),
    teeth=(
        bugs.READ_LOSES_ITS_COUNT,
        bugs.READ_REACHES_FOR_ALL_AGAIN,
        bugs.READ_ENDS_AFTER_ONE,
        bugs.WRITE_COUNTS_WHAT_FAILED,
        bugs.WRITE_DOES_NOT_WRAP,
        bugs_in_accesses.READ_FORGETS_RESULTS,
        bugs_in_accesses.WRITE_FORGETS_RESULTS,
        bugs_in_accesses.ADDRESS_STAYS,
    ),
)

THEOREMS = (READS, WRITES, BESIDE_C)
