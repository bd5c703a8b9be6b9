"""The host memory behind regions: mapped when it is first touched, or kept in pages."""

from __future__ import annotations

import mmap
import sys
from pathlib import Path
from threading import Lock

from impl.errors import MemoryMapError

PAGE_BITS = 12
PAGE = 1 << PAGE_BITS
HOST_PAGE = 4096
"""Bytes of the host's pages, to whole numbers of which blocks are rounded up."""

MOST_MAPPED = 1 << 46
"""The largest block that is mapped, in bytes: a process has 2^47 addresses or little more."""

_MAP_NORESERVE = getattr(mmap, "MAP_NORESERVE", 0x4000 if sys.platform == "linux" else 0)
"""Sets no memory aside for pages that may never be written; Python 3.13 has the name."""

_MAKING = Lock()
"""Held while a block gets its memory, so that it gets one only."""


class AccessStopped(Exception):
    """QEMU's access would overrun the host, stop at an assertion, or never end. Rules: A13, P9."""


class SparseBytes:
    """Bytes at any offset, zero at first, in pages that are made when something is written."""

    __slots__ = ("_pages",)

    def __init__(self) -> None:
        self._pages: dict[int, bytearray] = {}

    def read(self, offset: int, length: int) -> bytearray:
        """A copy of `length` bytes."""
        found = bytearray(length)
        done = 0
        while done < length:
            within = offset + done & PAGE - 1
            size = min(length - done, PAGE - within)
            page = self._pages.get(offset + done >> PAGE_BITS)
            if page is not None:
                found[done : done + size] = page[within : within + size]
            done += size
        return found

    def write(self, offset: int, data: bytes | memoryview) -> None:
        """Put bytes where they belong."""
        done = 0
        while done < len(data):
            within = offset + done & PAGE - 1
            size = min(len(data) - done, PAGE - within)
            page = self._pages.setdefault(offset + done >> PAGE_BITS, bytearray(PAGE))
            page[within : within + size] = data[done : done + size]
            done += size


class Block:
    """The host memory of a RAM region or ROM device: whole pages, and nothing behind them.

    Its size is that which the region had when it was made, in bytes. It is mapped when it is first
    touched, and takes memory page by page as it is written, so that a large one costs nothing; what
    is too large to be mapped is kept in pages. It lasts until it is closed, or nothing refers to it
    any more. Rules: A2.
    """

    __slots__ = ("_contents", "size")

    def __init__(self, size: int) -> None:
        self.size = -(-size // HOST_PAGE) * HOST_PAGE
        self._contents: mmap.mmap | SparseBytes | None = None

    @classmethod
    def from_file(cls, path: str | Path, size: int, shared: bool = True, offset: int = 0) -> Block:
        """A block of the `size` bytes of a file from `offset` on; the file is closed again.

        If it is `shared`, what is written goes to the file, and to all others that map it so; if
        not, it stays here. The file must stay as long as it is. Raises MemoryMapError if the file
        is not there, may not be opened, or is too short, and for parts of pages.
        """
        for what, number in ("size", size), ("offset", offset):
            if number < 0 or number % mmap.ALLOCATIONGRANULARITY:
                page = mmap.ALLOCATIONGRANULARITY
                raise MemoryMapError(f"{path}: {what} {number:#x} is not in pages of {page} bytes")
        if size == 0:
            raise MemoryMapError(f"{path}: none of its bytes were asked for")
        access = mmap.ACCESS_WRITE if shared else mmap.ACCESS_COPY
        try:
            with Path(path).open("r+b" if shared else "rb") as file:
                there = file.seek(0, 2)
                if there < offset + size:
                    raise MemoryMapError(
                        f"{path} has {there:#x} bytes, not {size:#x} from {offset:#x} on"
                    )
                contents = mmap.mmap(file.fileno(), size, access=access, offset=offset)
        except OSError as error:
            raise MemoryMapError(f"{path} cannot be mapped: {error.strerror}") from error
        block = cls(size)
        block._contents = contents
        return block

    def close(self) -> None:
        """Let go of the memory; accesses stop from now on as they do behind the end.

        Raises MemoryMapError while it is mapped by anyone, as `Mapping.memory`. Rules: A2.
        """
        if isinstance(self._contents, mmap.mmap):
            try:
                self._contents.close()
            except BufferError as error:
                raise MemoryMapError("memory that is still mapped cannot be closed") from error
        self.size = 0

    @property
    def contents(self) -> mmap.mmap | SparseBytes:
        """The memory itself, made if it was not: whoever slices it keeps within `size` bytes."""
        if self._contents is None:
            with _MAKING:
                if self._contents is None:
                    self._contents = anonymous(self.size)
        return self._contents

    def left(self, offset: int) -> int:
        """How many bytes there are from `offset` on. Raises AccessStopped for none. Rules: A2."""
        if offset >= self.size:
            raise AccessStopped(f"offset {offset:#x} is outside of a block of {self.size:#x} bytes")
        return self.size - offset

    def read(self, offset: int, length: int) -> bytes:
        """A copy of `length` bytes; AccessStopped where they run past the end. Rules: A13."""
        self._require(offset, length)
        if self._contents is None:
            return bytes(length)
        if isinstance(self._contents, SparseBytes):
            return bytes(self._contents.read(offset, length))
        return self._contents[offset : offset + length]

    def write(self, offset: int, data: bytes | memoryview) -> None:
        """Put bytes into the block; AccessStopped where they run past its end. Rules: A13."""
        self._require(offset, len(data))
        contents = self.contents
        if isinstance(contents, SparseBytes):
            contents.write(offset, data)
        else:
            contents[offset : offset + len(data)] = data

    def _require(self, offset: int, length: int) -> None:
        if length > self.left(offset):
            raise AccessStopped(
                f"{length:#x} bytes at {offset:#x} overrun a block of {self.size:#x}"
            )


def anonymous(size: int) -> mmap.mmap | SparseBytes:
    """Memory that is zero at first, mapped if the host can map so much of it."""
    if 0 < size <= MOST_MAPPED:
        try:
            if sys.platform == "win32":
                return mmap.mmap(-1, size)
            flags = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | _MAP_NORESERVE
            return mmap.mmap(-1, size, flags=flags)
        except OSError:
            pass
    return SparseBytes()
