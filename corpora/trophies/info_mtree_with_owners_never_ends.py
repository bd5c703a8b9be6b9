"""`info mtree -o` of machine `magnum` never ends: QEMU hangs."""

import sys

from standing_machine import CannotTry, Machine, run, tell

SECONDS = 3


def look(qemu: str) -> bool:
    """Whether printing with owners does not end, though printing without does at once."""
    tell("expected: the region tree, with the owner of each region")
    with Machine(qemu, "magnum") as machine:
        tell(f"info mtree: {len(machine.monitor('info mtree').splitlines())} lines")
        machine.be_patient_for(SECONDS)
        try:
            tell(f"info mtree -o: {len(machine.monitor('info mtree -o').splitlines())} lines")
        except CannotTry as error:
            tell(f"info mtree -o: {error}")
            return "no answer" in str(error)
    return False


if __name__ == "__main__":
    sys.exit(run(look, __doc__, "qemu-system-mips64"))
