"""What a difference in a tiny world is made into: a scenario that others can replay, if it can be.

A scenario is about 2^64 addresses. The same operations are run there, with the size of the tiny
address space become the large one's; the upper half of the addresses stays where it is, or goes to
the upper end. If they differ there too, the scenario is kept like any other finding.
"""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import NamedTuple

from fuzz.findings import describe_difference, save_divergence
from fuzz.format import format_scenario
from fuzz.mutation import Mutation, load_variant
from fuzz.operations import AddSubregion, CreateRegion, Operation, Property, SetProperty
from fuzz.oracle import run
from fuzz.scenario import Scenario, Step
from fuzz.small_scope_pair import Differs, Pair
from fuzz.small_scope_search import Finding
from fuzz.small_scope_world import ADDRESS_SPACE_SIZE, World, factories, name_of
from fuzz.targets.impl import ImplTarget
from fuzz.targets.model import ModelTarget
from fuzz.verdict import Verdict


class Confirmed(NamedTuple):
    """A finding that was run again from its beginning: what to show of it, and where it is kept.

    It does not differ again if going back and forth in the search has made the difference: that is
    the harness's fault.
    """

    differs: bool
    text: str
    saved: Path | None = None


def confirm(finding: Finding, folder: Path, mutation: Mutation | None = None) -> Confirmed:
    """Run a finding again, and keep it as a scenario if it can be. Raises OSError."""
    again = differs_again(finding, mutation)
    if again is None:
        return Confirmed(False, "it does not differ when run from its beginning")
    scenario = scenario_of(finding.world, finding.operations)
    outcome = run(scenario, factories(finding.world, mutation), skip_rejected=True)
    shown = [f"{again.what}:", f"  model: {again.expected}", f"  other: {again.shown}"]
    if outcome.difference is not None:
        shown = [describe_difference(scenario, outcome.difference)]
    text = "\n".join([*shown, "", format_scenario(scenario)])
    return Confirmed(True, text, saved(finding, folder, mutation))


def differs_again(finding: Finding, mutation: Mutation | None) -> Differs | None:
    """The difference that the operations make when nothing is ever taken back."""
    pair = Pair(finding.world, mutation)
    try:
        for operation in finding.operations:
            pair.apply(operation)
    except Differs as error:
        return error
    return None


def saved(finding: Finding, folder: Path, mutation: Mutation | None) -> Path | None:
    """Where the finding is kept as a scenario of 2^64 addresses; None if none of them differs."""
    name = name_of(mutation)
    target = partial(ImplTarget, package=load_variant("impl", mutation), name=name)
    for operations in in_large(finding.world, finding.operations):
        tried = run(scenario_of(finding.world, operations), [ModelTarget, target], True)
        scenario = scenario_of(finding.world, tuple(operations[index] for index in tried.kept))
        outcome = run(scenario, [ModelTarget, target], skip_rejected=True)
        if outcome.verdict is Verdict.DIVERGE:
            return save_divergence(folder, scenario, outcome, name)
    return None


def scenario_of(world: World, operations: tuple[Operation, ...]) -> Scenario:
    """Operations as a scenario, of a world whose pages are as small."""
    return Scenario(world.settings, tuple(map(Step, operations)))


def in_large(world: World, operations: tuple[Operation, ...]) -> Iterator[tuple[Operation, ...]]:
    """The operations in an address space of 2^64 bytes, in two ways."""
    for goes_up in (False, True):
        yield tuple(large(world, operation, goes_up) for operation in operations)


def large(world: World, operation: Operation, goes_up: bool) -> Operation:
    """One operation there."""

    def address(number: int) -> int:
        up = goes_up and number >= world.half
        return number - world.top + ADDRESS_SPACE_SIZE if up else number

    def size(number: int) -> int:
        return number - world.top + ADDRESS_SPACE_SIZE if number >= world.top - 1 else number

    match operation:
        case CreateRegion():
            offset = address(operation.alias_offset)
            return replace(operation, size=size(operation.size), alias_offset=offset)
        case AddSubregion():
            return replace(operation, addr=address(operation.addr))
        case SetProperty(_, Property.SIZE, value):
            return replace(operation, value=size(value))
        case SetProperty(_, Property.ADDRESS | Property.ALIAS_OFFSET, value):
            return replace(operation, value=address(value))
    return operation
