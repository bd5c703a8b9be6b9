"""Whole campaigns, in their own process: what they find, and how they end."""

import os
from pathlib import Path
from typing import Any, ClassVar

import pytest

import fuzz.statistics
from fuzz.campaign import Campaign, CampaignResult, judge, run_campaign
from fuzz.harness import Fuzzer
from fuzz.harnesses.registry import find_harness
from fuzz.judging import Judge
from fuzz.oracle import run
from fuzz.parse import parse_file
from fuzz.shrink import shrink
from fuzz.targets.impl import ImplTarget
from fuzz.targets.interface import Faulted, Settings, Unsupported
from fuzz.targets.model import ModelTarget
from fuzz.targets.registry import UnknownTarget, find_target
from fuzz.verdict import Verdict


def broken_factory(settings: Settings) -> Any:
    """A third party's target that cannot even be made: a fault of the harness's surroundings."""
    raise RuntimeError("cannot be made")


def faulting_factory(settings: Settings) -> Any:
    """A target that can never be asked anything."""
    raise Faulted("it is gone")


LEAKED = 1 << 18


class Leaking(ImplTarget):
    """A target of which much is left behind each time."""

    left_behind: ClassVar[list[bytes]] = []

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.left_behind.append(os.urandom(LEAKED))


def missing_factory(settings: Settings) -> Any:
    """A target that needs what is not installed."""
    raise Unsupported("install it")


def campaign(target: str, seconds: float, findings: Path, seeds: Path | None) -> CampaignResult:
    *_, last = run_campaign(Campaign(target, seconds, findings, (seeds,) if seeds else ()))
    assert isinstance(last, CampaignResult)
    return last


def test_a_planted_bug_is_found_saved_and_found_again_by_replaying(tmp_path: Path) -> None:
    name = "mutant:child-overhangs-its-container"
    result = campaign(name, 60, tmp_path, seeds=None)
    assert result.verdict is Verdict.DIVERGE
    assert result.saved is not None
    assert result.counts["instrumented"] > 0
    scenario = parse_file(result.saved)
    assert len(scenario.steps) <= 12, "a shrunk scenario has few operations"
    assert run(scenario, [ModelTarget, find_target(name)]).verdict is Verdict.DIVERGE
    assert run(scenario, [ModelTarget, ImplTarget]).verdict is Verdict.AGREE


def test_a_campaign_that_keeps_going_collects_findings_that_differ_in_different_ways(
    tmp_path: Path,
) -> None:
    name = "mutant:child-overhangs-its-container"
    *_, last = run_campaign(Campaign(name, 8, tmp_path, harness="topology", keep_going=True))
    assert isinstance(last, CampaignResult)
    assert last.verdict is Verdict.DIVERGE
    assert len(last.findings) >= 2
    assert len({one.signature for one in last.findings}) == len(last.findings)
    assert sum(one.times for one in last.findings) > len(last.findings), "duplicates are counted"
    assert {one.saved for one in last.findings} == set(tmp_path.glob("*.fv"))
    for one in last.findings:
        scenario = parse_file(one.saved)
        assert run(scenario, [ModelTarget, find_target(name)]).verdict is Verdict.DIVERGE


def test_the_regressions_are_seeds_that_find_what_they_were_written_for(tmp_path: Path) -> None:
    seeds = Path("corpora/regressions")
    result = campaign("mutant:merge-unmergeable", 30, tmp_path, seeds)
    assert result.verdict is Verdict.DIVERGE
    assert result.counts["seeds"] >= 30


def test_a_burst_on_the_implementation_agrees_and_says_how_much_it_compared(tmp_path: Path) -> None:
    result = campaign("impl", 3, tmp_path, seeds=None)
    assert result.verdict is Verdict.AGREE
    assert result.counts["compared"] > 1000
    assert result.counts["without_comparison"] < result.counts["executions"] / 2
    assert result.statistics["executions"] == result.counts["executions"]
    assert any("too short to judge" in note for note in result.notes)
    assert list(tmp_path.iterdir()) == []


