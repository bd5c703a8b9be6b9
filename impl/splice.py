"""Putting newly rendered ranges in the place of what a view showed there."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from itertools import chain
from operator import attrgetter

from impl.sweep import joins
from impl.view import Chunk, FlatRange, chunks_of

first_of: Callable[[Chunk], int] = attrgetter("first")
start_of: Callable[[FlatRange], int] = attrgetter("start")


def widened(chunks: Sequence[Chunk], start: int, end: int) -> tuple[int, int]:
    """A span, and with it all of the unmergeable ranges that touch its edges.

    Of an unmergeable range one cannot tell by R8 whether its parts belong together: it is rendered
    as a whole. What begins or ends where it does is apart from it before and after. Rules: R8.
    """
    first = max(bisect_left(chunks, start, key=first_of) - 1, 0)
    for one in chain.from_iterable(chunk.ranges for chunk in chunks[first:]):
        if one.start > end:
            break
        if one.flags.unmergeable and start <= one.end:
            start, end = min(start, one.start), max(end, one.end)
    return start, end


def spliced(
    chunks: Sequence[Chunk], start: int, end: int, rendered: list[FlatRange], most: int
) -> list[Chunk]:
    """Chunks where `rendered` stands between two addresses; they share all that is further off.

    No new chunk has more than `most` ranges. Rules: R8.
    """
    first = max(bisect_left(chunks, start, key=first_of) - 1, 0)
    last = bisect_right(chunks, end, key=first_of)
    ranges = list(chain.from_iterable(chunk.ranges for chunk in chunks[first:last]))
    before = ranges[: bisect_left(ranges, start, key=start_of)]
    after = ranges[bisect_left(ranges, end, key=start_of) :]
    reaching = ranges[len(ranges) - len(after) - 1] if len(after) < len(ranges) else None
    if before and before[-1].end > start:
        before[-1] = before[-1]._replace(end=start)
    if reaching is not None and reaching.end > end:
        offset = reaching.offset + (end - reaching.start)
        after.insert(0, reaching._replace(start=end, offset=offset))
    new = before
    for part in (rendered, after):
        if new and part and joins(new[-1], part[0]):
            new[-1] = new[-1]._replace(end=part[0].end)
            new += part[1:]
        else:
            new += part
    if len(new) < most // 2 and last < len(chunks):
        new += chunks[last].ranges
        last += 1
    return [*chunks[:first], *chunks_of(new, most), *chunks[last:]]
