"""Harnesses: what they make of bytes, and that each finds the bugs that it is for."""

import random
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fuzz.codec import HEADER, MOST_STEPS, RECORD, TABLE, CodecError, decode, encode
from fuzz.harnesses.interface import Harness
from fuzz.harnesses.registry import DEFAULT, HARNESSES, UnknownHarness, find_harness
from fuzz.kinds import kind_of
from fuzz.operations import Commit
from fuzz.oracle import run
from fuzz.parse import parse_file
from fuzz.scenario import Scenario
from fuzz.syntax import SYNTAXES
from fuzz.targets.interface import TargetFactory
from fuzz.targets.model import MOST_VISITS, ModelTarget
from fuzz.targets.registry import find_target
from fuzz.verdict import Verdict
from tests.strategies import headers, records

ALL = list(HARNESSES.values())
inputs = st.builds(
    lambda header, body, rest: header + b"".join(body) + rest,
    headers,
    st.lists(records, max_size=12),
    st.binary(max_size=3),
)


@pytest.mark.parametrize("harness", ALL, ids=lambda one: one.name)
@given(data=inputs)
def test_what_a_harness_makes_of_bytes_means_the_same_in_every_harness_that_has_it(
    harness: Harness, data: bytes
) -> None:
    adapted = harness.adapted(data)
    assert len(adapted) == len(data)
    assert harness.adapted(adapted) == adapted
    assert HARNESSES[DEFAULT].decode(adapted) == harness.decode(data) == decode(adapted)


@pytest.mark.parametrize("harness", ALL, ids=lambda one: one.name)
@given(data=inputs)
def test_a_harness_decodes_to_its_own_operations_alone(harness: Harness, data: bytes) -> None:
    steps = harness.decode(data).steps
    assert {type(step.operation) for step in steps} <= {*harness.operations, Commit}
    assert {kind_of(step.operation) for step in steps} <= set(harness.kinds)


@pytest.mark.parametrize("harness", ALL, ids=lambda one: one.name)
def test_a_harness_keeps_the_codes_of_its_operations_and_has_them_all(harness: Harness) -> None:
    for code, other in enumerate(harness.codes):
        if TABLE[code % len(TABLE)].operation in harness.operations:
            assert other == code
    reached = {TABLE[code % len(TABLE)].operation for code in harness.codes}
    assert reached == set(harness.operations)


def test_everything_is_the_byte_form_as_it_is() -> None:
    assert HARNESSES[DEFAULT].codes == bytes(range(256))


def test_every_operation_is_in_a_harness_of_its_rule_group() -> None:
    grouped = {one for name, two in HARNESSES.items() if name != DEFAULT for one in two.operations}
    assert grouped == set(SYNTAXES)


@pytest.mark.parametrize(
    ("harness", "least"),
    [("topology", 40), ("access", 130), ("listeners", 80), ("lifecycle", 70), ("everything", 240)],
)
def test_regressions_of_a_harness_are_its_seeds_and_others_are_not(
    harness: str, least: int
) -> None:
    made = 0
    for path in Path("corpora/regressions").rglob("*.fv"):
        scenario = parse_file(path)
        own = {type(one.operation) for one in scenario.steps} <= set(
            find_harness(harness).operations
        )
        try:
            data = find_harness(harness).seed(scenario)
        except CodecError:
            continue
        assert own, f"{path} has operations of others"
        assert find_harness(harness).decode(data) == decode(encode(scenario))
        made += 1
    assert made >= least


def test_an_unknown_harness_is_an_error_that_names_those_there_are() -> None:
    with pytest.raises(UnknownHarness, match="topology, access, listeners"):
        find_harness("memory")


def by_chance(harness: Harness, seed: int) -> Iterator[Scenario]:
    """Scenarios of a harness, as random bytes give them."""
    chance = random.Random(seed)
    while True:
        yield harness.decode(chance.randbytes(HEADER.size + RECORD.size * MOST_STEPS))


@pytest.mark.parametrize(
    ("harness", "bug"),
    [
        ("topology", "tie-first-wins"),
        ("topology", "root-child-at-any-address"),
        ("topology", "page-divided-once-for-each-range"),
        ("topology", "find-in-any-space"),
        ("access", "rom-is-written"),
        ("access", "rom-devices-are-not-denied"),
        ("access", "guest-hole-is-in-range"),
        ("access", "holes-are-not-mapped"),
        ("listeners", "deletes-forwards"),
        ("listeners", "registration-without-dirty-masks"),
        ("listeners", "ioeventfd-at-its-offset"),
        ("lifecycle", "published-view-is-not-counted"),
        ("lifecycle", "grace-period-does-not-wait"),
        ("lifecycle", "reader-keeps-its-mark-outside"),
    ],
)
def test_a_harness_finds_planted_bugs_of_its_rule_group(harness: str, bug: str) -> None:
    """By chance alone, so that this is quick and does not depend on what coverage leads to."""
    factories: list[TargetFactory] = [
        partial(ModelTarget, max_visits=MOST_VISITS),
        find_target(f"mutant:{bug}"),
    ]
    for executions, scenario in enumerate(by_chance(find_harness(harness), seed=1)):
        if run(scenario, factories, skip_rejected=True).verdict is Verdict.DIVERGE:
            return
        assert executions < 1000, f"{bug} is not found"
