"""Which unknown facts can change what a view answers at an address.

What a region answers at one address depends only on the regions that can contain it (the definition
of rendering by address: rules R1, R3, R4, R6; `model.meaning` is that definition, and the theorem
that a view means the same is P2). Where two ranges meet depends on the answers on both sides (R8).
The facts collected here are therefore all that matter, and may be more: regions hidden by others
are followed too, each alias to every target it can have, from every region that can become the
flat root (R9).
"""

from fuzz.machines.facts import Fact, FactKind
from fuzz.machines.region_table import TableRegion
from fuzz.machines.unknowns import Unknowns

MAX_VISITS = 20_000
"""Regions looked at before all facts are called relevant: aliases can meet one target often."""


def relevant_facts(unknowns: Unknowns, address: int | None) -> list[Fact]:
    """The unknown facts that can change the answer at an address or the division just before it.

    The facts that the choice of the flat root depends on are relevant everywhere; with no address,
    nothing else is. The order is that in which rendering meets the regions.
    """
    found: dict[Fact, None] = {}
    for name in unknowns.root_path:
        _facts_of_one(unknowns, unknowns.regions[name], found)
    if address is not None:
        for root in unknowns.root_path:
            for one in (address, address - 1):
                if not _follow(unknowns, root, one, found):
                    return all_facts(unknowns)
    return [fact for fact in found if len(unknowns.domain.get(fact, ())) > 1]


def all_facts(unknowns: Unknowns) -> list[Fact]:
    """Every fact that is not settled: what is relevant where there is no view to look at."""
    return [fact for fact, values in unknowns.domain.items() if len(values) > 1]


def _follow(unknowns: Unknowns, root: str, address: int, found: dict[Fact, None]) -> bool:
    """Collect the facts about all regions that can contain an address; False if they are too many.

    `address` is in the coordinates of the root's container, offsets count from a region's start.
    """
    regions = unknowns.regions
    start = (root, address - regions[root].addr)
    seen, waiting = {start}, [start]
    while waiting:
        if len(seen) > MAX_VISITS:
            return False
        name, offset = waiting.pop()
        region = regions[name]
        if not region.enabled or not 0 <= offset < region.size:
            continue
        _facts_of_one(unknowns, region, found)
        inside = [
            child
            for child in (regions[name] for name in region.children)
            if child.enabled and child.addr <= offset < child.addr + child.size
        ]
        for index, first in enumerate(inside):
            for second in inside[index + 1 :]:
                if first.addr != second.addr and first.priority == second.priority:
                    found[Fact(FactKind.TIE_ORDER, first.id, second.id)] = None
        steps = [(target, offset + region.alias_offset) for target in region.targets]
        steps.extend((child.id, offset - child.addr) for child in reversed(inside))
        new = [step for step in steps if step not in seen]
        seen.update(new)
        waiting.extend(new)
    return True


def _facts_of_one(unknowns: Unknowns, region: TableRegion, found: dict[Fact, None]) -> None:
    """Collect the facts about one region by itself."""
    for kind in (FactKind.TERMINATES, FactKind.SIZE, FactKind.READONLY, FactKind.ALIAS_TARGET):
        found[Fact(kind, region.id)] = None
