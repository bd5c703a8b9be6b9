"""How much memory this process has, and whether it grows with what it runs."""

import os
import resource
import sys
from collections.abc import Mapping
from pathlib import Path

STATM = Path("/proc/self/statm")
MIB = 1 << 20

MOST_GROWTH = 1.25
"""How many times the memory of half the executions all of them may have and not be said to grow."""


def resident_mib() -> float:
    """MiB of memory that this process has now; where that cannot be had, the most it ever had."""
    if STATM.exists():
        return int(STATM.read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / MIB
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (MIB if sys.platform == "darwin" else 1024)


def growth(looks: Mapping[int, float]) -> str:
    """Why memory counts as growing with the executions; empty if it does not, or is not known to.

    `looks` are MiB after so many executions, in order.
    """
    last = max(looks, default=0)
    earlier = [after for after in looks if after <= last / 2]
    if not earlier or looks[last] <= MOST_GROWTH * looks[earlier[-1]]:
        return ""
    return (
        f"memory grows: {looks[earlier[-1]]:g} MiB after {earlier[-1]:,} executions, "
        f"{looks[last]:g} MiB after {last:,}"
    )
