"""Mutations of the fuzzer's inputs that know what a record is, for atheris's custom hooks.

libFuzzer changes bytes where it likes, and moves all records behind by what it puts in or takes
out. What is here keeps records whole: it puts in, takes out, repeats and swaps them, has one speak
of something else, or changes a number by one. Every other input is all by chance: what coverage
keeps has much in common, and many a bug shows in nothing like it. All of it follows from the seed;
the bytes need not be a scenario's.
"""

from collections.abc import Callable
from random import Random

import atheris

from fuzz.codec import HEADER, LOOSE, MOST_BYTES, MOST_STEPS, RECORD, TABLE, is_loose
from fuzz.operands import Choice, Count, Data, Name
from fuzz.syntax import Syntax

Records = list[bytes]
OwnMutation = Callable[[bytes, int], bytes]
"""libFuzzer's mutation of some bytes to at most so many."""

ONE_IN_CHANCE = 2
"""One in so many inputs is by chance, whatever there was."""

ONE_IN_OWN = 8
"""One in so many mutations of what there was is libFuzzer's own."""

ONE_IN_SETTINGS = 16
ONE_IN_READINGS = 64
"""One in so many mutations changes the settings as well, or whether records are read loosely."""

FIRST_CHOICE, MODE, FIRST_NUMBER, NUMBER_BYTES = 1, 7, 8, 8
NUMBERS = 1 << 8 * NUMBER_BYTES
FEW_RECORDS = 8
"""Most runs of records that are put in, taken out or repeated have up to so many."""


def operands_used(syntax: Syntax) -> tuple[int, int]:
    """How many of a record's bytes that choose, and of its numbers, an operation takes."""
    choices = numbers = 0
    for operand in syntax.operands.values():
        is_new = isinstance(operand, Name) and operand.new
        choices += isinstance(operand, Name | Choice | Count | Data) and not is_new
        numbers += not isinstance(operand, Name | Choice | Count)
    return choices, numbers


USED = tuple(operands_used(TABLE[code % len(TABLE)]) for code in range(256))
"""The same by a record's first byte, so that no change goes where nobody looks."""

SHARED_BY_ALIKE = 2


def operations_alike(syntax: Syntax) -> tuple[int, ...]:
    """The codes of the other operations that begin with the same operands.

    These are a region and an offset, say, or a space and an address: to all such operations a
    record's bytes mean the same there.
    """
    first = tuple(syntax.operands.items())[:SHARED_BY_ALIKE]
    others = (one for one in dict.fromkeys(TABLE) if one is not syntax)
    return tuple(
        TABLE.index(one)
        for one in others
        if len(first) == SHARED_BY_ALIKE and tuple(one.operands.items())[:SHARED_BY_ALIKE] == first
    )


ALIKE = tuple(operations_alike(TABLE[code % len(TABLE)]) for code in range(256))
"""The same by a record's first byte: what else can be done to what it speaks of."""


# --- Bytes and records ------------------------------------------------------------------------


def libfuzzers_own(data: bytes, max_size: int) -> bytes:
    """A mutation by libFuzzer, which there is only while it runs: atheris then has another one."""
    mutated: bytes = atheris.Mutate(data, max_size)
    return mutated


def custom_mutator(
    data: bytes, max_size: int, seed: int, own: OwnMutation = libfuzzers_own
) -> bytes:
    """An input in place of another, of at most `max_size` bytes: what libFuzzer asks for."""
    chance = Random(seed)
    room = room_for(max_size)
    if not chance.randrange(ONE_IN_CHANCE):
        records = by_chance(chance, chance.randint(min(1, room), room))
        return joined(chance.randbytes(HEADER.size), records, b"", max_size)
    if not chance.randrange(ONE_IN_OWN):
        return own(data, max_size)
    header, records, end = split(data)
    for _ in range(chance.choice((1, 1, 2, 4))):
        records = chance.choice(CHANGES)(chance, records, room)
    if not chance.randrange(ONE_IN_SETTINGS):
        header = with_byte(header, chance.randrange(HEADER.size), chance.randrange(256))
    if not chance.randrange(ONE_IN_READINGS):
        end = b"" if end else LOOSE
    return joined(header, records, end, max_size)


def custom_crossover(first: bytes, second: bytes, max_size: int, seed: int) -> bytes:
    """Records of two inputs in one, of at most `max_size` bytes: what libFuzzer asks for.

    Either the beginning of the first with the end of the second, or a run of the second's records
    within the first.
    """
    chance = Random(seed)
    header, records, end = split(first)
    _, others, _ = split(second)
    start, stop = run_of(chance, records)
    if chance.randrange(2):
        crossed = records[:start] + others[chance.randint(0, len(others)) :]
    else:
        other_start, other_stop = run_of(chance, others)
        crossed = records[:start] + others[other_start:other_stop]
        crossed += records[stop if chance.randrange(2) else start :]
    return joined(header, crossed, end, max_size)


def split(data: bytes) -> tuple[bytes, Records, bytes]:
    """An input's settings, its whole records, and the byte that says that they are read loosely.

    What else is left over is dropped.
    """
    ends = range(HEADER.size + RECORD.size, min(MOST_BYTES, len(data)) + 1, RECORD.size)
    records = [data[end - RECORD.size : end] for end in ends]
    return data[: HEADER.size].ljust(HEADER.size, b"\0"), records, LOOSE if is_loose(data) else b""


