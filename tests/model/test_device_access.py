"""Accesses to devices by scenario: callbacks, attributes, the guard, ioeventfds and the hook."""

from typing import Any

import pytest

from model.device import Dma, Formula, Refusal
from model.memtx import EffortLimit, MemTxAttrs, MemTxResult
from model.read_write import dispatch_read, dispatch_write, read, write
from model.region import Ioeventfd
from model.system import System
from model.write_changes import add_ioeventfd
from tests.model.systems import TOP, DeviceCase, Machine, device_system, flash, ram_hole_ram

# --- Scenarios: devices ------------------------------------------------------------------------


def test_eight_bytes_at_an_odd_offset_of_a_device_of_words() -> None:
    """Scenario 40, as observed: steps of 1, 2, 4, 1; only the one of 4 reaches the device."""
    machine = device_system(DeviceCase((4, 4, False)), behaviour=Formula(0x44332211))
    system, result, data = read(machine.system, "memory", 1, 8)
    assert (result, data) == (MemTxResult.DECODE_ERROR, b"\0\0\0\x11\x22\x33\x44\0")
    assert [(one.offset, one.size) for one in system.callbacks] == [(4, 4)]


def test_a_failing_callback_does_not_stop_the_request() -> None:
    """Scenario 50: later steps run, their bytes count, and the results are combined by OR."""
    machine = device_system(
        DeviceCase((4, 4, False)), behaviour=Formula(0x01010101), failing=frozenset({0})
    )
    system, result, data = read(machine.system, "memory", 0, 16)
    assert (result, data) == (MemTxResult.ERROR, b"\x01" * 16)
    assert [int(one.result) for one in system.callbacks] == [1, 0, 0, 0]
    system, result = write(machine.system, "memory", 12, b"abcdefgh")
    assert result is MemTxResult.ERROR | MemTxResult.DECODE_ERROR


def test_a_failing_write_stores_nothing() -> None:
    machine = device_system(DeviceCase((1, 4, False)), failing=frozenset({0}))
    system, result = write(machine.system, "memory", 0, b"abcdefgh")
    assert result is MemTxResult.ERROR
    assert read(system, "memory", 0, 8)[2] == b"\0\0\0\0efgh"


def test_the_accepts_hook_is_asked_first() -> None:
    """A6: what it refuses is a decode error, of zeros, without a callback."""
    refusals = (Refusal(start=4, size=4, access_sizes=(4,), writes=False),)
    machine = device_system(
        DeviceCase((1, 4, False)), behaviour=Formula(0x01010101), refusals=refusals
    )
    system, result, data = read(machine.system, "memory", 2, 8)
    assert (result, data) == (MemTxResult.DECODE_ERROR, b"\1\1\0\0\0\0\1\1")
    assert read(machine.system, "memory", 4, 2)[1] is MemTxResult.OK
    assert write(machine.system, "memory", 4, b"abcd")[1] is MemTxResult.OK
    assert len(system.callbacks) == 2


def test_an_io_region_without_a_device_refuses_everything() -> None:
    """M1: no operations are the unassigned ones, as a reservation has them."""
    for kind in ("io", "reservation"):
        system = Machine().root().region("none", kind, 8, 0).space().system
        assert read(system, "memory", 0, 4)[1:] == (MemTxResult.DECODE_ERROR, bytes(4))


# --- Scenarios: attributes ---------------------------------------------------------------------

ONLY_RAM = MemTxAttrs(memory=True)


def test_denied_first() -> None:
    """Scenario 51: the buffer stays as it was, and no hook is called."""
    machine = device_system(DeviceCase())
    system, result, data = read(machine.system, "memory", 0, 4, ONLY_RAM, b"kept")
    assert (system, result, data) == (machine.system, MemTxResult.ACCESS_ERROR, b"kept")
    assert write(machine.system, "memory", 0, b"abcd", ONLY_RAM)[1] is MemTxResult.ACCESS_ERROR


def test_denied_later() -> None:
    """Scenario 52: the rest of the request is skipped, RAM behind the hole as well."""
    system, result, data = read(ram_hole_ram().system, "memory", 2, 10, ONLY_RAM, b"##########")
    assert (result, data) == (MemTxResult.ACCESS_ERROR, b"cd########")
    system, result = write(system, "memory", 2, b"CD....UVWX", ONLY_RAM)
    assert result is MemTxResult.ACCESS_ERROR
    assert read(system, "memory", 0, 14)[2] == b"abCD\0\0\0\0uvwxyz"


