"""A reset of machine `pc` leaves the shadow RAM registers, and what they map, as they are."""

import sys
import time

from standing_machine import PATIENCE, CannotTry, Machine, configure, configured, run, tell

HOST_BRIDGE, SHADOW = 0, 0x5A
TEST_DEVICE, COMMAND = 5 << 3, 0x04
ENABLED = 0x3


def look(qemu: str) -> bool:
    """Whether a shadow RAM register is not what it is after power-on."""
    with Machine(qemu, "pc", "-device", "pci-testdev,addr=5") as machine:
        at_first = configured(machine, HOST_BRIDGE, SHADOW, "b")
        configure(machine, HOST_BRIDGE, SHADOW, "b", 0x33)
        configure(machine, TEST_DEVICE, COMMAND, "w", ENABLED)
        machine.qmp("system_reset")
        deadline = time.monotonic() + PATIENCE
        while configured(machine, TEST_DEVICE, COMMAND, "w") & ENABLED:
            if time.monotonic() > deadline:
                raise CannotTry("the reset has not reached a device that it should")
            time.sleep(0.05)
        after = configured(machine, HOST_BRIDGE, SHADOW, "b")
        shown = [line for line in machine.monitor("info mtree").splitlines() if is_shown(line)]
    tell(f"register 0x5a: {at_first:#x} at power-on, set to 0x33, {after:#x} after a reset")
    tell(f"mapped: {shown[0].strip() if shown else 'nothing'}")
    tell("expected: 0x0, as at power-on; a device's command register is reset")
    return after != at_first


def is_shown(line: str) -> bool:
    """Whether a line of `info mtree` is the alias that shows at 0xc0000."""
    return "00000000000c0000-" in line and "alias pam-" in line and "[disabled]" not in line


if __name__ == "__main__":
    sys.exit(run(look, __doc__, "qemu-system-x86_64"))
