"""Wide integers: all that is computed with them is noted, whoever computes it."""

from collections.abc import Callable

import pytest

from proofs.paths import Explorer, Refutation
from proofs.proof import ClaimBroken, ConcretePath, Limits, Proof
from proofs.widths import WIDE_END, Widths, plain

OPERATIONS: tuple[tuple[str, Callable[[int], int], int], ...] = (
    ("negation", lambda number: -number, -5),
    ("sum", lambda number: number + 2, 7),
    ("sum from the left", lambda number: 2 + number, 7),
    ("difference", lambda number: number - 2, 3),
    ("difference from the left", lambda number: 2 - number, -3),
    ("product", lambda number: number * 2, 10),
    ("product from the left", lambda number: 2 * number, 10),
    ("quotient", lambda number: number // 2, 2),
    ("remainder", lambda number: number % 2, 1),
)


@pytest.mark.parametrize(("name", "operation", "result"), OPERATIONS)
def test_each_operation_is_noted_with_its_result(
    name: str, operation: Callable[[int], int], result: int
) -> None:
    widths = Widths(ConcretePath({"number": 5}))
    assert operation(widths.integer("number")) == result
    assert widths.noted == [result], name


@pytest.mark.parametrize(("name", "operation", "result"), OPERATIONS)
def test_each_operation_on_all_values_is_noted(
    name: str, operation: Callable[[int], int], result: int
) -> None:
    def body(proof: Proof) -> None:
        widths = Widths(proof)
        operation(widths.integer("number", 5, 5))
        proof.claim(name, len(widths.noted) == 1)
        proof.claim(name, plain(widths.noted[0]) == result)

    Explorer(Limits(10_000, 1)).explore(body)


def test_a_number_between_the_beginning_and_the_end_counts() -> None:
    """The sum would do, but for what was doubled on the way."""

    def body(proof: Proof) -> None:
        widths = Widths(proof)
        number = widths.integer("number", 0, WIDE_END - 1)
        assert (number * 2 - number == number) is not None
        widths.claim_widths()

    with pytest.raises(Refutation, match="128 bits") as refuted:
        Explorer(Limits(10_000, 1)).explore(body)
    with pytest.raises(ClaimBroken, match="128 bits"):
        body(ConcretePath(refuted.value.values))


def test_comparing_and_choosing_notes_nothing_and_keeps_noting() -> None:
    widths = Widths(ConcretePath({"number": 5}))
    number = min(widths.integer("number"), 7)
    assert number < 6
    assert widths.noted == []
    assert number + number == 10
    assert widths.noted == [10]


def test_what_is_claimed_and_not_computed_by_the_code_is_not_noted() -> None:
    widths = Widths(ConcretePath({"number": 5}))
    assert plain(widths.integer("number")) + 1 == 6
    assert widths.noted == []


@pytest.mark.parametrize("number", [-1, 1 << 64])
def test_a_conversion_out_of_range_is_refused(number: int) -> None:
    widths = Widths(ConcretePath({}))
    widths.claim_converted("0", 0)
    widths.claim_converted("the last address", (1 << 64) - 1)
    with pytest.raises(ClaimBroken, match="the number, converted to 64 bits, is in range"):
        widths.claim_converted("the number", number)
