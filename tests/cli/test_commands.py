"""The command line: exit codes, one-line errors without tracebacks, JSON, quiet pipes."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
GOOD = "corpora/regressions/R4/docs-ABCDE.fv"


def flatview(*arguments: str | Path, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from cli.main import main; main()", *map(str, arguments)]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, timeout=800)


def test_a_clean_replay_ends_with_zero_and_its_counts() -> None:
    done = flatview("replay", "corpora/regressions")
    assert done.returncode == 0, done.stderr
    assert "agree" in done.stdout
    assert done.stderr == "", "piped output must be quiet"
    assert "\x1b" not in done.stdout, "no colours in a pipe"


def test_a_difference_ends_with_one_and_shows_both_sides(tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.fv"
    text = (ROOT / GOOD).read_text().replace("0fff D @0x0", "0fff D @0x8")
    wrong.write_text(text.replace("2fff D @0x0", "2fff D @0x8"))
    done = flatview("replay", wrong)
    assert done.returncode == 1
    assert "expected" in done.stdout
    assert "model" in done.stdout


def test_the_grammar_of_an_operation_is_shown_and_an_unknown_one_refused() -> None:
    done = flatview("grammar", "iommu-map", "rom")
    assert done.returncode == 0, done.stderr
    assert "Example: `iommu-map" in done.stdout
    assert "`rom-device`" in done.stdout
    unknown = flatview("grammar", "frobnicate")
    assert unknown.returncode == 2
    assert len(unknown.stderr.splitlines()) == 1


def test_a_planted_bug_is_replayed_as_a_difference() -> None:
    target = "mutant:moved-region-keeps-its-place"
    done = flatview("replay", "--target", target, "corpora/regressions/M4")
    assert done.returncode == 1
    assert "first differing address" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["replay", "nowhere"], "nowhere"),
        (["replay", "--target", "nothing", GOOD], "unknown target 'nothing'"),
        (["replay", "model"], "nothing to replay"),
        (["prove", "--only", "no such theorem"], "no theorem"),
        (["show", GOOD, "--space", "nothing"], "no address space nothing"),
        (["show", GOOD, "--machine", "pc"], "--machine is for"),
        (["show", "corpora/machines", "--machine", "nothing"], "no machine nothing"),
        (["show", "corpora/machines"], "--machine"),
        (["fuzz", "--target", "mutant:nothing"], "there is no mutant"),
        (["fuzz", "--seconds", "0"], "0.1"),
        (["fuzz", "--empty", "--seeds", "corpora"], "contradict"),
        (["frobnicate"], "frobnicate"),
    ],
)
def test_a_mistake_in_the_command_is_one_clear_error_and_two(
    arguments: list[str], says: str
) -> None:
    done = flatview(*arguments)
    assert done.returncode == 2
    assert says in done.stderr
    assert "Traceback" not in done.stderr + done.stdout


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("frobnicate\n", "bad.fv:1:1: unknown operation 'frobnicate'"),
        ("\nram low 1\nadd low low at 0\n", "bad.fv:3: region low would lie inside itself"),
        ("container c 1\nram r 1\nadd c r at 0\nadd c r at 0\n", "bad.fv:4: region r is already"),
    ],
)
def test_a_bad_scenario_is_a_fault_of_that_scenario_with_its_line(
    tmp_path: Path, text: str, says: str
) -> None:
    bad = tmp_path / "bad.fv"
    bad.write_text(text)
    done = flatview("replay", bad)
    assert done.returncode == 4
    assert says in done.stdout
    shown = flatview("show", bad)
    assert shown.returncode == 2
    assert "Traceback" not in done.stderr + shown.stderr


def test_a_corrupt_archive_is_one_clear_error(tmp_path: Path) -> None:
    archive = tmp_path / "machines.tar.xz"
    whole = next((ROOT / "corpora/machines").glob("*.tar.xz")).read_bytes()
    archive.write_bytes(whole[: len(whole) // 2])
    done = flatview("replay", archive)
    assert done.returncode == 2
    assert "machines.tar.xz" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_json_has_the_results_and_replaces_the_file_whole(tmp_path: Path) -> None:
    result = tmp_path / "result.json"
    result.write_text("old")
    done = flatview("replay", GOOD, "--json", result)
    assert done.returncode == 0
    assert json.loads(result.read_text())["scenarios"][0]["verdict"] == "agree"
    assert [path.name for path in tmp_path.iterdir()] == ["result.json"]


def test_json_that_cannot_be_written_is_one_clear_error(tmp_path: Path) -> None:
    done = flatview("replay", GOOD, "--json", tmp_path)
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


def test_show_draws_the_tree_beside_the_view() -> None:
    done = flatview("show", GOOD)
    assert done.returncode == 0
    assert "├─ B  container  at 0x2000" in done.stdout
    assert "0000000000002000-0000000000002fff D @0x0" in done.stdout


def test_readme_shows_what_show_prints() -> None:
    """The picture in the README must be what a reader gets."""
    assert flatview("show", GOOD).stdout in (ROOT / "README.md").read_text()


def test_proofs_can_be_listed_and_chosen(tmp_path: Path) -> None:
    listed = flatview("prove", "--list")
    assert listed.returncode == 0
    assert "fill_keeps_every_view_sorted" in listed.stdout
    result = tmp_path / "proofs.json"
    proved = flatview("prove", "--only", "split_cuts", "--json", result)
    assert proved.returncode == 0
    assert [one["verdict"] for one in json.loads(result.read_text())["theorems"]] == ["proved"]
