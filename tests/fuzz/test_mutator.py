"""Mutations on records: total, whole, bounded, deterministic, and able to make every change."""

from collections.abc import Callable, Sequence
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fuzz import mutator
from fuzz.codec import HEADER, LOOSE, MOST_BYTES, MOST_STEPS, RECORD, decode, encode, is_loose
from fuzz.format import format_operation
from fuzz.mutator import custom_crossover, custom_mutator, joined, room_for, split
from fuzz.parse import parse
from tests.strategies import headers, records

ADDED_AND_WRITTEN = (
    "io r0 0x1000",
    "space s0 r0",
    "add-eventfd r0 at 0x8 size 4 notifier 1 data 0x5",
    "write s0 0x120 61626364",
)

inputs = st.one_of(
    st.binary(max_size=200),
    st.builds(
        lambda header, some, end: header + b"".join(some) + end,
        headers,
        st.lists(records, max_size=8),
        st.sampled_from((b"", LOOSE)),
    ),
)
sizes = st.integers(HEADER.size, MOST_BYTES + 100)
seeds = st.integers(0, (1 << 32) - 1)


def no_change(data: bytes, max_size: int) -> bytes:
    return data[:max_size]


def is_whole(data: bytes) -> bool:
    return (len(data) - HEADER.size) % RECORD.size == 0 or is_loose(data)


@given(inputs, sizes, seeds)
def test_a_mutation_is_whole_records_within_bounds_and_follows_from_its_seed(
    data: bytes, max_size: int, seed: int
) -> None:
    """libFuzzer aborts on a longer input; a part of a record is a record lost."""
    asked = []

    def own(given: bytes, most: int) -> bytes:
        asked.append((given, most))
        return no_change(given, most)

    mutated = custom_mutator(data, max_size, seed, own)
    assert mutated == custom_mutator(data, max_size, seed, no_change)
    assert len(mutated) <= max_size
    assert is_whole(mutated) or asked == [(data, max_size)]
    decode(mutated)


@given(inputs, inputs, sizes, seeds)
def test_a_crossover_is_whole_records_of_its_parents(
    first: bytes, second: bytes, max_size: int, seed: int
) -> None:
    crossed = custom_crossover(first, second, max_size, seed)
    assert crossed == custom_crossover(first, second, max_size, seed)
    assert len(crossed) <= max_size
    assert is_whole(crossed)
    header, whole, end = split(crossed)
    assert (header, end) == (split(first)[0], split(first)[2][: max_size - HEADER.size])
    assert set(whole) <= {*split(first)[1], *split(second)[1]}


@given(inputs)
def test_splitting_keeps_every_whole_record(data: bytes) -> None:
    assert decode(joined(*split(data), MOST_BYTES)) == decode(data)


def test_libfuzzers_own_mutations_are_used_at_times_and_no_more() -> None:
    """Those of single bytes find what no record-wise change would, but must not take over."""
    data = bytes(HEADER.size + 3 * RECORD.size)
    calls: list[bytes] = []

    def own(given: bytes, most: int) -> bytes:
        calls.append(given)
        return given

    for seed in range(1000):
        custom_mutator(data, MOST_BYTES, seed, own)
    expected = 1000 // mutator.ONE_IN_CHANCE // mutator.ONE_IN_OWN
    assert expected // 2 < len(calls) < expected * 2


def numbered(count: int) -> list[bytes]:
    """Records that can be told apart."""
    return [bytes((number,)) * RECORD.size for number in range(count)]


def changes_by(change: Callable[..., list[bytes]]) -> list[list[bytes]]:
    return [change(Random(seed), numbered(6), MOST_STEPS) for seed in range(50)]


