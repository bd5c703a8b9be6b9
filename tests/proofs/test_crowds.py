"""Crowds answer as tuples do that have so many of each, and refuse what they cannot know."""

from itertools import product

import pytest

from model.references import FOREVER, TABLE, Holder, HolderKind, References, drop, take
from proofs.crowds import AnyViews, FreedRegions, Held, SomeRegions, count_owners, length
from proofs.lifecycles import Everyone
from proofs.symbolic import UnsupportedOperation

CPU = Holder(HolderKind.THREAD, "cpu")
HOLDERS = (TABLE, CPU)
NUMBERS = tuple(product(range(3), repeat=2))


def both(numbers: tuple[int, ...]) -> tuple[Held, tuple[Holder, ...]]:
    """The same holders as a crowd and as a tuple."""
    spread = tuple(
        holder for holder, number in zip(HOLDERS, numbers, strict=True) for _ in range(number)
    )
    return Held(dict(zip(HOLDERS, numbers, strict=True))), spread


@pytest.mark.parametrize("numbers", NUMBERS)
def test_the_model_counts_a_crowd_as_it_counts_a_tuple(numbers: tuple[int, ...]) -> None:
    crowd, holders = both(numbers)
    for holder in HOLDERS:
        assert (holder in crowd) == (holder in holders)
        assert crowd.count(holder) == holders.count(holder)
        taken = take(References(length(crowd), crowd), holder)  # type: ignore[arg-type]
        expected = take(References(len(holders), holders), holder)
        assert taken.ref == length(taken.holders) == expected.ref
        assert taken.holders.count(holder) == expected.holders.count(holder)
        if holder in holders:
            dropped = drop(References(length(crowd), crowd), holder)  # type: ignore[arg-type]
            less = drop(References(len(holders), holders), holder)
            for one in HOLDERS:
                assert dropped.holders.count(one) == less.holders.count(one)
            assert dropped.ref == length(dropped.holders)
    kinds = (HolderKind.TABLE, HolderKind.SPACE)
    assert any(one.kind in kinds for one in crowd) == any(one.kind in kinds for one in holders)


def test_a_crowd_refuses_whom_it_does_not_know() -> None:
    crowd, _ = both((1, 1))
    with pytest.raises(KeyError):
        crowd.count(FOREVER)


def test_no_other_parts_of_a_crowd_make_up_a_crowd() -> None:
    crowd, _ = both((1, 1))
    table, cpu = crowd.index(TABLE), crowd.index(CPU)
    for left, right in (
        (crowd[:table], crowd[table:]),
        (crowd[:table], crowd[cpu + 1 :]),
        (crowd[: table + 1], crowd[table + 1 :]),
        (crowd[table + 1 :], crowd[:table]),
    ):
        with pytest.raises(UnsupportedOperation):
            left + right
    with pytest.raises(UnsupportedOperation):
        table + 2


def test_views_in_a_crowd_are_found_in_a_tuple_with_others() -> None:
    loaded = (AnyViews({1: True, 2: False, 3: False}), 3)
    assert [serial for serial in (1, 2, 3) if serial in loaded] == [1, 3]


def test_everyone_may_be_copied_but_not_gone_over() -> None:
    everyone = Everyone({"one": 1})
    assert {**everyone, "two": 2} == {"one": 1, "two": 2}
    for ask in (len, list, lambda all_: list(all_.items()), lambda all_: list(all_.values())):
        with pytest.raises(AssertionError, match="asks for all"):
            ask(everyone)


def test_regions_in_a_crowd_are_counted_with_others() -> None:
    assert count_owners(("a", SomeRegions({"a": 2, "b": 1}), None)) == {"a": 3, "b": 1, None: 1}


def test_freed_regions_are_more_with_more() -> None:
    freed = FreedRegions({"one": False, "two": True}) | {"one"}
    assert "one" in freed
    assert "two" in freed
