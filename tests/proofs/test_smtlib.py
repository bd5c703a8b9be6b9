"""What Z3 was asked, as text: the logic that covers it, and the same meaning."""

import pytest
import z3

from proofs.smtlib import Reader, question_in, question_of, script_of

X, Y = z3.Ints("x y")
B = z3.Bool("b")
V, W = z3.BitVecs("v w", 8)
F = z3.Function("f", z3.IntSort(), z3.IntSort())
G = z3.Function("g", z3.BitVecSort(8), z3.BoolSort())


@pytest.mark.parametrize(
    ("formula", "logic"),
    [
        (z3.Or(B, z3.Not(B)), "QF_UF"),
        (z3.If(B, X, -Y) > X + 3 * Y, "QF_LIA"),
        (X / 7 == Y % 4096, "QF_LIA"),
        (X * Y > 0, "QF_NIA"),
        (X / Y > 0, "QF_NIA"),
        (F(X) < Y, "QF_UFLIA"),
        (F(X * X) < Y, "QF_UFNIA"),
        (z3.ULT(V, W + 1), "QF_BV"),
        (G(V), "QF_UFBV"),
        (z3.BV2Int(V) < X, "ALL"),
        (z3.ForAll([X], X < Y), "ALL"),
        (z3.Real("r") > 0, "ALL"),
        (z3.RotateLeft(V, W) == 0, "ALL"),
    ],
    ids=str,
)
def test_the_least_logic_that_covers_a_formula_is_named(formula: z3.BoolRef, logic: str) -> None:
    assert Reader().traits([B, formula]).logic == logic


def test_the_logic_covers_all_formulas_together() -> None:
    reader = Reader()
    assert reader.traits([X > 0, B]).logic == "QF_LIA"
    assert reader.traits([z3.UGT(V, 0), B]).logic == "QF_BV"
    assert reader.traits([X > 0, z3.UGT(V, 0)]).logic == "ALL"


def answer_of(text: str) -> z3.CheckSatResult:
    solver = z3.Solver(ctx=z3.Context())
    solver.from_string(text)
    return solver.check()


@pytest.mark.parametrize("is_possible", [True, False])
def test_a_question_means_what_its_formulas_mean(is_possible: bool) -> None:
    """Division by positive numbers rounds down, of negative numbers too, as in Python."""
    half = -4 if is_possible else -3
    question = question_of((X == -7, X % 2 == 1, Y == X / 2, half == Y), "QF_LIA")
    assert answer_of(question) == (z3.sat if is_possible else z3.unsat)


def test_the_same_question_has_the_same_text_whatever_was_asked_before() -> None:
    def text(before: int) -> str:
        context = z3.Context()
        kept = [z3.Int(f"unused{number}", context) + number for number in range(before)]
        x = z3.Int("x", context)
        shared = x + 12
        question = question_of((shared * 2 > shared, shared < 5), "QF_LIA")
        assert len(kept) == before
        return question

    assert "let" in text(0)
    assert text(0) == text(40)


@pytest.mark.parametrize("name", ["x", "it's.start", "a b", "a b's", "'", "?x1", "$x2.size"])
def test_every_name_is_one_that_smt_lib_reads(name: str) -> None:
    cvc5 = pytest.importorskip("cvc5", reason="cvc5 is not installed; Z3 reads more than SMT-LIB")
    x, other = z3.Int(name), z3.Int("?x0")
    shared = x + 1
    question = question_of((shared * 2 > shared, shared < 1, other == x), "QF_LIA")
    solver = cvc5.Solver(cvc5.TermManager())
    parser = cvc5.InputParser(solver)
    parser.setStringInput(cvc5.InputLanguage.SMT_LIB_2_6, question, "question")
    while not (command := parser.nextCommand()).isNull():
        said = command.invoke(solver, parser.getSymbolManager())
    assert said.strip() == "unsat"


def test_a_file_has_its_question_below_comments_that_stay_comments() -> None:
    question = question_of((X > 0, X < 0), "QF_LIA")
    script = script_of(question, ["Theorem: one", "a claim\n(exit)"])
    assert script.startswith("; Theorem: one\n; a claim (exit)\n")
    assert "(set-info :status unsat)" in script
    assert question_in(script) == question
    assert "unsat" not in question
    with pytest.raises(ValueError, match="set-logic"):
        question_in("; (set-logic QF_LIA)\n(check-sat)\n")
