"""A device writes RAM through an alias that is read-only, as shadow RAM is on machine `pc`.

Shadow RAM that is set to read-only is shown through a read-only alias of writable RAM. The
processor cannot write there. A device can: here fw_cfg, whose DMA copies its signature there.
"""

import struct
import sys

from standing_machine import CannotTry, Machine, configure, run, tell

HOST_BRIDGE, SHADOW = 0, 0x5A
READ_ONLY, WRITABLE = 0x11, 0x33
ADDRESS = 0xC0000
DESCRIPTOR = 0x1000
SELECT_SIGNATURE_AND_READ = 0xA
BEFORE = "0x0102030405060708"


def look(qemu: str) -> bool:
    """Whether RAM changes that is read-only."""
    with Machine(qemu, "pc") as machine:
        changed = [copy_signature(machine, shadow) for shadow in (WRITABLE, READ_ONLY)]
        configure(machine, HOST_BRIDGE, SHADOW, "b", READ_ONLY)
        views = machine.monitor("info mtree -f").splitlines()
    shown = next((line.strip() for line in views if f"{ADDRESS:016x}-" in line), "nothing")
    tell(f"read-only as QEMU prints it: {shown}")
    if ", rom)" not in shown:
        raise CannotTry("shadow RAM is not read-only")
    if not changed[0]:
        raise CannotTry("fw_cfg does not even write where RAM is writable")
    tell("expected: a write through a read-only alias changes nothing")
    return changed[1]


def copy_signature(machine: Machine, shadow: int) -> bool:
    """Have fw_cfg write its signature into shadow RAM of that mode; whether it arrives."""
    configure(machine, HOST_BRIDGE, SHADOW, "b", WRITABLE)
    machine.qtest(f"write {ADDRESS:#x} 8 {BEFORE}")
    configure(machine, HOST_BRIDGE, SHADOW, "b", shadow)
    descriptor = struct.pack(">IIQ", SELECT_SIGNATURE_AND_READ, 4, ADDRESS)
    machine.qtest(f"write {DESCRIPTOR:#x} 16 0x{descriptor.hex()}")
    machine.qtest("outl 0x514 0x0")
    machine.qtest(f"outl 0x518 {int.from_bytes(struct.pack('>I', DESCRIPTOR), 'little'):#x}")
    configure(machine, HOST_BRIDGE, SHADOW, "b", WRITABLE)
    after = machine.qtest(f"read {ADDRESS:#x} 8")
    mode = "read-only" if shadow == READ_ONLY else "writable"
    tell(f"shadow RAM {mode}: {BEFORE} before, {after} after the device's write")
    return after != BEFORE


if __name__ == "__main__":
    sys.exit(run(look, __doc__, "qemu-system-x86_64"))
