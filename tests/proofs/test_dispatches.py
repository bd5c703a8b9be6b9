"""What theorems about dispatches take for granted of them, held against those that are built."""

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any, cast

import pytest

import model.dispatch
import model.radix
from model.dispatch import AddressSpaceDispatch
from model.radix import MapShape, find_leaf
from model.view import Ranges
from proofs.dispatches import as_place, leading, mapping
from proofs.paths import Explorer
from proofs.proof import Limits, Proof
from tests.model.dispatch_worlds import FOUR_LEVELS, SMALLEST, every_view, one_range, uncompacted


def seen(dispatch: AddressSpaceDispatch) -> AddressSpaceDispatch:
    """The same dispatch, with a page map that is asked for its leaves."""
    page_map = dispatch.page_map
    leaves = SimpleNamespace(
        shape=page_map.shape, leaf=lambda page: find_leaf(page_map, cast(int, page))
    )
    return dispatch._replace(page_map=cast(Any, leaves))


def broken(dispatch: AddressSpaceDispatch, shape: MapShape, end: int) -> Mapping[str, bool]:
    """The parts of the invariant that some page, or pair of pages, does not keep."""
    pages = range(1 << shape.address_bits - shape.page_bits)
    claims = [mapping(dispatch, page, end) for page in pages]
    claims += [{"leading": leading(dispatch, page, other)} for page in pages for other in pages]
    return {name: holds for one in claims for name, holds in one.items() if not holds}


def end_of_all(ranges: Ranges) -> int:
    """Where the last range ends."""
    return ranges[-1].end if ranges else 0


def test_the_invariant_of_registering_holds_of_every_view_of_the_smallest_world() -> None:
    views = list(every_view(1 << SMALLEST.address_bits))
    assert len(views) == 1597
    for ranges in views:
        dispatch = seen(uncompacted(model, ranges, SMALLEST))
        assert not broken(dispatch, SMALLEST, end_of_all(ranges)), ranges


def test_leading_holds_of_compacted_maps_too() -> None:
    for ranges in ((one_range(0, 32),), (one_range(3, 8), one_range(8, 17))):
        dispatch = seen(model.dispatch.build_dispatch(ranges, shape=FOUR_LEVELS))
        assert all(leading(dispatch, page, other) for page in range(16) for other in range(16))


def test_the_invariant_is_broken_by_sections_that_are_not_those_of_the_map() -> None:
    dispatch = seen(uncompacted(model, (one_range(0, 3),), SMALLEST))
    wrong = dispatch._replace(sections=(model.dispatch.UNASSIGNED,) * 4)
    assert "leading" in broken(wrong, SMALLEST, 3)


@pytest.mark.parametrize(
    ("end", "what"),
    [
        (1, "an undivided page is all before the end"),
        (2, "a divided page is alone in its container, and begins before the end"),
    ],
)
def test_the_invariant_is_broken_by_an_end_before_what_is_registered(end: int, what: str) -> None:
    dispatch = seen(uncompacted(model, (one_range(0, 3),), SMALLEST))
    assert not broken(dispatch, SMALLEST, 3)
    assert what in broken(dispatch, SMALLEST, end)


def test_places_can_be_keys_that_are_told_apart() -> None:
    def body(proof: Proof) -> None:
        one, other = (as_place(proof.integer(name, 0, 1)) for name in ("one", "other"))
        proof.claim("a place is its own key", one in {one: "table"})
        is_same = (other + 0) in {one: "table"}
        proof.claim("another is found where it is the same", is_same == (one == other))

    explorer = Explorer(Limits(10_000, 10))
    explorer.explore(body)
    assert explorer.effort.paths == 2
    assert {as_place(3): "table"}[3] == "table"
