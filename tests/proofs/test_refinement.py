"""The shape of refinements: it claims what it says, and its words lose nothing."""

from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

import impl.flags
import impl.view
from fuzz.mutation import load_variant
from model.view import FlatRange
from proofs.paths import Explorer, Refutation
from proofs.proof import ConcretePath, Limits, Proof
from proofs.refinement import (
    ABORTS,
    MODEL,
    Refinement,
    RegionObjects,
    Table,
    in_impl,
    in_model,
    keyed,
    outcome,
    plain,
)
from proofs.theorem import Obligation, Package

ranges = st.builds(
    FlatRange,
    region=st.integers(0, 3),
    offset=st.integers(0, 1 << 64),
    start=st.integers(0, 1 << 64),
    size=st.integers(0, 1 << 64),
    dirty_log_mask=st.integers(0, 7),
    romd_mode=st.booleans(),
    readonly=st.booleans(),
    nonvolatile=st.booleans(),
    unmergeable=st.booleans(),
)


def halving(divisor: int) -> Obligation:
    refinement = Refinement(
        inputs=lambda proof: proof.integer("x", 0, 100),
        specification=lambda x: x // 2,
        implementation=lambda package, x: x // divisor,
        relation=lambda x, expected, done: {"half is half": expected == done},
    )
    return refinement.obligation("halving")


def explore(obligation: Obligation) -> None:
    Explorer(Limits(100_000, 10)).explore(lambda proof: obligation.body(MODEL, proof))


def test_what_refines_is_proved_and_what_does_not_is_refuted() -> None:
    explore(halving(2))
    with pytest.raises(Refutation, match="half is half"):
        explore(halving(3))


class Impl:
    """Impl's real modules, which are all that is asked for."""

    flags = impl.flags
    view = impl.view


@given(ranges)
def test_a_range_comes_back_from_impls_types_as_it_was(range_: FlatRange) -> None:
    package = cast(Package, Impl())
    assert in_model(in_impl(package, range_, RegionObjects()(range_.region))) == range_


def test_two_regions_are_one_object_exactly_if_their_names_are_the_same() -> None:
    seen = set()

    def body(proof: Proof) -> None:
        objects = RegionObjects()
        one, other = proof.integer("one"), proof.integer("other")
        is_one = objects(one) is objects(other)
        seen.add(is_one)
        proof.claim("names tell", (one == other) == is_one)

    Explorer(Limits(100_000, 10)).explore(body)
    assert seen == {True, False}


def test_a_table_is_looked_up_row_by_row_and_has_no_other() -> None:
    table, seen = Table((5, (6, 7))), set()

    def body(proof: Proof) -> None:
        row = proof.integer("row", 0, 1)
        found = table[row] if row == 0 else table[1][row]
        seen.add(found)
        proof.claim("it is the row's", found == 5 + 2 * row)

    Explorer(Limits(100_000, 10)).explore(body)
    assert seen == {5, 7}
    for index in (-1, 2):
        with pytest.raises(IndexError):
            table[index]


def test_a_plain_number_takes_a_path_for_each_value() -> None:
    seen = []

    def body(proof: Proof) -> None:
        number = proof.integer("number", 2, 4)
        seen.append(plain(number, 2, 4))
        proof.claim("it is the number", number == seen[-1])

    Explorer(Limits(100_000, 10)).explore(body)
    assert sorted(seen) == [2, 3, 4]
    with pytest.raises(ValueError, match="5"):
        plain(5, 2, 4)


def test_keys_are_equal_in_a_dictionary_where_the_numbers_are() -> None:
    seen = set()

    def body(proof: Proof) -> None:
        one, other = keyed(proof.integer("one")), keyed(proof.integer("other"))
        is_there = other in {one: "one"}
        seen.add(is_there)
        proof.claim("they are equal", (one == other) == is_there)

    Explorer(Limits(100_000, 10)).explore(body)
    assert seen == {True, False}
    assert keyed(7) == 7


def test_an_abort_is_told_from_what_is_given() -> None:
    assert outcome(int, ValueError, "7") == 7
    assert outcome(int, ValueError, "seven") is ABORTS
    with pytest.raises(TypeError):
        outcome(int, ValueError, None)


def test_a_refinement_runs_on_plain_values_too() -> None:
    """So a counterexample is confirmed."""
    path = ConcretePath({"x": 9})
    halving(2).body(load_variant("impl"), path)
    assert path.shown == {"the model gives": 4, "impl gives": 4}
