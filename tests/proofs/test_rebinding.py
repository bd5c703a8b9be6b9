"""Rebinding: a function's own code runs, with another meaning for a name that it calls."""

from collections.abc import Callable

import pytest

from proofs.rebinding import rebound


def halves(number: int, rest: int = 1) -> int:
    """How often a number can be halved, plus `rest`."""
    return rest if number < 2 else 1 + halves(number // 2, rest)


def total(numbers: tuple[int, ...]) -> int:
    return sum(numbers)


def test_a_recursive_call_goes_to_the_hypothesis_and_nothing_else_changes() -> None:
    asked = []

    def hypothesis(number: int, rest: int) -> int:
        asked.append((number, rest))
        return 40

    step = rebound(halves, halves=hypothesis)
    assert step(9) == 41
    assert asked == [(4, 1)]
    assert step(1) == 1
    assert halves(9) == 4


def test_a_name_of_python_itself_can_mean_something_else() -> None:
    assert rebound(total, sum=len)((7, 8, 9)) == 3
    assert total((7, 8, 9)) == 24


def test_a_function_inside_another_keeps_what_it_closes_over() -> None:
    def adder(more: int) -> Callable[[tuple[int, ...]], int]:
        def add(numbers: tuple[int, ...]) -> int:
            return sum(numbers) + more

        return add

    assert rebound(adder(5), sum=len)((7, 8)) == 7


def test_a_name_is_used_also_by_a_function_inside() -> None:
    def later(numbers: tuple[int, ...]) -> Callable[[], int]:
        return lambda: sum(numbers)

    assert rebound(later, sum=len)((7, 8))() == 2


def test_a_name_that_the_code_does_not_use_is_refused() -> None:
    """Else a theorem would be about another function than the one it means to replace."""
    with pytest.raises(ValueError, match="halves does not use total, fill"):
        rebound(halves, halves=None, total=None, fill=None)
