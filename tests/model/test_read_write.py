"""Reads and writes through an address space: against the statement by bytes, and by scenario."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import model
from model.device import Formula
from model.memtx import MemTxResult
from model.read_write import read, write
from model.topology import TopologyError
from tests.model.access_checks import (
    Request,
    check_pointwise,
    check_read,
    check_steps,
    check_write,
)
from tests.model.systems import (
    TOP,
    DeviceCase,
    LayoutCase,
    Machine,
    RegionCase,
    addresses,
    flash,
    layouts,
    lengths,
    ram_hole_ram,
)

requests = st.builds(Request, layouts(), addresses, lengths)
narrow_requests = st.builds(Request, layouts(widens=False), addresses, lengths)


@settings(max_examples=150)
@given(requests)
def test_a_read_gives_the_bytes_results_and_callbacks_of_the_statement_by_bytes(
    case: Request,
) -> None:
    check_read(model, case)


@settings(max_examples=150)
@given(requests)
def test_a_write_leaves_the_bytes_behind_that_the_statement_by_bytes_does(case: Request) -> None:
    check_write(model, case)


@settings(max_examples=150)
@given(requests)
def test_steps_are_positive_and_sum_to_the_request(case: Request) -> None:
    """P9 and P16."""
    check_steps(model, case)


@settings(max_examples=150)
@given(narrow_requests)
def test_bytes_are_those_of_each_address_where_no_step_leaves_its_section(case: Request) -> None:
    """P11."""
    check_pointwise(model, case)


def test_the_pointwise_theorem_speaks_of_reads_that_succeed_across_regions() -> None:
    """P11 would hold of nothing if its premises never did."""
    aligned = DeviceCase((1, 4, False), (1, 2, False), "big")
    layout = LayoutCase(
        (RegionCase("io", 0, 8, device=aligned), RegionCase("ram", 8, 9), RegionCase("rom", 17, 3))
    )
    assert check_pointwise(model, Request(layout, 2, 18))


# --- Scenarios: what answers -------------------------------------------------------------------


def test_ram_hole_ram() -> None:
    """Scenario 43: an error ends a step, not the request, and both RAM parts are moved."""
    system, result, data = read(ram_hole_ram().system, "memory", 0, 14, buffer=b"#" * 14)
    assert (result, data) == (MemTxResult.DECODE_ERROR, b"abcd\0\0\0\0uvwxyz")
    system, result = write(system, "memory", 0, b"ABCD....UVWXYZ")
    assert result is MemTxResult.DECODE_ERROR
    assert read(system, "memory", 0, 14)[2] == b"ABCD\0\0\0\0UVWXYZ"


def test_hole_then_ram() -> None:
    """Scenario 42: a 4-byte step of the hole swallows two bytes of RAM that lies behind it."""
    system = Machine().root().region("ram", "ram", 8, 6).fill("ram", b"RAMBYTES").space().system
    assert read(system, "memory", 4, 4)[1:] == (MemTxResult.DECODE_ERROR, bytes(4))
    system, result = write(system, "memory", 4, b"....")
    assert result is MemTxResult.DECODE_ERROR
    assert read(system, "memory", 6, 8)[2] == b"RAMBYTES"


def test_a_hole_is_read_in_aligned_steps_of_at_most_four_bytes() -> None:
    """A4: the next step begins behind RAM that the one before has not swallowed."""
    system = Machine().root().region("ram", "ram", 2, 8).fill("ram", b"ab").space().system
    assert read(system, "memory", 3, 7)[2] == b"\0\0\0\0\0ab"


def test_spill_over_the_end_of_a_section() -> None:
    """Scenario 41: a port access of 4 bytes goes wholly to the section of 1 byte at its start."""
    machine = Machine().region("ports", "io", 0x10000)
    machine.region("addr", "io", 1, 0xCF8, into="ports").region(
        "rest", "io", 7, 0xCF9, into="ports"
    )
    for name in ("ports", "addr", "rest"):
        machine.device(name)
    system = machine.space("io", "ports").system
    system, result = write(system, "io", 0xCF8, b"\x01\x02\x03\x04")
    assert result is MemTxResult.OK
    assert [(one.region, one.offset, one.size) for one in system.callbacks] == [("addr", 0, 4)]
    assert system.callbacks[0].value == 0x04030201


def test_an_io_root_answers_all_ones() -> None:
    """A4: unassigned ports are no error."""
    ones = Formula(TOP - 1)
    machine = Machine().region("ports", "io", 0x10000)
    machine.device("ports", behaviour=ones)
    system = machine.space("io", "ports").system
    assert read(system, "io", 0x81, 3)[1:] == (MemTxResult.OK, b"\xff\xff\xff")


def test_rom_is_not_written() -> None:
    """Scenario 39."""
    machine = Machine().root().region("rom", "ram", 8, 0, readonly=True).fill("rom", b"READONLY")
    system, result = write(machine.space().system, "memory", 2, b"xx")
    assert result is MemTxResult.DECODE_ERROR
    assert read(system, "memory", 0, 8)[1:] == (MemTxResult.OK, b"READONLY")
    assert not system.callbacks
    assert not system.dirty_marks


def test_a_read_only_alias_does_not_stop_a_write() -> None:
    """Scenario 38: X5 asks the region, which is writable."""
    machine = Machine().root().region("ram", "ram", 8)
    machine.region("window", "alias", 8, 0x10, alias="ram", readonly=True).space()
    assert machine.system.topology.spaces["memory"].view.ranges[0].readonly
    system, result = write(machine.system, "memory", 0x11, b"new")
    assert result is MemTxResult.OK
    assert read(system, "memory", 0x10, 5)[2] == b"\0new\0"
    assert [tuple(mark) for mark in system.dirty_marks] == [("ram", 1, 3)]


def test_romd_read_under_an_overlay() -> None:
    """Scenario 56: the bytes that the overlay hides are read, and so is the block's padding."""
    system = flash().system
    assert read(system, "memory", 0, 12)[1:] == (MemTxResult.OK, b"0123456789ab")
    assert read(system, "memory", 4, 4)[2] == b"OVER"
    assert read(system, "memory", 14, 4)[1:] == (MemTxResult.OK, b"ef\0\0")


