"""The shadow RAM registers (PAM) of machine `pc`: writing them commits for certain."""

from collections.abc import Callable
from random import Random
from typing import NamedTuple

from fuzz.live.changes.chipset import HOST_BRIDGE, PAM_OFFSETS
from fuzz.live.changes.pci_configuration import write
from fuzz.live.emulator import Emulator
from fuzz.live.process import LiveMachine
from fuzz.live.reading import read_machine
from fuzz.live.view_lives.lifecycle import Compared, LifecycleComparison, in_order_of_creation
from fuzz.machines.region_table import Table
from fuzz.operations import Begin, Commit, Operation, Property, SetProperty
from fuzz.targets.interface import Settings
from fuzz.targets.model import ModelTarget

PC_SPACES = ("memory", "I-O", "cpu-memory-0", "cpu-smm-0")
"""The first address spaces of `pc`, in order of creation; those of PCI devices come later."""

FIRST = PAM_OFFSETS["pc"]


class Pam:
    """What the registers do to the regions of a pc: of each segment, one alias of four shows."""

    def __init__(self, regions: Table) -> None:
        self.segments: dict[int, list[str]] = {}
        for region in regions.values():
            if region.name.startswith("pam-"):
                # Printed, and so kept: RAM, RAM for writes only, ROM, PCI: the bits 3, 2, 1 and 0.
                self.segments.setdefault(region.addr, []).insert(0, region.id)
        self.modes = dict.fromkeys(self.segments, 0)

    def write(self, register: int, *values: int) -> list[Operation]:
        """What one write of configuration bytes from a register on does: one transaction."""
        operations: list[Operation] = [Begin()]
        written = dict(enumerate(values, register))
        for address, aliases in self.segments.items():
            register, shift = register_of(address)
            operations.append(SetProperty(aliases[self.modes[address]], Property.ENABLED, 0))
            if register in written:
                self.modes[address] = written[register] >> shift & 3
            operations.append(SetProperty(aliases[self.modes[address]], Property.ENABLED, 1))
        return [*operations, Commit()]


def register_of(address: int) -> tuple[int, int]:
    """The register of a segment, and the lowest of its two bits there."""
    if address == 0xF0000:
        return FIRST, 4
    number = (address - 0xC0000) // 0x4000
    return FIRST + 1 + number // 2, 4 * (number % 2)


class PamMachine(NamedTuple):
    """A live pc, the comparison of its views' lives, and its PAM registers."""

    live: LiveMachine
    comparison: LifecycleComparison
    pam: Pam


def start_beside(
    emulator: Emulator, target_of: Callable[[Settings], ModelTarget] = ModelTarget
) -> PamMachine:
    """A pc that has printed no view since it was started, beside the specification.

    Raises what asking a machine raises. Its process is the caller's to end.
    """
    live = LiveMachine(emulator, "pc")
    try:
        read = read_machine(live)
        live.restart()  # as one that was never asked for its views: printing holds some of them
        target = target_of(read.settings)
        for operation in in_order_of_creation(read.operations, PC_SPACES):
            target.apply(operation)
        return PamMachine(live, LifecycleComparison(live, target), Pam(read.machine.regions))
    except BaseException:
        live.close()
        raise


def write_at_random(machine: PamMachine, random: Random) -> Compared:
    """Write one PAM register, and compare what becomes of the views."""
    register, value = random.randrange(FIRST, FIRST + 7), random.randrange(256)
    commands = write(HOST_BRIDGE, register, 1, value)
    return machine.comparison.step(commands, machine.pam.write(register, value))
