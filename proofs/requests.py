"""The words that theorems about whole requests are stated in: steps, and what a loop keeps."""

from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Any, NamedTuple

from model.address_range import ADDRESS_SPACE_SIZE
from proofs.proof import Proof
from proofs.symbolic import all_of, any_of
from proofs.theorem import Package

SPACE = "space"


@dataclass(frozen=True)
class Bit:
    """One arbitrary bit of a result. What holds for it holds for every bit."""

    is_set: bool

    def __or__(self, other: object) -> "Bit":
        if isinstance(other, Bit):
            return Bit(any_of(self.is_set, other.is_set))
        if isinstance(other, int) and not other:
            return self
        return NotImplemented

    __ror__ = __or__


class Given(NamedTuple):
    """What a step gives: how many bytes it took, its result, and what it read, if anything."""

    length: int
    result: Bit
    data: bytes | None = None


class StepsAreOver(Exception):
    """The loop goes on after the last step that is given."""


class Steps:
    """The steps of a request, as they are given.

    The methods stand in for what the loop calls, and claim what it must call them with. A system is
    the number of steps that led to it, and a translation that of the step that it is for.
    """

    def __init__(
        self, package: Package, proof: Proof, request: tuple[int, int], given: tuple[Given, ...]
    ) -> None:
        self.package = package
        self.proof = proof
        self.address, self.length = request
        self.given = given
        self.translated = 0
        self.taken = 0

    @property
    def done(self) -> int:
        """How many bytes the steps have taken."""
        return sum(step.length for step in self.given[: self.taken])

    def read_as(self, left: bytes) -> bytes:
        """What is read: of each step in turn, what it gave, or else what was `left` there."""
        steps = self.given[: self.taken]
        return b"".join(left if step.data is None else step.data for step in steps)

    def translate(
        self, is_write: bool, system: Any, space: str, address: int, length: int, *what: object
    ) -> Any:
        """In place of `model.translate.translate`."""
        self.proof.claim(
            "a step begins where the one before it ended, mod 2^64",
            address == (self.address + self.done) % ADDRESS_SPACE_SIZE,
        )
        self.proof.claim(
            "a step is for all that remains, and for something",
            all_of(length == self.length - self.done, length >= 1),
        )
        self.proof.claim(
            "it is translated for each step, in what the step before it left, as a read or a write",
            (self.translated, system.bounces_made, space, what)
            == (self.taken, self.taken, SPACE, (is_write, None)),
        )
        if self.taken == len(self.given):
            raise StepsAreOver
        self.translated += 1
        section = self.package.dispatch.UNASSIGNED
        return self.package.translate.Translation(section, self.taken, length, SPACE)

    def read_step(self, system: Any, found: Any, attrs: None) -> Any:
        """In place of `model.read_write.read_step`."""
        turn = self.taken
        self.proof.claim(
            "a step is taken as it was translated, in what the step before it left",
            (found.offset, self.translated, system.bounces_made) == (turn, turn + 1, turn),
        )
        self.taken += 1
        step, left = self.given[turn], system._replace(bounces_made=self.taken)
        return self.package.step.Step(left, step.result, step.length, step.data)

    def write_step(self, system: Any, found: Any, data: object, done: int, attrs: None) -> Any:
        """In place of `model.read_write.write_step`."""
        self.proof.claim("a step writes what comes next of the data", done == self.done)
        return self.read_step(system, found, attrs)

    def zeros(self, length: int) -> bytes:
        """In place of `bytes`."""
        self.proof.claim(
            "where a step moved nothing, as many zeros are read",
            length == self.given[self.taken - 1].length,
        )
        return b"zeros;"


class Buffer:
    """A caller's buffer, or the data to write; a part of it is where the latest step is."""

    def __init__(self, steps: Steps) -> None:
        self.steps = steps

    def __bool__(self) -> bool:
        return bool(self.steps.length > 0)

    def __getitem__(self, part: slice) -> bytes:
        done = self.steps.done
        start = done - self.steps.given[self.steps.taken - 1].length
        self.steps.proof.claim(
            "where a step moved nothing, the buffer keeps what it had there",
            all_of(part.start == start, part.stop == done),
        )
        return b"kept;"


def variables_of(function: Callable[..., Any], trace: TracebackType | None) -> dict[str, Any]:
    """The variables of a function that an exception came out of."""
    while trace is not None:
        if trace.tb_frame.f_code is function.__code__:
            return dict(trace.tb_frame.f_locals)
        trace = trace.tb_next
    raise LookupError(f"the exception did not come out of {function.__name__}")
