"""The first provider: a sorted collection of regions that the host has mapped for the guest.

Maps are immutable, and share what their regions hold: the heap. A user's own list of regions is the
other kind of map here; it is not checked, may reach 2^64, and has regions without host mapping.
"""

from bisect import bisect_right
from collections.abc import Hashable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from model.address_range import AddressRange
from model.dirty_bitmap import DirtyBitmap, mark
from model.guest_contract import Contract, MemoryOrder
from model.guest_errors import (
    Err,
    HostAddressNotAvailable,
    InvalidBackendAddress,
    Ok,
    Outcome,
    as_guest_error,
    then,
)
from model.guest_memory import get_slices, locate_by_region
from model.guest_provider import Place, Slices
from model.guest_region import (
    check_offset,
    drain_plain,
    fill_plain,
    last_address,
    load_plain,
    read_plain,
    store_plain,
    write_plain,
)
from model.guest_streams import Sink, Source
from model.iommu import Permission
from model.memory import RamBlock, load_bytes, store_bytes
from model.volatile_slice import ByteOrder, VolatileSlice, subslice


class Heap(NamedTuple):
    """What the host has mapped for regions: their bytes, and what was written to, by number.

    Rules: V1, V12.
    """

    blocks: Mapping[int, RamBlock] = MappingProxyType({})
    bitmaps: Mapping[int, DirtyBitmap] = MappingProxyType({})


class GuestRegion(NamedTuple):
    """`length` bytes of the guest at `start`; `block` is their number in the heap.

    `is_mapped`: slices can be had of it. Otherwise it is accessed by asking it, as devices are.
    Rules: V1, V2, V10.
    """

    start: int
    length: int
    block: int
    is_mapped: bool = True

    @property
    def bounds(self) -> AddressRange:
        """Its addresses. Rules: V2."""
        return AddressRange(self.start, self.length)

    @property
    def contents(self) -> VolatileSlice:
        """All its bytes, which the region itself reaches even if nobody else does. Rules: V10."""
        return VolatileSlice(self.block, 0, self.length, self.block, 0)


class RegionCall(NamedTuple):
    """An access that a region was asked for; `length` is in bytes. Rules: V10."""

    region: GuestRegion
    operation: str
    offset: int
    length: int


