"""`flatview fuzz`: harnesses by name, what it prints, JSON, and findings as tests."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from cli.fuzz_inputs import inputs_in_words
from cli.main import commands
from cli.output import UsageFault
from fuzz.campaign import Campaign, judge
from fuzz.harnesses.registry import HARNESSES
from fuzz.verdict import Verdict, exit_code
from tests.cli.test_commands import ROOT, flatview

TARGET = "mutant:child-overhangs-its-container"


def test_help_names_the_harnesses_with_what_each_is_for() -> None:
    shown = CliRunner().invoke(commands, ["fuzz", "--help"]).output
    for harness in HARNESSES.values():
        assert f"{harness.name} " in shown
        assert harness.about.split(",")[0] in shown


def test_an_unknown_harness_is_a_mistake_that_names_those_there_are() -> None:
    done = CliRunner().invoke(commands, ["fuzz", "memory"])
    assert done.exit_code == 2
    assert "topology" in done.output


def test_parsers_are_fuzzed_by_name_with_fewer_options(tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    arguments: list[str | Path] = ["fuzz", "parse-scenario", "--seconds", "1", "--json", report]
    done = flatview(*arguments, "--findings", tmp_path / "findings")
    assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(report.read_text())["executions"] > 10
    for option in (["--keep-going"], ["--most-operations", "5"]):
        wrong = CliRunner().invoke(commands, ["fuzz", "parse-scenario", *option])
        assert isinstance(wrong.exception, UsageFault)
        assert "parse-scenario takes --seconds" in str(wrong.exception)


def test_a_finding_is_printed_saved_and_becomes_a_test(tmp_path: Path) -> None:
    report = tmp_path / "report.json"
    folder = tmp_path / "findings"
    arguments: list[str | Path] = ["fuzz", "topology", "--target", TARGET, "--seconds", "60"]
    done = flatview(*arguments, "--empty", "--findings", folder, "--json", report)
    assert done.returncode == 1, done.stdout + done.stderr
    assert done.stderr == "", "piped output must be quiet"
    assert "\x1b" not in done.stdout
    assert f"# {TARGET} " in done.stdout
    assert "operations took effect" in done.stdout
    result = json.loads(report.read_text())
    assert result["harness"] == "topology"
    assert result["statistics"]["operations"]["add"]["took_effect"] > 0
    (finding,) = result["findings"]
    assert finding["signature"].startswith("view after ")
    made = tmp_path / "test_made.py"
    printed = CliRunner().invoke(commands, ["replay", "--as-pytest", finding["saved"]])
    made.write_text(printed.output)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(made)]
    sound = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert "1 passed" in sound.stdout, sound.stdout


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["nowhere"], "nowhere"),
        (["--target", "nothing", "corpora/regressions/R4"], "unknown target"),
        (["--target", "qemu", "corpora/regressions/R4"], "not for qemu"),
        (["corpora/machines"], "is for scenarios"),
    ],
)
def test_what_cannot_become_a_test_is_one_clear_error(arguments: list[str], says: str) -> None:
    done = CliRunner().invoke(commands, ["replay", "--as-pytest", *arguments])
    assert isinstance(done.exception, UsageFault) or done.exit_code == 2
    assert says in f"{done.exception} {done.output}"
    assert "import" not in done.stdout


def test_inputs_below_a_floor_are_inconclusive_and_say_which(tmp_path: Path) -> None:
    last = {
        "executions": 5000,
        "operations": 10,
        "rejected": 90,
        "compared": 100,
        "end": "time",
        "unmet": ["inputs are mostly rejected: 10% of operations took effect"],
        "too_few": "",
        "statistics": {
            "operations": {"add": {"took_effect": 10, "rejected": 90}},
            "edge_cases": {},
            "rules": {},
            "endings": {},
            "reasons": {"region # is already in container #": 90},
            "watched_for_rules": 3,
            "memory_mib": {"1000": 70.5, "5000": 71.0},
        },
    }
    result = judge(Campaign("impl", 1, tmp_path), last, 0, tmp_path / "log")
    assert result.verdict is Verdict.INCONCLUSIVE
    assert exit_code([result.verdict]) == 3
    assert result.notes == ("inputs are mostly rejected: 10% of operations took effect",)
    words = inputs_in_words(result)
    assert words["all in all"].startswith("10% of operations took effect")
    assert words["rejections"] == "region # is already in container # 90"
    assert words["memory"] == "70.5 MiB after 1,000 executions, 71 MiB after 5,000"
