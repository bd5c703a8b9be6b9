"""Dirty bitmaps: they know what a set of pages knows, and lose no mark between threads."""

import sys
from threading import Thread

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from impl import MemoryMap, MemoryRegion, RegionKind
from impl.dirty import CHUNK, DirtyBitmaps, DirtyClient, DirtySnapshot
from impl.region import MemoryMapError

PAGE_BITS = 12
PAGES = 3 * CHUNK + 5
"""Some chunks, and part of one."""

SIZE = PAGES << PAGE_BITS

clients = st.sampled_from(DirtyClient)
near_edges = st.sampled_from([edge << PAGE_BITS for edge in (0, CHUNK, 2 * CHUNK, PAGES)])
places = st.builds(lambda edge, by: edge + by, near_edges, st.integers(-20000, 20000))
places = places.map(lambda place: min(max(place, 0), SIZE)) | st.integers(0, SIZE)
spans = st.tuples(places, places).map(lambda ends: (min(ends), max(ends) - min(ends)))


def touched(offset: int, size: int) -> range:
    """The pages of some bytes."""
    first = offset >> PAGE_BITS
    return range(first, (offset + size - 1 >> PAGE_BITS) + 1 if size else first)


def shown(snapshot: DirtySnapshot) -> set[int]:
    """The pages of a snapshot's ranges."""
    return {page for offset, size in snapshot.ranges() for page in touched(offset, size)}


class Bitmaps(RuleBasedStateMachine):
    """Bitmaps beside sets of pages."""

    def __init__(self) -> None:
        super().__init__()
        self.bitmaps = DirtyBitmaps(SIZE, PAGE_BITS)
        self.pages: dict[DirtyClient, set[int]] = {client: set() for client in DirtyClient}
        self.taken: list[tuple[DirtySnapshot, set[int]]] = []

    @rule(span=spans, mask=st.integers(0, 255))
    def mark(self, span: tuple[int, int], mask: int) -> None:
        self.bitmaps.set(*span, mask)
        for client in DirtyClient:
            if mask & client.mask:
                self.pages[client].update(touched(*span))

    @rule(client=clients, span=spans)
    def look(self, client: DirtyClient, span: tuple[int, int]) -> None:
        assert self.bitmaps.get(client, *span) == bool(self.pages[client] & {*touched(*span)})

    @rule(client=clients, span=spans)
    def reset(self, client: DirtyClient, span: tuple[int, int]) -> None:
        self.bitmaps.reset(client, *span)
        self.pages[client].difference_update(touched(*span))

    @rule(client=clients, span=spans)
    def look_and_clear(self, client: DirtyClient, span: tuple[int, int]) -> None:
        found = self.pages[client] & {*touched(*span)}
        assert self.bitmaps.test_and_clear(client, *span) == bool(found)
        self.pages[client] -= found

    @rule(client=clients, span=spans)
    def take(self, client: DirtyClient, span: tuple[int, int]) -> None:
        found = self.pages[client] & {*touched(*span)}
        self.taken.append((self.bitmaps.snapshot_and_clear(client, *span), found))
        self.pages[client] -= found

    @precondition(lambda self: self.taken)
    @rule(data=st.data())
    def look_at_a_snapshot(self, data: st.DataObject) -> None:
        snapshot, pages = data.draw(st.sampled_from(self.taken))
        within = st.integers(0, snapshot.size)
        first, last = sorted((data.draw(within), data.draw(within)))
        span = snapshot.offset + first, last - first
        assert snapshot.get(*span) == bool(pages & {*touched(*span)})

    @invariant()
    def snapshots_stay_as_they_were(self) -> None:
        for snapshot, pages in self.taken[-2:]:
            assert shown(snapshot) == pages
            assert bool(snapshot) == bool(pages)


Bitmaps.TestCase.settings = settings(max_examples=30, stateful_step_count=12, deadline=None)
TestBitmaps = Bitmaps.TestCase


def test_ranges_are_cut_to_the_snapshot() -> None:
    bitmaps = DirtyBitmaps(SIZE, PAGE_BITS)
    bitmaps.set(0, SIZE)
    snapshot = bitmaps.snapshot_and_clear(DirtyClient.VGA, 0x1234, 0x10000000)
    assert list(snapshot.ranges()) == [(0x1234, 0x10000000)]
    assert not bitmaps.get(DirtyClient.VGA, 0x1000, 0x10000000)
    assert bitmaps.get(DirtyClient.VGA, 0, 0x1000)
    assert bitmaps.get(DirtyClient.CODE, 0x1234, 1)


