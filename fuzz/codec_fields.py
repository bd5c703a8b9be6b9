"""What reads the fields of operations off the records of the byte form.

`fuzz.codec` says what a record looks like, and what its parts mean.
"""

import struct
from collections.abc import Callable
from typing import Any

from fuzz.codec_data import NONE, data_of
from fuzz.codec_state import MOST, State
from fuzz.operands import (
    ADDRESS_SPACE_SIZE,
    Choice,
    Data,
    Length,
    Name,
    Number,
    Operand,
    Size,
    Switch,
)

Record = tuple[int, ...]
"""The operation's code, the bytes that choose, the byte of readings, and the two numbers."""

RECORD_READ = struct.Struct("<B6BBQQ")
FIRST_CHOICE, MODE, FIRST_NUMBER = 1, 7, 8

LEFT_OUT = 1 << 6
"""The bit of byte 7 by which a number that may be left out is."""

Read = Callable[[State, Record], Any]
"""Reads one field of an operation, or all of it, off a record."""

UNKNOWN = 0xFF
"""Read loosely, the byte that chooses a name which nothing has."""

AGAIN = 1 << 7
"""Read loosely, the bit of byte 7 by which something new has a name that there is already, which
the last byte that chooses says; or by which the bytes to write stand in the records that follow."""

LAST_CHOICE = 6

LARGEST = ADDRESS_SPACE_SIZE - 1

ROUND_SHIFTS = (12, 12, 8, 0)
NUDGED = 1 << 23
"""The bit of a number that is read as an edge by which it is next to the edge."""


# --- Numbers ----------------------------------------------------------------------------------


def literal(state: State, raw: int) -> int:
    """The number itself."""
    return raw


def power(state: State, raw: int) -> int:
    """A power of two up to 2^64, or a number next to it."""
    return (1 << (raw & 0xFF) % 65) + (raw >> 8 & 0xFF) % 3 - 1 & LARGEST


def round_number(state: State, raw: int) -> int:
    """A small multiple of a page, or of less; one in 32 is the largest number there is.

    So regions lie close and overlap.
    """
    choice = raw & 31
    return LARGEST if choice == 31 else choice << ROUND_SHIFTS[raw >> 16 & 3]


def edge(state: State, raw: int) -> int:
    """An edge of a region, of what an alias shows, or a size; or a number next to it."""
    regions = state.names["region"]
    if not regions:
        return round_number(state, raw)
    region, which = regions[(raw & 0xFF) % len(regions)], raw >> 16 & 3
    number = 0 if which == 0 else state.sizes[region]
    if which == 3:
        number += state.offsets[region]
    elif which != 1:
        number += state.addresses[region]
    return number + ((raw >> 8 & 0xFF) % 3 - 1 if raw & NUDGED else 0) & LARGEST


READINGS = (literal, round_number, round_number, round_number, edge, edge, edge, power)
"""How a number is read, by three bits of byte 7; encoding uses the first."""


def number_reader(operand: Operand, index: int) -> Read:
    """What reads the first or second number, or a switch, within the operand's bounds."""
    at, shift = FIRST_NUMBER + index, 3 * index

    def read(state: State, record: Record) -> int:
        return READINGS[record[MODE] >> shift & 7](state, record[at])

    def read_switch(state: State, record: Record) -> bool:
        return record[at] & 1 == 1

    def read_length(state: State, record: Record) -> int:
        number = read(state, record) % (Length.SMALL + 2)
        return number if number <= Length.SMALL else Length.NO_STEP

    def read_size(state: State, record: Record) -> int:
        number = read(state, record)
        return ADDRESS_SPACE_SIZE if number == LARGEST else number

    if isinstance(operand, Switch):
        return read_switch
    if isinstance(operand, Length):
        return read_length
    if isinstance(operand, Size):
        return read_size
    assert isinstance(operand, Number)
    low, count = operand.low, operand.high - operand.low + 1

    def read_within(state: State, record: Record) -> int:
        return low + read(state, record) % count

    def read_signed(state: State, record: Record) -> int:
        if READINGS[record[MODE] >> shift & 7] is literal:
            return low + record[at] % count
        return record[at] % 5 - 2

    if low < 0:
        return read_signed
    return read if count == ADDRESS_SPACE_SIZE else read_within


