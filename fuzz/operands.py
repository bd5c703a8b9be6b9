"""What the fields of operations can be: how each kind of operand is read and written as a word."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Protocol

ADDRESS_SPACE_SIZE = 1 << 64

_NAME = re.compile(r"[A-Za-z0-9_.:/\[\]+-]+\Z")
_NUMBER = re.compile(r"(0x[0-9a-f]+|[0-9]+)\Z", re.IGNORECASE)
_MOST_DIGITS = 20

NO_BYTES = "nothing"
"""How no bytes are written, where there may be none."""


class BadWord(ValueError):
    """What is wrong with a word, and what would be right."""


class Operand(Protocol):
    """A kind of operand. `before` holds the values of the fields that stand earlier in the line."""

    def read(self, word: str, before: Mapping[str, Any]) -> Any:
        """The value that a word says. Raises BadWord."""

    def write(self, value: Any, before: Mapping[str, Any]) -> str:
        """The word that says a value."""


@dataclass(frozen=True, slots=True)
class Name:
    """A name of something: a region, a space. `new` where the operation creates it.

    `likely` says which existing ones the fuzzer should mostly choose.
    """

    what: str
    new: bool = False
    likely: str = ""

    def read(self, word: str, before: Mapping[str, Any]) -> str:
        if not _NAME.match(word):
            raise BadWord(f"{word!r} is not a name: letters, digits and _.:/[]+-")
        return word

    def write(self, value: Any, before: Mapping[str, Any]) -> str:
        return str(value)


@dataclass(frozen=True, slots=True)
class Number:
    """A whole number from `low` to `high`; written in hexadecimal, unless `decimal`."""

    low: int = 0
    high: int = ADDRESS_SPACE_SIZE - 1
    decimal: bool = False

    def read(self, word: str, before: Mapping[str, Any]) -> int:
        number = -number_of(word[1:]) if word.startswith("-") and self.low < 0 else number_of(word)
        if not self.low <= number <= self.high:
            raise BadWord(f"{word} is not within {bound(self.low)} to {bound(self.high)}")
        return number

    def write(self, value: Any, before: Mapping[str, Any]) -> str:
        return str(value) if self.decimal else f"{value:#x}"


class Count(Number):
    """A number from 0 that the byte form has one byte for, and so at most 255."""


class Length(Number):
    """A number of bytes to access.

    The byte form has the small ones, and 2^32, of which a step on a device takes none. Rules: A1.
    """

    SMALL = 0x100
    NO_STEP = 1 << 32


@dataclass(frozen=True, slots=True)
class Size:
    """A size of a region, in bytes: 0 to 2^64, but not 2^64 - 1. Rules: M2."""

    def read(self, word: str, before: Mapping[str, Any]) -> int:
        if word == "2^64":
            return ADDRESS_SPACE_SIZE
        number = number_of(word)
        if number >= ADDRESS_SPACE_SIZE - 1:
            raise BadWord(
                f"{word} is not a size: 0 to 2^64 - 2, or 2^64 (QEMU cannot express 2^64 - 1)"
            )
        return number

    def write(self, value: Any, before: Mapping[str, Any]) -> str:
        return "2^64" if value == ADDRESS_SPACE_SIZE else f"{value:#x}"


@dataclass(frozen=True, slots=True)
class Switch:
    """`on` or `off`."""

    def read(self, word: str, before: Mapping[str, Any]) -> bool:
        if word not in ("on", "off"):
            raise BadWord(f"{word!r} is neither on nor off")
        return word == "on"

    def write(self, value: Any, before: Mapping[str, Any]) -> str:
        return "on" if value else "off"


@dataclass(frozen=True, slots=True)
class Choice:
    """One of an enumeration's values; the fuzzer takes those named in `often` more often."""

    of: type[Enum]
    often: tuple[str, ...] = ()

    def read(self, word: str, before: Mapping[str, Any]) -> Enum:
        try:
            return self.of(word)
        except ValueError:
            known = ", ".join(str(one.value) for one in self.of)
            raise BadWord(f"{word!r} is not one of {known}") from None

    def write(self, value: Any, before: Mapping[str, Any]) -> str:
        return str(value.value)


@dataclass(frozen=True, slots=True)
class Data:
    """Bytes, two hexadecimal digits each, in the order of their addresses; maybe none."""

    most: int = 1 << 16
    may_be_empty: bool = False

    def read(self, word: str, before: Mapping[str, Any]) -> bytes:
        if self.may_be_empty and word == NO_BYTES:
            return b""
        if not re.fullmatch(r"([0-9a-fA-F]{2})+", word):
            raise BadWord(f"{word!r} is not bytes: two hexadecimal digits for each")
        if len(word) > 2 * self.most:
            raise BadWord(f"more than {self.most} bytes")
        return bytes.fromhex(word)

    def write(self, value: Any, before: Mapping[str, Any]) -> str:
        return bytes.hex(value) or NO_BYTES


def number_of(word: str) -> int:
    """The number that a word says. Raises BadWord."""
    if not _NUMBER.match(word) or len(word) > _MOST_DIGITS:
        raise BadWord(f"{word!r} is not a number: write decimal, or hexadecimal after 0x, to 2^64")
    return int(word, 16) if word[:2].lower() == "0x" else int(word)


def bound(number: int) -> str:
    """A bound as people write it."""
    return {ADDRESS_SPACE_SIZE - 1: "2^64 - 1", -(1 << 31): "-2^31", (1 << 31) - 1: "2^31 - 1"}.get(
        number, str(number)
    )
