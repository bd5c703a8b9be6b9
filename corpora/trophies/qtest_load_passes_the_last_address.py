"""A qtest load of 2 or 4 bytes that begins in the last ones of flash ends QEMU.

Loads are not cut where the flash ends, as reads of any length are: its memory is overrun.
"""

import signal
import sys

from standing_machine import Ended, Machine, run, tell

FLASH = "if=pflash,format=raw,file.driver=null-co,file.size=4M,file.read-zeroes=on"
LOADS = ("readw 0xffffffff", "readl 0xfffffffe")


def look(qemu: str) -> bool:
    """Whether the loads end QEMU, which a read of the same bytes does not."""
    tell("expected: an answer, as to `read`, which goes on behind the flash")
    found = True
    for load in LOADS:
        with Machine(qemu, "pc", "-drive", FLASH) as machine:
            tell(f"read 0xfffffffe 4: {machine.qtest('read 0xfffffffe 4')}")
            try:
                tell(f"{load}: {machine.answer(load)}")
                found = False
            except Ended as ended:
                tell(f"{load}: QEMU ends, {ended}")
                found = found and ended.signal in (signal.SIGSEGV, signal.SIGBUS)
    return found


if __name__ == "__main__":
    sys.exit(run(look, __doc__, "qemu-system-x86_64"))
