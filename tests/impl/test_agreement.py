"""The implementation shows what the specification shows, and the comparison can fail."""

import random
from pathlib import Path

import pytest
from hypothesis import assume, given, settings

from fuzz.codec import HEADER, MOST_CHOICES, RECORD, TABLE, decode
from fuzz.mutants import MUTANTS
from fuzz.oracle import run
from fuzz.parse import parse, parse_file
from fuzz.scenario import Scenario
from fuzz.targets.impl import ImplTarget
from fuzz.targets.interface import TargetFactory
from fuzz.targets.model import ModelTarget
from fuzz.targets.registry import find_target
from fuzz.verdict import Verdict
from tests.strategies import scenarios

REGRESSIONS = sorted(Path("corpora/regressions").rglob("*.fv"))
RANDOM_SCENARIOS = 6000


@given(scenarios())
@settings(max_examples=500)
def test_any_scenario_agrees(scenario: Scenario) -> None:
    outcome = run(scenario, [ModelTarget, ImplTarget], skip_rejected=True)
    assume(outcome.verdict is not Verdict.UNSUPPORTED)  # not checked: another example is drawn
    assert outcome.verdict is Verdict.AGREE, outcome.difference


@pytest.mark.parametrize("path", REGRESSIONS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_every_regression_shows_what_it_expects_on_both_sides(path: Path) -> None:
    scenario = parse_file(path)
    assert scenario.heading, "the first line must say what would go wrong"
    assert any(step.expected for step in scenario.steps), "it expects nothing"
    outcome = run(scenario, [ModelTarget, ImplTarget])
    assert outcome.verdict is Verdict.AGREE, outcome.difference


@pytest.mark.parametrize(("iommus", "verdict"), [(64, Verdict.AGREE), (65, Verdict.UNSUPPORTED)])
def test_both_follow_as_many_iommus_as_they_say(iommus: int, verdict: Verdict) -> None:
    lines = ["ram low 0x1000", "space s0 low"]
    for n in range(iommus):
        lines += [f"iommu i{n} 0x1000", f"space s{n + 1} i{n}"]
        lines.append(f"iommu-map i{n} 0x0 to s{n} 0x0 page-bits 12")
    scenario = parse("\n".join([*lines, f"read s{iommus} 0x0 0x1"]))
    for targets in ([ModelTarget, ImplTarget], [ImplTarget, ModelTarget]):
        assert run(scenario, targets).verdict is verdict


def diverges(factory: TargetFactory, scenario: Scenario, skip_rejected: bool) -> bool:
    verdict = run(scenario, [ModelTarget, factory], skip_rejected).verdict
    return verdict is Verdict.DIVERGE


@pytest.mark.parametrize("mutant", [mutation.name for mutation in MUTANTS])
def test_every_planted_bug_is_seen_by_the_oracle(mutant: str) -> None:
    """A comparison that no bug can fail protects nothing: regressions or chance must find each."""
    factory = find_target(f"mutant:{mutant}")
    if any(diverges(factory, parse_file(path), False) for path in REGRESSIONS):
        return
    chance = random.Random(mutant)
    for _ in range(RANDOM_SCENARIOS):
        records = [
            RECORD.pack(
                chance.randrange(len(TABLE)),
                chance.randbytes(MOST_CHOICES),
                chance.randrange(128),
                chance.getrandbits(64),
                chance.getrandbits(64),
            )
            for _ in range(40)
        ]
        scenario = decode(HEADER.pack(0, chance.randrange(4)) + b"".join(records))
        if diverges(factory, scenario, True):
            return
    pytest.fail(f"nothing tells mutant:{mutant} from the specification")
