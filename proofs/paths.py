"""Running a piece of code along every path that its inputs can make it take.

The code is executed anew for each path. At a branch both sides are tried if both can happen; the
side taken first is remembered, and a later run replays the same decisions up to the last one that
has another side, and takes that. When no such decision is left, every feasible path has been seen.
"""

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import cast

import z3

from proofs.bits import SymBits
from proofs.proof import Limits, Proof, Verdict
from proofs.symbolic import SymBool, SymInt, truth_term


class Stop(BaseException):
    """The end of a proof. Not an Exception, so that the code under proof cannot catch it."""

    def __init__(self, verdict: Verdict, reason: str) -> None:
        super().__init__(reason)
        self.verdict = verdict
        self.reason = reason


class Refutation(Stop):
    """A claim that does not hold for these values of the variables."""

    def __init__(self, claim: str, values: dict[str, int | bool]) -> None:
        super().__init__(Verdict.REFUTED, claim)
        self.claim = claim
        self.values = values


@dataclass
class Effort:
    """What a proof has done and spent so far."""

    paths: int = 0
    claims: int = 0
    queries: int = 0
    resource_units: int = 0

    def plus(self, other: "Effort") -> "Effort":
        """The sum of both."""
        return Effort(
            self.paths + other.paths,
            self.claims + other.claims,
            self.queries + other.queries,
            self.resource_units + other.resource_units,
        )


Listener = Callable[[str, tuple[z3.BoolRef, ...]], None]
"""Is told what a proof rests on: all formulas of each query that Z3 answers with unsat, and those
that it simplifies to false. The text says what it is that has no solution."""

NO_WAY = "a way that no values take"
"""What has no solution where a side of a branch cannot be taken."""


@dataclass
class Decision:
    """A branch on a path: its condition, the side taken, and whether the other is still to try.

    The solver has a scope for each, which holds the side that is taken.
    """

    condition: z3.BoolRef
    side: bool
    other_side_is_open: bool


class Explorer:
    """The solver, the budget and the decisions of one exploration."""

    def __init__(self, limits: Limits, seed: int = 0, listener: Listener | None = None) -> None:
        self.limits = limits
        self.listener = listener
        self.effort = Effort()
        self.context = z3.Context()
        self.solver = z3.Solver(ctx=self.context)
        self.solver.set("random_seed", seed)
        self.formulas = sha256()
        self.decisions: list[Decision] = []

    def explore(self, body: Callable[[Proof], None]) -> None:
        """Run `body` along every feasible path; return if every claim holds on each.

        Raises Stop: Refutation for a claim that does not hold, INCONCLUSIVE when a limit is hit or
        Z3 gives up, FAULT for an exception that `body` lets through, premises that contradict each
        other, or a path that claims nothing.
        """
        while True:
            if self.effort.paths >= self.limits.paths:
                raise Stop(Verdict.INCONCLUSIVE, "the path limit is reached")
            path = SymbolicPath(self)
            try:
                body(path)
            except Exception as error:
                raise Stop(Verdict.FAULT, f"{type(error).__name__}: {error}") from error
            path.finish()
            self.effort.paths += 1
            while self.decisions and not self.decisions[-1].other_side_is_open:
                self.decisions.pop()
                self.solver.pop()
            if not self.decisions:
                return
            self.solver.pop()
            last = self.decisions.pop()
            self.decide(Decision(last.condition, not last.side, other_side_is_open=False))

    def decide(self, decision: Decision) -> None:
        """Go one side of a branch, in a scope of its own."""
        self.decisions.append(decision)
        self.solver.push()
        self.take(decision.condition if decision.side else z3.Not(decision.condition))

    def take(self, formula: z3.BoolRef) -> None:
        """Take a formula for granted in the scope that the solver is in."""
        self.note("assert", formula)
        self.solver.add(formula)

    def note(self, what: str, *formulas: z3.BoolRef) -> None:
        """Add to the digest of all that Z3 is told and asked, in order."""
        self.formulas.update(f"{what} {[formula.hash() for formula in formulas]}\n".encode())

    def is_satisfiable(self, *conditions: z3.BoolRef, about: str = NO_WAY) -> bool:
        """Whether the path so far and the conditions can hold together. Raises Stop if unknown."""
        left = self.limits.resource_units - self.effort.resource_units
        if left <= 0:
            raise Stop(Verdict.INCONCLUSIVE, "the resource budget is spent")
        self.solver.set("rlimit", left)
        self.effort.queries += 1
        self.note("check", *conditions)
        answer = self.solver.check(*conditions)
        self.effort.resource_units = resource_units(self.solver.statistics())
        if answer == z3.unknown:
            raise Stop(Verdict.INCONCLUSIVE, f"Z3 gave up: {self.solver.reason_unknown()}")
        if answer == z3.unsat and self.listener is not None:
            self.listener(about, (*self.solver.assertions(), *conditions))
        return bool(answer == z3.sat)

    def simplified(self, formula: z3.BoolRef) -> z3.BoolRef:
        """Z3's simpler form of a formula. The listener is told that the two cannot differ."""
        simple = z3.simplify(formula)
        if self.listener is not None and not simple.eq(formula):
            self.listener("that Z3's simpler form differs", (formula != simple,))
        return simple


