"""Which values of an operand are simpler than another: earlier, rounder, smaller, fewer."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from fuzz.operands import Choice, Data, Name, Number, Operand, Size

SMALL_NUMBERS = (0, 1, 2, 4, 8, 0x10, 0x100, 0x1000, 0x2000, 0x10000, 1 << 32)


def simpler_values(
    operand: Operand, value: Any, names: Mapping[str, Sequence[str]]
) -> Iterator[Any]:
    """Values of an operand that are simpler than one, simplest first."""
    if isinstance(operand, Name):
        known = names.get(operand.what, ())
        if not operand.new and value in known:
            yield from known[: known.index(value)]
    elif isinstance(operand, Choice):
        values = list(operand.of)
        yield from values[: values.index(value)]
    elif isinstance(operand, Data):
        yield from simpler_data(value)
    elif isinstance(operand, Number | Size) and not isinstance(value, bool):
        yield from simpler_numbers(value)


def simpler_numbers(value: int) -> Iterator[int]:
    """Numbers that are rounder or smaller than one, which ends at 0."""
    top = 1 << max(value.bit_length() - 1, 0)
    digit = 16 ** max((value.bit_length() - 1) // 4, 0)
    rounded = (value & -0x1000, value & -0x10, value // digit * digit, value // 2, value - 1)
    for number in (*SMALL_NUMBERS, top, *rounded):
        if roundness(number) < roundness(value):
            yield number


def roundness(value: int) -> tuple[int, int]:
    """The fewer digits but zeros at its end a number has, the rounder it is; then the smaller."""
    return len(f"{abs(value):x}".rstrip("0")), abs(value)


def simpler_data(value: bytes) -> Iterator[bytes]:
    """Fewer bytes, or zeros."""
    for length in sorted({1, len(value) // 2, len(value) - 1} - {0}):
        if length < len(value):
            yield value[:length]
    if any(value):
        yield bytes(len(value))
        yield from (ones,) if (ones := bytes(map(bool, value))) != value else ()
        yield from (bytes([*value[:-1], 0]),) if value[-1] else ()
