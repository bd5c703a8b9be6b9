"""Coalesced ranges: where a region's writes may be collected, and which parts a section shows."""

from collections.abc import Iterator

from impl.region import TOP, MemoryMapError, MemoryRegion, check_address
from impl.view import FlatRange

Span = tuple[int, int]
"""First address or offset, and the first one after it."""


class CoalescedRanges:
    """The coalesced ranges of all regions that have any, oldest first."""

    __slots__ = ("_of_region",)

    def __init__(self) -> None:
        self._of_region: dict[MemoryRegion, list[Span]] = {}

    def add(self, region: MemoryRegion, offset: int, size: int) -> Span:
        """One more range of a region, in bytes; it may overlap others. Raises MemoryMapError.

        Rules: T7.
        """
        check_address("offset", offset)
        if not 0 <= size < TOP:
            raise MemoryMapError(f"coalesced size {size:#x} is not within 0 to 2^64 - 1")
        span = (offset, offset + size)
        self._of_region.setdefault(region, []).append(span)
        return span

    def clear(self, region: MemoryRegion) -> list[Span]:
        """Forget all ranges of a region; what they were. Rules: T7."""
        return self._of_region.pop(region, [])

    def parts(self, section: FlatRange) -> Iterator[Span]:
        """What a section shows of its region's ranges, as addresses. Rules: T4."""
        for span in self._of_region.get(section.region, ()):
            shown = part(section, span)
            if shown is not None:
                yield shown

    def leading_parts(self, section: FlatRange) -> Iterator[Span]:
        """The same, but nothing that comes after a range that the section does not show.

        Rules: T7.
        """
        for span in self._of_region.get(section.region, ()):
            shown = part(section, span)
            if shown is None:
                return
            yield shown


def part(section: FlatRange, span: Span) -> Span | None:
    """What a section shows of a range of offsets, as addresses; None if nothing.

    An empty range is shown where it lies inside the section. Rules: R2, T7.
    """
    start, end = (offset - section.offset + section.start for offset in span)
    if start == end:
        return (start, end) if section.start <= start < section.end else None
    start, end = max(start, section.start), min(end, section.end)
    return (start, end) if start < end else None