def joined(header: bytes, records: Records, end: bytes, max_size: int) -> bytes:
    """The input of settings and records, as many as there is room for."""
    room = room_for(min(max_size, MOST_BYTES) - len(end))
    return (header + b"".join(records[:room]) + end)[:max_size]


def room_for(max_size: int) -> int:
    """How many records an input of so many bytes can have."""
    return max(0, min(MOST_STEPS, (max_size - HEADER.size) // RECORD.size))


def run_of(chance: Random, records: Records) -> tuple[int, int]:
    """Where a run of records begins and ends: mostly a short one, now and then any."""
    start = chance.randint(0, len(records))
    most = chance.choice((1, 1, FEW_RECORDS, len(records)))
    return start, min(len(records), start + chance.randint(0, most))


def with_byte(data: bytes, at: int, value: int) -> bytes:
    """The bytes with one of them changed."""
    return data[:at] + bytes((value,)) + data[at + 1 :]


# --- Changes of records -----------------------------------------------------------------------


def by_chance(chance: Random, count: int) -> Records:
    """Records of which every byte is by chance: their tables make sense of them."""
    return [chance.randbytes(RECORD.size) for _ in range(count)]


def insert(chance: Random, records: Records, room: int) -> Records:
    """Put in new records; at the end, mostly, where all exists that they can speak of."""
    at = chance.choice((len(records), chance.randint(0, len(records))))
    most = chance.choice((1, FEW_RECORDS, room))
    count = min(room - len(records), chance.randint(1, max(1, most)))
    return records[:at] + by_chance(chance, count) + records[at:]


def delete(chance: Random, records: Records, room: int) -> Records:
    """Take out a run."""
    start, stop = run_of(chance, records)
    return records[:start] + records[stop:]


def duplicate(chance: Random, records: Records, room: int) -> Records:
    """Repeat a run somewhere."""
    start, stop = run_of(chance, records)
    at = chance.randint(0, len(records))
    return (records[:at] + records[start:stop] + records[at:])[:room]


def do_more(chance: Random, records: Records, room: int) -> Records:
    """Put in, behind a record, another operation on the same.

    So what was written is read, and what was added is taken back.
    """
    places = [at for at, record in enumerate(records) if ALIKE[record[0]]]
    if not places:
        return insert(chance, records, room)
    place = chance.choice(places)
    more = with_byte(records[place], 0, chance.choice(ALIKE[records[place][0]]))
    at = chance.randint(place + 1, len(records))
    return [*records[:at], more, *records[at:]][:room]


def swap(chance: Random, records: Records, room: int) -> Records:
    """Have two records change places."""
    if not records:
        return records
    swapped = list(records)
    one, other = (chance.randrange(len(records)) for _ in range(2))
    swapped[one], swapped[other] = records[other], records[one]
    return swapped


Change = Callable[[Random, bytes], bytes]


def on_one(change: Change) -> Callable[[Random, Records, int], Records]:
    """A change of one record."""

    def changed(chance: Random, records: Records, room: int) -> Records:
        if not records:
            return by_chance(chance, min(1, room))
        at = chance.randrange(len(records))
        return [*records[:at], change(chance, records[at]), *records[at + 1 :]]

    return changed


def retarget(chance: Random, record: bytes) -> bytes:
    """Speak of something else, or take another of an enumeration's values."""
    choices, _ = USED[record[0]]
    at = FIRST_CHOICE + chance.randrange(max(1, choices))
    return with_byte(record, at, chance.randrange(256))


def nudge(chance: Random, record: bytes) -> bytes:
    """A number one more or less; of one that is not read literally, in any of its bytes."""
    _, numbers = USED[record[0]]
    at = FIRST_NUMBER + NUMBER_BYTES * chance.randrange(max(1, numbers))
    number = int.from_bytes(record[at : at + NUMBER_BYTES], "little")
    number += chance.choice((-1, 1)) << chance.choice((0, 0, 8, 16))
    changed = (number % NUMBERS).to_bytes(NUMBER_BYTES, "little")
    return record[:at] + changed + record[at + NUMBER_BYTES :]


def renumber(chance: Random, record: bytes) -> bytes:
    """Another number."""
    _, numbers = USED[record[0]]
    at = FIRST_NUMBER + NUMBER_BYTES * chance.randrange(max(1, numbers))
    return record[:at] + chance.randbytes(NUMBER_BYTES) + record[at + NUMBER_BYTES :]


def read_otherwise(chance: Random, record: bytes) -> bytes:
    """The same numbers, read in another way."""
    return with_byte(record, MODE, chance.randrange(256))


def do_otherwise(chance: Random, record: bytes) -> bytes:
    """Another operation with the same operands."""
    return with_byte(record, 0, chance.randrange(256))


CHANGES: tuple[Callable[[Random, Records, int], Records], ...] = (
    insert,
    insert,
    insert,
    delete,
    duplicate,
    do_more,
    swap,
    on_one(retarget),
    on_one(nudge),
    on_one(renumber),
    on_one(read_otherwise),
    on_one(do_otherwise),
)
"""All changes, those several times that are to be made more often."""