def test_a_rom_device_is_not_ram_to_a_transaction_for_ram_alone() -> None:
    """A2: it is the kind that counts, not whether the access is direct."""
    assert read(flash().system, "memory", 0, 4, ONLY_RAM)[1] is MemTxResult.ACCESS_ERROR


def test_a_debug_write_changes_rom() -> None:
    """X5, of the current text."""
    machine = Machine().root().region("rom", "ram", 8, 0, readonly=True).space()
    system, result = write(machine.system, "memory", 0, b"new", MemTxAttrs(debug=True))
    assert result is MemTxResult.OK
    assert read(system, "memory", 0, 3)[2] == b"new"
    system, result = write(flash().system, "memory", 0, b"new", MemTxAttrs(debug=True))
    assert (result, system.callbacks) == (MemTxResult.OK, ())
    assert read(system, "memory", 0, 3)[2] == b"new"


# --- Scenarios: re-entrancy --------------------------------------------------------------------


def reentrant(flavour: str = "current", **fields: Any) -> Machine:
    """A device that writes to its own region from its first callback."""
    dma = (Dma("memory", 4, is_write=True, data=b"dma!", on_callback=0),)
    machine = Machine(flavour=flavour).root().region("io", "io", 16, 0)
    return machine.device("io", dma=dma, **{"owner": "nic", **fields}).space()


@pytest.mark.parametrize("flavour", ["current", "qemu-7.2"])
def test_reentrant_access_to_a_device(flavour: str) -> None:
    """Scenario 65: it is refused, and the outer access goes on; the guard is free afterwards."""
    system, result = write(reentrant(flavour).system, "memory", 0, b"abcd")
    assert result is MemTxResult.OK
    assert [int(one.result) for one in system.dma_done] == [MemTxResult.ACCESS_ERROR]
    assert [(one.offset, one.depth) for one in system.callbacks] == [(0, 0)]
    assert read(system, "memory", 0, 8)[1:] == (MemTxResult.OK, b"abcd\0\0\0\0")


def test_reentrancy_where_nothing_guards() -> None:
    """A region without owner, freed of the guard, or read-only."""
    machines = [reentrant(owner=None), reentrant(guard_disabled=True)]
    readonly = reentrant()
    readonly.topology(readonly.package.changes.set_readonly, "io", True)
    for machine in (*machines, readonly):
        system, result = write(machine.system, "memory", 0, b"abcd")
        assert result is MemTxResult.OK
        assert [int(one.result) for one in system.dma_done] == [MemTxResult.OK]
        assert [(one.offset, one.depth) for one in system.callbacks] == [(4, 1), (0, 0)]
        assert read(system, "memory", 0, 8)[2] == b"abcddma!"


def test_the_guard_is_the_owners_and_a_refused_access_does_not_release_it() -> None:
    """H6: two refused accesses to another region of one owner, both inside one callback."""
    dma = (Dma("memory", 16, length=4), Dma("memory", 16, length=4))
    machine = Machine().root().region("one", "io", 16, 0).region("two", "io", 16, 16)
    machine.region("other", "io", 16, 32)
    machine.device("one", owner="nic", dma=(*dma, Dma("memory", 32, length=4)))
    machine.device("two", owner="nic").device("other", owner="disk").space()
    system, result, _ = read(machine.system, "memory", 0, 4)
    assert result is MemTxResult.OK
    assert [int(one.result) for one in system.dma_done] == [4, 4, 0]
    assert [one.region for one in system.callbacks] == ["other", "one"]
    assert not system.in_callback


def test_callbacks_of_different_owners_may_nest() -> None:
    """A9: a guard covers one step; RAM behind the device is reached from inside it."""
    machine = Machine().root().region("io", "io", 4, 0).region("ram", "ram", 8, 8)
    machine.device("io", owner="nic", dma=(Dma("memory", 8, is_write=True, data=b"!"),)).space()
    system, result, _ = read(machine.system, "memory", 0, 4)
    assert result is MemTxResult.OK
    assert read(system, "memory", 8, 1)[2] == b"!"


# --- Scenarios: what else is seen --------------------------------------------------------------


