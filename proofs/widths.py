"""Integers that note what is computed with them, to claim how wide it is.

They stand in for all values, or are plain ones when a counterexample is confirmed; both note each
sum, difference, product, quotient and remainder that they are part of, on whichever side.
"""

from collections.abc import Callable
from typing import Any, cast

from model.address_range import ADDRESS_SPACE_SIZE
from proofs.proof import Proof
from proofs.symbolic import SymInt, all_of

LEAST_WIDE, WIDE_END = -(1 << 127), 1 << 127
"""The bounds of the signed integers of 128 bits that QEMU computes addresses with."""


def _noting(operation: str) -> Callable[..., Any]:
    """A method that computes as plain numbers and stand-ins do, and notes the result."""

    def compute(self: Any, *operands: object) -> Any:
        kind = SymInt if isinstance(self, SymInt) else int
        result = getattr(kind, operation)(self, *operands)
        if result is NotImplemented:
            return result
        self.noted.append(plain(result))
        return wide(result, self.noted)

    return compute


class _Noting:
    """All operations that the code under proof computes with."""

    __slots__ = ()

    __neg__ = _noting("__neg__")
    __add__ = _noting("__add__")
    __radd__ = _noting("__radd__")
    __sub__ = _noting("__sub__")
    __rsub__ = _noting("__rsub__")
    __mul__ = _noting("__mul__")
    __rmul__ = _noting("__rmul__")
    __floordiv__ = _noting("__floordiv__")
    __mod__ = _noting("__mod__")


class _WideSymbol(_Noting, SymInt):
    """A stand-in that notes what is computed with it."""

    __slots__ = ("noted",)


class _WideNumber(_Noting, int):
    """A plain number that notes what is computed with it."""

    noted: list[int]


def wide(number: int, noted: list[int]) -> int:
    """The same number, which notes what is computed with it."""
    result: Any
    if isinstance(number, SymInt):
        result = _WideSymbol(number.term, number.path)
    else:
        result = _WideNumber(number)
    result.noted = noted
    return cast(int, result)


def plain(number: int) -> int:
    """The same number, which notes nothing: for what is claimed, not computed by the code."""
    if isinstance(number, SymInt):
        return cast(int, SymInt(number.term, number.path))
    return int(number)


class Widths:
    """A proof whose integers note what is computed with them."""

    def __init__(self, proof: Proof) -> None:
        self.proof = proof
        self.noted: list[int] = []

    def integer(self, name: str, low: int | None = None, high: int | None = None) -> int:
        """See Proof."""
        return wide(self.proof.integer(name, low, high), self.noted)

    def boolean(self, name: str) -> bool:
        """See Proof."""
        return self.proof.boolean(name)

    def bits(self, name: str, count: int) -> int:
        """See Proof. They note nothing."""
        return self.proof.bits(name, count)

    def assume(self, condition: bool) -> None:
        """See Proof."""
        self.proof.assume(condition)

    def claim(self, claim: str, condition: bool) -> None:
        """See Proof."""
        self.proof.claim(claim, condition)

    def show(self, name: str, value: object) -> None:
        """See Proof."""
        self.proof.show(name, value)

    def claim_widths(self) -> None:
        """Claim that all that has been computed so far fits in 128 bits."""
        results = tuple(self.noted)
        self.proof.show("computed", results)
        self.proof.claim(
            "every number that is computed fits in 128 bits",
            all_of(*(all_of(one >= LEAST_WIDE, one < WIDE_END) for one in results)),
        )

    def claim_converted(self, what: str, *numbers: int) -> None:
        """Claim that numbers which QEMU converts to 64 bits are in [0, 2^64)."""
        converted = [plain(number) for number in numbers]
        self.proof.claim(
            f"{what}, converted to 64 bits, is in range",
            all_of(*(all_of(one >= 0, one < ADDRESS_SPACE_SIZE) for one in converted)),
        )
