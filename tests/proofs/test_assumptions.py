"""What theorems take for granted of code that they do not run."""

from hypothesis import example, given, settings

import model.dispatch
import model.radix
from fuzz.mutation import Mutation, load_variant
from model.flavour import Flavour
from model.radix import QEMU_SHAPE, MapShape
from model.view import Ranges
from tests.model.dispatch_worlds import (
    SMALLEST,
    Package,
    every_view,
    one_range,
    probes,
    shapes,
    views,
)


def leads_to_all_or_nothing(
    package: Package, ranges: Ranges, shape: MapShape, at: list[int] | range
) -> bool:
    """Whether sections that the map leads to are led to from each of their addresses' pages.

    Theorems about look-ups assume it of the page map that they leave open.
    """
    dispatch = package.dispatch.build_dispatch(ranges, Flavour.CURRENT, shape)
    leaf_of = {
        address: package.radix.find_leaf(dispatch.page_map, address // shape.page_size)
        for address in at
    }
    return all(
        leaf_of[address] == index
        for index in set(leaf_of.values()) - {0}
        for address in at
        if dispatch.sections[index].start <= address < dispatch.sections[index].end
    )


def test_a_page_map_leads_to_all_of_a_section_or_none_in_tiny_worlds() -> None:
    addresses = range(1 << SMALLEST.address_bits)
    worlds = list(every_view(len(addresses)))
    assert len(worlds) == 1597
    assert all(leads_to_all_or_nothing(model, ranges, SMALLEST, addresses) for ranges in worlds)


@given(views(), shapes)
@example((one_range(0, 1 << 64),), QEMU_SHAPE)
@settings(deadline=None)
def test_a_page_map_leads_to_all_of_a_section_or_none_in_64_bit_worlds(
    ranges: Ranges, shape: MapShape
) -> None:
    assert leads_to_all_or_nothing(model, ranges, shape, probes(ranges, shape, range(0, 64, 5)))


def test_a_page_map_that_forgets_a_page_is_seen() -> None:
    """A check that no map can fail would show nothing."""
    broken = load_variant(
        "model",
        Mutation(
            "multipage_is_a_page_short",
            "model.dispatch",
            "section.size // page_size, index)",
            "max(1, section.size // page_size - 1), index)",
        ),
    )
    addresses = range(1 << SMALLEST.address_bits)
    assert not all(
        leads_to_all_or_nothing(broken, ranges, SMALLEST, addresses) for ranges in every_view(8)
    )
