"""Operations of the specification that are impossible, and its own limits."""

import pytest

from model.changes import add_subregion, create_region, set_dirty_log_mask, set_size
from model.region import Kind, Region
from model.render import MAX_NESTING, RenderLimit
from model.topology import (
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


def test_a_region_cannot_come_to_lie_inside_itself() -> None:
    topology = with_regions(outer=CONTAINER, inner=CONTAINER)
    topology = add_subregion(topology, "outer", "inner", 0)
    for container in ("outer", "inner"):
        with pytest.raises(TopologyError, match="inside itself"):
            add_subregion(topology, container, "outer", 0)


def test_nesting_is_rendered_up_to_the_limit_and_refused_beyond_it() -> None:
    """A deep tree must end in a typed outcome of ours, not in Python's recursion error."""
    topology = with_regions(r0=Region(Kind.RAM, 0x1000))
    for depth in range(1, MAX_NESTING):
        alias = Region(Kind.ALIAS, 0x1000, alias=f"r{depth - 1}", alias_offset=0)
        topology = create_region(topology, f"r{depth}", alias)
    topology = create_region(topology, "root", Region(Kind.CONTAINER, 0x2000))
    deepest = add_subregion(topology, "root", f"r{MAX_NESTING - 2}", 0x10)
    view = create_space(deepest, "memory", "root").spaces["memory"].view
    assert [one.region for one in view.ranges] == ["r0"]
    with pytest.raises(RenderLimit, match="deep"):
        create_space(add_subregion(topology, "root", f"r{MAX_NESTING - 1}", 0x10), "m", "root")


def inside_itself(*aliases: Region) -> Topology:
    """A container of 2^64 bytes, with RAM at 0, that has aliases of itself at 0x10000."""
    topology = with_regions(system=CONTAINER, ram=Region(Kind.RAM, 0x1000))
    topology = add_subregion(topology, "system", "ram", 0)
    for number, alias in enumerate(aliases):
        topology = create_region(topology, f"alias{number}", alias)
        topology = add_subregion(topology, "system", f"alias{number}", 0x10000)
    return topology


def test_an_alias_inside_its_own_target_is_rendered_where_its_window_shows_something_else() -> None:
    """Real machines have it: the Arm SSE's second bank, for one."""
    topology = inside_itself(Region(Kind.ALIAS, 0x1000, alias="system", alias_offset=0))
    ranges = create_space(topology, "memory", "system").spaces["memory"].view.ranges
    assert [(one.start, one.region, one.offset) for one in ranges] == [
        (0, "ram", 0),
        (0x10000, "ram", 0),
    ]


def test_an_alias_that_shows_itself_without_end_is_a_typed_outcome() -> None:
    endless = Region(Kind.ALIAS, 0x1000, alias="system", alias_offset=0x10000)
    with pytest.raises(RenderLimit, match="deep"):
        create_space(inside_itself(endless), "memory", "system")


def test_aliases_that_double_at_each_step_are_a_typed_outcome() -> None:
    """Rendering must not hang where it could end only after 2^100 steps."""
    wide = Region(Kind.ALIAS, 1 << 40, alias="system", alias_offset=0)
    with pytest.raises(RenderLimit, match="deep"):
        create_space(inside_itself(wide, wide), "memory", "system")


def test_more_work_than_allowed_is_a_typed_outcome() -> None:
    topology = inside_itself(Region(Kind.ALIAS, 0x1000, alias="system", alias_offset=0))
    with pytest.raises(RenderLimit, match="more than 3 times"):
        create_space(topology._replace(max_visits=3), "memory", "system")


def test_a_root_that_stands_for_nothing_but_itself_is_a_typed_outcome() -> None:
    topology = with_regions(system=CONTAINER)
    topology = create_region(topology, "whole", Region(Kind.ALIAS, 1 << 64, alias="system"))
    topology = add_subregion(topology, "system", "whole", 0)
    with pytest.raises(RenderLimit, match="itself"):
        create_space(topology, "memory", "system")


def test_the_outermost_commit_needs_a_begin() -> None:
    with pytest.raises(TopologyError, match="begin"):
        commit(Topology())
    assert commit(begin(Topology())) == Topology()
