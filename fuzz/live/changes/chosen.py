"""Live PCs whose topology is changed at random: the machines, and how changes are chosen."""

from collections.abc import Callable
from random import Random

from fuzz.live.changes.chipset import (
    HIGH_SMRAM,
    HOST_BRIDGE,
    ICH9_LPC,
    LOW_SMRAM,
    PIIX4_PM,
    MoveConfigurationWindow,
    MovePowerManagement,
    MoveRootComplex,
    WritePam,
    WriteSmram,
)
from fuzz.live.changes.hardware import find_functions
from fuzz.live.changes.pci import MoveBar, SetCommand, SetWindow
from fuzz.live.changes.pci_configuration import write
from fuzz.live.changes.plug import (
    MEMORY_HOTPLUG,
    MEMORY_ID,
    MEMORY_REGION,
    PCI_HOTPLUG,
    PLUGGED,
    Plug,
    PlugMemory,
    Unplug,
    UnplugMemory,
)
from fuzz.live.changes.rig import make_rig, rig_of
from fuzz.live.session import Action, Session, Setup
from fuzz.operations import Property, SetProperty

ROOM = "-m 128M,slots=2,maxmem=1G"
MEMORY = (
    "-object memory-backend-ram,id=shared,size=16M,share=on "
    f"-object memory-backend-ram,id={MEMORY_REGION},size=128M "
    f"-device pc-dimm,id={MEMORY_ID},memdev={MEMORY_REGION}"
)
DEVICES = (
    "-device edu,id=edu "
    "-device pci-testdev,id=testdev,membar=64K "
    "-device rtl8139,romfile=,id=rtl8139 "
    "-device pcnet,romfile=,id=pcnet "
    "-device ivshmem-plain,memdev=shared,id=shared-memory "
    "-device VGA,romfile=,id=vga"
)
PC_ONLY = (
    "-device pci-bridge,id=bridge,chassis_nr=1 "
    "-device edu,id=behind-edu,bus=bridge,addr=1 "
    "-device rtl8139,romfile=,id=behind-rtl8139,bus=bridge,addr=2 "
    "-device pci-testdev,id=hot-testdev,addr=0x10 "
    "-device nvme,serial=2,id=hot-nvme,addr=0x11"
)
Q35_ONLY = (
    "-device pcie-root-port,id=root-port,chassis=1 "
    "-device nvme,id=behind-nvme,serial=1,bus=root-port,multifunction=on "
    "-device rtl8139,romfile=,id=port-rtl8139,bus=root-port,addr=0.1 "
    "-device pci-bridge,id=hot-bridge,chassis_nr=2 "
    "-device edu,id=behind-edu,bus=hot-bridge,addr=1 "
    "-device rtl8139,romfile=,id=behind-rtl8139,bus=hot-bridge,addr=2 "
    "-device pci-testdev,id=hot-testdev,bus=hot-bridge,addr=0x10 "
    "-device nvme,serial=2,id=hot-nvme,bus=hot-bridge,addr=0x11"
)

GIB, MIB = 1 << 30, 1 << 20
PLACES = (
    0, 0x1000, 0x80000, 0xA0000, 0xB8000, 0xC0000, 0xC4000, 0xE0000, 0xF0000, MIB, 127 * MIB,
    128 * MIB, 0xD0000000, 0xD0100000, 0xD4000000, 0xD8000000, 0xFEC00000, 0xFED00000, 0xFED1C000,
    0xFEE00000, 0xFFFC0000, 0xFFFFF000, 4 * GIB, 4 * GIB + 64 * MIB, 1 << 40, 1 << 63,
)  # fmt: skip
"""Where there is something on a PC, or just beside it."""

PORTS = (0, 0x40, 0x60, 0x70, 0x1CE, 0x3B0, 0x3C0, 0x5658, 0x6000, 0x6040, 0x7000, 0xB000, 0xFFC0)
TOP_OF_MEMORY = 1 << 64


def prepare(session: Session) -> None:
    """Find what the machine consists of, and begin with all of it in place."""
    machine = session.setup.machine
    if machine == "q35":
        extra = write(ICH9_LPC, 0x40, 4, 0x600) + write(ICH9_LPC, 0x44, 1, 0x80)
        extra += write(ICH9_LPC, 0xF0, 4, 0xFED1C001)
        extra += write(HOST_BRIDGE, 0x64, 4, 0) + write(HOST_BRIDGE, 0x60, 4, 0xB0000001)
        extra += write(HOST_BRIDGE, LOW_SMRAM, 1, 0x0A) + write(HOST_BRIDGE, HIGH_SMRAM, 1, 1)
    else:
        extra = write(PIIX4_PM, 0x40, 4, 0x600) + write(PIIX4_PM, 0x80, 1, 1)
    functions = find_functions(session, extra)
    kept_free = ((PCI_HOTPLUG[machine], 0x18), (MEMORY_HOTPLUG, 0x18))
    make_rig(session, functions, kept_free)
    # No tree shows that these aliases are read-only, and no view yet.
    for alias in rig_of(session).named["pam-rom"]:
        session.apply(SetProperty(alias, Property.READONLY, 1))


