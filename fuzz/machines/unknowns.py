"""Which facts of an address space are unknown, and what the printed view says about them.

Two conclusions are drawn from the printed view, and each holds for every assignment that explains
it, or can be assumed of one without loss:
- A range of an `i/o` region was filled by that region (R4), so the only region that a range's line
  fits must terminate. This holds for any renderer whose ranges come from regions that terminate.
- A terminating region that no range's line fits shows nowhere. What it covers is answered by an
  earlier region, so as a container it would leave the same view (R4, R5). Only where the choice of
  the flat root depends on it (R9) must both be tried.
Likewise, a read-only region makes every range below it print as `rom` (R6); if no such range
belongs to a region that is not ROM itself, no flag that is not printed changes what is.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from fuzz.machines.facts import Assignment, Fact, FactKind, Value, Values, assign, ties
from fuzz.machines.flat_text import PrintedView, RangeLine
from fuzz.machines.region_table import Table, TableRegion
from fuzz.machines.tree_operations import reachable

Look = tuple[str, str, int]
"""What a range's line says that tells regions apart: name, owner, priority."""


def look_of_range(line: RangeLine) -> Look:
    """What the line of a range says of its region."""
    return line.name, line.owner, line.priority


def look_of_region(region: TableRegion) -> Look:
    """What the lines of a region's ranges would say of it."""
    return region.name, region.owner, region.priority


@dataclass(frozen=True, slots=True)
class Unknowns:
    """The regions that a root leads to, and the values that each unknown fact about them can have.

    The first value is the default, but a tie order's is what `assign` makes of it. A fact with one
    value is settled, although it is not printed.
    `root_path` holds the regions on which the choice of the flat root can depend.
    """

    regions: Table
    root: str
    names: tuple[str, ...]
    root_path: tuple[str, ...]
    domain: dict[Fact, tuple[Value, ...]]

    def assign(self, decided: Values, preferred: Values) -> Assignment:
        """The assignment with the decided values, else the preferred, else the defaults.

        A preferred value that the fact cannot have here is passed over. Raises Contradiction.
        """
        wanted = {
            fact: values[0]
            for fact, values in self.domain.items()
            if fact.kind is not FactKind.TIE_ORDER
        }
        for fact, value in preferred.items():
            if value in self.domain.get(fact, ()):
                wanted[fact] = value
        return assign(self.regions, self.names, decided, wanted)


def look_up_unknowns(
    regions: Table, root: str, view: PrintedView, shown: frozenset[Look]
) -> Unknowns:
    """The unknown facts of a space, as far as its printed view does not settle them.

    `shown` is what the ranges of all the machine's views say of their regions: by default, an `i/o`
    region terminates if some view shows it.
    """
    names = reachable(regions, [root])
    path = root_path(regions, root)
    domain: dict[Fact, tuple[Value, ...]] = {}
    looks = Counter(look_of_region(regions[name]) for name in names if not regions[name].is_alias)
    here = {look_of_range(line) for line in view.ranges}
    for name in names:
        region = regions[name]
        look = look_of_region(region)
        if region.word == "i/o" and not region.is_alias:
            fact = Fact(FactKind.TERMINATES, name)
            if look in here and looks[look] == 1:
                domain[fact] = (1,)
            elif look in here or look in shown:
                domain[fact] = (1, 0)
            else:
                domain[fact] = (0, 1) if name in path else (0,)
        domain.update(printed_alike(regions, region))
        for fact in ties(regions, region):
            domain[fact] = (0, 1)
    if not rom_is_always_rom(regions, names, view):
        for name in names:
            if flag_is_hidden(regions[name]):
                domain[Fact(FactKind.READONLY, name)] = (0, 1)
    return Unknowns(regions, root, names, path, domain)


def printed_alike(regions: Table, region: TableRegion) -> Iterator[tuple[Fact, tuple[Value, ...]]]:
    """The facts about a region that nothing in a view is evidence of: its size, and its target."""
    if region.size == 1:
        yield Fact(FactKind.SIZE, region.id), (1, 0)
    if len(region.targets) > 1:
        yield Fact(FactKind.ALIAS_TARGET, region.id), region.targets


def flag_is_hidden(region: TableRegion) -> bool:
    """Whether a region can be read-only without its line showing it. Rules: R6."""
    return region.is_alias or region.word not in ("ram", "rom")


def rom_is_always_rom(regions: Table, names: Iterable[str], view: PrintedView) -> bool:
    """Whether every range that prints as `rom` fits only regions that are ROM themselves."""
    words: dict[Look, set[str]] = {}
    for name in names:
        words.setdefault(look_of_region(regions[name]), set()).add(regions[name].word)
    return all(
        words.get(look_of_range(line), {"rom"}) == {"rom"}
        for line in view.ranges
        if line.word == "rom"
    )


def root_path(regions: Table, root: str) -> tuple[str, ...]:
    """The regions that can become the flat root, and the children that decide it. Rules: R9.

    From an alias that shows its target from the start, the target can; from a container, its only
    enabled child at address 0. More are listed than any assignment makes so, never fewer.
    """
    found = dict.fromkeys([root])
    waiting = [root]
    while waiting:
        region = regions[waiting.pop()]
        enabled = [child for child in region.children if regions[child].enabled]
        steps: tuple[str, ...] = ()
        if region.is_alias:
            steps = region.targets if region.alias_offset == 0 else ()
        elif region.word == "i/o" and len(enabled) == 1 and regions[enabled[0]].addr == 0:
            steps = (enabled[0],)
        new = [name for name in steps if name not in found]
        found.update(dict.fromkeys(new))
        waiting.extend(new)
    return tuple(found)
