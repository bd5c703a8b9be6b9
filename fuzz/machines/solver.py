"""The search for unprinted facts that explain a printed view.

It is complete: if it ends within its budget and finds nothing, no assignment of the unknown facts
explains the view. From an assignment that fails at some address, every assignment that explains the
view and shares its decided facts must give another value to some relevant fact (`relevance`). With
the relevant facts in a row, one of them is the first that it changes; the search has a branch for
each, which changes that fact and decides those before it as they are. Each branch decides more than
its parent, so the search ends. Branches with fewer changed facts go first.
"""

import heapq
from collections.abc import Callable
from itertools import count
from typing import NamedTuple

from fuzz.machines.comparison import Difference, compare_view
from fuzz.machines.facts import Assignment, Contradiction, Fact, Value, Values
from fuzz.machines.flat_text import PrintedView
from fuzz.machines.relevance import all_facts, relevant_facts
from fuzz.machines.tree_operations import build_operations
from fuzz.machines.unknowns import Unknowns
from fuzz.observation import ViewSeen
from fuzz.targets.interface import Aborted, Rejected, Target, Unsupported
from fuzz.verdict import Verdict

DEFAULT_BUDGET = 2_000
"""Renderings tried for one address space."""

SPACE = "space"
"""The name of the address space that a search renders."""


class Solution(NamedTuple):
    """What a search came to.

    AGREE: `decided` holds the facts that the search gave values to, `changed` those of them that it
    gave other values than it started from. DIVERGE: no assignment explains the view; `difference`
    is that of the first one tried. UNSUPPORTED: none does that the target can render. INCONCLUSIVE:
    the budget was spent. `reason` says more of the last two.
    """

    verdict: Verdict
    changed: dict[Fact, Value]
    decided: dict[Fact, Value]
    difference: Difference | None
    renderings: int
    reason: str = ""


def render(unknowns: Unknowns, assignment: Assignment, target: Target) -> ViewSeen:
    """The view that a new target gives to one address space.

    Raises Contradiction, and Rejected, Aborted or Unsupported as the target does.
    """
    spaces = [(SPACE, unknowns.root)]
    for operation in build_operations(unknowns.regions, unknowns.names, spaces, assignment):
        target.apply(operation)
    return target.view(SPACE)


def solve(
    unknowns: Unknowns,
    view: PrintedView,
    new_target: Callable[[], Target],
    preferred: Values,
    budget: int = DEFAULT_BUDGET,
    by_address: bool = False,
) -> Solution:
    """Search for values of the unknown facts with which a target gives the printed view.

    `preferred` are values to start from instead of the defaults; they are given up as those are.
    With `by_address`, the view need only answer each address as printed.
    """
    first_difference: Difference | None = None
    unsupported = ""
    order = count()
    waiting: list[tuple[int, int, dict[Fact, Value], frozenset[Fact]]] = []
    heapq.heappush(waiting, (0, next(order), {}, frozenset()))
    renderings = 0
    while waiting:
        changes, _, decided, changed = heapq.heappop(waiting)
        try:
            assignment = unknowns.assign(decided, preferred)
        except Contradiction:
            continue
        if renderings == budget:
            reason = f"no end of the search within {budget} renderings; allow more"
            return Solution(Verdict.INCONCLUSIVE, {}, {}, first_difference, renderings, reason)
        renderings += 1
        try:
            seen = render(unknowns, assignment, new_target())
        except (Contradiction, Rejected, Aborted, Unsupported) as error:
            if isinstance(error, Unsupported):
                unsupported = str(error)
            difference = Difference(f"no view: {error}", None, None, None)
            suspects = all_facts(unknowns)
        else:
            found = compare_view(unknowns.regions, view, seen, by_address)
            if found is None:
                values = {fact: decided[fact] for fact in changed}
                return Solution(Verdict.AGREE, values, decided, None, renderings)
            difference = found
            suspects = relevant_facts(unknowns, difference.address)
        first_difference = first_difference or difference
        kept = dict(decided)
        for fact in suspects:
            if fact in decided:
                continue
            now = assignment.value(fact)
            for value in unknowns.domain[fact]:
                if value != now:
                    branch = {**kept, fact: value}
                    entry = (changes + 1, next(order), branch, changed | {fact})
                    heapq.heappush(waiting, entry)
            kept[fact] = now
    verdict = Verdict.UNSUPPORTED if unsupported else Verdict.DIVERGE
    return Solution(verdict, {}, {}, first_difference, renderings, unsupported)
