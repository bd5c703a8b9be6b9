"""The region trees that `info mtree -o -D` prints: with disabled regions, and with owners or not.

A line shows a region's first and last address as they come out in the tree it is printed in, so a
region's own address is the difference from its container's. Siblings stand in the order of their
addresses; those at one address in the order of the list that rendering walks (M3).
"""

import re
from dataclasses import dataclass, field

from fuzz.machines.lines import HEX, Lines

ADDRESS_MASK = (1 << 64) - 1
MAX_DEPTH = 200
"""How deep regions may nest in a text; no machine comes near, and targets have limits too."""

TYPE_WORDS = ("i/o", "ram", "rom", "romd", "ramd")
_HOW_TAKEN = "take the text with `info mtree -o -D`"

_HEADING = re.compile(r"(address-space|memory-region): (.*)\Z")
_REGION = re.compile(
    rf"(?:\[DETECTED OVERFLOW!\] )?( +)({HEX})-({HEX}) "
    r"\(prio (-?[0-9]{1,10}), (nv-)?([a-z/]+)\): (.*)\Z"
)
_ALIAS = re.compile(rf"alias (.*) @(.*) ({HEX})-({HEX})\Z")


@dataclass(frozen=True, slots=True)
class PrintedAlias:
    """What an alias's line says of its target, of which only the name is printed."""

    target: str
    offset: int


@dataclass(slots=True)
class PrintedRegion:
    """One line of a tree. `word` is the type: an alias's is that of its target.

    `size` is in bytes; a line that shows one byte may stand for a region of none. `addr` is the
    region's own address, mod 2^64.
    """

    line: int
    name: str
    owner: str
    word: str
    priority: int
    nonvolatile: bool
    enabled: bool
    start: int
    addr: int
    size: int
    alias: PrintedAlias | None
    children: list["PrintedRegion"] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class PrintedSpaces:
    """A tree, and the names of the address spaces whose root it is."""

    names: tuple[str, ...]
    root: PrintedRegion


@dataclass(frozen=True, slots=True)
class PrintedTrees:
    """A whole text: the trees of the address spaces, then those of the aliases' targets."""

    path: str
    spaces: tuple[PrintedSpaces, ...]
    sections: tuple[PrintedRegion, ...]
    has_owners: bool = True


def parse_trees(text: str, path: str) -> PrintedTrees:
    """Read what `info mtree -o -D` printed. Raises MtreeError. Rules: M2, M3."""
    lines = Lines(text, path)
    spaces: list[PrintedSpaces] = []
    sections: list[PrintedRegion] = []
    while lines.line is not None:
        number = lines.number
        of_spaces, names = _headings(lines)
        root = _tree(lines)
        if of_spaces and sections:
            lines.fail("an address space after the memory regions; is the text whole?", number)
        if not of_spaces and (len(names) > 1 or names[0] != root.name):
            lines.fail(f"the region below is {root.name!r}; {_HOW_TAKEN} again", number)
        if of_spaces:
            spaces.append(PrintedSpaces(names, root))
        else:
            sections.append(root)
    if not spaces:
        lines.fail(f"no address space in the whole text; {_HOW_TAKEN}")
    return PrintedTrees(path, tuple(spaces), tuple(sections), bool(lines.has_owners))


def _headings(lines: Lines) -> tuple[bool, tuple[str, ...]]:
    """The headings of a tree: whether they are of address spaces, and the names."""
    names, kinds = [], set()
    while found := lines.match(_HEADING):
        names.append(found[2])
        kinds.add(found[1])
        lines.take()
    if not names:
        lines.fail(f"expected `address-space: NAME` or `memory-region: NAME`; {_HOW_TAKEN}")
    if len(kinds) > 1:
        lines.fail("one tree has headings of both sorts; is the text whole?")
    return "address-space" in kinds, tuple(names)


def _tree(lines: Lines) -> PrintedRegion:
    """The lines of one tree and the empty line that ends it."""
    path: list[PrintedRegion] = []
    root: PrintedRegion | None = None
    while lines.line:
        depth, region = _region(lines, path)
        if root is None and depth == 0:
            root = region
        elif depth == 0 or depth > len(path):
            lines.fail("the indentation fits no container; is a line missing before it?")
        else:
            _add_child(lines, path[depth - 1], region)
        path[depth:] = [region]
        lines.take()
    if root is None:
        lines.fail("a heading without a tree; is the text whole?")
    lines.take()
    return root


def _region(lines: Lines, path: list[PrintedRegion]) -> tuple[int, PrintedRegion]:
    """The region on this line and its depth, 0 for a root; `path` leads to the line before."""
    found = lines.match(_REGION)
    if found is None:
        lines.fail(f"not a line for a memory region; {_HOW_TAKEN}")
    indent, first, last, priority, nonvolatile, word, rest = found.groups()
    depth = len(indent) // 2 - 1
    if len(indent) % 2 or depth > MAX_DEPTH:
        lines.fail(f"indented by {len(indent)}: expected an even number up to {2 * MAX_DEPTH}")
    if word not in TYPE_WORDS:
        lines.fail(f"unknown type {word!r}; known are {', '.join(TYPE_WORDS)}")
    if not -(1 << 31) <= int(priority) < 1 << 31:
        lines.fail(f"priority {priority} does not fit 32 bits; is the line damaged?")
    what, owner = lines.split_owner(rest)
    name, enabled = what.removesuffix(" [disabled]"), not what.endswith(" [disabled]")
    start, size = int(first, 16), _size(lines, first, last)
    base = path[depth - 1].start if 0 < depth <= len(path) else 0
    name, alias = _alias(lines, name, size)
    addr = (start - base) & ADDRESS_MASK
    return depth, PrintedRegion(
        lines.number, name, owner, word, int(priority), nonvolatile is not None, enabled,
        start, addr, size, alias,
    )  # fmt: skip


def _size(lines: Lines, first: str, last: str) -> int:
    """The bytes from a first to a last address, around 2^64 if need be."""
    size = ((int(last, 16) - int(first, 16)) & ADDRESS_MASK) + 1
    if size == ADDRESS_MASK:
        lines.fail("no region has 2^64 - 1 bytes; is the line damaged?")
    return size


def _alias(lines: Lines, what: str, size: int) -> tuple[str, PrintedAlias | None]:
    """A region's name, and what an alias's line says of its target. Rules: R3."""
    found = _ALIAS.match(what)
    if found is None:
        return what, None
    name, target, first, last = found.groups()
    if " @" in name:
        lines.fail("more than one ' @': the target's name cannot be told from the alias's; rename")
    if _size(lines, first, last) != size:
        lines.fail("the alias and its window differ in size; is the line damaged?")
    return name, PrintedAlias(target, int(first, 16))


def _add_child(lines: Lines, container: PrintedRegion, child: PrintedRegion) -> None:
    """Append to a container, whose children must stay in the order that QEMU prints."""
    if container.children:
        before = container.children[-1]
        if (before.addr, -before.priority) > (child.addr, -child.priority):
            lines.fail("siblings must ascend by address, then descend by priority; lines swapped?")
    container.children.append(child)
