"""Guest memory behind an IOMMU, as 0.18 has it: I/O virtual addresses before any provider.

It is accessed along slices, by the functions of `guest_bytes`. All of a range is translated before
any of it is accessed.
"""

from collections.abc import Hashable
from enum import Enum
from typing import Generic, NamedTuple

from model.address_range import ADDRESS_SPACE_SIZE
from model.dirty_bitmap import DirtyBitmap, mark
from model.guest_contract import Contract
from model.guest_errors import (
    CannotResolve,
    Err,
    GuestAddressOverflow,
    IommuFailed,
    IotlbFails,
    Ok,
    Outcome,
    then,
)
from model.guest_memory import advance, get_slices
from model.guest_memory import check_range as check_physical_range
from model.guest_provider import P, Slices
from model.iommu import Permission
from model.iotlb import Iotlb, lookup
from model.volatile_slice import VolatileSlice


class Bitmap(Enum):
    """The bitmap that a slice of translated memory is marked in. Rules: V12, V13."""

    IOVA = "by I/O virtual address"


class IommuMemory(NamedTuple, Generic[P]):
    """Physical memory, and the translations that lead to it; disabled, it is the physical memory.

    What is written is marked in `bitmap` by I/O virtual address, or, when disabled, in the bitmaps
    of the regions. Rules: V12, V13.
    """

    physical: P
    iotlb: Iotlb = Iotlb()
    is_enabled: bool = True
    bitmap: DirtyBitmap = DirtyBitmap(ADDRESS_SPACE_SIZE)

    def slices(
        self, contract: Contract, address: int, count: int, permission: Permission
    ) -> Outcome[Slices]:
        """A range in slices: fails as a whole if any of it is not translated. Rules: V7, V13."""
        if not self.is_enabled:
            return self.physical.slices(contract, address, count, permission)
        return then(
            translate(self, contract, address, count, permission),
            lambda mapped: Ok(translated_slices(self, contract, address, mapped, permission)),
        )

    def load_host(self, block: Hashable, offset: int, length: int) -> bytes:
        """The bytes of a block of the physical memory. Rules: V11, V13."""
        return self.physical.load_host(block, offset, length)

    def store_host(self, block: Hashable, offset: int, data: bytes) -> "IommuMemory[P]":
        """The memory with bytes of a block replaced. Rules: V11, V13."""
        return self._replace(physical=self.physical.store_host(block, offset, data))

    def mark_dirty(self, bitmap: Hashable, offset: int, length: int) -> "IommuMemory[P]":
        """The memory with bytes marked, here or in the physical memory. Rules: V12, V13."""
        if bitmap is Bitmap.IOVA:
            return self._replace(bitmap=mark(self.bitmap, offset, length))
        return self._replace(physical=self.physical.mark_dirty(bitmap, offset, length))


def translate(
    memory: IommuMemory[P], contract: Contract, address: int, count: int, permission: Permission
) -> Outcome[tuple[tuple[int, int], ...]]:
    """Where a range leads, as (physical address, length).

    Of an IOMMU that knows no more than its table: the error names the first miss, or else the first
    piece that is not permitted. Rules: V13.
    """
    found = lookup(memory.iotlb, contract, address, count, permission)
    if isinstance(found, Err) and isinstance(found.error, IotlbFails):
        base, length = (*found.error.misses, *found.error.access_fails)[0]
        return Err(IommuFailed(CannotResolve(base, length)))
    return found


def translated_slices(
    memory: IommuMemory[P],
    contract: Contract,
    address: int,
    mapped: tuple[tuple[int, int], ...],
    permission: Permission,
) -> Slices:
    """The slices of translated ranges, up to the first that no region has. Rules: V7, V12, V13.

    Such an error names the physical address.
    """
    slices = list[Outcome[VolatileSlice]]()
    for base, length in mapped:
        for item in get_slices(memory.physical, contract, base, length, permission):
            if not isinstance(item, Ok):
                return (*slices, item)
            following = advance(address, item.value.length)
            if following is None:
                return (*slices, Err(GuestAddressOverflow()))
            slices.append(Ok(item.value._replace(bitmap=Bitmap.IOVA, marked_from=address)))
            address = following
    return tuple(slices)


def check_range(
    memory: IommuMemory[P], contract: Contract, address: int, count: int, permission: Permission
) -> Outcome[bool]:
    """Whether all of a range is translated, permitted, and in memory. Rules: V13."""
    if not memory.is_enabled:
        return check_physical_range(memory.physical, contract, address, count, permission)
    mapped = translate(memory, contract, address, count, permission)
    if not isinstance(mapped, Ok):
        return Ok(False) if isinstance(mapped, Err) else mapped
    for base, length in mapped.value:
        there = check_physical_range(memory.physical, contract, base, length, permission)
        if there != Ok(True):
            return there
    return Ok(True)


def physical_memory(memory: IommuMemory[P]) -> P | None:
    """The physical memory, if it is accessed as it is. Rules: V13."""
    return None if memory.is_enabled else memory.physical
