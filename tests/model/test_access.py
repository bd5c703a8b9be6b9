"""The arithmetic of device accesses: sizes of steps, validity, callbacks and byte order."""

from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import model
from model.access import (
    access_is_valid,
    access_size,
    advance,
    bytes_of,
    callback_size,
    is_aligned,
    merged,
    part_value,
    parts_of,
    size_is_valid,
    value_of,
)
from model.device import AccessSizes, ByteStore, Device, Ops, Refusal, read_behaviour
from model.memtx import NoProgress
from model.read_write import read, write
from tests.model.systems import TOP, DeviceCase, Machine, power

offsets = st.one_of(
    st.integers(0, 32), st.integers(0, TOP - 1), st.integers(0, 63).map(lambda bit: 1 << bit)
)
any_length = st.one_of(st.integers(0, 32), st.integers(0, 1 << 34))


# --- A1 ----------------------------------------------------------------------------------------


def access_size_by_bits(length: int, offset: int, valid_max: int, unaligned: bool) -> int:
    """A1 as it is stated: by the lowest bit of the offset, and in 32 bits."""
    most = valid_max or 4
    lowest = (offset & -offset) & 0xFFFF_FFFF
    if not unaligned and lowest != 0 and lowest < most:
        most = lowest
    kept = min(length & 0xFFFF_FFFF, most)
    return 1 << (kept.bit_length() - 1) if kept else 0


step_cases = st.tuples(any_length, offsets, st.integers(0, 8), st.booleans())


def check_step_size(package: Any, case: tuple[int, int, int, bool]) -> None:
    """A1: a length, an offset, valid.max and impl.unaligned, on one copy of the model."""
    assert package.access.access_size(*case) == access_size_by_bits(*case)


@given(step_cases)
def test_a_step_is_as_long_as_the_rule_says_bit_by_bit(case: tuple[int, int, int, bool]) -> None:
    check_step_size(model, case)


@pytest.mark.parametrize("length", [0, 1 << 32, 5 << 32])
def test_a_length_whose_low_32_bits_are_zero_makes_no_progress(length: int) -> None:
    """A1's zero step: a typed outcome, since QEMU would go on for ever."""
    assert access_size(length, 0, 4, False) == 0
    with pytest.raises(NoProgress):
        advance(0x1000, 1 << 32, access_size(length, 0, 4, False))


def test_a_step_passes_the_last_address() -> None:
    assert advance(TOP - 1, 5, 4) == (3, 1)


def test_size_0_is_aligned_at_multiples_of_4_gib() -> None:
    """A6 as QEMU masks offsets, for the step of nothing that the query asks about."""
    assert [is_aligned(offset, 0) for offset in (0, 1, 1 << 31, 1 << 32)] == [1, 0, 0, 1]


# --- A6 ----------------------------------------------------------------------------------------


def test_without_a_maximum_every_size_is_valid() -> None:
    """Scenario 49: valid.max 0 lets in 8 bytes, and the minimum counts for nothing."""
    assert size_is_valid(0, 8, AccessSizes(min=0, max=0))
    assert size_is_valid(3, 1, AccessSizes(min=4, max=0))
    assert not size_is_valid(4, 8, AccessSizes(min=0, max=0))


@given(offsets, power, st.integers(0, 8), st.integers(1, 8), st.booleans())
def test_alignment_minimum_and_maximum_are_asked(
    offset: int, size: int, least: int, most: int, unaligned: bool
) -> None:
    fits = least <= size <= most and (unaligned or offset & (size - 1) == 0)
    assert size_is_valid(offset, size, AccessSizes(least, most, unaligned)) == fits


def test_the_accepts_hook_can_refuse_what_sizes_allow() -> None:
    ops = Ops(AccessSizes(1, 8), refusals=(Refusal(4, 4, (2,), reads=False, from_callback=3),))
    assert not access_is_valid(ops, 4, 2, is_write=True, callbacks=3)
    for offset, size, is_write, callbacks in (
        (8, 2, True, 3),
        (4, 4, True, 3),
        (4, 2, False, 3),
        (4, 2, True, 2),
    ):
        assert access_is_valid(ops, offset, size, is_write, callbacks)


# --- A7 ----------------------------------------------------------------------------------------


class PartsCase(NamedTuple):
    """An access to a device that has callbacks of some sizes, and a byte order."""

    offset: int
    size: int
    impl: AccessSizes
    is_big: bool


def check_read_parts(package: Any, case: PartsCase) -> None:
    """P10: the bytes read are those that lie there, at every callback size and byte order."""
    offset, size, impl, is_big = case
    store = {(offset + i) % TOP: 17 * i + 3 for i in range(-8, 16)}
    device = package.device.Device(behaviour=package.device.ByteStore(store))
    value = 0
    for part in package.access.parts_of(offset, size, impl, is_big):
        given_ = package.device.read_behaviour(device, part.offset, part.size, is_big)
        value = package.access.merged(value, part, given_)
    data = package.access.bytes_of(value, size, is_big)
    assert data == bytes(store[(offset + i) % TOP] for i in range(size))


def check_write_parts(package: Any, case: PartsCase) -> None:
    """P10: the bytes written lie there, and what wider callbacks write behind them are zeros."""
    offset, size, impl, is_big = case
    data = bytes(range(0xA1, 0xA1 + size))
    device = package.device.Device()
    value = package.access.value_of(data, is_big)
    for part in package.access.parts_of(offset, size, impl, is_big):
        given_ = package.access.part_value(value, part)
        device = package.device.write_behaviour(device, part.offset, part.size, given_, is_big)
    expected = data + bytes(max(size, impl.min) - size)
    assert device.behaviour.contents == {
        (offset + i) % TOP: byte for i, byte in enumerate(expected)
    }