@pytest.mark.parametrize(("offset", "size"), [(-1, 1), (0, SIZE + 1), (SIZE, 1), (4, -1)])
def test_bytes_that_are_not_there_have_no_bits(offset: int, size: int) -> None:
    bitmaps = DirtyBitmaps(SIZE, PAGE_BITS)
    snapshot = bitmaps.snapshot_and_clear(DirtyClient.VGA, 0, SIZE)
    with pytest.raises(MemoryMapError):
        bitmaps.set(offset, size)
    with pytest.raises(MemoryMapError):
        bitmaps.snapshot_and_clear(DirtyClient.VGA, offset, size)
    with pytest.raises(MemoryMapError):
        snapshot.get(offset, size)


def test_the_bits_of_2_to_the_64_bytes_take_room_where_they_are_set() -> None:
    bitmaps = DirtyBitmaps(1 << 64, PAGE_BITS)
    bitmaps.set((1 << 64) - 1, 1)
    bitmaps.set(0, 1)
    assert bitmaps.get(DirtyClient.CODE, 1 << 13, (1 << 64) - (1 << 13))
    snapshot = bitmaps.snapshot_and_clear(DirtyClient.CODE, 0, 1 << 64)
    assert snapshot.get(1 << 13, (1 << 64) - (1 << 13))
    assert list(snapshot.ranges()) == [(0, 1 << 12), ((1 << 64) - (1 << 12), 1 << 12)]


def test_no_mark_of_another_thread_is_lost() -> None:
    """Each page is marked once, while all of them, or a part, are taken away over and over."""
    bitmaps = DirtyBitmaps(SIZE, PAGE_BITS)
    marked = range(CHUNK - 3000, CHUNK + 3000)
    threads = [Thread(target=mark_each, args=(bitmaps, marked[part::2])) for part in (0, 1)]
    seen: set[int] = set()
    spans = (0, SIZE), (0, CHUNK << PAGE_BITS), ((CHUNK - 100) << PAGE_BITS, 200 << PAGE_BITS)
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads):
            for span in spans:
                seen |= shown(bitmaps.snapshot_and_clear(DirtyClient.MIGRATION, *span))
    finally:
        sys.setswitchinterval(interval)
    seen |= shown(bitmaps.snapshot_and_clear(DirtyClient.MIGRATION, 0, SIZE))
    assert seen == set(marked)


def mark_each(bitmaps: DirtyBitmaps, pages: range) -> None:
    for page in pages:
        bitmaps.set(page << PAGE_BITS, 1, DirtyClient.MIGRATION.mask)


# --- What accesses mark -------------------------------------------------------------------------


def machine(
    kind: RegionKind = RegionKind.RAM, size: int = 0x8000
) -> tuple[MemoryMap, MemoryRegion]:
    memory_map = MemoryMap()
    region = memory_map.create_region("ram", kind, size)
    memory_map.create_space("memory", region)
    return memory_map, region


@given(
    st.integers(0, 7),
    st.sampled_from((0, 1, 4)),
    st.lists(st.tuples(st.integers(0, 0x7FFF), st.integers(1, 0x3000)), max_size=5),
)
def test_writes_are_marked_for_those_who_log_the_region(
    mask: int, reasons: int, written: list[tuple[int, int]]
) -> None:
    memory_map, region = machine()
    space = memory_map.spaces["memory"]
    region.set_dirty_log_mask(mask)
    if reasons:
        memory_map.listeners.start_global_dirty_log(reasons)
    expected: set[int] = set()
    for offset, size in written:
        size = min(size, 0x8000 - offset)
        expected.update(touched(offset, size))
        space.write(offset, bytes(size))
    for client in DirtyClient:
        logs = mask & client.mask or (reasons and client is DirtyClient.MIGRATION)
        found = region.dirty.snapshot_and_clear(client, 0, 0x8000)
        assert shown(found) == (expected if logs else set())


def test_reads_mark_nothing_and_stores_and_fills_and_loaders_mark() -> None:
    memory_map, region = machine()
    space = memory_map.spaces["memory"]
    region.set_dirty_log_mask(DirtyClient.VGA.mask)
    space.read(0, 0x8000)
    space.load(0x1000, 4)
    assert not region.dirty.get(DirtyClient.VGA, 0, 0x8000)
    space.store(0x1000, 1, 4)
    space.store(0x2000, 1, 4)
    space.fill(0x4000, 0x1000, 7)
    space.write_rom(0x6000, b"x")
    mapping = space.map(0x7000, 0x1000, is_write=True)
    assert mapping is not None
    with mapping:
        mapping.memory[0] = 1
        assert not region.dirty.get(DirtyClient.VGA, 0x7000, 0x1000)
    found = region.dirty.snapshot_and_clear(DirtyClient.VGA, 0, 0x8000)
    assert shown(found) == {1, 2, 4, 6, 7}


def test_a_device_has_no_bits() -> None:
    _, region = machine(RegionKind.IO)
    with pytest.raises(MemoryMapError):
        region.dirty.set(0, 1)
    assert not region.dirty.get(DirtyClient.VGA, 0, 0)
