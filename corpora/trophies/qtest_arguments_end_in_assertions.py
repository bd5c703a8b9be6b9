"""qtest commands with arguments missing, or no number, or too large a size, end QEMU."""

import sys

from standing_machine import Ended, Machine, run, tell

COMMANDS = ("readb", "readb zz", "outb", "", "read 0x1000 0xffffffffffffffff")


def look(qemu: str) -> bool:
    """Whether any of the commands ends QEMU by a signal."""
    tell("expected: each is refused, as an unknown command is")
    ending = [command for command in COMMANDS if ends(qemu, command)]
    return bool(ending)


def ends(qemu: str, command: str) -> bool:
    """Whether a command ends QEMU by a signal."""
    with Machine(qemu, "pc") as machine:
        machine.qtest("readb 0x1000")
        try:
            tell(f"{command!r}: {machine.answer(command)}")
        except Ended as ended:
            tell(f"{command!r}: QEMU ends, {ended}")
            return ended.signal != 0
    return False


if __name__ == "__main__":
    sys.exit(run(look, __doc__, "qemu-system-x86_64"))
