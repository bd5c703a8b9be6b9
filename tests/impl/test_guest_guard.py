"""Streams follow their contract, and guards keep the views that accesses of them are led to."""

import io
from threading import Thread
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from impl import MemoryMap, MemoryMapError, RegionKind
from impl.guest_contract import CONTRACTS, V0_16, V0_17_DEV, V0_18, Contract
from impl.guest_errors import GuardReleased, GuestMemoryError, IoKind, Variant
from impl.guest_guard import FlatViewRef
from impl.guest_memory import GuestMemory
from tests.impl.test_guest_memory import made, maps, moved_by, rams
from tests.impl.test_quick_accesses import Piece, addresses

# --- Streams -----------------------------------------------------------------------------------


class Slow(io.BytesIO):
    """Gives at most 3 bytes a call, and is interrupted before the first."""

    interrupted = False

    def readinto(self, buffer: Any) -> int:
        if not self.interrupted:
            self.interrupted = True
            raise InterruptedError
        return super().readinto(memoryview(buffer)[:3])


@pytest.mark.parametrize(
    ("contract", "filled", "bytes_there"),
    [
        (V0_18, 6, b"012\0\0\0\0\x00345\0\0\0\0\0"),
        (V0_17_DEV, 16, b"0123456789abcdef"),
        (V0_16, None, bytes(16)),
    ],
    ids=["0.18", "0.17-dev", "0.16"],
)
def test_how_a_source_is_read_is_the_contracts(
    contract: Contract, filled: int | None, bytes_there: bytes
) -> None:
    _, space = rams(0x1000, 0x1000)
    memory, source = GuestMemory(space, contract), Slow(b"0123456789abcdef")
    if filled is None:
        with pytest.raises(GuestMemoryError) as caught:
            memory.read_volatile_from(0x1FF8, source, 16)
        assert caught.value.kind is IoKind.INTERRUPTED
    else:
        assert memory.read_volatile_from(0x1FF8, source, 16) == filled
    assert space.read(0x1FF8, 16) == bytes_there


@given(maps, addresses, st.binary(max_size=64), st.sampled_from(list(CONTRACTS.values())))
@settings(max_examples=200, deadline=None)
def test_streams_move_what_is_memory_and_stop_where_it_is_none(
    pieces: list[Piece], address: int, data: bytes, contract: Contract
) -> None:
    there = made(pieces)
    memory, sink = GuestMemory(there.space, contract), io.BytesIO()
    filled, error = moved_by(memory.read_volatile_from, address, io.BytesIO(data), len(data))
    if error is not None:
        is_hole = not memory.address_in_range(address)
        assert (error.variant is Variant.INVALID_GUEST_ADDRESS) == is_hole
    assert sum(length for _, _, length in there.marks) == filled
    if filled:
        assert memory.write_volatile_to(address, sink, filled) == filled
        assert sink.getvalue() == there.space.read(address, filled) == data[:filled]


# --- Guards ------------------------------------------------------------------------------------

steps = st.lists(
    st.tuples(st.sampled_from(("take", "clone", "drop", "commit", "read")), st.integers(0, 7)),
    max_size=24,
)


@given(steps)
@settings(max_examples=200, deadline=None)
def test_a_view_lives_as_long_as_a_guard_of_it(taken: list[tuple[str, int]]) -> None:
    memory_map, space = rams(0x1000, 0x1000)
    lifetimes, regions = memory_map.lifetimes, [one.region for one in space.view.ranges]
    space.write(0x2000, b"kept")
    guards: list[FlatViewRef] = []
    for what, number in taken:
        live = [one for one in guards if not one.is_released]
        chosen = live[number % len(live)] if live else None
        if what == "take":
            guards.append(FlatViewRef(space))
        elif what == "commit":
            regions[1].set_enabled(not regions[1].enabled)
        elif chosen is not None and what == "clone":
            guards.append(chosen.clone())
        elif chosen is not None and what == "drop":
            chosen.drop()
            with pytest.raises(GuardReleased):
                chosen.read(bytearray(1), 0x1000)
        elif chosen is not None:
            buffer = bytearray(4)
            shows = chosen.find_region(0x2000) is not None
            assert shows == (chosen.view.find(0x2000) is not None)
            if shows:
                chosen.read_slice(buffer, 0x2000)
                assert buffer == b"kept"
        for view in {one.view for one in guards if not one.is_released}:
            held = sum(one.view is view for one in guards if not one.is_released)
            assert lifetimes.references_of(view) == view.references + held
            assert not view.freed
    for guard in guards:
        with guard:
            pass
    regions[0].set_enabled(False)  # what waited is destroyed at the end of a commit
    assert set(lifetimes.views.values()) == {memory_map.views.empty, space.view}
    assert lifetimes.readers == {}
    assert lifetimes.misuses == []


def test_a_guard_keeps_what_its_accesses_were_led_to() -> None:
    memory_map = MemoryMap()
    root, ram = memory_map.container("root"), memory_map.ram("ram", 0x1000)
    smmu = memory_map.create_region("smmu", RegionKind.IOMMU, 0x1000)
    root.add_subregion(ram, 0)
    memory, dma = memory_map.create_space("memory", root), memory_map.create_space("dma", smmu)
    memory_map.accesses.iommu_of(smmu).map(0, 12, "memory", 0)
    behind = memory.view
    with FlatViewRef(dma) as guard:
        assert guard.kept == {dma.view}
        guard.read(bytearray(4), 0)
        guard.read(bytearray(4), 0)
        assert guard.kept == {guard.view, behind}
        ram.set_address(0x800)
        assert not behind.freed
        with pytest.raises(GuestMemoryError):
            guard.read(bytearray(4), 0)
        assert guard.kept == {guard.view, behind, memory.view}
    assert guard.kept == frozenset()
    ram.set_address(0)
    assert behind.freed


def test_a_guard_goes_over_to_another_thread_and_is_dropped_there() -> None:
    memory_map, space = rams(0x1000)
    guard = FlatViewRef(space)
    view, read = guard.view, bytearray(4)

    def elsewhere() -> None:
        guard.read_slice(read, 0x1000)
        guard.drop()

    space.write(0x1000, b"four")
    next(iter(guard.iter())).region.set_enabled(False)
    thread = Thread(target=elsewhere)
    thread.start()
    thread.join()
    assert read == b"four"
    assert memory_map.lifetimes.references_of(view) == 0


def test_there_is_no_guard_of_a_space_that_is_gone() -> None:
    memory_map, space = rams(0x1000)
    memory_map.destroy_space("memory")
    memory_map.lifetimes.reclaim()
    with pytest.raises(MemoryMapError, match="destroyed"):
        FlatViewRef(space)
    assert memory_map.lifetimes.readers == {}
