"""Devices: what is called where accesses do not go to memory, and how accesses become calls."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Literal, NamedTuple, Protocol

from impl.attributes import UNSPECIFIED, Attributes
from impl.memory import Block, SparseBytes
from impl.region import TOP, MemoryMapError
from impl.steps import WIDEST, step_of, steps_of, widths_of

ByteOrder = Literal["little", "big"]


class Sizes(NamedTuple):
    """Bytes of accesses or callbacks; 0 is for whatever is usual. Rules: A1, A6, A7."""

    least: int = 0
    most: int = 0
    unaligned: bool = False


class Refusal(NamedTuple):
    """Accesses that a device does not accept, by where they begin. No size is any.

    It accepts them all the same until it has been called so often. Rules: A6.
    """

    start: int
    end: int
    access_size: int | None
    reads: bool
    writes: bool
    after_calls: int = 0


class Behaviour(Protocol):
    """What a device's callbacks do."""

    def read(self, offset: int, size: int, order: ByteOrder) -> int:
        """The value at an offset; it may have more bits than were asked for."""

    def write(self, offset: int, data: bytes) -> None:
        """Take bytes, in the order of their offsets."""


class ByteStore:
    """Keeps what is written; the offset after the last one is 0."""

    def __init__(self) -> None:
        self._bytes = SparseBytes()

    def read(self, offset: int, size: int, order: ByteOrder) -> int:
        """The value of the bytes that lie there."""
        fits = min(size, TOP - offset)
        data = self._bytes.read(offset, fits) + self._bytes.read(0, size - fits)
        return int.from_bytes(data, order)

    def write(self, offset: int, data: bytes) -> None:
        """Keep the bytes."""
        fits = TOP - offset
        self._bytes.write(offset, data[:fits])
        self._bytes.write(0, data[fits:])


class Formula:
    """Answers with a number that depends on the offset alone; ignores what is written."""

    def __init__(self, base: int, per_offset: int) -> None:
        self.base = base
        self.per_offset = per_offset

    def read(self, offset: int, size: int, order: ByteOrder) -> int:
        """The number for this offset."""
        return (self.base + self.per_offset * offset) % TOP

    def write(self, offset: int, data: bytes) -> None:
        """Nothing changes."""


class Callbacks:
    """Calls functions: with an offset and a size, for writes with the value between them.

    Rules: A7, A8.
    """

    def __init__(
        self,
        read: Callable[[int, int], int],
        write: Callable[[int, int, int], None],
        order: ByteOrder,
    ) -> None:
        self._read = read
        self._write = write
        self._order = order

    def read(self, offset: int, size: int, order: ByteOrder) -> int:
        """What the function gives."""
        return self._read(offset, size)

    def write(self, offset: int, data: bytes) -> None:
        """Give the function the value of the bytes."""
        self._write(offset, int.from_bytes(data, self._order), len(data))


class OfBlock:
    """Loads and stores in a region's own memory, as QEMU 7.2 reaches RAM devices. Rules: X5."""

    def __init__(self, block: Block) -> None:
        self.block = block

    def read(self, offset: int, size: int, order: ByteOrder) -> int:
        """Load. Raises AccessStopped where it runs past the block."""
        return int.from_bytes(self.block.read(offset, size), order)

    def write(self, offset: int, data: bytes) -> None:
        """Store. Raises AccessStopped where it runs past the block."""
        self.block.write(offset, data)


class Call(NamedTuple):
    """One callback, as it was made; `failed` if the device said so. Rules: A7."""

    device: Device
    offset: int
    size: int
    value: int
    is_write: bool
    failed: bool
    depth: int


class Dma(NamedTuple):
    """An access that a device makes when it is called, through the space of that name.

    It writes `data`, or without any reads `length` bytes; each time, or in the one callback of that
    number. Rules: A9.
    """

    space: str
    address: int
    data: bytes | None
    length: int = 0
    on_call: int | None = None
    attributes: Attributes = UNSPECIFIED


class Caller(Protocol):
    """Who calls devices: it makes the accesses that they ask for, and keeps a log."""

    def make_dma(self, device: Device, dma: Dma) -> None:
        """Make a device's own access, inside its callback."""

    def log_call(
        self, device: Device, offset: int, size: int, value: int, is_write: bool, failed: bool
    ) -> None:
        """Note a callback that has ended."""


