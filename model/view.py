"""Flat views: sorted ranges that do not overlap, and the two steps that build them."""

from collections.abc import Iterable
from typing import NamedTuple

from model.address_range import ADDRESS_SPACE_SIZE, AddressRange
from model.region import RegionId


class FlatRange(NamedTuple):
    """A run of addresses that one region answers.

    `offset` is where in the region the run begins. The dirty mask and the ROMD mode are the leaf's;
    the last three flags hold if any region or alias on the way to the leaf has them. Rules: R6.
    """

    region: RegionId
    offset: int
    start: int
    size: int
    dirty_log_mask: int = 0
    romd_mode: bool = True
    readonly: bool = False
    nonvolatile: bool = False
    unmergeable: bool = False

    @property
    def end(self) -> int:
        """The first address after the run. Rules: R5."""
        return self.start + self.size

    @property
    def addresses(self) -> AddressRange:
        """The run without what answers it. Rules: R5."""
        return AddressRange(self.start, self.size)


Ranges = tuple[FlatRange, ...]


class FlatView(NamedTuple):
    """What an address space publishes: the region that it was rendered from, and its ranges.

    `root` is None for the empty view, which all address spaces without any memory share.
    `serial` tells one rebuild's view from the next. Rules: R9, R11.
    """

    root: RegionId | None
    ranges: Ranges
    serial: int


EMPTY_VIEW = FlatView(root=None, ranges=(), serial=0)


class RenderAbort(Exception):
    """QEMU stops here: a checked 128-to-64-bit conversion fails. Rules: R7."""


def split(window: FlatRange, length: int) -> tuple[FlatRange, FlatRange]:
    """The first `length` bytes of a range, and the rest of it; either may be empty.

    Rules: R5, D3.
    """
    first = window._replace(size=length)
    rest = window._replace(
        offset=window.offset + length, start=window.start + length, size=window.size - length
    )
    return first, rest


def fill_step(window: FlatRange, earlier: FlatRange) -> tuple[FlatRange | None, FlatRange]:
    """Lay a region's window under one range that is already there.

    Gives the part of the window that shows before `earlier` (None if there is none) and the part
    that is still to be laid after it; what `earlier` hides is dropped. Raises RenderAbort when
    2^64 bytes are hidden at once. Rules: R5, R7.
    """
    if window.size == 0 or earlier.end <= window.start:
        return None, window
    gap = None
    if window.start < earlier.start:
        gap, window = split(window, min(window.size, earlier.start - window.start))
    hidden, window = split(window, min(window.end, earlier.end) - window.start)
    if hidden.size >= ADDRESS_SPACE_SIZE:
        raise RenderAbort("a range of 2^64 bytes hides another of 2^64 bytes")
    return gap, window


def fill(ranges: Ranges, window: FlatRange) -> Ranges:
    """Lay a region's window into the gaps of a view: earlier output always wins. Rules: R4, R5."""
    filled = []
    for earlier in ranges:
        gap, window = fill_step(window, earlier)
        if gap is not None:
            filled.append(gap)
        filled.append(earlier)
    if window.size > 0:
        filled.append(window)
    return tuple(filled)


def can_merge(left: FlatRange, right: FlatRange) -> bool:
    """Whether `right` continues `left`: in address, region offset and every flag. Rules: R8."""
    return (
        left.end == right.start
        and left.region == right.region
        and left.offset + left.size == right.offset
        and left.dirty_log_mask == right.dirty_log_mask
        and left.romd_mode == right.romd_mode
        and left.readonly == right.readonly
        and left.nonvolatile == right.nonvolatile
        and not left.unmergeable
        and not right.unmergeable
    )


def merge_step(left: FlatRange, right: FlatRange) -> Ranges:
    """Two neighbours as one range where they merge, else as they are. Rules: R8."""
    if can_merge(left, right):
        return (left._replace(size=left.size + right.size),)
    return (left, right)


def simplify(ranges: Ranges) -> Ranges:
    """Merge neighbours in one pass, each into what has been accumulated before it. Rules: R8."""
    merged: list[FlatRange] = []
    for range_ in ranges:
        merged[-1:] = merge_step(merged[-1], range_) if merged else (range_,)
    return tuple(merged)


def lookup(ranges: Iterable[FlatRange], address: int) -> FlatRange | None:
    """The range that answers at `address`, or None in a hole: the linear search. Rules: P6."""
    for range_ in ranges:
        if range_.start <= address < range_.end:
            return range_
    return None
