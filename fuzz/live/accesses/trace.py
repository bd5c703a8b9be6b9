"""What QEMU logs of accesses: each callback of a device, and each access that it refuses."""

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from fuzz.machines.region_table import scenario_name
from fuzz.qemu.errors import QemuFault

NO_REGION = "(null)"
"""How QEMU prints the name of the unassigned section's region, which has none. Rules: D2."""

PASSED_OVER = ("flatview_new ", "flatview_destroy ", "flatview_destroy_rcu ")
"""How the lines of other trace events begin that are logged beside those of accesses."""

_CALLBACK = re.compile(
    r"memory_region_ops_(read|write) cpu -?\d+ mr (0x[0-9a-f]+)"
    r" addr 0x([0-9a-f]+) value 0x([0-9a-f]+) size (\d{1,2}) name '(.*)'"
)
_REFUSAL = re.compile(
    r"Invalid (read|write) at addr 0x([0-9A-Fa-f]+), size (\d{1,2}), region '(.*)', reason: (.+)"
)


class TraceFault(QemuFault):
    """The log cannot be what QEMU did: lines are missing, or are not known."""


class Callback(NamedTuple):
    """One callback of a device, by the region's name in scenarios.

    `address` is where its bytes lie if each region is where its containers have it, whatever alias
    led there. `value` is cut to `size` bytes, which QEMU does not do. `pointer` is where the region
    is in QEMU. Rules: A7.
    """

    is_write: bool
    region: str
    address: int
    size: int
    value: int
    pointer: str


class Refusal(NamedTuple):
    """One access that was not let in; `region` is None where nothing is.

    `offset` is the region's own, and an address where nothing is. Rules: A4, A6, X4.
    """

    is_write: bool
    region: str | None
    offset: int
    size: int


def read_log(lines: Iterable[str], messages: tuple[str, ...] = ()) -> Iterator[Callback | Refusal]:
    """What log lines say of accesses, in order.

    `messages` are how lines begin that devices log in their own words. Raises TraceFault for any
    other line. Rules: A4, A6, A7.
    """
    passed_over = (*PASSED_OVER, *messages)
    for line in lines:
        found = _CALLBACK.fullmatch(line)
        if found is not None:
            verb, pointer, address, value, size, name = found.groups()
            length = int(size)
            cut = int(value, 16) & ((1 << 8 * length) - 1)
            region, at = scenario_name(name), int(address, 16)
            yield Callback(verb == "write", region, at, length, cut, pointer)
            continue
        found = _REFUSAL.fullmatch(line)
        if found is not None:
            verb, offset, size, name, _ = found.groups()
            refusing = None if name == NO_REGION else scenario_name(name)
            yield Refusal(verb == "write", refusing, int(offset, 16), int(size))
        elif not line.startswith(passed_over):
            raise TraceFault(f"a line of the log that is not known: {line[:200]!r}")
