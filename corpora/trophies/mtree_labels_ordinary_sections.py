"""`info mtree -f -d` labels ordinary sections `[not dirty]`, `[ROM]` and `[watch]`.

The labels are those of numbers 1 to 3, which once had a fixed meaning and now are any section's.
"""

import re
import sys

from standing_machine import CannotTry, Machine, run, tell

LABELLED = re.compile(r"^\s*#([123]) @.*\[(not dirty|ROM|watch)\]", re.MULTILINE)


def look(qemu: str) -> bool:
    """Whether a section of a device or of RAM has such a label."""
    with Machine(qemu, "pc") as machine:
        text = machine.monitor("info mtree -f -d")
    if "#0 @" not in text:
        raise CannotTry("this QEMU prints no sections")
    lines = [found[0].strip() for found in LABELLED.finditer(text)]
    for line in lines:
        tell(line)
    tell("expected: no labels; nothing is watched, and no section is special but #0")
    return bool(lines)


if __name__ == "__main__":
    sys.exit(run(look, __doc__, "qemu-system-x86_64"))
