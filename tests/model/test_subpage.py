"""Divided pages, section indices, and the scenarios and errors of dispatch."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fuzz.mutation import Mutation, load_variant
from model.changes import add_subregion, create_region
from model.dispatch import (
    UNASSIGNED,
    AddressSpaceDispatch,
    DispatchAbort,
    Section,
    build_dispatch,
    lookup_section,
    register_subpage,
    section_index,
)
from model.flavour import Flavour
from model.radix import (
    NIL,
    QEMU_SHAPE,
    DispatchError,
    MapShape,
    PageEntry,
    PageMap,
    PageRun,
    check_shape,
    find_leaf,
    set_pages,
)
from model.region import Kind, Region
from model.subpage import Subpage, SubpageRun, subpage_index, subpage_register
from model.topology import Topology, create_space
from model.view import FlatRange, Ranges

PAGE = 0x1000

# --- The table of a divided page --------------------------------------------------------------

runs = st.lists(
    st.builds(
        lambda first, length, section: SubpageRun(first, min(first + length, 15), section),
        st.integers(0, 15),
        st.integers(0, 15),
        st.integers(0, 9),
    ),
    max_size=6,
)


@given(runs)
def test_a_divided_page_is_a_table_of_its_bytes(written: list[SubpageRun]) -> None:
    """D4: runs that overlap are written over one another, as in an array."""
    subpage, array = Subpage(16), [0] * 16
    for run in written:
        subpage = subpage_register(subpage, run)
        for byte in range(run.first, run.last + 1):
            array[byte] = run.section
    assert [subpage_index(subpage, byte) for byte in range(16)] == array


def test_a_table_in_which_the_first_to_come_wins_is_seen() -> None:
    """That the property above can fail: views do not overlap, so look-ups would not show it."""
    mutant = Mutation(
        "first_wins", "model.subpage", "runs=(run, *subpage.runs)", "runs=(*subpage.runs, run)"
    )
    package = load_variant("model", mutant).subpage
    subpage = package.Subpage(16)
    for section in (1, 2):
        subpage = package.subpage_register(subpage, SubpageRun(0, 15, section))
    assert package.subpage_index(subpage, 0) == 1


@pytest.mark.parametrize("run", [(-1, 3), (2, 1), (0, 16), (16, 16)])
def test_a_run_outside_its_page_is_an_error(run: tuple[int, int]) -> None:
    with pytest.raises(DispatchError, match="not within a page"):
        subpage_register(Subpage(16), SubpageRun(*run, 1))


# --- Scenarios --------------------------------------------------------------------------------


def answers(dispatch: AddressSpaceDispatch, *addresses: int) -> list[str | None]:
    """The regions that answer."""
    return [lookup_section(dispatch, address).section.region for address in addresses]


def ranges(*described: tuple[str, int, int]) -> Ranges:
    """Flat ranges from region, start and size; each shows its region from the first byte."""
    return tuple(FlatRange(name, 0, start, size) for name, start, size in described)


def test_three_regions_share_a_page() -> None:
    """Scenario 34: one container before the first of them, and a hole after the last."""
    dispatch = build_dispatch(ranges(("a", 0x10, 0x10), ("b", 0x20, 8), ("c", 0x28, 0xFD0)))
    assert dispatch.sections == (
        UNASSIGNED,
        Section(None, 0, 0, PAGE, is_subpage=True),
        Section("a", 0, 0x10, 0x10),
        Section("b", 0, 0x20, 8),
        Section("c", 0, 0x28, 0xFD0),
    )
    expected = [None, "a", "a", "b", "b", "c", "c", None]
    assert answers(dispatch, 0xF, 0x10, 0x1F, 0x20, 0x27, 0x28, 0xFF7, 0xFF8) == expected
    unresolved = lookup_section(dispatch, 0x20, resolve=False)
    assert unresolved == (dispatch.sections[1], 1)


def test_an_unaligned_range_across_three_pages_is_cut_in_head_body_and_tail() -> None:
    """Scenario 35: three sections of one range, which continue each other's offsets."""
    dispatch = build_dispatch((FlatRange("ram", 0x500, 0x1800, 0x2000),))
    assert dispatch.sections == (
        UNASSIGNED,
        Section(None, 0, 0x1000, PAGE, is_subpage=True),
        Section("ram", 0x500, 0x1800, 0x800),
        Section("ram", 0xD00, 0x2000, PAGE),
        Section(None, 0, 0x3000, PAGE, is_subpage=True),
        Section("ram", 0x1D00, 0x3000, 0x800),
    )
    assert answers(dispatch, 0x17FF, 0x1800, 0x2000, 0x37FF, 0x3800) == [
        None, "ram", "ram", "ram", None,
    ]  # fmt: skip