def watched(system: System) -> System:
    """The same system, with an ioeventfd for writes of any size at offset 8 of its device."""
    added = add_ioeventfd(system.topology, "io", Ioeventfd(8, 0, False, 0, 1))
    return system._replace(topology=added)


def test_an_ioeventfd_takes_a_write_in_the_devices_stead() -> None:
    """Scenario 68: one of size 0 matches any size at its offset."""
    signalling = watched(device_system(DeviceCase((1, 8, False))).system)
    for data in (b"a", b"ab", b"abcd", b"abcdefgh"):
        system, result = write(signalling, "memory", 8, data)
        assert (result, system.callbacks) == (MemTxResult.OK, ())
        expected = ("io", 8, len(data), int.from_bytes(data, "little"))
        assert [tuple(one) for one in system.signals] == [expected]
    assert len(write(signalling, "memory", 0, b"abcd")[0].callbacks) == 1
    assert len(read(signalling, "memory", 8, 4)[0].callbacks) == 1


def test_a_dispatch_to_an_alias_goes_to_what_it_stands_for() -> None:
    """A10: views show no alias, but a device may have one; its size does not count."""
    machine = device_system(DeviceCase((1, 4, False)))
    machine.region("window", "alias", 4, alias="io", alias_offset=4)
    machine.region("outer", "alias", 4, alias="window", alias_offset=2)
    system, result = dispatch_write(machine.system, "outer", 6, b"abcd")
    assert result is MemTxResult.OK
    assert [(one.region, one.offset) for one in system.callbacks] == [("io", 12)]
    assert dispatch_read(system, "window", 8, 4)[1:] == (MemTxResult.OK, b"abcd")
    assert dispatch_read(system, "window", TOP - 4, 4)[0].callbacks[-1].offset == 0


def test_an_invalid_write_signals_nothing() -> None:
    """A10: validity comes first."""
    signalling = watched(device_system(DeviceCase((4, 4, False))).system)
    system, result = write(signalling, "memory", 8, b"ab")
    assert (result, system.signals) == (MemTxResult.DECODE_ERROR, ())


def test_the_fuzz_hook_is_called_once_for_a_read_of_many_steps() -> None:
    """A16: the start, the whole length, and the first region."""
    system, _, _ = read(ram_hole_ram().system, "memory", 2, 10)
    assert [tuple(one) for one in system.fuzz_hooks] == [(2, 10, "low")]
    system, _, _ = read(ram_hole_ram().system, "memory", 4, 2)
    assert [tuple(one) for one in system.fuzz_hooks] == [(4, 2, None)]
    assert not write(ram_hole_ram().system, "memory", 2, b"abcd")[0].fuzz_hooks


def test_ram_devices_are_memory_now_and_callbacks_in_qemu_7_2() -> None:
    """X5: 7.2 loads and stores up to 8 bytes, unaligned, to the end of the section."""
    for flavour, calls in (("current", []), ("qemu-7.2", [(1, 8), (9, 4), (13, 2), (15, 1)])):
        machine = Machine(flavour=flavour).root().region("bar", "ram-device", 16, 0)
        machine.region("ram", "ram", 4, 16).fill("bar", bytes(range(16))).space()
        system, result, data = read(machine.system, "memory", 1, 16)
        assert (result, data) == (MemTxResult.OK, bytes(range(1, 16)) + b"\0")
        assert [(one.offset, one.size) for one in system.callbacks] == calls
        system, result = write(machine.system, "memory", 0, b"abcdefgh")
        assert [tuple(one) for one in system.dirty_marks] == ([] if calls else [("bar", 0, 8)])
        assert read(system, "memory", 0, 8)[2] == b"abcdefgh"


# --- Limits ------------------------------------------------------------------------------------


def test_too_many_steps_are_a_typed_outcome(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a read and of a write alike, and not one step earlier."""
    monkeypatch.setattr("model.memtx.MAX_STEPS", 4)
    system = device_system(DeviceCase((1, 2, False))).system
    assert write(system, "memory", 0, bytes(8))[1] is MemTxResult.OK
    assert read(system, "memory", 0, 8)[1] is MemTxResult.OK
    with pytest.raises(EffortLimit, match="steps"):
        write(system, "memory", 0, bytes(10))
    with pytest.raises(EffortLimit, match="steps"):
        read(system, "memory", 0, 10)
