"""Asking code that branches a question, and having one truth value for an answer.

A branch in the code under proof forks the path. Where such code is not what is proved, but says
what is assumed or claimed, as an invariant of the model does, all its branches are taken at once
instead: the answer is yes where one of the ways to a yes is open.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import cast
from weakref import WeakKeyDictionary

import z3

from proofs.paths import Explorer, SymbolicPath
from proofs.proof import Proof
from proofs.symbolic import SymBool, truth_term

_remembered: WeakKeyDictionary[Explorer, dict[object, z3.BoolRef]] = WeakKeyDictionary()


def answer_about_inputs(proof: Proof, name: object, question: Callable[[], bool]) -> bool:
    """The answer to a question about nothing but inputs, which are the same on each path.

    So it is worked out only once in an exploration, whose other paths know it by its name.
    """
    if not isinstance(proof, SymbolicPath):
        return question()
    answers = _remembered.setdefault(proof.explorer, {})
    if name not in answers:
        answers[name] = truth_term(answer(proof, question), proof)
    return cast(bool, SymBool(answers[name], proof))


def answer(proof: Proof, question: Callable[[], bool]) -> bool:
    """What `question` answers, without forking, whatever it branches on.

    It is asked once for each way through its branches, also for those that no values can take.
    """
    if not isinstance(proof, SymbolicPath):
        return question()
    ways = _Ways(proof.explorer)
    yes: list[z3.BoolRef] = []
    with _branches_of(proof, ways.branch):
        while ways.is_open:
            reply = question()
            if reply is not False:
                yes.append(_joined(z3.And, [*ways.taken(), truth_term(reply, proof)]))
            ways.close()
    is_yes = _joined(z3.Or, yes) if yes else z3.BoolVal(False, proof.context)
    return cast(bool, SymBool(proof.explorer.simplified(is_yes), proof))


def _joined(join: Callable[..., z3.BoolRef], conditions: list[z3.BoolRef]) -> z3.BoolRef:
    """Some conditions joined; one stays as it is, as SMT-LIB joins two at least."""
    return conditions[0] if len(conditions) == 1 else join(*conditions)


@contextmanager
def _branches_of(path: SymbolicPath, branch: Callable[[z3.BoolRef], bool]) -> Iterator[None]:
    """Have another than the path itself say which way its branches go."""
    vars(path)["branch"] = branch
    try:
        yield
    finally:
        del vars(path)["branch"]


class _Ways:
    """All ways through some branches, one after the other; no solver is asked which can happen.

    Conditions are told apart by their numbers in Z3, where equal terms have the same.
    """

    def __init__(self, explorer: Explorer) -> None:
        self.explorer = explorer
        self.decisions: list[tuple[z3.BoolRef, bool]] = []
        self.sides: dict[int, bool] = {}
        self.simplified: dict[int, tuple[z3.BoolRef, z3.BoolRef]] = {}
        self.depth = 0
        self.is_open = True

    def branch(self, condition: z3.BoolRef) -> bool:
        """The side of a branch that this way takes; the same side of the same branch again."""
        number = condition.get_id()
        if number not in self.simplified:
            self.simplified[number] = (condition, self.explorer.simplified(condition))
        simple = self.simplified[number][1]
        if z3.is_true(simple) or z3.is_false(simple):
            return bool(z3.is_true(simple))
        if simple.get_id() not in self.sides:
            if self.depth == len(self.decisions):
                self.decisions.append((simple, True))
            self.sides[simple.get_id()] = self.decisions[self.depth][1]
            self.depth += 1
        return self.sides[simple.get_id()]

    def taken(self) -> list[z3.BoolRef]:
        """The conditions of the way that has been taken."""
        return [one if side else z3.Not(one) for one, side in self.decisions]

    def close(self) -> None:
        """Go on to the next way, if there is one."""
        self.depth = 0
        self.sides = {}
        while self.decisions and not self.decisions[-1][1]:
            self.decisions.pop()
        self.is_open = bool(self.decisions)
        if self.is_open:
            self.decisions[-1] = (self.decisions[-1][0], False)
