"""Shared memory that was unplugged cannot be plugged in again: QEMU ends at an assertion."""

import signal
import sys

from standing_machine import CannotTry, Ended, Machine, run, tell

MEMORY = ("-object", "memory-backend-ram,id=shared,size=16M,share=on")
DEVICE = ("-device", "ivshmem-plain,memdev=shared,id=memory,addr=0x10")
SELECT_BUS, EJECT = "outl 0xae10 0", f"outl 0xae08 {1 << 0x10:#x}"


def look(qemu: str) -> bool:
    """Whether plugging the device in for the second time ends QEMU."""
    tell("expected: it is plugged in, or QEMU refuses it")
    with Machine(qemu, "pc", *MEMORY, *DEVICE) as machine:
        machine.qmp("device_del", id="memory")
        machine.qtest(SELECT_BUS)
        machine.qtest(EJECT)
        if "ivshmem" in machine.monitor("info pci") or "1af4:1110" in machine.monitor("info pci"):
            raise CannotTry("the device cannot be unplugged")
        tell("unplugged")
        try:
            machine.qmp("device_add", driver="ivshmem-plain", memdev="shared", id="again")
            tell("plugged in again")
        except Ended as ended:
            tell(f"plugged in again: QEMU ends, {ended}")
            return ended.signal == signal.SIGABRT
    return False


if __name__ == "__main__":
    sys.exit(run(look, __doc__, "qemu-system-x86_64"))
