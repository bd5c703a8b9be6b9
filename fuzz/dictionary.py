"""libFuzzer's dictionaries; that for records has numbers that matter, as a record's 8 bytes.

Only libFuzzer's own mutations use it; those of `fuzz.mutator` come to such numbers by the readings
of the byte form.
"""

from collections.abc import Iterable

from fuzz.operands import ADDRESS_SPACE_SIZE

POWERS = (0, 8, 10, 12, 16, 20, 31, 32, 33, 47, 48, 52, 62, 63)
"""Numbers next to these powers of two, and at the end of addresses, tend to matter."""

NUMBER_BYTES = 8


def numbers() -> tuple[int, ...]:
    """All of them, the least first."""
    near = {(1 << power) + more for power in POWERS for more in (-1, 0, 1)}
    ends = {ADDRESS_SPACE_SIZE - back for back in (1, 2, 0x1000)}
    return tuple(sorted(near | ends))


def dictionary() -> str:
    """The numbers as a dictionary."""
    return written(number.to_bytes(NUMBER_BYTES, "little") for number in numbers())


def written(words: Iterable[bytes]) -> str:
    """Words in the form of libFuzzer's dictionaries."""
    quoted = ("".join(f"\\x{byte:02x}" for byte in word) for word in words)
    return "".join(f'"{word}"\n' for word in quoted)
