"""Address spaces: what devices and processors see of a memory map, and how they access it."""

from __future__ import annotations

from struct import error as DoesNotFit  # noqa: N812
from typing import TYPE_CHECKING

from impl.access import Accesses
from impl.attributes import UNSPECIFIED, Attributes
from impl.device import ByteOrder
from impl.device_calls import AccessError
from impl.integers import INTEGERS, integer_of
from impl.memory_listener import MemoryListener
from impl.recent import recent_at
from impl.region import MemoryMapError, MemoryRegion
from impl.translate import Place, translate
from impl.view import FlatView

if TYPE_CHECKING:
    from impl.mapping import Mapping
    from impl.memory_map import MemoryMap

BOUNCE_BUDGET = 4096
"""How many bytes of bounce buffers a space may have at once, unless another budget is set."""

Data = bytes | bytearray | memoryview


class AddressSpace:
    """A root region as devices and processors see it: `view` is the latest published snapshot.

    Addresses are 0 to 2^64 - 1, and 0 comes after the last. All accesses raise MemoryMapError for
    arguments that no access can have, before anything happens; AccessError if a device, a hole or
    ROM did not do its part; AccessStopped where QEMU would crash or never end; and what `Accesses`
    raises of IOMMUs and devices that lead on too far.

    What is in one section of RAM is copied at once. `FlatView.recent` has the section that was used
    last, so that the next access there looks nothing up. It is as good as the view that it belongs
    to; what may change without a new view, as `readonly`, is asked each time. Rules: M9, X1, A2.
    """

    __slots__ = (
        "_integers",
        "accesses",
        "bounce_budget",
        "freed",
        "listeners",
        "memory_map",
        "name",
        "root",
        "view",
    )

    def __init__(
        self, memory_map: MemoryMap, name: str, root: MemoryRegion, view: FlatView
    ) -> None:
        self.memory_map = memory_map
        self.name = name
        self.root = root
        self.view = view
        self.freed = False
        self.bounce_budget = BOUNCE_BUDGET
        self.accesses: Accesses = memory_map.accesses
        self.listeners = memory_map.listeners
        self._integers = INTEGERS[self.accesses.order]

    # --- Bytes ----------------------------------------------------------------------------------

    def read(self, address: int, length: int, attributes: Attributes = UNSPECIFIED) -> bytes:
        """A copy of `length` bytes. AccessError has what could be read. Rules: A2, A3, A4."""
        recent = self.view.recent
        if recent is not None and attributes is UNSPECIFIED:
            start, end, contents, base, _ = recent
            after = address + length
            if start <= address < after <= end:
                try:
                    return contents[address - base : after - base]
                except ValueError:
                    pass  # Closed meanwhile.
        return self._read(address, length, attributes)

    def read_into(
        self, address: int, buffer: bytearray | memoryview, attributes: Attributes = UNSPECIFIED
    ) -> None:
        """Fill a buffer with the bytes from `address` on.

        With AccessError, it has what could be read. Rules: A2, A3, A4.
        """
        target = memoryview(buffer).cast("B")
        recent = recent_at(self, address, len(target), attributes)
        if recent is not None:
            _, _, contents, base, _ = recent
            target[:] = memoryview(contents)[address - base : address - base + len(target)]
            return
        result, data = self.accesses.read(self, address, len(target), attributes)
        target[:] = data
        if result:
            raise AccessError(f"{self.name}: read at {address:#x}", result, data)

    def write(self, address: int, data: Data, attributes: Attributes = UNSPECIFIED) -> None:
        """Write bytes, and mark those of memory dirty. Rules: A2, A3, A4."""
        recent = self.view.recent
        if recent is not None and attributes is UNSPECIFIED:
            start, end, contents, base, region = recent
            after = address + len(data)
            if start <= address < after <= end and not region.readonly:
                try:
                    contents[address - base : after - base] = data
                except (ValueError, IndexError, BufferError):
                    pass  # Closed meanwhile; or items of the data are no bytes.
                else:
                    accesses = self.accesses
                    if (
                        region.dirty_log_mask
                        or accesses.recorder is not None
                        or self.listeners.dirty_log_reasons
                    ):
                        accesses.mark(region, address - base, after - address)
                    return
        self._write(address, bytes_of(data), attributes)

    def write_rom(self, address: int, data: Data, attributes: Attributes = UNSPECIFIED) -> None:
        """Write bytes to RAM and ROM, as a loader does; devices are passed over. Rules: A13."""
        self.accesses.write_rom(self, address, bytes_of(data), attributes)

    def fill(
        self, address: int, length: int, byte: int = 0, attributes: Attributes = UNSPECIFIED
    ) -> None:
        """Write one byte to `length` addresses. Rules: A14."""
        check_length(length)
        if not 0 <= byte < 256:
            raise MemoryMapError(f"{byte:#x} is no byte")
        result = self.accesses.fill(self, address, length, byte, attributes)
        if result:
            raise AccessError(f"{self.name}: fill at {address:#x}", result)

    # --- Integers -------------------------------------------------------------------------------

    def load(
        self,
        address: int,
        size: int,
        order: ByteOrder | None = None,
        attributes: Attributes = UNSPECIFIED,
    ) -> int:
        """An integer of 1, 2, 4 or 8 bytes, in the target's byte order or another; in one piece.

        AccessError if it is not in one section, or one access of a device. Rules: A8, A11.
        """
        recent = self.view.recent
        if recent is not None and attributes is UNSPECIFIED:
            start, end, contents, base, _ = recent
            if start <= address and address + size <= end:
                try:
                    integers = self._integers if order is None else INTEGERS[order]
                    value: int = integers[size].unpack_from(contents, address - base)[0]
                    return value
                except (KeyError, ValueError):
                    pass  # No size or order of integers; or closed meanwhile.
        return self._load(address, size, order, attributes)

    def store(
        self,
        address: int,
        value: int,
        size: int,
        order: ByteOrder | None = None,
        attributes: Attributes = UNSPECIFIED,
    ) -> None:
        """Store an integer, as `load` loads it; MemoryMapError if it does not fit.

        Rules: A2, A8, A11.
        """
        recent = self.view.recent
        if recent is not None and attributes is UNSPECIFIED:
            start, end, contents, base, region = recent
            if start <= address and address + size <= end and not region.readonly:
                try:
                    integers = self._integers if order is None else INTEGERS[order]
                    contents[address - base : address - base + size] = integers[size].pack(value)
                except (KeyError, ValueError, DoesNotFit):
                    pass  # No size or order of integers, or a value too large; or closed meanwhile.
                else:
                    accesses = self.accesses
                    if (
                        region.dirty_log_mask
                        or accesses.recorder is not None
                        or self.listeners.dirty_log_reasons
                    ):
                        accesses.mark(region, address - base, size)
                    return
        self._store(address, value, size, order, attributes)

    # --- Looking up and mapping -----------------------------------------------------------------

    def translate(
        self,
        address: int,
        length: int = 1,
        is_write: bool = False,
        attributes: Attributes = UNSPECIFIED,
    ) -> Place:
        """Who answers at an address, behind all IOMMUs, and how many of `length` bytes at most.

        Where nobody does, or an IOMMU does not permit it, the region is None. Devices are given all
        bytes, also those behind their end. Rules: X1, X2, X4.
        """
        self.accesses.check(address, attributes)
        check_length(length)
        return translate(self.memory_map, self, address, length, is_write, attributes)

    def is_valid(
        self,
        address: int,
        length: int,
        is_write: bool = False,
        attributes: Attributes = UNSPECIFIED,
    ) -> bool:
        """Whether devices would let an access in, as QEMU reckons it. Rules: A12."""
        check_length(length)
        return self.accesses.is_valid(self, address, length, is_write, attributes)

    def map(
        self, address: int, length: int, is_write: bool, attributes: Attributes = UNSPECIFIED
    ) -> Mapping | None:
        """Memory itself, as far as it goes on in one piece, or a bounce buffer in its stead.

        Of a device no more is mapped than there is room for in bounce buffers; None if there is
        none. Unmap what you got, or use it in a `with` statement. Rules: A15.
        """
        check_length(length)
        return self.memory_map.mappings.map(self, address, length, is_write, attributes)

    # --- Listeners ------------------------------------------------------------------------------

    def register(self, listener: MemoryListener) -> None:
        """Have a listener told of all that the space shows, and of what changes from now on.

        Raises MemoryMapError for one that is registered already. Rules: T2, T6, T7.
        """
        self.listeners.register(listener, self)

    def unregister(self, listener: MemoryListener) -> None:
        """Have a listener told that everything goes, and then no more.

        Raises MemoryMapError for one that does not listen to this space. Rules: T7, L6.
        """
        self.listeners.unregister(listener, self)

    # --- Where nothing was remembered ---

    def _read(self, address: int, length: int, attributes: Attributes) -> bytes:
        """Read what is not in the most recent section."""
        check_length(length)
        recent = recent_at(self, address, length, attributes)
        if recent is not None:
            _, _, contents, base, _ = recent
            return contents[address - base : address - base + length]
        result, data = self.accesses.read(self, address, length, attributes)
        if result:
            raise AccessError(f"{self.name}: read at {address:#x}", result, data)
        return data

    def _write(self, address: int, data: bytes, attributes: Attributes) -> None:
        """Write what is not in the most recent section."""
        recent = recent_at(self, address, len(data), attributes)
        if recent is not None and not recent[4].readonly:
            _, _, contents, base, region = recent
            contents[address - base : address - base + len(data)] = data
            self.accesses.mark(region, address - base, len(data))
            return
        result = self.accesses.write(self, address, data, attributes)
        if result:
            raise AccessError(f"{self.name}: write at {address:#x}", result)

    def _load(
        self, address: int, size: int, order: ByteOrder | None, attributes: Attributes
    ) -> int:
        """Load what is not in the most recent section."""
        order = order or self.accesses.order
        integer = integer_of(size, order)
        recent = recent_at(self, address, size, attributes)
        if recent is not None:
            _, _, contents, base, _ = recent
            value: int = integer.unpack_from(contents, address - base)[0]
            return value
        result, value = self.accesses.load(self, address, integer.size, order, attributes)
        if result:
            data = value.to_bytes(size, order)
            raise AccessError(f"{self.name}: load at {address:#x}", result, data)
        return value

    def _store(
        self, address: int, value: int, size: int, order: ByteOrder | None, attributes: Attributes
    ) -> None:
        """Store what is not in the most recent section."""
        try:
            data = integer_of(size, order or self.accesses.order).pack(value)
        except DoesNotFit:
            raise MemoryMapError(f"{value:#x} does not fit {size} bytes") from None
        recent = recent_at(self, address, size, attributes)
        if recent is not None and not recent[4].readonly:
            _, _, contents, base, region = recent
            contents[address - base : address - base + size] = data
            self.accesses.mark(region, address - base, size)
            return
        result = self.accesses.store(self, address, data, attributes)
        if result:
            raise AccessError(f"{self.name}: store at {address:#x}", result)


def bytes_of(data: Data) -> bytes:
    """Data as bytes, whatever its items are."""
    return data if isinstance(data, bytes) else memoryview(data).tobytes()


def check_length(length: int) -> None:
    """Raise MemoryMapError for a length below 0."""
    if length < 0:
        raise MemoryMapError(f"length {length} is below 0")
