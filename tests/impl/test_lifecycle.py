"""The life of views: a schedule of threads on both sides, and maps that reclaim by themselves."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fuzz.codec import MOST_CHOICES, RECORD, TABLE, decode, encode
from fuzz.operations import (
    AddSubregion,
    Begin,
    Commit,
    CreateSpace,
    DelSubregion,
    DestroySpace,
    SetProperty,
)
from fuzz.oracle import run
from fuzz.parse import parse
from fuzz.scenario import Scenario
from fuzz.targets.impl import ImplTarget
from fuzz.targets.lifecycle_operations import OPERATIONS
from fuzz.targets.model import ModelTarget
from fuzz.verdict import Verdict
from impl.lifecycle import Owner
from impl.memory_map import MemoryMap
from impl.region import MemoryMapError, MemoryRegion, RegionKind

PROLOGUE = encode(
    parse("""
container system 2^64
container other 2^64
ram low 0x1800
ram bar 0x1800
ram more 0x800
owner device
owner machine
own bar device
own low machine
own system machine
thread cpu
thread io
add system low at 0x10000
add system bar at 0x0
add other more at 0x1800
space memory system
""")
)
WRITES = (AddSubregion, DelSubregion, SetProperty, CreateSpace, DestroySpace, Begin, Commit)
CODES = [
    code
    for code, syntax in enumerate(TABLE)
    if syntax.operation in OPERATIONS or syntax.operation in WRITES
]
CHOSEN = st.binary(min_size=MOST_CHOICES, max_size=MOST_CHOICES)
NUMBER = st.integers(0, (1 << 64) - 1)
RECORDS = st.builds(
    RECORD.pack, st.sampled_from(CODES), CHOSEN, st.integers(0, 127), NUMBER, NUMBER
)
SCHEDULES = st.lists(RECORDS, min_size=1, max_size=60).map(
    lambda records: decode(PROLOGUE + b"".join(records))
)


@given(SCHEDULES)
@settings(max_examples=400, deadline=None)
def test_any_schedule_counts_and_destroys_alike(scenario: Scenario) -> None:
    outcome = run(scenario, [ModelTarget, ImplTarget], skip_rejected=True)
    assert outcome.verdict is Verdict.AGREE, outcome.difference or outcome.reason


def memory_map() -> tuple[MemoryMap, MemoryRegion]:
    """A map with one address space, and a region that changes what it shows."""
    made = MemoryMap()
    root = made.create_region("system", RegionKind.CONTAINER, 1 << 64)
    ram = made.create_region("ram", RegionKind.RAM, 0x1000)
    root.add_subregion(ram, 0x1000)
    made.create_space("memory", root)
    return made, ram


def test_a_map_reclaims_what_no_reader_can_be_looking_at() -> None:
    made, ram = memory_map()
    old = made.spaces["memory"].view
    ram.set_address(0x2000)
    assert old.freed
    assert made.lifetimes.waiting() == []
    assert list(made.lifetimes.views) == [0, made.spaces["memory"].view.serial]


def test_a_reader_keeps_what_it_loaded_until_it_leaves_its_section() -> None:
    made, ram = memory_map()
    reader = made.lifetimes.create_reader("cpu")
    with reader:
        view = reader.load(made.spaces["memory"])
        assert view is not None
        ram.set_address(0x2000)
        reader.check(view)
        assert not view.freed
        assert made.lifetimes.waiting() == [view]
    made.lifetimes.reclaim()
    assert view.freed
    assert made.lifetimes.misuses == []


def test_a_reference_keeps_a_view_outside_sections() -> None:
    made, ram = memory_map()
    reader = made.lifetimes.create_reader("cpu")
    (view,) = (view for did, view in reader.get_flatview(made.spaces["memory"]) if did == "loads")
    assert view is not None
    ram.set_address(0x2000)
    made.lifetimes.reclaim()
    assert (made.lifetimes.references_of(view), view.freed) == (1, False)
    reader.unreference(view)
    made.lifetimes.reclaim()
    assert view.freed
    with pytest.raises(MemoryMapError, match="no reference"):
        reader.unreference(view)


def test_an_inner_section_protects_no_less_than_the_outer() -> None:
    made, ram = memory_map()
    reader = made.lifetimes.create_reader("cpu")
    with reader:
        view = reader.load(made.spaces["memory"])
        assert view is not None
        ram.set_address(0x2000)  # begins a grace period
        with reader:
            made.lifetimes.reclaim()
            assert not view.freed
        made.lifetimes.reclaim()
        assert not view.freed
    assert reader.lifetimes.misuses == []


def test_a_reader_that_ends_is_forgotten() -> None:
    """Threads come and go: none must be waited for, or looked at, after its end."""
    made, ram = memory_map()
    memory = made.spaces["memory"]
    reader = made.lifetimes.create_reader("cpu")
    with reader, pytest.raises(MemoryMapError, match="in a read section"):
        reader.close()
    list(reader.get_flatview(memory))
    with pytest.raises(MemoryMapError, match="has references"):
        reader.close()
    reader.unreference(memory.view)
    reader.close()
    reader.close()
    assert made.lifetimes.readers == {}
    for use in (
        reader.__enter__,
        lambda: reader.try_reference(memory.view),
        lambda: reader.reference_region(ram),
    ):
        with pytest.raises(MemoryMapError, match="reads no more"):
            use()
    assert made.lifetimes.create_reader("cpu") is not reader


def test_a_view_may_stay_in_the_table() -> None:
    """A rebuild that finds nothing changed can keep a view: its references are as before."""
    made, _ = memory_map()
    lifetimes = made.lifetimes
    view = made.spaces["memory"].view
    lifetimes.renew_table(list(lifetimes.table))
    assert lifetimes.references_of(view) == 2
    made.destroy_space("memory")
    lifetimes.reclaim()
    assert lifetimes.references_of(view) == 1
    lifetimes.renew_table(list(lifetimes.table))
    lifetimes.reclaim()
    assert (lifetimes.references_of(view), view.freed) == (1, False)


MOVES = st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, 12), st.booleans(), st.booleans()), max_size=12
)


@given(MOVES)
def test_owners_are_counted_alike_from_scratch_and_by_differences(
    moves: list[tuple[int, int, bool, bool]],
) -> None:
    made = MemoryMap(reclaims=False)
    lifetimes = made.lifetimes
    root = made.create_region("system", RegionKind.CONTAINER, 1 << 64)
    regions = [made.create_region(f"ram {one}", RegionKind.RAM, 0x1800) for one in range(4)]
    owners = [lifetimes.create_owner("device"), lifetimes.create_owner("machine")]
    for region, owner in zip(regions, (*owners, owners[1]), strict=False):
        lifetimes.own(region, owner)
    lifetimes.own(root, owners[1])
    for region in regions:
        root.add_subregion(region, 0)
    made.create_space("memory", root)
    for which, place, enabled, reclaims in moves:
        with made.transaction():
            regions[which].set_address(place * 0x800)
            regions[which].set_enabled(enabled)
        if reclaims:
            lifetimes.reclaim()
        assert [lifetimes.references_of_owner(one) for one in owners] == [
            references_by_views(made, root, one) for one in owners
        ]


def references_by_views(made: MemoryMap, root: MemoryRegion, owner: Owner) -> int:
    """What an owner must have: plugged in, mapped, root of a space, and used by each view."""
    mapped = sum(one.owner is owner and one.owner is not root.owner for one in root.subregions)
    uses = (made.lifetimes.uses_of(view) for view in made.lifetimes.views.values())
    used = sum(times for one in uses for region, times in one.items() if region.owner is owner)
    return 1 + mapped + (root.owner is owner) + used
