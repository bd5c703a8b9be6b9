"""A device takes bytes of an access that lie in another device's section.

Port 0xcf9 belongs to another device than those around it. An access of 4 bytes at 0xcf8 goes whole
to the device of its first byte.
"""

import sys

from standing_machine import CannotTry, Machine, run, tell

WRITTEN = "memory_region_ops_write"


def look(qemu: str) -> bool:
    """Whether 4 bytes at 0xcf8 are one callback, although the byte at 0xcf9 is another's."""
    with Machine(qemu, "pc", traces=WRITTEN) as machine:
        machine.qtest("readb 0x0")
        machine.logged()
        machine.qtest("outb 0xcf9 0x0")
        alone = callbacks(machine)[0]
        machine.qtest("outl 0xcf8 0x80000058")
        together = callbacks(machine)
    tell(f"1 byte at 0xcf9: {alone}")
    for one in together:
        tell(f"4 bytes at 0xcf8: {one}")
    tell("by the view: a byte each at 0xcf8 and 0xcf9, and 2 bytes at 0xcfa")
    return len(together) == 1 and "size 4" in together[0] and owner(together[0]) != owner(alone)


def callbacks(machine: Machine) -> list[str]:
    """The device callbacks since the last look."""
    lines = [one for one in machine.logged() if one.startswith(WRITTEN)]
    if not lines:
        raise CannotTry("this QEMU traces no device callbacks")
    return lines


def owner(line: str) -> str:
    """The region that a traced callback names."""
    return line.rpartition(" name ")[2]


if __name__ == "__main__":
    sys.exit(run(look, __doc__, "qemu-system-x86_64"))
