"""Ranges of addresses."""

from typing import NamedTuple

ADDRESS_SPACE_SIZE = 1 << 64
"""Bytes in an address space: addresses are the integers 0 to 2^64 - 1."""


class AddressRange(NamedTuple):
    """The addresses from `start` up to, but not including, `start + size`.

    While a tree is rendered, `start` may lie below 0 or beyond 2^64: an alias moves its target by
    any offset. Rules: R1, R3.
    """

    start: int
    size: int

    @property
    def end(self) -> int:
        """The first address after the range. Rules: R2."""
        return self.start + self.size


WHOLE_ADDRESS_SPACE = AddressRange(0, ADDRESS_SPACE_SIZE)


def contains(range_: AddressRange, address: int) -> bool:
    """Whether `address` lies inside the range; never true of an empty one. Rules: R2."""
    return range_.start <= address < range_.end


def intersects(left: AddressRange, right: AddressRange) -> bool:
    """Whether one range contains the other's start.

    An empty range intersects a range that contains its start. Rules: R2.
    """
    return contains(left, right.start) or contains(right, left.start)


def intersection(left: AddressRange, right: AddressRange) -> AddressRange:
    """The addresses that two intersecting ranges share. Rules: R1."""
    start = max(left.start, right.start)
    return AddressRange(start, min(left.end, right.end) - start)
