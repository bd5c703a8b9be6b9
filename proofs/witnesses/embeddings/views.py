"""Views: ranges that are clipped, filled in, cut and merged are windows on regions."""

from collections.abc import Iterator

from model.view import FlatRange
from proofs.witnesses.layout import apart, laid_out
from proofs.witnesses.script import Candidate, CannotEmbed, Embedding, Values, machine, size_text

OWN_REGIONS = "each range has a region of its own, as one region has one dirty mask and ROMD mode"


def layout(layers: list[FlatRange]) -> Iterator[Candidate]:
    """The ranges as they are, or if no regions have them so, with a region for each."""
    why: list[CannotEmbed] = []
    for ranges, note in ((layers, ""), (apart(layers), OWN_REGIONS)):
        try:
            yield Candidate(machine(*laid_out(ranges)), note)
        except CannotEmbed as error:
            why.append(error)
    if why:
        raise why[0]


def clipping(values: Values) -> Iterator[Candidate]:
    """A region of the extent, seen through an alias that is the clip."""
    extent, clip = (
        (values.number(f"{one}.start"), values.number(f"{one}.size")) for one in ("extent", "clip")
    )
    below = max(clip[0] - extent[0], 0)
    lines = [f"io extent {size_text(extent[1])}", "container behind 2^64"]
    lines += [f"add behind extent at {max(extent[0] - clip[0], 0):#x}"]
    target = "behind" if below == 0 else "extent"
    lines += [f"alias clip {size_text(clip[1])} of {target} at {below:#x}"]
    lines += [f"add system clip at {clip[0]:#x}", "space memory system"]
    yield Candidate(machine(*lines))


def filling(values: Values) -> Iterator[Candidate]:
    """The next range of the view lies over the window, of which a part was dealt with before."""
    window, laid = values.range("window"), values.number("laid")
    before = []
    if laid > 0:
        before = [window._replace(region="before", size=laid, offset=0)]
    yield from layout([*before, *values.ranges("earlier", "view"), window])


def splitting(values: Values) -> Iterator[Candidate]:
    """A byte of another region lies where the window is cut."""
    window, length = values.range("window"), values.number("length")
    over = window._replace(region="over", start=window.start + length, size=1, offset=0)
    yield from layout([over, window])
    longer, what = window._replace(size=window.size + 2), "the window is two bytes longer"
    for above in (over, over._replace(start=window.start, size=max(length, 1))):
        yield Candidate(machine(*laid_out([above, longer])), what)


def merging(values: Values) -> Iterator[Candidate]:
    """Neighbours, which are windows on regions."""
    names = ("settled", "first", "last", "next", "left", "right", "view")
    yield from layout(values.ranges(*names))
    yield from layout(values.ranges(*names[1:]))


EMBEDDINGS: dict[str, Embedding] = {
    "clipping_keeps_exactly_the_addresses_that_an_extent_and_its_clip_share": clipping,
    "fill_keeps_every_view_sorted_disjoint_and_inside_the_address_space": filling,
    "every_address_is_answered_by_the_earlier_view_or_else_by_the_window_laid_under_it": filling,
    "the_loop_of_fill_keeps_order_and_meaning_for_views_of_up_to_3_ranges": filling,
    "split_cuts_a_range_in_two_without_losing_or_doubling_a_byte": splitting,
    "merging_neighbours_changes_the_meaning_of_no_address": merging,
    "neighbours_merge_exactly_if_the_second_continues_the_first_and_both_are_mergeable": merging,
    "the_loop_of_simplify_merges_all_it_may_and_keeps_meaning_for_views_of_up_to_3_ranges": merging,
}