class Collection(NamedTuple):
    """A map of regions, and the heap that it shares with other maps.

    `is_checked`: sorted and disjoint, so that look-up halves the list; a user's own is searched
    from its front. `calls` logs what regions were asked for. Rules: V1, V3, V10.
    """

    listed: tuple[GuestRegion, ...] = ()
    heap: Heap = Heap()
    is_checked: bool = True
    calls: tuple[RegionCall, ...] = ()

    def regions(self) -> tuple[GuestRegion, ...]:
        """The regions, in their order. Rules: V3."""
        return self.listed

    def bounds(self, region: GuestRegion) -> AddressRange:
        """The addresses of a region. Rules: V2."""
        return region.bounds

    def find_region(self, contract: Contract, address: int) -> Outcome[GuestRegion | None]:
        """The region at an address; an empty one makes a debug build panic. Rules: V2, V3."""
        return (
            find_by_halving(self, contract, address)
            if self.is_checked
            else find_by_walking(self, contract, address)
        )

    def locate(
        self, contract: Contract, address: int, count: int, permission: Permission
    ) -> Outcome[Place | None]:
        """Where an address leads; nobody is denied anything. Rules: V3, V9."""
        return locate_by_region(self, contract, address)

    def slices(
        self, contract: Contract, address: int, count: int, permission: Permission
    ) -> Outcome[Slices]:
        """A range in slices; nobody is denied anything. Rules: V7."""
        return Ok(get_slices(self, contract, address, count, permission))

    def region_slice(self, region: GuestRegion, offset: int, count: int) -> Outcome[VolatileSlice]:
        """A part of a region as a slice, even none at its very end. Rules: V2, V7, V10."""
        if not region.is_mapped:
            return Err(HostAddressNotAvailable())
        return as_guest_error(subslice(region.contents, offset, count))

    def host_address(self, region: GuestRegion, offset: int) -> Outcome[tuple[Hashable, int]]:
        """The block and offset of a byte of a region. Rules: V2, V10."""
        if not region.is_mapped:
            return Err(HostAddressNotAvailable())
        if check_offset(region.bounds, offset) is None:
            return Err(InvalidBackendAddress())
        return Ok((region.block, offset))

    def load_host(self, block: Hashable, offset: int, length: int) -> bytes:
        """The bytes of a block. Raises HostOverrun past the end of a short file. Rules: V1, V11."""
        return load_bytes(self.heap.blocks[as_number(block)], offset, length)

    def store_host(self, block: Hashable, offset: int, data: bytes) -> "Collection":
        """The memory with bytes of a block replaced. Raises as `load_host`. Rules: V1, V11."""
        number = as_number(block)
        stored = store_bytes(self.heap.blocks[number], offset, data)
        heap = self.heap._replace(blocks={**self.heap.blocks, number: stored})
        return self._replace(heap=heap)

    def mark_dirty(self, bitmap: Hashable, offset: int, length: int) -> "Collection":
        """The memory with bytes of a region marked as written. Rules: V12."""
        number = as_number(bitmap)
        marked = mark(self.heap.bitmaps[number], offset, length)
        heap = self.heap._replace(bitmaps={**self.heap.bitmaps, number: marked})
        return self._replace(heap=heap)

    def read_region(
        self, region: GuestRegion, offset: int, length: int
    ) -> tuple["Collection", Outcome[int], bytes]:
        """Ask a region to be read. Rules: V4, V10."""
        asked = log_call(self, region, "read", offset, length)
        return read_plain(asked, Ok(region.contents), offset, length)

    def write_region(
        self, region: GuestRegion, offset: int, data: bytes
    ) -> tuple["Collection", Outcome[int]]:
        """Ask a region to be written. Rules: V4, V10, V12."""
        asked = log_call(self, region, "write", offset, len(data))
        return write_plain(asked, Ok(region.contents), offset, data)

    def load_region(
        self,
        region: GuestRegion,
        offset: int,
        size: int,
        byte_order: ByteOrder,
        order: MemoryOrder,
    ) -> tuple["Collection", Outcome[int]]:
        """Ask a region for a value. Rules: V6, V10."""
        asked = log_call(self, region, "load", offset, size)
        return load_plain(asked, Ok(region.contents), offset, size, byte_order, order)

    def store_region(
        self,
        region: GuestRegion,
        offset: int,
        size: int,
        value: int,
        byte_order: ByteOrder,
        order: MemoryOrder,
    ) -> tuple["Collection", Outcome[None]]:
        """Ask a region to take a value. Rules: V6, V10, V12."""
        asked = log_call(self, region, "store", offset, size)
        return store_plain(asked, Ok(region.contents), offset, size, value, byte_order, order)

    def fill_region(
        self, contract: Contract, region: GuestRegion, offset: int, source: Source, count: int
    ) -> tuple["Collection", Source, Outcome[int]]:
        """Ask a region to be filled from a source. Rules: V8, V10, V12."""
        asked = log_call(self, region, "read_volatile_from", offset, count)
        return fill_plain(asked, contract, Ok(region.contents), offset, source, count)

    def drain_region(
        self, contract: Contract, region: GuestRegion, offset: int, sink: Sink, count: int
    ) -> tuple["Collection", Sink, Outcome[None]]:
        """Ask a region to be drained to a sink. Rules: V8, V10."""
        asked = log_call(self, region, "write_all_volatile_to", offset, count)
        return drain_plain(asked, Ok(region.contents), offset, sink, count)


def as_number(key: Hashable) -> int:
    """The number of a block or bitmap: those of slices of a collection are numbers. Rules: V11."""
    assert isinstance(key, int)
    return key


def log_call(
    memory: Collection, region: GuestRegion, operation: str, offset: int, length: int
) -> Collection:
    """Note that a region is asked for an access. Rules: V10."""
    return memory._replace(calls=(*memory.calls, RegionCall(region, operation, offset, length)))


# --- Finding -----------------------------------------------------------------------------------


def find_by_halving(
    memory: Collection, contract: Contract, address: int
) -> Outcome[GuestRegion | None]:
    """The region that starts at the address, or else the last before it, if it reaches so far.

    Rules: V2, V3.
    """
    index = bisect_right(memory.listed, address, key=lambda region: region.start) - 1
    if index < 0:
        return Ok(None)
    region = memory.listed[index]
    if region.start == address:
        return Ok(region)
    return then(
        last_address(contract, region.bounds),
        lambda last: Ok(region if address <= last else None),
    )


def find_by_walking(
    memory: Collection, contract: Contract, address: int
) -> Outcome[GuestRegion | None]:
    """The first region that starts no later than the address and ends no earlier. Rules: V2, V3."""
    for region in memory.listed:
        if region.start <= address:
            last = last_address(contract, region.bounds)
            if not isinstance(last, Ok):
                return last
            if address <= last.value:
                return Ok(region)
    return Ok(None)
