"""Kinds of operations, finer than types: by the first word of a line, and what is made or set."""

from collections.abc import Callable, Iterable
from operator import attrgetter
from typing import Any

from fuzz.operands import Choice
from fuzz.operations import Operation, Property, SetProperty
from fuzz.syntax import SYNTAXES, is_field


def _deciding(operation: type) -> str:
    """The field whose value is the first word of a line; empty if that word is always the same."""
    first = SYNTAXES[operation].parts[0].tokens[0]
    return first[1:-1] if is_field(first) else ""


DECIDING: dict[type, Callable[[Any], str]] = {
    **{
        operation: attrgetter(f"{name}._value_")
        for operation in SYNTAXES
        if (name := _deciding(operation))
    },
    SetProperty: attrgetter("property._name_"),
}
"""For operations of several kinds, the word that tells them apart; a property's is in capitals.

They are read as enumerations keep them: this is done for each operation that the fuzzer runs.
"""


def key_of(operation: Operation) -> type | str:
    """What stands for an operation's kind: a type, or the word that decides."""
    kind = type(operation)
    decide = DECIDING.get(kind)
    return kind if decide is None else decide(operation)


def word_of(key: type | str) -> str:
    """A kind in words: `read`, `ram`, `set size`."""
    if isinstance(key, type):
        return SYNTAXES[key].keywords[0]
    return f"set {Property[key].value}" if key in Property.__members__ else key


def kind_of(operation: Operation) -> str:
    """The kind of an operation, in words."""
    return word_of(key_of(operation))


def kinds_of(operations: Iterable[type]) -> tuple[str, ...]:
    """All kinds that there are of some types of operations."""
    words: list[str] = []
    for operation in operations:
        if operation is SetProperty:
            words.extend(word_of(one.name) for one in Property)
        elif name := _deciding(operation):
            operand = SYNTAXES[operation].operands[name]
            assert isinstance(operand, Choice)
            words.extend(str(one.value) for one in operand.of)
        else:
            words.extend(SYNTAXES[operation].keywords)
    return tuple(words)
