"""The stand-ins for the steps of a request mean what the loops' own types mean."""

import pytest

from model.memtx import MemTxResult
from proofs.requests import Bit, variables_of


@pytest.mark.parametrize("left", [False, True])
@pytest.mark.parametrize("right", [False, True])
def test_a_bit_is_combined_as_a_result_is(left: bool, right: bool) -> None:
    result = MemTxResult.ACCESS_ERROR * left | MemTxResult.ACCESS_ERROR * right
    assert Bit(left) | Bit(right) == Bit(result != 0)
    assert MemTxResult.OK | Bit(left) == Bit(left)


def test_a_bit_is_not_combined_with_a_result_that_may_have_it() -> None:
    with pytest.raises(TypeError):
        MemTxResult.ERROR | Bit(False)


def test_variables_are_those_of_the_function_that_is_asked_for() -> None:
    def inner() -> None:
        number = 2
        raise ArithmeticError(number)

    def outer() -> None:
        number = 1
        inner()
        raise AssertionError(number)

    with pytest.raises(ArithmeticError) as caught:
        outer()
    trace = caught.value.__traceback__
    assert variables_of(outer, trace)["number"] == 1
    assert variables_of(inner, trace)["number"] == 2
    with pytest.raises(LookupError):
        variables_of(variables_of, trace)
