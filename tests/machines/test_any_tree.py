"""Solving for any small tree: what is found is what brute force finds."""

from itertools import product

from hypothesis import HealthCheck, assume, event, given, settings
from hypothesis import strategies as st

from fuzz.machines.check import check_machine
from fuzz.machines.comparison import compare_view
from fuzz.machines.corpus import MachineText
from fuzz.machines.facts import Contradiction, Fact, FactKind, Value, Values, ties
from fuzz.machines.flat_text import PrintedView, parse_views
from fuzz.machines.region_table import Machine, build_machine
from fuzz.machines.solver import render
from fuzz.machines.tree_text import parse_trees
from fuzz.machines.unknowns import Unknowns
from fuzz.operations import RegionKind
from fuzz.targets.interface import Aborted, Rejected
from fuzz.targets.model import ModelTarget
from fuzz.verdict import Verdict
from tests.machines.printing import (
    Node,
    alias,
    build,
    machine_text,
)
from tests.machines.solving import check, new_target

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
        target.apply(step.operation)
    (name,) = target.spaces()
    original = build(tree)[0].view("space")
    assert [(one.start, one.size, one.offset) for one in target.view(name).ranges] == [
        (one.start, one.size, one.offset) for one in original.ranges
    ]
