"""Taking an implementation back to where it was, object by object.

Depth-first enumeration tries many operations in the same state. To make that state anew by all the
operations that led to it costs more than to put back what one operation has changed. Each object
keeps its identity, so whoever refers to it still does.
"""

from collections import deque
from collections.abc import Callable, Iterable
from enum import Enum
from operator import attrgetter
from struct import Struct
from types import BuiltinFunctionType, FunctionType, MethodType
from typing import Any
from weakref import WeakSet

from fuzz.mutation import within

OURS = ("impl", "fuzz.targets")
"""Where the classes are from whose objects have a state that is kept."""

NEVER_CHANGE: tuple[type, ...] = (
    int,
    str,
    bytes,
    type(None),
    type,
    Enum,
    frozenset,
    FunctionType,
    BuiltinFunctionType,
    MethodType,
    Struct,
)
"""The classes of objects that are what they are. Tuples too, but not what is in them."""


class UnknownState(Exception):
    """An object of a sort that cannot be put back: nothing is known of what it would hide."""


class Checkpoint:
    """The state of all objects that can be reached from some, as it is now.

    Those of `foreign` classes are left alone.
    """

    def __init__(self, roots: Iterable[Any], foreign: tuple[type, ...] = ()) -> None:
        self._lists: list[tuple[Any, Any]] = []
        self._sets: list[tuple[Any, Any]] = []
        self._dictionaries: list[tuple[dict[Any, Any], dict[Any, Any]]] = []
        self._slots: list[tuple[Any, tuple[str, ...], Callable[[Any], Any], Any]] = []
        passed = (*NEVER_CHANGE, *foreign)
        reached: set[int] = set()
        waiting = list(roots)
        while waiting:
            one = waiting.pop()
            if isinstance(one, passed) or id(one) in reached:
                continue
            reached.add(id(one))
            waiting += one if isinstance(one, tuple) else self._save(one)

    def _save(self, one: Any) -> Iterable[Any]:
        """Note the contents of an object, and give them. Raises UnknownState."""
        if isinstance(one, list | deque):
            self._lists.append((one, one.copy()))
            return one
        if isinstance(one, set | WeakSet):
            self._sets.append((one, one.copy()))
            return one
        if isinstance(one, dict):
            self._dictionaries.append((one, dict(one)))
            return (*one, *one.values())
        kind = type(one)
        if not any(within(package, kind.__module__) for package in OURS):
            raise UnknownState(f"{kind.__module__}.{kind.__qualname__}")
        names = slots_of(kind)
        if hasattr(one, "__dict__"):
            if names:
                raise UnknownState(f"{kind.__qualname__} has both slots and a dictionary")
            return self._save(vars(one))
        if not names:
            return ()
        look = attrgetter(*names)
        self._slots.append((one, names, look, look(one)))
        return [getattr(one, name) for name in names]

    def restore(self) -> None:
        """Put everything back that is no longer as it was."""
        for one, names, look, contents in self._slots:
            if look(one) != contents:
                values = contents if len(names) > 1 else (contents,)
                for name, value in zip(names, values, strict=True):
                    setattr(one, name, value)
        for listed, contents in self._lists:
            if listed != contents:
                listed.clear()
                listed.extend(contents)
        for members, contents in self._sets:
            if members != contents:
                members.clear()
                members.update(contents)
        for items, contents in self._dictionaries:
            if items != contents or list(items) != list(contents):
                items.clear()
                dict.update(items, contents)

    @property
    def is_current(self) -> bool:
        """Whether nothing has changed."""
        return (
            all(look(one) == contents for one, _, look, contents in self._slots)
            and all(one == contents for one, contents in (*self._lists, *self._sets))
            and all(
                one == contents and list(one) == list(contents)
                for one, contents in self._dictionaries
            )
        )


def slots_of(kind: type) -> tuple[str, ...]:
    """The names of the slots that the objects of a class have; each must have a value."""
    return tuple(
        name
        for base in kind.__mro__
        for name in getattr(base, "__slots__", ())
        if name != "__weakref__"
    )
