"""The facts about a region tree that its printed text leaves out.

- TERMINATES: a container and an i/o region both print as `i/o` (M5).
- TIE_ORDER: which of two overlapping siblings of equal priority comes first in the list that
  rendering walks, where they are at different addresses (M3).
- SIZE: regions of no bytes and of one print alike (M2).
- READONLY: the flag of a region whose type does not show it (R6).
- ALIAS_TARGET: which of several regions of one name an alias stands for (R3).
"""

import heapq
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from itertools import groupby, pairwise
from typing import NamedTuple

from fuzz.machines.region_table import Table, TableRegion


class FactKind(Enum):
    """What a fact is about; the value is how reports call it."""

    TERMINATES = "terminates"
    TIE_ORDER = "tie order"
    SIZE = "size 0 or 1"
    READONLY = "readonly flag"
    ALIAS_TARGET = "alias target"


class Fact(NamedTuple):
    """One fact that is not printed, about one region, or about two siblings.

    Its value is 0 or 1, and for ALIAS_TARGET a region. A tie order is 1 if `region` comes before
    `other`, which is printed after it.
    """

    kind: FactKind
    region: str
    other: str = ""


Value = int | str
Values = Mapping[Fact, Value]


class Contradiction(ValueError):
    """Values that no machine has: tie orders in a circle, an alias that stands for itself."""


@dataclass(frozen=True, slots=True)
class Assignment:
    """A value for every fact of some regions, in the form that building them needs.

    `orders` gives each container's children in the order of the list that rendering walks.
    """

    terminates: Mapping[str, bool]
    sizes: Mapping[str, int]
    readonly: frozenset[str]
    targets: Mapping[str, str]
    orders: Mapping[str, tuple[str, ...]]

    def value(self, fact: Fact) -> Value:
        """The value of one fact."""
        match fact.kind:
            case FactKind.TERMINATES:
                return int(self.terminates[fact.region])
            case FactKind.TIE_ORDER:
                order = next(one for one in self.orders.values() if fact.region in one)
                return int(order.index(fact.region) < order.index(fact.other))
            case FactKind.SIZE:
                return self.sizes[fact.region]
            case FactKind.READONLY:
                return int(fact.region in self.readonly)
            case FactKind.ALIAS_TARGET:
                return self.targets[fact.region]


def assign(regions: Table, names: Iterable[str], decided: Values, preferred: Values) -> Assignment:
    """The assignment for some regions that has the decided values, else the preferred ones.

    What neither names has its default: a region printed `i/o` is a container, a one-byte region has
    one byte, only ROM is read-only, an alias stands for the first target it can, and of tied
    siblings the smaller comes first. A preferred tie order gives way to those before it. Raises
    Contradiction if the decided values cannot all hold.
    """
    values = {**preferred, **decided}
    terminates, sizes, targets, readonly, orders = {}, {}, {}, set(), {}
    for name in names:
        region = regions[name]
        terminating = values.get(Fact(FactKind.TERMINATES, name), int(region.word != "i/o"))
        terminates[name] = bool(terminating) and not region.is_alias
        sizes[name] = int(values.get(Fact(FactKind.SIZE, name), region.size))
        if values.get(Fact(FactKind.READONLY, name), 0):
            readonly.add(name)
        if region.is_alias:
            targets[name] = str(values.get(Fact(FactKind.ALIAS_TARGET, name), region.targets[0]))
        if region.children:
            orders[name] = list_order(regions, region, decided, preferred)
    return Assignment(terminates, sizes, frozenset(readonly), targets, orders)


def list_order(
    regions: Table, container: TableRegion, decided: Values, preferred: Values
) -> tuple[str, ...]:
    """A container's children in the order of the list that rendering walks.

    Priorities descend. Among equals, those at one address stay in printed order, decided tie orders
    hold, preferred ones hold where they still can, and for the rest the smaller region comes first.
    Raises Contradiction. Rules: M3.
    """
    order: list[str] = []
    tied = sorted(container.children, key=lambda child: -regions[child].priority)
    for _, group in groupby(tied, key=lambda child: regions[child].priority):
        order.extend(_tied_order(regions, list(group), decided, preferred))
    return tuple(order)


def _tied_order(
    regions: Table, siblings: list[str], decided: Values, preferred: Values
) -> Iterator[str]:
    """Siblings of one priority, given in printed order, in list order."""
    if len(siblings) < 2:
        return iter(siblings)
    place = {name: index for index, name in enumerate(siblings)}
    later: dict[str, set[str]] = {name: set() for name in siblings}
    for first, second in pairwise(siblings):
        if regions[first].addr == regions[second].addr:
            later[first].add(second)
    for first, second in _orders_among(place, decided):
        later[first].add(second)
    for first, second in _orders_among(place, preferred):
        if not _leads_to(later, second, first):
            later[first].add(second)
    waits_for = dict.fromkeys(siblings, 0)
    for successors in later.values():
        for name in successors:
            waits_for[name] += 1
    ready = [(regions[name].size, place[name], name) for name in siblings if not waits_for[name]]
    heapq.heapify(ready)
    order: list[str] = []
    while ready:
        *_, name = heapq.heappop(ready)
        order.append(name)
        for successor in later[name]:
            waits_for[successor] -= 1
            if not waits_for[successor]:
                heapq.heappush(ready, (regions[successor].size, place[successor], successor))
    if len(order) < len(siblings):
        raise Contradiction("tie orders form a circle")
    return iter(order)


def _orders_among(siblings: Mapping[str, int], values: Values) -> Iterator[tuple[str, str]]:
    """The tie orders that values name for siblings, as first and second."""
    for fact, before in values.items():
        if fact.kind is FactKind.TIE_ORDER and fact.region in siblings and fact.other in siblings:
            yield (fact.region, fact.other) if before else (fact.other, fact.region)


def _leads_to(later: Mapping[str, set[str]], start: str, end: str) -> bool:
    """Whether `end` must come after `start`, or is it."""
    seen, waiting = {start}, [start]
    while waiting:
        name = waiting.pop()
        if name == end:
            return True
        new = later[name] - seen
        seen |= new
        waiting.extend(new)
    return False


def ties(regions: Table, container: TableRegion, disabled_too: bool = False) -> Iterator[Fact]:
    """The tie orders among a container's children: of overlapping siblings at different addresses.

    A disabled sibling shows nothing, so its place matters only if `disabled_too`. Rules: M3.
    """
    children = [regions[child] for child in container.children]
    shown = [child for child in children if child.enabled or disabled_too]
    for index, first in enumerate(shown):
        for second in shown[index + 1 :]:
            if second.addr >= first.addr + first.size:
                break
            if second.addr != first.addr and second.priority == first.priority:
                yield Fact(FactKind.TIE_ORDER, first.id, second.id)


def describe(regions: Table, fact: Fact, value: Value) -> str:
    """A fact and its value as a sentence, with the printed names."""
    name = regions[fact.region].name
    match fact.kind:
        case FactKind.TERMINATES:
            return f"{name} is {'an i/o region' if value else 'a container'}"
        case FactKind.TIE_ORDER:
            pair = (name, regions[fact.other].name)
            first, second = pair if value else reversed(pair)
            return f"{first} comes before {second}"
        case FactKind.SIZE:
            return f"{name} has {value} bytes"
        case FactKind.READONLY:
            return f"{name} is {'read-only' if value else 'writable'}"
        case FactKind.ALIAS_TARGET:
            line = regions[str(value)].line
            return f"{name} stands for the {regions[str(value)].name} of line {line}"
