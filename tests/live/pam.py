"""The shadow RAM registers (PAM) of machine `pc`: writing them commits for certain."""

from fuzz.machines.region_table import Table
from fuzz.operations import Begin, Commit, Operation, Property, SetProperty

PC_SPACES = ("memory", "I-O", "cpu-memory-0", "cpu-smm-0")
"""The first address spaces of `pc`, in order of creation; those of PCI devices come later."""

FIRST = 0x59


def select(slot: int, register: int, function: int = 0) -> str:
    """The qtest command by which port 0xcfc leads to a PCI device's register, of 4 bytes."""
    return f"outl 0xcf8 {0x80000000 | slot << 11 | function << 8 | register:#x}"


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
