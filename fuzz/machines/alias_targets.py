"""Which region an alias's line means by its target's name.

QEMU prints a tree for each distinct target, in the order in which aliases first mention them. So
each line means a target that is already mentioned, or the very next one. Where targets share a name
and a type, more than one reading of the whole text may be possible.
"""

from collections.abc import Iterator, Mapping, Sequence
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


class Step(NamedTuple):
    """One alias's line, and the sections that it can mean in some reading of the whole text.

    Which ones depends on how many sections have been mentioned before it.
    """

    line: int
    usable: dict[int, list[int]]

    @property
    def sections(self) -> set[int]:
        """All of them."""
        return {section for sections in self.usable.values() for section in sections}


def alias_steps(trees: PrintedTrees) -> list[Step]:
    """The lines of all aliases in printed order. Raises MtreeError if there is no reading."""
    mentions = [*_mentions(trees)]
    reachable = _counts_before(trees, mentions)
    useful = {len(trees.sections)}
    steps: list[Step] = []
    for mention, counts in zip(reversed(mentions), reversed(reachable), strict=True):
        usable = {}
        for count in sorted(counts):
            usable[count] = [one for one in mention.fitting if _after(count, one) in useful]
        steps.append(Step(mention.region.line, usable))
        useful = {count for count, sections in usable.items() if sections}
    if useful != {0}:
        message = "aliases do not mention all that is printed as memory-region; take it anew"
        raise MtreeError(trees.path, 0, message)
    return steps[::-1]


def one_reading(steps: Sequence[Step], alias_lines: Mapping[int, str]) -> dict[str, int]:
    """A section for each alias, in a reading of the text in which all its lines mean the same.

    `alias_lines` says which alias each line speaks of. There may be other such readings.
    """
    chosen: dict[str, int] = {}
    count = 0
    for step in steps:
        usable = step.usable.get(count) or sorted(step.sections)
        section = chosen.setdefault(alias_lines[step.line], usable[0])
        count = max(count, section + 1)
    return chosen


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
