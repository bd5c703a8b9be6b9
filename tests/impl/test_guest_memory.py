"""Guest memory moves what it says that it moved, names what failed, and finds flat ranges."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from impl import MemoryMap, MemoryMapError
from impl.device_calls import AccessError
from impl.guest_contract import CONTRACTS, V0_16, V0_18, Contract
from impl.guest_errors import GuestMemoryError, Variant
from impl.guest_guard import FlatViewRef
from impl.guest_memory import GuestMemory
from impl.guest_region import GuestRegion
from impl.memory import AccessStopped
from tests.impl.test_quick_accesses import (
    BOTTOM,
    Piece,
    World,
    addresses,
    lengths,
    memory_of,
    pieces,
    places,
    world,
)

UNTOUCHED = 0xEE
maps = st.lists(pieces, min_size=1, max_size=6)


def made(pieces: list[Piece], is_old: bool = False) -> World:
    return world([one for one in pieces if one.size or one.window_offset is None], is_old)


def rams(*sizes: int, gap_after: int | None = None, start: int = 0x1000) -> tuple[MemoryMap, Any]:
    """RAM regions one after the other, maybe with a hole of a page after one of them."""
    memory_map = MemoryMap()
    root, at = memory_map.container("root"), start
    with memory_map.transaction():
        for number, size in enumerate(sizes):
            root.add_subregion(memory_map.ram(f"ram{number}", size), at)
            at += size + (0x1000 if number == gap_after else 0)
    return memory_map, memory_map.create_space("memory", root)


def moved_by(access: Callable[..., int], *arguments: Any) -> tuple[int, GuestMemoryError | None]:
    """How many bytes an access has moved, and what it raised instead."""
    try:
        return access(*arguments), None
    except GuestMemoryError as error:
        return 0, error


# --- Reading and writing -----------------------------------------------------------------------


@given(maps, st.booleans(), addresses, lengths, st.booleans())
@settings(max_examples=300, deadline=None)
def test_a_read_gives_what_it_says_in_order_and_no_more(
    pieces: list[Piece], is_old: bool, address: int, length: int, through_guard: bool
) -> None:
    space = made(pieces, is_old).space
    memory = FlatViewRef(space) if through_guard else GuestMemory(space)
    buffer = bytearray([UNTOUCHED]) * length
    moved, error = moved_by(memory.read, buffer, address)
    if error is not None:
        is_hole = space.view.find(address) is None
        assert length > 0
        assert (error.variant is Variant.INVALID_GUEST_ADDRESS) == is_hole
        assert error.address == (address if is_hole else None)
    if moved:
        assert space.read(address, moved) == buffer[:moved]
    assert buffer[moved:] == bytearray([UNTOUCHED]) * (length - moved)
    if moved < length:
        with pytest.raises((AccessError, AccessStopped)):
            space.read(address, length)


@given(maps, st.booleans(), addresses, st.binary(max_size=16) | lengths.map(bytes), st.booleans())
@settings(max_examples=300, deadline=None)
def test_a_write_does_what_c_does_with_the_bytes_that_it_counts(
    pieces: list[Piece], is_old: bool, address: int, data: bytes, is_known: bool
) -> None:
    """The same bytes and marks, wherever they are; what is behind is as if it were not written."""
    one, other = made(pieces, is_old), made(pieces, is_old)
    if is_known:  # the section is remembered, and the quick way is taken
        for there in (one, other):
            with suppress(AccessError, AccessStopped):
                there.space.read(address, 1)
    moved, _ = moved_by(GuestMemory(one.space).write, data, address)
    if moved:
        other.space.write(address, data[:moved])
    assert [memory_of(region) for region in one.regions if region.block and region.block.size] == [
        memory_of(region) for region in other.regions if region.block and region.block.size
    ]
    assert one.marks == other.marks
    if moved < len(data):
        with pytest.raises((AccessError, AccessStopped)):
            other.space.write(address, data)


@given(st.lists(st.integers(1, 0x1800), min_size=1, max_size=6), st.data())
@settings(max_examples=100, deadline=None)
def test_where_all_is_ram_it_is_as_any_access(sizes: list[int], data: st.DataObject) -> None:
    _, space = rams(*sizes)
    whole = bytes(range(256)) * (sum(sizes) // 256 + 1)
    space.write(0x1000, whole[: sum(sizes)])
    start = data.draw(st.integers(0, sum(sizes)))
    length = data.draw(st.integers(0, sum(sizes) - start))
    buffer = bytearray(length)
    GuestMemory(space).read_slice(buffer, 0x1000 + start)
    assert buffer == space.read(0x1000 + start, length) == whole[start : start + length]


def test_an_access_of_two_regions_touches_no_third() -> None:
    _, space = rams(0x1000, 0x1000, 0x1000)
    memory = GuestMemory(space)
    memory.write_slice(b"\x11" * 0x10, 0x1FF8)
    assert space.read(0x1FF8, 0x10) == b"\x11" * 0x10
    assert space.read(0x1000, 0xFF8) == bytes(0xFF8)
    assert space.read(0x2008, 0x1FF8) == bytes(0x1FF8)


@pytest.mark.parametrize("is_write", [False, True])
def test_what_is_short_says_how_much_was_moved(is_write: bool) -> None:
    _, space = rams(0x1000, 0x1000, gap_after=0)
    memory = GuestMemory(space)
    access = memory.write_slice if is_write else memory.read_slice
    with pytest.raises(GuestMemoryError) as caught:
        access(bytearray(b"\x22" * 0x2000), 0x1FF8)
    assert (caught.value.expected, caught.value.completed) == (0x2000, 8)
    assert caught.value.variant is Variant.PARTIAL_BUFFER
    assert space.read(0x3000, 0x1000) == bytes(0x1000)


@pytest.mark.parametrize("contract", CONTRACTS.values(), ids=lambda one: one.name)
def test_what_an_access_of_no_bytes_asks_for(contract: Contract) -> None:
    _, space = rams(0x1000)
    memory = GuestMemory(space, contract)
    assert memory.read(bytearray(), 0x1000) == memory.write(b"", 0x1FFF) == 0
    assert memory.check_range(0x1000, 0)
    assert memory.check_range(0, 0) == (contract is V0_18)
    if contract is V0_18:
        assert memory.read(bytearray(), 0) == memory.write(b"", 0) == 0
        return
    for access in (memory.read, memory.write):
        with pytest.raises(GuestMemoryError) as caught:
            access(bytearray(), 0)
        assert caught.value.address == 0


def test_no_address_beyond_the_last_is_asked_for() -> None:
    memory = GuestMemory(rams(0x1000)[1])
    for access in (
        lambda: memory.read(bytearray(1), 1 << 64),
        lambda: memory.find_region(-1),
        lambda: memory.load(0x1000, 3),
        lambda: memory.store(1 << 8, 0x1000, 1),
        lambda: memory.get_slice(0x1000, -1),
    ):
        with pytest.raises(MemoryMapError):
            access()


# --- Integers ----------------------------------------------------------------------------------


@given(places, st.sampled_from((1, 2, 4, 8)), st.sampled_from(("little", "big")), st.booleans())
@settings(max_examples=100, deadline=None)
def test_integers_are_stored_in_one_piece_or_not_at_all(
    place: int, size: int, order: Any, is_known: bool
) -> None:
    _, space = rams(0x1804, 0x1000, start=BOTTOM + 4)
    memory, address = GuestMemory(space), BOTTOM + 4 + place
    value = int.from_bytes(bytes(range(0x81, 0x81 + size)), "big")
    if is_known:
        memory.read(bytearray(1), BOTTOM + 4)
    before = space.read(BOTTOM + 4, 0x2804)
    found = memory.to_region_addr(address)
    fits = found is not None and found[1] + size <= found[0].size and found[1] % size == 0
    try:
        memory.store(value, address, size, order)
    except GuestMemoryError:
        assert not fits
        assert space.read(BOTTOM + 4, 0x2804) == before
    else:
        assert fits
        assert memory.load(address, size, order) == memory.read_obj(address, size, order) == value
        assert space.read(address, size) == value.to_bytes(size, order)


# --- Looking up --------------------------------------------------------------------------------


@given(maps, addresses, lengths)
@settings(max_examples=200, deadline=None)
def test_all_questions_are_about_the_same_ranges(
    pieces: list[Piece], address: int, length: int
) -> None:
    space = made(pieces).space
    memory, ranges = GuestMemory(space), space.view.ranges
    assert list(memory.iter()) == [GuestRegion.of(one) for one in ranges]
    assert memory.num_regions() == len(ranges)
    assert memory.last_addr() == (ranges[-1].end - 1 if ranges else 0)
    inside = [any(one.start <= at < one.end for one in ranges) for at in (address, address + 1)]
    assert memory.address_in_range(address) == inside[0]
    assert (memory.find_region(address) is None) == (not inside[0])
    assert memory.check_address(address) == (address if inside[0] else None)
    assert memory.checked_offset(address, 1) == (address + 1 if inside[1] else None)
    found = memory.to_region_addr(address)
    assert found is None or found[0].start + found[1] == address
    covered = sum(
        max(0, min(one.end, address + length) - max(one.start, address)) for one in ranges
    )
    assert memory.check_range(address, length) == (covered == length)


@given(maps, addresses, lengths, st.integers(1, 0x1000))
@settings(max_examples=200, deadline=None)
def test_a_callback_is_offered_each_byte_until_a_hole_once(
    pieces: list[Piece], address: int, count: int, most: int
) -> None:
    memory = GuestMemory(made(pieces).space)
    done = 0

    def callback(total: int, length: int, offset: int, region: GuestRegion) -> int:
        nonlocal done
        assert total == done
        assert region.start + offset == address + done
        assert 0 <= length <= region.size - offset
        done += min(length, most)
        return min(length, most)

    handled, error = moved_by(memory.try_access, count, address, callback)
    assert handled == done
    assert done == count or not memory.address_in_range(address + done)
    if error is not None:
        assert (error.variant, error.address) == (Variant.INVALID_GUEST_ADDRESS, address)
        assert done == 0


@pytest.mark.parametrize(
    ("claims", "variant"),
    [(0x2001, Variant.CALLBACK_OUT_OF_RANGE), (0x1800, Variant.GUEST_ADDRESS_OVERFLOW)],
)
def test_a_callback_that_lies_is_an_error(claims: int, variant: Variant) -> None:
    _, space = rams(0x1000, start=(1 << 64) - 0x1000)
    with pytest.raises(GuestMemoryError) as caught:
        GuestMemory(space).try_access(0x2000, (1 << 64) - 0x1000, lambda *_: claims)
    assert caught.value.variant is variant


def test_slices_are_the_memory_itself() -> None:
    _, space = rams(0x1000, 0x1000)
    memory = GuestMemory(space)
    found = memory.get_slice(0x1010, 0x20)
    assert found.region.block is not None
    assert found.memory.obj is found.region.block.contents
    found.memory[:2] = b"hi"
    assert space.read(0x1010, 2) == b"hi"
    space.write(0x1012, b"!")
    assert bytes(found.memory[:3]) == b"hi!"
    assert [(one.region.name, len(one)) for one in memory.get_slices(0x1FF0, 0x20)] == [
        ("ram0", 0x10),
        ("ram1", 0x10),
    ]
    found.region.set_readonly(True)
    assert memory.get_slice(0x1010, 1).memory.readonly


def test_slices_end_with_the_first_failure() -> None:
    _, space = rams(0x1000)
    slices = GuestMemory(space).get_slices(0x1FF0, 0x20)
    assert len(next(slices)) == 0x10
    with pytest.raises(GuestMemoryError):
        next(slices)
    assert list(slices) == []
    with pytest.raises(MemoryMapError, match="no get_slices"):
        GuestMemory(space, V0_16).get_slices(0x1000, 1)
