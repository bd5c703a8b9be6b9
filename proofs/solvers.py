"""Solvers beside Z3, each behind one function: a question in SMT-LIB, an answer, and no more.

They are extras: a solver that is not installed is not available, which is never an agreement.
"""

from collections.abc import Callable
from enum import Enum
from importlib.metadata import PackageNotFoundError, version
from typing import Any, NamedTuple


class Answer(Enum):
    """What a solver says of a question."""

    UNSAT = "unsat"
    SAT = "sat"
    UNKNOWN = "unknown"
    HOLES = "holes"
    """Unsat with a proof, but the proof has steps that nothing checks."""
    REJECTED = "rejected"
    """Unsat with a proof, but the proof is wrong."""


class Reply(NamedTuple):
    """A solver's answer, and why, if it knows none."""

    answer: Answer
    reason: str = ""


class SolverError(Exception):
    """A solver did not read a question, or said something else than an answer."""


class Solver(NamedTuple):
    """A solver: its name and version, what it covers, and how it is asked.

    Without a version it is not available.
    `units` is what a question may cost, in the solver's own count of its work: not seconds, so that
    an answer does not depend on how busy the machine is. `ask` raises SolverError, or whatever
    goes wrong in the solver.
    """

    name: str
    version: str
    logics: frozenset[str]
    units: int
    ask: Callable[[str, int], Reply]

    def covers(self, logic: str) -> bool:
        """Whether the solver decides questions of a logic."""
        return logic in self.logics


def installed(package: str) -> str:
    """The version of a package that is installed, or an empty text if none is."""
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


STRATEGIES: tuple[dict[str, str], ...] = ({}, {"use-soi": "true"})
"""How cvc5 looks for a solution, one way after the other until one decides: its own way first, then
another simplex method, which decides in no time the few questions about quotients that the first
is lost in."""


def ask_cvc5(question: str, units: int) -> Reply:
    """What cvc5 says; one unit is one of its resource units, and each strategy has as many."""
    import cvc5

    for strategy in STRATEGIES:
        solver = cvc5.Solver(cvc5.TermManager())
        solver.setOption("rlimit", str(units))
        for option, value in strategy.items():
            solver.setOption(option, value)
        result = cvc5_result(solver, question)
        if result.isUnsat():
            return Reply(Answer.UNSAT)
        if result.isSat():
            return Reply(Answer.SAT)
    return Reply(Answer.UNKNOWN, f"cvc5 gave up: {result.getUnknownExplanation().name}")


def cvc5_result(solver: Any, question: str) -> Any:
    """What a solver of cvc5 says to the one check that a question asks for."""
    import cvc5

    parser = cvc5.InputParser(solver)
    parser.setStringInput(cvc5.InputLanguage.SMT_LIB_2_6, question, "question")
    results = []
    while not (command := parser.nextCommand()).isNull():
        if command.getCommandName() == "check-sat":
            results.append(solver.checkSat())
        elif said := command.invoke(solver, parser.getSymbolManager()):
            raise SolverError(f"cvc5 says {said.strip()}")
    if len(results) != 1:
        raise SolverError(f"a question should ask for one check, not for {len(results)}")
    return results[0]


def ask_bitwuzla(question: str, units: int) -> Reply:
    """What Bitwuzla says; one unit is one time that it asks whether to go on."""
    import bitwuzla

    # The check is made here, not where the text asks for it, so the text must ask for just one.
    if question.count("(check-sat)") != 1:
        raise SolverError("a question should ask for one check")
    parser = bitwuzla.Parser(bitwuzla.TermManager(), bitwuzla.Options(), "smt2")
    parser.parse(question, parse_only=True, parse_file=False)
    solver = parser.bitwuzla()
    left = iter(range(units))
    solver.configure_terminator(lambda: next(left, None) is None)
    result = solver.check_sat()
    if result == bitwuzla.Result.UNSAT:
        return Reply(Answer.UNSAT)
    if result == bitwuzla.Result.SAT:
        return Reply(Answer.SAT)
    return Reply(Answer.UNKNOWN, "Bitwuzla gave up: its limit is reached")


CVC5 = Solver(
    "cvc5",
    installed("cvc5"),
    frozenset(f"QF_{functions}{of}" for functions in ("", "UF") for of in ("LIA", "NIA", "BV"))
    | {"QF_UF", "ALL"},
    units=400_000,
    ask=ask_cvc5,
)
BITWUZLA = Solver(
    "bitwuzla",
    installed("bitwuzla"),
    frozenset({"QF_UF", "QF_BV", "QF_UFBV"}),
    units=200_000,
    ask=ask_bitwuzla,
)

SOLVERS = {solver.name: solver for solver in (CVC5, BITWUZLA)}
"""The solvers by name."""
