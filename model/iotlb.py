"""The translations that are known of an IOMMU: ranges of I/O virtual addresses and where they lead.

There are no pages: ranges begin and end at any byte.
"""

from collections.abc import Iterator
from typing import NamedTuple

from model.address_range import ADDRESS_SPACE_SIZE
from model.guest_contract import Contract
from model.guest_errors import ADD_OVERFLOWS, Err, IotlbFails, Ok, Outcome, Panics, then
from model.iommu import Permission

RANGE_IS_EMPTY = Panics("assertion failed: range.start < range.end")


class IotlbEntry(NamedTuple):
    """The addresses from `start` to before `end`, each leading `difference` further, mod 2^64.

    Rules: V13.
    """

    start: int
    end: int
    difference: int
    permission: Permission


class Iotlb(NamedTuple):
    """Entries by address, none of which share a byte. Rules: V13."""

    entries: tuple[IotlbEntry, ...] = ()


def range_end(contract: Contract, start: int, length: int) -> Outcome[int]:
    """The end of a range, which nobody has checked: one at 2^64 overflows already.

    A debug build panics; a release build wraps. Rules: V13.
    """
    end = start + length
    if end >= ADDRESS_SPACE_SIZE and contract.overflow_panics:
        return ADD_OVERFLOWS
    return Ok(end % ADDRESS_SPACE_SIZE)


# --- Changes -----------------------------------------------------------------------------------


def set_mapping(
    iotlb: Iotlb,
    contract: Contract,
    start: int,
    physical: int,
    length: int,
    permission: Permission,
) -> Outcome[Iotlb]:
    """Let a range lead to a physical address. What is later wins. Rules: V13.

    An empty range panics, and so does one that ends at 2^64.
    """

    def inserted(end: int) -> Outcome[Iotlb]:
        """The table with the range up to its end. Rules: V13."""
        if start >= end:
            return RANGE_IS_EMPTY
        difference = (physical - start) % ADDRESS_SPACE_SIZE
        entry = IotlbEntry(start, end, difference, permission)
        return Ok(merged((*without(iotlb.entries, start, end), entry)))

    return then(range_end(contract, start, length), inserted)


def invalidate_mapping(iotlb: Iotlb, contract: Contract, start: int, length: int) -> Outcome[Iotlb]:
    """Forget a range; panics as `set_mapping` does. Rules: V13."""

    def removed(end: int) -> Outcome[Iotlb]:
        """The table without the range up to its end. Rules: V13."""
        if start >= end:
            return RANGE_IS_EMPTY
        return Ok(Iotlb(tuple(without(iotlb.entries, start, end))))

    return then(range_end(contract, start, length), removed)


def invalidate_all() -> Iotlb:
    """Nothing is known any more. Rules: V13."""
    return Iotlb()


def without(entries: tuple[IotlbEntry, ...], start: int, end: int) -> Iterator[IotlbEntry]:
    """The entries, less a range; one that it lies inside of becomes two. Rules: V13."""
    for entry in entries:
        for kept in (
            entry._replace(end=min(entry.end, start)),
            entry._replace(start=max(entry.start, end)),
        ):
            if kept.start < kept.end:
                yield kept


def merged(entries: tuple[IotlbEntry, ...]) -> Iotlb:
    """The entries by address, those together that continue each other in all respects.

    Equal physical addresses do not continue each other: equal differences do. Rules: V13.
    """
    result = list[IotlbEntry]()
    for entry in sorted(entries):
        last = result[-1] if result else None
        if last is not None and (last.end, *last[2:]) == (entry.start, *entry[2:]):
            result[-1] = last._replace(end=entry.end)
        else:
            result.append(entry)
    return Iotlb(tuple(result))


# --- Look-up -----------------------------------------------------------------------------------


def lookup(
    iotlb: Iotlb, contract: Contract, start: int, length: int, permission: Permission
) -> Outcome[tuple[tuple[int, int], ...]]:
    """Where a range leads, as (physical address, length) in order: all of it, or nothing.

    Fails with all that is missing and all that is not permitted; no permission at all is permitted
    wherever something is mapped. Rules: V13.
    """

    def found(end: int) -> Outcome[tuple[tuple[int, int], ...]]:
        """Where the range up to its end leads. Rules: V13."""
        there = overlapping(iotlb, start, end)
        misses = tuple(gaps(there, start, end))
        fails = tuple(
            clipped(entry, start, end)
            for entry in there
            if entry.permission & permission != permission
        )
        if misses or fails:
            return Err(IotlbFails(misses, fails))
        return Ok(tuple(pieces(there, start, end)))

    return then(range_end(contract, start, length), found)


def overlapping(iotlb: Iotlb, start: int, end: int) -> tuple[IotlbEntry, ...]:
    """The entries that end after the range's start and start before its end.

    An empty range, too, lies over the entry whose inside it is in. Rules: V13.
    """
    return tuple(one for one in iotlb.entries if one.end > start and one.start < end)


def gaps(there: tuple[IotlbEntry, ...], start: int, end: int) -> Iterator[tuple[int, int]]:
    """What no entry has of a range, as (base, length). Rules: V13."""
    for entry in there:
        if start < entry.start:
            yield start, entry.start - start
        start = entry.end
    if start < end:
        yield start, end - start


def clipped(entry: IotlbEntry, start: int, end: int) -> tuple[int, int]:
    """What an entry has of a range, as (base, length); of one that wraps, mod 2^64. Rules: V13."""
    base = max(entry.start, start)
    return base, (min(entry.end, end) - base) % ADDRESS_SPACE_SIZE


def pieces(there: tuple[IotlbEntry, ...], start: int, end: int) -> Iterator[tuple[int, int]]:
    """Where the entries that cover a range lead; nowhere if it is empty, or wraps. Rules: V13."""
    if start >= end:
        return
    for entry in there:
        base, length = clipped(entry, start, end)
        yield (base + entry.difference) % ADDRESS_SPACE_SIZE, length
