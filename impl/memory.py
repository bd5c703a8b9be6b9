"""Bytes that take room only where something was written, and the host memory behind regions."""

PAGE_BITS = 12
PAGE = 1 << PAGE_BITS
HOST_PAGE = 4096
"""Bytes of the host's pages, to whole numbers of which blocks are rounded up."""


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

    def write(self, offset: int, data: bytes) -> None:
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

    Its size is that which the region had when it was made. Rules: A2.
    """

    __slots__ = ("_contents", "size")

    def __init__(self, size: int) -> None:
        self.size = -(-size // HOST_PAGE) * HOST_PAGE
        self._contents = SparseBytes()

    def left(self, offset: int) -> int:
        """How many bytes there are from `offset` on. Raises AccessStopped for none. Rules: A2."""
        if offset >= self.size:
            raise AccessStopped(f"offset {offset:#x} is outside of a block of {self.size:#x} bytes")
        return self.size - offset

    def read(self, offset: int, length: int) -> bytearray:
        """A copy of `length` bytes; AccessStopped where they run past the end. Rules: A13."""
        self._require(offset, length)
        return self._contents.read(offset, length)

    def write(self, offset: int, data: bytes) -> None:
        """Put bytes into the block; AccessStopped where they run past its end. Rules: A13."""
        self._require(offset, len(data))
        self._contents.write(offset, data)

    def _require(self, offset: int, length: int) -> None:
        if length > self.left(offset):
            raise AccessStopped(
                f"{length:#x} bytes at {offset:#x} overrun a block of {self.size:#x}"
            )
