"""The byte form of scenarios: total, stable, and the inverse of the objects."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fuzz.codec import MOST_STEPS, CodecError, decode, encode
from fuzz.codec_state import MOST
from fuzz.operations import (
    Begin,
    Commit,
    CreateRegion,
    CreateSpace,
    ObserveView,
    Operation,
    RegionKind,
)
from fuzz.parse import parse_file
from fuzz.scenario import Scenario, Step
from fuzz.targets.interface import Settings
from tests.strategies import scenarios

REGRESSIONS = sorted(Path("corpora/regressions").rglob("*.fv"))


def of(*operations: Operation) -> Scenario:
    return Scenario(Settings(), tuple(Step(operation) for operation in operations))


@given(st.binary(max_size=3000))
def test_every_byte_string_decodes_and_comes_back(data: bytes) -> None:
    """A fuzzer's input is never wasted, and what is saved is what ran."""
    scenario = decode(data)
    assert decode(encode(scenario)) == scenario


@given(scenarios(most_steps=MOST_STEPS))
def test_encoding_is_the_inverse_of_decoding(scenario: Scenario) -> None:
    assert decode(encode(scenario)) == scenario


def test_regressions_have_a_byte_form_that_keeps_their_operations() -> None:
    """Seeds for the fuzzer: each either encodes to as many operations, or says why not."""
    encoded = 0
    for path in REGRESSIONS:
        scenario = parse_file(path)
        try:
            data = encode(scenario)
        except CodecError:
            continue
        decoded = decode(data)
        kinds = [type(step.operation) for step in scenario.steps]
        assert [type(step.operation) for step in decoded.steps][: len(kinds)] == kinds
        encoded += 1
    assert encoded >= 30


def test_a_scenario_left_in_a_transaction_comes_back_closed() -> None:
    assert decode(encode(of(Begin()))) == of(Begin(), Commit())


@pytest.mark.parametrize(
    ("scenario", "message"),
    [
        (of(Commit()), "without begin"),
        (of(CreateSpace("memory", "system")), "before it is created"),
        (of(ObserveView("memory")), "before it is created"),
        (of(*[CreateRegion("ram", RegionKind.RAM, 1)] * 2), "twice"),
        (
            of(*[CreateRegion(f"r{n}", RegionKind.RAM, 1) for n in range(MOST["region"] + 1)]),
            "one too many",
        ),
        (of(*[Begin()] * (MOST_STEPS + 1)), "at most"),
    ],
)
def test_what_has_no_byte_form_is_a_typed_error(scenario: Scenario, message: str) -> None:
    with pytest.raises(CodecError, match=message):
        encode(scenario)
