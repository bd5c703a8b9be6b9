"""Dirty bitmaps: which pages of a region's memory were written since a client last looked.

A client's bits are bytes, 0 or 1, in chunks that are made when something in them is marked: so a
run of pages is marked, cleared and found by slices, and a large region costs nothing. Clearing
takes all chunks away by one assignment and puts back what was not asked for; a writer that finds
them taken away marks again. So no mark is lost between threads.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from enum import IntEnum

from impl.errors import MemoryMapError

CHUNK_BITS = 15
CHUNK = 1 << CHUNK_BITS
"""Pages in a chunk."""

ALL_DIRTY = b"\1" * CHUNK
"""A chunk that was marked as a whole; it needs no copy of its own."""

Chunks = dict[int, bytes | bytearray]


class DirtyClient(IntEnum):
    """Who looks at dirty bits; the value is the number of its bit in a mask. Rules: M8."""

    VGA = 0
    CODE = 1
    MIGRATION = 2

    @property
    def mask(self) -> int:
        """The mask of this client alone, as `set_dirty_log_mask` takes it."""
        return 1 << self


CLIENTS = tuple(map(int, DirtyClient))


class DirtySnapshot:
    """What was dirty of `size` bytes from `offset` on, when it was taken; it does not change."""

    __slots__ = ("_bits", "_page_bits", "offset", "size")

    def __init__(self, offset: int, size: int, page_bits: int, bits: dict[int, bytes]) -> None:
        self.offset = offset
        self.size = size
        self._page_bits = page_bits
        self._bits = bits

    def __bool__(self) -> bool:
        """Whether anything was dirty."""
        return bool(self._bits)

    def get(self, offset: int, size: int) -> bool:
        """Whether any page of `size` bytes from `offset` on was dirty.

        Offsets are those of the region. Raises MemoryMapError for bytes that are not in the
        snapshot.
        """
        if min(offset - self.offset, size, self.offset + self.size - offset - size) < 0:
            raise MemoryMapError(f"{size:#x} bytes at {offset:#x} are not in the snapshot")
        return any_dirty(self._bits, *pages(offset, size, self._page_bits))

    def ranges(self) -> Iterator[tuple[int, int]]:
        """The runs of dirty pages, ascending, each by its offset and size in bytes.

        The first and the last are cut to what is in the snapshot.
        """
        start = end = 0
        for number in sorted(self._bits):
            for first, last in runs(self._bits[number], 0, CHUNK):
                if (number << CHUNK_BITS) + first != end:
                    yield from self._cut(start, end)
                    start = (number << CHUNK_BITS) + first
                end = (number << CHUNK_BITS) + last
        yield from self._cut(start, end)

    def _cut(self, first: int, last: int) -> Iterator[tuple[int, int]]:
        """A run of pages as an offset and a size, unless it is empty."""
        if first < last:
            start = max(first << self._page_bits, self.offset)
            yield start, min(last << self._page_bits, self.offset + self.size) - start


class DirtyBitmaps:
    """The bitmaps of `size` bytes of memory, one for each client, of pages of 2^`page_bits` bytes.

    At first nothing is dirty; in QEMU everything is, as after `set(0, size)`. Offsets and sizes are
    in bytes, and every method raises MemoryMapError for bytes that are not there.
    """

    __slots__ = ("_clients", "_page_bits", "size")

    def __init__(self, size: int, page_bits: int) -> None:
        self.size = size
        self._page_bits = page_bits
        self._clients: list[Chunks] = [{}, {}, {}]

    def set(self, offset: int, size: int, clients: int = 0b111) -> None:
        """Mark the pages of some bytes for each client of a mask, whatever the region logs."""
        first, last = self._pages(offset, size)
        for client in CLIENTS:
            if clients >> client & 1 and first < last:
                self._mark(client, first, last)

    def get(self, client: DirtyClient, offset: int, size: int) -> bool:
        """Whether any page of some bytes is dirty for a client."""
        return any_dirty(self._clients[client], *self._pages(offset, size))

    def reset(self, client: DirtyClient, offset: int, size: int) -> None:
        """Let the pages of some bytes be dirty no more for a client."""
        self.snapshot_and_clear(client, offset, size)

    def test_and_clear(self, client: DirtyClient, offset: int, size: int) -> bool:
        """Whether any page of some bytes is dirty for a client; it is no more."""
        return bool(self.snapshot_and_clear(client, offset, size))

    def snapshot_and_clear(self, client: DirtyClient, offset: int, size: int) -> DirtySnapshot:
        """What is dirty of some bytes for a client; it is no more.

        What another thread marks meanwhile is in the snapshot, or stays marked, or both. QEMU
        clears whole groups of 64 pages, and has them in the snapshot; here it is just these pages.
        """
        first, last = self._pages(offset, size)
        taken, self._clients[client] = self._clients[client], {}
        bits: dict[int, bytes] = {}
        for number in list(taken):
            base = number << CHUNK_BITS
            begin = min(max(first - base, 0), CHUNK)
            end = max(min(last - base, CHUNK), begin)
            chunk = bytes(taken[number])
            for kept in (0, begin), (end, CHUNK):
                for run_first, run_last in runs(chunk, *kept):
                    self._mark(client, base + run_first, base + run_last)
            if chunk.find(1, begin, end) >= 0:
                bits[number] = bytes(begin) + chunk[begin:end] + bytes(CHUNK - end)
        return DirtySnapshot(offset, size, self._page_bits, bits)

    def _mark(self, client: int, first: int, last: int) -> None:
        """Mark pages for a client, until nobody has taken the chunks away meanwhile."""
        while True:
            chunks = self._clients[client]
            number, last_number = first >> CHUNK_BITS, last - 1 >> CHUNK_BITS
            if number == last_number:
                mark(chunks, number, first & CHUNK - 1, (last - 1 & CHUNK - 1) + 1)
            else:
                mark(chunks, number, first & CHUNK - 1, CHUNK)
                for between in range(number + 1, last_number):
                    chunks[between] = ALL_DIRTY
                mark(chunks, last_number, 0, (last - 1 & CHUNK - 1) + 1)
            if self._clients[client] is chunks:
                return

    def _pages(self, offset: int, size: int) -> tuple[int, int]:
        """The first page of some bytes, and that after the last. Raises MemoryMapError."""
        if offset < 0 or size < 0 or offset + size > self.size:
            raise MemoryMapError(f"{size:#x} bytes at {offset:#x} of {self.size:#x} have no bits")
        return pages(offset, size, self._page_bits)


NO_BITMAPS = DirtyBitmaps(0, 12)
"""Of what has no memory."""


def pages(offset: int, size: int, page_bits: int) -> tuple[int, int]:
    """The first page of some bytes, and that after the last; the same for no bytes."""
    first = offset >> page_bits
    return first, (offset + size - 1 >> page_bits) + 1 if size else first


def mark(chunks: Chunks, number: int, first: int, last: int) -> None:
    """Set the bits of pages of one chunk."""
    if last - first == CHUNK:
        chunks[number] = ALL_DIRTY
        return
    chunk = chunks.get(number) or chunks.setdefault(number, bytearray(CHUNK))
    if isinstance(chunk, bytes):
        return
    if last - first == 1:
        chunk[first] = 1
    else:
        chunk[first:last] = ALL_DIRTY[first:last]


def any_dirty(bits: Chunks | dict[int, bytes], first: int, last: int) -> bool:
    """Whether a bit of a run of pages is set."""
    for number in numbers(bits, first, last):
        base = number << CHUNK_BITS
        chunk = bits.get(number, b"")
        if chunk.find(1, max(first - base, 0), max(last - base, 0)) >= 0:
            return True
    return False


def numbers(known: Collection[int], first: int, last: int) -> Collection[int]:
    """The chunks of a run of pages, or fewer: those that are known."""
    touched = range(first >> CHUNK_BITS, (last - 1 >> CHUNK_BITS) + 1)
    return touched if len(touched) <= len(known) else list(known)


def runs(bits: bytes, first: int, last: int) -> Iterator[tuple[int, int]]:
    """The runs of ones between two places."""
    start = bits.find(1, first, last)
    while start >= 0:
        end = bits.find(0, start, last)
        end = last if end < 0 else end
        yield start, end
        start = bits.find(1, end, last)
