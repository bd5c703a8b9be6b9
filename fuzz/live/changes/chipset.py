"""What a guest does to a PC's chipset: PAM, SMRAM, power management, and fixed windows."""

from collections.abc import Iterator
from typing import NamedTuple

from fuzz.live.changes.pci_configuration import Place, read, write
from fuzz.live.changes.rig import carry_out, rig_of
from fuzz.live.session import Session
from fuzz.operations import AddSubregion, DelSubregion, Operation, Property, SetProperty

HOST_BRIDGE = Place(0, 0)
PIIX4_PM = Place(0, 1 << 3 | 3)
ICH9_LPC = Place(0, 31 << 3)

PAM_SEGMENTS = 13
PAM_OFFSETS = {"pc": 0x59, "q35": 0x90}
LOW_SMRAM, HIGH_SMRAM = 0x9D, 0x9E

CONFIGURATION_WINDOWS = (
    (0x10000000, 0xFF0000000),
    (0x8000000, 0xFF6000000),
    (0x4000000, 0xFF2000000),
)
"""By code, the size of q35's window to configuration space, and the bits of its address that count.

QEMU takes the wrong bits for the two smaller ones: those below the ones that hardware has, so that
they can lie off their own alignment.
"""


class WritePam(NamedTuple):
    """Say what the 13 parts of the BIOS area show, two of them in one register. Rules: M8, R3, R6.

    Two bits each: what is behind the PCI bus, read-only RAM, RAM, or RAM.
    """

    register: int
    value: int

    def perform(self, session: Session) -> None:
        """Write it, and compare: of four aliases for each part, one is enabled."""
        offset = PAM_OFFSETS[session.setup.machine] + self.register
        commands = write(HOST_BRIDGE, offset, 1, self.value) + read(HOST_BRIDGE, offset, 1)

        def follow(values: list[int]) -> Iterator[Operation]:
            # The upper half of the first register is for the last part, its lower half for none.
            if self.register > 0:
                yield from show_segment(session, 2 * self.register - 2, values[0] & 3)
            segment = (2 * self.register - 1) % PAM_SEGMENTS
            yield from show_segment(session, segment, values[0] >> 4 & 3)

        carry_out(session, commands, follow)


def show_segment(session: Session, segment: int, mode: int) -> Iterator[Operation]:
    """Enable one of a part's aliases, counted from the lowest part, and disable the others."""
    named = rig_of(session).named
    ram, rom, both = named["pam-ram"], named["pam-rom"], named["pam-pci"]
    aliases = (both[2 * segment + 1], rom[segment], both[2 * segment], ram[segment])
    for number, alias in enumerate(aliases):
        yield SetProperty(alias, Property.ENABLED, number == mode)


class WriteSmram(NamedTuple):
    """Write a register about the memory that only system management sees. Rules: M4, M8."""

    offset: int
    value: int

    def perform(self, session: Session) -> None:
        """Write it, and compare."""
        commands = write(HOST_BRIDGE, self.offset, 1, self.value)
        if session.setup.machine == "q35":
            commands += read(HOST_BRIDGE, LOW_SMRAM, 1) + read(HOST_BRIDGE, HIGH_SMRAM, 1)
            carry_out(session, commands, lambda values: q35_smram(session, *values))
        else:
            commands += read(HOST_BRIDGE, self.offset, 1)
            carry_out(session, commands, lambda values: pc_smram(session, *values))


def pc_smram(session: Session, value: int) -> Iterator[Operation]:
    """What the one register of `pc` does: open to all, and enabled."""
    rig = rig_of(session)
    yield SetProperty(rig.region("smram-region"), Property.ENABLED, not value & 0x40)
    yield SetProperty(rig.named["smram"][-1], Property.ENABLED, bool(value & 0x08))


def q35_smram(session: Session, low: int, high: int) -> Iterator[Operation]:
    """What the two registers of `q35` do: the same, the upper place for it, and TSEG below 4 GiB.

    Part of RAM's end is hidden from all but system management. It moves with its size, and what
    hides it is added anew each time. Rules: M3, M4.
    """
    rig, system = rig_of(session), rig_of(session).region("system")
    is_open, enabled, upper = bool(low & 0x40), bool(low & 0x08), bool(high & 0x80)

    def enable(name: str, value: bool) -> Operation:
        return SetProperty(rig.region(name), Property.ENABLED, value)

    yield enable("smram-region", upper or not is_open)
    yield enable("smram-open-high", upper and is_open)
    yield enable("smram-low", enabled and not upper)
    yield enable("smram-high", enabled and upper)
    size = {0: 1, 1: 2, 2: 8, 3: 16}[high >> 1 & 3] << 20 if high & 1 and enabled else 0
    regions = session.target.topology.regions
    ram = regions[rig.region("ram-below-4g")].size
    hole, window = rig.region("tseg-blackhole"), rig.region("tseg-window")
    yield DelSubregion(system, hole)
    yield SetProperty(hole, Property.ENABLED, size > 0)
    yield SetProperty(hole, Property.SIZE, size)
    yield AddSubregion(system, hole, ram - size, 1)
    yield SetProperty(window, Property.ENABLED, size > 0)
    yield SetProperty(window, Property.SIZE, size)
    yield SetProperty(window, Property.ADDRESS, ram - size)
    yield SetProperty(window, Property.ALIAS_OFFSET, ram - size)


