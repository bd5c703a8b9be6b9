"""Findings for people: a divergence as text, and the files that keep it."""

from dataclasses import replace
from itertools import zip_longest
from pathlib import Path

from fuzz.comparison import NO_CRASH, Difference, perform
from fuzz.files import content_name, write_whole
from fuzz.finding_words import in_words
from fuzz.format import format_operation, format_scenario
from fuzz.observation import RangeSeen, format_range
from fuzz.operations import ObserveLookup, ObserveSections, ObserveView
from fuzz.operations_lifecycle import ObserveLifecycle
from fuzz.oracle import Outcome
from fuzz.scenario import ABORTS, REJECTED, Scenario, Step
from fuzz.signature import LIVES, RESULT, Signature, signature_of
from fuzz.targets.interface import Lines, Unsupported
from fuzz.targets.model import ModelTarget
from fuzz.watching import watching

HERE = ">"
"""Marks the lines of two tables that differ."""


def describe_difference(scenario: Scenario, difference: Difference) -> str:
    """Where two sides differ: the operation, both tables side by side, the first address."""
    operation = format_operation(scenario.steps[difference.step].operation)
    heading = [f"{difference.what} differs after step {difference.step + 1}: {operation}"]
    if difference.address is not None:
        heading.append(f"first differing address: {difference.address:#018x}")
    table = side_by_side(
        difference.left_name, difference.left, difference.right_name, difference.right
    )
    if difference.address is not None and difference.views is not None:
        for name, view in zip(
            (difference.left_name, difference.right_name), difference.views, strict=True
        ):
            there = at_address(view.ranges, difference.address)
            heading.append(f"  {name} has there: {there}")
    return "\n".join([*heading, "", *table])


def describe_step(scenario: Scenario, step: Step) -> str:
    """Where a step stands in its source, and what it says."""
    where = f"{scenario.source}:{step.line}" if step.line else scenario.source
    return f"{where}: {format_operation(step.operation)}"


def at_address(ranges: tuple[RangeSeen, ...], address: int) -> str:
    """The range that answers at an address, as text."""
    for one in ranges:
        if one.start <= address < one.start + one.size:
            return format_range(one)
    return "nothing"


def side_by_side(
    left_name: str, left: tuple[str, ...], right_name: str, right: tuple[str, ...]
) -> list[str]:
    """Two columns of lines; those that differ are marked."""
    width = max(len(left_name), *map(len, left), 0) if left else len(left_name)
    lines = [f"  {left_name:<{width}} | {right_name}", f"  {'-' * width}-+-{'-' * width}"]
    for one, other in zip_longest(left, right, fillvalue=""):
        mark = " " if one == other else HERE
        lines.append(f"{mark} {one:<{width}} | {other}".rstrip())
    return lines


def divergence_scenario(scenario: Scenario, outcome: Outcome, target: str) -> Scenario:
    """The scenario as it is kept: it begins with what goes wrong, and ends with what must follow.

    So it is a regression as soon as the target is mended.
    """
    difference = outcome.difference
    assert difference is not None
    steps = scenario.steps[: difference.step + 1]
    last, what = steps[-1], difference.what
    space = what.rsplit(" ", 1)[-1]
    if difference.views is not None:
        steps = (*steps, Step(ObserveView(space), difference.left))
    elif what.startswith("sections of ") and difference.left != NO_CRASH:
        steps = (*steps, Step(ObserveSections(space), difference.left))
    elif what.startswith("lookup of "):
        address = int(what.split()[2], 16)
        steps = (*steps, Step(ObserveLookup(space, address), difference.left))
    elif what == LIVES and difference.left != NO_CRASH:
        steps = (*steps, Step(ObserveLifecycle(), difference.left))
    elif what == format_operation(last.operation) and can_expect(last, difference.left):
        steps = (*steps[:-1], replace(last, expected=difference.left))
    return replace(scenario, steps=steps, heading=heading_of(scenario, difference, target))


def can_expect(step: Step, lines: Lines) -> bool:
    """Whether a scenario can say that lines must follow a step."""
    return lines in (REJECTED, ABORTS) or (step.shows and bool(lines) and lines != NO_CRASH)


def heading_of(scenario: Scenario, difference: Difference, target: str) -> tuple[str, ...]:
    """The comment that a finding begins with: in words, then as others are told from it."""
    signature = signature_of(scenario, difference)
    likely = likely_rules(scenario, difference.step, signature)
    rules = (f"Rules: {', '.join(likely)}.",) if likely else ()
    told = str(signature._replace(rules=()))
    return (in_words(scenario, difference, target), f"Signature: {told}", *rules)


def likely_rules(scenario: Scenario, step: int, signature: Signature) -> tuple[str, ...]:
    """The rules of a signature; of a result, those that the operation goes by there."""
    if signature.what != RESULT:
        return signature.rules
    target = ModelTarget(scenario.settings)
    try:
        for before in scenario.steps[:step]:
            perform(target, before.operation)
        with watching() as reached:
            perform(target, scenario.steps[step].operation)
    except Unsupported:
        return signature.rules
    return tuple(rule for rule in signature.rules if rule in reached) or signature.rules


def save_divergence(folder: Path, scenario: Scenario, outcome: Outcome, target: str) -> Path:
    """Write a diverging scenario, named by its content; where it was written."""
    text = format_scenario(divergence_scenario(scenario, outcome, target))
    kind = "".join(letter if letter.isalnum() else "-" for letter in target)
    return write_whole(folder / f"{kind}-{content_name(text.encode())}.fv", text.encode())


def save_fault(folder: Path, data: bytes, trace: str) -> Path:
    """Write an input at which the harness itself failed, with the traceback beside it."""
    name = f"fault-{content_name(data)}"
    write_whole(folder / f"{name}.bin", data)
    return write_whole(folder / f"{name}.txt", trace.encode())
