"""The qtest command `read ADDRESS 0` ends QEMU, at an assertion."""

import signal
import sys

from standing_machine import Ended, Machine, run, tell

OTHERS = ("memset 0x1000 0 0xff", "b64read 0x1000 0", "write 0x1000 0 0x")
READ = "read 0x1000 0"


def look(qemu: str) -> bool:
    """Whether reading no bytes ends QEMU; other commands for no bytes do not."""
    tell("expected: an answer, if only that the size makes no sense")
    with Machine(qemu, "pc") as machine:
        machine.qtest("read 0x1000 4")
        for command in OTHERS:
            tell(f"{command}: {machine.answer(command)}")
        try:
            tell(f"{READ}: {machine.answer(READ)}")
        except Ended as ended:
            tell(f"{READ}: QEMU ends, {ended}")
            return ended.signal == signal.SIGABRT
    return False


if __name__ == "__main__":
    sys.exit(run(look, __doc__, "qemu-system-x86_64"))
