"""The dispatch part of a printed flat view: physical sections, and the nodes of the radix tree."""

import re
from typing import NamedTuple

from fuzz.machines.lines import HEX, Lines

NODE_ENTRIES = 512
NIL_POINTER = (1 << 26) - 1
_HOW_TAKEN = "take the text with `info mtree -f -d -o`"

_SECTION = re.compile(rf"      #([0-9]{{1,6}}) @({HEX})\.\.({HEX}) (.*)\Z")
_LABELS = re.compile(
    r"(.*?)( \[(?:unassigned|not dirty|ROM|watch)\])?( \[ROOT\])?( \[MRU\])?( \[iommu\])?\Z"
)
_NODES = re.compile(
    r"    Nodes \(9 bits per level, ([1-7]) levels\) ptr=\[([0-9]{1,8})\] skip=([0-9]{1,2})\Z"
)
_NODE = re.compile(r"      \[([0-9]{1,8})\]\Z")
_ENTRY = re.compile(
    r"\t *([0-9]{1,3})(?:\.\.([0-9]{1,3}))? +"
    r"skip=([0-9]{1,2})  ptr=(NIL|#[0-9]{1,8}|\[[0-9]{1,8}\])\Z"
)


class SectionLine(NamedTuple):
    """What the line of a section says.

    `name` is None for a section of no named region: section 0 and the containers of divided pages.
    `is_root` says that the region is the view's root. The labels that QEMU gives sections 0 to 3 by
    number, and those that depend on accesses or on the device (`MRU`, `iommu`), are not kept.
    """

    first: int
    last: int
    name: str | None
    is_root: bool

    def __str__(self) -> str:
        """The line as QEMU prints it, without what is not kept."""
        root = " [ROOT]" if self.is_root else ""
        return f"@{self.first:016x}..{self.last:016x} {self.name or '(noname)'}{root}"


class PrintedDispatch(NamedTuple):
    """The sections in order of registration, and the shape of the radix tree.

    The tree's nodes are checked to be well formed and counted; they are compared with nothing.
    """

    sections: tuple[SectionLine, ...]
    levels: int
    nodes: int


def parse_dispatch(lines: Lines) -> PrintedDispatch:
    """Read the dispatch part. Raises MtreeError. Rules: D1, D2."""
    for expected in ("  Dispatch", "    Physical sections"):
        if lines.line != expected:
            lines.fail(f"expected `{expected.strip()}`; {_HOW_TAKEN}")
        lines.take()
    sections = _sections(lines)
    found = lines.match(_NODES)
    if found is None:
        lines.fail(f"expected `Nodes (9 bits per level, N levels) ptr=[N] skip=N`; {_HOW_TAKEN}")
    number, (levels, pointer, skip) = lines.number, map(int, found.groups())
    lines.take()
    entries = _nodes(lines)
    nodes = len(entries)
    for line, points_to_node, target in (
        (number, skip > 0, pointer),
        *(entry for node in entries for entry in node),
    ):
        if target != NIL_POINTER and target >= (nodes if points_to_node else len(sections)):
            lines.fail("points to a node or section that is not printed; is a line missing?", line)
    return PrintedDispatch(sections, levels, nodes)


def _sections(lines: Lines) -> tuple[SectionLine, ...]:
    """The sections, the first of which is the unassigned one. Rules: D2."""
    sections: list[SectionLine] = []
    while found := lines.match(_SECTION):
        labels = _LABELS.match(found[4])
        if int(found[1]) != len(sections) or labels is None:
            lines.fail(f"expected section #{len(sections)}; is a line missing?")
        name, label, root = labels[1], labels[2], labels[3]
        if (label == " [unassigned]") != (not sections):
            lines.fail("section 0, and no other, is the unassigned one; are lines swapped?")
        sections.append(
            SectionLine(
                int(found[2], 16), int(found[3], 16),
                None if name == "(noname)" else name, root is not None,
            )
        )  # fmt: skip
        lines.take()
    if not sections:
        lines.fail(f"expected `#0 @FIRST..LAST (noname) [unassigned]`; {_HOW_TAKEN}")
    return tuple(sections)


Pointer = tuple[int, bool, int]
"""The line of an entry, whether it points to a node rather than a section, and to which."""


def _nodes(lines: Lines) -> list[list[Pointer]]:
    """What each node's entries point to; the entries must cover the node in order."""
    nodes: list[list[Pointer]] = []
    while found := lines.match(_NODE):
        if int(found[1]) != len(nodes):
            lines.fail(f"expected node [{len(nodes)}]; is a line missing?")
        lines.take()
        nodes.append(_entries(lines))
    return nodes


def _entries(lines: Lines) -> list[Pointer]:
    """What the entries of one node point to. Rules: D1."""
    entries: list[Pointer] = []
    following = 0
    while following < NODE_ENTRIES:
        found = lines.match(_ENTRY)
        if found is None:
            lines.fail(f"expected the node's entry {following}; is a line missing?")
        first, last = int(found[1]), int(found[2] or found[1])
        if first != following or not first <= last < NODE_ENTRIES:
            lines.fail(f"expected the node's entry {following}; is a line missing or damaged?")
        skip, pointer = int(found[3]), found[4]
        if pointer != "NIL" and (skip > 0) != pointer.startswith("["):
            lines.fail("an entry points to a section with skip 0, else to a node; line damaged?")
        target = NIL_POINTER if pointer == "NIL" else int(pointer.strip("#[]"))
        entries.append((lines.number, skip > 0, target))
        following = last + 1
        lines.take()
    return entries
