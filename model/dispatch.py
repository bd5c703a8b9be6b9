"""Dispatch: the sections that accesses go through, and which one answers at an address."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from model.address_range import ADDRESS_SPACE_SIZE
from model.flavour import Flavour
from model.radix import (
    QEMU_SHAPE,
    UNASSIGNED_INDEX,
    DispatchError,
    MapShape,
    PageMap,
    PageRun,
    check_shape,
    compact,
    find_leaf,
    set_pages,
)
from model.region import RegionId
from model.subpage import Subpage, SubpageRun, subpage_index, subpage_register
from model.view import FlatRange, Ranges, RenderAbort, split


class Section(NamedTuple):
    """A run of addresses with one answer. Rules: D2, D4.

    `region` is None for the two that belong to no region of the tree: the unassigned section, and
    the container of a page that is divided among several sections.
    """

    region: RegionId | None
    offset: int
    start: int
    size: int
    is_subpage: bool = False

    @property
    def end(self) -> int:
        """The first address after the section. Rules: D3."""
        return self.start + self.size


UNASSIGNED = Section(region=None, offset=0, start=0, size=ADDRESS_SPACE_SIZE)
"""Section 0 of every view: all addresses, answered by nothing. Rules: D2."""


def split_at_pages(range_: FlatRange, page_size: int) -> tuple[FlatRange, FlatRange, FlatRange]:
    """A range's head up to the first page boundary, its whole pages, and its tail.

    Any of them may be empty. `page_size` is in bytes, a power of two. Rules: D3.
    """
    head, rest = split(range_, min(range_.size, -range_.start % page_size))
    body, tail = split(rest, rest.size - rest.size % page_size)
    return head, body, tail


def sections(ranges: Ranges, page_bits: int) -> tuple[Section, ...]:
    """Every section of a view, in the order in which QEMU registers them.

    A head or tail shares its page: the page's container is registered before the first of them.
    Rules: D2, D3, D4.
    """
    page_size = 1 << page_bits
    registered = [UNASSIGNED]
    divided_pages: set[int] = set()
    for range_ in ranges:
        head, body, tail = split_at_pages(range_, page_size)
        for piece in (head, body, tail):
            if piece.size == 0:
                continue
            page = piece.start - piece.start % page_size
            if piece is not body and page not in divided_pages:
                divided_pages.add(page)
                registered.append(Section(None, 0, page, page_size, is_subpage=True))
            registered.append(Section(piece.region, piece.offset, piece.start, piece.size))
    return tuple(registered)


def find_section(registered: tuple[Section, ...], address: int) -> Section:
    """The section that answers at an address, looking through page containers: a linear search.

    Rules: D7, D9, P6.
    """
    for section in registered[1:]:
        if not section.is_subpage and section.start <= address < section.end:
            return section
    return UNASSIGNED


# --- Registering sections ---------------------------------------------------------------------


class DispatchAbort(RenderAbort):
    """QEMU stops here: an assertion about the sections of a view fails. Rules: D4, D5."""


def check_section_count(ranges: Ranges, page_bits: int) -> None:
    """Raise DispatchAbort unless a view has no more sections than a page has bytes.

    QEMU 7.2 puts the index of a section into the page offset's bits of an address. Rules: D5.
    """
    if len(sections(ranges, page_bits)) > 1 << page_bits:
        raise DispatchAbort(f"more sections than the {1 << page_bits} bytes of a page")


class AddressSpaceDispatch(NamedTuple):
    """How a view finds the section that answers at an address; the defaults are an empty view's.

    `subpages` has the table of each divided page, by the place of its container in `sections`. The
    most recently used section is not part of it: look-ups take and give it. Rules: D2, D4, D8.
    """

    page_map: PageMap = PageMap()
    sections: tuple[Section, ...] = (UNASSIGNED,)
    subpages: Mapping[int, Subpage] = MappingProxyType({})
    flavour: Flavour = Flavour.CURRENT

    @property
    def truncates_indices(self) -> bool:
        """Whether some sections have the index of others: look-ups miss them. Rules: D5."""
        return len(self.sections) > 1 << self.page_map.shape.index_bits


def build_dispatch(
    ranges: Ranges, flavour: Flavour = Flavour.CURRENT, shape: MapShape = QEMU_SHAPE
) -> AddressSpaceDispatch:
    """The dispatch of a view with these ranges: each is registered, then the map is compacted.

    Raises DispatchError for an impossible shape, and for ranges that are empty, that overlap, or
    that do not ascend within the address space; DispatchAbort where QEMU stops. Rules: D1-D6.
    """
    check_shape(shape)
    check_ranges(ranges, 1 << shape.address_bits)
    dispatch = AddressSpaceDispatch(PageMap(shape), flavour=flavour)
    for range_ in ranges:
        dispatch = add_to_dispatch(dispatch, range_)
    return dispatch._replace(page_map=compact(dispatch.page_map))


def check_ranges(ranges: Ranges, address_space_size: int) -> None:
    """Raise DispatchError unless a view can have these ranges. Rules: P1."""
    end = 0
    for range_ in ranges:
        if range_.size < 1 or range_.start < end or range_.end > address_space_size:
            raise DispatchError(
                f"a range of {range_.size:#x} bytes at {range_.start:#x} is empty, overlaps the "
                f"one before it, or ends after {address_space_size:#x}"
            )
        end = range_.end


def add_to_dispatch(dispatch: AddressSpaceDispatch, range_: FlatRange) -> AddressSpaceDispatch:
    """Register a flat range: its head, its whole pages, its tail. Raises DispatchAbort.

    Rules: D3.
    """
    head, body, tail = split_at_pages(range_, dispatch.page_map.shape.page_size)
    if head.size > 0:
        dispatch = register_subpage(dispatch, section_of(head))
    if body.size > 0:
        dispatch = register_multipage(dispatch, section_of(body))
    if tail.size > 0:
        dispatch = register_subpage(dispatch, section_of(tail))
    return dispatch


def section_of(piece: FlatRange) -> Section:
    """The section of a head, a body or a tail. Rules: D3."""
    return Section(piece.region, piece.offset, piece.start, piece.size)


def register_multipage(dispatch: AddressSpaceDispatch, section: Section) -> AddressSpaceDispatch:
    """Register a section of whole pages. Raises DispatchAbort. Rules: D5."""
    page_size = dispatch.page_map.shape.page_size
    dispatch, index = section_add(dispatch, section)
    run = PageRun(section.start // page_size, section.size // page_size, index)
    return dispatch._replace(page_map=set_pages(dispatch.page_map, run))


def register_subpage(dispatch: AddressSpaceDispatch, section: Section) -> AddressSpaceDispatch:
    """Register a section inside a page, and before it the page's container if it has none yet.

    Raises DispatchAbort where another section has the page for itself. Rules: D4.
    """
    page_size = dispatch.page_map.shape.page_size
    first = section.start % page_size
    page = section.start - first
    container = page_find(dispatch, page)
    if container == UNASSIGNED_INDEX:
        # Where the index is truncated, the map and the table's place here go apart.
        container = len(dispatch.sections)
        dispatch = register_multipage(dispatch, Section(None, 0, page, page_size, is_subpage=True))
        subpage = Subpage(page_size)
    elif container in dispatch.subpages:
        subpage = dispatch.subpages[container]
    else:
        raise DispatchAbort(f"page {page:#x} is section {container}'s and cannot be divided")

    dispatch, index = section_add(dispatch, section)
    subpage = subpage_register(subpage, SubpageRun(first, first + section.size - 1, index))
    return dispatch._replace(subpages={**dispatch.subpages, container: subpage})


def section_add(
    dispatch: AddressSpaceDispatch, section: Section
) -> tuple[AddressSpaceDispatch, int]:
    """Append a section; also gives the index under which the map will know it.

    Raises DispatchAbort. Rules: D4, D5.
    """
    index = section_index(len(dispatch.sections), dispatch.page_map.shape, dispatch.flavour)
    return dispatch._replace(sections=(*dispatch.sections, section)), index


def section_index(count: int, shape: MapShape, flavour: Flavour) -> int:
    """The index of a section that follows `count` others, cut to the width that the map has.

    Raises DispatchAbort where QEMU asserts that the count stays below the page size, because it
    puts the index into the page offset's bits of an address. Rules: D5.
    """
    if flavour.asserts_section_count and count >= shape.page_size:
        raise DispatchAbort(f"more sections than the {shape.page_size} bytes of a page")
    return count % (1 << shape.index_bits)


# --- Looking up -------------------------------------------------------------------------------


class Found(NamedTuple):
    """What a look-up gives: the section, and the place of the most recently used one. Rules: D8."""

    section: Section
    mru: int


def lookup_section(
    dispatch: AddressSpaceDispatch, address: int, mru: int | None = None, resolve: bool = True
) -> Found:
    """The section that answers at an address, and the most recently used one from now on.

    `mru` is what the previous look-up in the same dispatch gave, None before the first. A divided
    page is remembered as its container, whose table is asked only with `resolve`. Raises
    DispatchError for an address or an `mru` that the dispatch cannot have. Rules: D7, D8, D9.
    """
    if not 0 <= address < 1 << dispatch.page_map.shape.address_bits:
        raise DispatchError(f"address {address:#x} is outside the address space")
    if mru is not None and not 0 <= mru < len(dispatch.sections):
        raise DispatchError(f"there is no section {mru}: it is of another dispatch")
    if mru is None or not can_reuse(dispatch, mru, address):
        mru = page_find(dispatch, address)
    found = resolve_subpage(dispatch, mru, address) if resolve else mru
    return Found(dispatch.sections[found], mru)


def can_reuse(dispatch: AddressSpaceDispatch, mru: int, address: int) -> bool:
    """Whether the most recently used section answers here too.

    The unassigned section covers every address, and would hide all others. Rules: D8.
    """
    return mru != UNASSIGNED_INDEX and covers(dispatch.sections[mru], address)


def page_find(dispatch: AddressSpaceDispatch, address: int) -> int:
    """The place of the section that the page map has for an address: a divided page's container.

    A compacted map may lead to a section of other pages, so it counts only where it covers the
    address; elsewhere nothing is mapped. Rules: D7.
    """
    shape = dispatch.page_map.shape
    index = find_leaf(dispatch.page_map, address // shape.page_size)
    return index if covers(dispatch.sections[index], address) else UNASSIGNED_INDEX


def covers(section: Section, address: int) -> bool:
    """Whether an address lies inside a section, which may have 2^64 bytes. Rules: D7."""
    return section.start <= address < section.end


def resolve_subpage(dispatch: AddressSpaceDispatch, index: int, address: int) -> int:
    """The place of the section inside a divided page; any other section stands for itself.

    What the table says is not checked against the address. Rules: D9.
    """
    if index not in dispatch.subpages:
        return index
    byte = address % dispatch.page_map.shape.page_size
    return subpage_index(dispatch.subpages[index], byte)
