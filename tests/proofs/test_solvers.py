"""Other solvers: what they cover, each of their answers, and what is none."""

import pytest

from proofs.solvers import BITWUZLA, CVC5, SOLVERS, Answer, Solver

EMPTY = "(set-logic QF_UF)\n(check-sat)\n"
NEVER = """(set-logic QF_BV)
(declare-fun a () (_ BitVec 24))
(declare-fun b () (_ BitVec 24))
(assert (= a (bvadd b #x000001)))
(assert (= b (bvadd a #x000001)))
(check-sat)
"""
HARD = """(set-logic QF_BV)
(declare-fun a () (_ BitVec 40))
(declare-fun b () (_ BitVec 40))
(assert (= (bvmul a b) #x8c7d6f3b21))
(assert (bvult #x0000000001 a))
(assert (bvult a #x0000100000))
(assert (bvult #x0000000001 b))
(assert (bvult b #x0000100000))
(check-sat)
"""

each_solver = pytest.mark.parametrize("solver", SOLVERS.values(), ids=list(SOLVERS))


@pytest.fixture(autouse=True)
def is_installed(request: pytest.FixtureRequest) -> None:
    if "solver" in request.fixturenames:
        name = request.getfixturevalue("solver").name
        pytest.importorskip(name, reason=f"{name} is not installed: nothing is checked with it")


@each_solver
def test_a_question_without_a_solution_is_unsat(solver: Solver) -> None:
    assert solver.version
    assert solver.ask(NEVER, solver.units) == (Answer.UNSAT, "")


@each_solver
def test_a_question_with_a_solution_is_sat(solver: Solver) -> None:
    wrong = NEVER.replace("(= b (bvadd a #x000001))", "true")
    assert solver.ask(wrong, solver.units) == (Answer.SAT, "")


@each_solver
def test_a_question_that_costs_too_much_is_unknown_with_a_reason(solver: Solver) -> None:
    reply = solver.ask(HARD, 1)
    assert reply.answer is Answer.UNKNOWN
    assert "gave up" in reply.reason


@each_solver
@pytest.mark.parametrize(
    "text",
    [
        NEVER.replace("bvadd", "bvplus"),
        NEVER.replace("(check-sat)", ""),
        NEVER + "(check-sat)\n",
        NEVER.replace("(assert", "(claim"),
        NEVER[: NEVER.rindex("(assert") + 12],
        "",
    ],
    ids=["unknown operator", "no check", "two checks", "unknown command", "cut off", "empty"],
)
def test_a_text_that_is_no_question_is_no_answer(solver: Solver, text: str) -> None:
    with pytest.raises(Exception, match=r".") as caught:
        solver.ask(text, solver.units)
    assert str(caught.value)


@each_solver
def test_a_question_about_nothing_is_sat(solver: Solver) -> None:
    assert solver.ask(EMPTY, solver.units).answer is Answer.SAT


def test_bitwuzla_covers_no_integers_and_cvc5_all_that_is_exported() -> None:
    integers = ["QF_LIA", "QF_NIA", "QF_UFLIA", "QF_UFNIA", "ALL"]
    others = ["QF_UF", "QF_BV", "QF_UFBV"]
    assert [logic for logic in integers + others if BITWUZLA.covers(logic)] == others
    assert all(CVC5.covers(logic) for logic in integers + others)
    assert not CVC5.covers("QF_FP")


def test_what_one_strategy_of_cvc5_is_lost_in_another_decides() -> None:
    pytest.importorskip("cvc5", reason="cvc5 is not installed: nothing is checked with it")
    question = """(set-logic QF_LIA)
(declare-fun start () Int)
(declare-fun size () Int)
(assert (<= 0 start 18446744073709551616))
(assert (< 0 size 18446744073709551616))
(assert (<= size (mod (- start) 4096)))
(assert (<= 4096 (- (+ (mod start 4096) size) 1)))
(check-sat)
"""
    assert CVC5.ask(question, CVC5.units) == (Answer.UNSAT, "")
