"""Moving: impl's loops over an access take the model's steps, each from where it is led.

The loops of `Accesses.write` and `_read_on` run for one turn, from their first translation to
their next. They know of what was done before only by how much it was, which `Accesses.at` makes an
address and a length of: that is asked for any number of bytes done.
"""

from functools import partial
from types import SimpleNamespace
from typing import Any, NamedTuple

from model.access import advance
from model.memtx import NoProgress, OffsetOutsideBlock
from model.step import clamped
from proofs.proof import Limits, Proof
from proofs.ranges import LAST_ADDRESS
from proofs.rebinding import rebound
from proofs.refinement import ABORTS, Refinement, outcome
from proofs.symbolic import all_of, tellable
from proofs.theorem import Package, Theorem
from proofs.theorems import bugs_in_impl_accesses as bugs

STOPS: Any = (NoProgress, OffsetOutsideBlock)


class Turn(NamedTuple):
    """What a turn of a loop finds.

    `length` bytes are asked for at an address, and `found` of them can be had where the first of
    them lie: at an offset of a block of `block` bytes, or of a device, which takes `step` at once.
    """

    address: int
    length: int
    offset: int
    found: int
    block: int
    step: int


def any_turn(proof: Proof) -> Turn:
    """An input: any turn, of one byte or more."""
    names = ("offset", "found", "block", "step")
    turn = Turn(
        proof.integer("address", 0, LAST_ADDRESS),
        proof.integer("length", 1),
        *(tellable(proof.integer(name, 0)) for name in names),
    )
    proof.assume(all_of(turn.found <= turn.length, turn.step <= turn.length))
    proof.show("turn", turn)
    return turn


class Moved(NamedTuple):
    """How many bytes a turn moves, where it goes on, and how many bytes are left.

    impl does not say where it would go on if nothing is left.
    """

    size: int
    address: int | None
    left: int


def moved_by_model(given: Turn, is_direct: bool) -> Any:
    """Run the model's step."""
    return outcome(partial(_moved_by_model, is_direct=is_direct), STOPS, given)


def _moved_by_model(given: Turn, is_direct: bool) -> Moved:
    size = given.step
    if is_direct:
        block = SimpleNamespace(max_length=given.block)
        size = rebound(clamped, block_of=lambda *_: block)(
            None, "region", SimpleNamespace(length=given.found, offset=given.offset)
        )
    address, length = tellable(given.address), given.length
    return Moved(size, *advance(address, tellable(length), size))


class GoesOn(Exception):
    """The loop asks for what is left."""


class Loop:
    """In place of impl's accesses: it leads where the turn says, once, and notes what is moved."""

    def __init__(self, package: Package, given: Turn, is_direct: bool) -> None:
        self.package, self.given = package, given
        self.block = package.memory.Block(0)
        self.block.size = given.block
        self.is_direct = is_direct
        self.asked: list[tuple[int, int]] = []
        self.size = 0
        self.memory_map = None

    def translate(self, memory_map: object, space: object, at: int, left: int, *_: object) -> Any:
        """In place of `impl.translate.translate`. Raises GoesOn the second time."""
        self.asked.append((at, left))
        if len(self.asked) > 1:
            raise GoesOn
        return self.package.translate.Place(None, self.given.offset, self.given.found)

    def at(self, *arguments: object) -> Any:
        """Impl's own."""
        at = self.package.access.Accesses.at
        return rebound(at, translate=self.translate)(self, *arguments)

    def check(self, *_: object) -> None:
        """Nothing is wrong with the access."""

    def tell(self, *_: object) -> None:
        """Nobody is told."""

    def memory(self, *_: object) -> Any:
        """The block, if the access goes to memory."""
        return self if self.is_direct else None

    def left(self, offset: int) -> int:
        """Impl's own."""
        left: int = self.block.left(offset)
        return left

    def read(self, offset: int, size: int) -> bytes:
        """Read from the block."""
        self.size = size
        return b""

    def _store(self, place: object, block: object, data: slice) -> None:
        self.size = data.stop - data.start

    def _step(self, place: object) -> int:
        return self.given.step

    def _call_read(self, place: object, size: int) -> tuple[int, bytes]:
        self.size = size
        return 0, b""

    def _call_write(self, place: object, data: slice) -> int:
        self.size = data.stop - data.start
        return 0

    def __getitem__(self, place: slice) -> slice:
        return place


def moved_by_impl(package: Package, given: Turn, is_direct: bool, is_write: bool) -> Any:
    """Run impl's loop as far as to its second translation."""
    loop = Loop(package, given, is_direct)
    run = partial(_write if is_write else _read, package, given, loop)
    if outcome(run, package.memory.AccessStopped) is ABORTS:
        return ABORTS
    return Moved(loop.size, *(loop.asked[1] if len(loop.asked) > 1 else (None, 0)))