sizes = st.sampled_from((0, 1, 2, 4, 8))
impls = st.builds(AccessSizes, sizes, sizes, st.just(False))
parts_cases = st.builds(PartsCase, offsets, power, impls, st.booleans())


@given(parts_cases)
def test_callbacks_read_the_bytes_that_lie_there(case: PartsCase) -> None:
    check_read_parts(model, case)


@given(parts_cases)
def test_callbacks_write_the_bytes_and_wider_ones_zeros_behind_them(case: PartsCase) -> None:
    check_write_parts(model, case)


@given(parts_cases)
def test_callbacks_cover_an_access_exactly_unless_they_are_wider(case: PartsCase) -> None:
    """P10: one after the other, ascending, all of one size; a wider one begins where it should."""
    parts = parts_of(*case)
    covered = [(part.offset + i) % TOP for part in parts for i in range(part.size)]
    assert covered == [(case.offset + i) % TOP for i in range(max(case.size, case.impl.min))]
    assert {part.size for part in parts} == {callback_size(case.size, case.impl)}


@settings(max_examples=50)
@given(st.integers(0, TOP - 1), parts_cases)
def test_an_access_that_is_written_is_read_again(value: int, case: PartsCase) -> None:
    """P10: read after write, also through callbacks that are wider than the access."""
    _, size, impl, is_big = case
    order = "big" if is_big else "little"
    machine = Machine().root().region("io", "io", 16, 0)
    machine.device("io", DeviceCase((1, 8, False), (impl.min, impl.max, False), order)).space()
    data = value.to_bytes(8, "little")[:size]
    system, _ = write(machine.system, "memory", 8, data)
    assert read(system, "memory", 8, size)[2] == data


def test_eight_bytes_by_words_of_two_in_big_endian_order() -> None:
    """Scenario 47: the first callback has the highest bits."""
    parts = parts_of(0, 8, AccessSizes(2, 2), is_big=True)
    assert [(part.offset, part.size, part.shift) for part in parts] == [
        (0, 2, 48),
        (2, 2, 32),
        (4, 2, 16),
        (6, 2, 0),
    ]


def test_one_byte_of_a_device_of_words_of_four() -> None:
    """Scenario 48: one callback at the unrounded offset, in both byte orders."""
    impl = AccessSizes(4, 4)
    store = Device(behaviour=ByteStore({1: 0x11, 2: 0x22, 3: 0x33, 4: 0x44}))
    for is_big, shift, read_as, written in (
        (False, 0, 0x44332211, 0x000000AB),
        (True, -24, 0x11223344, 0xAB000000),
    ):
        (part,) = parts_of(1, 1, impl, is_big)
        assert (part.offset, part.size, part.shift) == (1, 4, shift)
        assert read_behaviour(store, 1, 4, is_big) == read_as
        assert bytes_of(merged(0, part, read_as), 1, is_big) == b"\x11"
        assert part_value(0xAB, part) == written


def test_wide_and_narrow_callbacks_of_whole_accesses() -> None:
    """Scenarios 47 and 48 from the buffer to the callbacks and back."""
    for case, data, callbacks in (
        (
            DeviceCase((1, 8, False), (1, 2, False), "big"),
            bytes(range(1, 9)),
            [(8, 2, 0x0102), (10, 2, 0x0304), (12, 2, 0x0506), (14, 2, 0x0708)],
        ),
        (DeviceCase((1, 4, False), (4, 4, False), "little"), b"\xab", [(8, 4, 0x000000AB)]),
        (DeviceCase((1, 4, False), (4, 4, False), "big"), b"\xab", [(8, 4, 0xAB000000)]),
    ):
        machine = Machine().root().region("io", "io", 16, 0).device("io", case).space()
        system, _ = write(machine.system, "memory", 8, data)
        assert [(one.offset, one.size, one.value) for one in system.callbacks] == callbacks
        assert read(system, "memory", 8, len(data))[2] == data


def test_sizes_that_do_not_divide_the_access_overlap_its_bits() -> None:
    """A7 for a callback of 3 bytes: the last one reaches beyond the access."""
    assert [tuple(part) for part in parts_of(0, 4, AccessSizes(3, 3), False)] == [
        (0, 3, 0),
        (3, 3, 24),
    ]
    assert [part.shift for part in parts_of(0, 4, AccessSizes(3, 3), True)] == [8, -16]


# --- A8 ----------------------------------------------------------------------------------------


@given(st.binary(min_size=1, max_size=8), st.booleans())
def test_a_value_has_its_bytes_in_the_devices_order(data: bytes, is_big: bool) -> None:
    value = value_of(data, is_big)
    weights = range(len(data)) if not is_big else reversed(range(len(data)))
    assert value == sum(byte << 8 * i for byte, i in zip(data, weights, strict=True))
    assert bytes_of(value | 0xFF << 8 * len(data), len(data), is_big) == data


def test_a_devices_native_order_is_the_targets() -> None:
    for big_endian, value in ((False, 0x2211), (True, 0x1122)):
        machine = Machine(big_endian=big_endian).root().region("io", "io", 4, 0)
        machine.device("io", DeviceCase((1, 4, False), order="native")).space()
        system, _ = write(machine.system, "memory", 0, b"\x11\x22")
        assert system.callbacks[0].value == value
