"""The radix tree and the look-up through it, against the linear search of the ranges.

Tiny worlds are exhausted; worlds of 64-bit addresses are sampled. Examples are in `test_subpage`.
"""

from collections import Counter
from collections.abc import Callable
from math import comb

import pytest
from hypothesis import example, given, settings

import model.dispatch
import model.radix
from fuzz.mutation import Mutation, load_variant
from model.radix import QEMU_SHAPE, MapShape
from model.view import Ranges
from tests.model.dispatch_worlds import (
    FOUR_LEVELS,
    SMALLEST,
    TWO_LEVELS,
    Package,
    has_the_structure,
    lookup_is_linear,
    mru_is_transparent,
    one_range,
    probes,
    shapes,
    tiny_worlds,
    views,
)

Worlds = list[tuple[MapShape, Ranges]]
WORLDS: Worlds = list(tiny_worlds())

Property = Callable[[Package, Ranges, MapShape, list[int] | range], bool]


def holds(property_: Property, package: Package, worlds: Worlds) -> bool:
    """Whether a property holds of every view at every address."""
    return all(
        property_(package, ranges, shape, range(1 << shape.address_bits))
        for shape, ranges in worlds
    )


def test_the_tiny_worlds_are_counted() -> None:
    """An exhaustive test of nothing would pass."""
    counts = Counter(shape for shape, _ in WORLDS)
    of_two = {edges: comb(edges, 4) + comb(edges, 3) + comb(edges, 2) for edges in (17, 11)}
    assert counts == {SMALLEST: 1597, FOUR_LEVELS: of_two[17], TWO_LEVELS: of_two[17] + of_two[11]}


def test_look_up_in_tiny_worlds_is_the_linear_search() -> None:
    """P6: accesses go to whom the view says, at every address, compacted or not."""
    assert holds(lookup_is_linear, model, WORLDS)


def test_the_mru_is_transparent_in_tiny_worlds() -> None:
    """P7: what was looked up before must not change who answers; in every view of the smallest."""
    worlds = [(shape, ranges) for shape, ranges in WORLDS if shape == SMALLEST]
    assert len(worlds) == 1597
    assert holds(mru_is_transparent, model, worlds)


def test_the_tree_has_its_structure_in_tiny_worlds() -> None:
    """D2-D6: what `info mtree -f -d` shows of sections and nodes, before any address is asked."""
    assert holds(has_the_structure, model, WORLDS)


@given(views(), shapes)
@example((one_range(0, 1 << 64),), QEMU_SHAPE)
@settings(deadline=None)
def test_look_up_in_64_bit_worlds_is_the_linear_search(ranges: Ranges, shape: MapShape) -> None:
    """P6, with bits turned over that compacted entries do not compare, up to 2^64 bytes at once."""
    assert lookup_is_linear(model, ranges, shape, probes(ranges, shape, range(0, 64, 5)))


@given(views(), shapes)
@example((one_range(0, 1 << 64),), QEMU_SHAPE)
@settings(deadline=None, max_examples=50)
def test_the_mru_is_transparent_in_64_bit_worlds(ranges: Ranges, shape: MapShape) -> None:
    """P7, where a section may have 2^64 bytes."""
    assert mru_is_transparent(model, ranges, shape, probes(ranges, shape, range(0)))


@given(views(), shapes)
@example((one_range(0, 1 << 64),), QEMU_SHAPE)
@settings(deadline=None, max_examples=50)
def test_the_tree_has_its_structure_in_64_bit_worlds(ranges: Ranges, shape: MapShape) -> None:
    """D1-D6 with six levels and more; sections of 2^64 bytes lie in the top node."""
    assert has_the_structure(model, ranges, shape, [])


# --- That the properties can fail -------------------------------------------------------------


def in_radix(name: str, original: str, replacement: str) -> Mutation:
    return Mutation(name, "model.radix", original, replacement)


def in_dispatch(name: str, original: str, replacement: str) -> Mutation:
    return Mutation(name, "model.dispatch", original, replacement)


MUTANTS: tuple[tuple[Property, Mutation], ...] = (
    (
        lookup_is_linear,
        in_dispatch(
            "coverage_is_not_checked",
            "return index if covers(dispatch.sections[index], address) else UNASSIGNED_INDEX",
            "return index",
        ),
    ),
    (
        lookup_is_linear,
        in_radix("skips_are_not_added", "else entry.skip + child.skip", "else child.skip"),
    ),
    (
        lookup_is_linear,
        in_radix("leaf_ignores_alignment", "return first % spanned == 0 and ", "return "),
    ),
    (
        lookup_is_linear,
        Mutation(
            "last_byte_is_left_out", "model.subpage", "<= byte <= run.last", "<= byte < run.last"
        ),
    ),
    (
        lookup_is_linear,
        in_dispatch(
            "each_piece_divides_its_page_anew",
            "if container == UNASSIGNED_INDEX:",
            "if container == UNASSIGNED_INDEX or container in dispatch.subpages:",
        ),
    ),
    (
        mru_is_transparent,
        in_dispatch("mru_may_be_unassigned", "return mru != UNASSIGNED_INDEX and", "return"),
    ),
    (
        mru_is_transparent,
        in_dispatch(
            "mru_is_not_checked", "and covers(dispatch.sections[mru], address)", "and True"
        ),
    ),
    (
        mru_is_transparent,
        in_dispatch(
            "mru_is_resolved",
            "return Found(dispatch.sections[found], mru)",
            "return Found(dispatch.sections[found], found)",
        ),
    ),
    (
        has_the_structure,
        in_radix("leaf_is_too_low", "and pages >= spanned", "and pages > spanned - (spanned == 1)"),
    ),
    (
        has_the_structure,
        in_radix("compacts_the_root_alone", "if child.skip > 0 and child.ptr != NIL:", "if False:"),
    ),
    (
        has_the_structure,
        in_dispatch("is_not_compacted", "page_map=compact(dispatch.page_map)", "flavour=flavour"),
    ),
    (
        has_the_structure,
        in_dispatch(
            "ranges_are_registered_backwards",
            "for range_ in ranges:\n        dispatch =",
            "for range_ in reversed(ranges):\n        dispatch =",
        ),
    ),
)


@pytest.mark.parametrize(
    ("property_", "mutation"), MUTANTS, ids=lambda one: getattr(one, "name", "")
)
def test_a_broken_dispatch_is_seen(property_: Property, mutation: Mutation) -> None:
    assert not holds(property_, load_variant("model", mutation), WORLDS)
