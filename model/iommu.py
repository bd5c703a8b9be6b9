"""IOMMU regions: tables that send an access on to another address space."""

from enum import IntFlag
from typing import NamedTuple

from model.address_range import ADDRESS_SPACE_SIZE
from model.memtx import AccessError


class Permission(IntFlag):
    """What an entry allows. Rules: X2."""

    NONE = 0
    READ = 1
    WRITE = 2
    READ_WRITE = 3


class IommuEntry(NamedTuple):
    """One page of an IOMMU: offsets that agree with `iova` outside of `mask`.

    They go to the addresses that agree with `translated`, in address space `space`. The page has
    mask + 1 bytes; that is 2^64 for a mask of all ones. Rules: X2, X3.
    """

    iova: int
    mask: int
    translated: int
    permission: Permission
    space: str

    @property
    def page_size(self) -> int:
        """The bytes of the page, a power of two. Rules: X2, X3."""
        return self.mask + 1


class Iommu(NamedTuple):
    """The tables of an IOMMU region, which are searched in order; no entry is no permission.

    If there are two, secure transactions use the second. Rules: X2.
    """

    tables: tuple[tuple[IommuEntry, ...], ...] = ((),)


def check_iommu(iommu: Iommu) -> None:
    """Raise AccessError for tables that no IOMMU can have. Rules: X2."""
    if not 1 <= len(iommu.tables) <= 2:
        raise AccessError(f"an IOMMU has one or two tables, not {len(iommu.tables)}")
    for entry in (entry for table in iommu.tables for entry in table):
        for number in (entry.iova, entry.mask, entry.translated):
            if not 0 <= number < ADDRESS_SPACE_SIZE:
                raise AccessError(f"{number:#x} is not within 0 to 2^64 - 1")
        if entry.mask & entry.page_size:
            raise AccessError(f"mask {entry.mask:#x} is not a power of two less one")


def find_entry(iommu: Iommu, offset: int, secure: bool) -> IommuEntry | None:
    """The entry for an offset into the IOMMU's region, or None. Rules: X2."""
    table = iommu.tables[-1 if secure else 0]
    for entry in table:
        if offset // entry.page_size == entry.iova // entry.page_size:
            return entry
    return None


def through_page(offset: int, length: int, translated: int, page_size: int) -> tuple[int, int]:
    """Where a page sends an offset, and how many of `length` bytes lie in it.

    The number wraps to 0 if the page is all 2^64 bytes and the address is 0. Rules: X2, X3.
    """
    within = offset % page_size
    left = (page_size - within) % ADDRESS_SPACE_SIZE
    return translated - translated % page_size + within, min(length, left)
