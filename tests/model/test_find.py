"""Finding what shows inside a region."""

from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import model
from model.find import find
from model.topology import TopologyError
from tests.model.bytewise import World
from tests.model.systems import TOP, LayoutCase, Machine, addresses, build, layouts


class Finding(NamedTuple):
    """A layout and what to look for in its root."""

    layout: LayoutCase
    offset: int
    size: int


findings = st.builds(Finding, layouts(), addresses, st.integers(1, 40))


def check_find(package: Any, case: Finding) -> None:
    """A17: the first byte of the window that is not in a hole, by trying one after the other."""
    world = World(case.layout, build(model, case.layout))
    inside = range(case.offset, min(case.offset + case.size, TOP))
    first = next((address for address in inside if world.where(address) is not None), None)
    found = package.find.find(build(package, case.layout).topology, "root", case.offset, case.size)
    if first is None:
        assert found is None
        return
    assert (found.region, found.offset) == world.where(first)
    assert found.start == first
    assert 1 <= found.size <= case.offset + case.size - first
    for i in range(found.size):
        assert world.where(first + i) == (found.region, found.offset + i)


@settings(max_examples=150)
@given(findings)
def test_the_first_overlap_is_found(case: Finding) -> None:
    check_find(model, case)


def nested() -> Machine:
    """RAM at 0x20 of a container at 0x1000 of the root; flagged read-only on the way."""
    machine = Machine().root().region("inner", "container", 0x100, 0x1000, readonly=True)
    machine.region("ram", "ram", 0x10, 0x20, into="inner", nonvolatile=True)
    return machine.region("other", "ram", 0x10, 0x2000).space()


def test_offsets_are_summed_up_the_containers() -> None:
    topology = nested().system.topology
    expected = ("ram", 0, 0x1020, 8, True, True)
    assert find(topology, "inner", 0x18, 0x10) == expected
    assert find(topology, "root", 0x1018, 0x10) == expected
    assert find(topology, "ram", TOP - 8, 0x10) == expected
    assert find(topology, "inner", 0, 0x20) is None


def test_a_size_of_zero_finds_what_it_lies_strictly_inside_of() -> None:
    """Scenario 69: a region, with a size of 0; at its first byte nothing."""
    topology = nested().system.topology
    assert find(topology, "root", 0x1021, 0) == ("ram", 1, 0x1021, 0, True, True)
    assert find(topology, "root", 0x1020, 0) is None
    assert find(topology, "root", 0x1030, 0) is None


def test_a_window_may_reach_past_the_last_address() -> None:
    topology = Machine().root().region("top", "ram", 4, TOP - 4).space().system.topology
    expected = ("top", 2, TOP - 2, 2, False, False)
    assert find(topology, "root", TOP - 2, TOP - 1) == expected


def test_nothing_is_found_without_an_address_space_of_the_topmost_container() -> None:
    machine = Machine().root().region("inner", "container", 0x100, 0x1000)
    machine.region("ram", "ram", 0x10, 0, into="inner").space("inner", "inner")
    assert find(machine.system.topology, "ram", 0, 1) is None
    assert find(machine.system.topology, "inner", 0, 1) is None


def test_the_first_space_of_a_root_answers() -> None:
    """A17: two spaces of one root differ while a change of its flat root is not yet committed."""
    machine = Machine().root().region("low", "ram", 0x10, 0).region("high", "ram", 4, 0x20)
    machine.space("first").topology(machine.package.topology.begin)
    machine.topology(machine.package.changes.set_enabled, "high", False).space("second")
    spaces = machine.system.topology.spaces
    assert [len(space.view.ranges) for space in spaces.values()] == [2, 1]
    assert find(machine.system.topology, "root", 0x20, 1) == ("high", 0, 0x20, 1, False, False)
    machine.topology(machine.package.topology.destroy_space, "first")
    assert find(machine.system.topology, "root", 0x20, 1) is None


@pytest.mark.parametrize(
    ("name", "offset", "size"),
    [("none", 0, 1), ("root", -1, 1), ("root", TOP, 1), ("root", 0, -1), ("root", 0, TOP)],
)
def test_what_cannot_be_asked_is_an_error(name: str, offset: int, size: int) -> None:
    with pytest.raises(TopologyError):
        find(nested().system.topology, name, offset, size)