class MovePowerManagement(NamedTuple):
    """Give the power management's ports a first one, and enable them or not. Rules: M4, M8."""

    port: int
    enabled: bool

    def perform(self, session: Session) -> None:
        """Write both, and compare: the region is moved, whether it is enabled or not."""
        is_q35 = session.setup.machine == "q35"
        place = ICH9_LPC if is_q35 else PIIX4_PM
        size, enable_at, bit = (0x80, 0x44, 0x80) if is_q35 else (0x40, 0x80, 1)
        port = self.port & 0xFFFF & -size
        if rig_of(session).is_kept_free(port, size):
            return
        commands = read(place, enable_at, 1) + write(place, 0x40, 4, port)
        commands += write(place, enable_at, 1, bit if self.enabled else 0)
        region = rig_of(session).region("ich9-pm" if is_q35 else "piix4-pm")

        def follow(values: list[int]) -> Iterator[Operation]:
            # Where it is not enabled, q35 has it at 0; the port is written before it is enabled.
            at_first = port if not is_q35 or values[0] & bit else 0
            at_last = port if not is_q35 or self.enabled else 0
            yield SetProperty(region, Property.ADDRESS, at_first)
            yield SetProperty(region, Property.ADDRESS, at_last)
            yield SetProperty(
                region, Property.ENABLED, self.enabled and (at_last > 0 or not is_q35)
            )

        carry_out(session, commands, follow)


class MoveConfigurationWindow(NamedTuple):
    """Show configuration space in memory, as q35 can, in place of what is there. Rules: M3, R4.

    `length` is its code: 256, 128 or 64 MiB.
    """

    address: int
    length: int
    enabled: bool

    def perform(self, session: Session) -> None:
        """Write it, and compare: the region is added anew, with priority 0, each time."""
        if session.setup.machine != "q35":
            return
        value = (self.address & ~0x3FFFFFF) | self.length << 1 | int(self.enabled)
        commands = write(HOST_BRIDGE, 0x60, 4, value & ~1 & 0xFFFFFFFF)
        commands += write(HOST_BRIDGE, 0x64, 4, value >> 32)
        commands += write(HOST_BRIDGE, 0x60, 4, value & 0xFFFFFFFF)
        commands += read(HOST_BRIDGE, 0x60) + read(HOST_BRIDGE, 0x64)
        rig = rig_of(session)
        region, system = rig.region("pcie-mmcfg-mmio"), rig.region("system")

        def follow(values: list[int]) -> Iterator[Operation]:
            now = values[0] | values[1] << 32
            size, mask = CONFIGURATION_WINDOWS[now >> 1 & 3]
            if session.target.topology.regions[region].container is not None:
                yield DelSubregion(system, region)
            if now & 1:
                yield SetProperty(region, Property.SIZE, size)
                yield AddSubregion(system, region, now & mask, 0)

        carry_out(session, commands, follow)


class MoveRootComplex(NamedTuple):
    """Place the root complex's registers of q35 in memory, or nowhere. Rules: M3."""

    address: int
    enabled: bool

    def perform(self, session: Session) -> None:
        """Write it, and compare: the region is added anew, with priority 1, each time."""
        if session.setup.machine != "q35":
            return
        value = (self.address & 0xFFFFC000) | int(self.enabled)
        commands = write(ICH9_LPC, 0xF0, 4, value) + read(ICH9_LPC, 0xF0)
        rig = rig_of(session)
        region, system = rig.region("lpc-rcrb-mmio"), rig.region("system")

        def follow(values: list[int]) -> Iterator[Operation]:
            if session.target.topology.regions[region].container is not None:
                yield DelSubregion(system, region)
            if values[0] & 1:
                yield AddSubregion(system, region, values[0] & 0xFFFFC000, 1)

        carry_out(session, commands, follow)
