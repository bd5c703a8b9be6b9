"""Dispatch: the sections that accesses go through, and which one answers at an address."""

from typing import NamedTuple

from model.address_range import ADDRESS_SPACE_SIZE
from model.region import RegionId
from model.view import FlatRange, Ranges, split


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
        """The first address after the section."""
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
