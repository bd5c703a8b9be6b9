"""The regions that printed lines speak of: which lines mean the same one.

A region is printed several times: in its container, as the root of an address space, and below
`memory-region:` as an alias's target. This much is certain:
- a line inside a container is that container's own: a region has one container (M6);
- the roots of address spaces differ from each other, and so do the aliases' targets.
The likely reading is that a root which is printed alike elsewhere, with all below it, is the region
there. In the reading that tells all trees apart, every root is another region with others below it.
Whatever the truth is, that reading answers every address as it does, in names and all else that is
printed, since each of its regions can have the facts of the one that it is printed like. Only where
ranges of one region merge (R8), or spaces share a view (R9), can it differ from the truth.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from fuzz.machines.alias_targets import alias_steps, lines_of, one_reading
from fuzz.machines.lines import MtreeError
from fuzz.machines.tree_text import PrintedRegion, PrintedTrees

_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9_.\[\]+-]+")


@dataclass(frozen=True, slots=True)
class TableRegion:
    """A region of a machine, as far as the text tells.

    `size` is 1 also where it may be 0. `children` are in printed order. `targets` are the regions
    that an alias can stand for, a likely one first; other regions have none. `line` is one where it
    is printed.
    """

    id: str
    line: int
    name: str
    owner: str
    word: str
    priority: int
    nonvolatile: bool
    enabled: bool
    addr: int
    size: int
    container: str | None
    children: tuple[str, ...]
    targets: tuple[str, ...]
    alias_offset: int

    @property
    def is_alias(self) -> bool:
        """Whether the region shows another one."""
        return bool(self.targets)


Table = dict[str, TableRegion]
"""The regions of a machine by id."""


@dataclass(frozen=True, slots=True)
class Machine:
    """A machine's regions, and the root of each tree of address spaces, in printed order.

    `alias_lines` says which alias each alias's line speaks of, and `sections` which region each
    `memory-region:` tree is.
    """

    trees: PrintedTrees
    regions: Table
    roots: tuple[str, ...]
    sections: tuple[str, ...]
    alias_lines: dict[int, str]


def build_machine(trees: PrintedTrees, trees_apart: bool = False) -> Machine:
    """The regions of a machine in the likely reading, or with all trees told apart.

    Raises MtreeError.
    """
    space_roots = [spaces.root for spaces in trees.spaces]
    meant = _Identities(space_roots, list(trees.sections), trees_apart)
    ids = meant.ids()
    sections = tuple(ids[meant.representative(root).line] for root in trees.sections)
    alias_lines = {
        printed.line: ids[meant.representative(printed).line]
        for root in (*space_roots, *trees.sections)
        for printed in lines_of(root)
        if printed.alias is not None
    }
    targets = _targets(trees, sections, alias_lines)
    regions: Table = {}
    for printed in meant.representatives():
        region = ids[printed.line]
        regions[region] = TableRegion(
            region, printed.line, printed.name, printed.owner, printed.word, printed.priority,
            printed.nonvolatile, printed.enabled, printed.addr, printed.size, None,
            tuple(ids[child.line] for child in printed.children), targets.get(region, ()),
            printed.alias.offset if printed.alias is not None else 0,
        )  # fmt: skip
    for container in list(regions.values()):
        for child in container.children:
            regions[child] = replace(regions[child], container=container.id)
    return Machine(
        trees,
        regions,
        tuple(ids[meant.representative(root).line] for root in space_roots),
        sections,
        alias_lines,
    )


def _targets(
    trees: PrintedTrees, sections: Sequence[str], alias_lines: Mapping[int, str]
) -> dict[str, tuple[str, ...]]:
    """The regions that each alias can stand for, those of one reading first."""
    steps = alias_steps(trees)
    reading = one_reading(steps, alias_lines)
    fitting: dict[str, set[int]] = {}
    for step in steps:
        alias = alias_lines[step.line]
        fitting[alias] = fitting.get(alias, step.sections) & step.sections
        if not fitting[alias]:
            raise MtreeError(trees.path, step.line, "no target fits all lines of this alias")
    return {
        alias: tuple(sections[one] for one in sorted(found, key=lambda one: (one != first, one)))
        for alias, found in fitting.items()
        for first in [reading[alias]]
    }


def scenario_name(printed: str) -> str:
    """A printed name with the characters that names in scenarios can have."""
    return _NOT_IN_NAMES.sub("-", printed) or "anonymous"


def unique_names(printed: Sequence[str]) -> list[str]:
    """Names for a scenario, all different: as printed, numbered where one stands more than once."""
    names = [scenario_name(name) for name in printed]
    counts = Counter(names)
    taken = {name for name, count in counts.items() if count == 1}
    unique: list[str] = []
    for name in names:
        number = 1
        while counts[name] > 1 and f"{name}:{number}" in taken:
            number += 1
        unique.append(name if counts[name] == 1 else f"{name}:{number}")
        taken.add(unique[-1])
    return unique


class _Identities:
    """Which printed line stands for a region wherever it is printed; lines are known by number."""

    def __init__(
        self, spaces: list[PrintedRegion], sections: list[PrintedRegion], trees_apart: bool
    ) -> None:
        self._apart = trees_apart
        self._alike: dict[tuple[object, ...], int] = {}
        self._look: dict[int, int] = {}
        self._representative: dict[int, PrintedRegion] = {}
        self._places: dict[int, list[PrintedRegion]] = {}
        self._taken: set[tuple[int, bool]] = set()
        roots = [*((root, True) for root in spaces), *((root, False) for root in sections)]
        trees = [([*lines_of(root)], of_spaces) for root, of_spaces in roots]
        # A tree can only be part of one that has more lines, so the larger ones go first.
        for lines, of_spaces in sorted(trees, key=lambda tree: -len(tree[0])):
            self._add(lines, of_spaces)

    def representative(self, printed: PrintedRegion) -> PrintedRegion:
        """The line that stands for the region of any line."""
        return self._representative[printed.line]

    def representatives(self) -> list[PrintedRegion]:
        """One line for each region, in printed order."""
        return sorted(
            (one for line, one in self._representative.items() if one.line == line),
            key=lambda one: one.line,
        )

    def ids(self) -> dict[int, str]:
        """A name for each region, by the line that stands for it: the printed name, made unique."""
        printed = self.representatives()
        names = unique_names([one.name for one in printed])
        return {one.line: name for one, name in zip(printed, names, strict=True)}

    def _add(self, lines: list[PrintedRegion], of_spaces: bool) -> None:
        """Find the regions of one tree among those known, or add them."""
        for printed in reversed(lines):
            self._look[printed.line] = self._look_of(printed)
        root = lines[0]
        places = [
            place
            for place in self._places.get(self._look[root.line], [])
            if (place.line, of_spaces) not in self._taken
        ]
        if not places or self._apart:
            self._taken.add((root.line, of_spaces))
            for printed in lines:
                self._representative[printed.line] = printed
                self._places.setdefault(self._look[printed.line], []).append(printed)
            return
        place = places[0]
        self._taken.add((place.line, of_spaces))
        for printed, same in zip(lines, lines_of(place), strict=True):
            self._representative[printed.line] = self._representative[same.line]

    def _look_of(self, printed: PrintedRegion) -> int:
        """A number that two regions share if all that is printed of them agrees."""
        look = (
            printed.name, printed.owner, printed.word, printed.priority, printed.nonvolatile,
            printed.enabled, printed.addr, printed.size, printed.alias,
            tuple(self._look[child.line] for child in printed.children),
        )  # fmt: skip
        return self._alike.setdefault(look, len(self._alike))
