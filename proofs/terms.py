"""Making Z3's terms by its C interface, without what Z3's Python classes look up and check.

Most of the time of a proof goes into making terms. Here the operands are known to be of the sorts
that are named, and of one context.
"""

from collections.abc import Callable
from typing import Any

import z3
from z3 import ArithRef, BoolRef
from z3 import z3core as c

_Pair = z3.Ast * 2


def _of_two(make: Callable[..., Any], kind: type[Any]) -> Callable[[Any, Any], Any]:
    """A maker of terms of two operands."""

    def made(one: Any, other: Any) -> Any:
        context = one.ctx
        return kind(make(context.ref(), one.ast, other.ast), context)

    return made


def _of_many(make: Callable[..., Any], kind: type[Any]) -> Callable[[Any, Any], Any]:
    """A maker of terms that Z3 lets have more operands, for two."""

    def made(one: Any, other: Any) -> Any:
        context = one.ctx
        return kind(make(context.ref(), 2, _Pair(one.ast, other.ast)), context)

    return made


Sum = Callable[[ArithRef, ArithRef], ArithRef]
Comparison = Callable[[z3.ExprRef, z3.ExprRef], BoolRef]

add: Sum = _of_many(c.Z3_mk_add, ArithRef)
subtract: Sum = _of_many(c.Z3_mk_sub, ArithRef)
multiply: Sum = _of_many(c.Z3_mk_mul, ArithRef)
divide: Sum = _of_two(c.Z3_mk_div, ArithRef)
remainder: Sum = _of_two(c.Z3_mk_mod, ArithRef)

less: Comparison = _of_two(c.Z3_mk_lt, BoolRef)
at_most: Comparison = _of_two(c.Z3_mk_le, BoolRef)
greater: Comparison = _of_two(c.Z3_mk_gt, BoolRef)
at_least: Comparison = _of_two(c.Z3_mk_ge, BoolRef)
equal: Comparison = _of_two(c.Z3_mk_eq, BoolRef)
distinct: Comparison = _of_many(c.Z3_mk_distinct, BoolRef)

both: Callable[[BoolRef, BoolRef], BoolRef] = _of_many(c.Z3_mk_and, BoolRef)
either: Callable[[BoolRef, BoolRef], BoolRef] = _of_many(c.Z3_mk_or, BoolRef)


def if_else(condition: BoolRef, then: z3.ExprRef, otherwise: z3.ExprRef) -> z3.ExprRef:
    """One of two terms of one sort."""
    context = condition.ctx
    made = c.Z3_mk_ite(context.ref(), condition.ast, then.ast, otherwise.ast)
    return BoolRef(made, context) if isinstance(then, BoolRef) else ArithRef(made, context)
