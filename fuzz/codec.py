"""Scenarios as bytes, for the fuzzer: every byte string decodes, and mutations stay local.

Two bytes of settings, the second for the page size; then one record of 24 bytes an operation:

    byte 0       operation, an index into TABLE
    bytes 1-6    operands that choose: among what exists so far, or among an enumeration's values;
                 and counts
    byte 7       how the two numbers are read: bits 0-2 the first, bits 3-5 the second; bit 6:
                 a number that may be left out is
    bytes 8-15   first number, little endian: an address, a size, a switch
    bytes 16-23  second number

An operation's operands take these in the order of its fields. Read literally, a number is itself;
the other readings pick from what tends to matter: powers of two, edges of existing regions, small
round numbers. New things are named r0, r1, ..., s0, s1, ... by the first letter of what they are. A
record that cannot mean anything is passed over; transactions left open are closed.

One byte after whole records, whatever it is, says that they are read loosely. Then names can be
those of what has ended, or of nothing, or given twice; a transaction can be closed that was not
opened; and bytes to write can be any, and stand in the records that follow, after each one's first.
So every scenario has a byte form, also one of impossible operations, of which fuzzing needs few.
"""

import struct
from functools import cache
from typing import Any

from fuzz.codec_data import NONE, NoRecord, record_of
from fuzz.codec_fields import AGAIN, LAST_CHOICE, LEFT_OUT, MODE, RECORD_READ, UNKNOWN
from fuzz.codec_records import FULL, MISSING, Reader, blocked_by, reader_of, thawed
from fuzz.codec_state import NEW, Meaningless, State, note, note_name
from fuzz.format import settings_lines
from fuzz.operands import (
    ADDRESS_SPACE_SIZE,
    Choice,
    Count,
    Data,
    Length,
    Name,
    Number,
    Operand,
)
from fuzz.operations import Commit, Operation, PropertyValue
from fuzz.operations_devices import PresetBytes
from fuzz.scenario import Scenario, Step
from fuzz.syntax import SYNTAXES, Syntax
from fuzz.targets.interface import CONTRACTS, FLAVOURS, PAGE_BITS, Settings

RECORD = struct.Struct("<B6sBQQ")
MOST_CHOICES = 6
HEADER = struct.Struct("<BB")

MOST_STEPS = 96


def bytes_for(records: int) -> int:
    """How long an input of so many records is."""
    return HEADER.size + records * RECORD.size


MOST_BYTES = bytes_for(MOST_STEPS)
ADDED: tuple[type, ...] = (PresetBytes,)
"""Operations whose codes follow all others', in order: bytes that were kept mean what they did."""

GROUPS = ("devices", "access", "guards", "guest", "lifecycle", "listeners", "mapping", "reentry")
"""The modules of operations in the order of their codes; those of `fuzz.operations` come last."""


def in_order_of_codes() -> list[type]:
    """All operations; whichever module was imported first, they are in the same order."""
    places = {f"fuzz.operations_{group}": place for place, group in enumerate(GROUPS)}
    return sorted(SYNTAXES, key=lambda kind: places.get(kind.__module__, len(places)))


TABLE: tuple[Syntax, ...] = tuple(
    one
    for one in (
        *(SYNTAXES[kind] for kind in in_order_of_codes() if kind not in ADDED),
        *(SYNTAXES[kind] for kind in ADDED),
    )
    for _ in range(one.weight)
)
"""What the first byte of a record means, modulo the table's length; what matters more often."""


def readers(loosely: bool) -> tuple[Reader, ...]:
    """What reads a record, by its first byte."""
    made = {kind: reader_of(one, loosely) for kind, one in SYNTAXES.items()}
    return tuple(made[TABLE[code % len(TABLE)].operation] for code in range(256))


READERS = {loosely: readers(loosely) for loosely in (False, True)}
LOOSE = b"\1"
"""What follows records that are read loosely."""

PAGE_BITS_CHOICES = (12, 10, 16, *(bits for bits in PAGE_BITS if bits not in (12, 10, 16)))


class CodecError(ValueError):
    """A scenario that has no byte form."""


# --- Decoding ---------------------------------------------------------------------------------


def decode(data: bytes) -> Scenario:
    """The scenario that a byte string means; every byte string means one.

    Its steps have the lines of its text form.
    """
    settings, line = _settings_of(data[: HEADER.size].ljust(HEADER.size, b"\0"))
    body = data[HEADER.size : MOST_BYTES]
    loosely = is_loose(data)
    records = RECORD_READ.iter_unpack(body[: len(body) - len(body) % RECORD.size])
    state, steps = State(loosely, records), list[Step]()
    names, most, blocked, readers = state.names, state.most, blocked_by(state), READERS[loosely]
    for record in records:
        blockers, read, read_short, kind, effect, new, removes = readers[record[0]]
        if blockers & blocked:
            continue
        operation = (read_short if record[MODE] & LEFT_OUT else read)(state, record)
        operation.__class__ = kind
        if effect is not None:
            try:
                effect(state, operation)
            except Meaningless:
                continue
        for name, what in new:
            note_name(state, what, getattr(operation, name))
            blocked &= ~MISSING[what]
            if len(names[what]) >= most[what]:
                blocked |= FULL[what]
        if removes:
            blocked = blocked_by(state)
        step = _step(operation, None, (), line)
        step.__class__ = Step
        steps.append(step)
        line += 1
    steps.extend(Step(Commit(), line=line + more) for more in range(state.depth))
    return Scenario(settings, tuple(steps))


def is_loose(data: bytes) -> bool:
    """Whether the records of an input are read loosely."""
    return len(data) < MOST_BYTES and (len(data) - HEADER.size) % RECORD.size == len(LOOSE)


