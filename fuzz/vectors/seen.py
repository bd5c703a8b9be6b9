"""What an operation came to, in the words of the vectors, and whether that is what they expect."""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol, runtime_checkable

from fuzz.vectors.machine import Memory, NotCheckedError
from model.guest_errors import (
    AnyError,
    CannotResolve,
    Err,
    Fragmented,
    InvalidGuestAddress,
    IoFailed,
    IommuFailed,
    IotlbFails,
    MappingFailed,
    Misaligned,
    Ok,
    Outcome,
    OutOfBounds,
    Overflow,
    Panics,
    PartialBuffer,
    TooBig,
)
from model.volatile_slice import VolatileSlice

MOST_SHOWN = 1 << 20
"""Bytes of a buffer or of memory that are compared at most."""


@runtime_checkable
class Shown(Protocol):
    """A value that vectors can write in several ways."""

    def matches(self, expected: object) -> bool | None:
        """Whether it is what is expected; None if nobody knows what that says."""

    def shown(self) -> object:
        """The value as plain data."""


class RegionShown(NamedTuple):
    """A region, by start, by start and length, or by number if no region starts there."""

    start: int
    length: int
    number: int
    starts: tuple[int, ...]

    def matches(self, expected: object) -> bool | None:
        """Whether a start, a number, or a pair of start and length names this region."""
        if isinstance(expected, bool) or expected is None:
            return expected is True
        if isinstance(expected, int):
            return expected == (self.start if expected in self.starts else self.number)
        if isinstance(expected, dict):
            fields = {"start": self.start, "len": self.length, "index": self.number}
            known = expected.keys() <= fields.keys()
            return all(fields[name] == value for name, value in expected.items()) if known else None
        return expected == [self.start, self.length] if isinstance(expected, list) else None

    def shown(self) -> object:
        """The region as start and length."""
        return [self.start, self.length]


class PointerShown(NamedTuple):
    """A pointer, whose number no two runs share: as offset into the region's memory."""

    region: int
    offset: int

    def matches(self, expected: object) -> bool | None:
        """Whether there should be a pointer, at that offset if one is given."""
        if isinstance(expected, bool) or expected is None:
            return expected is True
        if isinstance(expected, int):
            return expected == self.offset
        return expected == [self.region, self.offset] if isinstance(expected, list) else None

    def shown(self) -> object:
        """The pointer as region and offset."""
        return [self.region, self.offset]


class NothingShown(NamedTuple):
    """The value of an object of no bytes."""

    def matches(self, expected: object) -> bool | None:
        """Whether no value is expected: nothing, or 0."""
        return expected is None or same(expected, 0)

    def shown(self) -> object:
        """Nothing."""
        return None


NUMBER = r"(0x[0-9a-f]+|\d+)"
CALL = re.compile(rf"([a-z_]+?)_?(\d+)?@{NUMBER}(?:\W+(?:len\W*)?{NUMBER}\W*)?")
"""A call of a region: what, at which offset and, if that is told, of how many bytes."""


class CallsShown(NamedTuple):
    """The calls of each region, as (operation, offset, length)."""

    calls: tuple[tuple[tuple[str, int, int], ...], ...]

    def matches(self, expected: object) -> bool | None:
        """Whether these are the calls; the length counts where it is told."""
        if not isinstance(expected, list) or len(expected) != len(self.calls):
            return False
        for texts, calls in zip(expected, self.calls, strict=True):
            if not isinstance(texts, list) or not all(isinstance(one, str) for one in texts):
                return None
            found = [CALL.fullmatch(text) for text in texts]
            if None in found:
                return None
            if len(found) != len(calls):
                return False
            for match, (operation, offset, length) in zip(found, calls, strict=True):
                assert match is not None
                if (match[1], int(match[3], 0)) != (operation, offset):
                    return False
                told = match[2] or match[4]
                if told is not None and int(told, 0) != length:
                    return False
        return True

    def shown(self) -> object:
        """The calls as text."""
        return [
            [f"{one}@{offset:#x}+{length}" for one, offset, length in row] for row in self.calls
        ]


