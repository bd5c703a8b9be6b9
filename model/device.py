"""Devices: what answers in the i/o regions and ROM devices of a scenario.

A device is its region's operations (which accesses are valid, and of which sizes the callbacks are
made) and a behaviour: what the callbacks do.
"""

from collections.abc import Mapping
from enum import Enum
from types import MappingProxyType
from typing import NamedTuple

from model.address_range import ADDRESS_SPACE_SIZE
from model.memtx import UNSPECIFIED, AccessError, MemTxAttrs, MemTxResult

# --- Operations -------------------------------------------------------------------------------

MAX_ACCESS_SIZE = 8
"""The most bytes of one access or callback."""


class ByteOrder(Enum):
    """In which order a value's bytes lie; native is the target's. Rules: A8."""

    LITTLE = "little"
    BIG = "big"
    NATIVE = "native"

    def is_big(self, big_endian_target: bool) -> bool:
        """Whether the most significant byte comes first. Rules: A8."""
        return big_endian_target if self is ByteOrder.NATIVE else self is ByteOrder.BIG


class AccessSizes(NamedTuple):
    """Bytes in an access: at least `min`, at most `max`, aligned to their number or not.

    0 stands for a default, which is another one for valid accesses than for callbacks.
    Rules: A1, A6, A7.
    """

    min: int = 0
    max: int = 0
    unaligned: bool = False


class Refusal(NamedTuple):
    """Accesses that the accepts hook says no to: those that begin in [start, start + size).

    `access_sizes` are the sizes refused, in bytes; none given means every size. A hook that refuses
    only after `from_callback` callbacks does not answer alike each time. Rules: A6, P17.
    """

    start: int = 0
    size: int = ADDRESS_SPACE_SIZE
    access_sizes: tuple[int, ...] = ()
    reads: bool = True
    writes: bool = True
    from_callback: int = 0


class Ops(NamedTuple):
    """What a region's owner says about accesses to it.

    `valid`: which accesses are let in. `impl`: which callbacks they are made of. Rules: A1, A6, A7.
    """

    valid: AccessSizes = AccessSizes()
    impl: AccessSizes = AccessSizes()
    byte_order: ByteOrder = ByteOrder.NATIVE
    refusals: tuple[Refusal, ...] = ()


UNASSIGNED_OPS = Ops(refusals=(Refusal(),))
"""The operations of whatever has none of its own: they refuse everything. Rules: M1."""

RAM_DEVICE_OPS = Ops(
    valid=AccessSizes(1, 8, unaligned=True),
    impl=AccessSizes(1, 8, unaligned=True),
    byte_order=ByteOrder.LITTLE,
)
"""How QEMU 7.2 reaches a RAM device: by loads and stores of 1 to 8 bytes in the host's order.

The host here is little-endian; its order shows in the callbacks' values, never in memory.
Rules: X5.
"""


def refuses(refusal: Refusal, offset: int, size: int, is_write: bool, callbacks: int) -> bool:
    """Whether the accepts hook says no to `size` bytes at `offset`. Rules: A6."""
    return (
        refusal.start <= offset < refusal.start + refusal.size
        and (not refusal.access_sizes or size in refusal.access_sizes)
        and (refusal.writes if is_write else refusal.reads)
        and callbacks >= refusal.from_callback
    )


# --- Behaviour --------------------------------------------------------------------------------


class ByteStore(NamedTuple):
    """Keeps each byte that is written to it, by offset; the others are zero. Rules: P10."""

    contents: Mapping[int, int] = MappingProxyType({})


class Formula(NamedTuple):
    """Answers reads with base + offset * per_offset + size * per_size, mod 2^64; ignores writes.

    All ones, as unassigned i/o ports answer, is a base of 2^64 - 1 and nothing else. Rules: A4.
    """

    base: int = 0
    per_offset: int = 0
    per_size: int = 0


class Dma(NamedTuple):
    """An access that the device makes, through an address space, from inside a callback.

    It writes `data`, or reads `length` bytes; before the callback's own effect, and in callback
    number `on_callback` only, or in each if that is None. Rules: A9.
    """

    space: str
    address: int
    is_write: bool = False
    data: bytes = b""
    length: int = 0
    attrs: MemTxAttrs = UNSPECIFIED
    on_callback: int | None = None


class Device(NamedTuple):
    """What answers in one region.

    `guard_disabled` frees its region of its owner's re-entrancy guard. Callbacks are numbered from
    0, reads and writes together; `failing` are those that end in ERROR: they deliver what they
    read, and store nothing. `callbacks` counts those so far. Rules: A9, A4.
    """

    ops: Ops = Ops()
    behaviour: ByteStore | Formula = ByteStore()
    guard_disabled: bool = False
    failing: frozenset[int] = frozenset()
    dma: tuple[Dma, ...] = ()
    callbacks: int = 0


def check_device(device: Device, is_rom_device: bool, asserts_alignment: bool) -> None:
    """Raise AccessError for operations that QEMU does not take.

    Sizes beyond 8 bytes are beyond what its accesses can hold. That callbacks may be unaligned
    only if accesses may be is asserted of i/o regions, where `asserts_alignment`. Rules: M6, A7.
    """
    ops = device.ops
    for size in (ops.valid.min, ops.valid.max, ops.impl.min, ops.impl.max):
        if not 0 <= size <= MAX_ACCESS_SIZE:
            raise AccessError(f"access size {size} is not within 0 to {MAX_ACCESS_SIZE}")
    if asserts_alignment and not is_rom_device and ops.impl.unaligned and not ops.valid.unaligned:
        raise AccessError("impl.unaligned without valid.unaligned")


def fails(device: Device, number: int) -> MemTxResult:
    """How callback `number` ends. Rules: A4."""
    return MemTxResult.ERROR if number in device.failing else MemTxResult.OK


def read_behaviour(device: Device, offset: int, size: int, is_big: bool) -> int:
    """The value that a read callback delivers; not cut to its size. Rules: A7."""
    behaviour = device.behaviour
    if isinstance(behaviour, Formula):
        value = behaviour.base + offset * behaviour.per_offset + size * behaviour.per_size
        return value % ADDRESS_SPACE_SIZE
    stored = (behaviour.contents.get((offset + i) % ADDRESS_SPACE_SIZE, 0) for i in range(size))
    return int.from_bytes(bytes(stored), "big" if is_big else "little")


def write_behaviour(device: Device, offset: int, size: int, value: int, is_big: bool) -> Device:
    """The device after a write callback that does not fail. Rules: A7."""
    behaviour = device.behaviour
    if isinstance(behaviour, Formula):
        return device
    data = value.to_bytes(size, "big" if is_big else "little")
    stored = {(offset + i) % ADDRESS_SPACE_SIZE: byte for i, byte in enumerate(data)}
    return device._replace(behaviour=ByteStore({**behaviour.contents, **stored}))