def test_each_change_does_what_it_is_called() -> None:
    """A change that never changes anything would only show as a slow campaign."""
    before = numbered(6)
    assert any(len(after) > 6 for after in changes_by(mutator.insert))
    assert all(is_within(before, after) for after in changes_by(mutator.insert))
    assert any(len(after) < 6 for after in changes_by(mutator.delete))
    assert all(is_within(after, before) for after in changes_by(mutator.delete))
    assert any(len(after) > 6 for after in changes_by(mutator.duplicate))
    assert all(set(after) == set(before) for after in changes_by(mutator.duplicate))
    assert any(after != before for after in changes_by(mutator.swap))
    assert all(sorted(after) == before for after in changes_by(mutator.swap))


def test_every_other_input_is_by_chance_and_has_any_length() -> None:
    """Coverage keeps inputs that have much in common: a campaign of these alone finds less."""
    data = b"\0\0" + b"".join(numbered(6))
    known = set(numbered(6))
    inputs = [split(custom_mutator(data, MOST_BYTES, seed, no_change)) for seed in range(400)]
    chosen = [(header, records) for header, records, _ in inputs if not set(records) & known]
    expected = 400 // mutator.ONE_IN_CHANCE
    assert expected * 3 // 4 < len(chosen) < expected * 5 // 4
    assert len({header for header, _ in chosen}) > len(chosen) // 2
    lengths = {len(records) for _, records in chosen}
    assert (min(lengths), max(lengths)) == (1, MOST_STEPS)


def test_what_was_added_is_taken_back_and_what_was_written_is_read() -> None:
    """By chance alone, what takes back an ioeventfd hardly ever speaks of one that there is."""
    header, before, end = split(encode(parse("\n".join(ADDED_AND_WRITTEN) + "\n")))
    more: set[str] = set()
    for seed in range(300):
        after = mutator.do_more(Random(seed), before, MOST_STEPS)
        steps = decode(joined(header, after, end, MOST_BYTES)).steps
        lines = [format_operation(step.operation) for step in steps]
        assert len(lines) == len(ADDED_AND_WRITTEN) + 1
        assert is_within(ADDED_AND_WRITTEN, lines)
        more.update(lines)
    assert "del-eventfd r0 at 0x8 size 4 notifier 1 data 0x5" in more
    assert any(line.startswith("read s0 0x120 ") for line in more)


def is_within(few: Sequence[object], many: Sequence[object]) -> bool:
    """Whether some records or lines stand among others, in the same order."""
    following = iter(many)
    return all(one in following for one in few)


@pytest.mark.parametrize(
    ("change", "bytes_changed"),
    [
        (mutator.do_otherwise, range(1)),
        (mutator.retarget, range(mutator.FIRST_CHOICE, mutator.MODE)),
        (mutator.read_otherwise, range(mutator.MODE, mutator.FIRST_NUMBER)),
        (mutator.nudge, range(mutator.FIRST_NUMBER, RECORD.size)),
        (mutator.renumber, range(mutator.FIRST_NUMBER, RECORD.size)),
    ],
)
def test_a_change_of_one_record_keeps_to_its_bytes(
    change: Callable[[Random, bytes], bytes], bytes_changed: range
) -> None:
    """What a change is named for is all that it changes, and it does change it."""
    record = bytes(range(100, 100 + RECORD.size))
    touched = {
        at
        for seed in range(200)
        for at, (one, other) in enumerate(zip(record, change(Random(seed), record), strict=True))
        if one != other
    }
    assert touched
    assert touched <= set(bytes_changed)


def test_a_nudge_is_by_one_in_some_byte() -> None:
    record = bytes(RECORD.size)
    steps = set()
    for seed in range(200):
        nudged = mutator.nudge(Random(seed), record)
        for at in (8, 16):
            number = int.from_bytes(nudged[at : at + 8], "little")
            steps.add(min(number, mutator.NUMBERS - number))
    assert steps == {0, 1, 1 << 8, 1 << 16}


def test_there_is_no_room_below_a_record_and_never_more_than_counts() -> None:
    assert room_for(0) == room_for(HEADER.size + RECORD.size - 1) == 0
    assert room_for(HEADER.size + RECORD.size) == 1
    assert room_for(10 * MOST_BYTES) == MOST_STEPS
