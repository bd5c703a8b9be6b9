"""The configuration window of q35 is placed by the wrong address bits when it is small."""

import re
import sys

from standing_machine import Machine, configure, run, tell

HOST_BRIDGE, WINDOW = 0, 0x60
ENABLED, OF_128_MIB = 1, 1 << 1
WANTED = 0x0C000000


def look(qemu: str) -> bool:
    """Whether a window of 128 MiB does not come to where its register says.

    Bit 27 of its address should count, and bits 26 and 25 should not, since it is 128 MiB long.
    """
    expected = WANTED & ~0x7FFFFFF
    tell(f"expected: written with {WANTED:#x}, the window is at {expected:#x}")
    with Machine(qemu, "q35") as machine:
        configure(machine, HOST_BRIDGE, WINDOW + 4, "l", 0)
        configure(machine, HOST_BRIDGE, WINDOW, "l", WANTED | OF_128_MIB | ENABLED)
        trees = machine.monitor("info mtree")
    found = re.search(r"([0-9a-f]{16})-[0-9a-f]{16} \(prio \d+, i/o\): pcie-mmcfg", trees)
    where = int(found[1], 16) if found else None
    tell(f"seen: it is at {where:#x}" if where is not None else "seen: it is nowhere")
    return where is not None and where != expected


if __name__ == "__main__":
    sys.exit(run(look, __doc__, "qemu-system-x86_64"))
