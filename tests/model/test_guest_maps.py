"""Maps of regions: made, changed, shared, backed by files, and replaced while others use them."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model import guest_atomic, guest_bytes, guest_memory
from model.address_range import ADDRESS_SPACE_SIZE
from model.guest_contract import CONTRACTS, V0_16, V0_17_DEV, V0_18
from model.guest_errors import (
    Err,
    InvalidGuestRegion,
    MappingFailed,
    MemoryRegionOverlap,
    NoMemoryRegion,
    Ok,
    UnsortedMemoryRegions,
)
from model.guest_maps import (
    BackingFile,
    from_ranges,
    from_regions,
    insert_region,
    map_region,
    remove_region,
)
from model.guest_regions import Collection, Heap
from model.memtx import AccessError, HostOverrun, OffsetOutsideBlock

RANGES = st.lists(st.tuples(st.integers(0, 40), st.integers(1, 12)), max_size=5)


def made(*ranges: tuple[int, int]) -> Collection:
    outcome = from_ranges(V0_18, ranges)
    assert isinstance(outcome, Ok)
    return outcome.value


@given(RANGES)
def test_a_map_is_refused_for_its_leftmost_fault(ranges: list[tuple[int, int]]) -> None:
    faults = [
        UnsortedMemoryRegions() if left[0] > right[0] else MemoryRegionOverlap()
        for left, right in pairwise(ranges)
        if left[0] > right[0] or sum(left) > right[0]
    ]
    for contract in CONTRACTS.values():
        outcome = from_ranges(contract, ranges)
        if not ranges:
            assert outcome == Err(NoMemoryRegion())
        elif faults:
            assert outcome == Err(faults[0])
        else:
            assert isinstance(outcome, Ok)
            assert [(one.start, one.length) for one in outcome.value.listed] == ranges


@given(RANGES, st.integers(0, 40), st.integers(1, 12))
def test_what_was_inserted_can_be_removed_and_the_first_map_is_as_it_was(
    ranges: list[tuple[int, int]], start: int, length: int
) -> None:
    outcome = from_ranges(V0_18, ranges)
    if not isinstance(outcome, Ok):
        return
    before = outcome.value
    heap, region = map_region(before.heap, V0_18, start, length)
    assert isinstance(region, Ok)
    wider = insert_region(before._replace(heap=heap), V0_18, region.value)
    overlaps = any(start < one + size and one < start + length for one, size in ranges)
    assert isinstance(wider, Err) == overlaps
    assert before == outcome.value
    if isinstance(wider, Ok):
        assert [one.start for one in wider.value.listed] == sorted([start, *(r[0] for r in ranges)])
        back = remove_region(wider.value, V0_18, start, length)
        assert isinstance(back, Ok)
        assert (back.value[0].listed, back.value[1]) == (before.listed, region.value)


def test_maps_share_the_memory_of_their_regions() -> None:
    first = made((0, 0x1000), (0x2000, 0x1000))
    outcome = remove_region(first, V0_18, 0x2000, 0x1000)
    assert isinstance(outcome, Ok)
    less, _ = guest_bytes.write(outcome.value[0], V0_18, 0x10, b"new")
    assert guest_bytes.read(first._replace(heap=less.heap), V0_18, 0x10, 3)[2] == b"new"


def test_removing_needs_start_and_length_and_is_refused_by_version() -> None:
    memory = made((0, 0x1000))
    for start, length in ((0, 0xFFF), (1, 0xFFF), (0x1000, 0x1000)):
        assert remove_region(memory, V0_16, start, length) == Err(InvalidGuestRegion())
        assert remove_region(memory, V0_17_DEV, start, length) == Err(NoMemoryRegion())
        assert remove_region(memory, V0_18, start, length) == Err(NoMemoryRegion())


def test_regions_that_nobody_mapped_can_be_collected_up_to_the_last_address() -> None:
    memory = made((0, 0x1000))
    top = memory.listed[0]._replace(start=ADDRESS_SPACE_SIZE - 0x1000)
    outcome = from_regions(V0_18, memory.heap, [top])
    assert isinstance(outcome, Ok)
    assert guest_memory.last_addr(outcome.value, V0_18) == Ok(ADDRESS_SPACE_SIZE - 1)


def test_a_mapping_fails_where_the_host_has_no_room() -> None:
    for length in (0, 1 << 47, ADDRESS_SPACE_SIZE - 1):
        assert map_region(Heap(), V0_18, 0x1000, length)[1] == Err(MappingFailed())


def test_a_file_that_is_too_short_is_noticed_when_it_is_mapped_or_when_it_is_accessed() -> None:
    """A page of the file that is there in part is there as a whole, in zeros."""
    short = BackingFile(length=0x2800, offset=0x1000)
    assert map_region(Heap(), V0_16, 0, 0x3000, short)[1] == Err(MappingFailed())
    assert isinstance(map_region(Heap(), V0_16, 0, 0x1800, short)[1], Ok)
    for contract in (V0_17_DEV, V0_18):
        heap, region = map_region(Heap(), contract, 0, 0x3000, short)
        assert isinstance(region, Ok)
        memory = Collection((region.value,), heap)
        assert guest_bytes.read(memory, contract, 0x1FFE, 2)[1] == Ok(2)
        with pytest.raises(HostOverrun):
            guest_bytes.read(memory, contract, 0x1FFE, 4)
        with pytest.raises(OffsetOutsideBlock):
            guest_bytes.write(memory, contract, 0x2000, b"x")


# --- Snapshots ---------------------------------------------------------------------------------


def test_a_snapshot_stays_the_map_that_it_is() -> None:
    old, new = made((0, 0x1000)), made((0x8000, 0x1000))
    shared = guest_atomic.AtomicMap(old)
    snapshot = guest_atomic.memory(shared)
    shared, locked = guest_atomic.lock(shared, "main")
    assert locked == guest_atomic.Locked(is_poisoned=False)
    shared = guest_atomic.replace(shared, "main", new)
    assert snapshot is old
    assert guest_atomic.memory(shared) is new


def test_one_thread_at_a_time_may_replace_the_map() -> None:
    shared, _ = guest_atomic.lock(guest_atomic.AtomicMap("old"), "first")
    assert guest_atomic.lock(shared, "second") == (shared, None)
    with pytest.raises(AccessError, match="second does not hold"):
        guest_atomic.replace(shared, "second", "new")
    shared = guest_atomic.unlock(shared, "first")
    assert guest_atomic.memory(shared) == "old"
    assert guest_atomic.lock(shared, "second")[1] is not None


def test_a_thread_that_panicked_with_the_lock_is_told_of_for_good() -> None:
    shared, _ = guest_atomic.lock(guest_atomic.AtomicMap("old"), "first")
    shared = guest_atomic.unlock(shared, "first", panicked=True)
    for thread in ("second", "third"):
        shared, locked = guest_atomic.lock(shared, thread)
        assert locked == guest_atomic.Locked(is_poisoned=True)
        shared = guest_atomic.replace(shared, thread, "new")
