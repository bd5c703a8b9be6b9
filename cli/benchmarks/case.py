"""What a benchmark is made of: cases to time, and what a group's times come to as ratios."""

from collections.abc import Callable, Mapping
from math import log
from typing import NamedTuple


class Case(NamedTuple):
    """Something to time.

    `prepare` is called in the process that measures, and gives what is timed; one call of that does
    `operations`. A `slow` case takes seconds: it is timed once, without a warm-up.
    """

    name: str
    prepare: Callable[[], Callable[[], object]]
    operations: int = 1
    slow: bool = False


class Table(NamedTuple):
    """Figures in rows; the first column says what each row is about."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


class Goal(NamedTuple):
    """What a figure must reach, and whether it did."""

    statement: str
    measured: str
    reached: bool


class Report(NamedTuple):
    """What a group's times come to."""

    tables: tuple[Table, ...]
    goals: tuple[Goal, ...] = ()


class Group(NamedTuple):
    """Cases that are measured in one run, so that their ratios mean something.

    `report` is given the seconds of one operation of each case, by its name.
    """

    name: str
    title: str
    question: str
    cases: tuple[Case, ...]
    report: Callable[[Mapping[str, float]], Report]


def at_most(what: str, value: float, bound: float) -> Goal:
    """A ratio that must not exceed a bound."""
    return Goal(f"{what}: at most {bound:g}", f"{value:.3g}", value <= bound)


def at_least(what: str, value: float, bound: float) -> Goal:
    """A ratio that must reach a bound."""
    return Goal(f"{what}: at least {bound:g}", f"{value:.3g}", value >= bound)


def times(ratio: float) -> str:
    """A ratio as people write it."""
    return f"{ratio:.3g}x" if ratio < 1000 else f"{ratio:,.0f}x"


def duration(seconds: float) -> str:
    """A time in the unit that suits it."""
    for unit, scale in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= scale:
            return f"{seconds / scale:.3g} {unit}"
    return f"{seconds / 1e-9:.3g} ns"


def growth(size: int, seconds: float, larger: int, later: float) -> float:
    """The power of n by which times grow between two sizes."""
    return log(later / seconds) / log(larger / size)
