"""Reading what QEMU prints: every line is understood, or refused with its number."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fuzz.machines.check import check_machine
from fuzz.machines.corpus import MachineText
from fuzz.machines.flat_text import RangeLine, parse_views
from fuzz.machines.lines import MtreeError
from fuzz.machines.region_table import build_machine
from fuzz.machines.tree_text import PrintedAlias, parse_trees
from fuzz.targets.model import ModelTarget
from fuzz.verdict import Verdict

TREE = """\
address-space: one
address-space: two
  0000000000000000-ffffffffffffffff (prio 0, i/o): system parent:{obj path=/machine/unattached}
    0000000000001000-0000000000001fff (prio -5, ram): low [disabled] owner:{dev id=a} parent:{obj type=b}
    0000000000002000-0000000000002fff (prio 0, nv-ram): alias my window @low 0000000000000010-000000000000100f orphan

memory-region: low
  0000000000001000-0000000000001fff (prio -5, ram): low [disabled] owner:{dev id=a} parent:{obj type=b}

"""  # noqa: E501

VIEW = """\
FlatView #0
 AS "one", root: system
 AS "two", root: window, alias low
 Root memory region: system
  0000000000001000-0000000000001fff (prio 0, nv-ram): my low @0000000000000010 owner:{obj path=/x}
  Dispatch
    Physical sections
      #0 @0000000000000000..ffffffffffffffff (noname) [unassigned] [MRU]
      #1 @0000000000001000..0000000000001fff my low [not dirty] [ROOT] [MRU] [iommu]
    Nodes (9 bits per level, 6 levels) ptr=[0] skip=5
      [0]
\t  0       skip=0  ptr=#0
\t  1..2    skip=0  ptr=#1
\t  3..511  skip=1  ptr=NIL

