"""PCI configuration space as a PC's guest sees it, and where a device's regions are for it.

A guest reaches it through two ports. What a BAR says becomes an address in the memory or i/o region
of the device's bus, with priority 1.
"""

from collections.abc import Sequence
from typing import NamedTuple

COMMAND = 0x04
COMMAND_IO, COMMAND_MEMORY, COMMAND_MASTER = 1, 2, 4
HEADER_TYPE = 0x0E
BUS_NUMBERS = 0x18
FIRST_BAR = 0x10

ADDRESS_PORT, DATA_PORT = 0xCF8, 0xCFC
ABSENT = 0xFFFFFFFF
BAR_PRIORITY = 1
_WIDTHS = {1: "b", 2: "w", 4: "l"}


class Place(NamedTuple):
    """Where a function is in configuration space."""

    bus: int
    devfn: int

    @property
    def slot(self) -> int:
        """The number of the function's device on its bus."""
        return self.devfn >> 3


class Bar(NamedTuple):
    """A base address register: its offset, what it is for, and the region that it places.

    `size` is in bytes, a power of two; `wide` ones have 64 bits.
    """

    offset: int
    is_io: bool
    wide: bool
    size: int
    region: str = ""

    @property
    def enable(self) -> int:
        """The bit of the command register without which it is nowhere."""
        return COMMAND_IO if self.is_io else COMMAND_MEMORY

    def address(self, low: int, high: int) -> int:
        """The address that the register's values say, whether it is of any use or not."""
        value = low | (high << 32 if self.wide else 0)
        return value & ~(self.size - 1)

    def mapped(self, low: int, high: int, command: int) -> int | None:
        """The address at which the region is, or None if it is nowhere.

        It is nowhere at 0, where it would wrap around, or where it would reach the last address of
        its kind.
        """
        address = self.address(low, high)
        last = address + self.size - 1
        end = (1 << 64) - 1 if self.wide else (1 << 32) - 1
        if not command & self.enable or address == 0 or last >= end:
            return None
        return address


def write(place: Place, offset: int, size: int, value: int) -> list[str]:
    """The qtest commands that write to configuration space."""
    width, port = _WIDTHS[size], DATA_PORT + (offset & 3)
    return [select(place, offset), f"out{width} {port:#x} {value:#x}"]


def read(place: Place, offset: int, size: int = 4) -> list[str]:
    """The qtest commands that read it; the last one's answer is the value."""
    return [select(place, offset), f"in{_WIDTHS[size]} {DATA_PORT + (offset & 3):#x}"]


def write_bar(place: Place, bar: Bar, address: int) -> list[str]:
    """The qtest commands that give a BAR an address."""
    commands = write(place, bar.offset, 4, address & ABSENT)
    if bar.wide:
        commands += write(place, bar.offset + 4, 4, address >> 32)
    return commands


def read_bar(place: Place, bar: Bar) -> list[str]:
    """The qtest commands that read a BAR: always two values, for `values`."""
    return read(place, bar.offset) + (read(place, bar.offset + 4) if bar.wide else [])


def values(commands: Sequence[str], answers: Sequence[str]) -> list[int]:
    """What the reads among qtest commands answer."""
    return [
        int(answer, 16)
        for command, answer in zip(commands, answers, strict=True)
        if command.startswith("in")
    ]


def select(place: Place, offset: int) -> str:
    """The qtest command by which the data port leads to four bytes of configuration space."""
    selected = 1 << 31 | place.bus << 16 | place.devfn << 8 | offset & 0xFC
    return f"outl {ADDRESS_PORT:#x} {selected:#x}"
