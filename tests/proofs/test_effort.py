"""Code that does not end is stopped, whatever else Python calls meanwhile."""

import gc
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from proofs.witnesses.effort import MOST_CALLS, DoesNotEnd, Meter

ENOUGH = """
def steps(kept, step):
    for _ in range(number):
        kept.append([step()])

def one():
    return []
"""


def _code(package: str, number: int) -> Callable[[], None]:
    """Code of a package that makes some calls, and objects enough that garbage is collected."""
    names = {"__name__": f"{package}.code", "number": number}
    exec(ENOUGH, names)
    return lambda: names["steps"]([], names["one"])  # type: ignore[operator]


@contextmanager
def _calls_when_garbage_is_collected() -> Iterator[None]:
    """Nearly all calls are made where nobody sees what they raise."""

    def nothing() -> None:
        pass

    def call(phase: str, info: dict[str, int]) -> None:
        for _ in range(2 * MOST_CALLS if phase == "start" else 0):
            nothing()

    gc.collect()
    gc.callbacks.append(call)
    try:
        yield
    finally:
        gc.callbacks.remove(call)


@pytest.mark.parametrize("package", ["model", "impl", "fuzz"])
def test_code_that_does_not_end_is_stopped(package: str) -> None:
    """Its calls and returns are counted from the beginning of its run."""
    meter = Meter()
    with meter.watching():
        meter.begin()
        _code(package, MOST_CALLS // 10)()
        meter.begin()
        with pytest.raises(DoesNotEnd):
            _code(package, MOST_CALLS)()


def test_it_is_stopped_though_the_limit_is_passed_where_nobody_sees_it() -> None:
    """Raised in what Python calls when it collects garbage, it would be lost, and the limit too."""
    meter = Meter()
    with _calls_when_garbage_is_collected(), meter.watching():
        meter.begin()
        with pytest.raises(DoesNotEnd):
            _code("model", 10_000)()
