"""The flat views that `info mtree -f -d -o` prints, with dispatch sections; with owners or not."""

import re
from typing import NamedTuple

from fuzz.machines.dispatch_text import PrintedDispatch, parse_dispatch
from fuzz.machines.lines import HEX, Lines
from fuzz.machines.tree_text import TYPE_WORDS

_HOW_TAKEN = "take the text with `info mtree -f -d -o`"

_VIEW = re.compile(r"FlatView #([0-9]{1,6})\Z")
_SPACE = re.compile(r' AS "(.*)", root: (.*?)(?:, alias (.*))?\Z')
_ROOT = re.compile(r" Root memory region: (.*)\Z")
_NOTHING = "  No rendered FlatView"
_RANGE = re.compile(rf"  ({HEX})-({HEX}) \(prio (-?[0-9]{{1,10}}), (nv-)?([a-z/]+)\): (.*)\Z")
_HELD_BY_KVM = " KVM"
"""What ends the line of a range whose memory KVM has been told of; it says nothing of the view."""

_AT_OFFSET = re.compile(rf"(.*) @({HEX})\Z")


class RangeLine(NamedTuple):
    """What the line of a range says: first and last address, the leaf region, and its part of it.

    `word` is the leaf's type, or `rom` where the path to it is read-only. Rules: R6.
    """

    first: int
    last: int
    priority: int
    nonvolatile: bool
    word: str
    name: str
    offset: int
    owner: str

    def __str__(self) -> str:
        """The line as QEMU prints it."""
        offset = f" @{self.offset:016x}" if self.offset else ""
        return (
            f"{self.first:016x}-{self.last:016x} (prio {self.priority}, "
            f"{'nv-' if self.nonvolatile else ''}{self.word}): {self.name}{offset} {self.owner}"
        )


class SpaceLine(NamedTuple):
    """What the line of an address space says: its name, its root's, and a root alias's target."""

    name: str
    root: str
    alias: str | None


class PrintedView(NamedTuple):
    """One printed flat view and the spaces that share it.

    `root` is None for the empty view. A view without ranges has no dispatch printed. `line` is
    where it begins.
    """

    line: int
    number: int
    spaces: tuple[SpaceLine, ...]
    root: str | None
    ranges: tuple[RangeLine, ...]
    dispatch: PrintedDispatch | None


class PrintedViews(NamedTuple):
    """A whole text. `has_owners` is None where no line could have one."""

    path: str
    views: tuple[PrintedView, ...]
    has_owners: bool | None = None


def parse_views(text: str, path: str) -> PrintedViews:
    """Read what `info mtree -f -d -o` printed. Raises MtreeError. Rules: R6, R9, D2."""
    lines = Lines(text, path)
    views: list[PrintedView] = []
    while lines.line is not None:
        views.append(_view(lines, len(views)))
    if not views:
        lines.fail(f"no flat view in the whole text; {_HOW_TAKEN}")
    return PrintedViews(path, tuple(views), lines.has_owners)


def _view(lines: Lines, expected_number: int) -> PrintedView:
    """One view and the empty line that ends it."""
    start, found = lines.number, lines.match(_VIEW)
    if found is None:
        lines.fail(f"expected `FlatView #{expected_number}`; {_HOW_TAKEN}")
    if int(found[1]) != expected_number:
        lines.fail(f"expected `FlatView #{expected_number}`; is a view missing before it?")
    lines.take()
    spaces = []
    while found := lines.match(_SPACE):
        spaces.append(SpaceLine(*found.groups()))
        lines.take()
    if not spaces:
        lines.fail(f'expected ` AS "NAME", root: NAME`; {_HOW_TAKEN}')
    found = lines.match(_ROOT)
    if found is None:
        lines.fail(f"expected ` Root memory region: NAME`; {_HOW_TAKEN}")
    root = None if found[1] == "(none)" else found[1]
    lines.take()
    ranges: tuple[RangeLine, ...] = ()
    dispatch = None
    if lines.line == _NOTHING:
        lines.take()
    else:
        ranges = _ranges(lines)
        dispatch = parse_dispatch(lines)
    if root is None and ranges:
        lines.fail("the empty view shows ranges; is the text damaged?", start)
    if lines.take():
        lines.fail("expected an empty line after a flat view", lines.number - 1)
    return PrintedView(start, expected_number, tuple(spaces), root, ranges, dispatch)


def _ranges(lines: Lines) -> tuple[RangeLine, ...]:
    """The ranges of a view, at least one; they ascend and do not overlap. Rules: P1."""
    ranges: list[RangeLine] = []
    while found := lines.match(_RANGE):
        one = _range(lines, found)
        if one.last < one.first or (ranges and one.first <= ranges[-1].last):
            lines.fail("ranges must ascend and not overlap; are lines damaged or swapped?")
        ranges.append(one)
        lines.take()
    if not ranges:
        lines.fail(f"expected a range or `{_NOTHING.strip()}`; {_HOW_TAKEN}")
    return tuple(ranges)


def _range(lines: Lines, found: re.Match[str]) -> RangeLine:
    """What the line of a range says."""
    first, last, priority, nonvolatile, word, rest = found.groups()
    name, owner = lines.split_owner(rest.removesuffix(_HELD_BY_KVM))
    if word not in TYPE_WORDS:
        lines.fail(f"unknown type {word!r}; known are {', '.join(TYPE_WORDS)}")
    if not -(1 << 31) <= int(priority) < 1 << 31:
        lines.fail(f"priority {priority} does not fit 32 bits; is the line damaged?")
    at_offset = _AT_OFFSET.match(name)
    offset = 0
    if at_offset is not None:
        name, offset = at_offset[1], int(at_offset[2], 16)
    return RangeLine(
        int(first, 16), int(last, 16), int(priority), nonvolatile is not None,
        word, name, offset, owner,
    )  # fmt: skip
