"""What is tried for theorems that have no embedding of their own: it goes by the values' names."""

from collections.abc import Iterator

from proofs.witnesses.embeddings import (
    accesses,
    callbacks,
    changes,
    guests,
    iommus,
    pages,
    trees,
    views,
)
from proofs.witnesses.layout import apart, laid_out
from proofs.witnesses.script import Candidate, CannotEmbed, Embedding, Values, machine

MOST_RANGES = 8
VERBS = ("loading", "storing")
BY_NAMES: tuple[tuple[tuple[str, ...], Embedding], ...] = (
    (("clip.start", "region.size"), trees.rendering),
    (("root.size", "root.addr"), trees.skipping),
    (("window.start", "earlier.start"), views.filling),
    (("left.start", "right.start"), views.merging),
    (("last.start", "next.start"), views.merging),
    (("extent.start", "clip.start"), views.clipping),
    (("old.start", "new.start"), changes.replacing),
    (("old[0].start",), changes.replacing),
    (("new[0].start",), changes.replacing),
    (("before", "after", "range.start"), changes.masks),
    (("last page divided", "range.start"), pages.registering),
    (("range.start", "address", "length"), pages.accessing),
    (("range.start", "address"), pages.registering),
    (("run.first", "run.pages"), pages.a_leaf),
    (("page_size", "byte", "run[0].first"), pages.a_table),
    (("first", "pages", "page"), pages.a_leaf),
    (("first.length", "second.length", "address"), accesses.requesting),
    (("remaining", "address"), accesses.requesting),
    (("section.start", "valid.max"), accesses.wrapping),
    (("section.start", "block.max_length"), accesses.wrapping),
    (("section.start", "address", "length"), accesses.cutting),
    (("offset", "length", "valid.max"), accesses.stepping),
    (("offset", "length", "block.max_length"), accesses.stepping_in_memory),
    (("offset", "length", "translated"), iommus.a_page),
)
"""An embedding for values of which all of these have a name; the first that fits is taken."""


def anything(values: Values) -> Iterator[Candidate]:
    """The embedding for values of such names, and then all flat ranges there are, accessed."""
    for names, embedding in BY_NAMES:
        if all(name in values for name in names):
            yield from embedding(values)
            break
    else:
        yield from by_obligation(values)
    yield from all_ranges(values)


def by_obligation(values: Values) -> Iterator[Candidate]:
    """The embedding for values of which the obligation says what they are of."""
    said = values.obligation
    if "offset" not in values:
        return
    if {"data[0]", "given[0]", "held[0]"} & values.values.keys():
        yield from callbacks.calling(values)
    elif any(said.startswith(f"{verb} {size} of ") for verb in VERBS for size in (1, 2, 4, 8)):
        yield from guests.moving_an_integer(values)
    elif any(kind in said for kind in guests.KINDS) and "length" in values:
        yield from guests.stepping(values)


def all_ranges(values: Values) -> Iterator[Candidate]:
    """All flat ranges among the values, the first or the last on top, or each of its own region."""
    names = [name.removesuffix(".start") for name in values.values if name.endswith(".start")]
    ranges = [
        values.range(name)
        if values.has_range(name)
        else values.range(name)._replace(region=name.replace(" ", "-"), romd_mode=True)
        for name in names
        if values.number(f"{name}.size") > 0
    ]
    if not 0 < len(ranges) < MOST_RANGES:
        raise CannotEmbed("it is not known how a scenario comes to such a state")
    address, length = values.number("address", ranges[0].start), values.number("length", 4)
    touched, note = accesses.accesses(address, length)
    distinct = "each range has a region of its own"
    layouts = ((ranges, note), (ranges[::-1], note), (apart(ranges), note or distinct))
    for layout, what in layouts:
        for kind in ("io", "ram"):
            try:
                lines = machine(*laid_out(layout, kind), *touched, page_bits=values.page_bits)
            except CannotEmbed:
                continue
            yield Candidate(lines, what)
