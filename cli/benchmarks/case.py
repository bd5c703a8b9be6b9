"""What a benchmark is made of: cases to measure, and what a group's figures come to as ratios."""

from collections.abc import Callable, Iterable, Mapping
from enum import Enum
from math import log
from typing import NamedTuple


class Case(NamedTuple):
    """Something to measure.

    `prepare` is called in the process that measures, and gives what is timed; one call of that does
    `operations`. A `slow` case takes seconds: it is timed once, without a warm-up.

    Where a group's figures are bytes, nothing is timed: what is called gives their number.
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
    """What a group's figures come to; `notes` are paragraphs that say what limits them."""

    tables: tuple[Table, ...]
    goals: tuple[Goal, ...] = ()
    notes: tuple[str, ...] = ()


class Unit(Enum):
    """What a group's figures are, by pyperf's names."""

    SECOND = "second"
    BYTE = "byte"
    COUNT = "integer"


class Group(NamedTuple):
    """Cases that are measured in one run, so that their ratios mean something.

    `report` is given the figure of each case, by its name: seconds of one operation, or bytes.
    Seconds are the processor's; by the clock, where another process works for the case.

    `together`, where there is one, measures everything in one go, and there are no cases; it is
    told whether rough figures do, and may raise MeasureError.
    """

    name: str
    title: str
    question: str
    cases: tuple[Case, ...]
    report: Callable[[Mapping[str, float]], Report]
    unit: Unit = Unit.SECOND
    by_the_clock: bool = False
    together: Callable[[bool], Mapping[str, float]] | None = None


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


def name_at(side: str, count: int) -> str:
    """The name of the case that measures one side at one size."""
    return f"{side}, {count:,}"


def by_size(
    figures: Mapping[str, float], what: str, sides: Iterable[str], sizes: Iterable[int]
) -> Table:
    """Times by side and size, and the power of n by which each grows over all its sizes."""
    sizes = tuple(sizes)
    rows = []
    for side in sides:
        known = {
            size: figures[name_at(side, size)] for size in sizes if name_at(side, size) in figures
        }
        least, most = min(known), max(known)
        power = growth(least, known[least], most, known[most])
        shown = [duration(known[size]) if size in known else "-" for size in sizes]
        rows.append((side, *shown, f"n^{power:.2f}"))
    return Table((what, *(f"{size:,}" for size in sizes), "growth"), tuple(rows))


def ratios_by_size(
    figures: Mapping[str, float], what: str, base: str, sides: Iterable[str], sizes: Iterable[int]
) -> Table:
    """The sides' figures at each size, where those of a base are 1."""
    sizes = tuple(sizes)
    rows = tuple(
        (
            side,
            *(
                times(figures[name_at(side, size)] / figures[name_at(base, size)])
                if name_at(side, size) in figures
                else "-"
                for size in sizes
            ),
        )
        for side in sides
    )
    return Table((f"{what}, {base} = 1", *(f"{size:,}" for size in sizes)), rows)
