"""Memory of a space as a pointer would have it: directly, or through a bounce buffer."""

from __future__ import annotations

from mmap import mmap

from impl.access import Accesses, progress
from impl.address_space import AddressSpace
from impl.attributes import UNSPECIFIED, Attributes
from impl.memory import Block
from impl.region import TOP, MemoryMapError, MemoryRegion, check_address
from impl.translate import Place


class Mapping:
    """`length` bytes that are mapped: at `offset` of a region's memory, or in a bounce `buffer`.

    `space` and `address` are where they were mapped, and whether to be written. A `with` statement
    unmaps them at its end: all count as used, except that no bounce buffer is written where an
    error has ended it. Rules: A15.
    """

    __slots__ = (
        "_memory",
        "address",
        "buffer",
        "is_write",
        "length",
        "mapped",
        "offset",
        "region",
        "space",
    )

    def __init__(
        self,
        space: AddressSpace,
        address: int,
        place: Place,
        length: int,
        is_write: bool,
        buffer: bytearray | None = None,
    ) -> None:
        self.space = space
        self.address = address
        self.is_write = is_write
        self.region = place.region
        self.offset = place.offset
        self.length = length
        self.buffer = buffer
        self.mapped = True
        self._memory: memoryview | None = None

    def __enter__(self) -> Mapping:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if self.mapped:
            self.unmap(0 if kind is not None and self.buffer is not None else None)

    @property
    def memory(self) -> memoryview:
        """The mapped bytes themselves, until they are unmapped; read-only unless to be written.

        Raises MemoryMapError after that, and for a region that is too large for the host to map.
        """
        self.check(0, 0)
        if self._memory is None:
            if self.buffer is not None:
                whole = memoryview(self.buffer)
            else:
                contents = self._block.contents
                if not isinstance(contents, mmap):
                    raise MemoryMapError("the region is too large for its memory to be mapped")
                whole = memoryview(contents)[self.offset : self.offset + self.length]
            self._memory = whole if self.is_write else whole.toreadonly()
        return self._memory

    def unmap(self, used: int | None = None) -> list[MemoryRegion]:
        """Give the bytes back, of which the first `used` were used, or all of them.

        If they were to be written, these are marked dirty, or written from a bounce buffer to what
        it stands for. Returns the regions that are freed by it. Raises MemoryMapError if they are
        unmapped already, fewer, or still used through an object made of `memory`. Rules: A15, L4.
        """
        used = self.length if used is None else used
        return self.space.memory_map.mappings.unmap(self, self.is_write, used)

    def release(self) -> None:
        """End the use of `memory`. Raises MemoryMapError if an object still uses it."""
        if self._memory is not None:
            try:
                self._memory.release()
            except BufferError as error:
                raise MemoryMapError("the mapped memory is still used by an object") from error
            self._memory = None

    def read(self, offset: int, length: int) -> bytes:
        """Look at what is mapped. Raises MemoryMapError outside of it. Rules: A15."""
        self.check(offset, length)
        if self.buffer is not None:
            return bytes(self.buffer[offset : offset + length])
        return bytes(self._block.read(self.offset + offset, length)) if length else b""

    def write(self, offset: int, data: bytes) -> None:
        """Change what is mapped; nothing is marked dirty. Raises MemoryMapError. Rules: A15."""
        self.check(offset, len(data))
        if self.buffer is not None:
            self.buffer[offset : offset + len(data)] = data
        elif data:
            self._block.write(self.offset + offset, data)

    @property
    def _block(self) -> Block:
        assert self.region is not None
        assert self.region.block is not None
        return self.region.block

    def check(self, offset: int, length: int) -> None:
        """Raise MemoryMapError unless all these bytes are mapped, and still are."""
        if not self.mapped:
            raise MemoryMapError("nothing is mapped any more")
        if min(offset, length) < 0 or offset + length > self.length:
            raise MemoryMapError(f"{length:#x} bytes at {offset:#x} of {self.length:#x}")


