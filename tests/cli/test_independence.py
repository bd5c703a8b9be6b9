"""Files, second solvers and certificates from the command line: each outcome has its exit code."""

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cli.independence import Wish, run_independence, verdicts_of
from cli.output import UsageFault
from fuzz.verdict import exit_code
from proofs.export import Exported, read_contents, read_question, write_theorem
from proofs.recheck import Agreement
from proofs.solvers import SOLVERS
from proofs.theorems.splitting import SPLIT


def run(tmp_path: Path, wish: Wish) -> tuple[int, dict[str, Any]]:
    file = tmp_path / "result.json"
    code = run_independence([SPLIT], wish, tmp_path / "answers", 1, file)
    result: dict[str, Any] = json.loads(file.read_text())
    return code, result


def test_files_are_written_and_compared(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("cvc5", reason="cvc5 is not installed: nothing is compared")
    folder = tmp_path / "export"
    code, result = run(tmp_path, Wish(folder, ("cvc5",), certificate=False))
    assert code == 0
    (exported,) = read_contents(folder)
    count = len(exported.scripts)
    (told,) = result["solvers"]
    assert told["total"]["agrees"] == told["theorems"][0]["questions"] == count
    assert result["not available"] == []
    read_question(folder / exported.scripts[0].file)
    assert f"{count} QF_LIA" in capsys.readouterr().out
    again, result = run(tmp_path, Wish(folder, ("cvc5",), certificate=False))
    assert again == 0
    assert result["solvers"][0]["theorems"][0]["known"] == count


def test_a_solver_that_covers_nothing_leaves_all_undecided(tmp_path: Path) -> None:
    pytest.importorskip("bitwuzla", reason="bitwuzla is not installed: nothing is compared")
    code, result = run(tmp_path, Wish(None, ("bitwuzla",), certificate=False))
    assert code == 3
    (told,) = result["solvers"]
    assert told["total"]["agrees"] == 0
    assert told["total"]["not covered"] > 0


def test_a_missing_solver_is_one_line_and_inconclusive(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    missing = {"cvc5": SOLVERS["cvc5"]._replace(version="")}
    monkeypatch.setattr("cli.independence.SOLVERS", missing)
    code, result = run(tmp_path, Wish(None, ("cvc5",), certificate=False))
    assert code == 3
    assert result == {"theorems": [], "solvers": [], "not available": ["cvc5"]}
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith("cvc5 is not available: install flatview with the extra cvc5")


@pytest.mark.parametrize("solvers", [(), ("cvc5",)])
def test_a_missing_checker_is_one_line_and_inconclusive(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    solvers: tuple[str, ...],
) -> None:
    if solvers:
        pytest.importorskip("cvc5", reason="cvc5 is not installed: nothing is compared")
    monkeypatch.setenv("PATH", str(tmp_path))
    code, result = run(tmp_path, Wish(None, solvers, certificate=True))
    assert code == 3
    assert result["not available"] == ["carcara"]
    assert len(result["solvers"]) == len(solvers)
    (said,) = (line for line in capsys.readouterr().out.splitlines() if "carcara" in line)
    assert said.startswith("carcara is not available: it has to be on the PATH")


def test_a_folder_with_files_of_others_is_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "mine.txt").write_text("of mine")
    with pytest.raises(UsageFault, match="no export"):
        run(tmp_path, Wish(tmp_path / "notes", (), certificate=False))


def test_a_wrong_obligation_ends_with_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As if Z3 had found impossible what is not: the first claim's negation is left out."""
    pytest.importorskip("cvc5", reason="cvc5 is not installed: nothing is compared")

    def write_wrong(theorems: object, folder: Path, processes: int) -> Iterator[Exported]:
        exported = write_theorem(SPLIT.name, folder)
        claims = (script for script in exported.scripts if "the claim" in script.about)
        file = folder / next(claims).file
        text = file.read_text()
        file.write_text(text[: text.rindex("(assert")] + "(check-sat)\n")
        yield exported

    monkeypatch.setattr("cli.independence.write_all", write_wrong)
    code, result = run(tmp_path, Wish(None, ("cvc5",), certificate=False))
    assert code == 1
    (told,) = result["solvers"]
    assert told["total"]["disagrees"] == 1
    (problem,) = told["theorems"][0]["problems"]
    assert problem["agreement"] == "disagrees"
    assert f"disagrees: {problem['file']}, that the claim" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("found", "code"),
    [
        ([Agreement.AGREES], 0),
        ([Agreement.AGREES, Agreement.NOT_COVERED], 0),
        ([Agreement.NOT_COVERED], 3),
        ([], 3),
        ([Agreement.AGREES, Agreement.INCONCLUSIVE], 3),
        ([Agreement.AGREES, Agreement.HOLES], 3),
        ([Agreement.AGREES, Agreement.FAULT, Agreement.INCONCLUSIVE], 4),
        ([Agreement.AGREES, Agreement.FAULT, Agreement.DISAGREES], 1),
    ],
)
def test_the_worst_answer_is_the_exit_code(found: list[Agreement], code: int) -> None:
    assert exit_code(verdicts_of(Counter(found))) == code
