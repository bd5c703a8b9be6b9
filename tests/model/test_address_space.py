"""Filling memory, loading ROM, constant reads, and the query whether an access is valid."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import model
from model.address_space import access_valid, read_constant, set_memory, write_rom
from model.device import Formula, Refusal
from model.memtx import (
    AccessError,
    EffortLimit,
    HostOverrun,
    MemTxAttrs,
    MemTxResult,
    NoProgress,
    OffsetOutsideBlock,
)
from model.read_write import read, write
from tests.model.access_checks import Request, check_query
from tests.model.systems import TOP, DeviceCase, Machine, addresses, build, layouts, lengths
from tests.model.test_translate import Page, behind_iommu

aligned_requests = st.builds(Request, layouts(grain=8), addresses, lengths)
requests = st.builds(Request, layouts(), addresses, lengths)

# --- Whether an access is valid ----------------------------------------------------------------


@settings(max_examples=150)
@given(aligned_requests, st.booleans())
def test_the_query_answers_as_accesses_end_where_bases_are_aligned(
    case: Request, is_write: bool
) -> None:
    """P17, and A12."""
    check_query(model, case, is_write)


def test_the_query_differs_where_a_base_is_not_aligned() -> None:
    """Scenario 64: it splits by the address, the access by the offset into the region."""
    machine = Machine().root().region("io", "io", 8, 2)
    system = machine.device("io", DeviceCase((4, 4, False))).space().system
    assert read(system, "memory", 2, 4)[1] is MemTxResult.OK
    assert not access_valid(system, "memory", 2, 4, is_write=False)
    assert not access_valid(system, "memory", 4, 4, is_write=False)
    halves = machine.device("io", DeviceCase((2, 4, False))).system
    assert access_valid(halves, "memory", 2, 4, is_write=False)


def test_the_query_takes_all_behind_a_rom_device_as_valid() -> None:
    """A12, P17: nothing clamps its step, which then covers the hole as well."""
    machine = Machine(page_bits=4).root().region("flash", "rom-device", 16, 0).device("flash")
    system = machine.space().system
    assert access_valid(system, "memory", 8, 64, is_write=False)
    assert read(system, "memory", 8, 64)[1] is MemTxResult.DECODE_ERROR


def test_the_query_asks_for_the_direction() -> None:
    machine = Machine().root().region("rom", "ram", 8, 0, readonly=True).space()
    assert access_valid(machine.system, "memory", 0, 8, is_write=False)
    assert not access_valid(machine.system, "memory", 0, 8, is_write=True)
    assert access_valid(machine.system, "memory", 0, 8, True, MemTxAttrs(debug=True))


def test_the_query_knows_nothing_of_denial_failure_and_an_impure_hook() -> None:
    """P17's other premises, each with an access that ends otherwise."""
    refusal = Refusal(from_callback=1)
    for fields, attrs, expected in (
        ({}, MemTxAttrs(memory=True), MemTxResult.ACCESS_ERROR),
        ({"failing": frozenset({0})}, MemTxAttrs(), MemTxResult.ERROR),
        ({"refusals": (refusal,)}, MemTxAttrs(), MemTxResult.DECODE_ERROR),
    ):
        machine = Machine().root().region("io", "io", 16, 0)
        system = machine.device("io", DeviceCase((1, 4, False)), **fields).space().system
        assert access_valid(system, "memory", 0, 8, is_write=False, attrs=attrs)
        assert read(system, "memory", 0, 8, attrs)[1] is expected


def test_the_query_accesses_nothing_and_no_length_is_valid() -> None:
    """Scenario 55's counterpart: length 0 is valid even in a hole."""
    system = Machine().root().space().system
    assert access_valid(system, "memory", 0, 0, is_write=True)
    assert not access_valid(system, "memory", 0, 1, is_write=True)