_step = thawed(Step)


@cache
def _settings_of(header: bytes) -> tuple[Settings, int]:
    """What the first two bytes say of the machine, and the line of the first step after it."""
    kind, page_bits = HEADER.unpack(header)
    settings = Settings(
        FLAVOURS[kind % 2],
        PAGE_BITS_CHOICES[page_bits % len(PAGE_BITS_CHOICES)],
        big_endian=(kind >> 1) % 4 == 1,
        fuzzing=(kind >> 3) % 4 == 1,
        contract=CONTRACTS[(kind >> 5) % len(CONTRACTS)],
    )
    return settings, len(settings_lines(settings)) + 1


# --- Encoding ---------------------------------------------------------------------------------


def encode(scenario: Scenario) -> bytes:
    """The bytes that decode to the scenario, but for names, comments and what is expected.

    Two things have the same name where they had it before. Transactions that are open at the end
    come back closed. Read loosely only if it cannot be otherwise. Raises CodecError for what has no
    byte form: too many things or steps.
    """
    try:
        return _encode(scenario, State())
    except CodecError:
        return _encode(scenario, State(loosely=True)) + LOOSE


def _encode(scenario: Scenario, state: State) -> bytes:
    """The settings and records of a scenario. Raises CodecError."""
    settings = scenario.settings
    records: list[bytes] = []
    last = 0
    made = set[tuple[str, str]]()
    for step in scenario.steps:
        for name, what in NEW[type(step.operation)]:
            new = what, getattr(step.operation, name)
            if new in made and not state.loosely:
                raise CodecError(f"{' '.join(new)} is made twice")
            made.add(new)
        closes = state.depth > 0 and type(step.operation) is Commit
        records += _encode_operation(state, step.operation)
        if not closes:  # decoding closes what is left open
            last = len(records)
    most = MOST_STEPS - state.loosely
    if last > most:
        raise CodecError(f"{last} records; at most {most} have a byte form")
    kind = FLAVOURS.index(settings.flavour) | settings.big_endian << 1 | settings.fuzzing << 3
    kind |= CONTRACTS.index(settings.contract) << 5
    header = HEADER.pack(kind, PAGE_BITS_CHOICES.index(settings.page_bits))
    return header + b"".join(records[:last])


def _encode_operation(state: State, operation: Operation) -> list[bytes]:
    """The record of one operation, and those that hold its bytes. Raises CodecError."""
    syntax = SYNTAXES[type(operation)]
    choices: list[int] = []
    numbers: list[int] = []
    mode, long = 0, b""
    last_choice = 0
    values: dict[str, Any] = {}
    for name, operand in syntax.operands.items():
        value = values[name] = getattr(operation, name)
        if isinstance(operand, Choice):
            choices.append(list(operand.of).index(value))
        elif isinstance(operand, Data):
            choice, number = (NONE, 0)
            if value:
                choice, number, long = _fitting(state, value)
            choices.append(choice)
            numbers.append(number)
        elif value is None and not isinstance(operand, Name):
            mode |= LEFT_OUT
        elif isinstance(operand, Count):
            choices.append(value)
        elif not isinstance(operand, Name):
            numbers.append(_raw(_settled(operand, values), value))
        elif not operand.new:
            choices.append(0 if value is None else _index(state, operand.what, value))
        elif value in state.names[operand.what]:
            mode |= AGAIN
            last_choice = state.names[operand.what].index(value)
        elif len(state.names[operand.what]) >= state.most[operand.what]:
            raise CodecError(f"{operand.what} {value}: one too many")
    try:
        note(state, operation)
    except Meaningless as error:
        raise CodecError(str(error)) from None
    chosen = bytearray(bytes(choices).ljust(MOST_CHOICES, b"\0"))
    if mode & AGAIN:
        chosen[LAST_CHOICE - 1] = last_choice
    if long:
        mode |= AGAIN
    numbers += [0] * (2 - len(numbers))
    code = TABLE.index(syntax)
    return [RECORD.pack(code, bytes(chosen), mode, *numbers), *_holding(code, long)]


def _holding(code: int, data: bytes) -> list[bytes]:
    """The records that hold bytes, each after a code, which nobody reads."""
    room = RECORD.size - 1
    pieces = [data[at : at + room] for at in range(0, len(data), room)]
    return [bytes((code,)) + piece.ljust(room, b"\0") for piece in pieces]


def _settled(operand: Operand, values: dict[str, Any]) -> Operand:
    """The operand of a property's value, once the property is known; others are as they are."""
    return values["property"].operand if isinstance(operand, PropertyValue) else operand


def _fitting(state: State, data: bytes) -> tuple[int, int, bytes]:
    """What stands for bytes to write, and what of them more records hold. Raises CodecError."""
    try:
        return *record_of(data), b""
    except NoRecord as error:
        if state.loosely and len(data) <= 256:
            return len(data) - 1, 0, data
        raise CodecError(str(error)) from None


def _raw(operand: Operand, value: int) -> int:
    """The number that reads literally as a value. Raises CodecError."""
    if isinstance(operand, Length):
        if Length.SMALL < value != Length.NO_STEP:
            raise CodecError(f"a length of {value:#x} has no byte form")
        return min(value, Length.SMALL + 1)
    if isinstance(operand, Number):
        return value - operand.low
    return min(value, ADDRESS_SPACE_SIZE - 1)


def _index(state: State, what: str, name: str) -> int:
    """The byte that chooses a name. Raises CodecError."""
    names = state.names[what]
    if name in names:
        return names.index(name)
    if not state.loosely:
        raise CodecError(f"{name} is used before it is created")
    return UNKNOWN
