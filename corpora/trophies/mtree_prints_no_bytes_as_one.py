"""`info mtree` prints a region of no bytes like a region of one byte.

The windows of a PCI bridge that are closed have no bytes; the trees show them over address 0.
"""

import re
import sys

from standing_machine import CannotTry, Machine, run, tell

WINDOW = re.compile(r"^\s*0{16}-0{16} .*alias (pci_bridge_\w+) @.*$", re.MULTILINE)


def look(qemu: str) -> bool:
    """Whether closed windows are printed as one byte that no view has."""
    with Machine(qemu, "pc", "-device", "pci-bridge,chassis_nr=1,addr=5") as machine:
        trees, views = machine.monitor("info mtree"), machine.monitor("info mtree -f")
    if "pci_bridge_" not in trees:
        raise CannotTry("this QEMU prints no windows of bridges")
    lines = [found[0].strip() for found in WINDOW.finditer(trees)]
    shown = [line.strip() for line in views.splitlines() if "pci_bridge_" in line]
    for line in lines[:1]:
        tell(f"printed {len(lines)} times: {line}")
    tell(f"in views: {shown or 'nothing of it'}")
    tell("expected: something that tells no bytes from one")
    return bool(lines) and not shown


if __name__ == "__main__":
    sys.exit(run(look, __doc__, "qemu-system-x86_64"))
