"""Finding guest memory: what rust-vmm's trait `GuestMemory` asks of a map, of a flat view."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from impl.guest_contract import Contract
from impl.guest_errors import GuestMemoryError, Variant, invalid_address
from impl.guest_region import (
    GuestRegion,
    GuestSlice,
    HostAddress,
    host_address,
    host_slice,
)
from impl.region import TOP, MemoryMapError, check_address
from impl.view import FlatView

if TYPE_CHECKING:
    from impl.access import Accesses

Callback = Callable[[int, int, int, GuestRegion], int]
"""Called with the bytes that were handled before, those that are offered, where they begin in the
region, and the region; it says how many bytes it has handled."""


class GuestLookups(ABC):
    """What can be asked of a flat view: regions are its ranges, and holes are none.

    Nothing is translated: an IOMMU's range is a region without host memory. Numbers that are no
    addresses or counts of bytes, 0 to 2^64 - 1, are MemoryMapErrors. Rules: F14, F17, F19.
    """

    __slots__ = ("accesses", "contract")

    def __init__(self, accesses: Accesses, contract: Contract) -> None:
        self.accesses = accesses
        self.contract = contract

    @abstractmethod
    def flat_view(self) -> FlatView:
        """The view that is asked."""

    # --- Regions and addresses ---

    def num_regions(self) -> int:
        """How many regions there are. Rules: F17."""
        return sum(len(chunk.starts) for chunk in self.flat_view().chunks)

    def iter(self) -> Iterator[GuestRegion]:
        """The regions, ascending. Rules: F17, F18."""
        return map(GuestRegion.of, self.flat_view())

    def last_addr(self) -> int:
        """The last address of the last region, 0 if there is none. Rules: F18."""
        chunks = self.flat_view().chunks
        return chunks[-1].ranges[-1].end - 1 if chunks else 0

    def find_region(self, address: int) -> GuestRegion | None:
        """The region that has an address; None in a hole. Rules: F13, F14, F17."""
        check_address("address", address)
        found = self.flat_view().find(address)
        return None if found is None else GuestRegion.of(found)

    def to_region_addr(self, address: int) -> tuple[GuestRegion, int] | None:
        """The region that has an address, and where; None in a hole. Rules: F13, F15."""
        found = self.find_region(address)
        return None if found is None else (found, address - found.start)

    def address_in_range(self, address: int) -> bool:
        """Whether any region has an address. Rules: F13."""
        return self.find_region(address) is not None

    def check_address(self, address: int) -> int | None:
        """The address, if any region has it. Rules: F13."""
        return address if self.address_in_range(address) else None

    def checked_offset(self, base: int, offset: int) -> int | None:
        """The sum, if it is an address that any region has; the base need not be. Rules: F13."""
        check_address("address", base)
        check_address("offset", offset)
        return self.check_address(base + offset) if base + offset < TOP else None

    def check_range(self, base: int, length: int) -> bool:
        """Whether regions have all bytes of a range; after the last address comes 0.

        Of no bytes it is true, unless the contract asks that the address be mapped. Rules: F12.
        """
        check_address("length", length)
        if length == 0:
            return not self.contract.empty_needs_address or self.address_in_range(base)
        check_address("address", base)
        view = self.flat_view()
        while length > 0:
            found = view.find(base)
            if found is None:
                return False
            length -= found.end - base
            base = found.end % TOP
        return True

    def try_access(self, count: int, address: int, callback: Callback) -> int:
        """Call back for each piece of a range until all is handled, or a hole comes: how many.

        A piece ends with its region. A callback that handles nothing ends it; one may handle less,
        and is called for the rest; what it claims beyond, it skips. Raises GuestMemoryError, and
        what the callback does. Rules: G2, F3, F5, F11.
        """
        check_address("address", address)
        check_address("count", count)
        view, current, total = self.flat_view(), address, 0
        while (found := view.find(current)) is not None:
            offset, left = current - found.start, min(found.end - current, count - total)
            handled = callback(total, left, offset, GuestRegion.of(found))
            if handled < 0:
                raise MemoryMapError(f"a callback cannot handle {handled} bytes")
            total += handled
            if handled == 0 or total == count:
                return total
            if total > count:
                raise GuestMemoryError(Variant.CALLBACK_OUT_OF_RANGE)
            current += handled
            if current > TOP:
                raise GuestMemoryError(Variant.GUEST_ADDRESS_OVERFLOW)
            current %= TOP
        if total == 0:
            raise invalid_address(address)
        return total

    # --- Host memory ---

    def get_host_address(self, address: int) -> HostAddress:
        """The host's byte behind an address. Raises GuestMemoryError. Rules: F14, F16."""
        return host_address(self.accesses, *self._place(address))

    def get_slice(self, address: int, count: int) -> GuestSlice:
        """Bytes of one region, without a copy; the address must be mapped even if there are none.

        Raises GuestMemoryError. Rules: F14, F16, F21.
        """
        check_address("count", count)
        return host_slice(self.accesses, *self._place(address), count)

    def get_slices(self, address: int, count: int) -> Iterator[GuestSlice]:
        """Bytes of any regions, a slice each; of no bytes there are none.

        The iterator raises GuestMemoryError in place of the first slice that cannot be, and ends.
        Raises MemoryMapError in versions without. Rules: F14, F16.
        """
        if not self.contract.has_get_slices:
            raise MemoryMapError(f"vm-memory {self.contract.name} has no get_slices")
        check_address("address", address)
        check_address("count", count)
        return self._slices(address, count)

    def _slices(self, address: int, count: int) -> Iterator[GuestSlice]:
        while count > 0:
            region, offset = self._place(address)
            length = min(region.size - offset, count)
            yield host_slice(self.accesses, region, offset, length)
            address, count = (address + length) % TOP, count - length

    def _place(self, address: int) -> tuple[GuestRegion, int]:
        """The region and offset of an address that must be mapped. Raises GuestMemoryError."""
        place = self.to_region_addr(address)
        if place is None:
            raise invalid_address(address)
        return place
