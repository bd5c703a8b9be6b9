"""The sweep over windows: which is in front at each address, in O(n log n) of their number.

It walks the windows upwards by where they begin. The one in front is kept at hand; those behind it
that reach further wait in a heap, the front one on top.
"""

from __future__ import annotations

from heapq import heappop, heappush
from itertools import pairwise

from impl.children import Window
from impl.region import TOP
from impl.view import FlatRange

new_tuple = tuple.__new__
"""Makes a range in less than half the time that a call of its class takes."""


class RenderAbort(Exception):
    """QEMU would abort while rendering this tree. Rules: R7."""


def sweep(windows: list[Window]) -> list[FlatRange]:
    """The flat ranges of what is in front, sorted and merged; `windows` is sorted for it.

    Raises RenderAbort. Rules: R4, R5, R6, R8.
    """
    windows.sort()
    check_abort(windows)
    return merged(
        [
            new_tuple(FlatRange, (start, end, window[3], start - window[4], window[5]))
            for start, end, window in runs_of(windows)
        ]
    )


def runs_of(windows: list[Window]) -> list[tuple[int, int, Window]]:
    """The runs of addresses at which one window is in front: start, end, window. Rules: R4, R5.

    Windows come by where they begin.
    """
    runs: list[tuple[int, int, Window]] = []
    waiting: list[tuple[tuple[int, ...], int, Window]] = []
    front: Window | None = None
    cursor = front_end = 0
    front_rank: tuple[int, ...] = ()
    for window in windows:
        start, rank, end, _, _, _ = window
        while front is not None and front_end <= start:
            runs.append((cursor, front_end, front))
            cursor, front = front_end, None
            while waiting and front is None:
                front_rank, front_end, following = heappop(waiting)
                if front_end > cursor:
                    front = following
        if front is None:
            front, front_rank, front_end, cursor = window, rank, end, start
        elif rank < front_rank:
            if cursor < start:
                runs.append((cursor, start, front))
            if front_end > end:
                heappush(waiting, (front_rank, front_end, front))
            front, front_rank, front_end, cursor = window, rank, end, start
        elif end > front_end:
            heappush(waiting, (rank, end, window))
    while front is not None:
        runs.append((cursor, front_end, front))
        cursor, front = front_end, None
        while waiting and front is None:
            _, front_end, following = heappop(waiting)
            if front_end > cursor:
                front = following
    return runs


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
    if all(left.region is not right.region for left, right in pairwise(ranges)):
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
