"""The byte form of scenarios: total, stable, the inverse of the objects, and what it always was."""

import hashlib
import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fuzz.codec import (
    HEADER,
    LOOSE,
    MOST_BYTES,
    MOST_STEPS,
    RECORD,
    CodecError,
    decode,
    encode,
    is_loose,
)
from fuzz.codec_fields import AGAIN, UNKNOWN
from fuzz.codec_state import MOST, NEW
from fuzz.operands import Choice, Count, Data, Name
from fuzz.operations import (
    AddSubregion,
    Begin,
    Commit,
    CreateRegion,
    CreateSpace,
    DestroySpace,
    ObserveView,
    Operation,
    RegionKind,
)
from fuzz.operations_access import Write
from fuzz.parse import parse, parse_file
from fuzz.scenario import Scenario, Step
from fuzz.syntax import SYNTAXES
from fuzz.targets.interface import Settings
from tests.strategies import headers, records, scenarios

COMMITTED = sorted(Path("corpora").rglob("*.fv"))
SYSTEM = CreateRegion("system", RegionKind.CONTAINER, 1 << 64)
RAM = CreateRegion("ram", RegionKind.RAM, 1)
SPACE = CreateSpace("memory", "system")


def of(*operations: Operation) -> Scenario:
    return Scenario(Settings(), tuple(Step(operation) for operation in operations))


def operations(scenario: Scenario) -> list[Operation]:
    return [step.operation for step in scenario.steps]


# --- Both ways ---------------------------------------------------------------------------------

loose_records = st.builds(
    lambda record, chosen: record[:1] + chosen + record[7:],
    records,
    st.lists(st.sampled_from((0, 1, 2, AGAIN, UNKNOWN)), min_size=7, max_size=7).map(bytes),
)
loose_inputs = st.builds(
    lambda header, some: header + b"".join(some) + LOOSE,
    headers,
    st.lists(st.one_of(records, loose_records), max_size=40),
)


@given(st.one_of(st.binary(max_size=3000), loose_inputs))
def test_every_byte_string_decodes_and_comes_back(data: bytes) -> None:
    """A fuzzer's input is never wasted, and what is saved is what ran."""
    scenario = decode(data)
    encoded = encode(scenario)
    assert decode(encoded) == scenario
    assert encode(decode(encoded)) == encoded


@given(scenarios(most_steps=MOST_STEPS))
def test_encoding_is_the_inverse_of_decoding(scenario: Scenario) -> None:
    assert decode(encode(scenario)) == scenario


def test_what_is_made_again_has_the_name_that_it_had() -> None:
    """A space by the name of an earlier one is where the earlier one's budget would be found."""
    text = "ram r 0x10\nspace s r\ndestroy s\nspace s r\nlistener l of s\nunlisten l\n"
    again = decode(encode(parse(text + "listener l of s\n")))
    _, first, _, second, listener, _, other = (step.operation for step in again.steps)
    assert isinstance(first, CreateSpace)
    assert first == second
    assert listener == other


def test_a_scenario_left_in_a_transaction_comes_back_closed() -> None:
    assert decode(encode(of(Begin()))) == of(Begin(), Commit())


