"""Solving for what the text leaves out: found if there is anything to find, and only then."""

from itertools import product

from hypothesis import HealthCheck, assume, event, given, settings
from hypothesis import strategies as st

from fuzz.machines.check import check_machine
from fuzz.machines.comparison import compare_view
from fuzz.machines.corpus import MachineText
from fuzz.machines.facts import Contradiction, Fact, FactKind, Value, Values, ties
from fuzz.machines.flat_text import PrintedView, parse_views
from fuzz.machines.region_table import Machine, build_machine
from fuzz.machines.results import MachineResult, SpaceResult
from fuzz.machines.solver import render
from fuzz.machines.tree_text import parse_trees
from fuzz.machines.unknowns import Unknowns
from fuzz.operations import RegionKind, SetProperty, TopologyOperation
from fuzz.targets.interface import Aborted, Rejected, Settings, Target
from fuzz.targets.model import ModelTarget
from fuzz.verdict import Verdict
from tests.machines.printing import (
    Node,
    alias,
    build,
    container,
    io,
    machine_text,
    ram,
)


def new_target() -> Target:
    return ModelTarget(Settings("qemu-7.2"))


def check(tree: Node, rendered: Node | None = None) -> tuple[MachineResult, SpaceResult]:
    """What a tree comes to beside its own view, or another tree's."""
    result = check_machine(machine_text(tree, rendered), [ModelTarget])
    return result, result.spaces[0]


def needed(tree: Node, rendered: Node | None = None) -> tuple[str, ...]:
    """The facts that explain a view, which there must be."""
    _, space = check(tree, rendered)
    assert space.verdict is Verdict.AGREE, space.reason
    return space.needed


def test_a_plain_tree_needs_no_facts() -> None:
    """The defaults are the usual case."""
    assert needed(container("root", 0x100, ram("a", 0x10), io("b", 0x10, addr=0x20))) == ()


def test_termination_is_solved_for() -> None:
    """Two nested regions of one name, of which the view shows one: the other is a container."""
    inner, outer = io("regs", 0x10), container("regs", 0x100)
    outer.children.append(inner)
    assert needed(container("root", 0x1000, outer)) == ("regs is a container",)


def test_tie_order_is_solved_for() -> None:
    """Of overlapping equals at different addresses the larger can come first."""
    large = io("large", 0x20)
    small = io("small", 0x10, addr=0x18)
    assert needed(container("root", 0x100, small, large)) == ("large comes before small",)
    assert needed(container("root", 0x100, large, small)) == ()


def test_equals_at_one_address_stay_in_printed_order() -> None:
    """QEMU prints them in list order, so the other order explains nothing."""
    tree = container("root", 0x100, ram("a", 0x20), ram("b", 0x20))
    other = container("root", 0x100, ram("b", 0x20), ram("a", 0x20))
    assert needed(tree) == ()
    assert check(tree, other)[1].verdict is Verdict.DIVERGE


def test_size_0_is_solved_for() -> None:
    """A closed window prints as one byte and shows none."""
    empty, behind = ram("empty", 0, priority=1), io("behind", 0x10)
    assert needed(container("root", 0x100, empty, behind)) == ("empty has 0 bytes",)


def test_an_alias_readonly_flag_is_solved_for() -> None:
    """RAM that prints as ROM in the view is seen through something read-only."""
    window = alias("window", ram("ram", 0x10), 0x10)
    window.readonly = True
    root = container("root", 0x100, window, ram("other", 0x10, addr=0x20))
    assert needed(root) == ("window is read-only",)


def test_an_alias_target_is_solved_for() -> None:
    """Targets of one name: what the view shows tells which is meant."""
    one, two = ram("ram", 0x10), ram("ram", 0x20)
    root = container(
        "root",
        0x100,
        alias("a", one, 0x10),
        alias("b", two, 0x20, addr=0x20),
        alias("c", two, 0x20, addr=0x40),
    )
    (sentence,) = needed(root)
    assert sentence.startswith("b stands for the ram of line")


def test_a_wrong_view_has_no_explanation() -> None:
    """A priority, an offset, an end, a name, a root: what is printed of these leaves no choice."""
    tree = container("root", 0x100, ram("a", 0x20), io("b", 0x20, addr=0x10, priority=1))
    for rendered in (
        container("root", 0x100, ram("a", 0x20), io("b", 0x20, addr=0x10)),
        container("root", 0x100, ram("a", 0x20, priority=2), io("b", 0x20, addr=0x10, priority=1)),
        container("root", 0x100, ram("a", 0x20), io("b", 0x21, addr=0x10, priority=1)),
        container("root", 0x100, ram("a", 0x20)),
        container("root", 0x100, ram("a", 0x20), io("c", 0x20, addr=0x10, priority=1)),
        container("root", 0x100),
    ):
        _, space = check(tree, rendered)
        assert space.verdict is Verdict.DIVERGE
        assert "no assignment explains it" in space.reason


