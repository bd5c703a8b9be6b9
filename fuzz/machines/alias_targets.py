"""Which region an alias's line means by its target's name.

QEMU prints a tree for each distinct target, in the order in which aliases first mention them. So
each line means a target that is already mentioned, or the very next one. Where targets share a name
and a type, more than one reading of the whole text may be possible.
"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from fuzz.machines.lines import MtreeError
from fuzz.machines.tree_text import PrintedRegion, PrintedTrees


class Mention(NamedTuple):
    """One alias's line, in printed order, and the sections (by index) that its text fits."""

    region: PrintedRegion
    fitting: tuple[int, ...]


def lines_of(root: PrintedRegion) -> Iterator[PrintedRegion]:
    """The regions of a tree in printed order."""
    below = [root]
    while below:
        region = below.pop()
        yield region
        below.extend(reversed(region.children))


def alias_candidates(trees: PrintedTrees) -> dict[int, tuple[int, ...]]:
    """For each alias's line number, the sections that it can mean in some reading of the text.

    Raises MtreeError if there is no reading at all.
    """
    mentions = [*_mentions(trees)]
    reachable = _counts_before(trees, mentions)
    useful = {len(trees.sections)}
    candidates: dict[int, tuple[int, ...]] = {}
    for index in range(len(mentions) - 1, -1, -1):
        mention, before = mentions[index], reachable[index]
        usable = {}
        for count in before:
            usable[count] = [one for one in mention.fitting if _after(count, one) in useful]
        line = mention.region.line
        candidates[line] = tuple(sorted({one for chosen in usable.values() for one in chosen}))
        useful = {count for count, chosen in usable.items() if chosen}
    if useful != {0}:
        raise MtreeError(
            trees.path,
            0,
            "aliases do not mention all that is printed as memory-region; take it anew",
        )
    return candidates


def fits_order(trees: PrintedTrees, chosen: Mapping[int, int]) -> bool:
    """Whether a choice of section for each alias's line is one reading of the whole text."""
    count: int | None = 0
    for mention in _mentions(trees):
        count = _after(count or 0, chosen[mention.region.line])
        if count is None:
            return False
    return count == len(trees.sections)


def _mentions(trees: PrintedTrees) -> Iterator[Mention]:
    """All lines of aliases, in printed order."""
    for root in (*(spaces.root for spaces in trees.spaces), *trees.sections):
        for region in lines_of(root):
            if region.alias is not None:
                target, word = region.alias.target, region.word
                yield Mention(
                    region,
                    tuple(
                        index
                        for index, section in enumerate(trees.sections)
                        if section.name == target and section.word == word
                    ),
                )


def _counts_before(trees: PrintedTrees, mentions: list[Mention]) -> list[set[int]]:
    """How many sections can have been mentioned before each alias's line."""
    counts = {0}
    before: list[set[int]] = []
    for mention in mentions:
        before.append(counts)
        after = {_after(count, section) for count in counts for section in mention.fitting}
        counts = {count for count in after if count is not None}
        if not counts:
            raise MtreeError(
                trees.path,
                mention.region.line,
                "no memory-region printed below is what this alias can mean; is the text whole?",
            )
    return before


def _after(count: int, section: int) -> int | None:
    """How many sections are mentioned once `section` is; None if another must come before it."""
    return None if section > count else max(count, section + 1)
