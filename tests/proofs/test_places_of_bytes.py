"""What the theorems about the places of bytes take for granted of the bytes of a block."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import model
from fuzz.mutation import Mutation, load_variant
from model.memory import CHUNK

SIZE = 3 * CHUNK
offsets = st.one_of(
    st.integers(0, SIZE - 1),
    st.builds(lambda number, by: number * CHUNK + by, st.integers(1, 2), st.integers(-9, 9)),
)


def lie_side_by_side(package: Any, offset: int, data: bytes) -> bool:
    """Whether each byte that is stored and loaded with others is the one at its own offset."""
    memory = package.memory
    before = memory.store_bytes(memory.RamBlock(SIZE), 0, bytes(i % 251 for i in range(SIZE)))
    block = memory.store_bytes(before, offset, data)
    whole = b"".join(memory.load_bytes(block, place, 1) for place in range(SIZE))
    old = memory.load_bytes(before, 0, SIZE)
    expected = old[:offset] + data + old[offset + len(data) :]
    return bool(whole == expected and memory.load_bytes(block, offset, len(data)) == data)


@given(offsets, st.binary(min_size=1, max_size=2 * CHUNK))
def test_bytes_of_a_block_lie_side_by_side(offset: int, data: bytes) -> None:
    assert lie_side_by_side(model, offset, data[: SIZE - offset])


@pytest.mark.parametrize(
    ("original", "replacement"),
    [
        ("found[offset % CHUNK :][:length]", "found[:length]"),
        ("old[within + len(piece) :]", "old[len(piece) :]"),
        ("divmod(offset + done, CHUNK)", "divmod(offset, CHUNK)"),
    ],
)
def test_bytes_that_do_not_are_seen(original: str, replacement: str) -> None:
    bug = Mutation("bytes_are_elsewhere", "model.memory", original, replacement)
    assert not lie_side_by_side(load_variant("model", bug), CHUNK - 3, bytes(range(1, 8)))
