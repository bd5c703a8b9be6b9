"""Worlds for dispatch, tiny ones and 64-bit ones, and what must hold of every view in them."""

from collections.abc import Iterator
from functools import partial
from itertools import combinations, pairwise, product
from types import ModuleType

from hypothesis import strategies as st

from fuzz.mutation import Variant
from model.dispatch import AddressSpaceDispatch, Section, sections
from model.flavour import Flavour
from model.radix import NIL, MapShape, PageEntry, PageMap, PageRun
from model.view import FlatRange, Ranges, lookup

Package = ModuleType | Variant
"""The model, or a broken copy of it."""

# --- Worlds -----------------------------------------------------------------------------------

SMALLEST = MapShape(page_bits=1, level_bits=1, address_bits=3)
TWO_LEVELS = MapShape(page_bits=2, level_bits=2, address_bits=6)
FOUR_LEVELS = MapShape(page_bits=1, level_bits=1, address_bits=5)


def one_range(start: int, end: int) -> FlatRange:
    """A range of a region of its own; its offset tells it from the address."""
    return FlatRange(f"r{start:x}", start + 0x10_0000, start, end - start)


def every_view(size: int, start: int = 0) -> Iterator[Ranges]:
    """All views of `size` bytes, with touching ranges that did not merge."""
    yield ()
    for first, end in combinations(range(start, size + 1), 2):
        for rest in every_view(size, end):
            yield (one_range(first, end), *rest)


def views_of_two_ranges(edges: range) -> Iterator[Ranges]:
    """All views of one or two ranges that begin and end at these addresses."""
    for first, end in combinations(edges, 2):
        yield (one_range(first, end),)
        for second, last in combinations(range(end, edges.stop, edges.step), 2):
            yield (one_range(first, end), one_range(second, last))


def tiny_worlds() -> Iterator[tuple[MapShape, Ranges]]:
    """Every view of the smallest world, and of larger ones every view of one or two ranges.

    Those begin and end at pages, or anywhere in three pages that belong to two nodes.
    """
    yield from product([SMALLEST], every_view(8))
    yield from product([FOUR_LEVELS], views_of_two_ranges(range(0, 33, 2)))
    yield from product([TWO_LEVELS], views_of_two_ranges(range(11, 22)))
    yield from product([TWO_LEVELS], views_of_two_ranges(range(0, 65, 4)))


@st.composite
def addresses(draw: st.DrawFn) -> int:
    """Addresses near each other, near page edges, and a single bit away from one another."""
    base = draw(
        st.sampled_from([0, 0, 0x1000_0000, 1 << 40, (1 << 63) - 0x1000, (1 << 64) - 0x4000])
    )
    scale = draw(st.sampled_from([1, 0x100, 0x400, 0x1000, 0x20_0000, 1 << 30, 1 << 39, 1 << 57]))
    address = base + draw(st.integers(0, 20)) * scale + draw(st.integers(-1, 1))
    return min(max(address, 0), (1 << 64) - 1)


@st.composite
def views(draw: st.DrawFn) -> Ranges:
    """Up to a dozen ranges of 64-bit addresses, some touching; the last may end at 2^64."""
    cuts = draw(st.sets(addresses() | st.just(1 << 64), min_size=2, max_size=13))
    kept = draw(st.lists(st.booleans(), min_size=len(cuts), max_size=len(cuts)))
    edges = pairwise(sorted(cuts))
    return tuple(one_range(*pair) for pair, keep in zip(edges, kept, strict=False) if keep)


shapes = st.sampled_from([MapShape(*bits) for bits in product((10, 12, 16), (9, 4, 1))])


def probes(ranges: Ranges, shape: MapShape, flips: range) -> list[int]:
    """Addresses around the edges of ranges and of their pages, and with one bit turned over."""
    edges = {0, (1 << shape.address_bits) - 1}
    for one in ranges:
        for edge in (one.start, one.end):
            page = edge - edge % shape.page_size
            edges |= {edge - 1, edge, edge + 1, page - 1, page, page + shape.page_size}
    edges |= {edge ^ (1 << bit) for edge in tuple(edges) for bit in flips}
    return sorted(edge for edge in edges if 0 <= edge < 1 << shape.address_bits)


# --- The properties ---------------------------------------------------------------------------


def uncompacted(package: Package, ranges: Ranges, shape: MapShape) -> AddressSpaceDispatch:
    """The dispatch of a view before its page map is compacted."""
    dispatch: AddressSpaceDispatch = package.dispatch.AddressSpaceDispatch(
        package.radix.PageMap(shape)
    )
    for one in ranges:
        dispatch = package.dispatch.add_to_dispatch(dispatch, one)
    return dispatch


def answer(section: Section, address: int) -> tuple[str | None, int]:
    """Who answers, and at which offset of the region."""
    return section.region, section.offset + (address - section.start)


