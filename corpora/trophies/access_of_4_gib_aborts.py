"""An access of 2^32 bytes at a device ends QEMU, at an assertion about a value of no bytes.

What is left of an access is cut to 32 bits before it is cut to what the device takes.
"""

import signal
import sys

from standing_machine import Ended, Machine, run, tell

IOAPIC = 0xFEC00000


def look(qemu: str) -> bool:
    """Whether reading 2^32 bytes at the i/o APIC ends QEMU."""
    tell("expected: the access is cut into steps of 1 to 8 bytes, however long it is")
    with Machine(qemu, "pc") as machine:
        tell(f"4 bytes: {machine.qtest(f'read {IOAPIC:#x} 4')}")
        try:
            tell(f"2^32 bytes: {machine.answer(f'read {IOAPIC:#x} 0x100000000', 20)} ...")
        except Ended as ended:
            tell(f"2^32 bytes: QEMU ends, {ended}")
            return ended.signal == signal.SIGABRT
    return False


if __name__ == "__main__":
    sys.exit(run(look, __doc__, "qemu-system-x86_64"))
