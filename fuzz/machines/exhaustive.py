"""Trying every assignment of the unprinted facts of an address space: the strict way to refuse one.

A renderer is rejected by an address space if no assignment makes it give what is printed. What the
solver concludes about single addresses speaks of the right renderer, so it is not used here; all
assignments are rendered. Only what holds for any renderer of the following sort is concluded:
ranges come from regions that terminate, and one that a region adds stays in the view as that
region's, alone or merged with others of the same region. Then
- the one region that a printed `i/o` range fits terminates;
- a terminating region that no printed range fits added nothing, so as a container it would leave
  the same view, unless the choice of the flat root depends on it (R9): there both are tried;
- read-only flags that are not printed can all be off, unless a range prints as `rom` whose region
  is not: what is below such a flag prints as `rom`, and of ROM that is so without it.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import combinations, product
from math import prod
from typing import NamedTuple

from fuzz.machines.comparison import Difference, compare_view
from fuzz.machines.corpus import MachineText
from fuzz.machines.facts import Contradiction, Fact, FactKind, Value, ties
from fuzz.machines.flat_text import PrintedView, parse_views
from fuzz.machines.pairing import candidate_views
from fuzz.machines.region_table import Table, TableRegion, build_machine
from fuzz.machines.solver import render
from fuzz.machines.tree_operations import reachable
from fuzz.machines.tree_text import parse_trees
from fuzz.machines.unknowns import (
    Unknowns,
    flag_is_hidden,
    look_of_range,
    look_of_region,
    printed_alike,
    rom_is_always_rom,
    root_path,
)
from fuzz.targets.interface import Aborted, Target

EVERYWHERE = 1 << 80
"""Farther than any address, wherever aliases move it."""


@dataclass(frozen=True, slots=True)
class Case:
    """An address space whose printed view is known for sure, because no other has its name."""

    machine: str
    space: str
    regions: Table
    root: str
    view: PrintedView

    @property
    def title(self) -> str:
        """What reports call it."""
        return f"{self.machine}, address space {self.space}"


class Trial(NamedTuple):
    """What trying every assignment came to.

    `explained` says that one of them gave the printed view; the rest were not tried then. `tried`
    counts assignments, `aborted` those among them at which the renderer aborted or did not end, and
    `contradictory` those that no tree has. `difference` is that of the first one with a view.
    """

    explained: bool
    tried: int
    aborted: int
    contradictory: int
    difference: Difference | None


def cases_of(text: MachineText) -> Iterator[Case]:
    """The address spaces of a machine that have only one candidate view. Raises MtreeError."""
    trees = parse_trees(text.trees, text.trees_path)
    machine = build_machine(trees)
    views = parse_views(text.views, text.views_path)
    candidates = candidate_views(machine, views)
    for spaces, root, numbers in zip(trees.spaces, machine.roots, candidates, strict=True):
        if len(numbers) == 1:
            view = views.views[numbers[0]]
            yield Case(text.name, spaces.names[0], machine.regions, root, view)


def every_unknown(case: Case, clips: bool = True) -> Unknowns:
    """The facts of a case with all values that they can have, the defaults first.

    Orders are those of siblings that overlap, disabled ones included; where the renderer does not
    clip regions to what contains or shows them, of those that reach the same addresses.
    """
    regions = case.regions
    names = reachable(regions, [case.root])
    path = root_path(regions, case.root)
    looks = Counter(look_of_region(regions[name]) for name in names if not regions[name].is_alias)
    shown = {look_of_range(line) for line in case.view.ranges}
    hidden_flags = not rom_is_always_rom(regions, names, case.view)
    domain: dict[Fact, tuple[Value, ...]] = {}
    for name in names:
        region = regions[name]
        look = look_of_region(region)
        if region.word == "i/o" and not region.is_alias:
            if look in shown:
                domain[Fact(FactKind.TERMINATES, name)] = (1,) if looks[look] == 1 else (1, 0)
            else:
                domain[Fact(FactKind.TERMINATES, name)] = (0, 1) if name in path else (0,)
        domain.update(printed_alike(regions, region))
        if hidden_flags and flag_is_hidden(region):
            domain[Fact(FactKind.READONLY, name)] = (0, 1)
        for fact in ties(regions, region, disabled_too=True) if clips else _met(regions, region):
            domain[fact] = (0, 1)
    return Unknowns(regions, case.root, names, path, domain)


def _met(regions: Table, container: TableRegion) -> Iterator[Fact]:
    """The orders of tied siblings that can meet if nothing is clipped."""
    reached = {child: _reach(regions, child, frozenset()) for child in container.children}
    for first, second in combinations([regions[child] for child in container.children], 2):
        meet = max(reached[first.id][0], reached[second.id][0]) < min(
            reached[first.id][1], reached[second.id][1]
        )
        if meet and first.priority == second.priority and first.addr != second.addr:
            yield Fact(FactKind.TIE_ORDER, first.id, second.id)


def _reach(regions: Table, name: str, above: frozenset[str]) -> tuple[int, int]:
    """The first address, and the one after the last, that a region and all below it can reach.

    In the coordinates of the region's container. A region that contains itself reaches everything.
    """
    if name in above:
        return -EVERYWHERE, EVERYWHERE
    region = regions[name]
    low, high = 0, region.size
    for step in (*region.children, *region.targets):
        first, end = _reach(regions, step, above | {name})
        shift = region.alias_offset + regions[step].addr if region.is_alias else 0
        low, high = min(low, first - shift), max(high, end - shift)
    return low + region.addr, high + region.addr


def contains_itself(case: Case) -> bool:
    """Whether an alias below the root shows what it lies in: without clipping there is no end."""
    return _reach(case.regions, case.root, frozenset())[1] > EVERYWHERE // 2


def count_assignments(unknowns: Unknowns) -> int:
    """How many assignments there are, counting those that contradict themselves."""
    return prod(len(values) for values in unknowns.domain.values())


def try_every_assignment(
    unknowns: Unknowns, view: PrintedView, new_target: Callable[[], Target]
) -> Trial:
    """Render every assignment until one gives the printed view.

    Raises Unsupported, and Rejected if the target refuses the tree itself.
    """
    facts = list(unknowns.domain)
    tried = aborted = contradictory = 0
    first: Difference | None = None
    for values in product(*unknowns.domain.values()):
        tried += 1
        try:
            assignment = unknowns.assign(dict(zip(facts, values, strict=True)), {})
            seen = render(unknowns, assignment, new_target())
        except Contradiction:
            contradictory += 1
            continue
        except (Aborted, RecursionError):
            aborted += 1
            continue
        difference = compare_view(unknowns.regions, view, seen)
        if difference is None:
            return Trial(True, tried, aborted, contradictory, None)
        first = first or difference
    return Trial(False, tried, aborted, contradictory, first)
