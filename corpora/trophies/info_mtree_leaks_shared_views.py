"""`info mtree -f` keeps views that address spaces share from ever being destroyed.

It takes a reference to the view of each address space, and drops one for each view.
"""

import re
import sys
import time

from standing_machine import CannotTry, Machine, configure, run, tell

HOST_BRIDGE, SHADOW = 0, 0x5A
COMMITS = 10
EVENT = re.compile(r"(flatview_new|flatview_destroy) (0x[0-9a-f]+)")
REST = 0.5
"""Seconds without an event after which QEMU is taken to have destroyed what it will destroy."""


def look(qemu: str) -> bool:
    """Whether more views live after printing and replacing them than without printing."""
    left = {printing: views_left(qemu, printing) for printing in (False, True)}
    if left[False] != 0:
        raise CannotTry(f"views are left over without printing, too: {left[False]}")
    tell("expected: none is left over, printed or not")
    return left[True] > 0


def views_left(qemu: str, printing: bool) -> int:
    """How many views more live after replacing them some times, each time after printing them."""
    living: set[str] = set()
    with Machine(qemu, "pc", traces="flatview_new flatview_destroy") as machine:
        before = count(machine, living)
        for number in range(COMMITS):
            if printing:
                machine.monitor("info mtree -f")
            configure(machine, HOST_BRIDGE, SHADOW, "b", (0x11, 0x33)[number % 2])
        left = count(machine, living) - before
    how = "printing" if printing else "without printing"
    tell(f"{COMMITS} commits, {how}: {before} views before them, {left} left over")
    return left


def count(machine: Machine, living: set[str]) -> int:
    """How many views live, once QEMU is at rest."""
    quiet_since = time.monotonic()
    while time.monotonic() < quiet_since + REST:
        time.sleep(REST / 10)
        for event in filter(None, map(EVENT.match, machine.logged())):
            quiet_since = time.monotonic()
            if event[1] == "flatview_new":
                living.add(event[2])
            else:
                living.discard(event[2])
    if not living:
        raise CannotTry("this QEMU traces no views")
    return len(living)


if __name__ == "__main__":
    sys.exit(run(look, __doc__, "qemu-system-x86_64"))
