"""Integers in memory: what loads and stores move."""

from struct import Struct

from impl.device import ByteOrder
from impl.errors import MemoryMapError

INTEGERS: dict[ByteOrder, dict[int, Struct]] = {
    "little": {1: Struct("<B"), 2: Struct("<H"), 4: Struct("<I"), 8: Struct("<Q")},
    "big": {1: Struct(">B"), 2: Struct(">H"), 4: Struct(">I"), 8: Struct(">Q")},
}
"""How integers lie in memory, by byte order and by size in bytes."""


def integer_of(size: int, order: ByteOrder) -> Struct:
    """How an integer lies in memory. Raises MemoryMapError if none does so. Rules: A8."""
    try:
        return INTEGERS[order][size]
    except KeyError:
        raise MemoryMapError(f"there are no {order}-endian integers of {size} bytes") from None
