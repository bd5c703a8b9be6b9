"""`flatview corpus`: that the committed seeds are good, exit codes, JSON, and one-line errors."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from cli import corpus
from cli.fuzz import starts
from cli.main import commands
from cli.output import UsageFault
from fuzz.harnesses.registry import HARNESSES
from tests.cli.test_commands import ROOT, flatview
from tests.seeds import OVERLAP, loaded, put, with_bug

MOST_SEEDS = 200
MOST_BYTES = 300_000


@pytest.fixture
def loaded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The instrumented copies of a test before, as loading them takes seconds."""
    monkeypatch.setattr(corpus, "Coverage", loaded)


def invoke(*arguments: str | Path) -> Result:
    done = CliRunner().invoke(commands, ["corpus", *map(str, arguments)], standalone_mode=False)
    if done.exception is not None and not isinstance(done.exception, UsageFault):
        raise done.exception
    return done


def test_the_committed_seeds_are_good_and_needed_and_few(tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    done = flatview("corpus", "check", "--json", report)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stderr == "", "piped output must be quiet"
    assert "\x1b" not in done.stdout
    folders = json.loads(report.read_text())["folders"]
    assert [one["harness"] for one in folders] == list(HARNESSES)
    assert all(seed["own_edges"] > 0 for one in folders for seed in one["seeds"])
    files = list((ROOT / "corpora" / "seeds").rglob("*.fv"))
    assert len(files) <= MOST_SEEDS
    assert sum(one.stat().st_size for one in files) <= MOST_BYTES


def test_campaigns_begin_with_the_regressions_and_the_seeds_of_their_harness_and_its_parts(
    tmp_path: Path,
) -> None:
    assert starts(tmp_path, "access") == ()
    for folder in ("regressions", "seeds/access", "seeds/topology", "seeds/listeners"):
        (tmp_path / folder).mkdir(parents=True)
    seeds = tmp_path / "seeds"
    regressions = tmp_path / "regressions"
    assert starts(tmp_path, "topology") == (regressions, seeds / "topology")
    assert starts(tmp_path, "access") == (regressions, seeds / "topology", seeds / "access")
    assert set(starts(tmp_path, "everything")) == {regressions, *seeds.iterdir()}


@pytest.mark.usefixtures("loaded_once")
def test_inputs_are_minimised_into_a_folder_that_is_then_good(tmp_path: Path) -> None:
    out, report = tmp_path / "topology", tmp_path / "report.json"
    source = ROOT / "corpora" / "regressions" / "M4"
    before = {path: path.read_bytes() for path in source.iterdir()}
    arguments: list[str | Path] = ["--harness", "topology", "--out", out, "--json", report]
    done = invoke("minimise", source, *arguments, "--by-chance", "2")
    assert done.return_value == 0, done.output
    assert {path: path.read_bytes() for path in source.iterdir()} == before
    result = json.loads(report.read_text())
    assert result["seeds"] == len(list(out.iterdir())) <= result["inputs"]
    checked = invoke("check", out)
    assert checked.return_value == 0, checked.output
    assert f"{result['seeds']} of {result['seeds']} seeds are good" in checked.output
    again = invoke("minimise", out, *arguments)
    assert again.return_value == 0
    assert json.loads(report.read_text())["covered"]["impl"] >= result["covered"]["impl"]


@pytest.mark.usefixtures("loaded_once")
def test_what_is_wrong_with_seeds_has_exit_codes_of_its_own(tmp_path: Path) -> None:
    folder = tmp_path / "topology"
    folder.mkdir()
    assert invoke("check", folder).return_value == 3, "no seeds: nothing was checked"
    put(folder, OVERLAP)
    assert invoke("check", folder).return_value == 0
    (folder / "copy.fv").write_text(OVERLAP)
    refuted = invoke("check", folder)
    assert refuted.return_value == 1
    assert "should be called" in refuted.output
    (folder / "copy.fv").write_text("nonsense")
    fault = invoke("check", folder)
    assert fault.return_value == 4
    assert "copy.fv:1" in fault.output


def test_seeds_that_differ_end_with_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(corpus, "Coverage", lambda: with_bug(loaded(), "tie-first-wins"))
    folder = tmp_path / "topology"
    folder.mkdir()
    (seed,) = put(folder, OVERLAP)
    differs = invoke("check", folder)
    assert differs.return_value == 1
    assert "differs after step" in differs.output
    out = tmp_path / "out"
    added = invoke("add", seed, "--harness", "topology", "--out", out)
    assert added.return_value == 1
    assert "not added" in added.output
    assert not out.exists()
    assert invoke("minimise", folder, "--harness", "topology", "--out", out).return_value == 1


@pytest.mark.usefixtures("loaded_once")
def test_a_scenario_is_added_once(tmp_path: Path) -> None:
    (mine,) = put(tmp_path, OVERLAP)
    arguments: list[str | Path] = ["add", mine, "--harness", "topology", "--out", tmp_path / "out"]
    first, second = invoke(*arguments), invoke(*arguments)
    assert first.return_value == second.return_value == 0
    assert "new edges; added" in first.output
    assert "not added: it covers nothing that the seeds do not" in second.output


@pytest.mark.usefixtures("loaded_once")
@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["add", "bad.fv", "--harness", "topology", "--out", "out"], "bad.fv:1"),
        (["add", "notes.md", "--harness", "topology", "--out", "out"], "notes.md: a scenario ends"),
        (["add", "bad.fv", "--harness", "topology", "--because", " "], "--because"),
        (["minimise", "empty", "--harness", "topology", "--out", "out"], "no input of harness"),
        (["minimise", ".", "--harness", "topology", "--out", "out"], "bad.fv:1"),
        (["minimise", "good", "--harness", "topology", "--out", "bad.fv/out"], "cannot write"),
        (
            ["minimise", "good", "--harness", "topology", "--out", "."],
            "bad.fv: no seed by its name",
        ),
        (["check", "empty"], "say which with --harness"),
    ],
)
def test_a_mistake_is_one_line_and_writes_nothing(
    arguments: list[str], says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    (tmp_path / "good").mkdir()
    put(tmp_path / "good", OVERLAP)
    (tmp_path / "bad.fv").write_text("nonsense\n")
    (tmp_path / "notes.md").write_text("notes\n")
    there = sorted(tmp_path.rglob("*"))
    done = invoke(*arguments)
    assert isinstance(done.exception, UsageFault), done.output
    assert says in str(done.exception)
    assert "\n" not in str(done.exception)
    assert sorted(tmp_path.rglob("*")) == there
