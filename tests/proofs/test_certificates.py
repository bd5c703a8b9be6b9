"""Proofs for a checker: with the real cvc5, and with stubs that say what Carcara would.

The checker itself is not to be had from the package registries, so no test runs it.
"""

import os
import stat
from pathlib import Path

import pytest

from proofs.certificates import (
    CHECKER,
    RULES_VARIABLE,
    ask_for_certificate,
    certifier,
    checked_by,
    holes_in,
    proof_of,
)
from proofs.export import read_question, write_theorem
from proofs.solvers import CVC5, Answer, SolverError
from proofs.theorems.splitting import SPLIT

QUESTION = """(set-logic QF_LIA)
(declare-fun x () Int)
(assert (> (+ x 1) 3))
(assert (< x (div 5 2)))
(check-sat)
"""
PROOF = "(step t1 (cl) :rule resolution)\n"


def stub(folder: Path, says: str, code: int = 0, grumbles: str = "") -> str:
    """A program in the checker's place, which says one thing and keeps what it was given."""
    path = folder / CHECKER
    path.write_text(
        f"""#!/bin/sh
if [ "$1" = --version ]; then echo "{CHECKER} 1.1.0 [stub]"; exit 0; fi
printf '%s\\n' "$@" > "{folder}/arguments"
for last; do before="$now"; now="$last"; done
cp "$before" "{folder}/proof"; cp "$now" "{folder}/question"
echo "{grumbles}" >&2
echo "{says}"
exit {code}
"""
    )
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return str(path)


@pytest.mark.parametrize(
    ("says", "code", "answer"),
    [
        ("valid", 0, Answer.UNSAT),
        ("holey", 0, Answer.HOLES),
        ("invalid", 1, Answer.REJECTED),
    ],
)
def test_each_word_of_the_checker_is_its_own_answer(
    tmp_path: Path, says: str, code: int, answer: Answer
) -> None:
    checker = stub(tmp_path, says, code, grumbles="[ERROR] step t7")
    reply = checked_by(checker, PROOF, QUESTION)
    assert reply.answer is answer
    assert ("step t7" in reply.reason) == (answer is not Answer.UNSAT)
    assert (tmp_path / "proof").read_text() == PROOF
    assert (tmp_path / "question").read_text() == QUESTION
    assert "--rare-file" not in (tmp_path / "arguments").read_text().split()


@pytest.mark.parametrize(
    ("says", "code"), [("valid", 1), ("holey", 2), ("invalid", 0), ("", 0), ("nonsense", 0)]
)
def test_anything_else_that_the_checker_says_is_a_fault(
    tmp_path: Path, says: str, code: int
) -> None:
    with pytest.raises(SolverError, match=f"ends with {code}"):
        checked_by(stub(tmp_path, says, code), PROOF, QUESTION)


def test_the_checker_is_given_its_rules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(RULES_VARIABLE, "/rules.eo")
    checked_by(stub(tmp_path, "valid"), PROOF, QUESTION)
    arguments = (tmp_path / "arguments").read_text().split()
    assert arguments[arguments.index("--rare-file") + 1] == "/rules.eo"


def test_without_a_checker_there_is_no_certifier(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert certifier().version == ""


def test_a_checker_on_the_path_is_found_and_named_with_its_version(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("cvc5", reason="cvc5 is not installed: it writes the proofs")
    stub(tmp_path, "valid")
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    found = certifier()
    assert found.version == f"{CHECKER} 1.1.0 [stub], proofs by cvc5 {CVC5.version}"
    assert found.ask(QUESTION, found.units).answer is Answer.UNSAT
    assert (tmp_path / "proof").read_text().startswith("(assume ")


def test_proofs_of_what_is_exported_have_no_holes(tmp_path: Path) -> None:
    pytest.importorskip("cvc5", reason="cvc5 is not installed: it writes the proofs")
    exported = write_theorem(SPLIT.name, tmp_path)
    for script in exported.scripts:
        reply, proof = proof_of(read_question(tmp_path / script.file), CVC5.units)
        assert reply.answer is Answer.UNSAT
        assert proof.startswith("(assume ")
        assert proof.rstrip().splitlines()[-1].startswith("(step ")
        assert not holes_in(proof), script.file


def test_a_proof_with_holes_never_reaches_the_checker(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("cvc5", reason="cvc5 is not installed: it writes the proofs")
    proof = "(step t1 (cl) :rule hole)\n(step t2 (cl) :rule hole :args (1))\n(step t3 :rule trust)"
    assert holes_in(proof) == {"hole": 2, "trust": 1}
    monkeypatch.setattr("proofs.certificates.HOLES", ("resolution", "la_generic", "trans", "cong"))
    reply = ask_for_certificate(stub(tmp_path, "valid"), QUESTION, CVC5.units)
    assert reply.answer is Answer.HOLES
    assert not (tmp_path / "proof").exists()


def test_what_has_a_solution_or_costs_too_much_has_no_certificate(tmp_path: Path) -> None:
    pytest.importorskip("cvc5", reason="cvc5 is not installed: it writes the proofs")
    checker = stub(tmp_path, "valid")
    possible = QUESTION.replace("div 5 2", "div 9 2")
    assert ask_for_certificate(checker, possible, CVC5.units).answer is Answer.SAT
    assert ask_for_certificate(checker, QUESTION, 1).answer is Answer.UNKNOWN
    assert not (tmp_path / "proof").exists()