def test_merging_one_region_across_a_readonly_change_has_no_explanation() -> None:
    """The corpus has no such neighbours, so this tree stands in for it: R8 keeps them apart."""
    memory = ram("ram", 0x100)
    first, second = alias("first", memory, 0x10), alias("second", memory, 0x10, 0x10, 0x10)
    second.readonly = True
    split = container("root", 0x1000, first, second)
    assert needed(split) == ("second is read-only",)
    text = machine_text(split)
    lines = text.views.split("\n")
    assert "(prio 0, ram)" in lines[3]
    assert "(prio 0, rom)" in lines[4]
    merged = [*lines[:3], lines[3].replace("0000000f ", "0000001f "), *lines[5:]]
    result = check_machine(text._replace(views="\n".join(merged)), [ModelTarget])
    assert result.spaces[0].verdict is Verdict.DIVERGE


def test_regions_printed_alike_are_not_held_against_the_rules() -> None:
    """A loose region that prints like one inside the tree is taken for that one; where this leaves
    no explanation and two regions would, nothing is decided."""
    loose = io("b", 1, addr=1)
    tree = container(
        "root", 8, alias("a", loose, 1), ram("c", 1, addr=4), container("b", 0, addr=1)
    )
    _, space = check(tree)
    assert space.verdict is Verdict.INCONCLUSIVE
    assert "printed alike are several" in space.reason


def test_a_spent_budget_is_inconclusive() -> None:
    """No end of a search is no proof that nothing explains the view."""
    small, large = io("small", 0x10, addr=0x18), io("large", 0x20)
    text = machine_text(container("root", 0x100, small, large))
    (space,) = check_machine(text, [ModelTarget], budget=1).spaces
    assert space.verdict is Verdict.INCONCLUSIVE
    assert "1 renderings" in space.reason


def test_a_further_target_is_held_to_the_facts_found() -> None:
    """Another target may not choose facts of its own: it diverges where it renders otherwise."""

    hidden = ram("hidden", 0x10, addr=0x10, priority=1)
    hidden.enabled = False
    tree = container("root", 0x100, ram("a", 0x20), ram("b", 0x20, addr=0x40), hidden)
    first, further = check_machine(machine_text(tree), [ModelTarget, ShowsDisabled]).spaces
    assert (first.verdict, further.verdict) == (Verdict.AGREE, Verdict.DIVERGE)
    assert further.target == "shows-disabled"
    assert "ranges differ at 0000000000000010" in further.reason