def resource_units(statistics: z3.Statistics) -> int:
    """Z3's count of what a solver has done, which stands last among its statistics."""
    for index in reversed(range(len(statistics))):
        key, value = statistics[index]
        if key == "rlimit count":
            return int(value)
    raise Stop(Verdict.FAULT, "Z3 does not say what it has spent")


class SymbolicPath:
    """One run of the code under proof: a `Proof` whose inputs are stand-ins for all values."""

    def __init__(self, explorer: Explorer) -> None:
        self.explorer = explorer
        self.context = explorer.context
        self.variables: dict[str, z3.ExprRef] = {}
        self.depth = 0
        self.claims = 0
        self.premises_are_checked = False

    def integer(self, name: str, low: int | None = None, high: int | None = None) -> int:
        """See Proof."""
        number = SymInt(self._variable(name, z3.Int(name, self.context)), self)
        value = cast(int, number)
        if low is not None:
            self.assume(value >= low)
        if high is not None:
            self.assume(value <= high)
        return value

    def boolean(self, name: str) -> bool:
        """See Proof."""
        return cast(bool, SymBool(self._variable(name, z3.Bool(name, self.context)), self))

    def bits(self, name: str, count: int) -> int:
        """See Proof."""
        term = self._variable(name, z3.BitVec(name, count, self.context))
        return cast(int, SymBits(term, self, count))

    def _variable(self, name: str, term: z3.ExprRef) -> z3.ExprRef:
        if name in self.variables:
            raise ValueError(f"two inputs are named {name}")
        self.variables[name] = term
        return term

    def assume(self, condition: bool) -> None:
        """See Proof. Raises ValueError after a branch or a claim."""
        if self.premises_are_checked:
            raise ValueError("a premise after a branch or a claim")
        if self.explorer.effort.paths == 0:
            self.explorer.take(truth_term(condition, self))

    def check_premises(self) -> None:
        """Close the premises. Raises Stop if they contradict each other."""
        if self.premises_are_checked:
            return
        self.premises_are_checked = True
        if self.explorer.effort.paths == 0 and not self.explorer.is_satisfiable():
            raise Stop(Verdict.FAULT, "vacuous: the premises contradict each other")

    def branch(self, condition: z3.BoolRef) -> bool:
        """The side of a branch that this path takes; both are tried if both can happen."""
        self.check_premises()
        decisions = self.explorer.decisions
        if self.depth == len(decisions):
            self.explorer.decide(self._decide(condition))
        decision = decisions[self.depth]
        if not decision.condition.eq(condition):
            raise Stop(Verdict.FAULT, "the code under proof took another course when run again")
        self.depth += 1
        return decision.side

    def _decide(self, condition: z3.BoolRef) -> Decision:
        """A path is feasible, so where one side of a branch cannot happen, the other can."""
        constant = z3.simplify(condition)
        if z3.is_true(constant) or z3.is_false(constant):
            side = z3.is_true(constant)
            if self.explorer.listener is not None:
                self.explorer.listener(NO_WAY, (z3.Not(condition) if side else condition,))
            return Decision(condition, side, other_side_is_open=False)
        if not self.explorer.is_satisfiable(condition):
            return Decision(condition, side=False, other_side_is_open=False)
        open_ = self.explorer.is_satisfiable(z3.Not(condition))
        return Decision(condition, side=True, other_side_is_open=open_)

    def claim(self, claim: str, condition: bool) -> None:
        """See Proof. Raises Refutation if the claim can fail on this path."""
        self.check_premises()
        self.claims += 1
        self.explorer.effort.claims += 1
        broken = z3.Not(truth_term(condition, self))
        if self.explorer.is_satisfiable(broken, about=f"that the claim '{claim}' fails"):
            raise Refutation(claim, self._values())

    def _values(self) -> dict[str, int | bool]:
        model = self.explorer.solver.model()
        values: dict[str, int | bool] = {}
        for name, variable in self.variables.items():
            value = model.eval(variable, model_completion=True)
            values[name] = z3.is_true(value) if z3.is_bool(value) else value.as_long()
        return values

    def show(self, name: str, value: object) -> None:
        """See Proof. Stand-ins are not shown: a counterexample is told in plain values."""

    def finish(self) -> None:
        """Close the path. Raises Stop if nothing was claimed on it."""
        self.check_premises()
        if self.claims == 0:
            raise Stop(Verdict.FAULT, "a path on which nothing is claimed")
        if self.depth != len(self.explorer.decisions):
            raise Stop(Verdict.FAULT, "the code under proof took another course when run again")