"""


def test_each_part_of_a_tree_line_is_read() -> None:
    """Names with spaces, both owners, flags, negative priorities, shared roots, and addresses."""
    trees = parse_trees(TREE, "t")
    assert trees.spaces[0].names == ("one", "two")
    low, window = trees.spaces[0].root.children
    assert (low.name, low.enabled, low.priority, low.word) == ("low", False, -5, "ram")
    assert low.owner == "owner:{dev id=a} parent:{obj type=b}"
    assert (low.start, low.addr, low.size) == (0x1000, 0x1000, 0x1000)
    assert (window.name, window.alias) == ("my window", PrintedAlias("low", 0x10))
    assert window.nonvolatile
    assert [section.name for section in trees.sections] == ["low"]


def test_a_child_address_is_taken_from_its_container_around_2_to_the_64() -> None:
    """A container above a child's printed address: the child's own address wraps."""
    text = (
        "address-space: a\n"
        "  8000000000000000-ffffffffffffffff (prio 0, i/o): c orphan\n"
        "    0000000000000010-000000000000001f (prio 0, ram): r orphan\n\n"
    )
    root = parse_trees(text, "t").spaces[0].root
    assert (root.addr, root.children[0].addr) == (1 << 63, (1 << 63) + 0x10)


def test_each_part_of_a_view_is_read() -> None:
    """Sharing spaces, a root alias, offsets, labels on sections, and entries of nodes."""
    (view,) = parse_views(VIEW, "v").views
    assert [tuple(space) for space in view.spaces] == [
        ("one", "system", None),
        ("two", "window", "low"),
    ]
    assert view.ranges == (
        RangeLine(0x1000, 0x1FFF, 0, True, "ram", "my low", 0x10, "owner:{obj path=/x}"),
    )
    assert view.dispatch is not None
    assert (view.dispatch.levels, view.dispatch.nodes) == (6, 1)
    assert [(one.name, one.is_root) for one in view.dispatch.sections] == [
        (None, False),
        ("my low", True),
    ]


def test_what_kvm_holds_is_read_like_any_other_memory() -> None:
    """Under KVM, the lines of memory end with its name; that is no part of the owner."""
    line = "owner:{obj path=/x}\n"
    assert VIEW.count(line) == 1
    assert parse_views(VIEW.replace(line, line[:-1] + " KVM\n"), "v") == parse_views(VIEW, "v")


def test_an_empty_view_is_read() -> None:
    """Spaces without memory print no ranges and no dispatch."""
    text = 'FlatView #0\n AS "a", root: r\n Root memory region: (none)\n  No rendered FlatView\n\n'
    (view,) = parse_views(text, "v").views
    assert (view.root, view.ranges, view.dispatch) == (None, (), None)


def test_the_lines_that_qemu_prints_of_a_range_are_those_that_are_read(pc: MachineText) -> None:
    """Ranges are shown in reports as QEMU shows them, so that a reader can search for them."""
    for view in parse_views(pc.views, "v").views:
        for line in view.ranges:
            assert f"  {line}\n" in pc.views


TREE_DAMAGE = [
    ("@low", "@high", 5, "what this alias can mean"),
    ("-5, ram", "-5, mem", 4, "unknown type"),
    (" orphan", "", 5, "owner"),
    ("    0000000000001000", "   0000000000001000", 4, "indented"),
    ("    0000000000001000", "      0000000000001000", 4, "indentation"),
    (
        "    0000000000002000-0000000000002fff",
        "    0000000000000000-0000000000000fff",
        5,
        "siblings",
    ),
    ("0000000000000010-000000000000100f", "0000000000000010-000000000000100e", 5, "differ in size"),
    ("my window", "my @window", 5, "more than one"),
    ("(prio 0, i/o)", "(prio 9999999999, i/o)", 3, "32 bits"),
    ("0000-ffffffffffffffff", "0000-fffffffffffffffe", 3, "2^64 - 1"),
    ("memory-region: low", "memory-region: lowest", 7, "'low'"),
    ("memory-region: low", "address-space: low", 5, "what this alias can mean"),
    ("address-space: two\n", "\n", 2, "without a tree"),
    ("address-space: one", "address space: one", 1, "expected `address-space"),
]


@pytest.mark.parametrize(("before", "after", "line", "message"), TREE_DAMAGE)
def test_damage_to_a_tree_is_refused_where_it_is(
    before: str, after: str, line: int, message: str
) -> None:
    """A line that is not understood stops the reading; nothing is passed over."""
    damaged = TREE.replace(before, after, 1)
    assert damaged != TREE
    with pytest.raises(MtreeError, match=re.escape(message)) as caught:
        build_machine(parse_trees(damaged, "t"))
    assert caught.value.line == line


VIEW_DAMAGE = [
    ("FlatView #0", "FlatView #1", 1, "#0"),
    (' AS "one"', " AS one", 2, "AS"),
    (" Root", " root", 4, "Root memory region"),
    ("nv-ram", "nv-sram", 5, "unknown type"),
    ("  Dispatch", "  dispatch", 6, "Dispatch"),
    ("      #1 @", "      #2 @", 9, "#1"),
    (" [unassigned]", "", 8, "unassigned"),
    ("6 levels", "9 levels", 10, "Nodes"),
    ("ptr=[0] skip=5", "ptr=[1] skip=5", 10, "not printed"),
    ("      [0]", "      [1]", 11, "expected node [0]"),
    ("\t  1..2 ", "\t  2..2 ", 13, "entry 1"),
    ("ptr=#1", "ptr=[1]", 13, "skip 0"),
    ("ptr=#1", "ptr=#2", 13, "not printed"),
    ("\t  3..511", "\t  3..510", 15, "entry 511"),
]


@pytest.mark.parametrize(("before", "after", "line", "message"), VIEW_DAMAGE)
def test_damage_to_a_view_is_refused_where_it_is(
    before: str, after: str, line: int, message: str
) -> None:
    """The same for views, their sections and their radix nodes."""
    damaged = VIEW.replace(before, after, 1)
    assert damaged != VIEW
    with pytest.raises(MtreeError, match=re.escape(message)) as caught:
        parse_views(damaged, "v")
    assert caught.value.line == line


def without_owners(text: str) -> str:
    """The text as it is printed without `-o`."""
    return re.sub(r"( (orphan|(owner|parent):\{[^}]*\}))+$", "", text, flags=re.MULTILINE)


def test_owners_may_be_left_out_of_all_lines_and_not_of_some(pc: MachineText) -> None:
    """Some machines cannot be printed with owners. A line that lost its own is damaged."""
    trees = parse_trees(without_owners(pc.trees), "t")
    views = parse_views(without_owners(pc.views), "v")
    assert not trees.has_owners
    assert views.has_owners is False
    assert [one.root.name for one in trees.spaces] == [
        one.root.name for one in parse_trees(pc.trees, "t").spaces
    ]
    for text, parse in ((pc.trees, parse_trees), (pc.views, parse_views)):
        middle = text.index("\n", len(text) // 3)
        for first, second in (
            (text[:middle], without_owners(text[middle:])),
            (without_owners(text[:middle]), text[middle:]),
        ):
            with pytest.raises(MtreeError, match="owner"):
                parse(first + second, "t")


def test_a_machine_without_owners_agrees_and_two_texts_must_be_alike(pc: MachineText) -> None:
    bare = pc._replace(trees=without_owners(pc.trees), views=without_owners(pc.views))
    result = check_machine(bare, [ModelTarget])
    assert {one.verdict for one in result.spaces} == {Verdict.AGREE}
    with pytest.raises(MtreeError, match="one text has owners"):
        check_machine(pc._replace(views=bare.views), [ModelTarget])


def test_text_that_ends_early_is_refused() -> None:
    """A text cut off anywhere inside a part is no smaller machine."""
    for end in range(1, len(TREE.split("\n")) - 2):
        cut = "\n".join(TREE.split("\n")[:end])
        if cut.endswith("}") or "memory-region" not in cut:
            with pytest.raises(MtreeError):
                build_machine(parse_trees(cut, "t"))


def read_all(trees: str, views: str) -> None:
    """Read both texts; the only exception that may come of it is MtreeError."""
    for read in (lambda: build_machine(parse_trees(trees, "t")), lambda: parse_views(views, "v")):
        try:
            read()
        except MtreeError:
            continue


@given(st.text(), st.text())
@settings(max_examples=200, deadline=None)
def test_any_text_is_read_or_refused(trees: str, views: str) -> None:
    """Totality: a crash of the reader would pass for a crash of what it checks."""
    read_all(trees, views)


@given(st.data())
@settings(max_examples=300, deadline=None)
def test_damaged_machines_are_read_or_refused(pc: MachineText, data: st.DataObject) -> None:
    """Totality near real text: lines dropped, swapped and repeated, characters changed."""
    texts = []
    for text in (pc.trees, pc.views):
        lines = text.split("\n")[: data.draw(st.integers(1, 120))]
        for _ in range(data.draw(st.integers(1, 4))):
            first, second = (data.draw(st.integers(0, len(lines) - 1)) for _ in range(2))
            match data.draw(st.sampled_from(["drop", "swap", "repeat", "change"])):
                case "drop" if len(lines) > 1:
                    del lines[first]
                case "swap":
                    lines[first], lines[second] = lines[second], lines[first]
                case "repeat":
                    lines.insert(first, lines[second])
                case _ if lines[first]:
                    line, place = lines[first], data.draw(st.integers(0, len(lines[first]) - 1))
                    lines[first] = line[:place] + data.draw(st.characters()) + line[place + 1 :]
                case _:
                    pass
        texts.append("\n".join(lines))
    read_all(*texts)
