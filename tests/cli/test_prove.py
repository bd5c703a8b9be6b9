"""`flatview prove`: what is proved, refuted, remembered and reported, as a person runs it."""

import json
import shutil
from pathlib import Path
from xml.etree import ElementTree

import pytest

from fuzz.mutation import mutate
from proofs.report import place_of
from proofs.theorems.filling import MEANING
from tests.cli.test_commands import ROOT, flatview


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    """A folder whose `model` has a planted bug; the command finds it before the sound one."""
    bug = MEANING.teeth[0]
    shutil.copytree(ROOT / "model", tmp_path / "model")
    path = tmp_path.joinpath(*bug.module.split(".")).with_suffix(".py")
    path.write_text(mutate(path.read_text(), bug))
    return tmp_path


def test_a_refuted_theorem_becomes_a_scenario_that_can_be_replayed(broken: Path) -> None:
    """Who broke the specification sees where, in the project's own words."""
    report = broken / "proofs.json"
    chosen: list[str | Path] = ["prove", "--only", MEANING.name, "--no-cache"]
    done = flatview(*chosen, "--json", report, "--github", cwd=broken)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "refuted" in done.stdout
    assert "first differing address" in done.stdout
    assert "flat view" in done.stdout, "the memory map is drawn"
    assert f"::error file={place_of(MEANING)[0]},line={place_of(MEANING)[1]}," in done.stdout
    (one,) = json.loads(report.read_text())["theorems"]
    assert one["verdict"] == "refuted"
    assert one["proof"]["counterexample"]["values"]
    (scenario,) = (broken / "findings").glob("*.fv")
    assert f"flatview replay --target impl findings/{scenario.name}" in done.stdout
    assert flatview("replay", scenario, cwd=broken).returncode == 1
    assert flatview("replay", scenario, cwd=ROOT).returncode == 0


def test_planted_bugs_become_scenarios(tmp_path: Path) -> None:
    report = tmp_path / "proofs.json"
    chosen: list[str | Path] = ["prove", "--only", MEANING.name, "--teeth"]
    done = flatview(*chosen, "--scenarios", tmp_path / "shown", "--json", report)
    assert done.returncode == 0, done.stdout + done.stderr
    rows = json.loads(report.read_text())["scenarios"]
    assert [row["theorem"] for row in rows] == [MEANING.name] * len(MEANING.teeth)
    shown = [row["file"] for row in rows if row["file"] is not None]
    assert shown
    assert sorted(set(shown)) == sorted(path.name for path in (tmp_path / "shown").iterdir())
    assert f"{len(MEANING.teeth)} of {len(MEANING.teeth)} planted bugs refuted" in done.stdout


def test_one_record_is_written_in_each_form(tmp_path: Path) -> None:
    files = {name: tmp_path / name for name in ("proofs.json", "proofs.xml", "proofs.sarif")}
    data, junit, sarif = files.values()
    chosen: list[str | Path] = ["prove", "--only", "split_cuts", "--json", data]
    done = flatview(*chosen, "--junit", junit, "--sarif", sarif)
    assert done.returncode == 0
    (theorem,) = json.loads(data.read_text())["theorems"]
    (case,) = ElementTree.fromstring(junit.read_bytes()).findall("testcase")
    (found,) = json.loads(sarif.read_text())["runs"][0]["results"]
    assert theorem["name"] == case.get("name") == found["ruleId"]
    assert (theorem["verdict"], found["kind"]) == ("proved", "pass")


def test_what_was_proved_is_known_until_the_cache_is_deleted(tmp_path: Path) -> None:
    cache: list[str | Path] = ["--cache", tmp_path / "cache"]
    chosen: list[str | Path] = ["prove", "--only", "split_cuts"]
    assert "0 of 1 results were known" in flatview(*chosen, *cache).stdout
    assert "1 of 1 results were known" in flatview(*chosen, *cache).stdout
    assert "0 of 1 results were known" in flatview(*chosen, *cache, "--audit").stdout
    assert "0 of 1 results were known" in flatview(*chosen, "--no-cache").stdout
    (file,) = (tmp_path / "cache").iterdir()
    file.write_text("{}")
    damaged = flatview(*chosen, *cache)
    assert damaged.returncode == 0
    assert "0 of 1 results were known" in damaged.stdout
    assert "1 files of the cache were damaged" in damaged.stdout
    shutil.rmtree(tmp_path / "cache")
    assert "0 of 1 results were known" in flatview(*chosen, *cache).stdout


def test_a_changed_function_is_proved_anew_by_what_reaches_it_only(broken: Path) -> None:
    """The bug is in `fill_step`; splitting does not reach it, and stays known."""
    chosen: list[str | Path] = ["prove", "--only", MEANING.name, "--only", "split_cuts"]
    cache: list[str | Path] = ["--cache", broken / "cache"]
    assert "0 of 2 results were known" in flatview(*chosen, *cache, cwd=ROOT).stdout
    done = flatview(*chosen, *cache, cwd=broken)
    assert done.returncode == 1
    assert "1 of 2 results were known" in done.stdout


def test_a_sweep_says_what_each_proof_takes_of_its_budget(tmp_path: Path) -> None:
    report = tmp_path / "sweep.json"
    done = flatview("prove", "--only", "split_cuts", "--sweep", "3", "--json", report)
    assert done.returncode == 0, done.stderr
    (theorem,) = json.loads(report.read_text())["theorems"]
    assert theorem["seeds"] == 3
    units = theorem["resource_units"]
    assert 0 < units["least"] <= units["most"] < theorem["limits"]["resource_units"]
    assert "1 of 1 theorems proved with each of 3 seeds" in done.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ["--sweep", "2", "--teeth"],
        ["--sweep", "1"],
        ["--scenarios", "somewhere"],
        ["--no-cache", "--audit"],
        ["--no-cache", "--cache", "somewhere"],
        ["--solver", "cvc5", "--teeth"],
        ["--jobs", "0"],
    ],
    ids=" ".join,
)
def test_options_that_do_not_go_together_are_refused(arguments: list[str]) -> None:
    done = flatview("prove", "--only", "split_cuts", *arguments)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
