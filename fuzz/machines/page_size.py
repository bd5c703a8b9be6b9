"""The page size, which neither text names and which the sections depend on."""

from collections import Counter
from collections.abc import Iterator, Sequence

from fuzz.machines.flat_text import PrintedView
from fuzz.targets.interface import PAGE_BITS

BITS_PER_LEVEL = 9


def likely_page_bits(views: Sequence[PrintedView]) -> int:
    """The value of page bits that fits the most views, and of those the smallest.

    It fits all of them unless no value does. Where others fit as well, all give the same sections:
    every range then consists of whole pages of the largest of them. Rules: D1, D3, D4.
    """
    fits = Counter({bits: sum(_fits(view, bits) for view in views) for bits in PAGE_BITS})
    return max(PAGE_BITS, key=lambda bits: (fits[bits], -bits))


def _fits(view: PrintedView, bits: int) -> bool:
    """Whether a view's sections can be of pages of this size.

    A page container shows the size. Without one, no range starts or ends inside a page.
    """
    if view.dispatch is None:
        return True
    if (64 - bits - 1) // BITS_PER_LEVEL + 1 != view.dispatch.levels:
        return False
    containers = [
        section.last - section.first + 1
        for section in view.dispatch.sections[1:]
        if section.name is None
    ]
    if containers:
        return set(containers) == {1 << bits}
    return all(edge % (1 << bits) == 0 for edge in _edges(view))


def _edges(view: PrintedView) -> Iterator[int]:
    """Where the ranges of a view begin and end."""
    for line in view.ranges:
        yield line.first
        yield line.last + 1
