"""Loads and stores: one piece or nothing, and how they compare with reads and writes."""

from typing import Any, NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import model
from model.device import ByteOrder, Formula
from model.load_store import load, store
from model.memtx import AccessError, HostOverrun, MemTxResult
from model.read_write import read
from tests.model.access_checks import seen
from tests.model.bytewise import World
from tests.model.systems import (
    TOP,
    DeviceCase,
    LayoutCase,
    Machine,
    RegionCase,
    addresses,
    build,
    layouts,
    power,
)


class Load(NamedTuple):
    """A layout and a load in it."""

    layout: LayoutCase
    address: int
    size: int
    order: str


loads = st.builds(
    Load, layouts(), addresses, power, st.sampled_from([order.value for order in ByteOrder])
)


def has_room(world: World, case: Load) -> bool:
    """Whether a ROM device's block has the bytes that an unclamped load would copy."""
    found = world.where(case.address)
    if found is None or world.case(found[0]).kind != "rom-device":
        return True
    region = world.case(found[0])
    size = region.size + (region.alias_offset or 0)
    return found[1] + case.size <= size + -size % 16


def in_one_section(world: World, case: Load) -> bool:
    """Whether one section has all the bytes; a ROM device's are not cut."""
    found = world.where(case.address)
    if found is None or world.case(found[0]).kind in ("io", "romd-off", "reservation"):
        return False
    if world.case(found[0]).kind == "rom-device":
        return True
    return world.piece_left(case.address, found) >= case.size


def is_valid_access(world: World, case: Load) -> bool:
    """Whether the device at the first byte lets the whole in at once."""
    found = world.where(case.address)
    if found is None or world.case(found[0]).kind not in ("io", "romd-off"):
        return False
    least, most, unaligned = world.case(found[0]).device.valid
    fits = most == 0 or least <= case.size <= most
    return fits and (unaligned or found[1] % case.size == 0)


def check_load(package: Any, case: Load) -> None:
    """A11: a load succeeds iff one section of memory has it, or one valid access.

    P12: and then it is what a read gives, if that is one step too.
    """
    system = build(package, case.layout)
    world = World(case.layout, build(model, case.layout))
    order = package.device.ByteOrder(case.order)
    if not has_room(world, case):
        with pytest.raises(package.memtx.HostOverrun):
            package.load_store.load(system, "memory", case.address, case.size, order)
        return
    after, result, value = package.load_store.load(system, "memory", case.address, case.size, order)
    assert (result == 0) == (in_one_section(world, case) or is_valid_access(world, case))
    if result != 0:
        assert (int(result), value, seen(after)) == (2, 0, [])
        return
    told = world.read(case.address, case.size)
    if told.result == 0 and (len(told.steps) == 1 or in_one_section(world, case)):
        is_big = case.order == "big" or (case.order == "native" and case.layout.big_endian)
        assert value == int.from_bytes(told.data, "big" if is_big else "little")
        assert seen(after) == told.callbacks


@settings(max_examples=200)
@given(loads)
def test_a_load_succeeds_if_one_section_or_one_access_has_it(case: Load) -> None:
    check_load(model, case)


@settings(max_examples=100)
@given(loads, st.integers(0, TOP - 1))
def test_what_is_stored_is_loaded_again(case: Load, value: int) -> None:
    """A11: and where it is not stored, nothing changes."""
    system = build(model, case.layout)
    value %= 1 << 8 * case.size
    order = ByteOrder(case.order)
    after, result = store(system, "memory", case.address, case.size, value, order)
    if result is not MemTxResult.OK:
        assert (after.blocks, after.devices) == (system.blocks, system.devices)
        return
    found = World(case.layout, system).where(case.address)
    assert found is not None
    if case.layout.regions[int(found[0][1:])].kind != "rom-device":
        assert load(after, "memory", case.address, case.size, order)[1:] == (result, value)


# --- Scenarios ---------------------------------------------------------------------------------


def test_a_load_across_two_regions_of_ram() -> None:
    """Scenario 44: refused, by the operations that RAM has; a read works."""
    machine = Machine().root().region("low", "ram", 6, 0).region("high", "ram", 6, 6)
    system = machine.fill("low", b"abcdef").fill("high", b"uvwxyz").space().system
    assert load(system, "memory", 4, 4)[1:] == (MemTxResult.DECODE_ERROR, 0)
    assert read(system, "memory", 4, 4)[1:] == (MemTxResult.OK, b"efuv")
    after, result = store(system, "memory", 4, 4, 0x44434241)
    assert result is MemTxResult.DECODE_ERROR
    assert after.blocks == system.blocks