class ShowsDisabled(ModelTarget):
    """A target that hides nothing; all properties that its tests set are `enabled`."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings, name="shows-disabled")

    def apply(self, operation: TopologyOperation) -> None:
        if not isinstance(operation, SetProperty):
            super().apply(operation)


# --- Any small tree ---------------------------------------------------------------------------

UNDECIDED = (
    "regions that are printed alike are several",
    "alias targets contradict the order",
    "section",
)
"""Why a search can stay undecided: what the one view says is explained, and what the rest of the
text says of the regions, or of which of them are one, is not taken in by the search."""

KINDS = (RegionKind.CONTAINER, RegionKind.IO, RegionKind.RAM, RegionKind.ROM)


@st.composite
def trees(draw: st.DrawFn) -> Node:
    """A root, or a window on one, with regions and aliases below; names and places collide."""
    count = draw(st.integers(1, 5))
    names = st.sampled_from(["a", "b", "c"])

    def node(kinds: tuple[RegionKind, ...]) -> Node:
        return Node(
            draw(names),
            draw(st.sampled_from(kinds)),
            draw(st.sampled_from([0, 1, 1, 2, 4, 6])),
            draw(st.integers(0, 5)),
            draw(st.sampled_from([0, 0, 0, 1])),
            draw(st.sampled_from([True, True, True, False])),
        )

    root = node(KINDS[:2])
    root.name, root.size, root.enabled = "root", 8, True
    root.addr = draw(st.sampled_from([0, 0, 2]))
    placed, loose = [root], [node(KINDS)]
    for _ in range(count):
        if draw(st.integers(0, 2)) == 0:
            # Targets are leaves and regions outside, so that nothing contains itself.
            leaves = [one for one in placed if not one.children and one is not root]
            child = node((RegionKind.ALIAS,))
            child.target = draw(st.sampled_from(loose + leaves))
            child.offset = draw(st.integers(0, 2))
            child.readonly = draw(st.sampled_from([False, False, True]))
            draw(st.sampled_from([root])).children.append(child)
        else:
            child = node(KINDS)
            shown = {id(one.target) for one in root.children}
            parents = [one for one in placed if id(one) not in shown]
            draw(st.sampled_from(parents)).children.append(child)
            placed.append(child)
    if draw(st.integers(0, 3)) == 0:
        return alias("window", root, draw(st.integers(7, 9)), offset=draw(st.integers(0, 1)))
    return root


def read(text: MachineText) -> tuple[Machine, PrintedView]:
    machine = build_machine(parse_trees(text.trees, text.trees_path))
    return machine, parse_views(text.views, text.views_path).views[0]


def every_value(machine: Machine, names: tuple[str, ...]) -> dict[Fact, tuple[Value, ...]]:
    """Each fact with all its values: without any conclusion from the view, or from the rules."""
    domain: dict[Fact, tuple[Value, ...]] = {}
    for name in names:
        region = machine.regions[name]
        if region.word == "i/o" and not region.is_alias:
            domain[Fact(FactKind.TERMINATES, name)] = (0, 1)
        if region.size == 1:
            domain[Fact(FactKind.SIZE, name)] = (0, 1)
        if region.word not in ("ram", "rom") or region.is_alias:
            domain[Fact(FactKind.READONLY, name)] = (0, 1)
        if region.is_alias:
            domain[Fact(FactKind.ALIAS_TARGET, name)] = region.targets
        domain.update(dict.fromkeys(ties(machine.regions, region, disabled_too=True), (0, 1)))
    return domain


def explained_by_any(machine: Machine, view: PrintedView, unknowns: Unknowns) -> bool:
    """Whether any assignment at all explains the view: brute force."""
    for values in product(*unknowns.domain.values()):
        decided: Values = dict(zip(unknowns.domain, values, strict=True))
        try:
            seen = render(unknowns, unknowns.assign(decided, {}), new_target())
        except (Contradiction, Rejected, Aborted):
            continue
        if compare_view(machine.regions, view, seen) is None:
            return True
    return False


@given(trees())
@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
def test_the_view_of_any_tree_is_explained(tree: Node) -> None:
    """The facts forgotten in printing are found again, whatever they were."""
    _, space = check(tree)
    if space.verdict is not Verdict.AGREE:
        assert space.verdict is Verdict.INCONCLUSIVE
        assert any(undecided in space.reason for undecided in UNDECIDED)


@given(trees(), trees(), st.integers(0, 2))
@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
def test_the_search_finds_an_explanation_exactly_if_there_is_one(
    tree: Node, other: Node, change: int
) -> None:
    """Completeness: against brute force, on views of the tree, of another, and of a changed one."""
    text = machine_text(tree)
    rendered = tree
    if change == 1:
        # Spaces must be called alike for their texts to belong together.
        assume((tree.target is None) == (other.target is None))
        rendered = other
    elif change == 2 and tree.children:
        moved = tree.children[0]
        moved.priority += 1
        moved.size += 1
    text = text._replace(views=machine_text(rendered).views)
    machine, view = read(text)
    (space,) = check_machine(text, [ModelTarget], budget=5_000).spaces
    names = tuple(machine.regions)
    unknowns = Unknowns(machine.regions, machine.roots[0], names, (), every_value(machine, names))
    combinations = 1
    for values in unknowns.domain.values():
        combinations *= len(values)
    assume(combinations <= 512)
    event(f"verdict {space.verdict.value}, change {change}")
    expected = explained_by_any(machine, view, unknowns)
    if space.verdict is Verdict.INCONCLUSIVE:
        assert any(undecided in space.reason for undecided in UNDECIDED)
    else:
        assert (space.verdict is Verdict.AGREE) == expected


@given(trees())
@settings(max_examples=100, deadline=None)
def test_a_whole_machine_is_rebuilt_as_it_was(tree: Node) -> None:
    """The scenario that a check gives renders to the ranges that were printed."""
    result, space = check(tree)
    if space.verdict is not Verdict.AGREE:
        return
    target = new_target()
    assert result.scenario is not None
    for step in result.scenario.steps:
        target.apply(step.operation)  # type: ignore[arg-type]
    (name,) = target.spaces()
    original = build(tree)[0].view("space")
    assert [(one.start, one.size, one.offset) for one in target.view(name).ranges] == [
        (one.start, one.size, one.offset) for one in original.ranges
    ]
