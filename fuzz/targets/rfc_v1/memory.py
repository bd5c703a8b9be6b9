"""How RFC v1 reads, writes, loads and stores, and the guards through which it does.

Each defect is a switch: without any, all accesses are as the specification has them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Any, Literal

from fuzz.rfc_v1 import Defect
from fuzz.targets.rfc_v1.lookups import TOP, Found, Panic, RfcLookups

if TYPE_CHECKING:
    from impl.address_space import AddressSpace
    from impl.guest_errors import GuestMemoryError
    from impl.guest_guard import FlatViewRef
    from impl.memory import Block
    from impl.view import FlatView

Order = Literal["little", "big"]

CODE_ADDRESS = 0x5555_5555_4000
"""The address of a function that is taken for a length: any that is not a length will do."""


class RfcMemory(RfcLookups):
    """A space as guest memory, accessed as RFC v1 does. Rules: G3, G4, F1-F8, F10, F20-F22."""

    # --- Bytes ---------------------------------------------------------------------------------

    def read(self, buffer: bytearray | memoryview, address: int) -> int:
        """Fill a buffer: how many bytes. Raises GuestMemoryError and Panic. Rules: G3, F2, F3."""
        done, error = self._read(buffer, address)
        return self._some(done, memoryview(buffer).nbytes, error)

    def write(self, data: bytes | memoryview, address: int) -> int:
        """Write data: how many bytes. Raises GuestMemoryError. Rules: G3, F5."""
        done, error = self._write(data, address)
        return self._some(done, memoryview(data).nbytes, error)

    def read_slice(self, buffer: bytearray | memoryview, address: int) -> None:
        """Fill all of a buffer. Raises GuestMemoryError and Panic. Rules: F6, F19."""
        self.check_implemented("read_slice")
        done, error = self._read(buffer, address)
        self._all(done, memoryview(buffer).nbytes, error)

    def write_slice(self, data: bytes | memoryview, address: int) -> None:
        """Write all of the data. Raises GuestMemoryError and Panic. Rules: F6, F19."""
        self.check_implemented("write_slice")
        done, error = self._write(data, address)
        self._all(done, memoryview(data).nbytes, error)

    def _read(
        self, buffer: bytearray | memoryview, address: int
    ) -> tuple[int, GuestMemoryError | None]:
        """Read until a step fails: how many bytes, and how it failed. Raises Panic."""
        target = memoryview(buffer).cast("B")

        def step(found: Found, at: int, done: int) -> int:
            if done == 0 or Defect.F2 in self.defects:
                self._tell(found, address, len(target) - done)
            return self.steps.read(found.reached, at, target[done:])

        return self._steps(address, len(target), False, step)

    def _write(self, data: bytes | memoryview, address: int) -> tuple[int, GuestMemoryError | None]:
        """Write until a step fails: how many bytes, and how it failed."""
        source = memoryview(data).cast("B")

        def step(found: Found, at: int, done: int) -> int:
            return self.steps.write(found.reached, at, source[done:])

        return self._steps(address, len(source), True, step)

    def _steps(
        self, address: int, length: int, is_write: bool, step: Callable[[Found, int, int], int]
    ) -> tuple[int, GuestMemoryError | None]:
        """Take steps until all bytes are moved or one fails: how many were, and how it failed.

        Raises GuestMemoryError where RFC v1 fails behind a step that succeeds. Rules: F10, F22.
        """
        view = self.right.flat_view()
        if length == 0:
            asks = self.right.contract.empty_needs_address and Defect.G2 not in self.defects
            if asks and view.find(address) is None:
                return 0, self._error_of(self.errors.invalid_address(address), address)
            return 0, None
        done, current = 0, address
        while done < length:
            found = self.translate(view, current, length - done, is_write)
            if Defect.F22 in self.defects and self._takes_nothing(found, is_write):
                return done, None
            try:
                took = step(found, current, done)
            except self.errors.GuestMemoryError as error:
                return done, self._error_of(error, address)
            done, current = done + took, current + took
            if done < length and current > TOP and Defect.F10 in self.defects:
                raise self.errors.GuestMemoryError(self.errors.Variant.GUEST_ADDRESS_OVERFLOW)
            current %= TOP
        return done, None

    def _takes_nothing(self, found: Found, is_write: bool) -> bool:
        """Whether a step would move no byte, though a region answers. Rules: X3, A1, F22."""
        reached = found.reached
        if reached.region is None or self._block(found, is_write) is not None:
            return reached.region is not None and reached.length == 0
        return self.accesses._step(self.package.guest_steps.place_of(reached)) == 0

    def _some(self, done: int, length: int, error: GuestMemoryError | None) -> int:
        """What an access gives that may move less: an error only if it moved nothing.

        Raises GuestMemoryError. Rules: F5, F6.
        """
        if error is not None and (done == 0 or Defect.F5 in self.defects):
            self._fail(done, length, error)
        return done

    def _all(self, done: int, length: int, error: GuestMemoryError | None) -> None:
        """What an access gives that must move all. Raises GuestMemoryError. Rules: F6."""
        if error is not None:
            self._fail(done, length, error)
        self.errors.check_whole(done, length)

    def _fail(self, done: int, length: int, error: GuestMemoryError) -> None:
        """Raise an error, of which the count is told if anything was moved. Rules: F6."""
        if done > 0 and Defect.F6 not in self.defects:
            self.errors.check_whole(done, length)
        raise error

    def _error_of(self, error: GuestMemoryError, address: int) -> GuestMemoryError:
        """An error of a step as RFC v1 has it, of a request at an address. Rules: F7, F8."""
        shown: GuestMemoryError = error
        if Defect.F8 in self.defects:
            shown = self.errors.invalid_backend()
        elif Defect.F7 in self.defects and error.address is not None:
            shown = self.errors.invalid_address(address)
        return shown

    # --- Integers ------------------------------------------------------------------------------

    def read_obj(self, address: int, size: int, order: Order | None = None) -> int:
        """A number, read as any bytes are. Raises GuestMemoryError and Panic. Rules: F19."""
        self.check_implemented("read_obj")
        buffer = bytearray(size)
        self.read_slice(buffer, address)
        return int.from_bytes(buffer, order or self.accesses.order)

    def write_obj(self, value: int, address: int, size: int, order: Order | None = None) -> None:
        """Write a number as any bytes. Raises GuestMemoryError and Panic. Rules: F19."""
        self.check_implemented("write_obj")
        self.write_slice(value.to_bytes(size, order or self.accesses.order), address)

    def load(self, address: int, size: int, order: Order | None = None) -> int:
        """A number in one piece. Raises GuestMemoryError and Panic. Rules: G4, F1, F3, F4, F27."""
        found = self.translate(self.right.flat_view(), address, size, is_write=False)
        block = self._block(found, is_write=False)
        self._hook_address(found, address)
        if block is None and Defect.F4 in self.defects:
            self._tell(found, address, self._told_length(size))
        try:
            if block is None:
                self._check_translated(found, size)
                data = self.steps.load(found.reached, address, size)
            else:
                self._check_one_piece(found, block, size)
                self._tell(found, address, self._told_length(size))
                data = block.read(found.reached.offset, size)
        except self.errors.GuestMemoryError as error:
            raise self._error_of(error, address) from None
        return int.from_bytes(data, self._order(order))

    def store(self, value: int, address: int, size: int, order: Order | None = None) -> None:
        """Store a number in one piece. Raises GuestMemoryError. Rules: G4, F21, F27, F29."""
        data = value.to_bytes(size, self._order(order))
        found = self.translate(self.right.flat_view(), address, size, is_write=True)
        block = self._block(found, is_write=True)
        try:
            if block is None:
                self._check_translated(found, size)
                self.steps.store(found.reached, address, data)
            else:
                self._check_one_piece(found, block, size)
                self.accesses._store(self.package.guest_steps.place_of(found.reached), block, data)
        except self.errors.GuestMemoryError as error:
            raise self._error_of(error, address) from None

    def _check_translated(self, found: Found, size: int) -> None:
        """Raise GuestMemoryError where a device is behind less of an IOMMU's page. Rules: G4."""
        is_answered = found.reached.region is not None
        if is_answered and found.reached.length < size and Defect.G4 in self.defects:
            raise self.errors.invalid_backend()

    def _check_one_piece(self, found: Found, block: Block, size: int) -> None:
        """Raise GuestMemoryError unless memory has a number where it was translated to.

        Rules: F20, F21, F29, G4.
        """
        reached, room = found.reached, found.reached.room
        if Defect.F21 in self.defects:
            room = min(room, reached.length)
        if Defect.G4 in self.defects:
            room = max(room, reached.length)
        is_aligned = reached.offset % size == 0 or Defect.F29 in self.defects
        if room < size or not is_aligned or reached.offset + size > block.size:
            raise self.errors.invalid_backend()

    def _order(self, order: Order | None) -> Order:
        """The order that a number's bytes get, of a host that is little endian. Rules: F27."""
        meant = order or self.accesses.order
        if self.accesses.order == "big" and Defect.F27 in self.defects:
            return "little" if meant == "big" else "big"
        return meant

    # --- Hooks ---------------------------------------------------------------------------------

    def _block(self, found: Found, is_write: bool) -> Block | None:
        """The memory that an access copies from or to; None where a device is called. Rules: X5."""
        unspecified = self.package.attributes.UNSPECIFIED
        return self.accesses.memory(found.reached.region, is_write, unspecified)

    def _told_length(self, size: int) -> int:
        """The length of a load that its hook is told. Rules: F1."""
        return CODE_ADDRESS if Defect.F1 in self.defects else size

    def _tell(self, found: Found, address: int, length: int) -> None:
        """Call the hook, if there is one. Raises Panic. Rules: A16, F1-F4."""
        self.accesses.tell(self._hook_address(found, address), length, found.reached.region)

    def _hook_address(self, found: Found, address: int) -> int:
        """The address that a hook is told. Raises Panic where the sum is none. Rules: F3."""
        if Defect.F3 not in self.defects or found.section is None:
            return address
        if address + found.section.offset >= TOP:
            raise Panic("a guest address plus a section's offset is no address")
        return address + found.section.offset


class RfcGuard(RfcMemory):
    """A guard as RFC v1 has it: a reference to one view. Rules: G6, F23."""

    right: FlatViewRef

    def __init__(self, right: FlatViewRef, package: Any, defects: Collection[Defect]) -> None:
        super().__init__(right, package, defects)
        self.led_to: set[FlatView] = set()
        if Defect.F23 in self.defects:
            self.steps.lead_to = self._look_only

    @property
    def kept(self) -> frozenset[FlatView]:
        """The views that the guard's accesses were led to, and its own: kept, or to be kept."""
        return self.right.kept | self.led_to

    def clone(self) -> RfcGuard:
        """Another guard of the same view. Raises GuardReleased. Rules: G6, F26."""
        return RfcGuard(self.right.clone(), self.package, self.defects)

    def _look_only(self, space: AddressSpace) -> FlatView:
        """The view that a space publishes now, to which no reference is taken. Rules: F23."""
        self.led_to.add(space.view)
        return space.view