def _write(package: Package, given: Turn, loop: Loop) -> None:
    write = rebound(
        package.access.Accesses.write,
        len=lambda _: given.length,
        memoryview=lambda data: data,
        is_denied=lambda *_: False,
    )
    outcome(write, GoesOn, loop, None, given.address, loop, None)


def _read(package: Package, given: Turn, loop: Loop) -> None:
    read = rebound(
        package.access.Accesses._read_on, len=lambda _: loop.size, is_denied=lambda *_: False
    )
    place = loop.at(None, given.address, given.length, 0, False, None)
    outcome(read, GoesOn, loop, None, given.address, given.length, place, None)


def are_moved_alike(given: object, expected: Any, done: Any) -> dict[str, bool]:
    """The relation of turns."""
    if expected is ABORTS or done is ABORTS:
        return {"both stop, or neither": expected is done}
    return {
        "as many bytes are moved": expected.size == done.size,
        "the same address comes next": done.address is None or expected.address == done.address,
        "as many bytes are left": expected.left == done.left,
    }


def moving(is_direct: bool, is_write: bool) -> Refinement[Turn, Any, Any]:
    """One turn of one of the loops, to memory or to a device."""
    return Refinement(
        inputs=any_turn,
        specification=partial(moved_by_model, is_direct=is_direct),
        implementation=partial(moved_by_impl, is_direct=is_direct, is_write=is_write),
        relation=are_moved_alike,
    )


class Done(NamedTuple):
    """An access of which a part is done, and the size of the next step."""

    address: int
    length: int
    done: int
    step: int


def any_done(proof: Proof) -> Done:
    """An input: any part of an access, and any step that it has bytes left for."""
    given = Done(
        proof.integer("address", 0, LAST_ADDRESS),
        *(proof.integer(name, 0) for name in ("length", "done", "step")),
    )
    proof.assume(all_of(given.step >= 1, given.done + given.step <= given.length))
    return given


def asked_by_impl(package: Package, given: Done, done: int) -> tuple[int, int]:
    """What impl asks for when so much is done."""
    loop = Loop(package, Turn(0, 0, 0, 0, 0, 0), False)
    loop.at(None, given.address, given.length, done, False, None)
    return loop.asked[0]


def advanced_in_impl(package: Package, given: Done) -> tuple[int, ...]:
    """What impl asks for after a step, from what it asked for before."""
    before = asked_by_impl(package, given, given.done)
    after = asked_by_impl(package, given, given.done + package.access.progress(given.step))
    return (*after, *before)


def advanced_in_model(given: Done) -> tuple[int, int]:
    """What the model does, from the address and the length that are next."""
    before = (given.address + given.done) % (1 << 64), given.length - given.done
    return advance(*before, given.step)


ADVANCING = Refinement(
    inputs=any_done,
    specification=advanced_in_model,
    implementation=advanced_in_impl,
    relation=lambda given, expected, done: {
        "the next address is the model's": expected[0] == done[0],
        "as many bytes are left as in the model": expected[1] == done[1],
        "it began where the model does": all_of(
            done[2] == (given.address + given.done) % (1 << 64),
            done[3] == given.length - given.done,
        ),
    },
)

MOVE = Theorem(
    name="impl_moves_the_bytes_of_the_models_step_and_goes_on_where_the_model_does",
    statement=(
        "In a turn of impl's loops, read or write, memory or device, as many bytes are moved as "
        "in the model's step, which ends with the block; then the model's next address, modulo "
        "2^64, and what is left are asked for; and both stop where a step takes nothing or begins "
        "outside of the block."
    ),
    rules=("P9", "P16", "A2", "A3"),
    assumptions=(
        "Where an access is led and how many bytes a device takes are theorems of their own. "
        "Here it is not denied.",
        "A turn knows of those before it how many bytes are done, which it asks `at` with and cuts "
        "the data by: the first turn stands for all.",
        "A translation leaves no more bytes than were asked for, and no step takes more.",
    ),
    limits=Limits(resource_units=67_000, paths=76),
    obligations=(
        *(
            moving(is_direct, is_write).obligation(
                f"{'writes' if is_write else 'reads'} {'memory' if is_direct else 'a device'}"
            )
            for is_direct in (True, False)
            for is_write in (True, False)
        ),
        ADVANCING.obligation("what is asked for when any number of bytes is done"),
    ),
    teeth=(
        bugs.WRITE_OVERRUNS_ITS_BLOCK,
        bugs.READ_OVERRUNS_ITS_BLOCK,
        bugs.STORE_HAS_MORE_THAN_ITS_STEP,
        bugs.ADDRESS_DOES_NOT_WRAP,
        bugs.LENGTH_STAYS,
        bugs.STEPS_OF_NOTHING_GO_ON,
    ),
    package="impl",
)

THEOREMS = (MOVE,)
