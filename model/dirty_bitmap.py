"""Dirty bitmaps: a bit for each page that something was written to since the last look."""

from typing import NamedTuple

from model.address_range import ADDRESS_SPACE_SIZE
from model.memtx import check_effort

HOST_PAGE_SIZE = 4096
"""Bytes that one bit stands for in the bitmap of a mapped region."""

WORD_BITS = 64
"""Bits that a look at the whole bitmap gives together."""


class DirtyBitmap(NamedTuple):
    """The pages of `bytes_covered` bytes, the last of which may be a part of a page.

    `dirty` has the numbers of those written to. Rules: V12.
    """

    bytes_covered: int
    page_size: int = HOST_PAGE_SIZE
    dirty: frozenset[int] = frozenset()

    @property
    def pages(self) -> int:
        """How many bits there are. Rules: V12."""
        return -(-self.bytes_covered // self.page_size)


def pages_of(bitmap: DirtyBitmap, start: int, length: int) -> range:
    """The pages that have a byte of the range: none of an empty one, none outside of the bitmap.

    The last byte is cut to 2^64 - 1, instead of wrapping. Raises EffortLimit for 2^24 pages.
    Rules: V12.
    """
    if length == 0:
        return range(0)
    last = min(start + length - 1, ADDRESS_SPACE_SIZE - 1)
    first, end = start // bitmap.page_size, min(last // bitmap.page_size + 1, bitmap.pages)
    check_effort(0, end - first)
    return range(first, end)


def mark(bitmap: DirtyBitmap, start: int, length: int) -> DirtyBitmap:
    """The bitmap after `length` bytes at `start` were written. Rules: V12."""
    return bitmap._replace(dirty=bitmap.dirty.union(pages_of(bitmap, start, length)))


def clear(bitmap: DirtyBitmap, start: int, length: int) -> DirtyBitmap:
    """The bitmap with the pages of a range clean again. Rules: V12."""
    return bitmap._replace(dirty=bitmap.dirty.difference(pages_of(bitmap, start, length)))


def mark_page(bitmap: DirtyBitmap, page: int) -> DirtyBitmap:
    """The bitmap with one page dirty, by number, if it has that page. Rules: V12."""
    return bitmap._replace(dirty=bitmap.dirty | {page}) if page < bitmap.pages else bitmap


def clear_page(bitmap: DirtyBitmap, page: int) -> DirtyBitmap:
    """The bitmap with one page clean, by number. Rules: V12."""
    return bitmap._replace(dirty=bitmap.dirty - {page})


def is_page_dirty(bitmap: DirtyBitmap, page: int) -> bool:
    """Whether a page is dirty, by number; one that the bitmap has not is clean. Rules: V12."""
    return page in bitmap.dirty


def is_dirty_at(bitmap: DirtyBitmap, offset: int) -> bool:
    """Whether the page of the byte at `offset` is dirty. Rules: V12."""
    return is_page_dirty(bitmap, offset // bitmap.page_size)


def enlarged(bitmap: DirtyBitmap, additional: int) -> DirtyBitmap:
    """The bitmap for so many more bytes, clean ones. Rules: V12."""
    return bitmap._replace(bytes_covered=bitmap.bytes_covered + additional)


def reset(bitmap: DirtyBitmap) -> DirtyBitmap:
    """The bitmap with nothing dirty. Rules: V12."""
    return bitmap._replace(dirty=frozenset())


def take(bitmap: DirtyBitmap) -> tuple[DirtyBitmap, tuple[int, ...]]:
    """The bitmap with nothing dirty, and what was, as words of 64 bits, lowest page first.

    Raises EffortLimit for 2^24 pages. Rules: V12.
    """
    check_effort(0, bitmap.pages)
    words = [0] * -(-bitmap.pages // WORD_BITS)
    for page in bitmap.dirty:
        words[page // WORD_BITS] |= 1 << page % WORD_BITS
    return reset(bitmap), tuple(words)