class Seen(NamedTuple):
    """How an operation ended, the memory after it, and what else there is to see by name."""

    outcome: Outcome[Any]
    memory: Memory | None = None
    extras: Mapping[str, object] = {}


# --- Outcomes in the words of the vectors ------------------------------------------------------

OTHER_NAMES: dict[type, str] = {
    IoFailed: "IOError",
    IommuFailed: "IommuError",
    MappingFailed: "Mmap",
}
"""Errors that the crate, or the vectors, call otherwise."""


def error_words(error: AnyError) -> dict[str, object]:
    """An error as vectors write it: its name, and its payload."""
    return {"err": OTHER_NAMES.get(type(error), type(error).__name__), **payload(error)}


def payload(error: AnyError) -> dict[str, object]:
    """The payload of an error, by the crate's names."""
    match error:
        case InvalidGuestAddress(address) | OutOfBounds(address):
            return {"addr": address}
        case IoFailed(kind):
            return {"kind": kind.value}
        case PartialBuffer(expected, completed):
            return {"expected": expected, "completed": completed}
        case Overflow(base, offset):
            return {"base": base, "offset": offset}
        case TooBig(elements, size):
            return {"nelements": elements, "size": size}
        case Misaligned(address, alignment):
            return {"addr": address, "alignment": alignment}
        case IotlbFails(misses, access_fails):
            return {"misses": listed(misses), "access_fails": listed(access_fails)}
        case IommuFailed(CannotResolve(base, length)):
            return {"kind": ["CannotResolve", base, length]}
        case IommuFailed(Fragmented(base, length, continuous)):
            return {"kind": ["Fragmented", base, length, continuous]}
    return {}


def listed(value: object) -> object:
    """A value as JSON has it: tuples are lists, a slice is its length, an error is an object."""
    if isinstance(value, VolatileSlice):
        return value.length
    if isinstance(value, Ok):
        return listed(value.value)
    if isinstance(value, Err):
        return error_words(value.error)
    if isinstance(value, Shown):
        return value
    if isinstance(value, tuple | list):
        return [listed(one) for one in value]
    return value


def outcome_words(outcome: Outcome[Any]) -> dict[str, object]:
    """An outcome as vectors write it."""
    if isinstance(outcome, Ok):
        return {"ok": listed(outcome.value)}
    if isinstance(outcome, Panics):
        return {"panic": outcome.message}
    return error_words(outcome.error)


# --- Comparing ---------------------------------------------------------------------------------


def same(left: object, right: object) -> bool:
    """Whether two values of JSON are equal; true is not 1."""
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(same(left[key], right[key]) for key in left)
    return left == right


def agrees(key: str, expected: object, seen: object) -> bool:
    """Whether a value is what a vector expects. Raises NotCheckedError if nobody can tell.

    Of a panic, a part of its message is expected; of an object, the fields that are named.
    """
    if key == "panic" and isinstance(expected, str) and isinstance(seen, str):
        return expected in seen
    if isinstance(seen, Shown):
        found = seen.matches(expected)
        if found is None:
            raise NotCheckedError(f"what {key} = {expected!r} says")
        return found
    if key == "ok" and isinstance(expected, dict) and isinstance(seen, dict):
        unknown = sorted(expected.keys() - seen.keys())
        if unknown:
            raise NotCheckedError(f"ok.{unknown[0]}")
        return all(same(value, seen[name]) for name, value in expected.items())
    return same(expected, seen)


def plain(value: object) -> object:
    """A value as plain data, to be shown."""
    if isinstance(value, Shown):
        return value.shown()
    return [plain(one) for one in value] if isinstance(value, list) else value


def buffer_words(data: bytes, length: int) -> object:
    """A caller's buffer of `length` bytes: what was moved, and 0xee behind it. May not be told."""
    if length > MOST_SHOWN:
        return None
    return (data + b"\xee" * (length - len(data))).hex()
