"""Which printed lines are one region, and which target an alias means."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fuzz.machines.corpus import MachineText
from fuzz.machines.lines import MtreeError
from fuzz.machines.region_table import Machine, build_machine, unique_names
from fuzz.machines.tree_text import parse_trees
from tests.machines.printing import alias, container, print_trees, ram


def read(text: str) -> Machine:
    return build_machine(parse_trees(text, "t"))


def test_a_region_printed_in_three_places_is_one(pc: MachineText) -> None:
    """As a space's root, inside a container, and as an alias's target: ranges can only merge, and
    facts only be shared, within one region."""
    machine = read(pc.trees)
    assert machine.regions["pc.bios"].container == "pci"
    assert machine.regions["pci"].container == "system"
    assert machine.sections[:4] == ("system", "pc.ram", "pc.bios", "pci")
    assert "system" in machine.roots
    targets = {region.targets for region in machine.regions.values() if region.name == "isa-bios"}
    assert targets == {("pc.bios",)}


def test_regions_that_look_alike_in_two_containers_are_two() -> None:
    """A region has one container, so nothing that is printed makes these one."""
    root = container(
        "root",
        0x100,
        container("a", 0x10, ram("same", 0x10)),
        container("b", 0x10, ram("same", 0x10), addr=0x10),
    )
    assert {"same:1", "same:2"} <= read(print_trees(root)).regions.keys()


def test_a_root_printed_alike_elsewhere_is_that_region_unless_trees_are_told_apart(
    pc: MachineText,
) -> None:
    """The likely reading, and the one that is always possible."""
    apart = build_machine(parse_trees(pc.trees, "t"), trees_apart=True)
    assert len(apart.regions) > len(read(pc.trees).regions)
    assert not {*apart.roots} & {*apart.sections}
    assert all(apart.regions[name].container is None for name in apart.sections)


def test_the_order_of_first_mention_tells_targets_of_one_name_apart() -> None:
    """Two aliases, two targets called alike: the first line means the first tree, the second may
    mean either only where a third line could still mention the other."""
    one, two = ram("ram", 0x10), ram("ram", 0x20)
    root = container(
        "root",
        0x100,
        alias("a", one, 0x10),
        alias("b", two, 0x10, addr=0x10),
        alias("c", one, 0x10, addr=0x20),
    )
    machine = read(print_trees(root))
    targets = {region.name: region.targets for region in machine.regions.values()}
    assert [machine.regions[name].size for name in machine.sections] == [0x10, 0x20]
    assert targets["a"] == machine.sections[:1]
    assert set(targets["b"]) == set(targets["c"]) == set(machine.sections)


def test_a_type_rules_targets_out() -> None:
    """An alias's line shows its target's type."""
    one, two = ram("x", 0x10), container("x", 0x20)
    root = container("root", 0x100, alias("a", one, 0x10), alias("b", two, 0x10, addr=0x10))
    machine = read(print_trees(root))
    assert all(len(region.targets) < 2 for region in machine.regions.values())


def test_trees_in_another_order_than_aliases_mention_them_are_refused() -> None:
    """QEMU prints them in that order; another one means that the text was put together by hand."""
    one, two = ram("one", 0x10), ram("two", 0x10)
    root = container("root", 0x100, alias("a", one, 0x10), alias("b", two, 0x10, addr=0x10))
    spaces, first, second, _ = print_trees(root).split("\n\n")
    with pytest.raises(MtreeError, match="what this alias can mean"):
        read("\n\n".join((spaces, second, first, "")))


def test_a_tree_that_no_alias_mentions_is_refused() -> None:
    """Something of the text is missing."""
    text = print_trees(container("root", 0x100, alias("a", ram("one", 0x10), 0x10)))
    extra = text + "memory-region: two\n" + text.split("\n")[-3].replace("one", "two") + "\n\n"
    with pytest.raises(MtreeError, match="do not mention"):
        read(extra)


@given(st.lists(st.sampled_from(["a", "a:1", "a:2", "a b", "a-b", ""]), max_size=6))
def test_names_in_a_scenario_are_all_different(printed: list[str]) -> None:
    """However strange the printed names: two regions of one name would be one region."""
    names = unique_names(printed)
    assert len(set(names)) == len(printed)
    assert all(" " not in name and name for name in names)
