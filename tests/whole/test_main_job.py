"""The main job from end to end: one table, and one exit code that a finding decides.

It proves everything, so it runs after the tests that do, and takes their results.
"""

import json
from pathlib import Path

import pytest

from tests.cli.test_commands import GOOD, ROOT, flatview

pytestmark = pytest.mark.timeout(900)


def test_the_main_job_sums_up_all_three_parts(tmp_path: Path) -> None:
    corpora = tmp_path / "corpora"
    (corpora / "regressions").mkdir(parents=True)
    (corpora / "regressions" / "one.fv").write_text((ROOT / GOOD).read_text())
    result = tmp_path / "check.json"
    arguments: list[str | Path] = ["check", "--seconds", "2", "--corpora", corpora]
    arguments += ["--json", result]
    done = flatview(*arguments, "--findings", tmp_path / "findings")
    assert done.returncode == 0, done.stdout + done.stderr
    report = json.loads(result.read_text())
    assert report["exit_code"] == 0
    assert set(report) == {"exit_code", "proofs", "replay", "fuzzing"}
    summary = done.stdout.splitlines()[-3:]
    assert [line.split()[:2] for line in summary] == [
        ["proofs", "clean"],
        ["replay", "clean"],
        ["fuzzing", "clean"],
    ]


def test_a_finding_in_one_part_decides_the_exit_code_of_the_main_job(tmp_path: Path) -> None:
    corpora = tmp_path / "corpora"
    corpora.mkdir()
    (corpora / "wrong.fv").write_text("ram low 1\nspace m low\nview m\n= empty view\n")
    arguments: list[str | Path] = ["check", "--seconds", "1", "--corpora", corpora]
    done = flatview(*arguments, "--findings", tmp_path / "findings")
    assert done.returncode == 1
    assert "1 diverge" in done.stdout.splitlines()[-2]


def test_the_machines_agree_and_reject_all_nine_broken_renderers(tmp_path: Path) -> None:
    result = tmp_path / "result.json"
    done = flatview("replay", "--teeth", "corpora/machines", "--json", result)
    assert done.returncode == 0, done.stdout
    assert "9 of 9 broken renderers rejected" in done.stdout
    report = json.loads(result.read_text())
    assert len(report["broken_renderers"]) == 9
    totals = report["machines_in_all"]
    assert totals["address_spaces"]["model"] == totals["address_spaces"]["impl"]
    assert set(totals["address_spaces"]["model"]) == {"agree"}


def test_a_machine_can_be_shown_and_replayed_as_a_scenario(tmp_path: Path) -> None:
    shown = flatview("show", "corpora/machines", "--machine", "x86_64-pc", "--space", "memory")
    assert shown.returncode == 0
    assert "00000000fffc0000-00000000ffffffff pc.bios @0x0 readonly" in shown.stdout
    text = flatview("show", "corpora/machines", "--machine", "x86_64-pc", "--as-scenario").stdout
    scenario = tmp_path / "pc.fv"
    scenario.write_text(text)
    assert flatview("replay", scenario).returncode == 0
