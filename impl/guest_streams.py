"""Filling guest memory from sources, and draining it to sinks, without a copy between."""

from __future__ import annotations

from collections.abc import Iterator
from mmap import mmap
from typing import Protocol

from impl.guest_contract import Contract
from impl.guest_errors import (
    GuestMemoryError,
    IoKind,
    Variant,
    invalid_address,
    invalid_backend,
    io_error,
)
from impl.guest_region import host_memory
from impl.guest_steps import Reached, Steps
from impl.memory import Block
from impl.region import TOP
from impl.view import FlatView


class Source(Protocol):
    """What memory is filled from: a raw file, or anything else that can be read into a buffer."""

    def readinto(self, buffer: memoryview, /) -> int | None:
        """Read at most as many bytes as the buffer has: how many; 0 at the end."""


class Sink(Protocol):
    """What memory is drained to: a raw file, or anything else that takes bytes."""

    def write(self, data: memoryview, /) -> int | None:
        """Take some of the bytes: how many; 0 if there is no room."""


def fill(
    steps: Steps, view: FlatView, contract: Contract, address: int, source: Source, count: int
) -> int:
    """Fill up to `count` bytes from a source: how many; 0 if it is at its end. Rules: F19.

    Each call of the source fills memory of one region. After a short one the next goes on there, or
    in the next region, as the contract says. Raises GuestMemoryError, also if the source fails:
    what it gave before stays, and is not counted.
    """
    total = 0
    for reached, block in pieces(steps, view, contract, address, count, is_write=True):
        while True:
            filled = fill_once(steps, contract, reached, block, source)
            total += filled
            rest = reached.room - filled
            if contract.reads_once_a_region or rest == 0:
                break
            if filled == 0:
                return total
            reached = reached._replace(offset=reached.offset + filled, room=rest)
    return total


def fill_once(
    steps: Steps, contract: Contract, reached: Reached, block: Block, source: Source
) -> int:
    """One read of a source into memory, which marks what it filled. Raises GuestMemoryError.

    Where a descriptor fails, all is marked: something may have been written. Rules: F19, A2.
    """
    offset, room = reached.offset, reached.room
    assert reached.region is not None
    contents = block.contents
    mapped = isinstance(contents, mmap)
    whole = memoryview(contents if isinstance(contents, mmap) else bytearray(room))
    target = whole[offset : offset + room] if mapped else whole
    while True:
        try:
            filled = source.readinto(target) or 0
            break
        except InterruptedError:
            if not contract.retries_interrupted:
                raise io_error(IoKind.INTERRUPTED) from None
        except OSError as error:
            if room and is_descriptor(source):
                steps.accesses.mark(reached.region, offset, room)
            raise io_error(IoKind.OTHER) from error
    if not 0 <= filled <= room:
        raise GuestMemoryError(Variant.CALLBACK_OUT_OF_RANGE)
    if filled and not mapped:
        block.write(offset, target[:filled])
    if filled:
        steps.accesses.mark(reached.region, offset, filled)
    return filled


def drain(
    steps: Steps, view: FlatView, contract: Contract, address: int, sink: Sink, count: int
) -> int:
    """Drain up to `count` bytes to a sink: how many. Rules: F19.

    A sink takes all of a region's bytes, by as many calls as it needs. Raises GuestMemoryError,
    also if the sink fails or is full: what it took before is not counted.
    """
    total = 0
    for reached, block in pieces(steps, view, contract, address, count, is_write=False):
        if reached.room:
            drain_whole(reached, block, sink)
        total += reached.room
    return total


def drain_whole(reached: Reached, block: Block, sink: Sink) -> None:
    """Have a sink take all bytes of a piece. Raises GuestMemoryError. Rules: F19."""
    offset, room = reached.offset, reached.room
    contents = block.contents
    if isinstance(contents, mmap):
        data = memoryview(contents)[offset : offset + room].toreadonly()
    else:
        data = memoryview(bytes(contents.read(offset, room)))
    while data:
        try:
            taken = sink.write(data) or 0
        except InterruptedError:
            continue
        except OSError as error:
            raise io_error(IoKind.OTHER) from error
        if taken == 0:
            raise io_error(IoKind.WRITE_ZERO)
        if not 0 < taken <= len(data):
            raise GuestMemoryError(Variant.CALLBACK_OUT_OF_RANGE)
        data = data[taken:]


def pieces(
    steps: Steps, view: FlatView, contract: Contract, address: int, count: int, is_write: bool
) -> Iterator[tuple[Reached, Block]]:
    """The pieces of a range that are memory, each in one region: they end where it is none.

    Raises GuestMemoryError if the first is none. Of no bytes there is an empty one where the
    contract asks for an address, else none. Rules: F5, F14, F16, F19, F21.
    """
    done = 0
    while done < count or (count == 0 and contract.empty_needs_address):
        at = (address + done) % TOP
        reached = steps.reach(view, at, count - done, is_write)
        if done == 0 and count and not is_write:
            steps.accesses.tell(address, count, reached.region)
        try:
            block, room = memory_of(steps, reached, at, is_write, is_empty=count == 0)
        except GuestMemoryError:
            if done == 0:
                raise
            return
        yield reached._replace(room=room), block
        done += room
        if count == 0:
            return


def memory_of(
    steps: Steps, reached: Reached, address: int, is_write: bool, is_empty: bool
) -> tuple[Block, int]:
    """The memory of a piece, and for how many bytes. Raises GuestMemoryError. Rules: F16, F22."""
    if reached.region is None:
        raise invalid_address(address)
    block = host_memory(steps.accesses, reached.region, is_write)
    room = min(reached.room, block.size - reached.offset)
    if room < 0 or (room == 0 and not is_empty):
        raise invalid_backend()
    return block, room


def is_descriptor(source: Source) -> bool:
    """Whether a source is a file or socket of the host."""
    try:
        return isinstance(source.fileno(), int)  # type: ignore[attr-defined]
    except (AttributeError, OSError):
        return False
