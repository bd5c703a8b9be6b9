"""The contents of RAM blocks: the host memory behind RAM, ROM and ROM devices.

A block is as large as its region was when it was made, rounded up to whole host pages. Bytes that
nothing has written are zero, and take no room.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from model.memtx import HostOverrun, OffsetOutsideBlock, check_effort

CHUNK = 256
"""Bytes that are kept, and copied, together."""


class RamBlock(NamedTuple):
    """Host memory of `max_length` bytes; `chunks` holds what was written, by offset // CHUNK.

    Rules: A2, A13.
    """

    max_length: int
    chunks: Mapping[int, bytes] = MappingProxyType({})


def allocate(size: int, host_page_size: int) -> RamBlock:
    """A block of zeros for a region of `size` bytes. Rules: A2."""
    return RamBlock(size + -size % host_page_size)


def clamp_to_block(max_length: int, offset: int, length: int) -> int:
    """How many of `length` bytes at `offset` the block has. Rules: A2, A15."""
    return min(length, max_length - offset)


def check_offset(block: RamBlock, offset: int) -> None:
    """Raise OffsetOutsideBlock unless the block has a byte at `offset`. Rules: A2, A13."""
    if not 0 <= offset < block.max_length:
        raise OffsetOutsideBlock(f"offset {offset:#x} in a block of {block.max_length:#x} bytes")


def check_inside(block: RamBlock, offset: int, length: int) -> None:
    """Raise what QEMU's unclamped access comes to, unless it stays in the block.

    The start is asserted, the end is not. Rules: A13.
    """
    check_offset(block, offset)
    check_overrun(block, offset, length)


def check_overrun(block: RamBlock, offset: int, length: int) -> None:
    """Raise HostOverrun unless the bytes are the block's; QEMU does not ask. Rules: A13, X5."""
    if offset + length > block.max_length:
        raise HostOverrun(
            f"{length:#x} bytes at {offset:#x} of a block of {block.max_length:#x} bytes"
        )


def load_bytes(block: RamBlock, offset: int, length: int) -> bytes:
    """The bytes at `offset`. Raises OffsetOutsideBlock, HostOverrun and EffortLimit.

    Rules: A2, A13.
    """
    check_inside(block, offset, length)
    check_effort(0, length)
    first, last = offset // CHUNK, (offset + length - 1) // CHUNK
    empty = bytes(CHUNK)
    found = b"".join(block.chunks.get(number, empty) for number in range(first, last + 1))
    return found[offset % CHUNK :][:length]


def store_bytes(block: RamBlock, offset: int, data: bytes) -> RamBlock:
    """The block with `data` written at `offset`. Raises as `load_bytes` does. Rules: A2, A13."""
    check_inside(block, offset, len(data))
    check_effort(0, len(data))
    chunks = dict(block.chunks)
    done = 0
    while done < len(data):
        number, within = divmod(offset + done, CHUNK)
        piece = data[done : done + CHUNK - within]
        old = chunks.get(number, bytes(CHUNK))
        chunks[number] = old[:within] + piece + old[within + len(piece) :]
        done += len(piece)
    return block._replace(chunks=chunks)
