"""Numbers and truth values that stand for every value at once.

A `SymInt` or `SymBool` takes the place of an int or a bool in code that knows nothing of provers.
Arithmetic builds a term; a branch asks the path that the value belongs to which way to go. What a
stand-in cannot do for all values at once it refuses: it never settles on one of them silently.

The types below say `int` and `bool` where either the plain value or its stand-in may come, because
that is how the code under proof sees them.
"""

from typing import NoReturn, Protocol, TypeVar, cast

import z3

from proofs import terms

Value = TypeVar("Value", int, bool)


class UnsupportedOperation(TypeError):
    """A stand-in was asked for something that it cannot answer for all its values at once."""


class Forking(Protocol):
    """What a stand-in needs of the path of execution that it belongs to."""

    @property
    def context(self) -> z3.Context:
        """The Z3 context that the path's terms live in."""

    def branch(self, condition: z3.BoolRef) -> bool:
        """Which side of a branch this path takes."""


class _StandIn:
    """What both kinds of stand-in have in common: their term, their path, and their refusals."""

    __slots__ = ("path", "term")

    def __init__(self, term: z3.ExprRef, path: Forking) -> None:
        self.term = term
        self.path = path

    def __repr__(self) -> str:
        return f"<{self.term}>"

    def __hash__(self) -> NoReturn:
        raise UnsupportedOperation("a symbolic value cannot be hashed")

    def __index__(self) -> NoReturn:
        raise UnsupportedOperation("a symbolic value cannot be used as an index")

    def __int__(self) -> NoReturn:
        raise UnsupportedOperation("a symbolic value cannot be turned into an int")

    def __float__(self) -> NoReturn:
        raise UnsupportedOperation("a symbolic value cannot be turned into a float")

    def __format__(self, specification: str) -> NoReturn:
        raise UnsupportedOperation("a symbolic value cannot be formatted as text")


class SymBool(_StandIn):
    """A truth value. Python's `if`, `and`, `or` and `not` fork on it; `&` and `|` do not."""

    __slots__ = ()

    def __bool__(self) -> bool:
        return self.path.branch(self.term)

    def __and__(self, other: object) -> "SymBool":
        return SymBool(terms.both(self.term, truth_term(other, self.path)), self.path)

    def __or__(self, other: object) -> "SymBool":
        return SymBool(terms.either(self.term, truth_term(other, self.path)), self.path)

    __rand__ = __and__
    __ror__ = __or__

    def __invert__(self) -> NoReturn:
        raise UnsupportedOperation("~True is -2 in Python: negate with `not` or `negation`")

    def __eq__(self, other: object) -> "SymBool":  # type: ignore[override]
        return SymBool(terms.equal(self.term, truth_term(other, self.path)), self.path)

    def __ne__(self, other: object) -> "SymBool":  # type: ignore[override]
        return SymBool(terms.distinct(self.term, truth_term(other, self.path)), self.path)

    __hash__ = _StandIn.__hash__


class SymInt(_StandIn):
    """A mathematical integer. Only linear arithmetic: products and quotients by constants."""

    __slots__ = ()

    def __bool__(self) -> bool:
        return self.path.branch(self.term != 0)

    def __neg__(self) -> "SymInt":
        return SymInt(-self.term, self.path)

    def __add__(self, other: object) -> "SymInt":
        return SymInt(terms.add(self.term, _number(other, self.path)), self.path)

    def __sub__(self, other: object) -> "SymInt":
        return SymInt(terms.subtract(self.term, _number(other, self.path)), self.path)

    def __rsub__(self, other: object) -> "SymInt":
        return SymInt(terms.subtract(_number(other, self.path), self.term), self.path)

    def __mul__(self, other: object) -> "SymInt":
        if not isinstance(other, int):
            raise UnsupportedOperation("a symbolic integer can be multiplied by a constant only")
        return SymInt(terms.multiply(self.term, _number(other, self.path)), self.path)

    __radd__ = __add__
    __rmul__ = __mul__

    def __floordiv__(self, other: object) -> "SymInt":
        return SymInt(terms.divide(self.term, self._divisor(other)), self.path)

    def __mod__(self, other: object) -> "SymInt":
        return SymInt(terms.remainder(self.term, self._divisor(other)), self.path)

    def __and__(self, mask: object) -> "SymInt":
        """The low bits, or all others; of negative numbers too."""
        count = _low_bits(mask)
        low = self % (1 << count)
        is_low = mask == (1 << count) - 1
        return _Masked((low if is_low else self - low).term, self.path, count, is_low)

    __rand__ = __and__

    def __or__(self, other: int) -> "SymInt | _Bits":
        """A sum, if masks show that they share no bits."""
        if isinstance(self, _Masked) and isinstance(other, _Masked) and self.is_low != other.is_low:
            low, high = (self, other) if self.is_low else (other, self)
            return high + low if low.count <= high.count else _Bits(self, other)
        return _Bits(self, other)

    __ror__ = __or__

    def __rshift__(self, count: object) -> "SymInt":
        return self // _power_of_two(count)

    def __lshift__(self, count: object) -> "SymInt":
        return self * _power_of_two(count)

    def _divisor(self, divisor: object) -> z3.ArithRef:
        """By positive divisors Z3 and Python both round down; by others they differ."""
        if not isinstance(divisor, int) or divisor <= 0:
            raise UnsupportedOperation("a symbolic integer is divided by positive constants only")
        return _number(divisor, self.path)

    def _compared(self, other: object, make: terms.Comparison, turned: terms.Comparison) -> SymBool:
        """A constant stands first: with some theorems that saves Z3 all but a hundredth."""
        number = _number(other, self.path)
        if isinstance(other, int):
            return SymBool(turned(number, self.term), self.path)
        return SymBool(make(self.term, number), self.path)

    def __lt__(self, other: object) -> SymBool:
        return self._compared(other, terms.less, terms.greater)

    def __le__(self, other: object) -> SymBool:
        return self._compared(other, terms.at_most, terms.at_least)

    def __gt__(self, other: object) -> SymBool:
        return self._compared(other, terms.greater, terms.less)

    def __ge__(self, other: object) -> SymBool:
        return self._compared(other, terms.at_least, terms.at_most)

    def __eq__(self, other: object) -> SymBool:  # type: ignore[override]
        return self._compared(other, terms.equal, terms.equal)

    def __ne__(self, other: object) -> SymBool:  # type: ignore[override]
        return self._compared(other, terms.distinct, terms.distinct)

    __hash__ = _StandIn.__hash__


