"""Comparing another solver with Z3: each verdict is itself, and a solver's crash is its own."""

import os
import sqlite3
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from proofs.export import Exported, ExportError, Script
from proofs.known_answers import FILE, KnownAnswers, key_of
from proofs.proof import Verdict
from proofs.recheck import Agreement, Checked, Respondent, Row, recheck
from proofs.smtlib import script_of
from proofs.solvers import BITWUZLA, CVC5, SOLVERS, Answer, Reply, Solver, SolverError

NOTHING_KNOWN = KnownAnswers(None)
LOGICS = frozenset({"QF_LIA"})
POSSIBLE = "(set-logic QF_LIA)\n(declare-fun x () Int)\n(assert (> x 0))\n(check-sat)\n"
IMPOSSIBLE = POSSIBLE.replace("(> x 0)", "(> x x)")


def unsat(question: str, units: int) -> Reply:
    return Reply(Answer.UNSAT)


def sat(question: str, units: int) -> Reply:
    return Reply(Answer.SAT)


def unknown(question: str, units: int) -> Reply:
    return Reply(Answer.UNKNOWN, "the limit is reached")


def holes(question: str, units: int) -> Reply:
    return Reply(Answer.HOLES, "one step")


def rejected(question: str, units: int) -> Reply:
    return Reply(Answer.REJECTED, "a wrong step")


def unreadable(question: str, units: int) -> Reply:
    raise SolverError("it cannot read that")


def buggy(question: str, units: int) -> Reply:
    raise RuntimeError("a bug of the solver")


def dies(question: str, units: int) -> Reply:
    os._exit(9)


def hangs(question: str, units: int) -> Reply:
    time.sleep(60)
    return Reply(Answer.UNSAT)


def dies_of_what_is_possible(question: str, units: int) -> Reply:
    return dies(question, units) if "(> x 0)" in question else unsat(question, units)


def solver_that(ask: Callable[[str, int], Reply]) -> Solver:
    return Solver("an oracle", "1.0", LOGICS, 10, ask)


@pytest.mark.parametrize(
    ("ask", "agreement", "reason"),
    [
        (unsat, Agreement.AGREES, ""),
        (sat, Agreement.DISAGREES, "it finds a solution"),
        (unknown, Agreement.INCONCLUSIVE, "the limit is reached"),
        (holes, Agreement.HOLES, "one step"),
        (rejected, Agreement.DISAGREES, "a wrong step"),
        (unreadable, Agreement.FAULT, "it cannot read that"),
        (buggy, Agreement.FAULT, "RuntimeError: a bug of the solver"),
        (dies, Agreement.FAULT, "an oracle died of its question, with exit code 9"),
    ],
)
def test_each_reply_is_its_own_verdict(
    ask: Callable[[str, int], Reply], agreement: Agreement, reason: str
) -> None:
    respondent = Respondent(solver_that(ask))
    try:
        for _ in range(2):
            checked = respondent.check(POSSIBLE)
            assert checked[:2] == (agreement, reason)
            assert checked.seconds > 0
    finally:
        respondent.close()


def test_a_solver_that_gives_no_answer_is_ended_and_inconclusive() -> None:
    respondent = Respondent(solver_that(hangs), seconds=0.2)
    checked = respondent.check(POSSIBLE)
    assert checked[:2] == (Agreement.INCONCLUSIVE, "no answer in 0.2 seconds")
    assert respondent.connection is None


def export_of(folder: Path, *questions: str, logic: str = "QF_LIA") -> list[Exported]:
    """An export of one theorem, whose files all say that they have no solution."""
    scripts = []
    for number, question in enumerate(questions):
        (folder / f"{number}.smt2").write_text(script_of(question, ["by hand"]))
        scripts.append(Script(f"{number}.smt2", "an obligation", "a claim", logic, 1))
    return [Exported("a_theorem", Verdict.PROVED, "", "", tuple(scripts))]


def verdicts(
    solver: Solver, folder: Path, exports: list[Exported], known: KnownAnswers
) -> list[tuple[str, Agreement]]:
    found = recheck(solver, folder, exports, known, processes=2)
    return sorted((script.file, checked.agreement) for _, script, checked in found)


@pytest.mark.parametrize("solver", SOLVERS.values(), ids=list(SOLVERS))
def test_a_wrong_obligation_is_a_disagreement_and_a_broken_one_a_fault(
    solver: Solver, tmp_path: Path
) -> None:
    pytest.importorskip(solver.name, reason=f"{solver.name} is not installed: nothing is checked")
    good = """(set-logic QF_BV)
(declare-fun v () (_ BitVec 8))
(assert (bvult v #x00))
(check-sat)
"""
    wrong, broken = good.replace("#x00", "#x01"), good.replace("bvult", "bvless")
    exports = export_of(tmp_path, good, wrong, broken, logic="QF_BV")
    assert verdicts(solver, tmp_path, exports, NOTHING_KNOWN) == [
        ("0.smt2", Agreement.AGREES),
        ("1.smt2", Agreement.DISAGREES),
        ("2.smt2", Agreement.FAULT),
    ]


