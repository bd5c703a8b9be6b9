"""Which rules the specification goes by while something is done: those its functions cite."""

import inspect
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from pathlib import Path
from types import CodeType, FrameType, FunctionType
from typing import Any

import model
from fuzz.traceability import rules_cited

MOST_CITED = 3
"""A function that cites more rules holds others together, and stands for none of them."""


@cache
def rules_by_code() -> dict[CodeType, frozenset[str]]:
    """The rules that each function and method of `model` stands for, by its code."""
    found: dict[CodeType, frozenset[str]] = {}
    for path in sorted(Path(model.__path__[0]).glob("*.py")):
        module = import_module(f"model.{path.stem}" if path.stem != "__init__" else "model")
        for one in _functions(module, module.__name__):
            rules = frozenset(rules_cited(inspect.getdoc(one) or ""))
            if 0 < len(rules) <= MOST_CITED:
                found[one.__code__] = rules
    return found


def _functions(owner: Any, module: str) -> Iterator[FunctionType]:
    """The functions that a module defines, and the methods of its classes."""
    for one in vars(owner).values():
        if isinstance(one, property):
            one = one.fget
        if isinstance(one, classmethod | staticmethod):
            one = one.__func__
        if isinstance(one, FunctionType) and one.__module__ == module:
            yield one
        elif inspect.isclass(one) and one.__module__ == module:
            yield from _functions(one, module)


@contextmanager
def watching() -> Iterator[set[str]]:
    """The rules that are gone by inside the `with`; complete when it ends."""
    rules: set[str] = set()
    seen: set[CodeType] = set()
    known = rules_by_code()

    def note(frame: FrameType, event: str, argument: object) -> None:
        code = frame.f_code
        if event == "call" and code not in seen:
            seen.add(code)
            rules.update(known.get(code, ()))

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        yield rules
    finally:
        sys.setprofile(before)