class _Masked(SymInt):
    """What a mask leaves of an integer: so many low bits, or all others."""

    __slots__ = ("count", "is_low")

    def __init__(self, term: z3.ExprRef, path: Forking, count: int, is_low: bool) -> None:
        super().__init__(term, path)
        self.count = count
        self.is_low = is_low


class _Bits(_StandIn):
    """The bits that either of two numbers has: only whether there is any, also behind a mask."""

    __slots__ = ("one", "other")

    def __init__(self, one: SymInt, other: int) -> None:
        super().__init__(z3.Or(one.term != 0, _number(other, one.path) != 0), one.path)
        self.one = one
        self.other = other

    def __and__(self, mask: int) -> "_Bits":
        return _Bits(self.one & mask, self.other & mask)

    def __bool__(self) -> bool:
        return self.path.branch(self.term)

    def __eq__(self, other: object) -> NoReturn:
        raise UnsupportedOperation("which bits two symbolic integers have together is not known")

    __hash__ = _StandIn.__hash__


class _Tellable(SymInt):
    """An integer that text may name, by its term; what is computed from it is not one."""

    __slots__ = ()

    def __format__(self, specification: str) -> str:  # type: ignore[override]
        return repr(self)


def tellable(number: int) -> int:
    """The same number, which the code under proof may put into the message of an error.

    The text does not tell one value from another: use it only where no code looks at the text.
    """
    if not isinstance(number, SymInt):
        return number
    return cast(int, _Tellable(number.term, number.path))


def _low_bits(mask: object) -> int:
    """How many low bits a mask has, or lacks, if it has no others, or all others."""
    if isinstance(mask, int):
        low = int(mask) if mask >= 0 else ~mask
        if low & (low + 1) == 0:
            return low.bit_length()
    raise UnsupportedOperation("a symbolic integer goes with masks of low bits or of all others")


def _power_of_two(count: object) -> int:
    if isinstance(count, int) and count >= 0:
        return 1 << count
    raise UnsupportedOperation("a symbolic integer can be shifted by a constant of 0 or more")


def _number(value: object, path: Forking) -> z3.ArithRef:
    if isinstance(value, SymInt):
        return _term_of(value, path)
    if isinstance(value, int):
        return z3.IntVal(int(value), path.context)
    raise UnsupportedOperation(f"a symbolic integer does not go with {type(value).__name__}")


def truth_term(value: object, path: Forking) -> z3.BoolRef:
    """The Z3 term of a truth value, plain or symbolic. Raises UnsupportedOperation for others."""
    if isinstance(value, SymBool):
        return _term_of(value, path)
    if isinstance(value, bool):
        return z3.BoolVal(value, path.context)
    raise UnsupportedOperation(f"a symbolic truth value does not go with {type(value).__name__}")


def _term_of(value: _StandIn, path: Forking) -> z3.ExprRef:
    if value.path is not path:
        raise UnsupportedOperation("symbolic values of two paths of execution do not mix")
    return value.term


def all_of(*conditions: bool) -> bool:
    """Whether all conditions hold, without forking."""
    result = True
    for condition in conditions:
        result = result & condition
    return result


def any_of(*conditions: bool) -> bool:
    """Whether at least one condition holds, without forking."""
    result = False
    for condition in conditions:
        result = result | condition
    return result


def negation(condition: bool) -> bool:
    """Whether the condition does not hold, without forking."""
    return condition == False  # noqa: E712 - `not` would fork


def implies(premise: bool, conclusion: bool) -> bool:
    """Whether the conclusion holds, or the premise does not; without forking."""
    return negation(premise) | conclusion


def choose(condition: bool, then: Value, otherwise: Value) -> Value:
    """One of two numbers, or of two truth values, without forking."""
    if not isinstance(condition, SymBool):
        return then if condition else otherwise
    path = condition.path
    if isinstance(then, (bool, SymBool)):
        truth = terms.if_else(condition.term, truth_term(then, path), truth_term(otherwise, path))
        return cast(Value, SymBool(truth, path))
    number = terms.if_else(condition.term, _number(then, path), _number(otherwise, path))
    return cast(Value, SymInt(number, path))
