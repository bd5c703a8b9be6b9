"""The sweep over windows: which is in front at each address, in O(n log n) of their number.

It walks the windows upwards by where they begin. The one in front is kept at hand; those behind it
that reach further wait in a heap, the front one on top.
"""

from __future__ import annotations

from collections.abc import Iterable
from heapq import heappop, heappush
from itertools import chain
from operator import is_
from typing import Any, NamedTuple

from impl.children import Window
from impl.flags import RangeFlags
from impl.region import TOP
from impl.view import FlatRange

new_tuple = tuple.__new__
"""Makes a range in less than half the time that a call of its class takes."""


Waiting = tuple[tuple[int, ...], int, Window]
"""A window behind the front one that reaches further: its rank, its end, and itself."""


class RenderAbort(Exception):
    """QEMU would abort while rendering this tree. Rules: R7."""


NOWHERE: Any = None
AFTER_ALL: tuple[Window] = ((2 * TOP, (), 2 * TOP, NOWHERE, 0, RangeFlags()),)
"""A window that begins when all others have ended."""


def sweep(windows: list[Window]) -> list[FlatRange]:
    """The flat ranges of what is in front, sorted and merged; `windows` is sorted for it.

    Raises RenderAbort. Rules: R4, R5, R6, R8.
    """
    windows.sort()
    check_abort(windows)
    return merged(shown(windows))


class Front(NamedTuple):
    """How far a sweep has come: the window in front, its rank, its end, and from where it shows."""

    window: Window | None
    rank: tuple[int, ...]
    end: int
    cursor: int


NOTHING_YET = Front(None, (), 0, 0)


def shown(windows: list[Window]) -> list[FlatRange]:
    """What is in front, run by run, of windows that come by where they begin. Rules: R4, R5, R6."""
    ranges: list[FlatRange] = []
    sweep_on(chain(windows, AFTER_ALL), ranges, [], NOTHING_YET)
    return ranges


def sweep_on(
    windows: Iterable[Window], ranges: list[FlatRange], waiting: list[Waiting], at: Front
) -> Front:
    """Go over more windows: add to the ranges and to what waits, and give the front there is then.

    Ranges are made where they end, without a call, which would cost as much as all the rest. What
    waited in vain, since the cursor has passed its end, is in front for no address. Rules: R4, R5.
    """
    front, front_rank, front_end, cursor = at
    for window in windows:
        start, rank, end, _, _, _ = window
        while front is not None and front_end <= start:
            if cursor < front_end:
                made = (cursor, front_end, front[3], cursor - front[4], front[5])
                ranges.append(new_tuple(FlatRange, made))
                cursor = front_end
            if waiting:
                front_rank, front_end, front = heappop(waiting)
            else:
                front = None
        if front is None:
            front, front_rank, front_end, cursor = window, rank, end, start
        elif rank < front_rank:
            if cursor < start:
                made = (cursor, start, front[3], cursor - front[4], front[5])
                ranges.append(new_tuple(FlatRange, made))
            if front_end > end:
                heappush(waiting, (front_rank, front_end, front))
            front, front_rank, front_end, cursor = window, rank, end, start
        elif end > front_end:
            heappush(waiting, (rank, end, window))
    return Front(front, front_rank, front_end, cursor)


def check_abort(windows: list[Window]) -> None:
    """Raise RenderAbort if a window of 2^64 bytes lies behind one range of 2^64 bytes.

    One range can cover everything only if the front window does. Windows are sorted. Rules: R7.
    """
    whole = []
    for window in windows:
        if window[0] > 0:
            break
        if window[2] == TOP:
            whole.append(window)
    if len(whole) > 1 and whole[0][1] == min(window[1] for window in windows):
        raise RenderAbort(f"{whole[1][3].name} lies wholly behind {whole[0][3].name}")


def merged(ranges: list[FlatRange]) -> list[FlatRange]:
    """Ranges, of which neighbours that may be merged are. Rules: R8."""
    regions = [one[2] for one in ranges]
    if not any(map(is_, regions, regions[1:])):
        return ranges
    joined = ranges[:1]
    for one in ranges[1:]:
        if joins(joined[-1], one):
            joined[-1] = joined[-1]._replace(end=one.end)
        else:
            joined.append(one)
    return joined


def joins(left: FlatRange, right: FlatRange) -> bool:
    """Whether two ranges are one: they meet, the region goes on, and no flag changes. Rules: R8."""
    return (
        left.end == right.start
        and left.region is right.region
        and left.offset + (left.end - left.start) == right.offset
        and left.flags == right.flags
        and not right.flags.unmergeable
    )
