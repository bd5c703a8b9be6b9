"""Checking whether the rules, and each target, explain all that QEMU printed of a machine.

Each address space is explained by itself, with the first target. Then all are built together, with
one assignment of the unprinted facts for the whole machine, and run on every target: each view,
each list of dispatch sections, and which spaces share a view, must come out as printed.
"""

from collections import Counter
from collections.abc import Iterator, Sequence

from fuzz.machines.corpus import MachineText
from fuzz.machines.flat_text import parse_views
from fuzz.machines.lines import MtreeError
from fuzz.machines.machine_search import MachineSearch
from fuzz.machines.page_size import likely_page_bits
from fuzz.machines.region_table import build_machine
from fuzz.machines.results import MachineResult
from fuzz.machines.solver import DEFAULT_BUDGET
from fuzz.machines.tree_text import parse_trees
from fuzz.machines.whole_machine import WholeMachine
from fuzz.targets.interface import Settings, TargetFactory

DEFAULT_FLAVOUR = "qemu-7.2"


def replay_machines(
    machines: Sequence[MachineText],
    factories: Sequence[TargetFactory],
    flavour: str = DEFAULT_FLAVOUR,
    budget: int = DEFAULT_BUDGET,
) -> Iterator[MachineResult]:
    """Check machines one by one; text that cannot be read is that machine's fault alone."""
    for machine in machines:
        try:
            yield check_machine(machine, factories, flavour, budget)
        except MtreeError as error:
            yield MachineResult(machine.name, fault=str(error))


def check_machine(
    text: MachineText,
    factories: Sequence[TargetFactory],
    flavour: str = DEFAULT_FLAVOUR,
    budget: int = DEFAULT_BUDGET,
) -> MachineResult:
    """Check one machine on targets, the first of which solves for the facts. Raises MtreeError."""
    trees = parse_trees(text.trees, text.trees_path)
    views = parse_views(text.views, text.views_path)
    if views.has_owners not in (None, trees.has_owners):
        raise MtreeError(text.views_path, 0, "one text has owners, the other not; take both anew")
    machine = build_machine(trees)
    settings = Settings(flavour, likely_page_bits(views.views))
    search = MachineSearch(machine, views, factories[0], settings, budget)
    whole = WholeMachine(search)
    first, *further = [factory(settings) for factory in factories]
    results = [*whole.run_first(first)]
    for target in further:
        results.extend(whole.run_further(target))
    dispatches = [view.dispatch for view in views.views if view.dispatch is not None]
    return MachineResult(
        machine=text.name,
        spaces=tuple(results),
        views=len(views.views),
        ranges=sum(len(view.ranges) for view in views.views),
        sections=sum(len(one.sections) for one in dispatches),
        radix_nodes=sum(one.nodes for one in dispatches),
        page_bits=settings.page_bits,
        needed=Counter(fact.kind for fact in search.found),
        scenario=whole.scenario(text.name),
    )
