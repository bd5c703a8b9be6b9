"""Making what diverges small: fewer operations, then simpler operands, as long as it differs alike.

An operand is simpler if it is left out, names something that was made earlier, or is a smaller or
rounder number, fewer bytes, zeros, or an earlier one of an enumeration's values.
"""

import re
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from fuzz.operands import BadWord, Name, Number, Operand, Size
from fuzz.operations import Operation, PropertyValue
from fuzz.oracle import Outcome
from fuzz.scenario import Scenario, Step
from fuzz.shrink import Small, shrink, without_rejected
from fuzz.signature import Signature, signature_of
from fuzz.simpler_values import simpler_values
from fuzz.syntax import SYNTAXES, check_operation
from fuzz.targets.interface import Settings, TargetFactory

SECONDS = 8.0
"""How long at most a scenario is made smaller: one input may not take the time of a campaign."""

NEAR = 0x10
"""How far numbers may lie apart that are taken to speak of one place."""

MADE_NAME = re.compile(r"[a-z]\d+\Z")
"""The names that decoding makes; those that people gave stay."""


def make_small(
    scenario: Scenario, factories: Sequence[TargetFactory], seconds: float = SECONDS
) -> Small:
    """A small scenario that differs in the same way, and its outcome.

    Time runs out quietly: what is smallest by then is given. Raises ValueError if it agrees.
    """
    deadline = time.monotonic() + seconds
    small = without_rejected(scenario, factories)
    way = signature_of_outcome(*small).way

    def accepts(tried: Scenario, outcome: Outcome) -> bool:
        if time.monotonic() > deadline:
            return False
        return signature_of_outcome(tried, outcome).way == way

    def attempt(tried: Scenario) -> Small | None:
        if time.monotonic() > deadline:
            return None
        try:
            kept = without_rejected(tried, factories)
        except ValueError:
            return None
        return kept if accepts(*kept) else None

    while time.monotonic() < deadline:
        before = small[0]
        small = shrunk(small, factories, accepts)
        small = simpler_settings(small, attempt)
        small = simpler_operands(plainer(small, attempt), attempt)
        if small[0] == before:
            break
    return attempt(renamed(small[0])) or small


def shrunk(
    small: Small,
    factories: Sequence[TargetFactory],
    accepts: Callable[[Scenario, Outcome], bool],
) -> Small:
    """Without the operations that are not needed."""
    try:
        return shrink(small[0], factories, accepts)
    except ValueError:  # the time is over, or it does not always differ
        return small


def signature_of_outcome(scenario: Scenario, outcome: Outcome) -> Signature:
    """The signature of what differs in an outcome that diverges."""
    assert outcome.difference is not None
    return signature_of(scenario, outcome.difference)


def simpler_settings(small: Small, attempt: Callable[[Scenario], Small | None]) -> Small:
    """With each setting as it usually is, if it still differs."""
    for name, usual in Settings._field_defaults.items():
        scenario = small[0]
        if getattr(scenario.settings, name) != usual:
            settings = scenario.settings._replace(**{name: usual})
            small = attempt(replace(scenario, settings=settings)) or small
    return small


def simpler_operands(small: Small, attempt: Callable[[Scenario], Small | None]) -> Small:
    """With each operand as simple as it can be, from the last operation to the first."""
    index = len(small[0].steps) - 1
    while index >= 0:
        length = len(small[0].steps)
        for name in SYNTAXES[type(small[0].steps[index].operation)].operands:
            if len(small[0].steps) == length:
                small = simplest_value(small, index, name, attempt)
        index = min(index, len(small[0].steps)) - 1
    return small


def plainer(small: Small, attempt: Callable[[Scenario], Small | None]) -> Small:
    """With what has to change in several operations at once: options left out, places moved."""
    for name in sorted({name for step in small[0].steps for name in defaults_of(step.operation)}):
        steps = [
            replace(step, operation=replace(step.operation, **{name: defaults[name]}))
            if name in (defaults := defaults_of(step.operation))
            else step
            for step in small[0].steps
        ]
        if tuple(steps) != small[0].steps:
            small = attempt(replace(small[0], steps=tuple(steps))) or small
    return moved_down(small, attempt)


def defaults_of(operation: Operation) -> dict[str, Any]:
    """The values that an operation's operands have where they are left out."""
    return SYNTAXES[type(operation)].defaults


