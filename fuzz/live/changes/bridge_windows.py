"""The windows through which a PCI bridge shows what is behind it: aliases on the bus before it."""

from collections.abc import Sequence
from typing import NamedTuple

from fuzz.live.changes.pci_configuration import COMMAND_IO, COMMAND_MEMORY, Place, read, write

REGISTERS = (0x1C, 0x20, 0x24, 0x28, 0x2C, 0x30)
"""The offsets of the registers that say where windows are, four bytes each."""

Values = Sequence[int]
"""What the registers hold."""


class Window(NamedTuple):
    """One kind of window: the name of its alias, and the unit in which it is placed."""

    kind: str
    alias: str
    enable: int
    granule: int

    def write(self, place: Place, first: int, last: int) -> list[str]:
        """The qtest commands that have it show the units from that of one address to another's.

        It is closed where `last` comes before `first`.
        """
        if self.kind == "io":
            value = (first >> 8 & 0xF0) | (last & 0xF000)
            return write(place, 0x1C, 2, value)
        value = (first >> 16 & 0xFFF0) | (last & 0xFFF00000)
        if self.kind == "memory":
            return write(place, 0x20, 4, value)
        high = write(place, 0x28, 4, first >> 32) + write(place, 0x2C, 4, last >> 32)
        return write(place, 0x24, 4, value) + high

    def shown(self, registers: Values, command: int) -> tuple[int, int]:
        """Where it is and how many bytes it shows, none if it is closed."""
        io, memory, prefetchable, base_high, limit_high, io_high = registers
        if self.kind == "io":
            first, last = (io & 0xF0) << 8, (io & 0xF000) | 0xFFF
            if io & 0xF == 1:
                first, last = first | (io_high & 0xFFFF) << 16, last | io_high & 0xFFFF0000
        else:
            value = memory if self.kind == "memory" else prefetchable
            first, last = (value & 0xFFF0) << 16, (value & 0xFFF00000) | 0xFFFFF
            if self.kind == "prefetchable" and value & 0xF == 1:
                first, last = first | base_high << 32, last | limit_high << 32
        return first, last + 1 - first if command & self.enable and last >= first else 0


WINDOWS = {
    "prefetchable": Window("prefetchable", "pci_bridge_pref_mem", COMMAND_MEMORY, 1 << 20),
    "memory": Window("memory", "pci_bridge_mem", COMMAND_MEMORY, 1 << 20),
    "io": Window("io", "pci_bridge_io", COMMAND_IO, 1 << 12),
}
"""The windows in the order in which a bridge makes them anew, whenever one of them changes."""


def read_windows(place: Place) -> list[str]:
    """The qtest commands that read where a bridge's windows are."""
    return [line for offset in REGISTERS for line in read(place, offset)]
