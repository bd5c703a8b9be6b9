"""The trees that a live machine prints, beside those that the specification tracks."""

from collections import Counter
from typing import Any, NamedTuple

from fuzz.live.reading import TREES
from fuzz.live.session import Divergence, Session
from fuzz.machines.tree_text import PrintedRegion, parse_trees
from fuzz.qemu.errors import QemuFault
from fuzz.targets.interface import Lines

MOST_NESTED = 200
"""How deep a tracked tree is followed; a printed one cannot be deeper."""


class Tree(NamedTuple):
    """All that is printed of a region, with what is below it.

    `size` is 1 also where it is 0. `alias` is a target's name and the offset into it, or None.
    """

    name: str
    owner: str
    word: str
    priority: int
    nonvolatile: bool
    enabled: bool
    addr: int
    size: int
    alias: tuple[str, int] | None
    children: tuple["Tree", ...]

    def __str__(self) -> str:
        where = f"{self.addr:#x}, {self.size:#x} bytes"
        alias = "" if self.alias is None else f", from {self.alias[0]} at {self.alias[1]:#x}"
        state = "" if self.enabled else ", disabled"
        return f"{self.name} of {self.owner} at {where}, priority {self.priority}{alias}{state}"


Found = tuple[tuple[str, ...], Tree]
"""A tree, and the names of the address spaces whose root it is: none if it is an alias's target."""


def check_trees(session: Session, text: str, in_order: bool = True) -> None:
    """Compare the printed trees with the tracked ones.

    Raises QemuFault, which names a region, unless they are as tracked: then what we know of the
    hardware is wrong. The order of siblings at one address follows from the rules, and is printed:
    raises Divergence if nothing else differs, and only if `in_order`. Rules: M3, M4.
    """
    printed = parse_trees(text, TREES)
    theirs = Counter[Found](
        (tuple(sorted(spaces.names)), _printed(spaces.root)) for spaces in printed.spaces
    )
    theirs.update(((), _printed(root)) for root in printed.sections)
    ours = _tracked(session)
    if ours == theirs or (not in_order and _unordered(ours) == _unordered(theirs)):
        return
    if _unordered(ours) != _unordered(theirs):
        difference = _difference(_unordered(ours), _unordered(theirs))
        raise QemuFault(f"hardware is not as tracked: {difference}")
    (_, mine), (_, other) = (sorted(one, key=str)[0] for one in (ours - theirs, theirs - ours))
    container, tracked, shown = _other_order(mine, other)
    raise Divergence(f"siblings are in another order in {container}", tracked, shown)


def _other_order(ours: Tree, theirs: Tree) -> tuple[str, Lines, Lines]:
    """The first container in which the order differs, and the children out of place there."""
    for mine, other in zip(ours.children, theirs.children, strict=True):
        if mine != other and _sorted(mine) == _sorted(other):
            return _other_order(mine, other)
    pairs = zip(ours.children, theirs.children, strict=True)
    moved = [(str(mine), str(other)) for mine, other in pairs if mine != other]
    return ours.name, tuple(mine for mine, _ in moved), tuple(other for _, other in moved)


def _unordered(trees: Counter[Found]) -> Counter[Found]:
    """The trees with all siblings in an order that nothing but their looks decides."""
    found = Counter[Found]()
    for (names, tree), count in trees.items():
        found[names, _sorted(tree)] += count
    return found


def _sorted(tree: Tree) -> Tree:
    return tree._replace(children=tuple(sorted(map(_sorted, tree.children), key=str)))


def _printed(region: PrintedRegion) -> Tree:
    """The tree below a printed line."""
    alias = None if region.alias is None else (region.alias.target, region.alias.offset)
    return Tree(
        region.name, region.owner, region.word, region.priority, region.nonvolatile,
        region.enabled, region.addr, region.size, alias,
        tuple(_printed(child) for child in region.children),
    )  # fmt: skip


def _tracked(session: Session) -> Counter[Found]:
    """The trees as QEMU would print them: of address spaces, and of what their aliases show."""
    topology = session.target.topology
    names: dict[str, list[str]] = {}
    printed = {
        name: as_printed
        for spaces, known in zip(session.read.machine.trees.spaces, session.read.names, strict=True)
        for as_printed, name in zip(spaces.names, known, strict=True)
    }
    for name, space in topology.spaces.items():
        names.setdefault(space.root, []).append(printed[name])
    trees: dict[str, Tree] = {}
    targets: dict[str, None] = {}
    for root in names:
        trees[root] = _tree(session, root, targets)
    found = Counter[Found]((tuple(sorted(names[root])), trees[root]) for root in names)
    followed: set[str] = set()
    while new := [name for name in targets if name not in followed]:
        for name in new:
            followed.add(name)
            found[(), _tree(session, name, targets)] += 1
    return found


def _tree(session: Session, name: str, targets: dict[str, None], depth: int = 0) -> Tree:
    """The tree below a tracked region; the targets of its aliases are added to `targets`."""
    if depth > MOST_NESTED:
        raise QemuFault(f"the tracked tree nests more than {MOST_NESTED} deep below {name}")
    regions, look = session.target.topology.regions, session.read.machine.regions[name]
    region = regions[name]
    alias = None
    if region.alias is not None:
        targets[region.alias] = None
        alias = (session.read.machine.regions[region.alias].name, region.alias_offset)
    # Siblings are printed by address, then by priority, then as they are in the list.
    order = sorted(region.subregions, key=lambda one: (regions[one].addr, -regions[one].priority))
    priority = region.priority if region.container is not None else look.priority
    return Tree(
        look.name, look.owner, look.word, priority, region.nonvolatile, region.enabled,
        region.addr, max(region.size, 1), alias,
        tuple(_tree(session, child, targets, depth + 1) for child in order),
    )  # fmt: skip


def _difference(ours: Counter[Found], theirs: Counter[Found]) -> str:
    """The first region that is not as tracked, in words."""
    tracked = sorted((ours - theirs).elements(), key=str)
    printed = sorted((theirs - ours).elements(), key=str)
    for names, tree in tracked:
        for others, other in printed:
            if (names, tree.name, tree.owner) == (others, other.name, other.owner):
                return _first(tree, other)
    extra: Any = (tracked or printed)[0]
    side = "only tracked" if tracked else "only printed"
    return f"{', '.join(extra[0]) or 'an alias'} shows {extra[1]}: {side}"


def _first(ours: Tree, theirs: Tree) -> str:
    """Where two trees of one region differ first."""
    if ours._replace(children=()) != theirs._replace(children=()):
        return f"tracked {ours}; printed {theirs}"
    mine, other = Counter(ours.children) - Counter(theirs.children), Counter(theirs.children)
    other -= Counter(ours.children)
    for one in mine:
        for two in other:
            if (one.name, one.owner) == (two.name, two.owner):
                return _first(one, two)
    if mine:
        return f"only tracked: {next(iter(mine))} in {ours.name}"
    return f"only printed: {next(iter(other))} in {ours.name}"
