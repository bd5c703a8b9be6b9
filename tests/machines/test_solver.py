"""Solving for what the text leaves out: found if there is anything to find, and only then."""

from fuzz.machines.check import check_machine
from fuzz.operations import Operation, SetProperty
from fuzz.targets.interface import Lines, Settings
from fuzz.targets.model import ModelTarget
from fuzz.verdict import Verdict
from tests.machines.printing import (
    Node,
    alias,
    container,
    io,
    machine_text,
    ram,
)
from tests.machines.solving import check


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

    def apply(self, operation: Operation) -> Lines:
        return () if isinstance(operation, SetProperty) else super().apply(operation)