def moved_down(small: Small, attempt: Callable[[Scenario], Small | None]) -> Small:
    """With numbers that lie close together moved down by as much: edges stay where they meet."""
    tried: set[int] = set()
    while True:
        numbers = {number for step in small[0].steps for _, number in numbers_of(step.operation)}
        waiting = [number for number in numbers - tried if number > NEAR]
        if not waiting:
            return small
        number = max(waiting)
        tried.add(number)
        for low in (0, 1 << 12, 1 << 32):
            if low < number - NEAR:
                found = attempt(moved(small[0], number, number - NEAR - low))
                if found is not None:
                    small = found
                    break


def moved(scenario: Scenario, number: int, down: int) -> Scenario:
    """The scenario with all numbers near one so much smaller."""
    steps = []
    for step in scenario.steps:
        values: dict[str, Any] = {
            name: value - down
            for name, value in numbers_of(step.operation)
            if abs(value - number) <= NEAR
        }
        steps.append(replace(step, operation=replace(step.operation, **values)))
    return replace(scenario, steps=tuple(steps))


def numbers_of(operation: Operation) -> Iterator[tuple[str, int]]:
    """The addresses and sizes of an operation, with their names."""
    for name, operand in SYNTAXES[type(operation)].operands.items():
        value = getattr(operation, name)
        numeric = isinstance(operand, Number | Size | PropertyValue)
        if numeric and isinstance(value, int) and not isinstance(value, bool):
            yield name, value


def simplest_value(
    small: Small, index: int, name: str, attempt: Callable[[Scenario], Small | None]
) -> Small:
    """With the first of the simpler values of one operand with which it still differs.

    Then again from there, until none is: each value that is tried is simpler than the last. If
    operations are rejected then, and so left out, others are in their places: that is enough.
    """
    length = len(small[0].steps)
    while len(small[0].steps) == length:
        scenario = small[0]
        for operation in simpler(scenario, index, name):
            found = attempt(with_operation(scenario, index, operation))
            if found is not None:
                small = found
                break
        else:
            return small
    return small


def with_operation(scenario: Scenario, index: int, operation: Operation) -> Scenario:
    """The scenario with another operation in one place."""
    steps = list(scenario.steps)
    steps[index] = replace(steps[index], operation=operation)
    return replace(scenario, steps=tuple(steps))


def simpler(scenario: Scenario, index: int, name: str) -> Iterator[Operation]:
    """The operation with simpler values of one operand, simplest first."""
    operation = scenario.steps[index].operation
    syntax = SYNTAXES[type(operation)]
    operand: Operand = syntax.operands[name]
    value = getattr(operation, name)
    if isinstance(operand, PropertyValue):
        operand = getattr(operation, "property").operand  # noqa: B009
    if name in syntax.defaults and value == syntax.defaults[name]:
        return
    values = list(simpler_values(operand, value, names_before(scenario, index)))
    if name in syntax.defaults:
        values.insert(0, syntax.defaults[name])
    for one in values:
        changed = replace(operation, **{name: one})
        try:
            check_operation(changed)
        except BadWord:
            continue
        yield changed


def names_before(scenario: Scenario, index: int) -> dict[str, list[str]]:
    """What operations before one name, by kind, in order."""
    found: dict[str, list[str]] = {}
    for step in scenario.steps[:index]:
        for name, operand in SYNTAXES[type(step.operation)].operands.items():
            if isinstance(operand, Name) and operand.new:
                found.setdefault(operand.what, []).append(getattr(step.operation, name))
    return found


def renamed(scenario: Scenario) -> Scenario:
    """The scenario with made names counted anew from 0, for each kind in order of creation."""
    names = names_before(scenario, len(scenario.steps))
    new = {
        (what, old): f"{what[0]}{number}"
        for what, olds in names.items()
        if all(map(MADE_NAME.match, olds)) and len(set(olds)) == len(olds)
        for number, old in enumerate(olds)
    }
    return replace(scenario, steps=tuple(renamed_step(step, new) for step in scenario.steps))


def renamed_step(step: Step, new: Mapping[tuple[str, str], str]) -> Step:
    """A step with other names."""
    operation = step.operation
    values = {
        name: new.get((operand.what, getattr(operation, name)), getattr(operation, name))
        for name, operand in SYNTAXES[type(operation)].operands.items()
        if isinstance(operand, Name)
    }
    return replace(step, operation=replace(operation, **values)) if values else step