def linear_answer(ranges: Ranges, address: int) -> tuple[str | None, int]:
    """The rule: the range that has the address, or the unassigned section. Rules: P6."""
    found = lookup(ranges, address)
    if found is None:
        return None, address
    return found.region, found.offset + (address - found.start)


def lookup_is_linear(
    package: Package, ranges: Ranges, shape: MapShape, at: list[int] | range
) -> bool:
    """P6: with and without compaction, whoever is found is who the ranges say."""
    find, look = package.dispatch.page_find, package.dispatch.lookup_section
    dispatch = package.dispatch.build_dispatch(ranges, Flavour.CURRENT, shape)
    before = uncompacted(package, ranges, shape)
    return all(
        answer(look(dispatch, address).section, address) == linear_answer(ranges, address)
        and find(before, address) == find(dispatch, address)
        for address in at
    )


def mru_is_transparent(
    package: Package, ranges: Ranges, shape: MapShape, at: list[int] | range
) -> bool:
    """P7: no section that an earlier look-up stored changes what a look-up gives and stores.

    Look-ups that stop at a divided page's container store for those that do not, and they for them.
    """
    dispatch = package.dispatch.build_dispatch(ranges, Flavour.CURRENT, shape)
    looks = [
        partial(package.dispatch.lookup_section, dispatch, resolve=resolve)
        for resolve in (True, False)
    ]
    plain = [[look(address) for address in at] for look in looks]
    stored = {found.mru for answers in plain for found in answers}
    return all(
        [look(address, mru) for address in at] == answers
        for look, answers in zip(looks, plain, strict=True)
        for mru in stored
    )


def sections_are_as_in_the_flat_list(package: Package, ranges: Ranges, shape: MapShape) -> bool:
    """D2-D4: the same sections in the same order as the list that has no radix tree."""
    dispatch = package.dispatch.build_dispatch(ranges, Flavour.CURRENT, shape)
    return bool(dispatch.sections == sections(ranges, shape.page_bits))


def leaves(page_map: PageMap, entry: PageEntry, level: int, page: int) -> Iterator[PageRun]:
    """The leaves that an uncompacted map has above the bottom's unassigned ones."""
    if entry.skip == 0:
        if entry.ptr != 0:
            yield PageRun(page, page_map.shape.pages_per_entry(level), entry.ptr)
    elif entry.ptr != NIL:
        for place, child in enumerate(page_map.nodes[entry.ptr]):
            below = page + place * page_map.shape.pages_per_entry(level - 1)
            yield from leaves(page_map, child, level - 1, below)


def aligned_blocks(run: PageRun, shape: MapShape) -> Iterator[PageRun]:
    """The rule: the aligned blocks inside a run that lie in no larger one inside it. Rules: D5."""

    def inside(level: int) -> tuple[int, int]:
        """The blocks of one level that lie inside the run: the first, and the first after them."""
        size = shape.pages_per_entry(level)
        first, end = -(-run.first // size), (run.first + run.pages) // size
        return (first, end) if first < end else (end, end)

    for level in range(shape.levels):
        first, end = inside(level)
        above, above_end = (shape.node_size * one for one in inside(level + 1))
        if level == shape.levels - 1 or above == above_end:
            above = above_end = end
        size = shape.pages_per_entry(level)
        for block in (*range(first, above), *range(above_end, end)):
            yield PageRun(block * size, size, run.section)


def leaves_are_the_highest_that_fit(package: Package, ranges: Ranges, shape: MapShape) -> bool:
    """D5: each section of whole pages is cut into its largest aligned blocks."""
    dispatch = uncompacted(package, ranges, shape)
    expected: set[PageRun] = set()
    for index, one in enumerate(dispatch.sections[1:], 1):
        if one.start % shape.page_size == one.size % shape.page_size == 0:
            run = PageRun(one.start // shape.page_size, one.size // shape.page_size, index)
            expected |= set(aligned_blocks(run, shape))
    page_map = dispatch.page_map
    return set(leaves(page_map, page_map.root, shape.levels, 0)) == expected


def nothing_is_left_to_bypass(package: Package, ranges: Ranges, shape: MapShape) -> bool:
    """D6: no node on a way down has a single child; nodes neither come nor go nor move."""
    before = uncompacted(package, ranges, shape).page_map
    after = package.dispatch.build_dispatch(ranges, Flavour.CURRENT, shape).page_map
    waiting, ways = [after.root], []
    while waiting:
        entry = waiting.pop()
        if entry.skip > 0 and entry.ptr != NIL:
            children = [child for child in after.nodes[entry.ptr] if child.ptr != NIL]
            ways.append(len(children))
            waiting.extend(children)
    return 1 not in ways and len(after.nodes) == len(before.nodes)


def has_the_structure(
    package: Package, ranges: Ranges, shape: MapShape, at: list[int] | range
) -> bool:
    """D2-D6, which no single address shows."""
    return (
        sections_are_as_in_the_flat_list(package, ranges, shape)
        and leaves_are_the_highest_that_fit(package, ranges, shape)
        and nothing_is_left_to_bypass(package, ranges, shape)
    )
