"""Drawing what an address space shows, for people."""

from __future__ import annotations

from collections.abc import Iterator

from impl.region import TOP
from impl.view import FlatRange, FlatView

UNITS = ("B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB")
LEAST_WIDTH = 24


def draw(view: FlatView) -> str:
    """A view as a column of boxes from address 0 upwards, with the name of what answers in each.

    Behind a name stand the offset of its first byte in the region, unless it is 0, what the range
    is besides (`ro` for read-only, `nv` for nonvolatile), and its size. Rules: R6.
    """
    boxes = list(boxes_of(view))
    width = max([LEAST_WIDTH, *(len(label) + len(size) + 2 for _, _, label, size in boxes)])
    lines = []
    for place, (start, _, label, size) in enumerate(boxes):
        edge = "├┤" if place else "┌┐"
        lines.append(f"{start:016x} {edge[0]}{'─' * (width + 2)}{edge[1]}")
        gap = " " * (width - len(label) - len(size))
        lines.append(f"{'':16} │ {label}{gap}{size} │")
    end = boxes[-1][1] - 1
    return "\n".join([*lines, f"{end:016x} └{'─' * (width + 2)}┘"])


def boxes_of(view: FlatView) -> Iterator[tuple[int, int, str, str]]:
    """All ranges and the holes between them: start, end, what is there, and its size."""
    cursor = 0
    for one in view:
        if cursor < one.start:
            yield cursor, one.start, "·", size_for_people(one.start - cursor)
        yield one.start, one.end, label_of(one), size_for_people(one.end - one.start)
        cursor = one.end
    if cursor < TOP:
        yield cursor, TOP, "·", size_for_people(TOP - cursor)


def label_of(one: FlatRange) -> str:
    """A range's region, the offset in it, and its flags."""
    offset = f" +{one.offset:#x}" if one.offset else ""
    readonly = " ro" if one.flags.readonly else ""
    nonvolatile = " nv" if one.flags.nonvolatile else ""
    return f"{one.region.name}{offset}{readonly}{nonvolatile}"


def size_for_people(size: int) -> str:
    """Bytes in the largest unit of which there is a whole number, or about so."""
    power = min((size.bit_length() - 1) // 10, len(UNITS) - 1)
    if size % (1 << 10 * power) == 0:
        return f"{size >> 10 * power} {UNITS[power]}"
    return f"{size / (1 << 10 * power):.2f} {UNITS[power]}"