class Device:
    """What answers in a region: change `behaviour` and the collections freely.

    `valid` says which accesses are valid, `impl` which callbacks they become; `set_sizes` changes
    them. `failing` has the numbers of callbacks that end in an error, counted by `called`; `dma`
    are the accesses with which callbacks begin. Unless `guarded`, they may enter the device again.
    Rules: A4, A6, A9.
    """

    __slots__ = (
        "_steps",
        "_widths",
        "behaviour",
        "called",
        "dma",
        "failing",
        "guarded",
        "impl",
        "name",
        "order",
        "refusals",
        "valid",
    )

    def __init__(self, name: str, order: ByteOrder = "little") -> None:
        self.name = name
        self.order: ByteOrder = order
        self._fit(Sizes(), Sizes())
        self.behaviour: Behaviour = ByteStore()
        self.refusals: list[Refusal] = []
        self.failing: set[int] = set()
        self.dma: list[Dma] = []
        self.guarded = True
        self.called = 0

    def set_sizes(self, valid: Sizes, impl: Sizes, may_differ: bool) -> None:
        """Say which accesses are valid, and which callbacks they become.

        Unless they `may_differ`, callbacks are unaligned only where accesses may be. Raises
        MemoryMapError. Rules: M6, A6, A7.
        """
        if any(not 0 <= size <= WIDEST for size in (*valid[:2], *impl[:2])):
            raise MemoryMapError(f"device {self.name}: a size is not within 0 to {WIDEST}")
        if impl.unaligned and not (valid.unaligned or may_differ):
            raise MemoryMapError(f"device {self.name}: impl.unaligned without valid.unaligned")
        self._fit(valid, impl)

    def _fit(self, valid: Sizes, impl: Sizes) -> None:
        """Look up once what the sizes make of accesses."""
        self.valid, self.impl = valid, impl
        self._steps = steps_of(valid.most, impl.unaligned)
        self._widths = widths_of(impl.least, impl.most)

    def step(self, offset: int, length: int) -> int:
        """How many of `length` bytes one access takes: a power of two. Rules: A1, A5."""
        return step_of(self._steps, offset, length)

    def accepts(self, offset: int, size: int, is_write: bool) -> bool:
        """Whether an access is valid. Rules: A6."""
        for one in self.refusals:
            if (
                one.start <= offset < one.end
                and one.access_size in (None, size)
                and (one.writes if is_write else one.reads)
                and self.called >= one.after_calls
            ):
                return False
        if not self.valid.unaligned and offset & (size - 1) & 0xFFFFFFFF:
            return False
        return self.valid.most == 0 or self.valid.least <= size <= self.valid.most

    def width(self, size: int) -> int:
        """How many bytes each callback of an access has. Rules: A7."""
        return self._widths[size]

    def read(self, offset: int, size: int, caller: Caller) -> tuple[bool, bytes]:
        """One valid access: whether a callback failed, and the bytes. Rules: A7, A8.

        What callbacks give is laid side by side, and cut where the access ends.
        """
        width = self.width(size)
        failed, data = False, b""
        for done in range(0, size, width):
            at = (offset + done) % TOP
            fails = self._begin(caller)
            value = self.behaviour.read(at, width, self.order)
            caller.log_call(self, at, width, value, False, fails)
            failed = failed or fails
            data += (value & (1 << 8 * width) - 1).to_bytes(width, self.order)
        return failed, data[:size]

    def write(self, offset: int, data: bytes, caller: Caller) -> bool:
        """One valid access: whether a callback failed. Rules: A7, A8.

        Callbacks take the bytes one after the other; zeros follow the last ones.
        """
        width = self.width(len(data))
        failed = False
        for done, piece in pieces(data, width):
            at = (offset + done) % TOP
            fails = self._begin(caller)
            if not fails:
                self.behaviour.write(at, piece)
            caller.log_call(self, at, width, int.from_bytes(piece, self.order), True, fails)
            failed = failed or fails
        return failed

    def _begin(self, caller: Caller) -> bool:
        """Number a callback, and make the device's own accesses in it; whether it fails."""
        number = self.called
        self.called += 1
        for dma in self.dma:
            if dma.on_call is None or dma.on_call == number:
                caller.make_dma(self, dma)
        return number in self.failing


def pieces(data: bytes, width: int) -> Iterator[tuple[int, bytes]]:
    """Data cut into pieces of `width` bytes, each with its place; zeros fill up the last."""
    for done in range(0, len(data), width):
        yield done, data[done : done + width].ljust(width, b"\0")


def ram_device(name: str, block: Block) -> Device:
    """What QEMU 7.2 calls in a RAM device's stead. Rules: X5."""
    device = Device(name)
    sizes = Sizes(1, WIDEST, unaligned=True)
    device.set_sizes(sizes, sizes, may_differ=False)
    device.behaviour = OfBlock(block)
    return device
