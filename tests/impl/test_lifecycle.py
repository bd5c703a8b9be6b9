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
    assert (view.references, view.freed) == (1, False)
    reader.unreference(view)
    made.lifetimes.reclaim()
    assert view.freed
    with pytest.raises(MemoryMapError, match="no reference"):
        reader.unreference(view)