def test_inputs_are_as_short_as_they_are_asked_to_be(tmp_path: Path) -> None:
    *_, last = run_campaign(
        Campaign("impl", 3, tmp_path, (Path("corpora/regressions/T2"),), most_operations=4)
    )
    assert isinstance(last, CampaignResult)
    counts = last.counts
    operations = counts["operations"] + counts["rejected"]
    assert operations / counts["executions"] <= 8, "four, and what closes transactions"
    assert operations / counts["executions"] > 1


def test_what_a_target_leaks_shows_in_the_memory_that_is_reported(tmp_path: Path) -> None:
    leaking, sound = (
        campaign(target, 3, tmp_path, seeds=None) for target in (f"{__name__}:Leaking", "impl")
    )
    assert leaking.verdict is sound.verdict is Verdict.AGREE
    leaked = leaking.counts["executions"] * LEAKED / (1 << 20)
    assert leaking.counts["memory_mib"] - sound.counts["memory_mib"] > leaked / 2


def test_memory_that_grows_is_noted_in_the_result(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    harness = Judge(find_harness("topology"), ImplTarget, "impl", tmp_path)
    with open(os.devnull, "rb") as nowhere:
        fuzzer = Fuzzer(harness, 1, os.dup(nowhere.fileno()), keep_going=False)
    harness.statistics.executions, harness.statistics.memory_mib = 2_000, {1_000: 70.0}
    monkeypatch.setattr(fuzz.statistics, "resident_mib", lambda: 71.0)
    assert fuzzer.inputs()["growth"] == ""
    monkeypatch.setattr(fuzz.statistics, "resident_mib", lambda: 140.0)
    last = {"end": "time", "compared": 1, **fuzzer.inputs()}
    result = judge(Campaign("impl", 1, tmp_path), last, 0, tmp_path / "log")
    assert "memory grows: 70 MiB after 1,000 executions, 140 MiB after 2,000" in result.notes


def test_a_harness_that_fails_is_a_fault_with_its_traceback_saved(tmp_path: Path) -> None:
    result = campaign(f"{__name__}:broken_factory", 5, tmp_path, seeds=None)
    assert result.verdict is Verdict.FAULT
    assert result.saved is not None
    assert "cannot be made" in result.saved.read_text()


def test_a_target_that_cannot_be_asked_is_a_fault_and_no_agreement(tmp_path: Path) -> None:
    result = campaign(f"{__name__}:faulting_factory", 5, tmp_path, seeds=None)
    assert result.verdict is Verdict.FAULT
    assert result.saved is not None
    assert "it is gone" in result.saved.read_text()


def test_a_target_that_is_not_there_is_inconclusive_and_says_why(tmp_path: Path) -> None:
    result = campaign(f"{__name__}:missing_factory", 2, tmp_path, seeds=None)
    assert result.verdict is Verdict.INCONCLUSIVE
    assert "install it" in result.reason


@pytest.mark.parametrize(
    "name",
    ["nothing", "mutant:nothing", "no.such.module:f", "fuzz.verdict:nothing", "json:__name__"],
)
def test_an_unknown_target_is_an_error_before_anything_starts(name: str, tmp_path: Path) -> None:
    with pytest.raises(UnknownTarget):
        next(run_campaign(Campaign(name, 1, tmp_path / "never")))
    assert not (tmp_path / "never").exists()


def test_shrinking_keeps_what_the_difference_needs_and_drops_the_rest() -> None:
    scenario = parse_file(Path("corpora/regressions/M4/tie-after-set_address.fv"))
    factories = [ModelTarget, find_target("mutant:moved-region-keeps-its-place")]
    small, outcome = shrink(scenario, factories)
    assert outcome.verdict is Verdict.DIVERGE
    for index in range(len(small.steps)):
        steps = small.steps[:index] + small.steps[index + 1 :]
        shorter = type(small)(small.settings, steps)
        verdict = run(shorter, factories, skip_rejected=True).verdict
        assert verdict is not Verdict.DIVERGE, f"step {index + 1} is not needed"


def test_a_scenario_that_agrees_cannot_be_shrunk() -> None:
    scenario = parse_file(Path("corpora/regressions/M4/tie-after-set_address.fv"))
    with pytest.raises(ValueError, match="does not diverge"):
        shrink(scenario, [ModelTarget, ImplTarget])
