"""The stand-ins for what guest memory moves mean what bytes mean to its loops."""

import pytest

from proofs.guest_requests import Piece, Rest, length_of
from proofs.theorems.guest_stepping import Rest as RestOfC
from proofs.theorems.moving import AnyData


def test_pieces_are_added_to_nothing_and_to_pieces() -> None:
    moved = b"" + Piece(2, b"first;")
    moved += Piece(3, b"second;")
    assert (length_of(moved), moved.text) == (5, b"first;second;")
    assert moved
    assert length_of(b"") == 0
    with pytest.raises(TypeError):
        b"more" + Piece(2, b"first;")


def test_the_rest_of_data_begins_further_on_and_is_shorter() -> None:
    rest = Rest(0, 10)[3:][2:]
    assert (rest.start, rest.length, length_of(rest)) == (5, 5, 5)
    assert not rest[5:]
    with pytest.raises(TypeError):
        Rest(0, 10)[:3]


@pytest.mark.parametrize("done", [0, 7])
def test_a_part_of_what_is_left_is_a_part_of_all(done: int) -> None:
    assert RestOfC(done)[0:4] == AnyData()[done : done + 4]