@pytest.mark.parametrize("path", COMMITTED, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_every_committed_scenario_is_a_seed_that_keeps_its_operations(path: Path) -> None:
    """What was worth writing down is where the fuzzer begins: names alone may differ."""
    scenario = parse_file(path)
    decoded = decode(encode(scenario))
    assert decoded.settings == scenario.settings
    count = len(scenario.steps)
    names: dict[tuple[str, str], str] = {}
    for one, other in zip(operations(scenario), operations(decoded)[:count], strict=True):
        assert nameless(one) == nameless(other)
        for what, name, new_name in names_of(one, other):
            if not new_name.startswith("no-"):
                assert names.setdefault((what, name), new_name) == new_name
    assert len(set(names.values())) == len(names)
    assert all(one == Commit() for one in operations(decoded)[count:])


def nameless(operation: Operation) -> list[object]:
    """All that an operation says, but for names."""
    operands = SYNTAXES[type(operation)].operands
    values = [getattr(operation, name) for name, one in operands.items() if type(one) is not Name]
    return [type(operation), *values]


def names_of(one: Operation, other: Operation) -> Iterator[tuple[str, str, str]]:
    """The names at the same places of two operations, and what they are of."""
    for field, operand in SYNTAXES[type(one)].operands.items():
        if isinstance(operand, Name) and getattr(one, field) is not None:
            yield operand.what, getattr(one, field), getattr(other, field)


@pytest.mark.parametrize(
    ("scenario", "message"),
    [
        (
            of(*[CreateRegion(f"r{n}", RegionKind.RAM, 1) for n in range(MOST["region"] + 1)]),
            "one too many",
        ),
        (of(*[Begin()] * (MOST_STEPS + 1)), "at most"),
        (of(SYSTEM, SPACE, Write("memory", 0, bytes(257))), "257 bytes"),
    ],
)
def test_what_has_no_byte_form_is_a_typed_error(scenario: Scenario, message: str) -> None:
    with pytest.raises(CodecError, match=message):
        encode(scenario)


# --- What bytes mean ---------------------------------------------------------------------------

CODES_THEN = 194
DIGEST = "169d565a621fe32cac780fed9b92cf1036b77000b6de54f6ef5c1f07e14ba222"
"""Of what 150 inputs meant when the byte form was first of this shape, by codes of that time."""


def test_bytes_that_were_kept_mean_what_they_did() -> None:
    """A seed that is kept as bytes, and a figure by its random seed, say the same for ever."""
    chance, digest = random.Random(8), hashlib.sha256()
    for _ in range(150):
        data = bytearray(chance.randbytes(HEADER.size + RECORD.size * chance.randint(0, 96)))
        codes = data[HEADER.size :: RECORD.size]
        data[HEADER.size :: RECORD.size] = bytes(code % CODES_THEN for code in codes)
        digest.update(repr(decode(bytes(data))).encode())
    assert digest.hexdigest() == DIGEST


@given(headers, st.lists(records, max_size=8), st.integers(2, RECORD.size - 1))
def test_what_is_left_over_after_whole_records_means_nothing(
    header: bytes, some: list[bytes], left_over: int
) -> None:
    """But for a single byte, which says that records are read loosely."""
    data = header + b"".join(some)
    assert decode(data + bytes(left_over)) == decode(data)
    assert is_loose(data + LOOSE)
    assert not is_loose(data)


def test_more_bytes_than_count_are_not_looked_at() -> None:
    data = HEADER.pack(0, 0) + b"".join(RECORD.pack(0, bytes(6), 0, 0, 0) for _ in range(100))
    assert decode(data + LOOSE) == decode(data[:MOST_BYTES])


def test_every_operation_fits_a_record() -> None:
    """Six bytes choose, two numbers, and the last byte is free where something new is named."""
    for kind, syntax in SYNTAXES.items():
        new = {name for name, _ in NEW[kind]}
        chosen = [
            name
            for name, one in syntax.operands.items()
            if isinstance(one, Name | Choice | Count | Data) and name not in new
        ]
        numbers = [one for one in syntax.operands.values() if not isinstance(one, Name | Choice)]
        numbers = [one for one in numbers if not isinstance(one, Count)]
        assert len(chosen) <= 6 - bool(new)
        assert len(numbers) <= 2


@pytest.mark.parametrize(
    "scenario",
    [
        of(Commit()),
        of(CreateSpace("memory", "nowhere")),
        of(SYSTEM, SPACE, DestroySpace("memory"), ObserveView("memory")),
        of(RAM, RAM),
        of(SYSTEM, RAM, AddSubregion("system", "ram", 0), RAM),
        of(SYSTEM, SPACE, Write("memory", 0, bytes(range(0, 200, 8)))),
        of(SYSTEM, SPACE, Write("memory", 0, bytes(256)[1:] + b"\1")),
    ],
)
def test_what_is_impossible_is_read_loosely(scenario: Scenario) -> None:
    """A target must reject it, which only a scenario that says it can show."""
    encoded = encode(scenario)
    assert is_loose(encoded)
    decoded = decode(encoded)
    assert [nameless(one) for one in operations(decoded)] == [
        nameless(one) for one in operations(scenario)
    ]
    assert decode(encoded[: -len(LOOSE)]) != decoded
