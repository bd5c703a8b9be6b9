"""What Z3 was asked, as SMT-LIB 2.6 text that other solvers read.

Each text is whole: its logic, its declarations, all that is taken for granted on a path, and the
negation of what must hold there. So it says in one file what has no solution.
"""

import re
from collections.abc import Iterable
from typing import NamedTuple

import z3

Formulas = tuple[z3.BoolRef, ...]

EVERYTHING = "ALL"
"""The logic without bounds, for what none of the named ones covers."""


class Traits(NamedTuple):
    """What a formula uses: it decides which logic covers it."""

    integers: bool = False
    bits: bool = False
    functions: bool = False
    products: bool = False
    others: bool = False

    def joined(self, other: "Traits") -> "Traits":
        """What either of two uses."""
        return Traits(*(one or two for one, two in zip(self, other, strict=True)))

    @property
    def logic(self) -> str:
        """The least logic of SMT-LIB that covers it; quotients by constants count as linear."""
        if self.others or (self.integers and self.bits):
            return EVERYTHING
        functions = "UF" if self.functions else ""
        if self.integers:
            return f"QF_{functions}{'NIA' if self.products else 'LIA'}"
        return f"QF_{functions}BV" if self.bits else "QF_UF"


class Reader:
    """Reads the traits of formulas of one context, each term once."""

    def __init__(self) -> None:
        # The terms are kept, so that Z3 gives their numbers to no others.
        self.known: dict[int, tuple[z3.AstRef, Traits]] = {}

    def traits(self, formulas: Iterable[z3.BoolRef]) -> Traits:
        """What all the formulas use together."""
        result = Traits()
        for formula in formulas:
            if formula.get_id() not in self.known:
                self._read(formula)
            result = result.joined(self.known[formula.get_id()][1])
        return result

    def _read(self, formula: z3.ExprRef) -> None:
        """Take note of a formula and all its terms, the innermost first."""
        waiting = [formula]
        while waiting:
            term = waiting[-1]
            parts = term.children()
            unread = [part for part in parts if part.get_id() not in self.known]
            if unread:
                waiting += unread
                continue
            waiting.pop()
            traits = own_traits(term)
            for part in parts:
                traits = traits.joined(self.known[part.get_id()][1])
            self.known[term.get_id()] = (term, traits)


ARITHMETIC = frozenset({
    z3.Z3_OP_ANUM, z3.Z3_OP_ADD, z3.Z3_OP_SUB, z3.Z3_OP_UMINUS, z3.Z3_OP_MUL,
    z3.Z3_OP_IDIV, z3.Z3_OP_MOD, z3.Z3_OP_LE, z3.Z3_OP_LT, z3.Z3_OP_GE, z3.Z3_OP_GT,
})  # fmt: skip
CORE = frozenset({
    z3.Z3_OP_TRUE, z3.Z3_OP_FALSE, z3.Z3_OP_EQ, z3.Z3_OP_DISTINCT, z3.Z3_OP_ITE, z3.Z3_OP_AND,
    z3.Z3_OP_OR, z3.Z3_OP_XOR, z3.Z3_OP_NOT, z3.Z3_OP_IMPLIES, z3.Z3_OP_UNINTERPRETED,
})  # fmt: skip
BITS = frozenset({
    z3.Z3_OP_BNUM, z3.Z3_OP_BNEG, z3.Z3_OP_BADD, z3.Z3_OP_BSUB, z3.Z3_OP_BMUL, z3.Z3_OP_BUDIV,
    z3.Z3_OP_BUREM, z3.Z3_OP_ULEQ, z3.Z3_OP_UGEQ, z3.Z3_OP_ULT, z3.Z3_OP_UGT, z3.Z3_OP_SLEQ,
    z3.Z3_OP_SGEQ, z3.Z3_OP_SLT, z3.Z3_OP_SGT, z3.Z3_OP_BAND, z3.Z3_OP_BOR, z3.Z3_OP_BNOT,
    z3.Z3_OP_BXOR, z3.Z3_OP_CONCAT, z3.Z3_OP_SIGN_EXT, z3.Z3_OP_ZERO_EXT, z3.Z3_OP_EXTRACT,
    z3.Z3_OP_BSHL, z3.Z3_OP_BLSHR, z3.Z3_OP_BASHR,
})  # fmt: skip
"""The operators of each theory whose meaning in SMT-LIB is the one that Z3 gives them."""


def own_traits(term: z3.ExprRef) -> Traits:
    """What a term uses by itself, without its parts."""
    sort = term.sort()
    integers, bits = sort.kind() == z3.Z3_INT_SORT, sort.kind() == z3.Z3_BV_SORT
    if not z3.is_app(term) or not (integers or bits or z3.is_bool(term)):
        return Traits(others=True)
    kind = term.decl().kind()
    constants = [part for part in term.children() if z3.is_int_value(part)]
    if kind == z3.Z3_OP_MUL:
        products = term.num_args() - len(constants) > 1
    else:
        products = kind in {z3.Z3_OP_IDIV, z3.Z3_OP_MOD} and not z3.is_int_value(term.arg(1))
    return Traits(
        integers=integers,
        bits=bits,
        functions=kind == z3.Z3_OP_UNINTERPRETED and term.num_args() > 0,
        products=products,
        others=kind not in ARITHMETIC | CORE | BITS,
    )


LABEL = re.compile(r"(?<![^\s(])[?$]x(\d+)(?![^\s)])")
"""A name that Z3 gives to a part of a formula that stands there twice."""

UNQUOTED = re.compile(r"\|[^|]*\||[^\s()|']*'[^\s()|]*")
"""A symbol in quotes, or one that SMT-LIB wants in quotes for its apostrophe, and Z3 does not."""


def question_of(formulas: Formulas, logic: str) -> str:
    """A text that asks whether all the formulas can hold together.

    The names of parts are numbered anew, so that the same question has the same text, whatever was
    asked before it. All names change alike, and no two become one.
    """
    first = (z3.Ast * (len(formulas) - 1))(*(one.as_ast() for one in formulas[:-1]))
    text = z3.Z3_benchmark_to_smtlib_string(
        formulas[0].ctx.ref(), "", logic, "unknown", "", len(first), first, formulas[-1].as_ast()
    )
    commands = text[text.index("(set-logic") :].strip()
    numbers: dict[str, int] = {}
    renamed = LABEL.sub(
        lambda found: f"{found[0][:2]}{numbers.setdefault(found[0], len(numbers))}", commands
    )
    if "'" in renamed:
        renamed = UNQUOTED.sub(lambda found: f"|{found[0].strip('|')}|", renamed)
    return f"{renamed}\n"


def script_of(question: str, comments: Iterable[str]) -> str:
    """A question as a file: with comments above it, and the answer that Z3 gave."""
    lines = [f"; {' '.join(comment.split())}" for comment in comments]
    lines += ["(set-info :smt-lib-version 2.6)", "(set-info :status unsat)"]
    return "\n".join(lines) + "\n" + question


def question_in(script: str) -> str:
    """The question that a file asks, and nothing of the answer that it should have.

    Raises ValueError for a text that names no logic.
    """
    start = script.find("\n(set-logic ")
    if start < 0:
        raise ValueError("no line of it begins with (set-logic")
    return script[start + 1 :]
