"""Scenarios: short scripts of operations, with the observations that must follow."""

from dataclasses import dataclass, field, replace
from pathlib import Path

from fuzz.operations import Operation
from fuzz.syntax import SYNTAXES
from fuzz.targets.interface import Settings

REJECTED = ("rejected",)
"""Expected of an operation that the topology makes impossible."""

ABORTS = ("aborts",)
"""Expected of an operation at which QEMU would abort; nothing can follow it."""


@dataclass(frozen=True, slots=True)
class Step:
    """An operation, what must follow it (None: nothing is said), and where it was written.

    `comments` are the lines of comment before it. `line` counts from 1; it is 0 for an operation
    that was made by a program, which is checked before it is run.
    """

    operation: Operation
    expected: tuple[str, ...] | None = None
    comments: tuple[str, ...] = ()
    line: int = field(default=0, compare=False)

    @property
    def shows(self) -> bool:
        """Whether the operation shows something that can be expected."""
        return SYNTAXES[type(self.operation)].shows


@dataclass(frozen=True, slots=True)
class Scenario:
    """A script of steps.

    `heading` is its leading comment, of which the first line is its title; `source` names where it
    was read from.
    """

    settings: Settings
    steps: tuple[Step, ...]
    heading: tuple[str, ...] = ()
    source: str = field(default="scenario", compare=False)


def spoken_of(scenario: Scenario, settings: Settings) -> Scenario:
    """The scenario for a machine of other settings: what it expects there, it does not say."""
    if settings == scenario.settings:
        return scenario
    return replace(without_expectations(scenario), settings=settings)


def without_expectations(scenario: Scenario) -> Scenario:
    """The scenario that says of nothing what must follow it."""
    steps = tuple(replace(step, expected=None) for step in scenario.steps)
    return replace(scenario, steps=steps)


class ScenarioError(ValueError):
    """A scenario that cannot be read or run: where, what is wrong, and what to do about it."""

    def __init__(self, path: Path | str, line: int, message: str, column: int = 0) -> None:
        place = ":".join([str(path), *(str(number) for number in (line, column) if number)])
        super().__init__(f"{place}: {message}")
        self.path = path
        self.line = line
        self.column = column
        self.message = message
