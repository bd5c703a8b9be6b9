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
"""

import struct
from collections.abc import Sequence
from typing import Any, NamedTuple

from fuzz.codec_data import NONE, NoRecord, data_of, record_of
from fuzz.codec_state import MOST, Meaningless, State, note
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
    Size,
    Switch,
)
from fuzz.operations import (
    Commit,
    CreateRegion,
    Operation,
    PropertyValue,
    RegionKind,
)
from fuzz.scenario import Scenario, Step
from fuzz.syntax import SYNTAXES, Syntax
from fuzz.targets.interface import CONTRACTS, FLAVOURS, PAGE_BITS, Settings

RECORD = struct.Struct("<B6sBQQ")
MOST_CHOICES = 6
HEADER = struct.Struct("<BB")

MOST_STEPS = 96
MOST_BYTES = HEADER.size + MOST_STEPS * RECORD.size
TABLE: tuple[Syntax, ...] = tuple(one for one in SYNTAXES.values() for _ in range(one.weight))
"""What the first byte of a record means, modulo the table's length; what matters more often."""


class Field(NamedTuple):
    """One field of an operation: its operand, and what decoding asks of that each time.

    `choices` is what a byte chooses among, modulo their number; `takes_number`, whether it is read
    from a number.
    """

    operand: Operand
    choices: tuple[Any, ...] | None
    takes_number: bool
    can_be_left_out: bool


def choices_of(operand: Choice) -> tuple[Any, ...]:
    """The values of an enumeration, and once more those that are to be taken more often."""
    return (*operand.of, *map(operand.of, operand.often))


FIELDS: dict[type, tuple[Field, ...]] = {
    operation: tuple(
        Field(
            operand,
            choices_of(operand) if isinstance(operand, Choice) else None,
            not isinstance(operand, Name | Data | Count | Choice),
            not isinstance(operand, Name) and syntax.defaults.get(name, ...) is None,
        )
        for name, operand in syntax.operands.items()
    )
    for operation, syntax in SYNTAXES.items()
}
"""The fields of every operation, in order."""

LEFT_OUT = 1 << 6
"""The bit of byte 7 by which a number that may be left out is."""

PAGE_BITS_CHOICES = (12, 10, 16, *(bits for bits in PAGE_BITS if bits not in (12, 10, 16)))

LITERAL, POWER, EDGE, ROUND = "literal", "power of two", "edge of a region", "round number"
READINGS = (LITERAL, ROUND, ROUND, ROUND, EDGE, EDGE, EDGE, POWER)
"""How a number is read, by three bits of byte 7; encoding uses the first."""

ROUND_SHIFTS = (12, 12, 8, 0)
"""Round numbers are mostly small multiples of pages, so that regions lie close and overlap; one in
32 is the largest there is."""


class CodecError(ValueError):
    """A scenario that has no byte form."""


# --- Decoding ---------------------------------------------------------------------------------


def decode(data: bytes) -> Scenario:
    """The scenario that a byte string means; every byte string means one.

    Its steps have the lines of its text form.
    """
    header = data[: HEADER.size].ljust(HEADER.size, b"\0")
    kind, page_bits = HEADER.unpack(header)
    settings = Settings(
        FLAVOURS[kind % 2],
        PAGE_BITS_CHOICES[page_bits % len(PAGE_BITS_CHOICES)],
        big_endian=(kind >> 1) % 4 == 1,
        fuzzing=(kind >> 3) % 4 == 1,
        contract=CONTRACTS[(kind >> 5) % len(CONTRACTS)],
    )
    body = data[HEADER.size : MOST_BYTES]
    body = body[: len(body) - len(body) % RECORD.size]
    state, steps = State(), list[Step]()
    first = len(settings_lines(settings)) + 1
    for record in RECORD.iter_unpack(body):
        try:
            steps.append(Step(_decode_record(state, *record), line=first + len(steps)))
        except Meaningless:
            continue
    last = first + len(steps)
    steps.extend(Step(Commit(), line=last + more) for more in range(state.depth))
    return Scenario(settings, tuple(steps))


def _decode_record(state: State, code: int, chosen: bytes, mode: int, x: int, y: int) -> Operation:
    """The operation of one record. Raises Meaningless."""
    kind = TABLE[code % len(TABLE)].operation
    numbers = [(READINGS[mode >> 3 & 7], y), (READINGS[mode & 7], x)]
    values: list[Any] = []
    at = 0
    for operand, choices, takes_number, can_be_left_out in FIELDS[kind]:
        if can_be_left_out and mode & LEFT_OUT:
            values.append(None)
        elif takes_number:
            if isinstance(operand, PropertyValue):
                operand = values[-1].operand
            values.append(_value(state, operand, *numbers.pop()))
        elif choices is not None:
            values.append(choices[chosen[at] % len(choices)])
            at += 1
        elif isinstance(operand, Name):
            values.append(_name(state, operand, chosen[at]))
            at += not operand.new
        elif isinstance(operand, Count):
            values.append(chosen[at] % (operand.high + 1))
            at += 1
        else:
            data = data_of(chosen[at], numbers.pop()[1])
            is_empty = isinstance(operand, Data) and operand.may_be_empty and chosen[at] >= NONE
            values.append(b"" if is_empty else data)
            at += 1
    if kind is CreateRegion:
        _settle_region(values, READINGS[mode & 7])
    operation: Operation = kind(*values)
    note(state, operation)
    return operation


