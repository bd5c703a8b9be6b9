"""Loads and stores that fail without a call, beside reads and writes that are cut into steps."""

from functools import partial
from itertools import product
from typing import Any

from model.address_range import ADDRESS_SPACE_SIZE
from proofs.devices import NAME, ORDERS, machine
from proofs.proof import Limits, Proof
from proofs.rebinding import names_used, rebound
from proofs.requests import SPACE
from proofs.theorem import Obligation, Package, Theorem
from proofs.theorems import bugs_in_accesses
from proofs.theorems import bugs_in_bytes as bugs

LITTLE_ENDIAN = ORDERS[0]
SEVERAL = (2, 4, 8)
"""The sizes of loads that a read may cut."""
REFUSED, KEPT_OUT, CALLED, COPIED = "refused", "kept out by the guard", "called", "copied"
"""How bytes are answered. The first two move nothing: a read of them gives zeros."""
ENDS = {REFUSED: "DECODE_ERROR", KEPT_OUT: "ACCESS_ERROR"}


class Answers:
    """A system with one region, which answers one access after the other in the ways given.

    The methods stand in for what decides how an access is answered.
    """

    def __init__(self, package: Package, fails: bool, given: tuple[tuple[str, int], ...]) -> None:
        self.package, self.given, self.taken = package, given, -1
        self.block = package.memory.RamBlock(16, {0: b"\xff" * package.memory.CHUNK})
        system = machine(package, (0, 0), LITTLE_ENDIAN, dict.fromkeys(range(16), 0xFF))
        device = system.devices[NAME]._replace(failing=frozenset(range(16) if fails else ()))
        self.system = system._replace(devices={NAME: device}, blocks={NAME: self.block})
        decide = {
            "may_dispatch": lambda *_, **__: self.how is not REFUSED,
            "is_engaged": lambda *_: self.how is KEPT_OUT,
        }
        self.decide = {
            "is_direct": lambda *_: self.how is COPIED,
            "dispatch_read": rebound(package.read_write.dispatch_read, **decide),
            "dispatch_write": rebound(package.read_write.dispatch_write, **decide),
        }

    @property
    def how(self) -> str:
        """How the access is answered that was translated last."""
        return self.given[self.taken][0]

    def translate(self, system: Any, space: str, address: int, length: int, *_: object) -> Any:
        """In place of `model.translate.translate`."""
        self.taken += 1
        section = self.package.dispatch.Section(NAME, 0, 0, ADDRESS_SPACE_SIZE)
        return self.package.translate.Translation(section, address, length, space)

    def size(self, *_: object) -> int:
        """In place of what says how many bytes a step takes."""
        return self.given[self.taken][1]

    def outcome(self, function: Any, *arguments: object, **names: object) -> tuple[Any, ...]:
        """What a request gives, and all that it did but tell the fuzz hook."""
        used = names_used(function.__code__)
        replaced = {"translate": self.translate, "check_request": lambda *_: None, **self.decide}
        all_names = {**replaced, **names}
        chosen = {name: value for name, value in all_names.items() if name in used}
        after, *given = rebound(function, **chosen)(self.system, SPACE, 0, *arguments)
        return after._replace(fuzz_hooks=()), *given


def one_outcome(answers: Answers, size: int, is_write: bool) -> tuple[Any, ...]:
    """What a load or a store does."""
    one = answers.package.load_store
    if is_write:
        return answers.outcome(one.store, size, 0x55)
    after, result, value = answers.outcome(one.load, size)
    return after, result, value.to_bytes(size, "little")


def cut_outcome(answers: Answers, size: int, is_write: bool) -> tuple[Any, ...]:
    """What a read or a write does."""
    access = answers.package.read_write
    sizes = {"clamped": answers.size, "device_step_size": answers.size}
    if is_write:
        data = (0x55).to_bytes(size, "little")
        write_step = rebound(
            access.write_step,
            **sizes,
            is_direct=answers.decide["is_direct"],
            dispatch_write=answers.decide["dispatch_write"],
        )
        return answers.outcome(access.write, data, write_step=write_step)
    read_step = rebound(
        access.read_step,
        **sizes,
        is_direct=answers.decide["is_direct"],
        dispatch_read=answers.decide["dispatch_read"],
    )
    read_on = rebound(access.read_on, translate=answers.translate, read_step=read_step)
    return answers.outcome(access.read, size, read_on=read_on)


def failing_alike(package: Package, proof: Proof, size: int, is_write: bool) -> None:
    """Beside every access of two or three steps, in whatever ways they are answered."""
    is_failing = bool(proof.boolean("callbacks fail"))
    cuts = [(1, size - 1), (1, 1, size - 2)] if size > 2 else [(1, 1)]
    for one in (REFUSED, KEPT_OUT, CALLED):
        whole = one_outcome(Answers(package, is_failing, ((one, size),)), size, is_write)
        for cut in cuts:
            for hows in product((REFUSED, KEPT_OUT, CALLED, COPIED), repeat=len(cut)):
                given = tuple(zip(hows, cut, strict=True))
                steps = cut_outcome(Answers(package, is_failing, given), size, is_write)
                proof.show("answered", (one, given))
                proof.show("outcomes", (whole[1:], steps[1:]))
                if one is CALLED:
                    is_all_called = set(hows) <= {CALLED, COPIED}
                    claim = "one that calls the device is no request of which a step fails uncalled"
                    proof.claim(claim, is_all_called or whole != steps)
                    continue
                proof.claim(
                    "one that fails without a call is the request exactly if each step fails so",
                    (whole == steps) == (set(hows) == {one}),
                )
                is_end = whole[1] is package.memtx.MemTxResult[ENDS[one]]
                proof.claim("it says how, and does nothing", is_end and not whole[0].calls)


FAILING = Theorem(
    name="a_load_that_calls_nothing_is_a_read_exactly_if_each_step_of_that_fails_in_the_same_way",
    statement=(
        "A load or store that is refused, or kept out by the re-entrancy guard, gives zeros and "
        "DECODE or ACCESS, and does nothing; a read or write that is cut into steps is the same "
        "exactly if each of its steps ends so. One that calls the device is no request with a step "
        "that is refused or kept out."
    ),
    rules=("P12", "A3", "A4", "A6", "A9", "A11"),
    assumptions=(
        "A request of two or three steps stands for those of more, which are answered in no more "
        "ways than three.",
        "Bytes that memory or a device gives are not zero here. If they happen to be, a read of "
        "zeros from memory and then from nothing looks like a load that is refused.",
    ),
    limits=Limits(resource_units=370_000, paths=36),
    obligations=tuple(
        Obligation(
            f"{verb} {size}",
            partial(failing_alike, size=size, is_write=is_write),
        )
        for size in SEVERAL
        for verb, is_write in (("loading", False), ("storing", True))
    ),
    teeth=(
        bugs_in_accesses.READ_FORGETS_RESULTS,
        bugs_in_accesses.WRITE_FORGETS_RESULTS,
        bugs.HOLE_IS_NO_ERROR,
        bugs.GUARD_REFUSES,
        bugs.REFUSED_WRITE_IS_NO_ERROR,
    ),
)

THEOREMS = (FAILING,)
