"""Bytes to write as a choice and a number, which is what a record of the byte form has room for.

The choice is their number; the number's 8 bytes are the first 8, and each later one is one more
than the one 8 before it, so that long data is not all alike.
"""

MOST_DATA = 32
NONE = 0xF8
"""The least choice that stands for no bytes, where there may be none."""
ROOM = 8


class NoRecord(ValueError):
    """Bytes that a record has no room for."""


def data_of(choice: int, number: int) -> bytes:
    """The bytes that a choice and a number stand for."""
    first = number.to_bytes(ROOM, "little")
    return bytes((first[i % ROOM] + i // ROOM) % 256 for i in range(choice % MOST_DATA + 1))


def record_of(data: bytes) -> tuple[int, int]:
    """The choice and the number that stand for bytes. Raises NoRecord if none do."""
    choice, number = len(data) - 1, int.from_bytes(data[:ROOM], "little")
    if not 0 <= choice < MOST_DATA or data_of(choice, number) != data:
        raise NoRecord(f"{len(data)} bytes to write that have no byte form")
    return choice, number
