"""The sweep over windows: which is in front at each address, in O(n log n) of their number.

It walks the windows upwards by where they begin. The one in front is kept at hand; those behind it
that reach further wait in a heap, the front one on top.
"""

from __future__ import annotations

from heapq import heappop, heappush
from itertools import chain
from operator import is_
from typing import Any

from impl.children import Window
from impl.flags import RangeFlags
from impl.region import TOP
from impl.view import FlatRange

new_tuple = tuple.__new__
"""Makes a range in less than half the time that a call of its class takes."""


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


def shown(windows: list[Window]) -> list[FlatRange]:
    """What is in front, run by run, of windows that come by where they begin. Rules: R4, R5, R6.

    Ranges are made where they end, without a call, which would cost as much as all the rest.
    """
    ranges: list[FlatRange] = []
    waiting: list[tuple[tuple[int, ...], int, Window]] = []
    front: Window | None = None
    cursor = front_end = 0
    front_rank: tuple[int, ...] = ()
    for window in chain(windows, AFTER_ALL):
        start, rank, end, _, _, _ = window
        while front is not None and front_end <= start:
            made = (cursor, front_end, front[3], cursor - front[4], front[5])
            ranges.append(new_tuple(FlatRange, made))
            cursor, front = front_end, None
            while waiting and front is None:
                front_rank, front_end, following = heappop(waiting)
                if front_end > cursor:
                    front = following
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
    return ranges


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
