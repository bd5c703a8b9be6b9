"""How the records of the byte form are read: one function an operation, made when this loads.

Each calls what reads its fields (`fuzz.codec_fields`). Most records of a fuzzer's input stand where
there is nothing that they could speak of: bits say so, and nothing of them is read.
"""

from collections.abc import Callable
from dataclasses import fields, make_dataclass
from typing import Any, NamedTuple

from fuzz.codec_fields import (
    FIRST_CHOICE,
    MODE,
    READINGS,
    Read,
    Record,
    by_byte,
    choice_reader,
    choices_of,
    data_reader,
    loose_data_reader,
    loose_name_reader,
    loose_new_name_reader,
    name_reader,
    new_name_reader,
    nothing,
    number_reader,
    round_number,
    value_reader,
)
from fuzz.codec_state import EFFECTS, LOOSE_EFFECTS, MOST, NEEDED, NEW, REMOVING, State
from fuzz.operands import ADDRESS_SPACE_SIZE, Choice, Count, Data, Name
from fuzz.operations import CreateRegion, PropertyValue, RegionKind
from fuzz.syntax import Syntax

# --- Fields -----------------------------------------------------------------------------------


def readers_of(syntax: Syntax, left_out: bool, loosely: bool) -> tuple[Read, ...]:
    """What reads each field; they take the bytes that choose, and the numbers, in turn.

    With `left_out`, what may be left out is.
    """
    new_name = loose_new_name_reader if loosely else new_name_reader
    name_of = loose_name_reader if loosely else name_reader
    data = loose_data_reader if loosely else data_reader
    readers: list[Read] = []
    at, index = FIRST_CHOICE, 0
    chosen: tuple[Any, ...] = ()
    for name, operand in syntax.operands.items():
        if left_out and not isinstance(operand, Name) and syntax.defaults.get(name, ...) is None:
            readers.append(nothing)
        elif isinstance(operand, Name) and operand.new:
            readers.append(new_name(operand))
        elif isinstance(operand, Name):
            readers.append(name_of(operand, at))
            at += 1
        elif isinstance(operand, Data):
            readers.append(data(operand, at, index))
            at, index = at + 1, index + 1
        elif isinstance(operand, Choice):
            chosen = by_byte(choices_of(operand))
            readers.append(choice_reader(chosen, at))
            at += 1
        elif isinstance(operand, Count):
            readers.append(choice_reader(by_byte(tuple(range(operand.high + 1))), at))
            at += 1
        elif isinstance(operand, PropertyValue):
            readers.append(value_reader(chosen, at - 1, index))
            index += 1
        else:
            readers.append(number_reader(operand, index))
            index += 1
    return tuple(readers)


def settled(readers: tuple[Read, ...]) -> tuple[Read, ...]:
    """What reads a new region: most containers are as large as can be, aliases alone have targets.

    A container's size is not looked at where it is a round number.
    """
    name, kind, size, target, offset = readers

    def read_size(state: State, record: Record) -> Any:
        if kind(state, record) is RegionKind.CONTAINER and (
            READINGS[record[MODE] & 7] is round_number
        ):
            return ADDRESS_SPACE_SIZE
        return size(state, record)

    def read_target(state: State, record: Record) -> Any:
        return target(state, record) if kind(state, record) is RegionKind.ALIAS else None

    def read_offset(state: State, record: Record) -> Any:
        return offset(state, record) if kind(state, record) is RegionKind.ALIAS else 0

    return name, kind, read_size, read_target, read_offset


# --- Operations -------------------------------------------------------------------------------


def thawed(kind: type) -> Callable[..., Any]:
    """A class with the same fields as a frozen one, that is made several times faster.

    What it makes becomes one of the frozen class by its `__class__`.
    """
    return make_dataclass(kind.__name__, [one.name for one in fields(kind)], slots=True)


MAKERS: tuple[Callable[..., Read], ...] = (
    lambda make: lambda s, r: make(),
    lambda make, a: lambda s, r: make(a(s, r)),
    lambda make, a, b: lambda s, r: make(a(s, r), b(s, r)),
    lambda make, a, b, c: lambda s, r: make(a(s, r), b(s, r), c(s, r)),
    lambda make, a, b, c, d: lambda s, r: make(a(s, r), b(s, r), c(s, r), d(s, r)),
    lambda make, a, b, c, d, e: lambda s, r: make(a(s, r), b(s, r), c(s, r), d(s, r), e(s, r)),
    lambda make, a, b, c, d, e, f: (
        lambda s, r: make(a(s, r), b(s, r), c(s, r), d(s, r), e(s, r), f(s, r))
    ),
    lambda make, a, b, c, d, e, f, g: (
        lambda s, r: make(a(s, r), b(s, r), c(s, r), d(s, r), e(s, r), f(s, r), g(s, r))
    ),
)
"""What makes an operation of what reads its fields, by their number: a list of values would take
as long again as the values."""


class Reader(NamedTuple):
    """How the records of one operation are read.

    `blockers` are the bits of what makes such a record meaningless; `read` and `read_short` make
    the operation of it, as something that is to become a `kind`; the latter without what may be
    left out. `effect` is what it changes, `new` the fields that name something new, and of what
    kind; `removes` says whether it ends something.
    """

    blockers: int
    read: Read
    read_short: Read
    kind: type
    effect: Callable[[State, Any], None] | None
    new: tuple[tuple[str, str], ...]
    removes: bool


MISSING = {what: 1 << bit for bit, what in enumerate(MOST)}
FULL = {what: 1 << len(MOST) + bit for bit, what in enumerate(MOST)}
"""The bits that say that there is nothing of a kind, and that there is as much as can be."""


def blocked_by(state: State) -> int:
    """The bits of all kinds."""
    bits = 0
    for what, names in state.names.items():
        if not names:
            bits |= MISSING[what]
        elif len(names) >= state.most[what]:
            bits |= FULL[what]
    return bits


def reader_of(syntax: Syntax, loosely: bool) -> Reader:
    """How the records of an operation are read."""
    kind = syntax.operation
    new = NEW[kind]
    make = thawed(kind)

    def reading(left_out: bool) -> Read:
        readers = readers_of(syntax, left_out, loosely)
        return MAKERS[len(readers)](make, *(settled(readers) if kind is CreateRegion else readers))

    missing = {MISSING[what] for name, what in NEEDED[kind] if (name, what) not in new}
    return Reader(
        sum(FULL[what] for _, what in new) | (0 if loosely else sum(missing)),
        reading(left_out=False),
        reading(left_out=True),
        kind,
        (LOOSE_EFFECTS if loosely else EFFECTS).get(kind),
        new,
        kind in REMOVING,
    )
