"""Findings for people: a divergence as text, and the files that keep it."""

import hashlib
from dataclasses import replace
from itertools import zip_longest
from pathlib import Path

from fuzz.files import write_whole
from fuzz.format import format_operation, format_scenario
from fuzz.observation import RangeSeen, format_range
from fuzz.operations import ObserveView
from fuzz.oracle import Difference, Outcome
from fuzz.scenario import Scenario, Step

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
    """The scenario as it is kept: titled, and ending with the view that must follow."""
    difference = outcome.difference
    assert difference is not None
    where = "" if difference.address is None else f" at {difference.address:#x}"
    title = f"{target} differs from {difference.left_name}: {difference.what}{where}"
    steps = scenario.steps[: difference.step + 1]
    if difference.views is not None:
        space = difference.what.removeprefix("view of ")
        steps = (*steps, Step(ObserveView(space), difference.left))
    return replace(scenario, steps=steps, heading=(title,))


def save_divergence(folder: Path, scenario: Scenario, outcome: Outcome, target: str) -> Path:
    """Write a diverging scenario, named by its content; where it was written."""
    text = format_scenario(divergence_scenario(scenario, outcome, target))
    digest = hashlib.sha256(text.encode()).hexdigest()[:12]
    kind = "".join(letter if letter.isalnum() else "-" for letter in target)
    return write_whole(folder / f"{kind}-{digest}.fv", text.encode())


def save_fault(folder: Path, data: bytes, trace: str) -> Path:
    """Write an input at which the harness itself failed, with the traceback beside it."""
    digest = hashlib.sha256(data).hexdigest()[:12]
    write_whole(folder / f"fault-{digest}.bin", data)
    return write_whole(folder / f"fault-{digest}.txt", trace.encode())
