"""How operations are written: each has one line of syntax, from which it is read and written.

A syntax is words and {fields}; what stands in [brackets] may be left out, where its field has its
default. `add {container} {child} at {addr} [priority {priority}]` reads and writes an operation
with these four fields, each by the operand that annotates it (`fuzz.operands`).
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import MISSING, dataclass, fields
from typing import Any, NamedTuple, TypeVar, get_type_hints

from fuzz.operands import BadWord, Choice, Operand

_TOKEN = re.compile(r"\[|\]|\{\w+\}|[^\s\[\]{}]+")

OperationType = TypeVar("OperationType", bound=type)


class BadLine(Exception):
    """What is wrong with a line, and in which column, from 1."""

    def __init__(self, column: int, message: str) -> None:
        super().__init__(message)
        self.column = column


class Word(NamedTuple):
    """A word of a line, and the column that it begins in."""

    text: str
    column: int


def words_of(line: str) -> list[Word]:
    """The words of a line."""
    return [Word(found.group(), found.start() + 1) for found in re.finditer(r"\S+", line)]


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of a syntax: words that stand for themselves, and names of fields in braces."""

    tokens: tuple[str, ...]
    optional: bool


class Syntax:
    """The syntax of one operation."""

    def __init__(self, operation: type, text: str, weight: int, shows: bool) -> None:
        self.operation = operation
        self.text = text
        self.weight = weight
        self.shows = shows
        self.parts = tuple(parts_of(text))
        hints = get_type_hints(operation, include_extras=True)
        self.operands: dict[str, Operand] = {
            one.name: hints[one.name].__metadata__[0] for one in fields(operation)
        }
        self.defaults = {
            one.name: one.default for one in fields(operation) if one.default is not MISSING
        }

    @property
    def keywords(self) -> tuple[str, ...]:
        """The first words by which the operation is known."""
        first = self.parts[0].tokens[0]
        if not is_field(first):
            return (first,)
        operand = self.operands[first[1:-1]]
        assert isinstance(operand, Choice)
        return tuple(str(one.value) for one in operand.of)

    @property
    def usage(self) -> str:
        """The syntax as people write it: fields in capitals."""
        return re.sub(r"\{(\w+)\}", lambda found: found.group(1).upper(), self.text)

    def read(self, words: Sequence[Word]) -> Any:
        """The operation that a line's words say. Raises BadLine."""
        values: dict[str, Any] = {}
        rest = list(words)
        end = words[-1].column + len(words[-1].text)
        for part in self.parts:
            if part.optional and not (rest and rest[0].text == part.tokens[0]):
                continue
            for token in part.tokens:
                if not rest:
                    raise BadLine(end, f"the line ends early; expected: {self.usage}")
                word = rest.pop(0)
                self._take(token, word, values)
        if rest:
            raise BadLine(rest[0].column, f"{rest[0].text!r} is too much; expected: {self.usage}")
        return self.operation(**{**self.defaults, **values})

    def _take(self, token: str, word: Word, values: dict[str, Any]) -> None:
        """Read one word, as the token says."""
        if not is_field(token):
            if word.text != token:
                raise BadLine(word.column, f"{word.text!r} instead of {token!r}: {self.usage}")
            return
        name = token[1:-1]
        try:
            values[name] = self.operands[name].read(word.text, values)
        except BadWord as error:
            raise BadLine(word.column, str(error)) from None

    def write(self, operation: Any) -> str:
        """The line that says an operation; optional parts only where they differ from defaults."""
        values = {name: getattr(operation, name) for name in self.operands}
        words: list[str] = []
        for part in self.parts:
            names = [token[1:-1] for token in part.tokens if is_field(token)]
            if part.optional and all(values[name] == self.defaults[name] for name in names):
                continue
            for token in part.tokens:
                name = token[1:-1]
                written = is_field(token)
                words.append(self.operands[name].write(values[name], values) if written else token)
        return " ".join(words)


def parts_of(text: str) -> Iterable[Part]:
    """The stretches of a syntax's text, in order."""
    tokens: list[str] = []
    optional = False
    for token in _TOKEN.findall(text):
        if token in "[]":
            if tokens:
                yield Part(tuple(tokens), optional)
            tokens, optional = [], token == "["
        else:
            tokens.append(token)
    if tokens:
        yield Part(tuple(tokens), optional)


def is_field(token: str) -> bool:
    """Whether a token of a syntax names a field."""
    return token.startswith("{")


SYNTAXES: dict[type, Syntax] = {}
"""The syntax of every operation, in the order of their definition."""

KEYWORDS: dict[str, Syntax] = {}
"""The syntax that a line's first word chooses."""


def syntax(
    text: str, weight: int = 1, shows: bool = False
) -> Callable[[OperationType], OperationType]:
    """Give an operation, a dataclass with annotated fields, its syntax.

    `weight` says how often the fuzzer takes it, compared with others; `shows`, whether it shows
    something that a scenario can expect.
    """

    def register(operation: OperationType) -> OperationType:
        made = Syntax(operation, text, weight, shows)
        for keyword in made.keywords:
            if keyword in KEYWORDS:
                raise ValueError(f"two operations begin with {keyword}")
        SYNTAXES[operation] = made
        KEYWORDS.update(dict.fromkeys(made.keywords, made))
        return operation

    return register


def read_operation(line: str) -> Any:
    """The operation that a line says. Raises BadLine."""
    words = words_of(line)
    found = KEYWORDS.get(words[0].text)
    if found is None:
        known = ", ".join(sorted(KEYWORDS))
        raise BadLine(words[0].column, f"unknown operation {words[0].text!r}; known are {known}")
    return found.read(words)


def check_operation(operation: Any) -> None:
    """Raise BadWord unless an operation, however it was made, is one that can be written."""
    found = SYNTAXES.get(type(operation))
    if found is None:
        raise BadWord(f"{operation!r} is no operation")
    values = {name: getattr(operation, name) for name in found.operands}
    for name, operand in found.operands.items():
        value = values[name]
        if name in found.defaults and value == found.defaults[name]:
            continue
        try:
            read_back = operand.read(operand.write(value, values), values)
        except (AttributeError, TypeError, ValueError) as error:
            raise BadWord(f"{name} {value!r} of {found.keywords[0]}: {error}") from None
        if read_back != value:
            raise BadWord(f"{name} of {found.keywords[0]} cannot be {value!r}")


def write_operation(operation: Any) -> str:
    """The line that says an operation."""
    return SYNTAXES[type(operation)].write(operation)