def test_a_rom_device_is_read_no_further_than_its_block() -> None:
    """A13: the clamp that saves the read; what follows is translated afresh, and is a hole."""
    system = flash(page_bits=4).system
    assert read(system, "memory", 14, 4)[1:] == (MemTxResult.DECODE_ERROR, b"ef\0\0")


def test_romd_off_reads_call_back() -> None:
    """Scenario 57."""
    machine = flash()
    machine.topology(machine.package.changes.set_romd_mode, "flash", False)
    system, result, data = read(machine.system, "memory", 8, 4)
    assert (result, data) == (MemTxResult.OK, b"ZZZZ")
    assert [tuple(one)[:4] for one in system.callbacks] == [("flash", 8, 4, 0x5A5A5A5A)]


def test_romd_is_flipped_inside_an_open_transaction() -> None:
    """Scenario 33: accesses see it at once, the view at the commit (M9)."""
    machine = flash()
    machine.topology(machine.package.topology.begin)
    view = machine.system.topology.spaces["memory"].view
    machine.topology(machine.package.changes.set_romd_mode, "flash", False)
    assert machine.system.topology.spaces["memory"].view is view
    assert read(machine.system, "memory", 8, 4)[2] == b"ZZZZ"
    machine.topology(machine.package.topology.commit)
    assert machine.system.topology.spaces["memory"].view != view


def test_readonly_is_set_inside_an_open_transaction() -> None:
    """M9 of another flag that is read from the region, not from the range."""
    machine = ram_hole_ram()
    machine.topology(machine.package.topology.begin)
    machine.topology(machine.package.changes.set_readonly, "low", True)
    assert write(machine.system, "memory", 0, b"x")[1] is MemTxResult.DECODE_ERROR


def test_no_length_at_all() -> None:
    """Scenario 55: nothing happens, and the fuzz hook is not called either."""
    system = ram_hole_ram().system
    assert read(system, "memory", 4, 0) == (system, MemTxResult.OK, b"")
    assert write(system, "memory", 4, b"") == (system, MemTxResult.OK)
    with pytest.raises(TopologyError):
        read(system, "none", 4, 0)
    with pytest.raises(TopologyError):
        write(system, "none", 4, b"")


# --- Scenarios: the end of the address space ---------------------------------------------------


def test_a_write_to_ram_wraps_to_address_0() -> None:
    """Scenario 53."""
    machine = Machine().root().region("top", "ram", 4, TOP - 4).region("low", "ram", 4, 0)
    system, result = write(machine.space().system, "memory", TOP - 2, b"wrap")
    assert result is MemTxResult.OK
    assert read(system, "memory", TOP - 4, 8)[2] == b"\0\0wrap\0\0"
    assert [tuple(mark) for mark in system.dirty_marks] == [("top", 2, 2), ("low", 0, 2)]


def test_a_device_step_at_an_odd_base_passes_address_0() -> None:
    """Scenario 54, P16: the step is of 4 bytes, of which 3 are left, and then goes on at 1."""
    machine = Machine().root().region("top", "io", 3, TOP - 3).region("low", "ram", 4, 0)
    system = machine.device("top").fill("low", b"0123").space().system
    system, result, data = read(system, "memory", TOP - 3, 6)
    assert (result, data) == (MemTxResult.OK, b"\0\0\0\x0012")
    assert [(one.offset, one.size) for one in system.callbacks] == [(0, 4)]
