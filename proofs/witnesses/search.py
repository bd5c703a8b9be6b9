"""Looking for a scenario on which the two sides differ, where a counterexample's own has no effect.

The search is deterministic and bounded: first near the embedded scenarios, then among the
committed regressions, those of the theorem's rules first.
"""

from collections.abc import Iterator, Sequence
from dataclasses import fields, replace
from enum import Enum
from functools import cache
from itertools import islice, zip_longest
from pathlib import Path
from typing import Any, NamedTuple

from fuzz.operands import BadWord
from fuzz.operations import AddSubregion, CreateRegion, Operation
from fuzz.parse import parse, parse_file
from fuzz.scenario import Scenario, Step, without_expectations
from fuzz.syntax import check_operation
from model.address_range import ADDRESS_SPACE_SIZE
from proofs.witnesses.script import touch
from proofs.witnesses.sides import Sides

MOST_SPENT = 3_000_000
"""How many calls and returns the search near the embedded scenarios may take."""

REGRESSIONS = Path(__file__).resolve().parents[2] / "corpora" / "regressions"


class Found(NamedTuple):
    """A scenario on which the two sides differ, and where it comes from."""

    scenario: Scenario
    origin: str


def near(sides: Sides, embedded: Sequence[Scenario]) -> Found | None:
    """The first that diverges of the embedded scenarios' neighbours."""
    end = sides.meter.spent + MOST_SPENT
    for row in zip_longest(*map(neighbours, embedded)):
        for neighbour, what in filter(None, row):
            if sides.diverges(neighbour):
                return Found(neighbour, what)
            if sides.meter.spent > end:
                return None
    return None


def neighbours(scenario: Scenario) -> Iterator[tuple[Scenario, str]]:
    """The scenario with accesses added, and then also with one operand changed."""
    accessed = (*scenario.steps, *probes(scenario))
    yield replace(scenario, steps=accessed), "accesses are added"
    for place, step in enumerate(scenario.steps):
        for changed, what in changes(step.operation):
            steps = (*accessed[:place], Step(changed), *accessed[place + 1 :])
            yield replace(scenario, steps=steps), what


def probes(scenario: Scenario) -> tuple[Step, ...]:
    """Accesses at the places and around the ends of what lies in the space `memory`."""
    sizes = {one.name: one.size for one in operations(scenario, CreateRegion)}
    places = dict.fromkeys(
        edge % ADDRESS_SPACE_SIZE
        for one in operations(scenario, AddSubregion)
        for edge in (one.addr, one.addr - 1, one.addr + sizes.get(one.child, 0) - 1)
    )
    lines = [line for place in islice(places, 6) for size in (1, 8) for line in touch(place, size)]
    return tuple(replace(step, line=0) for step in parse("\n".join(lines)).steps)


def operations(scenario: Scenario, kind: type[Any]) -> Iterator[Any]:
    """The operations of one kind."""
    return (step.operation for step in scenario.steps if isinstance(step.operation, kind))


def changes(operation: Operation) -> Iterator[tuple[Operation, str]]:
    """The operation with one number a little larger or smaller, or with another choice."""
    for one in fields(operation):
        value = getattr(operation, one.name)
        others: list[Any] = []
        if isinstance(value, Enum):
            others = [other for other in type(value) if other is not value]
        elif isinstance(value, int) and not isinstance(value, bool):
            others = [value + 1, value - 1, value + 2, value * 2, value // 2]
        for other in others:
            changed = replace(operation, **{one.name: other})
            try:
                check_operation(changed)
            except BadWord:
                continue
            said = (
                text.value if isinstance(text, Enum) else f"{text:#x}" for text in (value, other)
            )
            yield changed, f"{one.name} is changed from {' to '.join(map(str, said))}"


@cache
def regressions(folder: Path) -> tuple[tuple[str, Scenario], ...]:
    """All committed regressions by rule and name, with what they do and not what they expect."""
    return tuple(
        (
            path.relative_to(folder).with_suffix("").as_posix(),
            without_expectations(parse_file(path)),
        )
        for path in sorted(folder.rglob("*.fv"))
    )


def among_regressions(sides: Sides, rules: Sequence[str], folder: Path) -> Found | None:
    """The first regression that diverges; those of the rules come first."""
    named = sorted(regressions(folder), key=lambda one: one[0].split("/")[0] not in rules)
    for name, scenario in named:
        if sides.diverges(scenario):
            return Found(replace(scenario, heading=()), f"the regression {name}")
    return None
