"""The places of a page: how the levels of a page map cut its number into bits."""

from functools import partial
from typing import cast

import z3

from model.radix import MAX_LEVEL_BITS, MAX_LEVELS, MapShape
from proofs.bits import SymBits
from proofs.proof import Limits, Proof
from proofs.symbolic import SymBool, UnsupportedOperation, all_of
from proofs.theorem import Obligation, Package, Theorem
from proofs.theorems import bugs_in_page_map as bugs

LEVELS_OF_ALL_SHAPES: tuple[tuple[int, int], ...] = tuple(
    (bits, level)
    for bits in range(1, MAX_LEVEL_BITS + 1)
    for level in range(min(MAX_LEVELS, -(-64 // bits)))
)
"""Each number of bits per level that `check_shape` lets through, with each level of its maps."""


def shape_of(package: Package, level_bits: int, page_bits: int = 12) -> MapShape:
    """The shape of a map for 64-bit addresses."""
    shape: MapShape = package.radix.MapShape(page_bits, level_bits)
    return shape


class PageNumber(SymBits):
    """A page number of so many bits, which can also be divided by a power of two."""

    __slots__ = ()

    def __floordiv__(self, divisor: int) -> SymBits:
        if divisor < 1 or divisor & (divisor - 1) != 0:
            raise UnsupportedOperation("bits are divided by powers of two only")
        return self >> divisor.bit_length() - 1


def page_of(upper: int, place: int, lower: int, level_bits: int, level: int) -> int:
    """The page with these bits above those of a level, at it, and below it."""
    page = (upper << level_bits | place) << level_bits * level | lower
    if not isinstance(page, SymBits):
        return page
    return cast(int, PageNumber(page.term, page.path, page.width))


def is_less(left: int, right: int) -> bool:
    """Whether one number is less than another, where they may be bits; without forking."""
    if not isinstance(left, SymBits) or not isinstance(right, SymBits):
        return left < right
    width = max(left.width, right.width)
    wider = (z3.ZeroExt(width - one.width, one.term) for one in (left, right))
    return cast(bool, SymBool(z3.ULT(*wider), left.path))


def placing_pages(package: Package, proof: Proof, level_bits: int, level: int) -> None:
    """Two pages of one node, of 64 bits at most: those above the level's are the same."""
    below = level_bits * level
    upper = proof.bits("upper", max(1, 64 - below - level_bits))
    places = [proof.bits(f"place[{one}]", min(level_bits, 64 - below)) for one in range(2)]
    lower = [proof.bits(f"lower[{one}]", below) if below else 0 for one in range(2)]
    page, other = (
        page_of(upper, place, rest, level_bits, level)
        for place, rest in zip(places, lower, strict=True)
    )
    begin = page_of(upper, places[1], 0, level_bits, level)
    shape = shape_of(package, level_bits)
    proof.show("pages", (page, other))
    proof.claim(
        "an entry stands for as many pages as there are below its level",
        all_of(shape.pages_per_entry(level) == 1 << below, shape.node_size == 1 << level_bits),
    )
    proof.claim("the place is the level's bits", shape.place(page, level) == places[0])
    proof.claim(
        "a page has a smaller place exactly if it is before the other's entry",
        is_less(shape.place(page, level), shape.place(other, level)) == is_less(page, begin),
    )


def reaching_all_pages(package: Package, proof: Proof) -> None:
    """For each shape there is, without any unknown."""
    shapes = (
        package.radix.MapShape(page_bits, level_bits, address_bits)
        for address_bits in range(1, 65)
        for page_bits in range(address_bits)
        for level_bits in range(1, MAX_LEVEL_BITS + 1)
    )
    proof.claim(
        "the levels are just enough for all page numbers",
        all(
            shape.level_bits * (shape.levels - 1)
            < shape.address_bits - shape.page_bits
            <= shape.level_bits * shape.levels
            for shape in shapes
        ),
    )


PLACES = Theorem(
    name="the_levels_of_a_page_map_cut_a_page_number_into_places_that_ascend_with_it",
    statement=(
        "In a map of any shape that is let through, the place of a page at a level is the level's "
        "bits of its number; of two pages in one node, the one before the other's entry has the "
        "smaller place; and the levels are just enough for all page numbers."
    ),
    rules=("P6", "D1", "D5", "D7"),
    assumptions=(
        "Page numbers have 64 bits at most.",
        "Obligations for each number of bits a level, 1 to 16, and each level cover all shapes.",
    ),
    limits=Limits(resource_units=10_000_000, paths=700),
    obligations=(
        Obligation("the number of levels", reaching_all_pages),
        *(
            Obligation(
                f"level {level}, {bits} bits a level",
                partial(placing_pages, level_bits=bits, level=level),
            )
            for bits, level in LEVELS_OF_ALL_SHAPES
        ),
    ),
    teeth=(
        bugs.PLACE_KEEPS_UPPER_BITS,
        bugs.ENTRIES_STAND_FOR_TOO_FEW,
        bugs.ONE_LEVEL_TOO_FEW,
        bugs.ONE_LEVEL_TOO_MANY,
    ),
)

THEOREMS = (PLACES,)
