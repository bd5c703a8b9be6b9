"""The specification against its own definition: what a tree means at one address."""

from itertools import pairwise

from hypothesis import given

from fuzz.oracle import perform
from fuzz.scenario import ABORTS, Scenario
from fuzz.targets.model import ModelTarget
from model.address_range import ADDRESS_SPACE_SIZE
from model.meaning import answer_of, resolve
from model.topology import Topology, commit
from model.view import RenderAbort, can_merge, lookup, simplify
from tests.strategies import scenarios


def topology_after(scenario: Scenario) -> Topology:
    """The model's topology when a scenario has run, rejected operations left out."""
    target = ModelTarget(scenario.settings)
    for step in scenario.steps:
        shown, _ = perform(target, step.operation)
        if shown == ABORTS:
            break
    topology = target.topology
    assert isinstance(topology, Topology)
    return topology


def edges(topology: Topology, space: str) -> list[int]:
    """Addresses at which the view or the tree can change what it means."""
    found = {0, ADDRESS_SPACE_SIZE - 1}
    for one in topology.spaces[space].view.ranges:
        found |= {one.start - 1, one.start, one.end - 1, one.end}
    for region in topology.regions.values():
        found |= {region.addr - 1, region.addr, region.addr + region.size - 1, region.size}
        found |= {region.addr + region.size, region.alias_offset, region.size - 1}
    return sorted(address for address in found if 0 <= address < ADDRESS_SPACE_SIZE)


@given(scenarios())
def test_ranges_are_sorted_disjoint_nonempty_and_inside_the_address_space(
    scenario: Scenario,
) -> None:
    """P1, on whole trees."""
    for space in topology_after(scenario).spaces.values():
        end = 0
        for one in space.view.ranges:
            assert one.size > 0
            assert one.start >= end
            end = one.end
        assert end <= ADDRESS_SPACE_SIZE


@given(scenarios())
def test_every_address_has_the_answer_that_the_flat_root_defines(scenario: Scenario) -> None:
    """P2, on whole trees, at every edge; the view must be of the present tree, so at depth 0."""
    topology = topology_after(scenario)
    for name, space in topology.spaces.items():
        if topology.depth > 0 or space.view.root is None:
            continue
        fresh = topology._replace(pending=True, depth=1)
        rebuilt = commit_quietly(fresh)
        if rebuilt is None:
            continue
        view = rebuilt.spaces[name].view
        for address in edges(rebuilt, name):
            found = lookup(view.ranges, address)
            shown = None if found is None else answer_of(found, address)
            assert view.root is not None
            assert shown == resolve(rebuilt.regions, view.root, address)


def commit_quietly(topology: Topology) -> Topology | None:
    """The topology after a commit, or None where rendering aborts."""
    try:
        return commit(topology)
    except RenderAbort:
        return None


@given(scenarios())
def test_no_two_neighbours_could_still_be_merged(scenario: Scenario) -> None:
    """P3: simplify is maximal, and merging again changes nothing."""
    for space in topology_after(scenario).spaces.values():
        ranges = space.view.ranges
        assert simplify(ranges) == ranges
        assert not any(can_merge(*pair) for pair in pairwise(ranges))
