"""What records by chance speak of: what tends to matter, each often enough to be met."""

import random
from collections import Counter
from collections.abc import Iterable, Iterator

import pytest

from fuzz.codec import HEADER, MOST_STEPS, RECORD, TABLE, decode
from fuzz.codec_fields import MODE
from fuzz.operands import Name, Number, Size
from fuzz.operations import AddSubregion, CreateRegion, Operation, Property, SetProperty
from fuzz.syntax import SYNTAXES

PAGE = 1 << 12
TOP = 1 << 64
INPUTS = 400

LEAST = {
    "edge of a region": 0.2,
    "one beside an edge": 0.03,
    "power of two": 0.1,
    "one beside a power of two": 0.05,
    "page boundary": 0.25,
    "2^32": 0.0003,
    "2^63": 0.0002,
    "2^64 - 1": 0.01,
    "0": 0.03,
    "anything": 0.05,
}
"""The least shares of numbers that are addresses, sizes or offsets."""


FEWEST_NAMED = {"region": 10, "space": 3, "listener": 1, "owner": 1, "guard": 1, "mapping": 1}
"""How many of each kind of thing are at least spoken of, each several times."""


def inputs(literally: bool = False) -> Iterator[bytes]:
    """Records by chance, all of whose numbers are read as themselves if so asked."""
    chance = random.Random(3)
    for _ in range(INPUTS):
        data = bytearray(chance.randbytes(HEADER.size + RECORD.size * MOST_STEPS))
        if literally:
            data[HEADER.size + MODE :: RECORD.size] = bytes(MOST_STEPS)
        yield bytes(data)


def numbers_and_edges(operations: Iterable[Operation]) -> Iterator[tuple[int, set[int]]]:
    """Each number of 64 bits, and the edges of the regions that there are then."""
    sizes: dict[str, int] = {}
    places: dict[str, int] = {}
    offsets: dict[str, int] = {}
    for one in operations:
        edges = {
            edge % TOP
            for name, size in sizes.items()
            for edge in (
                places.get(name, 0),
                size,
                places.get(name, 0) + size,
                offsets[name] + size,
            )
        }
        syntax = SYNTAXES[type(one)]
        for name, operand in syntax.operands.items():
            value = getattr(one, name)
            if operand in (Number(), Size()) and value != syntax.defaults.get(name, ...):
                yield value, edges
        if isinstance(one, CreateRegion):
            sizes[one.name], offsets[one.name] = one.size, one.alias_offset
        if isinstance(one, AddSubregion):
            places[one.child] = one.addr
        if isinstance(one, SetProperty) and one.property is Property.SIZE:
            sizes[one.region] = one.value


def shares(data: Iterable[bytes]) -> dict[str, float]:
    """How large a part of all numbers is of each sort; one can be of several."""
    found: Counter[str] = Counter()
    for one in data:
        for number, edges in numbers_and_edges(step.operation for step in decode(one).steps):
            beside = {number - 1, number + 1}
            sorts = {
                "edge of a region": number in edges,
                "one beside an edge": bool(beside & edges) and number not in edges,
                "power of two": number.bit_count() == 1,
                "one beside a power of two": any(abs(near).bit_count() == 1 for near in beside),
                "page boundary": number > 0 and number % PAGE == 0,
                "2^32": number == 1 << 32,
                "2^63": number == 1 << 63,
                "2^64 - 1": number == TOP - 1,
                "0": number == 0,
                "anything": number > 1 << 33 and 8 < number.bit_count() < 56,
            }
            found.update(sort for sort, holds in sorts.items() if holds)
            found["all"] += 1
    return {sort: found[sort] / found["all"] for sort in LEAST}


def test_numbers_are_mostly_those_that_matter() -> None:
    """Random addresses meet nothing: bugs are at edges, powers of two and page boundaries."""
    measured = shares(inputs())
    assert all(measured[sort] >= least for sort, least in LEAST.items()), measured


def test_numbers_that_are_read_literally_are_not() -> None:
    """So it is the readings that lead to them, and the shares above could be missed."""
    measured = shares(inputs(literally=True))
    few = [sort for sort, least in LEAST.items() if measured[sort] < least]
    assert set(LEAST) - set(few) == {"anything"}


def test_most_names_are_of_what_exists_and_all_of_it_is_spoken_of() -> None:
    """A record that names nothing is lost; one that always names the same finds nothing."""
    spoken_of: Counter[tuple[str, int]] = Counter()
    for data in inputs():
        made: dict[str, list[str]] = {}
        for step in decode(data).steps:
            for field, operand in SYNTAXES[type(step.operation)].operands.items():
                if not isinstance(operand, Name):
                    continue
                name = getattr(step.operation, field)
                if operand.new:
                    made.setdefault(operand.what, []).append(name)
                elif name is not None:
                    assert name in made[operand.what]
                    spoken_of[operand.what, made[operand.what].index(name)] += 1
    for what, count in FEWEST_NAMED.items():
        assert all(spoken_of[what, number] >= 5 for number in range(count)), what


@pytest.mark.parametrize("syntax", SYNTAXES.values(), ids=lambda one: one.operation.__name__)
def test_every_operation_is_met(syntax: object) -> None:
    """Each takes effect somewhere, so that none is left out by a table that is too long."""
    assert syntax in TABLE[:256]