def test_a_load_across_the_page_split_of_one_range() -> None:
    """Scenario 45: one RAM region, but two sections; a read works."""
    machine = Machine(page_bits=4).root().region("ram", "ram", 0x20, 8)
    system = machine.fill("ram", bytes(range(0x20))).space().system
    assert load(system, "memory", 0xE, 4)[1:] == (MemTxResult.DECODE_ERROR, 0)
    assert read(system, "memory", 0xE, 4)[2] == bytes([6, 7, 8, 9])
    assert load(system, "memory", 0x10, 4, ByteOrder.BIG)[1:] == (MemTxResult.OK, 0x08090A0B)
    assert load(system, "memory", 0xC, 4)[1:] == (MemTxResult.OK, 0x07060504)


def test_an_unaligned_load_from_a_device() -> None:
    """Scenario 46: refused whole, where a read is let in in pieces."""
    machine = Machine().root().region("io", "io", 16, 0)
    machine.device("io", DeviceCase((1, 4, False)), behaviour=Formula(0x44332211)).space()
    system, result, value = load(machine.system, "memory", 2, 4)
    assert (result, value, system.callbacks) == (MemTxResult.DECODE_ERROR, 0, ())
    assert read(machine.system, "memory", 2, 4)[1:] == (MemTxResult.OK, b"\x11\x22\x11\x22")


def test_the_helpers_order_meets_the_devices() -> None:
    """A8: the integer is the device's bytes in the helper's order."""
    for order, seen_value in (("little", 0x44332211), ("big", 0x11223344)):
        machine = Machine(big_endian=True).root().region("io", "io", 4, 0)
        machine.device("io", DeviceCase((1, 4, False), order=order)).space()
        system, _ = store(machine.system, "memory", 0, 4, 0x44332211, ByteOrder.LITTLE)
        assert system.callbacks[0].value == seen_value
        assert load(system, "memory", 0, 4, ByteOrder.LITTLE)[2] == 0x44332211
        assert load(system, "memory", 0, 4, ByteOrder.NATIVE)[2] == 0x11223344


def test_a_load_of_eight_bytes_where_no_maximum_is_given() -> None:
    """Scenario 49: accepted as one access, where a read takes the default of 4."""
    machine = Machine().root().region("io", "io", 8, 0).device("io", DeviceCase(impl=(1, 8, False)))
    machine.space()
    for access, sizes in ((load, [8]), (read, [4, 4])):
        system, result, _ = access(machine.system, "memory", 0, 8)
        assert result is MemTxResult.OK
        assert [one.size for one in system.callbacks] == sizes


def test_excess_bits_of_a_wide_callback_are_cut() -> None:
    """A8: a callback of 4 bytes for a load of 1."""
    machine = Machine().root().region("io", "io", 4, 0)
    machine.device("io", DeviceCase(impl=(4, 4, False)), behaviour=Formula(0x44332211)).space()
    assert load(machine.system, "memory", 0, 1)[2] == 0x11


def test_a_load_past_the_end_of_a_rom_devices_block_is_a_typed_outcome() -> None:
    """A13: nothing clamps it; a read does not run over."""
    machine = Machine(page_bits=4).root().region("flash", "rom-device", 16, 0).device("flash")
    system = machine.space().system
    with pytest.raises(HostOverrun):
        load(system, "memory", 14, 4)
    assert load(system, "memory", 12, 4)[1] is MemTxResult.OK


def test_only_a_load_from_memory_calls_the_fuzz_hook() -> None:
    """A16."""
    machine = Machine().root().region("ram", "ram", 8, 0).region("io", "io", 8, 8).device("io")
    system = load(machine.space().system, "memory", 2, 2)[0]
    assert [tuple(one) for one in system.fuzz_hooks] == [(2, 2, "ram")]
    assert not load(machine.system, "memory", 8, 2)[0].fuzz_hooks
    assert not load(machine.system, "memory", 6, 4)[0].fuzz_hooks
    assert not store(machine.system, "memory", 2, 2, 1)[0].fuzz_hooks


@pytest.mark.parametrize(("size", "value"), [(3, 0), (16, 0), (0, 0), (1, 256), (4, -1)])
def test_a_store_of_an_impossible_size_or_value_is_an_error(size: int, value: int) -> None:
    with pytest.raises(AccessError):
        store(Machine().root().space().system, "memory", 0, size, value)


def test_a_load_past_address_0_is_one_access() -> None:
    """A11 at the end of the address space: RAM ends there, so that the load is refused."""
    layout = LayoutCase((RegionCase("ram", TOP - 2, 2), RegionCase("ram", 0, 2)))
    system = build(model, layout)
    assert load(system, "memory", TOP - 2, 4)[1] is MemTxResult.DECODE_ERROR
    assert read(system, "memory", TOP - 2, 4)[1] is MemTxResult.OK
