"""What differs between two views of an address space, and who wants to hear of what does not."""

from __future__ import annotations

from impl.flags import RangeFlags
from impl.memory_listener import MemoryListener
from impl.view import FlatRange, FlatView


def differing(old: FlatView, new: FlatView) -> tuple[list[FlatRange], list[FlatRange]]:
    """The ranges that only the old view has, and those that only the new has, ascending.

    The same range in both is one object, unless it was rendered anew.
    """
    before, after = set(old.chunks), set(new.chunks)
    gone = [one for chunk in old.chunks if chunk not in after for one in chunk.ranges]
    come = [one for chunk in new.chunks if chunk not in before for one in chunk.ranges]
    kept = set(map(id, gone)).intersection(map(id, come))
    return (
        [one for one in gone if id(one) not in kept],
        [one for one in come if id(one) not in kept],
    )


def hears_of_what_stays(listener: MemoryListener) -> bool:
    """Whether a listener does anything when it is told that a section stays."""
    return getattr(type(listener), "region_nop", None) is not MemoryListener.region_nop


def is_same(one: FlatRange, other: FlatRange | None) -> bool:
    """Whether a range stays; its dirty mask does not matter. Rules: T4."""
    return (
        other is not None
        and one[:4] == other[:4]
        and with_mask(one.flags, other.flags.dirty_log_mask) == other.flags
    )


def with_mask(flags: RangeFlags, mask: int) -> RangeFlags:
    """Flags with another dirty mask."""
    return flags if mask == flags.dirty_log_mask else flags._replace(dirty_log_mask=mask)
