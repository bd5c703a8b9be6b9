"""Which rules the specification goes by while something is done: those its functions cite."""

import inspect
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from pathlib import Path
from types import CodeType, FrameType, FunctionType
from typing import Any

import model
from fuzz.traceability import rules_cited

Place = tuple[str, int]
"""The file and line that a function begins at; in a copy of the specification it is the same."""


@cache
def rules_by_place(most_cited: int = sys.maxsize) -> dict[Place, frozenset[str]]:
    """The rules that each function and method of `model` cites, if it does not cite more."""
    found: dict[Place, frozenset[str]] = {}
    for path in sorted(Path(model.__path__[0]).glob("*.py")):
        module = import_module(f"model.{path.stem}" if path.stem != "__init__" else "model")
        for one in _functions(module, module.__name__):
            rules = frozenset(rules_cited(inspect.getdoc(one) or ""))
            if 0 < len(rules) <= most_cited:
                found[place_of(one.__code__)] = rules
    return found


def place_of(code: CodeType) -> Place:
    """Where a function begins."""
    return code.co_filename, code.co_firstlineno


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
def watching(most_cited: int = sys.maxsize) -> Iterator[set[str]]:
    """The rules that the specification goes by inside the `with`; complete when it ends.

    A function that cites more than so many rules holds others together, and counts for none.
    """
    rules: set[str] = set()
    known = rules_by_place(most_cited)
    seen: set[CodeType] = set()

    def note(frame: FrameType, event: str, argument: object) -> None:
        code = frame.f_code
        if event == "call" and code not in seen:
            seen.add(code)
            rules.update(known.get(place_of(code), ()))

    before: Callable[..., object] | None = sys.getprofile()
    sys.setprofile(note)
    try:
        yield rules
    finally:
        sys.setprofile(before)
