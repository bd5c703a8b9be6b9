"""Bits mean what Python's numbers mean, or refuse; so do dictionaries and bytes made of them."""

from collections.abc import Callable
from typing import Any

import pytest

from proofs.bits import Numbers, as_key
from proofs.paths import Effort, Explorer, Refutation, SymbolicPath
from proofs.proof import ConcretePath, Limits, PremiseBroken, Proof
from proofs.symbolic import UnsupportedOperation, all_of, implies


def explore(body: Callable[[Proof], None]) -> Effort:
    explorer = Explorer(Limits(resource_units=2_000_000, paths=100))
    explorer.explore(body)
    return explorer.effort


def some_path() -> SymbolicPath:
    return SymbolicPath(Explorer(Limits(resource_units=100_000, paths=10)))


OPERATIONS: dict[str, Callable[[int, int], int]] = {
    "masked": lambda x, _: x & 0b111,
    "masked by more bits than it has": lambda x, _: 0xFF & x,
    "some bits of it": lambda x, _: x & 0b101,
    "nothing of it": lambda x, _: x & 0,
    "what both have": lambda x, y: x & y,
    "what either has": lambda x, y: x | y,
    "with a plain number": lambda x, _: 0b10010 | x,
    "sum, which carries": lambda x, y: x + y,
    "sum with a plain number": lambda x, _: 250 + x + 0,
    "shifted up": lambda x, _: x << 3,
    "shifted up by nothing": lambda x, _: x << 0,
    "shifted down": lambda x, _: x >> 2,
    "shifted down by nothing": lambda x, _: x >> 0,
    "shifted out": lambda x, _: x >> 4,
    "shifted far out": lambda x, _: x >> 9,
    "remainder": lambda x, y: (x + y) % 8,
    "there and back": lambda x, y: ((x << 4 | y) >> 2) % 16,
    "from ascending bytes": lambda x, y: Numbers.from_bytes((x, y, 7), "little"),
    "from descending bytes": lambda x, y: Numbers.from_bytes((x, y, 7), "big"),
}


@pytest.mark.parametrize("name", OPERATIONS)
def test_operations_mean_what_python_means(name: str) -> None:
    operation = OPERATIONS[name]

    def body(proof: Proof) -> None:
        x, y = proof.bits("x", 4), proof.bits("y", 3)
        result = operation(x, y)
        for a in range(16):
            for b in range(8):
                here = all_of(x == a, y == b)
                proof.claim(f"for {a}, {b}", implies(here, result == operation(a, b)))
                proof.claim(
                    f"not for {a}, {b}",
                    implies(here, (result != operation(a, b)) == False),  # noqa: E712
                )

    assert explore(body).paths == 1


@pytest.mark.parametrize("byteorder", ["little", "big"])
def test_they_become_bytes_as_numbers_do_and_overflow_as_numbers_do(byteorder: Any) -> None:
    outcomes: set[str] = set()

    def body(proof: Proof) -> None:
        x = proof.bits("x", 18)
        try:
            data = x.to_bytes(2, byteorder)
        except OverflowError:
            outcomes.add("overflow")
            proof.claim("it does not fit", x >> 16 != 0)
            return
        outcomes.add("bytes")
        proof.claim("it fits", x >> 16 == 0)
        proof.claim("there are two", len(data) == 2)
        first, second = data if byteorder == "little" else reversed(data)
        proof.claim("each is a byte of it", all_of(first == x & 0xFF, second == x >> 8))
        proof.claim("they are the number", Numbers.from_bytes(data, byteorder) == x)

    assert explore(body).paths == 2
    assert outcomes == {"overflow", "bytes"}


def test_from_bytes_means_what_python_means_for_plain_bytes() -> None:
    assert Numbers.from_bytes(b"\x01\x02\x03", "little") == 0x030201
    assert Numbers.from_bytes(b"\x01\x02\x03", "big") == 0x010203
    assert Numbers.from_bytes(b"", "big") == 0


def test_their_truth_forks() -> None:
    outcomes = []

    def body(proof: Proof) -> None:
        x = proof.bits("x", 2)
        outcomes.append(bool(x))
        proof.claim("it is what was said", (x != 0) == outcomes[-1])

    explore(body)
    assert sorted(outcomes) == [False, True]


def test_keys_that_cannot_be_equal_are_told_apart_without_forking() -> None:
    def body(proof: Proof) -> None:
        base = as_key(proof.bits("base", 64))
        held = {(base + index) % (1 << 64): index for index in range(4)}
        held = {**held, (base + 5) % (1 << 64): 5, (base + 2) % (1 << 64): 20}
        proof.claim("there are five", len(held) == 5)
        proof.claim("the last one counts", held[(base + 2) % (1 << 64)] == 20)
        proof.claim("one is missing", (base + 4) % (1 << 64) not in held)
        behind = (base + ((1 << 64) - 1)) % (1 << 64)
        proof.claim("one ahead of one behind is where it was", held[(behind + 1) % (1 << 64)] == 0)

    assert explore(body).paths == 1


def test_keys_that_may_be_equal_fork() -> None:
    sizes = []

    def body(proof: Proof) -> None:
        left, right = as_key(proof.bits("left", 8)), as_key(proof.bits("right", 8))
        sizes.append(len({left: 0, right: 1}))
        proof.claim("one of them if they are the same", (sizes[-1] == 1) == (left == right))

    explore(body)
    assert sorted(sizes) == [1, 2]


def test_plain_numbers_are_keys_already() -> None:
    assert as_key(7) == 7
    assert type(as_key(7)) is int


def test_a_counterexample_has_their_values() -> None:
    def body(proof: Proof) -> None:
        x = proof.bits("x", 64)
        proof.claim("there is no such number", x != (1 << 64) - 2)

    with pytest.raises(Refutation) as refuted:
        explore(body)
    assert refuted.value.values == {"x": (1 << 64) - 2}


def test_on_plain_values_they_are_numbers_of_so_many_bits() -> None:
    path = ConcretePath({"x": 15, "y": 16, "z": -1})
    assert path.bits("x", 4) == 15
    for name in "yz":
        with pytest.raises(PremiseBroken):
            path.bits(name, 4)


REFUSED: dict[str, Callable[[Any], object]] = {
    "an index": lambda x: range(9)[x],
    "int": int,
    "float": float,
    "text": lambda x: f"{x}",
    "a key, unless asked to be": lambda x: {x: 0},
    "a negative mask": lambda x: x & -2,
    "a negative number to compare with": lambda x: x == -1,
    "a shift by bits": lambda x: 1 >> x,
    "a shift up by bits": lambda x: x << x,
    "a negative shift": lambda x: x >> -1,
    "a remainder by another number": lambda x: x % 6,
    "a remainder by one": lambda x: x % 1,
    "a remainder by bits": lambda x: x % x,
    "a fraction": lambda x: x + 0.5,
    "a difference": lambda x: x - 1,
    "a product": lambda x: x * 2,
    "an order": lambda x: x < 1,
    "bits of another path": lambda x: x | some_path().bits("y", 4),
    "an integer that is not bits": lambda x: x == x.path.integer("n"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_has_no_answer_for_all_values_is_refused(name: str) -> None:
    """UnsupportedOperation is a TypeError, as is Python's own word for operators that are not."""
    with pytest.raises(TypeError):
        REFUSED[name](some_path().bits("x", 4))


def test_a_refusal_says_why() -> None:
    x = some_path().bits("x", 4)
    with pytest.raises(UnsupportedOperation, match="negative number"):
        x & -2
