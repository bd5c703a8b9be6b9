"""What accesses do, told again byte by byte: the brute-force statement that the model must meet.

Nothing here computes a value from parts, a byte order or a section: a device is a row of bytes, and
so is memory. Where a byte lies is asked of the definition of a tree's meaning, address by address.
"""

from typing import Any, NamedTuple

from model.meaning import resolve
from tests.model.systems import PAGE_BITS, TOP, LayoutCase, RegionCase, content

OK, DECODE = 0, 2


class Told(NamedTuple):
    """What an access comes to, and what it shows on the way."""

    result: int
    data: bytes
    callbacks: list[tuple[str, int, int]]
    steps: list[int]
    is_pointwise: bool


class World:
    """The bytes behind a layout, by region and offset."""

    def __init__(self, layout: LayoutCase, system: Any) -> None:
        self.layout = layout
        self.regions = system.topology.regions
        self.bytes: dict[tuple[str, int], int] = {}

    def byte(self, name: str, offset: int) -> int:
        """One byte of memory, or of a byte store, which holds 0x60 of them at first."""
        case = self.case(name)
        at_first = offset < 0x60 or not self.is_device(case, False)
        default = content(int(name[1:]), offset) if at_first else 0
        return self.bytes.get((name, offset % TOP), default)

    def case(self, name: str) -> RegionCase:
        """The layout's row for a region."""
        return self.layout.regions[int(name[1:])]

    def where(self, address: int) -> tuple[str, int] | None:
        """Which byte of which region lies at an address."""
        answer = resolve(self.regions, "root", address % TOP)
        return None if answer is None else (answer.region, answer.offset)

    def is_device(self, case: RegionCase, is_write: bool) -> bool:
        """Whether an access calls the device rather than copying memory."""
        return case.kind in ("io", "romd-off") or (case.kind == "rom-device" and is_write)

    def refuses_all(self, case: RegionCase, is_write: bool) -> bool:
        """Whether nothing that is not direct is let in."""
        return case.kind == "reservation" or (case.kind == "rom" and is_write)

    def read(self, address: int, length: int) -> Told:
        """Read, step by step."""
        return self.access(address, length, None)

    def write(self, address: int, data: bytes) -> Told:
        """Write, step by step."""
        return self.access(address, len(data), data)

    def access(self, address: int, length: int, written: bytes | None) -> Told:
        """One request; `written` is None to read."""
        told = Told(OK, b"", [], [], True)
        done = 0
        while done < length:
            given = None if written is None else written[done:]
            step = self.step((address + done) % TOP, length - done, given)
            done += len(step.data)
            told = Told(
                told.result | step.result,
                told.data + step.data,
                told.callbacks + step.callbacks,
                [*told.steps, len(step.data)],
                told.is_pointwise and step.is_pointwise,
            )
        return told

    def step(self, address: int, left: int, written: bytes | None) -> Told:
        """One step; of plain memory, one byte."""
        found = self.where(address)
        if found is None:
            return self.refused(address, address, left, 4, False, written)
        name, offset = found
        case = self.case(name)
        if self.refuses_all(case, written is not None):
            return self.refused(address, offset, left, 4, False, written)
        if self.is_device(case, written is not None):
            return self.device_step(address, name, offset, left, written)
        count = 1
        if case.kind == "rom-device":
            # Nothing but the end of the block, in whole host pages, stops a copy of ROM.
            size = case.size + (case.alias_offset or 0)
            count = min(left, size + -size % (1 << PAGE_BITS) - offset)
        return self.copy(address, name, offset, count, written)

    def copy(self, address: int, name: str, offset: int, count: int, written: bytes | None) -> Told:
        """Move bytes one after the other."""
        for i in range(count) if written is not None else ():
            assert written is not None
            self.bytes[(name, (offset + i) % TOP)] = written[i]
        data = bytes(self.byte(name, (offset + i) % TOP) for i in range(count))
        return Told(OK, data, [], [], self.is_shown(address, name, offset, count))

    def is_shown(self, address: int, name: str, offset: int, count: int) -> bool:
        """Whether the bytes of a step are those that the tree shows at its addresses."""
        return all(self.where(address + i) == (name, offset + i) for i in range(count))

    def cut(self, offset: int, left: int, most: int, unaligned: bool) -> int:
        """The largest power of two that fits, and divides the offset unless it need not."""
        fitting = (n for n in (8, 4, 2, 1) if n <= min(left, most))
        return next(n for n in fitting if unaligned or offset % n == 0)

    def refused(
        self,
        address: int,
        offset: int,
        left: int,
        most: int,
        unaligned: bool,
        written: bytes | None,
    ) -> Told:
        """A step that does not reach a device: zeros, and nothing stored."""
        found = self.where(address)
        size = self.cut(offset, left, most, unaligned)
        if found is not None and self.case(found[0]).kind == "rom":
            size = min(size, self.cut(offset, self.piece_left(address, found), most, unaligned))
        shown = all(self.is_silent(address + i, written is not None) for i in range(size))
        data = bytes(size) if written is None else written[:size]
        return Told(DECODE, data, [], [], shown)

    def is_silent(self, address: int, is_write: bool) -> bool:
        """Whether nothing answers at an address."""
        found = self.where(address)
        return found is None or self.refuses_all(self.case(found[0]), is_write)

    def piece_left(self, address: int, found: tuple[str, int]) -> int:
        """Bytes up to the end of RAM's section: of its range, or the page if that is divided."""
        name, offset = found

        def run(step: int) -> int:
            count = 0
            while self.where_is(address + step * (count + 1), name, offset + step * (count + 1)):
                count += 1
            return count

        page = 1 << PAGE_BITS
        first, end = address - run(-1), address + run(1) + 1
        boundary = address - address % page
        if boundary < first:
            return min(end, boundary + page) - address
        if address < end - end % page:
            return end - end % page - address
        return end - address

    def where_is(self, address: int, name: str, offset: int) -> bool:
        """Whether an address, not wrapped, shows this byte."""
        return 0 <= address < TOP and self.where(address) == (name, offset)

    def device_step(
        self, address: int, name: str, offset: int, left: int, written: bytes | None
    ) -> Told:
        """An access to a device, as a row of callbacks that move whole bytes."""
        device = self.case(name).device
        least, most, unaligned = device.valid
        size = self.cut(offset, left, most or 4, device.impl[2])
        fits = most == 0 or least <= size <= most
        if not fits or (offset % size != 0 and not unaligned):
            return self.refused(address, offset, left, most or 4, device.impl[2], written)
        width = max(min(size, device.impl[1] or 4), device.impl[0] or 1)
        calls = [(name, (offset + i) % TOP, width) for i in range(0, size, width)]
        if written is not None and width > size:
            # The callback stores zeros behind what was to be written.
            for i in range(size, width):
                self.bytes[(name, (offset + i) % TOP)] = 0
        moved = self.copy(address, name, offset, size, written)
        shown = moved.is_pointwise and width <= size
        return Told(OK, moved.data, calls, [], shown)

    def pointwise(self, address: int, length: int) -> bytes:
        """Each byte of what the tree shows, and zeros where nothing is."""
        shown = (self.where(address + i) for i in range(length))
        return bytes(
            0 if found is None or self.case(found[0]).kind == "reservation" else self.byte(*found)
            for found in shown
        )