def choose_change(session: Session, rng: Random) -> Action:
    """A change of topology, at random: most of them move BARs."""
    choices, weights = zip(*CHOICES, strict=True)
    choose: Callable[[Session, Random], Action] = rng.choices(choices, weights)[0]
    return choose(session, rng)


def any_pam(session: Session, rng: Random) -> Action:
    """A PAM register."""
    return WritePam(rng.randrange(7), rng.randrange(256))


def any_smram(session: Session, rng: Random) -> Action:
    """A register about SMRAM; what locks them until the machine starts anew is seldom set."""
    value = rng.randrange(256)
    if session.setup.machine == "pc":
        return WriteSmram(0x72, value)
    if rng.random() < 0.98:
        value &= ~0x10
    return WriteSmram(rng.choice((LOW_SMRAM, HIGH_SMRAM)), value)


def any_bar(session: Session, rng: Random) -> Action:
    """A BAR, mostly placed where something is."""
    function = rng.choice([*rig_of(session).functions.values()])
    number = rng.randrange(len(function.bars))
    bar = function.bars[number]
    if bar.is_io:
        port = rng.choice((*PORTS, rng.randrange(0x10000), rng.randrange(0x20000)))
        return MoveBar(function.name, number, (port + rng.randrange(-2, 3) * bar.size) & 0xFFFFFFFF)
    address = any_address(session, rng)
    return MoveBar(function.name, number, address % TOP_OF_MEMORY)


def any_address(session: Session, rng: Random) -> int:
    """An address in memory, of something or beside it."""
    regions = session.target.topology.regions
    address = rng.choice(PLACES)
    if rng.random() < 0.4:
        bars = [bar for one in rig_of(session).functions.values() for bar in one.bars]
        bar = rng.choice([one for one in bars if not one.is_io])
        address = regions[bar.region].addr + rng.choice((0, 0, bar.size, -bar.size, bar.size // 2))
    if rng.random() < 0.3:
        address += rng.randrange(-4, 5) * (1 << rng.randrange(4, 25))
    if rng.random() < 0.05:
        address = rng.randrange(TOP_OF_MEMORY)
    return address


def any_command(session: Session, rng: Random) -> Action:
    """A command register, with all enabled more often than not."""
    name = rng.choice([*rig_of(session).functions])
    return SetCommand(name, rng.choice((7, 7, 3, rng.randrange(8))))


def any_window(session: Session, rng: Random) -> Action:
    """A window of a bridge: some units long, now and then closed."""
    bridge = rng.choice([one for one in rig_of(session).functions.values() if one.windows])
    window = rng.choice(bridge.windows)[0]
    if window.kind == "io":
        first = rng.choice((*PORTS, rng.randrange(0x10000))) & -window.granule
    else:
        first = any_address(session, rng) % TOP_OF_MEMORY & -window.granule
    if window.kind == "memory":
        first &= 0xFFFFFFFF
    units = rng.choice((-1, 1, 1, 2, 16, 64))
    return SetWindow(bridge.name, window.kind, first, max(first + units * window.granule - 1, 0))


def any_plug(session: Session, rng: Random) -> Action:
    """Plugging in what is not, or unplugging what is."""
    if rng.random() < 0.3:
        region = rig_of(session).region(MEMORY_REGION)
        if session.target.topology.regions[region].container is not None:
            return UnplugMemory()
        return PlugMemory(rng.randrange(4) * 128 * MIB)
    name = rng.choice([*PLUGGED])
    plugged = rig_of(session).functions[name].space in session.target.topology.spaces
    return Unplug(name) if plugged else Plug(name)


def any_fixed_window(session: Session, rng: Random) -> Action:
    """One of the chipset's own windows."""
    if session.setup.machine == "q35" and rng.random() < 0.5:
        enabled = rng.random() < 0.8
        if rng.random() < 0.5:
            return MoveRootComplex(any_address(session, rng) & 0xFFFFFFFF, enabled)
        address = rng.choice((0, 0xB0000000, 0xD0000000, 0xF0000000, 4 * GIB, 8 * GIB))
        return MoveConfigurationWindow(
            address + rng.randrange(4) * 64 * MIB, rng.randrange(3), enabled
        )
    return MovePowerManagement(rng.choice((*PORTS, rng.randrange(0x10000))), rng.random() < 0.8)


CHOICES: tuple[tuple[Callable[[Session, Random], Action], int], ...] = (
    (any_bar, 40),
    (any_pam, 15),
    (any_smram, 8),
    (any_command, 12),
    (any_window, 12),
    (any_plug, 5),
    (any_fixed_window, 8),
)
"""How to choose each kind of change, and how often."""


def _setup(machine: str, only: str) -> Setup:
    arguments = f"{ROOM} {MEMORY} {DEVICES} {only}".split()
    return Setup(f"{machine}-changes", "x86_64", machine, tuple(arguments), choose_change, prepare)


PC = _setup("pc", PC_ONLY)
Q35 = _setup("q35", Q35_ONLY)