# --- What is chosen ---------------------------------------------------------------------------


def choices_of(operand: Choice) -> tuple[Any, ...]:
    """The values of an enumeration, and once more those that are to be taken more often."""
    return (*operand.of, *map(operand.of, operand.often))


def by_byte(choices: tuple[Any, ...]) -> tuple[Any, ...]:
    """What each byte chooses."""
    return tuple(choices[byte % len(choices)] for byte in range(256))


def choice_reader(chosen: tuple[Any, ...], at: int) -> Read:
    """What reads a value that a byte chooses."""
    return lambda state, record: chosen[record[at]]


def value_reader(properties: tuple[Any, ...], at: int, index: int) -> Read:
    """What reads a property's value, where byte `at` chooses the property."""
    readers = tuple(number_reader(one.operand, index) for one in properties)
    return lambda state, record: readers[record[at]](state, record)


def name_reader(operand: Name, at: int) -> Read:
    """What reads one of the names that exist, most often a likely one, if there is any."""
    what, most, likely = operand.what, MOST[operand.what], operand.likely

    def read(state: State, record: Record) -> str | None:
        names = state.names[what]
        return names[record[at] % len(names)] if names else None

    def read_likely(state: State, record: Record) -> str | None:
        names = state.likely[likely]
        if not names or record[at] < most:
            names = state.names[what]
        return names[record[at] % len(names)] if names else None

    return read_likely if likely else read


def new_name_reader(operand: Name) -> Read:
    """What makes the next name."""
    what, letter = operand.what, operand.what[0]
    return lambda state, record: f"{letter}{state.made[what]}"


def loose_name_reader(operand: Name, at: int) -> Read:
    """What reads a name that may be nothing's, or of what has ended."""
    read, what = name_reader(operand, at), operand.what
    unknown = unknown_name(what)
    return lambda state, record: (
        unknown if record[at] == UNKNOWN or not state.names[what] else read(state, record)
    )


def unknown_name(what: str) -> str:
    """A name that nothing of a kind has: those that are made have a number."""
    return f"no-{what}"


def loose_new_name_reader(operand: Name) -> Read:
    """What makes the next name, or one that there is already."""
    read_new, what = new_name_reader(operand), operand.what

    def read(state: State, record: Record) -> str:
        names = state.names[what]
        if record[MODE] & AGAIN and names:
            return names[record[LAST_CHOICE] % len(names)]
        return str(read_new(state, record))

    return read


def data_reader(operand: Data, at: int, index: int) -> Read:
    """What reads bytes to write."""
    number = FIRST_NUMBER + index

    def read(state: State, record: Record) -> bytes:
        return data_of(record[at], record[number])

    def read_maybe_empty(state: State, record: Record) -> bytes:
        return b"" if record[at] >= NONE else read(state, record)

    return read_maybe_empty if operand.may_be_empty else read


def nothing(state: State, record: Record) -> None:
    """What is left out."""


def loose_data_reader(operand: Data, at: int, index: int) -> Read:
    """What reads bytes to write, which can stand in the records that follow."""
    read_short = data_reader(operand, at, index)

    def read(state: State, record: Record) -> bytes:
        long = bytes_of(state, record[at] + 1) if record[MODE] & AGAIN else b""
        return long or bytes(read_short(state, record))

    return read


def bytes_of(state: State, length: int) -> bytes:
    """So many bytes of the records that follow, but for the first of each, or what there is."""
    read = b""
    while len(read) < length:
        record = next(state.following, None)
        if record is None:
            break
        read += RECORD_READ.pack(*record)[1:]
    return read[:length]
