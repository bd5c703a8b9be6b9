"""Operations of the specification that are impossible, and its own limits."""

import pytest

from model.changes import add_subregion, create_region, set_dirty_log_mask, set_size
from model.region import Kind, Region
from model.topology import (
    MAX_NESTING,
    NestingLimit,
    Topology,
    TopologyError,
    begin,
    commit,
    create_space,
)

CONTAINER = Region(Kind.CONTAINER, 1 << 64)


def with_regions(**regions: Region) -> Topology:
    topology = Topology()
    for name, region in regions.items():
        topology = create_region(topology, name, region)
    return topology


@pytest.mark.parametrize("size", [-1, (1 << 64) - 1, (1 << 64) + 1])
def test_a_size_that_qemu_cannot_express_is_an_error(size: int) -> None:
    with pytest.raises(TopologyError, match="size"):
        with_regions(ram=Region(Kind.RAM, size))
    with pytest.raises(TopologyError, match="size"):
        set_size(with_regions(ram=Region(Kind.RAM, 1)), "ram", size)


@pytest.mark.parametrize("address", [-1, 1 << 64])
def test_an_address_outside_the_address_space_is_an_error(address: int) -> None:
    topology = with_regions(system=CONTAINER, ram=Region(Kind.RAM, 1))
    with pytest.raises(TopologyError, match="address"):
        add_subregion(topology, "system", "ram", address)
    with pytest.raises(TopologyError, match="alias offset"):
        create_region(topology, "window", Region(Kind.ALIAS, 1, alias="ram", alias_offset=address))


@pytest.mark.parametrize("priority", [-(1 << 31) - 1, 1 << 31])
def test_a_priority_beyond_32_bits_is_an_error(priority: int) -> None:
    topology = with_regions(system=CONTAINER, ram=Region(Kind.RAM, 1))
    with pytest.raises(TopologyError, match="priority"):
        add_subregion(topology, "system", "ram", 0, priority)


def test_a_dirty_log_mask_beyond_8_bits_is_an_error() -> None:
    with pytest.raises(TopologyError, match="mask"):
        set_dirty_log_mask(with_regions(ram=Region(Kind.RAM, 1)), "ram", 256)


@pytest.mark.parametrize(
    "region", [Region(Kind.ALIAS, 1), Region(Kind.RAM, 1, alias="system")], ids=["alias", "ram"]
)
def test_an_alias_and_nothing_else_has_a_target(region: Region) -> None:
    with pytest.raises(TopologyError, match="target"):
        create_region(with_regions(system=CONTAINER), "new", region)


def test_a_container_cannot_come_to_lie_inside_itself() -> None:
    topology = with_regions(outer=CONTAINER, inner=CONTAINER)
    topology = create_region(topology, "window", Region(Kind.ALIAS, 1, alias="outer"))
    topology = add_subregion(topology, "outer", "inner", 0)
    for child in ("outer", "window"):
        with pytest.raises(TopologyError, match="leads back"):
            add_subregion(topology, "inner", child, 0)


def test_nesting_is_rendered_up_to_the_limit_and_refused_beyond_it() -> None:
    """A deep tree must end in a typed error of ours, not in Python's recursion error."""
    topology = with_regions(r0=Region(Kind.RAM, 0x1000))
    for depth in range(1, MAX_NESTING):
        alias = Region(Kind.ALIAS, 0x1000, alias=f"r{depth - 1}", alias_offset=0)
        topology = create_region(topology, f"r{depth}", alias)
    container = Region(Kind.CONTAINER, 0x2000)
    topology = create_region(topology, "root", container)
    deepest = add_subregion(topology, "root", f"r{MAX_NESTING - 2}", 0x10)
    view = create_space(deepest, "memory", "root").spaces["memory"].view
    assert [one.region for one in view.ranges] == ["r0"]
    with pytest.raises(NestingLimit):
        create_space(add_subregion(topology, "root", f"r{MAX_NESTING - 1}", 0x10), "m", "root")


def test_the_outermost_commit_needs_a_begin() -> None:
    with pytest.raises(TopologyError, match="begin"):
        commit(Topology())
    assert commit(begin(Topology())) == Topology()