def test_what_is_not_covered_is_not_asked_and_never_agreed(tmp_path: Path) -> None:
    exports = export_of(tmp_path, IMPOSSIBLE, logic="QF_LIA")
    found = verdicts(BITWUZLA, tmp_path, exports, KnownAnswers(tmp_path))
    assert found == [("0.smt2", Agreement.NOT_COVERED)]
    assert not (tmp_path / FILE).exists()


def test_a_question_that_a_solver_dies_of_takes_no_other_with_it(tmp_path: Path) -> None:
    others = [IMPOSSIBLE.replace("x x", f"x (+ x {number})") for number in range(9)]
    exports = export_of(tmp_path, *others[:5], POSSIBLE, *others[5:])
    solver = solver_that(dies_of_what_is_possible)
    found = dict(verdicts(solver, tmp_path, exports, NOTHING_KNOWN))
    assert found.pop("5.smt2") is Agreement.FAULT
    assert Counter(found.values()) == {Agreement.AGREES: 9}


def test_only_agreements_are_known_again_and_only_to_the_same_solver(tmp_path: Path) -> None:
    exports = export_of(tmp_path, IMPOSSIBLE, POSSIBLE, IMPOSSIBLE)
    known = KnownAnswers(tmp_path / "deep" / "cache")
    solver = solver_that(dies_of_what_is_possible)

    def run(asked: Solver) -> list[tuple[str, Agreement, bool]]:
        found = recheck(asked, tmp_path, exports, known, processes=1)
        return sorted(
            (one.file, checked.agreement, checked.from_cache) for _, one, checked in found
        )

    def expected(is_known: bool) -> list[tuple[str, Agreement, bool]]:
        return [
            ("0.smt2", Agreement.AGREES, is_known),
            ("1.smt2", Agreement.FAULT, False),
            ("2.smt2", Agreement.AGREES, is_known),
        ]

    assert run(solver) == expected(is_known=False)
    assert run(solver) == expected(is_known=True)
    for other in (
        solver._replace(version="1.1"),
        solver._replace(units=11),
        solver._replace(name="another"),
    ):
        assert key_of(IMPOSSIBLE, other) != key_of(IMPOSSIBLE, solver)
        assert run(other) == expected(is_known=False)
    assert run(solver_that(sat)) == [
        ("0.smt2", Agreement.AGREES, True),
        ("1.smt2", Agreement.DISAGREES, False),
        ("2.smt2", Agreement.AGREES, True),
    ], "a solver is known by its name and version, not by what it does"


def test_a_damaged_memory_knows_nothing(tmp_path: Path) -> None:
    known = KnownAnswers(tmp_path)
    known.add(["one"])
    assert known.among(["one", "two"]) == {"one"}
    (tmp_path / FILE).write_bytes(b"no database " * 100)
    assert known.among(["one"]) == frozenset()
    known.add(["one"])
    (tmp_path / FILE).unlink()
    assert known.among(["one"]) == frozenset()


def test_what_nobody_asks_for_is_forgotten(tmp_path: Path) -> None:
    known = KnownAnswers(tmp_path)
    known.add(["old", "asked for"])
    with sqlite3.connect(tmp_path / FILE) as base:
        base.execute("UPDATE agreement SET asked = 0")
    base.close()
    assert known.among(["asked for"]) == {"asked for"}
    known.add(["new"])
    assert known.among(["old", "asked for", "new"]) == {"asked for", "new"}


def test_a_file_that_is_gone_is_no_agreement(tmp_path: Path) -> None:
    exports = export_of(tmp_path, IMPOSSIBLE)
    (tmp_path / "0.smt2").unlink()
    with pytest.raises(ExportError, match=r"0\.smt2"):
        verdicts(CVC5, tmp_path, exports, NOTHING_KNOWN)


def test_a_row_counts_each_verdict_apart() -> None:
    row, script = Row("a_theorem"), Script("0.smt2", "an obligation", "a claim", "QF_LIA", 1)
    for agreement in Agreement:
        row.add(script, Checked(agreement, "why", 1.0))
    told = row.to_json()
    assert told["questions"] == len(Agreement)
    assert all(told[one.value.replace(" ", "_")] == 1 for one in Agreement)
    assert [problem["agreement"] for problem in told["problems"]] == [
        "disagrees",
        "inconclusive",
        "holes",
        "fault",
    ]
