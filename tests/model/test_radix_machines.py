"""The radix tree of every committed machine's every view, against the nodes that QEMU printed.

Node by node: the root, which nodes were allocated in which order, the entries of each, and those
that compaction bypassed; and section by section what the leaves point to.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

import pytest

import model.dispatch
import model.radix
from fuzz.machines.corpus import read_corpus
from fuzz.machines.dispatch_text import NIL_POINTER
from fuzz.machines.flat_text import PrintedView, parse_views
from fuzz.mutation import Mutation, Variant, load_variant
from model.dispatch import Section
from model.flavour import Flavour
from model.radix import MapShape, Node, PageEntry
from model.view import FlatRange, Ranges

CORPUS = Path(__file__).parents[2] / "corpora" / "machines"

PAGE_BITS = range(10, 19)
"""What the targets of QEMU have; the text does not say which."""

ROOT = re.compile(r" {4}Nodes \((\d+) bits per level, (\d+) levels\) ptr=\[(\d+)\] skip=(\d+)\Z")
ENTRIES = re.compile(r"\t *(\d+)(?:\.\.(\d+))? +skip=(\d+)  ptr=(?:(NIL)|#(\d+)|\[(\d+)\])\Z")


class Tree(NamedTuple):
    """A radix tree, as printed or as built."""

    level_bits: int
    levels: int
    root: PageEntry
    nodes: tuple[Node, ...]


SectionSeen = tuple[int, int, str | None]
"""A section's first and last address, and its region if it has one."""


class PrintedMap(NamedTuple):
    """What one view's dispatch must come out as: of sections, what is printed of each."""

    place: str
    ranges: Ranges
    sections: tuple[SectionSeen, ...]
    tree: Tree


Machines = dict[str, tuple[PrintedMap, ...]]


def read_tree(lines: list[str]) -> Tree:
    """The nodes that end a view's part of the text. Every line is read."""
    start = next(number for number, line in enumerate(lines) if ROOT.match(line))
    found = ROOT.match(lines[start])
    assert found is not None
    level_bits, levels, ptr, skip = map(int, found.groups())
    nodes: list[list[PageEntry]] = []
    for line in lines[start + 1 :]:
        if line == f"      [{len(nodes)}]":
            nodes.append([])
            continue
        entries = ENTRIES.match(line)
        assert entries is not None, line
        first, last, entry_skip, nil, section, node = entries.groups()
        target = NIL_POINTER if nil else int(section or node)
        assert nil or (section is not None) == (entry_skip == "0"), line
        assert int(first) == len(nodes[-1]), line
        times = int(last or first) - int(first) + 1
        nodes[-1].extend([PageEntry(int(entry_skip), target)] * times)
    return Tree(level_bits, levels, PageEntry(skip, ptr), tuple(map(tuple, nodes)))


def read_maps(path: str, text: str) -> Iterator[PrintedMap]:
    """Every view of a text that has a dispatch."""
    lines = text.split("\n")
    views: tuple[PrintedView, ...] = parse_views(text, path).views
    for view in views:
        if view.dispatch is None:
            continue
        end = lines.index("", view.line)
        yield PrintedMap(
            f"{path}:{view.line}",
            tuple(
                FlatRange(one.name, one.offset, one.first, one.last - one.first + 1)
                for one in view.ranges
            ),
            tuple((one.first, one.last, one.name) for one in view.dispatch.sections),
            read_tree(lines[view.line : end]),
        )


@pytest.fixture(scope="module")
def machines() -> Machines:
    return {
        machine.name: tuple(read_maps(machine.views_path, machine.views))
        for machine in read_corpus(CORPUS)
    }


def is_built(printed: PrintedMap, page_bits: int, package: ModuleType | Variant) -> bool:
    """Whether building a view's dispatch from its ranges gives exactly what is printed."""
    shape = MapShape(page_bits)
    if seen(model.dispatch.sections(printed.ranges, page_bits)) != printed.sections:
        return False  # at another page size other sections follow, without building any tree
    dispatch = package.dispatch
    try:
        built = dispatch.build_dispatch(printed.ranges, Flavour.QEMU_7_2, shape)
    except (dispatch.DispatchError, dispatch.DispatchAbort):
        return False
    page_map = built.page_map
    tree = Tree(shape.level_bits, shape.levels, page_map.root, page_map.nodes)
    return seen(built.sections) == printed.sections and tree == printed.tree


