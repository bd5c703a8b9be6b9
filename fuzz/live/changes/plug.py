"""Devices and memory that are plugged and unplugged while the machine runs."""

from collections.abc import Iterator
from typing import NamedTuple

from fuzz.live.changes.pci import present
from fuzz.live.changes.rig import carry_out, rig_of
from fuzz.live.session import Session
from fuzz.operations import (
    AddSubregion,
    CreateSpace,
    DelSubregion,
    DestroySpace,
    Operation,
    Property,
    SetProperty,
)

PCI_HOTPLUG = {"pc": 0xAE00, "q35": 0xCC0}
"""The ports by which a guest has a device ejected: of a slot, below a bus that it selects."""

MEMORY_HOTPLUG = 0xA00

PLUGGED: dict[str, dict[str, object]] = {
    "hot-testdev": {"driver": "pci-testdev"},
    "hot-nvme": {"driver": "nvme", "serial": "2"},
}
"""The devices that are plugged and unplugged, all of them there at the start."""

MEMORY_ID, MEMORY_REGION = "hot-dimm", "dimm-memory"


class Plug(NamedTuple):
    """Plug a device in, by its name in `PLUGGED`, unless it is. Rules: T9."""

    device: str

    def perform(self, session: Session) -> None:
        """Do it, and compare: there is one more address space; no BAR has an address."""
        function = rig_of(session).functions[self.device]
        if present(session, self.device):
            return
        bus, slot = hot_bus(session), function.place.slot
        session.qmp(
            "device_add", id=self.device, bus=bus, addr=f"{slot:#x}", **PLUGGED[self.device]
        )

        def follow(values: list[int]) -> Iterator[Operation]:
            yield SetProperty(function.master, Property.ENABLED, 0)
            yield CreateSpace(function.space, function.root)

        carry_out(session, (), follow)


class Unplug(NamedTuple):
    """Unplug a device of `PLUGGED` if it is plugged in. Rules: L6."""

    device: str

    def perform(self, session: Session) -> None:
        """Ask QEMU for it, agree to it as a guest would, and compare."""
        function = present(session, self.device)
        if function is None:
            return
        session.qmp("device_del", id=self.device)
        port = PCI_HOTPLUG[session.setup.machine]
        commands = [
            f"outl {port + 0x10:#x} 0",
            f"outl {port + 0x08:#x} {1 << function.place.slot:#x}",
        ]

        def follow(values: list[int]) -> Iterator[Operation]:
            for bar in function.bars:
                container = session.target.topology.regions[bar.region].container
                if container is not None:
                    yield DelSubregion(container, bar.region)
            yield DestroySpace(function.space)

        carry_out(session, commands, follow)


class PlugMemory(NamedTuple):
    """Plug a memory module in at an offset into the room for such, unless it is. Rules: M3."""

    offset: int

    def perform(self, session: Session) -> None:
        """Do it, and compare."""
        rig, regions = rig_of(session), session.target.topology.regions
        room, region = rig.region("device-memory"), rig.region(MEMORY_REGION)
        if regions[region].container is not None:
            return
        address = regions[room].addr + self.offset
        session.qmp(
            "device_add", driver="pc-dimm", id=MEMORY_ID, memdev=MEMORY_REGION, addr=address
        )
        carry_out(session, (), lambda values: [AddSubregion(room, region, self.offset)])


class UnplugMemory(NamedTuple):
    """Unplug the memory module if it is plugged in. Rules: M3."""

    def perform(self, session: Session) -> None:
        """Ask QEMU for it, agree to it as a guest would, and compare."""
        rig = rig_of(session)
        room, region = rig.region("device-memory"), rig.region(MEMORY_REGION)
        if session.target.topology.regions[region].container is None:
            return
        session.qmp("device_del", id=MEMORY_ID)
        commands = [f"outl {MEMORY_HOTPLUG:#x} 0", f"outb {MEMORY_HOTPLUG + 0x14:#x} 8"]
        carry_out(session, commands, lambda values: [DelSubregion(room, region)])


def hot_bus(session: Session) -> str:
    """The bus that devices are plugged into."""
    return "pci.0" if session.setup.machine == "pc" else "hot-bridge"
