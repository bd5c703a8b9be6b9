"""Stand-ins mean what Python means, or refuse."""

import itertools
import math
from collections.abc import Callable
from typing import Any

import pytest

from proofs.paths import Effort, Explorer, SymbolicPath
from proofs.proof import Limits, Proof
from proofs.symbolic import (
    SymBool,
    UnsupportedOperation,
    all_of,
    any_of,
    choose,
    implies,
    negation,
    tellable,
)


def explore(body: Callable[[Proof], None]) -> Effort:
    explorer = Explorer(Limits(resource_units=1_000_000, paths=100))
    explorer.explore(body)
    return explorer.effort


def some_path() -> SymbolicPath:
    return SymbolicPath(Explorer(Limits(resource_units=100_000, paths=10)))


ARITHMETIC: dict[str, Callable[[int], int]] = {
    "sum": lambda x: 3 + x + 4,
    "difference": lambda x: 5 - (x - 7),
    "product": lambda x: 3 * x * -2,
    "negation": lambda x: -x,
    "remainder": lambda x: x % 7,
    "negated remainder": lambda x: -x % 8,
    "quotient": lambda x: x // 7,
    "truth as a number": lambda x: x + True,
    "low bits": lambda x: x & 7,
    "low bits, the mask first": lambda x: 0xFF & x,
    "all but low bits": lambda x: x & ~7,
    "no bits": lambda x: x & 0,
    "all bits": lambda x: x & -1,
    "bits that are not shared": lambda x: x & ~7 | (5 - x) & 3,
    "bits that are not shared, low ones first": lambda x: (5 - x) & 7 | x & ~7,
    "shift up": lambda x: x << 3,
    "shift down": lambda x: x >> 2,
    "no shift": lambda x: (x >> 0) + (x << 0),
}


@pytest.mark.parametrize("name", ARITHMETIC)
def test_arithmetic_means_what_python_means(name: str) -> None:
    """For negative numbers too, where rounding differs from one language to the next."""
    operation = ARITHMETIC[name]

    def body(proof: Proof) -> None:
        x = proof.integer("x", -20, 20)
        result = operation(x)
        for value in range(-20, 21):
            proof.claim(f"for {value}", implies(x == value, result == operation(value)))

    assert explore(body).paths == 1


COMPARISONS: dict[str, Callable[[int, int], bool]] = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
}


@pytest.mark.parametrize("name", COMPARISONS)
def test_comparisons_mean_what_python_means_on_either_side(name: str) -> None:
    compare = COMPARISONS[name]

    def body(proof: Proof) -> None:
        x = proof.integer("x", -2, 2)
        for value in range(-2, 3):
            here = x == value
            proof.claim(f"{value} on the left", implies(here, compare(x, 0) == compare(value, 0)))
            proof.claim(f"{value} on the right", implies(here, compare(0, x) == compare(0, value)))

    explore(body)


def test_numbers_and_truth_values_fork_where_python_asks_for_their_truth() -> None:
    outcomes = []

    def body(proof: Proof) -> None:
        x, flag = proof.integer("x", 0, 1), proof.boolean("flag")
        outcomes.append((bool(x), bool(flag and x == 1), not flag))
        proof.claim("always", True)

    explore(body)
    assert sorted(outcomes) == [
        (False, False, False),
        (False, False, True),
        (True, False, True),
        (True, True, False),
    ]


EITHER: dict[str, Callable[[int, int], int]] = {
    "either": lambda x, y: x | y,
    "either, behind a mask": lambda x, y: (x | y) & 3,
    "either, behind a mask of high bits": lambda x, y: (x | y) & ~3,
    "either, behind two masks": lambda x, y: (x | y) & 7 & 3,
    "a constant": lambda x, y: (x - y | 4) & 3,
    "low bits of both": lambda x, y: (x & 3 | y & 7) & 1,
    "bits that overlap": lambda x, y: x & ~3 | y & 7,
    "high bits of both": lambda x, y: x & ~7 | y & ~3,
}


@pytest.mark.parametrize("name", EITHER)
def test_whether_either_number_has_a_bit_means_what_python_means(name: str) -> None:
    """Also where masks overlap, so that the bits are no sum."""
    operation = EITHER[name]

    def body(proof: Proof) -> None:
        x, y = proof.integer("x", -5, 5), proof.integer("y", -5, 5)
        is_any = bool(operation(x, y))
        for a, b in itertools.product(range(-5, 6), repeat=2):
            here = all_of(x == a, y == b)
            expected = bool(operation(a, b))
            proof.claim(f"for {a}, {b}", implies(here, is_any == expected))

    assert explore(body).paths == 2


