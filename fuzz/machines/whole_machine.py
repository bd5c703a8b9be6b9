"""All explained address spaces of a machine, built as one, with one assignment of the facts."""

from collections.abc import Iterator

from fuzz.machines.alias_targets import fits_order
from fuzz.machines.comparison import (
    Difference,
    compare_section_roots,
    compare_sections,
    compare_view,
)
from fuzz.machines.facts import Contradiction, Fact, FactKind, Value, assign, describe
from fuzz.machines.flat_text import PrintedView
from fuzz.machines.machine_search import MachineSearch
from fuzz.machines.region_table import Machine, unique_names
from fuzz.machines.results import SpaceResult
from fuzz.machines.tree_operations import build_operations, reachable
from fuzz.machines.unknowns import look_of_region
from fuzz.operations import Operation
from fuzz.scenario import Scenario, Step
from fuzz.targets.interface import Aborted, Rejected, Target, Unsupported
from fuzz.verdict import Verdict


class WholeMachine:
    """A machine's regions and spaces with the facts that a search found, to run on any target.

    `problem` says why the facts, each found for one space, cannot all hold; mostly it is empty.
    """

    def __init__(self, search: MachineSearch) -> None:
        self.search = search
        self.names = space_names(search.machine)
        self.problem = ""
        self.operations: tuple[Operation, ...] = ()
        try:
            self.operations = self._build_operations()
        except Contradiction as error:
            self.problem = str(error)

    def scenario(self, title: str) -> Scenario:
        """The machine as a scenario."""
        heading = (f"The memory tree of {title}, with facts that explain its printed views.",)
        steps = tuple(Step(operation) for operation in self.operations)
        return Scenario(self.search.settings, steps, heading, title)

    def run_first(self, target: Target) -> Iterator[SpaceResult]:
        """What each space comes to on the target that the facts were found with.

        Of a space that has no explanation, that is the result. Where sections lie follows from the
        view, so a difference there has none either. Views that differ now, and did not before, show
        that the facts found do not go together, and others were not searched for; so may a section
        that is not the root's, where several regions have the root's name.
        """
        outcomes = self._run(target)
        for tree, spaces in enumerate(self.search.machine.trees.spaces):
            number, needed, renderings = self.search.view_of.get(tree), self._needed(tree), 0
            if number is None:
                verdict, reason, renderings = self.search.failure(tree)
            else:
                renderings = self.search.solutions[tree, number].renderings
                verdict, reason, others_agree = outcomes[tree]
                if verdict is Verdict.DIVERGE and not others_agree:
                    verdict = Verdict.INCONCLUSIVE
                    reason = f"explained alone, but not with the machine's other spaces: {reason}"
            for name in spaces.names:
                yield SpaceResult(name, target.name, verdict, reason, needed, renderings)

    def run_further(self, target: Target) -> Iterator[SpaceResult]:
        """What each space comes to on another target, with the facts found on the first."""
        outcomes = self._run(target)
        not_checked = (Verdict.INCONCLUSIVE, "not checked: no facts are known to explain it", True)
        for tree, spaces in enumerate(self.search.machine.trees.spaces):
            verdict, reason, _ = outcomes.get(tree, not_checked)
            for name in spaces.names:
                yield SpaceResult(name, target.name, verdict, reason, self._needed(tree), 0)

    def _build_operations(self) -> tuple[Operation, ...]:
        """The operations that build the machine; Contradiction if the facts cannot all hold."""
        machine, search = self.search.machine, self.search
        defaults: dict[Fact, Value] = {
            Fact(FactKind.TERMINATES, region.id): 1
            for region in machine.regions.values()
            if region.word == "i/o" and look_of_region(region) in search.shown
        }
        preferred = {**defaults, **search.decided}
        assignment = assign(machine.regions, machine.regions, search.found, preferred)
        chosen = {
            line: machine.sections.index(assignment.targets[region])
            for line, region in machine.alias_lines.items()
        }
        if not fits_order(machine.trees, chosen):
            raise Contradiction("alias targets contradict the order of the memory regions")
        spaces = [
            (name, machine.roots[tree])
            for tree, names in enumerate(self.names)
            for name in names
            if tree in search.view_of
        ]
        names = reachable(machine.regions, [root for _, root in spaces])
        return build_operations(machine.regions, names, spaces, assignment)

    def _run(self, target: Target) -> dict[int, tuple[Verdict, str, bool]]:
        """Verdict and reason for each tree with a view, and whether all agrees but the sections."""
        trees = sorted(self.search.view_of)
        if self.problem:
            return dict.fromkeys(trees, (Verdict.INCONCLUSIVE, self.problem, False))
        try:
            for operation in self.operations:
                target.apply(operation)
        except Unsupported as error:
            return dict.fromkeys(trees, (Verdict.UNSUPPORTED, str(error), False))
        except (Rejected, Aborted) as error:
            reason = f"the machine cannot be built: {error}"
            return dict.fromkeys(trees, (Verdict.DIVERGE, reason, False))
        sharing = _Sharing()
        return {tree: self._compare(target, tree, sharing) for tree in trees}

    def _compare(self, target: Target, tree: int, sharing: "_Sharing") -> tuple[Verdict, str, bool]:
        """The same for one tree, when the machine has been built."""
        regions = self.search.machine.regions
        view = self.search.views[self.search.view_of[tree]]
        for space in self.names[tree]:
            seen, sections = target.view(space), target.sections(space)
            difference = compare_view(regions, view, seen) or sharing.compare(view, seen.root)
            if difference is not None:
                return Verdict.DIVERGE, str(difference), False
            difference = compare_sections(regions, view, seen, sections)
            if difference is not None:
                return Verdict.DIVERGE, str(difference), True
            difference = compare_section_roots(regions, view, seen, sections)
            if difference is not None:
                alike = sum(region.name == view.root for region in regions.values())
                return Verdict.DIVERGE, str(difference), alike == 1
        return Verdict.AGREE, "", True

    def _needed(self, tree: int) -> tuple[str, ...]:
        """The facts about a tree's regions that differ from their defaults, as sentences."""
        number = self.search.view_of.get(tree)
        if number is None:
            return ()
        domain = self.search.unknowns[tree, number].domain
        regions = self.search.machine.regions
        found = self.search.found.items()
        return tuple(describe(regions, fact, value) for fact, value in found if fact in domain)


class _Sharing:
    """Which printed view each flat root belongs to: spaces share one if they have one root (R9)."""

    def __init__(self) -> None:
        self._views: dict[str, PrintedView] = {}
        self._roots: dict[int, str] = {}

    def compare(self, view: PrintedView, root: str | None) -> Difference | None:
        """The difference if this root and this view were not seen together before, but apart."""
        if root is None:
            return None
        other = self._views.setdefault(root, view)
        first = self._roots.setdefault(view.number, root)
        if other is view and first == root:
            return None
        shared = f"a view of {first} in FlatView #{view.number}"
        return Difference(
            "views are shared differently", None, shared, f"{root}, as in FlatView #{other.number}"
        )


def space_names(machine: Machine) -> list[list[str]]:
    """For each tree, the names of its address spaces in a scenario: as printed, made unique."""
    names = iter(unique_names([name for spaces in machine.trees.spaces for name in spaces.names]))
    return [[next(names) for _ in spaces.names] for spaces in machine.trees.spaces]
