"""Impossible operations are typed errors with a place, in text, bytes and object form alike."""

import random
from dataclasses import fields, replace
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fuzz.codec import RECORD, TABLE, decode
from fuzz.format import format_scenario
from fuzz.operations import AddSubregion, CreateRegion, CreateSpace, Operation, RegionKind
from fuzz.oracle import run
from fuzz.parse import parse
from fuzz.scenario import Scenario, ScenarioError, Step
from fuzz.targets.impl import ImplTarget
from fuzz.targets.interface import Settings
from fuzz.targets.model import ModelTarget

TARGETS = [ModelTarget, ImplTarget]

IMPOSSIBLE = {
    "two containers": ("container a 4\ncontainer b 4\nram c 4\nadd a c at 0\nadd b c at 0\n", 5),
    "a container in itself": ("container a 4\nadd a a at 0\n", 2),
    "a cycle of containers": (
        "container a 4\ncontainer b 4\nadd a b at 0\nadd b a at 0\n",
        4,
    ),
    "an alias of what does not exist": ("alias a 4 of b at 0\n", 1),
    "an alias of itself": ("alias a 4 of a at 0\n", 1),
    "an unknown region": ("add a b at 0\n", 1),
    "an unknown space": ("read memory 0x0 4\n", 1),
    "the same name twice": ("ram a 4\nram a 4\n", 2),
    "a commit without a begin": ("container a 4\ncommit\n", 2),
    "an unknown owner": ("ram a 4\nown a nic\n", 2),
    "an unknown mapping": ("unmap a read 0x0\n", 1),
}


def outcome(scenario: Scenario) -> str:
    """What is said of a scenario that cannot be run."""
    with pytest.raises(ScenarioError) as error:
        run(scenario, TARGETS)
    return str(error.value)


@pytest.mark.parametrize(("text", "line"), IMPOSSIBLE.values(), ids=IMPOSSIBLE)
def test_text_and_objects_are_refused_at_the_operation(text: str, line: int) -> None:
    """Both say which operation it is: by its line, or by its number."""
    scenario = parse(text, "given.fv")
    assert outcome(scenario).startswith(f"given.fv:{line}: ")
    objects = Scenario(Settings(), tuple(Step(step.operation) for step in scenario.steps))
    assert outcome(objects).startswith(f"scenario, step {line}: ")


@given(st.lists(st.integers(0, len(TABLE) - 1), max_size=30), st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_bytes_are_refused_at_the_line_that_the_operation_has_as_text(
    codes: list[int], chance: Any
) -> None:
    """What was decoded runs to its end, or is refused at a line; printed, at the same line."""
    records = [
        RECORD.pack(code, chance.randbytes(6), chance.randrange(128), *two_numbers(chance))
        for code in codes
    ]
    scenario = decode(chance.randbytes(2) + b"".join(records))
    said = []
    for one in (scenario, parse(format_scenario(scenario), "scenario")):
        try:
            run(one, TARGETS)
            said.append(("", 1))
        except ScenarioError as error:
            said.append((str(error), error.line))
    assert said[0] == said[1]
    assert said[0][1] > 0


def two_numbers(chance: Any) -> tuple[int, int]:
    """The two numbers of a record."""
    return chance.getrandbits(64), chance.getrandbits(64)


WRONG = (
    -1,
    1 << 64,
    (1 << 64) - 1,
    1 << 200,
    -(1 << 70),
    None,
    "",
    "two words",
    b"",
    3.5,
    object(),
)
"""No field takes all of these; each field refuses most."""


def valid_operations() -> list[Operation]:
    """One operation of each kind, with values that can be said."""
    chance = random.Random(1)
    found: dict[type, Operation] = {}
    for _ in range(200):
        for step in decode(chance.randbytes(2 + 90 * RECORD.size)).steps:
            found.setdefault(type(step.operation), step.operation)
    assert found.keys() == {one.operation for one in TABLE}
    return list(found.values())


@pytest.mark.parametrize("operation", valid_operations(), ids=lambda one: type(one).__name__)
def test_objects_with_values_that_cannot_be_said_are_refused(operation: Operation) -> None:
    """A negative address, a size of 2^64 - 1, a name of two words: never anything but the error."""
    refused = 0
    for field in fields(operation):
        for wrong in WRONG:
            changed: Any = replace(operation, **{field.name: cast(Any, wrong)})
            said = ""
            try:
                run(Scenario(Settings(), (Step(changed),)), TARGETS)
            except ScenarioError as error:
                said = str(error)
                assert said.startswith("scenario, step 1: ")
            refused += bool(said)
    assert refused >= 5 * len(fields(operation))


def test_sizes_and_addresses_out_of_range_are_named() -> None:
    """The message says which field, and what is wrong with it."""
    region = CreateRegion("a", RegionKind.RAM, (1 << 64) - 1, None, 0)
    assert "size" in outcome(Scenario(Settings(), (Step(region),)))
    root = CreateRegion("a", RegionKind.CONTAINER, 16, None, 0)
    steps = Step(root), Step(CreateSpace("memory", "a")), Step(AddSubregion("a", "b", -4, 0))
    assert outcome(Scenario(Settings(), steps)).startswith("scenario, step 3: addr -4 of add: ")


@pytest.mark.parametrize(
    "given", [Settings(flavour="qemu-1.0"), Settings(page_bits=0), Settings(page_bits=64)]
)
def test_impossible_settings_are_refused(given: Settings) -> None:
    assert outcome(Scenario(given, ())).startswith("scenario: ")
