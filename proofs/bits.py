"""Numbers of so many bits that stand for every value at once, for code that shifts and masks.

They are Python's numbers, not a machine's: sums and shifts to the left get wider, and nothing is
lost that is not masked off. So they are exact, but never negative.
"""

from collections.abc import Iterable
from typing import cast

import z3

from proofs.symbolic import Forking, SymBool, UnsupportedOperation, _StandIn


class SymBits(_StandIn):
    """A number from 0 to 2^width - 1."""

    __slots__ = ("width",)

    def __init__(self, term: z3.BitVecRef, path: Forking, width: int) -> None:
        super().__init__(term, path)
        self.width = width

    def _like(self, term: z3.BitVecRef, width: int) -> "SymBits":
        return type(self)(term, self.path, width)

    def _in_width(self, width: int) -> z3.BitVecRef:
        """The term with zeros above it, or without its upper bits."""
        if width == self.width:
            return self.term
        if width < self.width:
            return z3.Extract(width - 1, 0, self.term)
        return z3.ZeroExt(width - self.width, self.term)

    def __bool__(self) -> bool:
        return self.path.branch(self.term != 0)

    def __and__(self, other: object) -> "SymBits":
        if isinstance(other, int) and other > 0 and other & (other + 1) == 0:
            width = min(self.width, other.bit_length())
            return self._like(self._in_width(width), width)
        bits = _bits(other, self.path)
        width = min(self.width, bits.width)
        return self._like(self._in_width(width) & bits._in_width(width), width)

    def __or__(self, other: object) -> "SymBits":
        bits = _bits(other, self.path)
        width = max(self.width, bits.width)
        return self._like(self._in_width(width) | bits._in_width(width), width)

    def __add__(self, other: object) -> "SymBits":
        bits = _bits(other, self.path)
        width = max(self.width, bits.width) + 1
        return self._like(self._in_width(width) + bits._in_width(width), width)

    __rand__ = __and__
    __ror__ = __or__
    __radd__ = __add__

    def __lshift__(self, count: object) -> "SymBits":
        count = _count(count)
        if count == 0:
            return self
        zeros = z3.BitVecVal(0, count, self.path.context)
        return self._like(z3.Concat(self.term, zeros), self.width + count)

    def __rshift__(self, count: object) -> "SymBits":
        count = _count(count)
        if count == 0:
            return self
        if count >= self.width:
            return self._like(z3.BitVecVal(0, 1, self.path.context), 1)
        return self._like(z3.Extract(self.width - 1, count, self.term), self.width - count)

    def __mod__(self, other: object) -> "SymBits":
        if not isinstance(other, int) or other < 2 or other & (other - 1) != 0:
            raise UnsupportedOperation("bits have remainders by powers of two from 2 on only")
        return self & (other - 1)

    def __eq__(self, other: object) -> SymBool:  # type: ignore[override]
        bits = _bits(other, self.path)
        width = max(self.width, bits.width)
        return SymBool(self._in_width(width) == bits._in_width(width), self.path)

    def __ne__(self, other: object) -> SymBool:  # type: ignore[override]
        bits = _bits(other, self.path)
        width = max(self.width, bits.width)
        return SymBool(self._in_width(width) != bits._in_width(width), self.path)

    __hash__ = _StandIn.__hash__

    def to_bytes(self, length: int, byteorder: str) -> tuple["SymBits", ...]:
        """As int.to_bytes; it forks where the number may be too large, and raises OverflowError."""
        if self.width > 8 * length and self >> 8 * length != 0:
            raise OverflowError("int too big to convert")
        ascending = tuple(self >> 8 * place & 0xFF for place in range(length))
        return ascending if byteorder == "little" else ascending[::-1]


class SymKey(SymBits):
    """A number that can be a key of a dictionary whose keys are all of this kind.

    All have one hash, so that the dictionary compares them, which forks where they may be equal.
    """

    __slots__ = ()

    def __hash__(self) -> int:  # type: ignore[override]
        return 0


def as_key(number: int) -> int:
    """The same number, fit to be a key together with what is computed from it."""
    if not isinstance(number, SymBits):
        return number
    return cast(int, SymKey(number.term, number.path, number.width))


class Numbers:
    """In place of `int`, for code that makes numbers of bytes that may be stand-ins."""

    @staticmethod
    def from_bytes(data: Iterable[int], byteorder: str) -> int:
        """As int.from_bytes."""
        number = 0
        for place, byte in enumerate(data if byteorder == "little" else reversed(tuple(data))):
            number = number | byte << 8 * place
        return number


def _bits(value: object, path: Forking) -> SymBits:
    if isinstance(value, SymBits):
        if value.path is not path:
            raise UnsupportedOperation("symbolic values of two paths of execution do not mix")
        return value
    if isinstance(value, int) and value >= 0:
        number = int(value)
        width = max(1, number.bit_length())
        return SymBits(z3.BitVecVal(number, width, path.context), path, width)
    raise UnsupportedOperation(f"bits do not go with a negative number or {type(value).__name__}")


def _count(count: object) -> int:
    if not isinstance(count, int) or count < 0:
        raise UnsupportedOperation("bits can be shifted by a constant only, which is not negative")
    return count
