"""Running a function's own code with other meanings for some of the names that it calls.

So a recursive function is proved by induction: its code runs once, and where it calls itself, what
is called is the induction hypothesis.
"""

from collections.abc import Callable
from types import CodeType, FunctionType
from typing import Any


def rebound(function: Any, **names: object) -> Callable[..., Any]:
    """The code of `function`, in which the global names given mean something else.

    What it calls by other names, and what those call, stays as it is. Raises ValueError for a name
    that the code does not use: then the other meaning would count for nothing.
    """
    used = names_used(function.__code__)
    unused = [name for name in names if name not in used]
    if unused:
        raise ValueError(f"{function.__name__} does not use {', '.join(unused)}")
    return FunctionType(
        function.__code__,
        {**function.__globals__, **names},
        function.__name__,
        function.__defaults__,
        function.__closure__,
    )


def names_used(code: CodeType) -> set[str]:
    """The global names and attributes of a function's code, and of functions inside it."""
    inner = (one for one in code.co_consts if isinstance(one, CodeType))
    return set(code.co_names).union(*map(names_used, inner))