def test_just_outside_a_compacted_leaf_nothing_answers() -> None:
    """Scenario 36: the leaf is the root itself, so the tree alone sends every address to it."""
    size = 1 << 21
    dispatch = build_dispatch(ranges(("ram", 1 << 30, size)))
    assert dispatch.page_map.root == PageEntry(0, 1)
    assert find_leaf(dispatch.page_map, 0) == 1
    first, end = 1 << 30, (1 << 30) + size
    assert answers(dispatch, first - 1, first, end - 1, end, first << 1) == [
        None, "ram", "ram", None, None,
    ]  # fmt: skip
    assert lookup_section(dispatch, end, mru=1) == (UNASSIGNED, 0)


def test_a_new_view_has_an_mru_of_its_own() -> None:
    """Scenario 37: who still reads the old view is answered from it, whatever the new stores."""
    topology = create_region(Topology(), "system", Region(Kind.CONTAINER, 1 << 64))
    for name in ("ram", "device"):
        topology = create_region(topology, name, Region(Kind.RAM, PAGE))
    topology = add_subregion(topology, "system", "ram", 0)
    before = create_space(topology, "memory", "system")
    after = add_subregion(before, "system", "device", 0, priority=1)
    old, new = (build_dispatch(one.spaces["memory"].view.ranges) for one in (before, after))

    first = lookup_section(old, 0)
    assert first == (Section("ram", 0, 0, PAGE), 1)
    assert lookup_section(new, 0) == (Section("device", 0, 0, PAGE), 1)
    assert lookup_section(old, 0, first.mru) == first


# --- Section indices --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("flavour", "count", "index"),
    [
        (Flavour.QEMU_7_2, 4095, 4095),
        (Flavour.CURRENT, 4096, 4096),
        (Flavour.CURRENT, 65535, 65535),
        (Flavour.CURRENT, 65536, 0),
        (Flavour.CURRENT, 65537, 1),
    ],
)
def test_an_index_has_16_bits(flavour: Flavour, count: int, index: int) -> None:
    """D5: current QEMU cuts it without a word."""
    assert section_index(count, QEMU_SHAPE, flavour) == index


def test_7_2_stops_at_more_sections_than_a_page_has_bytes() -> None:
    """The whole dispatch: three ranges and the unassigned section fit a page of four bytes."""
    shape = MapShape(page_bits=2)
    pages = ranges(*((f"r{page}", 8 * page, 4) for page in range(4)))
    assert len(build_dispatch(pages[:3], Flavour.QEMU_7_2, shape).sections) == 4
    with pytest.raises(DispatchAbort, match="4 bytes"):
        build_dispatch(pages, Flavour.QEMU_7_2, shape)
    assert not build_dispatch(pages, Flavour.CURRENT, shape).truncates_indices


def test_a_truncated_index_hides_a_page_and_misleads_inside_a_divided_one() -> None:
    """A leaf's section must cover the address; what a divided page's table says is not checked."""
    shape = MapShape(page_bits=2, level_bits=2, address_bits=6, index_bits=2)
    whole = ranges(*((f"r{page}", 4 * page, 4) for page in range(5)))
    dispatch = build_dispatch(whole, shape=shape)
    assert dispatch.truncates_indices
    assert answers(dispatch, 0, 4, 8, 12, 16) == ["r0", "r1", "r2", None, None]

    divided = ranges(("r0", 0, 4), ("r1", 4, 4), ("a", 8, 1), ("b", 9, 1))
    dispatch = build_dispatch(divided, shape=shape)
    assert [one.region for one in dispatch.sections] == [None, "r0", "r1", None, "a", "b"]
    assert answers(dispatch, 8, 9, 10) == [None, "r0", None]