def _settle_region(values: list[Any], reading: str) -> None:
    """Make most containers as large as can be, and give targets to aliases alone."""
    _, kind, *_ = values
    if kind is RegionKind.CONTAINER and reading is ROUND:
        values[2] = ADDRESS_SPACE_SIZE
    if kind is not RegionKind.ALIAS:
        values[3:] = None, 0


def settled(operand: Operand, values: dict[str, Any]) -> Operand:
    """The operand of a property's value, once the property is known; others are as they are."""
    return values["property"].operand if isinstance(operand, PropertyValue) else operand


def _name(state: State, operand: Name, choice: int) -> str | None:
    """A new name, or one of those that exist: most often a likely one, if there is any."""
    names = state.names[operand.what]
    if operand.new:
        if len(names) >= MOST[operand.what]:
            raise Meaningless(f"too many of {operand.what}")
        return f"{operand.what[0]}{state.made[operand.what]}"
    likely = state.likely[operand.likely] if operand.likely else []
    if likely and choice >= MOST[operand.what]:
        return likely[choice % len(likely)]
    return names[choice % len(names)] if names else None


def _value(state: State, operand: Operand, reading: str, raw: int) -> int | bool:
    """A number or a switch within the operand's bounds; read literally, the inverse of `_raw`."""
    if isinstance(operand, Switch):
        return bool(raw & 1)
    if isinstance(operand, Number) and operand.low < 0 and reading is not LITERAL:
        return raw % 5 - 2
    number = _number(state, reading, raw)
    if isinstance(operand, Length):
        number %= Length.SMALL + 2
        return number if number <= Length.SMALL else Length.NO_STEP
    if isinstance(operand, Size):
        return ADDRESS_SPACE_SIZE if number == ADDRESS_SPACE_SIZE - 1 else number
    assert isinstance(operand, Number)
    return operand.low + number % (operand.high - operand.low + 1)


def _number(state: State, reading: str, raw: int) -> int:
    """A number mod 2^64 under one of the readings."""
    if reading is LITERAL:
        return raw
    choice, nudge, more = raw & 0xFF, (raw >> 8 & 0xFF) % 3 - 1, raw >> 16 & 0xFF
    if reading is POWER:
        return (1 << choice % 65) + nudge & (ADDRESS_SPACE_SIZE - 1)
    regions = state.names["region"]
    if reading is EDGE and regions:
        region = regions[choice % len(regions)]
        address, size = state.addresses[region], state.sizes[region]
        edge = (address, size, address + size, state.offsets[region] + size)[more % 4]
        return edge + (nudge if more & 0x80 else 0) & (ADDRESS_SPACE_SIZE - 1)
    if choice % 32 == 31:
        return ADDRESS_SPACE_SIZE - 1
    return choice % 32 << ROUND_SHIFTS[more % len(ROUND_SHIFTS)]


# --- Encoding ---------------------------------------------------------------------------------


def encode(scenario: Scenario) -> bytes:
    """The bytes that decode to the scenario, but for names, comments and what is expected.

    Transactions that are open at the end come back closed. Raises CodecError for what has no byte
    form: too many things or steps, a name used before it is created or created twice, a transaction
    that is closed before it is opened.
    """
    operations = [step.operation for step in scenario.steps]
    settings, state = scenario.settings, State()
    records = [_encode_operation(state, operation) for operation in operations]
    while operations and operations[-1] == Commit():  # decoding closes what is left open
        operations.pop()
    if len(operations) > MOST_STEPS:
        raise CodecError(f"{len(operations)} steps; at most {MOST_STEPS} have a byte form")
    kind = FLAVOURS.index(settings.flavour) | settings.big_endian << 1 | settings.fuzzing << 3
    kind |= CONTRACTS.index(settings.contract) << 5
    header = HEADER.pack(kind, PAGE_BITS_CHOICES.index(settings.page_bits))
    return header + b"".join(records[: len(operations)])


def _encode_operation(state: State, operation: Operation) -> bytes:
    """The record of one operation. Raises CodecError."""
    syntax = SYNTAXES[type(operation)]
    choices: list[int] = []
    numbers: list[int] = []
    mode = 0
    values: dict[str, Any] = {}
    for name, operand in syntax.operands.items():
        value = values[name] = getattr(operation, name)
        if isinstance(operand, Choice):
            choices.append(list(operand.of).index(value))
        elif isinstance(operand, Data):
            choice, number = _fitting(value) if value else (NONE, 0)
            choices.append(choice)
            numbers.append(number)
        elif value is None and not isinstance(operand, Name):
            mode |= LEFT_OUT
        elif isinstance(operand, Count):
            choices.append(value)
        elif not isinstance(operand, Name):
            numbers.append(_raw(settled(operand, values), value))
        elif not operand.new:
            choices.append(0 if value is None else _index(state.names[operand.what], value))
        elif (
            len(state.names[operand.what]) >= MOST[operand.what]
            or value in state.names[operand.what]
        ):
            raise CodecError(f"{operand.what} {value}: one too many, or created twice")
    try:
        note(state, operation)
    except Meaningless as error:
        raise CodecError(str(error)) from None
    chosen = bytes(choices).ljust(MOST_CHOICES, b"\0")
    numbers += [0] * (2 - len(numbers))
    return RECORD.pack(TABLE.index(syntax), chosen, mode, *numbers)


def _fitting(data: bytes) -> tuple[int, int]:
    """What stands for bytes to write. Raises CodecError."""
    try:
        return record_of(data)
    except NoRecord as error:
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


def _index(names: Sequence[str], name: str) -> int:
    if name not in names:
        raise CodecError(f"{name} is used before it is created")
    return names.index(name)
