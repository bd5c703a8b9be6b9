"""The comparison of mutators: what it counts as found is a bug's own difference."""

import json
from itertools import islice
from pathlib import Path

import pytest

from fuzz.codec import decode, encode
from fuzz.mutants import MUTANTS
from fuzz.mutator_hunt import CHOSEN, Hunter, Way, differs, hunt, kept_by
from fuzz.oracle import run
from fuzz.parse import parse_file
from fuzz.playback import Answer, Strayed, played_back
from fuzz.rfc_v1_hunt import random_inputs
from fuzz.targets.impl import ImplTarget
from fuzz.targets.registry import find_target
from fuzz.throughput import Stage, seeds, staged

TIE = Path("corpora/regressions/M3")
BUG = "tie-first-wins"


@pytest.mark.parametrize("data", list(islice(random_inputs(2), 15)), ids=range(15))
def test_played_back_the_specification_agrees_as_it_did(data: bytes) -> None:
    scenario = decode(data)
    answers: list[Answer] = []
    outcome = run(scenario, [kept_by(answers), ImplTarget], skip_rejected=True)
    again = run(
        scenario, [lambda settings: played_back("model", answers), ImplTarget], skip_rejected=True
    )
    assert again == outcome


def test_another_question_than_before_is_not_answered() -> None:
    """Otherwise an answer to something else would be compared, and pass for a bug or for none."""
    target = played_back("model", [("spaces", (), ("memory",), None)])
    with pytest.raises(Strayed):
        target.view_serial("memory")
    assert played_back("model", [("spaces", (), ("memory",), None)]).spaces() == ("memory",)
    with pytest.raises(Strayed):
        played_back("model", []).callbacks()


def test_a_bug_differs_from_what_was_kept_and_sound_code_does_not() -> None:
    found = set()
    for path in sorted(TIE.glob("*.fv")):
        scenario = decode(encode(parse_file(path)))
        answers: list[Answer] = []
        run(scenario, [kept_by(answers), ImplTarget], skip_rejected=True)
        assert not differs(scenario, answers, ImplTarget)
        found.add(differs(scenario, answers, find_target(f"mutant:{BUG}")))
    assert True in found


def test_a_bug_is_found_once_and_kept_with_the_execution(tmp_path: Path) -> None:
    hunter = Hunter(ImplTarget, [BUG], tmp_path / "found.json")
    for data in [encode(parse_file(path)) for path in sorted(TIE.glob("*.fv"))] * 2:
        hunter.one_input(data)
    assert not hunter.left
    assert 1 <= hunter.found[BUG] <= hunter.executions // 2
    kept = {"found": hunter.found, "passed_over": 0}
    assert json.loads((tmp_path / "found.json").read_text()) == kept


def test_where_the_implementation_differs_nothing_is_found(tmp_path: Path) -> None:
    """Every bug would differ there, too, and be counted as found."""
    hunter = Hunter(find_target(f"mutant:{BUG}"), [BUG], tmp_path / "found.json")
    for path in sorted(TIE.glob("*.fv")):
        hunter.one_input(encode(parse_file(path)))
    assert hunter.passed_over >= 1
    assert not hunter.found


def test_a_campaign_says_what_it_found_and_covered() -> None:
    """In a process of its own, by libFuzzer: chance alone covers hundreds of edges at once."""
    result = hunt(Way.CHANCE, False, 1, 15, [BUG])
    assert result.edges > 300
    assert result.features >= result.edges
    assert set(result.found) <= {BUG}


def test_a_campaign_that_fails_is_no_result() -> None:
    with pytest.raises(RuntimeError, match="ended with code 1"):
        hunt(Way.CHANCE, False, 1, 5, ["no-such-bug"])


def test_the_chosen_bugs_exist() -> None:
    assert len(set(CHOSEN)) == 20
    assert set(CHOSEN) <= {mutant.name for mutant in MUTANTS}


@pytest.mark.parametrize("stage", Stage)
def test_every_stage_runs_inputs_more_than_once(stage: Stage) -> None:
    """Kept answers must be given again each time, not once."""
    once = staged(stage, ImplTarget)
    for data in seeds()[:3] * 2:
        once(data)


def test_the_harness_alone_asks_no_target(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its time would otherwise be that of the targets as well."""
    once = staged(Stage.HARNESS, ImplTarget)
    data = seeds()[0]
    once(data)
    monkeypatch.setattr(ImplTarget, "apply", None)
    once(data)