def test_a_page_whose_containers_index_is_cut_to_0_is_divided_again() -> None:
    """The map calls it unassigned, so each piece brings a container, and hides the one before."""
    shape = MapShape(page_bits=2, level_bits=2, address_bits=6, index_bits=1)
    divided = ranges(("r0", 0, 4), ("a", 8, 1), ("b", 9, 1))
    dispatch = build_dispatch(divided, shape=shape)
    assert [one.is_subpage for one in dispatch.sections] == [False, False, True, False, True, False]
    assert answers(dispatch, 0, 8, 9) == ["r0", None, None]


# --- What no view has -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "bits",
    [(-1, 9, 64, 16), (64, 9, 64, 16), (12, 9, 65, 16), (12, 0, 64, 16), (12, 17, 64, 16),
     (0, 1, 64, 16), (12, 9, 64, 0), (12, 9, 64, 26)],
)  # fmt: skip
def test_an_impossible_shape_is_an_error(bits: tuple[int, int, int, int]) -> None:
    with pytest.raises(DispatchError, match=r"bits|levels"):
        check_shape(MapShape(*bits))


@pytest.mark.parametrize("page_bits", range(10, 19))
def test_qemus_targets_have_six_levels(page_bits: int) -> None:
    """D1, as `info mtree -f -d` prints it."""
    shape = MapShape(page_bits)
    check_shape(shape)
    assert shape.levels == 6
    assert shape.pages_per_entry(shape.levels) >= 1 << (64 - page_bits)


@pytest.mark.parametrize(
    "impossible",
    [
        ranges(("a", 0, 0)),
        ranges(("a", 0, 2), ("b", 1, 2)),
        ranges(("a", 8, 2), ("b", 0, 2)),
        ranges(("a", -1, 2)),
        ranges(("a", 1, 1 << 64)),
    ],
    ids=["empty", "overlap", "descend", "negative", "too far"],
)
def test_ranges_that_no_view_has_are_an_error(impossible: Ranges) -> None:
    with pytest.raises(DispatchError, match="a range of"):
        build_dispatch(impossible)


def test_a_page_that_a_section_has_for_itself_cannot_be_divided() -> None:
    """D4: QEMU asserts it."""
    dispatch = build_dispatch(ranges(("ram", 0, PAGE)))
    with pytest.raises(DispatchAbort, match="cannot be divided"):
        register_subpage(dispatch, Section("device", 0, 0x10, 4))


@pytest.mark.parametrize("run", [(0, 0, 1), (-1, 2, 1), (1, 1 << 52, 1), (0, 1, NIL), (0, 1, -1)])
def test_a_run_of_pages_that_the_map_cannot_hold_is_an_error(run: tuple[int, int, int]) -> None:
    with pytest.raises(DispatchError, match=r"pages|index"):
        set_pages(PageMap(), PageRun(*run))


def test_part_of_a_leaf_cannot_be_mapped_again_but_all_of_it_can() -> None:
    """QEMU would take the leaf's section for a node."""
    page_map = set_pages(PageMap(), PageRun(0, 512, 1))
    with pytest.raises(DispatchError, match="mapped again"):
        set_pages(page_map, PageRun(0, 1, 2))
    again = set_pages(page_map, PageRun(0, 512, 2))
    assert [find_leaf(again, page) for page in (0, 511, 512)] == [2, 2, 0]


def test_a_look_up_outside_the_world_is_an_error() -> None:
    dispatch = build_dispatch(())
    assert lookup_section(dispatch, (1 << 64) - 1) == (UNASSIGNED, 0)
    for address in (-1, 1 << 64):
        with pytest.raises(DispatchError, match="address space"):
            lookup_section(dispatch, address)
    for mru in (-1, 1):
        with pytest.raises(DispatchError, match="another dispatch"):
            lookup_section(dispatch, 0, mru)