def test_a_query_of_a_multiple_of_4_gib_is_a_step_of_nothing() -> None:
    """A1: refused at an offset where size 0 is unaligned, else without progress."""
    machine = Machine().root().region("io", "io", TOP // 2, 0x1000)
    system = machine.device("io").space().system
    assert not access_valid(system, "memory", 0x1004, 1 << 32, is_write=False)
    with pytest.raises(NoProgress):
        access_valid(system, "memory", 0x1000, 1 << 32, is_write=False)


def test_a_read_of_a_multiple_of_4_gib_is_a_step_of_nothing() -> None:
    system = Machine().root().space().system
    with pytest.raises(NoProgress):
        read(system, "memory", 0, 1 << 32)


def test_more_bytes_than_the_specification_moves_are_a_typed_outcome() -> None:
    system = Machine().root().region("ram", "ram", TOP // 2, 0).space().system
    with pytest.raises(EffortLimit, match="moves"):
        read(system, "memory", 0, 1 << 40)
    with pytest.raises(EffortLimit, match="moves"):
        read(system, "memory", TOP // 2, 1 << 40, MemTxAttrs(memory=True))


def test_more_steps_than_the_specification_takes_are_a_typed_outcome(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("model.memtx.MAX_STEPS", 4)
    machine = Machine().root().region("io", "io", TOP // 2, 0).device("io").space()
    assert access_valid(machine.system, "memory", 0, 16, is_write=False)
    assert write_rom(machine.system, "memory", 0, bytes(16))[1] is MemTxResult.OK
    with pytest.raises(EffortLimit, match="steps"):
        access_valid(machine.system, "memory", 0, (1 << 32) - 4, is_write=False)
    with pytest.raises(EffortLimit, match="steps"):
        write_rom(machine.system, "memory", 0, bytes(20))


# --- Loading ROM -------------------------------------------------------------------------------


def test_rom_is_loaded_and_devices_are_skipped() -> None:
    """A13: into ROM and RAM, past a device without calling it; the result is always OK."""
    machine = Machine().root().region("rom", "ram", 4, 0, readonly=True)
    machine.region("io", "io", 4, 4).device("io").region("ram", "ram", 4, 8)
    system, result = write_rom(machine.space().system, "memory", 2, b"abcdefghijkl")
    assert (result, system.callbacks) == (MemTxResult.OK, ())
    assert read(system, "memory", 0, 12)[2] == b"\0\0ab\0\0\0\0ghij"
    assert [tuple(mark) for mark in system.dirty_marks] == [("rom", 2, 2), ("ram", 0, 4)]


@pytest.mark.parametrize("flavour", ["current", "qemu-7.2"])
def test_ram_devices_are_loaded_directly(flavour: str) -> None:
    machine = Machine(flavour=flavour).root().region("bar", "ram-device", 4, 0).space()
    system, _ = write_rom(machine.system, "memory", 0, b"abcd")
    assert system.callbacks == ()
    assert read(system, "memory", 0, 4)[2] == b"abcd"


def test_loading_runs_past_the_section_of_a_rom_device() -> None:
    """A13: the bytes under an overlay are written, those of the overlay are not."""
    machine = Machine(page_bits=4).root().region("flash", "rom-device", 16, 0).device("flash")
    machine.region("over", "ram", 4, 4, priority=1).space()
    system, _ = write_rom(machine.system, "memory", 0, b"0123456789")
    assert read(system, "memory", 4, 4)[2] == bytes(4)
    assert model.memory.load_bytes(system.blocks["flash"], 0, 12) == b"0123456789\0\0"


def test_loading_past_the_end_of_a_rom_devices_block_is_a_typed_outcome() -> None:
    """A13, as QEMU was seen to crash: nothing clamps it to the block."""
    machine = Machine(page_bits=4).root().region("flash", "rom-device", 16, 0).device("flash")
    system = machine.space().system
    with pytest.raises(HostOverrun):
        write_rom(system, "memory", 12, b"12345")
    assert write_rom(system, "memory", 12, b"1234")[1] is MemTxResult.OK


def test_a_rom_device_that_is_not_read_as_memory_is_skipped() -> None:
    machine = Machine().root().region("flash", "rom-device", 16, 0, romd_mode=False)
    system = machine.device("flash").space().system
    assert write_rom(system, "memory", 0, b"1234")[0] == system


def test_loading_makes_no_progress_where_translation_gives_nothing() -> None:
    with pytest.raises(NoProgress):
        write_rom(behind_iommu((Page(0, 64, 0, 3, "memory"),)).system, "dma", 0, b"a")


def test_an_offset_beyond_the_block_is_a_typed_outcome() -> None:
    """RAM that grew after its block was made: QEMU asserts the offset."""
    machine = Machine(page_bits=4).root().region("ram", "ram", 16, 0)
    machine.topology(machine.package.changes.set_size, "ram", 32).space()
    assert read(machine.system, "memory", 8, 8)[1] is MemTxResult.OK
    for access in (
        lambda: read(machine.system, "memory", 8, 9),
        lambda: write(machine.system, "memory", 16, b"a"),
        lambda: write_rom(machine.system, "memory", 16, b"a"),
    ):
        with pytest.raises(OffsetOutsideBlock):
            access()
    with pytest.raises(HostOverrun):
        write_rom(machine.system, "memory", 15, b"ab")


# --- Constant reads ----------------------------------------------------------------------------


@settings(max_examples=100)
@given(requests)
def test_a_constant_read_is_a_read_or_an_overrun(case: Request) -> None:
    """A13: they differ only past the end of a ROM device's block."""
    system = build(model, case.layout)
    expected = read(system, "memory", case.address, case.length)
    try:
        after, result, data = read_constant(system, "memory", case.address, case.length)
    except HostOverrun:
        found = model.translate.translate(system, "memory", case.address, case.length, False)
        assert found.region is not None
        assert system.topology.regions[found.region].kind.value == "rom-device"
        return
    assert (result, data) == expected[1:]
    assert after.callbacks == expected[0].callbacks


def test_only_the_long_way_of_a_constant_read_calls_the_fuzz_hook() -> None:
    """A16."""
    system = Machine().root().region("ram", "ram", 4, 0).space().system
    assert not read_constant(system, "memory", 0, 4)[0].fuzz_hooks
    hooks = read_constant(system, "memory", 0, 5)[0].fuzz_hooks
    assert [tuple(one) for one in hooks] == [(0, 5, "ram")]


# --- Filling -----------------------------------------------------------------------------------


def test_memory_is_filled_by_writes_of_512_bytes() -> None:
    """A14: the results of all are combined, and each is a request of its own."""
    machine = Machine().root().region("ram", "ram", 1000, 0)
    system, result = set_memory(machine.space().system, "memory", 1, 0xAA, 1100)
    assert result is MemTxResult.DECODE_ERROR
    assert [tuple(mark) for mark in system.dirty_marks] == [("ram", 1, 512), ("ram", 513, 487)]
    assert read(system, "memory", 0, 1000)[2] == b"\0" + b"\xaa" * 999


def test_each_write_of_a_fill_is_denied_for_itself() -> None:
    """A14 and A3: a denial skips the rest of one write of 512 bytes, not of the fill."""
    machine = Machine().root().region("ram", "ram", 512, 512).space()
    attrs = MemTxAttrs(memory=True)
    system, result = set_memory(machine.system, "memory", 0, 1, 1024, attrs)
    assert result is MemTxResult.ACCESS_ERROR
    assert read(system, "memory", 512, 512)[2] == b"\x01" * 512


@given(st.integers(0, TOP - 1), st.integers(0, 1500))
def test_a_fill_is_one_write_in_plain_memory(address: int, length: int) -> None:
    system = Machine().root().region("ram", "ram", TOP, 0).space().system
    filled, result = set_memory(system, "memory", address, 7, length)
    expected = write(system, "memory", address, b"\x07" * length)
    assert (result, filled.blocks) == (expected[1], expected[0].blocks)


@pytest.mark.parametrize("byte", [-1, 256])
def test_what_is_not_a_byte_is_an_error(byte: int) -> None:
    with pytest.raises(AccessError):
        set_memory(Machine().root().space().system, "memory", 0, byte, 1)


def test_a_formula_answers_by_offset_and_size() -> None:
    """Devices: a pure function of both."""
    machine = Machine().root().region("io", "io", 16, 0)
    machine.device("io", DeviceCase((1, 4, False)), behaviour=Formula(1, 2, 16)).space()
    assert read(machine.system, "memory", 6, 3)[2] == bytes([1 + 12 + 32, 0, 1 + 16 + 16])
