"""A flat view as rust-vmm's `GuestMemory`: accesses that count bytes, and stop where they fail.

What succeeds is what QEMU's C code does: the same bytes, callbacks and marks. What fails stops
before the first byte that is not moved, where C goes on. Methods have the names that they have in
Rust; integers are numbers, whose bytes are in the order that the caller names.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from impl.address_space import AddressSpace, Data
from impl.attributes import UNSPECIFIED
from impl.device import ByteOrder
from impl.guest_contract import V0_18, Contract
from impl.guest_errors import GuestMemoryError, check_whole, invalid_address
from impl.guest_lookup import GuestLookups
from impl.guest_steps import Steps, stop
from impl.guest_streams import Sink, Source, drain, fill
from impl.integers import integer_of
from impl.recent import recent_at
from impl.region import TOP, MemoryMapError, check_address
from impl.view import FlatView, Recent

if TYPE_CHECKING:
    from impl.guest_steps import Reached

Buffer = bytearray | memoryview


class GuestMemory(GuestLookups):
    """An address space as guest memory: each method uses the view that is published then.

    It is for the thread that changes the map; others, and whoever needs one view for more than one
    access, take a `FlatViewRef`. `contract` says which version of the traits is meant.

    All methods raise GuestMemoryError, with the first address that failed, if nothing was moved;
    MemoryMapError for arguments that no access can have, before anything happens; and what device
    callbacks raise. Rules: G3, G4, F5, F6, F7, F8.
    """

    __slots__ = ("space", "steps")

    def __init__(self, space: AddressSpace, contract: Contract = V0_18) -> None:
        super().__init__(space.accesses, contract)
        self.space = space
        self.steps = Steps(space.accesses, self._lead_to)

    def flat_view(self) -> FlatView:
        """The view that the space publishes now."""
        return self.space.view

    def _lead_to(self, space: AddressSpace) -> FlatView:
        """The view of a space that an IOMMU leads to. Rules: F23."""
        return space.view

    # --- Bytes ---

    def read(self, buffer: Buffer, address: int) -> int:
        """Fill a buffer as far as memory and devices answer; how many bytes that were.

        The rest of the buffer stays as it was. Rules: G3, F2, F5, F6, F7.
        """
        check_address("address", address)
        target, view = memoryview(buffer).cast("B"), self.flat_view()
        recent = self._recent(view, address, len(target))
        if recent is not None:
            _, _, contents, base, _ = recent
            try:
                target[:] = memoryview(contents)[address - base : address - base + len(target)]
            except ValueError:
                pass  # Closed meanwhile.
            else:
                return len(target)

        def step(reached: Reached, at: int, done: int) -> int:
            if done == 0:
                self.accesses.tell(address, len(target), reached.region)
            return self.steps.read(reached, at, target[done:])

        return self._all_steps(view, address, len(target), False, step)

    def write(self, data: Data, address: int) -> int:
        """Write as much of the data as memory and devices take: how many bytes.

        Rules: G3, F5, F6, F7.
        """
        check_address("address", address)
        source, view = memoryview(data).cast("B"), self.flat_view()
        recent = self._recent(view, address, len(source))
        if recent is not None and self._write(recent, address, source):
            return len(source)

        def step(reached: Reached, at: int, done: int) -> int:
            return self.steps.write(reached, at, source[done:])

        return self._all_steps(view, address, len(source), True, step)

    def read_slice(self, buffer: Buffer, address: int) -> None:
        """Fill all of a buffer; a PartialBuffer has what could be read. Rules: F5, F6, F19."""
        check_whole(self.read(buffer, address), memoryview(buffer).nbytes)

    def write_slice(self, data: Data, address: int) -> None:
        """Write all of the data; of a PartialBuffer the first bytes are. Rules: F5, F6, F19."""
        check_whole(self.write(data, address), memoryview(data).nbytes)

    # --- Integers ---

    def read_obj(self, address: int, size: int, order: ByteOrder | None = None) -> int:
        """A number of 1, 2, 4 or 8 bytes, read as any bytes are: at any alignment, in any pieces.

        It is in the target's byte order unless another is named. Rules: F19, F27.
        """
        integer = integer_of(size, order or self.accesses.order)
        buffer = bytearray(size)
        self.read_slice(buffer, address)
        return int(integer.unpack(buffer)[0])

    def write_obj(
        self, value: int, address: int, size: int, order: ByteOrder | None = None
    ) -> None:
        """Write a number as `read_obj` reads one. Rules: F19, F27."""
        self.write_slice(self._bytes_of(value, size, order), address)

    def load(self, address: int, size: int, order: ByteOrder | None = None) -> int:
        """A number of 1, 2, 4 or 8 bytes in one piece: memory that is aligned, or one access.

        Memory must be of one region; what counts is its alignment there. Rules: G4, F1, F4, F29.
        """
        integer = integer_of(size, order or self.accesses.order)
        check_address("address", address)
        view = self.flat_view()
        recent = self._recent(view, address, size)
        if recent is not None and (address - recent[3]) % size == 0:
            try:
                return int(integer.unpack_from(recent[2], address - recent[3])[0])
            except ValueError:
                pass  # Closed meanwhile.
        data = self.steps.load(self.steps.reach(view, address, size, False), address, size)
        return int(integer.unpack(data)[0])

    def store(self, value: int, address: int, size: int, order: ByteOrder | None = None) -> None:
        """Store a number as `load` loads one, all of it or nothing. Rules: G4, F20, F21, F29."""
        data = self._bytes_of(value, size, order)
        check_address("address", address)
        view = self.flat_view()
        recent = self._recent(view, address, size)
        if (
            recent is not None
            and (address - recent[3]) % size == 0
            and self._write(recent, address, data)
        ):
            return
        self.steps.store(self.steps.reach(view, address, size, True), address, data)

    # --- Streams ---

    def read_volatile_from(self, address: int, source: Source, count: int) -> int:
        """Fill up to `count` bytes of memory from a source: how many.

        How often the source is read is the contract's. Devices are not memory. Rules: F16, F19.
        """
        check_address("address", address)
        check_address("count", count)
        return fill(self.steps, self.flat_view(), self.contract, address, source, count)

    def read_exact_volatile_from(self, address: int, source: Source, count: int) -> None:
        """Fill exactly `count` bytes; the source's end leaves a PartialBuffer. Rules: F6, F19."""
        check_whole(self.read_volatile_from(address, source, count), count)

    def write_volatile_to(self, address: int, sink: Sink, count: int) -> int:
        """Drain up to `count` bytes of memory to a sink: how many; a full sink is an error.

        Rules: F16, F19.
        """
        check_address("address", address)
        check_address("count", count)
        return drain(self.steps, self.flat_view(), self.contract, address, sink, count)

    def write_all_volatile_to(self, address: int, sink: Sink, count: int) -> None:
        """Drain exactly `count` bytes; a hole leaves a PartialBuffer. Rules: F6, F19."""
        check_whole(self.write_volatile_to(address, sink, count), count)

    # --- Parts of accesses ---

    def _all_steps(
        self,
        view: FlatView,
        address: int,
        length: int,
        is_write: bool,
        step: Callable[[Reached, int, int], int],
    ) -> int:
        """Take steps until all bytes are moved or one fails: how many were.

        Of no bytes it asks for the address, if the contract does. Rules: A3, F5, F10.
        """
        if length == 0 and self.contract.empty_needs_address and view.find(address) is None:
            raise invalid_address(address)
        done = 0
        while done < length:
            at = (address + done) % TOP
            try:
                done += step(self.steps.reach(view, at, length - done, is_write), at, done)
            except GuestMemoryError as error:
                return stop(done, error)
        return done

    def _recent(self, view: FlatView, address: int, length: int) -> Recent | None:
        """A section of RAM that has all of some bytes, if one is known or easily found."""
        recent = view.recent
        if recent is None or not recent[0] <= address < address + length <= recent[1]:
            if self.space.view is not view:
                return None
            recent_at(self.space, address, length, UNSPECIFIED)
            recent = view.recent  # of this view: by now the space may have published another
        if recent is not None and recent[0] <= address < address + length <= recent[1]:
            return recent
        return None

    def _write(self, recent: Recent, address: int, data: bytes | memoryview) -> bool:
        """Write to a section of RAM that has all the bytes, if that can be; whether it was done.

        Rules: A2, M9.
        """
        _, _, contents, base, region = recent
        if region.readonly:
            return False
        try:
            contents[address - base : address - base + len(data)] = data
        except ValueError:
            return False  # Closed meanwhile.
        self.accesses.mark(region, address - base, len(data))
        return True

    def _bytes_of(self, value: int, size: int, order: ByteOrder | None) -> bytes:
        """The bytes of a number. Raises MemoryMapError if it does not fit. Rules: F27."""
        integer_of(size, order or self.accesses.order)
        if not 0 <= value < 1 << 8 * size:
            raise MemoryMapError(f"{value:#x} does not fit {size} bytes")
        return value.to_bytes(size, order or self.accesses.order)
