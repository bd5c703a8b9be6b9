"""Explaining each tree of a machine by itself: with which facts, and as which printed view."""

from fuzz.machines.facts import Fact, Value
from fuzz.machines.flat_text import PrintedViews
from fuzz.machines.pairing import candidate_views, names_of_trees, pair
from fuzz.machines.region_table import Machine, build_machine
from fuzz.machines.solver import Solution, solve
from fuzz.machines.unknowns import Unknowns, look_of_range, look_up_unknowns
from fuzz.targets.interface import Settings, TargetFactory
from fuzz.verdict import Verdict


class MachineSearch:
    """The explanation of each tree of a machine by itself, as far as there is one.

    `decided` collects the facts that searches gave values to, and `found` those of them that differ
    from their defaults; each search starts from what was decided before it. `view_of` has the view
    of each tree that explains one; `solutions` and `unknowns` are those of each search, by tree and
    view.
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
        self.decided: dict[Fact, Value] = {}
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
            solution = solve(unknowns, view, self._new_target, self.decided, self._budget)
            self.unknowns[key], self.solutions[key] = unknowns, solution
            if solution.verdict is Verdict.AGREE:
                self.decided.update(solution.decided)
                defaults = unknowns.assign({}, {})
                for fact, value in solution.changed.items():
                    self.found[fact] = value
                    if value == defaults.value(fact):
                        del self.found[fact]
        return self.solutions[key].verdict is Verdict.AGREE

    def failure(self, tree: int) -> tuple[Verdict, str, int]:
        """Why a tree has no view: verdict, reason, and the renderings that were tried.

        That no assignment explains a view is said only if that holds in every reading of which
        lines speak of one region.
        """
        tried = {number: solution for (one, number), solution in self.solutions.items()
                 if one == tree}  # fmt: skip
        renderings = sum(solution.renderings for solution in tried.values())
        for solution in tried.values():
            if solution.verdict is Verdict.AGREE:
                reason = "each view that it explains is printed as another space's"
                return Verdict.INCONCLUSIVE, reason, renderings
            if solution.verdict is not Verdict.DIVERGE:
                return solution.verdict, solution.reason, renderings
        for number in tried:
            solution = self._solve_apart(tree, number)
            renderings += solution.renderings
            if solution.verdict is Verdict.AGREE:
                reason = "explained only if regions that are printed alike are several"
                return Verdict.INCONCLUSIVE, reason, renderings
            if solution.verdict is not Verdict.DIVERGE:
                return solution.verdict, solution.reason, renderings
        difference = next(solution.difference for solution in tried.values())
        return Verdict.DIVERGE, f"no assignment explains it: {difference}", renderings

    def _solve_apart(self, tree: int, number: int) -> Solution:
        """The search once more, in the reading that tells all printed trees apart."""
        machine = build_machine(self.machine.trees, trees_apart=True)
        view, root = self.views[number], machine.roots[tree]
        unknowns = look_up_unknowns(machine.regions, root, view, self.shown)
        return solve(unknowns, view, self._new_target, {}, self._budget, by_address=True)