class Mappings:
    """Maps memory, within the budgets for bounce buffers. Rules: A15."""

    def __init__(self, accesses: Accesses) -> None:
        self.accesses = accesses
        self._bounced: list[Mapping] = []

    def set_budget(self, space: AddressSpace, budget: int) -> None:
        """Limit the bytes of a space's bounce buffers. Raises MemoryMapError. Rules: A15."""
        if not self.accesses.flavour.has_bounce_budgets:
            raise MemoryMapError("this version of QEMU has one bounce buffer for all")
        check_address("bounce budget", budget)
        space.bounce_budget = budget

    def check_unused(self, space: AddressSpace) -> None:
        """Raise MemoryMapError if bounce buffers of a space are in use. Rules: A15, L6."""
        if any(one.space is space for one in self._bounced):
            raise MemoryMapError(f"address space {space.name} still has bounce buffers")

    def map(
        self,
        space: AddressSpace,
        address: int,
        length: int,
        is_write: bool,
        attributes: Attributes = UNSPECIFIED,
    ) -> Mapping | None:
        """Map as many of the bytes at `address` as there are in one piece; None if there are none.

        What is not memory is mapped through a bounce buffer. Raises MemoryMapError and
        AccessStopped. Rules: A15, A16.
        """
        accesses = self.accesses
        accesses.check(address, attributes)
        if length == 0:
            return None
        place = accesses.at(space, address, length, 0, is_write, attributes)
        block = accesses.memory(place.region, is_write, attributes)
        if block is None:
            mapping = self._bounce(space, address, place, is_write, attributes)
        else:
            whole = self._in_one_piece(space, address, length, place, is_write, attributes)
            accesses.tell(address, whole, place.region)
            length = min(whole, block.left(place.offset))
            mapping = Mapping(space, address, place, length, is_write)
        if mapping is not None:
            accesses.memory_map.lifetimes.hold(mapping.region)
        return mapping

    def unmap(self, mapping: Mapping, is_write: bool, used: int) -> list[MemoryRegion]:
        """Give a mapping back, of which `used` bytes were used; the regions that are freed by it.

        If they were written, they are marked dirty, or written to where a bounce buffer stands for.
        Raises MemoryMapError. Rules: A15, L4.
        """
        accesses = self.accesses
        mapping.check(0, used)
        mapping.release()
        if mapping.buffer is None:
            if is_write and mapping.region is not None:
                accesses.mark(mapping.region, mapping.offset, used)
        else:
            if is_write:
                accesses.write(mapping.space, mapping.address, bytes(mapping.buffer[:used]))
            self._bounced.remove(mapping)
        mapping.mapped = False
        return accesses.memory_map.lifetimes.let_go(mapping.region)

    def _bounce(
        self,
        space: AddressSpace,
        address: int,
        place: Place,
        is_write: bool,
        attributes: Attributes,
    ) -> Mapping | None:
        """A bounce buffer, filled if it is to be read; None if there is no room. Rules: A15."""
        accesses = self.accesses
        if accesses.flavour.has_bounce_budgets:
            used = sum(one.length for one in self._bounced if one.space is space)
            room = (space.bounce_budget - used) % TOP
        else:
            room = 0 if self._bounced else 1 << accesses.memory_map.page_bits
        length = min(place.length, room)
        if room == 0 or (length == 0 and accesses.flavour.has_bounce_budgets):
            return None
        buffer = bytearray(length)
        if not is_write:
            progress(length)
            buffer[:] = accesses.read(space, address, length, attributes)[1]
        mapping = Mapping(space, address, place, length, is_write, buffer)
        self._bounced.append(mapping)
        return mapping

    def _in_one_piece(
        self,
        space: AddressSpace,
        address: int,
        length: int,
        first: Place,
        is_write: bool,
        attributes: Attributes,
    ) -> int:
        """How many bytes lie one after the other in the region that is there first. Rules: A15."""
        done = progress(first.length)
        while done < length:
            place = self.accesses.at(space, address, length, done, is_write, attributes)
            if (place.region, place.offset) != (first.region, (first.offset + done) % TOP):
                break
            done += progress(place.length)
        return done
