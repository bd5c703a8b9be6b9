"""A PCI device's i/o BAR that covers ports 0xcf8 to 0xcff cuts off PCI configuration for good.

BARs come before the board's own ports, so the BAR that was just set cannot be reached any more.
"""

import sys

from standing_machine import CannotTry, Machine, configure, configured, run, tell

TEST_DEVICE = 5 << 3
COMMAND, SECOND_BAR = 0x04, 0x14
IO_ENABLED = 1
HOST_BRIDGE_ID = 0x12378086


def look(qemu: str) -> bool:
    """Whether the host bridge can no longer be found behind a BAR."""
    with Machine(qemu, "pc", "-device", "pci-testdev,addr=5") as machine:
        found = [configured(machine, 0, 0, "l")]
        configure(machine, TEST_DEVICE, SECOND_BAR, "l", 0xC00)
        configure(machine, TEST_DEVICE, COMMAND, "w", IO_ENABLED)
        found.append(configured(machine, 0, 0, "l"))
    tell(f"identity of the host bridge: {found[0]:#x}; with a BAR at 0xc00: {found[1]:#x}")
    if found[0] != HOST_BRIDGE_ID:
        raise CannotTry("this is no pc")
    tell("expected of hardware: the host bridge answers at its ports before any device behind it")
    return found[1] != HOST_BRIDGE_ID


if __name__ == "__main__":
    sys.exit(run(look, __doc__, "qemu-system-x86_64"))
