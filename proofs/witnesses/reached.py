"""Whether scenarios run the broken code at all: it tells why a counterexample has no witness."""

import sys
from collections.abc import Iterable, Sequence
from functools import cache
from importlib import import_module
from pathlib import Path
from types import CodeType, FrameType
from typing import Any, NamedTuple

from fuzz.mutation import Mutation
from fuzz.oracle import run
from fuzz.scenario import Scenario, ScenarioError
from fuzz.targets.interface import TargetFactory
from proofs.witnesses.search import regressions
from proofs.witnesses.sides import Sides, broken_target


class Function(NamedTuple):
    """Where a function stands: its file, and its first and last line."""

    path: str
    first: int
    last: int


def is_reached(
    sides: Sides, mutation: Mutation, scenarios: Iterable[Scenario], folder: Path
) -> bool:
    """Whether the function that has the bug is called in any scenario, or in any regression.

    The code is run as it is, without the bug, so that it ends.
    """
    path = str(import_module(mutation.module).__file__)
    source = Path(path).read_text(encoding="utf-8")
    line = source.count("\n", 0, source.index(mutation.original)) + 1
    called = called_in(sides.sound, scenarios) | called_in_regressions(folder)
    return any(one.path == path and one.first <= line <= one.last for one in called)


@cache
def called_in_regressions(folder: Path) -> frozenset[Function]:
    """The functions of both packages that the regressions call; of one that cannot be run, none."""
    factories = (broken_target("model", None), broken_target("impl", None))
    return called_in(factories, [scenario for _, scenario in regressions(folder)])


def called_in(
    factories: Sequence[TargetFactory], scenarios: Iterable[Scenario]
) -> frozenset[Function]:
    """The functions that scenarios call on targets."""
    codes: dict[int, CodeType] = {}  # By identity, since it takes long to compare them.

    def note(frame: FrameType, event: str, argument: Any) -> None:
        if event == "call":
            codes[id(frame.f_code)] = frame.f_code

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        for scenario in scenarios:
            try:
                run(scenario, factories, skip_rejected=True)
            except ScenarioError:
                continue
    finally:
        sys.setprofile(before)
    return frozenset(map(function_of, codes.values()))


def function_of(code: CodeType) -> Function:
    """Where a function's code stands."""
    last = max(line or 0 for *_, line in code.co_lines())
    return Function(code.co_filename, code.co_firstlineno, last)