def test_combinations_mean_what_they_say_and_do_not_fork() -> None:
    def body(proof: Proof) -> None:
        a, b = proof.boolean("a"), proof.boolean("b")
        for p, q in itertools.product((False, True), repeat=2):
            here = all_of(a == p, b == q)
            expected = {
                "all": (all_of(a, b), p and q),
                "all, plain first": (all_of(p, b), p and q),
                "any": (any_of(a, b), p or q),
                "any, plain first": (any_of(p, b), p or q),
                "negation": (negation(a), not p),
                "implies": (implies(a, b), not p or q),
                "differ": (a != b, p != q),
                "choose truth": (choose(a, b, p), q if p else p),
                "choose number": (choose(a, 1, 2) == 1, p),
            }
            for name, (symbolic, plain) in expected.items():
                proof.claim(f"{name} of {p}, {q}", implies(here, symbolic == plain))

    assert explore(body).paths == 1


def test_combinations_of_plain_values_are_plain() -> None:
    """A counterexample is confirmed by the same obligation on plain values."""
    for p, q in itertools.product((False, True), repeat=2):
        assert all_of(p, q) is (p and q)
        assert any_of(p, q) is (p or q)
        assert implies(p, q) is (not p or q)
        assert negation(p) is (not p)
        assert choose(p, 3, 4) == (3 if p else 4)


REFUSED_OF_NUMBERS: dict[str, Callable[[Any], object]] = {
    "hash": hash,
    "set": lambda x: {x},
    "dict key": lambda x: {x: 1},
    "index": lambda x: [1, 2, 3][x],
    "range": range,
    "int": int,
    "float": float,
    "text": lambda x: f"{x}",
    "hexadecimal": hex,
    "true division": lambda x: x / 2,
    "power": lambda x: x**2,
    "shift by it": lambda x: 1 << x,
    "shift down by it": lambda x: x >> x,
    "negative shift": lambda x: x << -1,
    "mask with a gap": lambda x: x & 5,
    "mask of high bits below others": lambda x: x & 0xF0,
    "mask that it is": lambda x: x & x,
    "number of bits that may be shared": lambda x: (x | 1) + 0,
    "equality of bits that may be shared": lambda x: (x | 1) == 1,
    "index of bits that may be shared": lambda x: [1, 2][x | 1],
    "bits of a float": lambda x: x | 0.5,
    "exclusive bits": lambda x: x ^ 1,
    "inversion": lambda x: ~x,
    "absolute value": abs,
    "rounding": round,
    "floor": math.floor,
    "product of two": lambda x: x * x,
    "division by it": lambda x: 7 // x,
    "division by zero": lambda x: x // 0,
    "division by a negative number": lambda x: x // -2,
    "remainder by a negative number": lambda x: x % -2,
    "remainder by a symbolic number": lambda x: x % x,
    "float operand": lambda x: x + 0.5,
    "comparison with a float": lambda x: x < 0.5,
    "comparison with None": lambda x: x == None,  # noqa: E711
    "comparison with text": lambda x: x != "name",
}


@pytest.mark.parametrize("name", REFUSED_OF_NUMBERS)
def test_a_number_refuses_what_it_cannot_do_for_all_values(name: str) -> None:
    """None of these may settle on one value, or on False, silently."""
    with pytest.raises(TypeError):
        REFUSED_OF_NUMBERS[name](some_path().integer("x"))


REFUSED_OF_TRUTH: dict[str, Callable[[Any], object]] = {
    "hash": hash,
    "index": lambda b: [1, 2][b],
    "int": int,
    "float": float,
    "text": lambda b: f"{b}",
    "arithmetic": lambda b: b + 1,
    "inversion": lambda b: ~b,
    "comparison with a number": lambda b: b == 1,
    "comparison with None": lambda b: b == None,  # noqa: E711
    "combination with a number": lambda b: b & 1,
}


@pytest.mark.parametrize("name", REFUSED_OF_TRUTH)
def test_a_truth_value_refuses_what_it_cannot_do_for_both_values(name: str) -> None:
    with pytest.raises(TypeError):
        REFUSED_OF_TRUTH[name](some_path().boolean("b"))


def test_a_refusal_is_told_from_other_errors() -> None:
    with pytest.raises(UnsupportedOperation, match="hashed"):
        hash(some_path().integer("x"))


def test_values_of_two_proofs_do_not_mix() -> None:
    one, other = some_path().integer("x"), some_path().integer("x")
    with pytest.raises(UnsupportedOperation):
        one + other
    with pytest.raises(UnsupportedOperation):
        _ = one < other
    with pytest.raises(UnsupportedOperation):
        choose(one == 1, other, 2)


def test_a_tellable_number_is_the_same_but_that_text_may_name_it() -> None:
    def body(proof: Proof) -> None:
        number = proof.integer("x")
        told = tellable(number)
        assert f"at {told:#x}" == "at <x>"
        proof.claim("it is the number", told == number)
        with pytest.raises(UnsupportedOperation):
            f"{told + 1}"
        with pytest.raises(UnsupportedOperation):
            f"{number}"
        with pytest.raises(UnsupportedOperation):
            hash(told)

    assert explore(body).paths == 1
    assert tellable(7) == 7


def test_proofs_share_no_z3_context() -> None:
    """What one proof has done must not change what another costs."""
    one, other = some_path(), some_path()
    truth = one.boolean("b")
    assert isinstance(truth, SymBool)
    assert truth.term.ctx is one.context
    assert one.context is not other.context
