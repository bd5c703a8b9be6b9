"""Reading the port of VMware's interface over qtest ends QEMU."""

import signal
import sys

from standing_machine import Ended, Machine, run, tell

READ = "inb 0x5658"


def look(qemu: str) -> bool:
    """Whether the read ends QEMU; of a machine without that port it does not."""
    tell("expected: an answer")
    with Machine(qemu, "pc,vmport=off") as machine:
        tell(f"without vmport, {READ}: {machine.qtest(READ)}")
    with Machine(qemu, "pc") as machine:
        try:
            tell(f"{READ}: {machine.answer(READ)}")
        except Ended as ended:
            tell(f"{READ}: QEMU ends, {ended}")
            return ended.signal == signal.SIGSEGV
    return False


if __name__ == "__main__":
    sys.exit(run(look, __doc__, "qemu-system-x86_64"))
