"""Explaining each tree of a machine by itself: with which facts, and as which printed view."""

from fuzz.machines.facts import Fact, Value
from fuzz.machines.flat_text import PrintedViews
from fuzz.machines.pairing import candidate_views, names_of_trees, pair
from fuzz.machines.region_table import Machine
from fuzz.machines.solver import Solution, solve
from fuzz.machines.unknowns import Unknowns, look_of_range, look_up_unknowns
from fuzz.targets.interface import Settings, TargetFactory
from fuzz.verdict import Verdict


class MachineSearch:
    """The explanation of each tree of a machine by itself, as far as there is one.

    `found` collects the facts that differ from their defaults; each search starts from those found
    before it. `views_of` and `solutions` hold a view for each tree that explains one, and what the
    search for it came to; `failures` the solutions of the others, for each view they could have.
    """

    def __init__(
        self,
        machine: Machine,
        views: PrintedViews,
        factory: TargetFactory,
        settings: Settings,
        budget: int,
    ) -> None:
        self.machine = machine
        self.views = views.views
        self.settings = settings
        self.shown = frozenset(look_of_range(line) for view in self.views for line in view.ranges)
        self.found: dict[Fact, Value] = {}
        self.unknowns: dict[tuple[int, int], Unknowns] = {}
        self.solutions: dict[tuple[int, int], Solution] = {}
        self._new_target = lambda: factory(settings)
        self._budget = budget
        candidates = candidate_views(machine, views)
        self.view_of = pair(names_of_trees(machine), candidates, views, self._explains)

    def _explains(self, tree: int, number: int) -> bool:
        """Whether some assignment makes a tree's view the printed one of that number."""
        key = (tree, number)
        if key not in self.solutions:
            view, regions = self.views[number], self.machine.regions
            unknowns = look_up_unknowns(regions, self.machine.roots[tree], view, self.shown)
            solution = solve(unknowns, view, self._new_target, self.found, self._budget)
            self.unknowns[key], self.solutions[key] = unknowns, solution
            if solution.verdict is Verdict.AGREE:
                self.found.update(solution.changed)
        return self.solutions[key].verdict is Verdict.AGREE

    def failure(self, tree: int) -> tuple[Verdict, str, int]:
        """Why a tree has no view: verdict, reason, and the renderings that were tried."""
        tried = [solution for (one, _), solution in self.solutions.items() if one == tree]
        names = {name for (one, _), known in self.unknowns.items() if one == tree
                 for name in known.names}  # fmt: skip
        renderings = sum(solution.renderings for solution in tried)
        for verdict in (Verdict.INCONCLUSIVE, Verdict.UNSUPPORTED):
            for solution in tried:
                if solution.verdict is verdict:
                    return verdict, solution.reason, renderings
        if any(self.machine.regions[name].ambiguous for name in names):
            reason = "two regions are printed alike and the text does not say which is meant"
            return Verdict.INCONCLUSIVE, reason, renderings
        differences = [str(one.difference) for one in tried if one.difference is not None]
        reason = "no assignment explains it: " + (
            differences[0] if differences else "each view that it explains is another space's"
        )
        return Verdict.DIVERGE, reason, renderings
