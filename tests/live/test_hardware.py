"""What registers of PCI devices mean: where a BAR is, what a bridge shows, where there is room."""

import pytest

from fuzz.live.changes.bridge_windows import WINDOWS
from fuzz.live.changes.chosen import PC, Q35
from fuzz.live.changes.parking import Parking, Room
from fuzz.live.changes.pci_configuration import Bar, Place, read, values, write, write_bar
from fuzz.live.changes.rig import rig_of
from fuzz.live.session import Setup
from fuzz.qemu.errors import QemuFault
from tests.live.changing import start

IO = Bar(0x10, is_io=True, wide=False, size=0x20)
MEMORY = Bar(0x14, is_io=False, wide=False, size=0x1000)
WIDE = Bar(0x18, is_io=False, wide=True, size=0x100000)


@pytest.mark.parametrize(
    ("bar", "low", "high", "command", "address"),
    [
        (IO, 0x6001, 0, 1, 0x6000),
        (IO, 0x6001, 0, 6, None),
        (IO, 0x1, 0, 7, None),
        (IO, 0x20001, 0, 7, 0x20000),
        (MEMORY, 0xD0000008, 0, 2, 0xD0000000),
        (MEMORY, 0xD0000008, 0, 5, None),
        (MEMORY, 0xFFFFF000, 0, 7, None),
        (MEMORY, 0xFFFFE000, 0, 7, 0xFFFFE000),
        (WIDE, 0xFFF0000C, 0, 7, 0xFFF00000),
        (WIDE, 0x0000000C, 0x100, 7, 0x10000000000),
        (WIDE, 0xFFF0000C, 0xFFFFFFFF, 7, None),
    ],
)
def test_where_a_bar_is(bar: Bar, low: int, high: int, command: int, address: int | None) -> None:
    assert bar.mapped(low, high, command) == address


@pytest.mark.parametrize(
    ("kind", "registers", "command", "shown"),
    [
        ("io", (0x7161, 0, 0, 0, 0, 0), 1, (0x6000, 0x2000)),
        ("io", (0x7161, 0, 0, 0, 0, 0), 6, (0x6000, 0)),
        ("io", (0x5060, 0, 0, 0, 0, 0), 7, (0x6000, 0)),
        ("memory", (0, 0xD01FD010, 0, 0, 0, 0), 2, (0xD0100000, 0x100000)),
        ("memory", (0, 0xD0F0E000, 0, 0, 0, 0), 7, (0xE0000000, 0)),
        ("prefetchable", (0, 0, 0x10011, 1, 2, 0), 2, (0x100100000, 0x100000000)),
        ("prefetchable", (0, 0, 0x200010, 1, 2, 0), 2, (0x100000, 0x200000)),
    ],
)
def test_what_a_window_shows(
    kind: str, registers: tuple[int, ...], command: int, shown: tuple[int, int]
) -> None:
    assert WINDOWS[kind].shown(registers, command) == shown


def test_commands_reach_the_byte_of_the_register() -> None:
    place = Place(1, 0x11)
    assert write(place, 0x72, 1, 0x4A) == ["outl 0xcf8 0x80011170", "outb 0xcfe 0x4a"]
    assert read(place, 0x04, 2) == ["outl 0xcf8 0x80011104", "inw 0xcfc"]
    assert write_bar(place, WIDE, 1 << 40)[1::2] == ["outl 0xcfc 0x0", "outl 0xcfc 0x100"]
    assert values(["outl 0xcf8 1", "inl 0xcfc"], ["", "0x10"]) == [16]


def test_room_is_given_out_aligned_and_once() -> None:
    room = Room(0x6000, 0x100, 0x40)
    assert [room.take(size) for size in (0x10, 0x80)] == [0x6000, 0x6080]
    with pytest.raises(QemuFault, match="no room for a BAR of 0x20 bytes"):
        room.take(0x20)


def test_bars_behind_a_bridge_are_in_both_of_its_windows() -> None:
    parking = Parking(1)
    assert [parking.place(False, 0x1000) for _ in range(3)] == [0xD4000000, 0xD6000000, 0xD4001000]
    assert Parking(0).place(True, 0x10) == 0x6000


@pytest.mark.parametrize("setup", [PC, Q35], ids=lambda setup: setup.name)
def test_the_machines_have_bars_of_all_sorts(setup: Setup) -> None:
    """Of several sizes, below a page too; of 64 bits; with ports; behind bridges."""
    with start(setup) as session:
        functions = rig_of(session).functions.values()
        bars = [bar for function in functions for bar in function.bars]
        assert {bar.size < 0x1000 for bar in bars if not bar.is_io} == {True, False}
        assert any(bar.wide for bar in bars)
        assert any(bar.is_io for bar in bars)
        assert any(function.windows for function in functions)
        assert any(function.place.bus > 0 for function in functions)
        assert len({bar.region for bar in bars}) == len(bars)
