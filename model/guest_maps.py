"""Making maps of regions: mapping host memory, collecting regions, adding and removing them."""

from collections.abc import Iterable
from itertools import pairwise
from typing import NamedTuple

from model.address_range import ADDRESS_SPACE_SIZE
from model.dirty_bitmap import HOST_PAGE_SIZE, DirtyBitmap, reset
from model.guest_contract import Contract
from model.guest_errors import (
    CollectionError,
    Err,
    InvalidGuestRegion,
    MappingFailed,
    MemoryRegionOverlap,
    NoMemoryRegion,
    Ok,
    Outcome,
    UnsortedMemoryRegions,
    then,
)
from model.guest_region import last_address
from model.guest_regions import Collection, GuestRegion, Heap
from model.memory import allocate

MAX_MAPPING = 1 << 47
"""Bytes from which on the host maps nothing: Linux on x86_64 gives programs 47 bits."""


class BackingFile(NamedTuple):
    """A file of `length` bytes that a region is mapped from, from `offset` on. Rules: V1."""

    length: int
    offset: int = 0


# --- Regions -----------------------------------------------------------------------------------


def map_region(
    heap: Heap, contract: Contract, start: int, length: int, file: BackingFile | None = None
) -> tuple[Heap, Outcome[GuestRegion]]:
    """Map host memory for a region, of zeros or from a file. It must end below 2^64.

    Where the version does not ask, a file may be too short: accesses of pages that it has not then
    raise HostOverrun, as the host would end the program. Rules: V1.
    """
    if not 0 < length < MAX_MAPPING:
        return heap, Err(MappingFailed())
    if file is not None and contract.checks_file_length and file.offset + length > file.length:
        return heap, Err(MappingFailed())
    if start + length >= ADDRESS_SPACE_SIZE:
        return heap, Err(InvalidGuestRegion())
    backed = length if file is None else min(length, max(0, file.length - file.offset))
    heap, region = make_region(heap, start, length, backed)
    return heap, Ok(region)


def make_region(
    heap: Heap, start: int, length: int, backed: int | None = None, is_mapped: bool = True
) -> tuple[Heap, GuestRegion]:
    """A region of a user's own, wherever and however long; `backed` bytes of it are there.

    Rules: V1, V10.
    """
    number = len(heap.blocks)
    block = allocate(length if backed is None else backed, HOST_PAGE_SIZE)
    blocks = {**heap.blocks, number: block}
    bitmaps = {**heap.bitmaps, number: DirtyBitmap(length)}
    return Heap(blocks, bitmaps), GuestRegion(start, length, number, is_mapped)


# --- Maps --------------------------------------------------------------------------------------


def from_regions(
    contract: Contract, heap: Heap, regions: Iterable[GuestRegion]
) -> Outcome[Collection]:
    """A collection of regions that are sorted by start and share no byte, of which there are some.

    Neighbours are compared from left to right, each pair by order first. Rules: V1.
    """
    listed = tuple(regions)
    if not listed:
        return Err(NoMemoryRegion())
    for left, right in pairwise(listed):
        wrong = check_pair(contract, left, right)
        if not isinstance(wrong, Ok):
            return wrong
    return Ok(Collection(listed, heap))


def check_pair(contract: Contract, left: GuestRegion, right: GuestRegion) -> Outcome[None]:
    """What is wrong with two neighbours, if anything. Rules: V1, V2."""
    if left.start > right.start:
        return Err(UnsortedMemoryRegions())
    return then(
        last_address(contract, left.bounds),
        lambda last: Err(MemoryRegionOverlap()) if last >= right.start else Ok(None),
    )


def from_ranges(contract: Contract, ranges: Iterable[tuple[int, int]]) -> Outcome[Collection]:
    """A collection of freshly mapped regions, each given by its start and length. Rules: V1.

    All are mapped before any is compared.
    """
    heap, regions = Heap(), list[GuestRegion]()
    for start, length in ranges:
        heap, mapped = map_region(heap, contract, start, length)
        if not isinstance(mapped, Ok):
            return mapped
        regions.append(mapped.value)
    return from_regions(contract, heap, regions)


def user_written(heap: Heap, regions: Iterable[GuestRegion]) -> Collection:
    """A user's own list of regions, in any order, which nobody checks. Rules: V1, V3."""
    return Collection(tuple(regions), heap, is_checked=False)


def insert_region(
    memory: Collection, contract: Contract, region: GuestRegion
) -> Outcome[Collection]:
    """Another collection that has this region, too; the one given stays as it was. Rules: V1.

    The memory of all regions is shared.
    """
    listed = sorted((*memory.listed, region), key=lambda one: one.start)
    return from_regions(contract, memory.heap, listed)


def remove_region(
    memory: Collection, contract: Contract, start: int, length: int
) -> Outcome[tuple[Collection, GuestRegion]]:
    """Another collection without the region of exactly this start and length, and that region.

    What is left may be empty. Rules: V1.
    """
    for region in memory.listed:
        if (region.start, region.length) == (start, length):
            rest = tuple(one for one in memory.listed if one != region)
            return Ok((memory._replace(listed=rest), region))
    error: CollectionError = InvalidGuestRegion()
    return Err(error if contract.removal_names_region else NoMemoryRegion())


def clean(memory: Collection) -> Collection:
    """The memory with nothing dirty and no call logged: what happens next is seen. Rules: V12."""
    bitmaps = {number: reset(bitmap) for number, bitmap in memory.heap.bitmaps.items()}
    return memory._replace(heap=memory.heap._replace(bitmaps=bitmaps), calls=())
