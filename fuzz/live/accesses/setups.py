"""Machines for accesses: with many devices, whose registers are given addresses first."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

from fuzz.live.accesses.chosen import choose_access
from fuzz.live.session import Session, Setup

CONFIG_ENABLE = 1 << 31
NO_DEVICE = 0xFFFFFFFF
COMMAND, HEADER_TYPE, FIRST_BAR, BARS = 0x04, 0x0C, 0x10, 6
IO_AND_MEMORY = 3
MANY_FUNCTIONS = 0x80
IS_IO, IS_64_BIT = 1, 4


class Bus(NamedTuple):
    """How a machine's first PCI bus is reached, and where there is room for registers.

    `select` and `data` are what its configuration is accessed by: ports, or addresses.
    """

    select: int
    data: int
    by_ports: bool
    memory: int
    ports: int
    high: int = 0

    def read(self, session: Session, register: int) -> int:
        """A double word of the configuration space of the bus."""
        if self.by_ports:
            _, answer = session.qtest(self._select(register), f"inl {self.data:#x}")
            return int(answer, 16)
        _, answer = session.qtest(self._select(register), f"read {self.data:#x} 4")
        return int.from_bytes(bytes.fromhex(answer.removeprefix("0x")), "little")

    def write(self, session: Session, register: int, value: int) -> None:
        """Write a double word of it."""
        written = f"outl {self.data:#x} {value:#x}"
        if not self.by_ports:
            written = f"write {self.data:#x} 4 0x{value.to_bytes(4, 'little').hex()}"
        session.qtest(self._select(register), written)

    def _select(self, register: int) -> str:
        value = CONFIG_ENABLE | register
        if self.by_ports:
            return f"outl {self.select:#x} {value:#x}"
        return f"write {self.select:#x} 4 0x{value.to_bytes(4, 'little').hex()}"


PC_BUS = Bus(0xCF8, 0xCFC, True, memory=0xD0000000, ports=0xC000, high=0x8_0000_0000)
GRACKLE = Bus(0xFEC00000, 0xFEE00000, False, memory=0x80000000, ports=0x1000)


def functions(session: Session, bus: Bus) -> Iterator[int]:
    """The configuration addresses of all devices and their functions, but for bridges."""
    for device in range(32):
        several = False
        for function in range(8):
            at = device << 11 | function << 8
            if bus.read(session, at) in (0, NO_DEVICE):
                if function == 0:
                    break
                continue
            kind = bus.read(session, at | HEADER_TYPE) >> 16 & 0xFF
            several = several or bool(kind & MANY_FUNCTIONS)
            if kind & ~MANY_FUNCTIONS == 0:
                yield at
            if not several:
                break


def map_registers(session: Session, bus: Bus) -> None:
    """Give all registers of devices addresses that are theirs alone, and enable them."""
    memory, ports = bus.memory, bus.ports
    for at in functions(session, bus):
        bar = 0
        while bar < BARS:
            register = at | FIRST_BAR + 4 * bar
            bus.write(session, register, 0xFFFFFFFF)
            bits = bus.read(session, register)
            bar += 1
            if bits & IS_IO:
                size = -(bits & ~3) & 0xFFFF
                ports = ports + -ports % size
                bus.write(session, register, ports)
                ports += size
            elif bits:
                size = -(bits & ~15) & 0xFFFFFFFF
                memory = memory + -memory % size
                bus.write(session, register, memory)
                memory += size
                if bits & IS_64_BIT:
                    bus.write(session, register + 4, bus.high >> 32)
                    bar += 1
        bus.write(session, at | COMMAND, IO_AND_MEMORY)


def prepared(bus: Bus) -> Callable[[Session], None]:
    """Map all registers, and take the machine as it is then for the start."""

    def prepare(session: Session) -> None:
        map_registers(session, bus)
        session.start_over()

    return prepare


def devices(*names: str) -> tuple[str, ...]:
    """Arguments that give a machine devices."""
    return tuple(word for name in names for word in ("-device", name))


NULL_OUTPUT = ("-chardev", "null,id=nowhere", "-chardev", "null,id=paper")
FLASH = (
    "-drive",
    "if=pflash,format=raw,file.driver=null-co,file.size=4M,file.read-zeroes=on",
)
ON_BOTH = (
    "pci-testdev",
    "pcnet",
    "pci-ohci",
    "nvme,serial=1",
    "e1000",
    "rtl8139",
    "virtio-rng-pci",
    "lsi53c895a",
    "tulip",
    "sdhci-pci",
    "VGA",
)

PC_ACCESSES = Setup(
    "pc-accesses",
    "x86_64",
    "pc",
    (
        *NULL_OUTPUT,
        "-audiodev",
        "none,id=silence",
        *devices(*ON_BOTH, "edu", "usb-ehci", "piix3-usb-uhci", "ahci", "am53c974"),
        *devices("intel-hda", "ES1370,audiodev=silence", "AC97,audiodev=silence"),
        *devices("pvpanic-pci", "i6300esb", "ib700", "sb16,audiodev=silence"),
        *devices("isa-serial,chardev=nowhere", "isa-parallel,chardev=paper"),
    ),
    choose_access,
    prepared(PC_BUS),
)
Q35_ACCESSES = Setup(
    "q35-accesses",
    "x86_64",
    "q35",
    (*NULL_OUTPUT, *FLASH, *devices("edu", *ON_BOTH, "isa-serial,chardev=nowhere")),
    choose_access,
    prepared(PC_BUS),
)
PPC_ACCESSES = Setup(
    "ppc-accesses",
    "ppc",
    "g3beige",
    devices(*ON_BOTH, "ich9-ahci", "sungem"),
    choose_access,
    prepared(GRACKLE),
    big_endian=True,
)
SPARC_ACCESSES = Setup("sparc-accesses", "sparc", "SS-5", (), choose_access, big_endian=True)
"""The one with devices that split accesses in big-endian order."""

ACCESS_SETUPS = (PC_ACCESSES, Q35_ACCESSES, PPC_ACCESSES, SPARC_ACCESSES)