def seen(sections: tuple[Section, ...]) -> tuple[SectionSeen, ...]:
    """What is printed of sections."""
    return tuple((one.start, one.end - 1, one.region) for one in sections)


def explaining_page_bits(
    maps: tuple[PrintedMap, ...], package: ModuleType | Variant = model
) -> list[int]:
    """The page sizes, as powers of two, with which all of a machine's views come out."""
    return [bits for bits in PAGE_BITS if all(is_built(one, bits, package) for one in maps)]


def test_every_printed_node_of_every_machine_is_built(machines: Machines) -> None:
    """D1-D6: allocation order, entries, skips and bypassed nodes, on trees that nobody made up."""
    explained = {name: explaining_page_bits(maps) for name, maps in machines.items()}
    assert [name for name, bits in explained.items() if not bits] == []
    assert {tuple(bits) for bits in explained.values()} == {(10,), (12,)}


def test_what_is_compared_is_counted(machines: Machines) -> None:
    """Reading less than is there would still agree."""
    switched_on = {name: maps for name, maps in machines.items() if name != "x86_64-pc-pam"}
    maps = [one for views in switched_on.values() for one in views]
    nodes = [node for one in maps for node in one.tree.nodes]
    assert len(switched_on) == 218
    assert len(maps) == 857
    assert sum(len(one.sections) for one in maps) == 17_204
    assert len(nodes) == 6777
    assert all(len(node) == 512 for node in nodes)
    assert sum(one.tree.root.skip == 0 for one in maps) == 9
    assert sum(len(one.tree.nodes) - reachable(one.tree) for one in maps) == 3619


def reachable(tree: Tree) -> int:
    """How many of a tree's nodes look-ups pass; the others have been bypassed."""
    waiting, seen = [tree.root], set()
    while waiting:
        entry = waiting.pop()
        if entry.skip > 0 and entry.ptr != NIL_POINTER:
            seen.add(entry.ptr)
            waiting.extend(set(tree.nodes[entry.ptr]))
    return len(seen)


IN_RADIX = (
    (
        "fresh_bottom_nodes_are_nil",
        "return PageEntry(0, UNASSIGNED_INDEX) if level == 0 else PageEntry(1, NIL)",
        "return PageEntry(1, NIL)",
    ),
    ("leaf_child_keeps_its_skip", "0 if child.skip == 0 else entry.skip", "entry.skip"),
    ("skips_are_not_added", "else entry.skip + child.skip", "else child.skip"),
    ("compacts_the_root_alone", "if child.skip > 0 and child.ptr != NIL:", "if False:"),
    (
        "bypasses_nodes_of_two",
        "if len(children) == 1 else entry",
        "if len(children) < 3 else entry",
    ),
    ("leaves_only_at_the_bottom", "return first % spanned == 0 and", "return spanned == 1 and"),
)
IN_DISPATCH = (
    ("is_not_compacted", "page_map=compact(dispatch.page_map)", "flavour=flavour"),
    (
        "each_piece_divides_its_page_anew",
        "if container == UNASSIGNED_INDEX:",
        "if container == UNASSIGNED_INDEX or container in dispatch.subpages:",
    ),
)
MUTANTS = [
    *(Mutation(name, "model.radix", old, new) for name, old, new in IN_RADIX),
    *(Mutation(name, "model.dispatch", old, new) for name, old, new in IN_DISPATCH),
]


@pytest.mark.parametrize("mutation", MUTANTS, ids=lambda mutation: mutation.name)
def test_a_broken_tree_is_not_what_qemu_printed(machines: Machines, mutation: Mutation) -> None:
    """Some machine is explained with no page size at all."""
    package = load_variant("model", mutation)
    assert not all(explaining_page_bits(maps, package) for maps in machines.values())
