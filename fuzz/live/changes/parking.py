"""Where BARs are placed before anything else is done: each where nothing else is."""

from collections.abc import Iterator
from itertools import cycle

from fuzz.live.changes.bridge_windows import WINDOWS
from fuzz.live.changes.pci_configuration import Place
from fuzz.qemu.errors import QemuFault

MEMORY, MEMORY_OF_A_BUS = 0xD0000000, 0x4000000
PORTS, PORTS_OF_A_BUS = 0x6000, 0x1000


class Room:
    """Addresses of which the next ones are given out, so many bytes to each at least."""

    def __init__(self, first: int, size: int, least: int) -> None:
        self.first = self._next = first
        self.last = first + size - 1
        self._least = least

    def take(self, size: int) -> int:
        """The first of so many addresses, aligned to them. Raises QemuFault if there are none."""
        address = -(-self._next // size) * size
        self._next = address + max(size, self._least)
        if self._next > self.last + 1:
            raise QemuFault(f"no room for a BAR of {size:#x} bytes below {self.last:#x}")
        return address


class Parking:
    """The room for the BARs on one bus; those behind a bridge are in both windows to memory.

    So each of the bridge's aliases shows something, and it can be seen which bus it stands for.
    """

    def __init__(self, bus: int) -> None:
        first, size = MEMORY + bus * MEMORY_OF_A_BUS, MEMORY_OF_A_BUS
        self._ports = Room(PORTS + bus * PORTS_OF_A_BUS, PORTS_OF_A_BUS, 0x40)
        self._halves = [Room(first, size // 2, 0x1000), Room(first + size // 2, size // 2, 0x1000)]
        rooms = self._halves if bus > 0 else [Room(first, size, 0x1000)]
        self._memory: Iterator[Room] = cycle(rooms)

    def place(self, is_io: bool, size: int) -> int:
        """Where to place one more BAR. Raises QemuFault."""
        return (self._ports if is_io else next(self._memory)).take(size)

    def open_windows(self, bridge: Place) -> list[str]:
        """The qtest commands that have a bridge show what is parked behind it."""
        commands: list[str] = []
        rooms = {"io": self._ports, "memory": self._halves[0], "prefetchable": self._halves[1]}
        for kind, room in rooms.items():
            commands += WINDOWS[kind].write(bridge, room.first, room.last)
        return commands
