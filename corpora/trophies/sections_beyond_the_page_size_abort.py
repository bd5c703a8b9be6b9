"""A view of more sections than a page has bytes ends QEMU, at an assertion.

Each device of one port costs a section, and one for what lies behind it: some 2,000 are enough.
"""

import re
import signal
import sys

from standing_machine import CannotTry, Ended, Machine, run, tell

FEW, MANY = 100, 2060
FIRST_PORT = 0x1000
SECTION = re.compile(r"#(\d+) @")


def look(qemu: str) -> bool:
    """Whether a machine of many small devices does not start, where one of few does."""
    tell("expected: as many devices as there are ports for, or that QEMU refuses one")
    with start(qemu, FEW) as machine:
        numbers = [int(one) for one in SECTION.findall(machine.monitor("info mtree -f -d"))]
    if not numbers:
        raise CannotTry("this QEMU prints no sections")
    tell(f"{FEW} devices: QEMU starts, and its largest view has {max(numbers) + 1} sections")
    try:
        with start(qemu, MANY):
            tell(f"{MANY} devices: QEMU starts")
    except Ended as ended:
        tell(f"{MANY} devices: QEMU ends, {ended}")
        return ended.signal == signal.SIGABRT
    return False


def start(qemu: str, count: int) -> Machine:
    """A machine with as many devices of one port, with a port between each two."""
    ports = range(FIRST_PORT, FIRST_PORT + 2 * count, 2)
    devices = [f"isa-debug-exit,iobase={port:#x},iosize=1" for port in ports]
    return Machine(
        qemu, "isapc", *(word for one in devices for word in ("-device", one)), slowness=10
    )


if __name__ == "__main__":
    sys.exit(run(look, __doc__, "qemu-system-x86_64"))
