"""Can Hypothesis still find what is hard to find? Its machine agrees, and finds planted bugs."""

from pathlib import Path

import pytest
from hypothesis import Phase, find, given, settings
from hypothesis.errors import NoSuchExample
from hypothesis.stateful import run_state_machine_as_test

from fuzz.format import format_scenario
from fuzz.operations import AddSubregion, CreateRegion, DelSubregion, ObserveView
from fuzz.oracle import run
from fuzz.parse import parse
from fuzz.replaying import replay_scenarios
from fuzz.scenario import Scenario
from fuzz.targets.impl import ImplTarget
from fuzz.targets.interface import TargetFactory
from fuzz.targets.registry import find_target
from fuzz.verdict import Verdict
from tests.profiles import DEFAULT, PROFILES, VARIABLE, UnknownProfile, load_profile
from tests.side_by_side import AS_TEXT, Diverged, bounded_model
from tests.state_machine import MemoryMachine
from tests.strategies import sensible_scenarios

BOTH: list[TargetFactory] = [bounded_model, ImplTarget]

TestMemory = MemoryMachine.TestCase


@given(sensible_scenarios())
def test_sensible_scenarios_agree(scenario: Scenario) -> None:
    outcome = run(scenario, BOTH, skip_rejected=True)
    assert outcome.verdict is not Verdict.DIVERGE, format_scenario(scenario)


@given(sensible_scenarios())
def test_sensible_scenarios_can_be_written_and_read(scenario: Scenario) -> None:
    assert parse(format_scenario(scenario)) == scenario


def test_few_operations_of_sensible_scenarios_are_rejected() -> None:
    done = kept = 0

    @settings(PROFILES["ci"], max_examples=60, database=None)
    @given(sensible_scenarios())
    def count(scenario: Scenario) -> None:
        nonlocal done, kept
        outcome = run(scenario, BOTH, skip_rejected=True)
        kept += len(outcome.kept)
        done += len(scenario.steps)

    count()
    assert kept > 0.7 * done


# --- Planted bugs --------------------------------------------------------------------------------

PLANTED = (
    "tie-first-wins",
    "alias-keeps-its-targets-address",
    "moved-region-keeps-its-place",
    "equal-listeners-last-first",
    "publishes-between-the-passes",
    "deletes-forwards",
    "a-resized-range-stays",
    "an-error-ends-the-read",
    "write-to-ram-marks-nothing",
    "begin-for-each-space",
)
"""Bugs that the profile for every change finds; most others need more examples."""


def machine_on(target: TargetFactory) -> type[MemoryMachine]:
    """The machine, on the specification and another target."""

    class OnTarget(MemoryMachine):
        factories = (bounded_model, target)

    return OnTarget


def failure_of(target: TargetFactory, *phases: Phase) -> Diverged:
    """What the machine ends with, if it only looks, or also shrinks."""
    chosen = settings(PROFILES["ci"], database=None, phases=phases)
    with pytest.raises(Diverged) as caught:
        run_state_machine_as_test(machine_on(target), settings=chosen)
    return caught.value


@pytest.mark.parametrize("name", PLANTED)
def test_the_machine_finds_a_planted_bug_and_prints_the_scenario(name: str, tmp_path: Path) -> None:
    target = find_target(f"mutant:{name}")
    printed = str(failure_of(target, Phase.generate)).partition(AS_TEXT)[2]
    pasted = tmp_path / "pasted.fv"
    pasted.write_text(printed)
    on_mutant, on_sound = (
        next(iter(replay_scenarios([pasted], [bounded_model, one]))) for one in (target, ImplTarget)
    )
    assert on_mutant.verdict is Verdict.DIVERGE
    assert on_sound.verdict is Verdict.AGREE


def test_what_fails_shrinks_to_what_a_person_would_write() -> None:
    factories = [bounded_model, find_target("mutant:tie-first-wins")]
    small = find(
        sensible_scenarios(12, (CreateRegion, AddSubregion, DelSubregion, ObserveView)),
        lambda scenario: run(scenario, factories, skip_rejected=True).verdict is Verdict.DIVERGE,
        settings=settings(PROFILES["ci"], max_examples=500, database=None),
    )
    assert len(small.steps) <= 10, format_scenario(small)


def test_what_nobody_planted_is_not_found() -> None:
    with pytest.raises(NoSuchExample):
        find(
            sensible_scenarios(),
            lambda scenario: run(scenario, BOTH, skip_rejected=True).verdict is Verdict.DIVERGE,
            settings=settings(PROFILES["ci"], max_examples=30, database=None),
        )


# --- Profiles ------------------------------------------------------------------------------------


def test_the_profile_is_that_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    before = settings.get_current_profile_name()
    try:
        monkeypatch.delenv(VARIABLE, raising=False)
        assert load_profile() == DEFAULT
        assert settings().derandomize
        monkeypatch.setenv(VARIABLE, "nightly")
        assert load_profile() == "nightly"
        assert settings().max_examples == 2000
    finally:
        settings.load_profile(before)


def test_an_unknown_profile_is_an_error_that_names_those_there_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(VARIABLE, "weekly")
    with pytest.raises(UnknownProfile, match="ci, nightly"):
        load_profile()
