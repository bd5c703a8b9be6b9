"""The words that theorems about whole requests of guest memory are stated in."""

from typing import Any, NamedTuple, Self

from model.address_range import ADDRESS_SPACE_SIZE
from proofs.proof import Proof
from proofs.requests import SPACE, StepsAreOver
from proofs.symbolic import all_of
from proofs.theorem import Package


class Attempt(NamedTuple):
    """What a step of guest memory gives: how many bytes, and what they are; or it fails."""

    length: int
    data: bytes
    fails: bool = False


class Piece:
    """Bytes that were read, of any number; `text` tells one step's from another's."""

    def __init__(self, length: int, text: bytes) -> None:
        self.length, self.text = length, text

    def __bool__(self) -> bool:
        return bool(self.length > 0)

    def __add__(self, other: "Piece") -> "Piece":
        return Piece(self.length + other.length, self.text + other.text)

    def __radd__(self, nothing: bytes) -> "Piece":
        if nothing:
            raise TypeError("a piece is added to pieces, or to nothing")
        return self


class Rest:
    """The data of a write, from a byte of it on."""

    def __init__(self, start: int, length: int) -> None:
        self.start, self.length = start, length

    def __bool__(self) -> bool:
        return bool(self.length > 0)

    def __getitem__(self, part: slice) -> "Rest":
        if part.stop is not None or part.step is not None:
            raise TypeError("of the data, only what is left is looked at")
        return Rest(self.start + part.start, self.length - part.start)


def length_of(data: Piece | Rest | bytes) -> int:
    """In place of `len`."""
    return len(data) if isinstance(data, bytes) else data.length


class Attempts:
    """The steps of a request of guest memory, as they are given.

    The methods stand in for what the loop calls, and claim what it must call them with. A memory
    tells in `led_to` how often it was translated in, and in its system how many steps led to it.
    """

    def __init__(
        self, package: Package, proof: Proof, request: tuple[int, int], given: tuple[Attempt, ...]
    ) -> None:
        self.package = package
        self.proof = proof
        self.address, self.length = request
        self.given = given
        self.asked: list[tuple[int, int]] = []
        self.taken = 0
        self.moved = 0
        self.has_failed = False

    @property
    def reached(self) -> int:
        """How often a step was translated."""
        return len(self.asked)

    @property
    def text(self) -> bytes:
        """What the steps that succeeded have read, in order."""
        return b"".join(step.data for step in self.given[: self.taken - self.has_failed])

    def memory(self) -> Any:
        """Guest memory as it is now."""
        system = self.package.system.System(bounces_made=self.taken)
        led_to = (SPACE,) * self.reached
        return self.package.guest_flatview.FlatMemory(system, SPACE, (), led_to)

    def is_now(self, memory: Any) -> bool:
        """Whether a memory is what the latest call left, whatever hooks were told."""
        system = memory.system._replace(fuzz_hooks=())
        return bool(memory._replace(system=system) == self.memory())

    def of(self, is_write: bool) -> Self:
        """The steps of a read, or of a write."""
        permissions = self.package.iommu.Permission
        self.needed = permissions.WRITE if is_write else permissions.READ
        return self

    def reach(self, memory: Any, address: int, length: int, needed: object) -> Any:
        """In place of `model.guest_flatview.reach`."""
        claim = self.proof.claim
        claim("after a step that failed there is none", not self.has_failed)
        claim(
            "a step begins where the one before it ended, mod 2^64",
            address == (self.address + self.moved) % ADDRESS_SPACE_SIZE,
        )
        claim(
            "a step is for all that remains, and for something",
            all_of(length == self.length - self.moved, length >= 1),
        )
        claim(
            "it is translated for each step, in what the step before it left, as a read or a write",
            self.reached == self.taken and self.is_now(memory) and needed is self.needed,
        )
        if self.taken == len(self.given):
            raise StepsAreOver
        self.asked.append((address, length))
        section = self.package.dispatch.Section(f"region {self.taken}", 0, 0, 0)
        found = self.package.translate.Translation(section, self.taken, length, SPACE)
        reached = self.package.guest_flatview.Reached(found, length)
        return memory._replace(led_to=(*memory.led_to, SPACE)), reached

    def read_one(self, memory: Any, reached: Any, address: int) -> Any:
        """In place of `model.guest_flat_bytes.read_one`."""
        turn = self.taken
        self.proof.claim(
            "a step is taken as it was translated, in what that left, and told its own address",
            all_of(
                (reached.found.offset, self.reached) == (turn, turn + 1),
                self.is_now(memory),
                address == self.asked[turn][0],
            ),
        )
        self.taken += 1
        memory = memory._replace(system=memory.system._replace(bounces_made=self.taken))
        step = self.given[turn]
        if step.fails:
            self.has_failed = True
            return memory, self.package.guest_errors.Err(f"step {turn} fails")
        self.moved += step.length
        return memory, self.package.guest_errors.Ok(Piece(step.length, step.data))

    def write_one(self, memory: Any, reached: Any, address: int, data: Rest) -> Any:
        """In place of `model.guest_flat_bytes.write_one`."""
        self.proof.claim(
            "a step writes what comes next of the data, all that is left of it",
            all_of(data.start == self.moved, data.length == self.length - self.moved),
        )
        memory, outcome = self.read_one(memory, reached, address)
        errors = self.package.guest_errors
        return memory, errors.then(outcome, lambda piece: errors.Ok(piece.length))
