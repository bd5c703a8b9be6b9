"""How accesses of devices are cut: into steps, each one access, and those into callbacks."""

from functools import cache

WIDEST = 8
"""The most bytes of one access, and of one callback."""

Steps = tuple[tuple[int, ...], ...]
"""How many bytes one access takes, by the offset mod 8, and by how many are left: 0 to 8."""


@cache
def steps_of(most: int, unaligned: bool) -> Steps:
    """The steps that accesses of a device are cut into.

    No access has more than 8 bytes: so the offset counts mod 8, and more than 8 bytes as 8.
    Rules: A1.
    """
    lengths = range(WIDEST + 1)
    return tuple(
        tuple(step_size(most, unaligned, offset, length) for length in lengths)
        for offset in range(WIDEST)
    )


def step_size(most: int, unaligned: bool, offset: int, length: int) -> int:
    """The power of two that fits the length, the largest access and, mostly, the offset.

    Rules: A1.
    """
    most = most or 4
    lowest = offset & -offset
    if not unaligned and 0 < lowest < most:
        most = lowest
    size = min(length, most)
    return 1 << size.bit_length() - 1 if size else 0


def step_of(steps: Steps, offset: int, length: int) -> int:
    """The step at an offset; of the bytes that are left, the low 32 bits count. Rules: A1."""
    length &= 0xFFFFFFFF
    return steps[offset % WIDEST][length if length < WIDEST else WIDEST]


@cache
def widths_of(least: int, most: int) -> tuple[int, ...]:
    """How many bytes each callback of an access has, by the access's size. Rules: A7."""
    return tuple(max(min(size, most or 4), least or 1) for size in range(WIDEST + 1))
