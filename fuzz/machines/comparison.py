"""A target's view and sections beside the printed ones: the same, or where they first differ."""

from collections.abc import Sequence
from itertools import zip_longest
from typing import NamedTuple

from fuzz.machines.dispatch_text import SectionLine
from fuzz.machines.flat_text import PrintedView, RangeLine
from fuzz.machines.region_table import Table
from fuzz.observation import RangeSeen, SectionSeen, ViewSeen


class Difference(NamedTuple):
    """Where a target first differs from the text.

    `address` is the first address that is answered differently; None where it is not the answers
    that differ. `printed` and `seen` are what each side shows there, or None for nothing.
    """

    what: str
    address: int | None
    printed: str | None
    seen: str | None

    def __str__(self) -> str:
        where = "" if self.address is None else f" at {self.address:016x}"
        return (
            f"{self.what}{where}: printed {self.printed or 'nothing'}, "
            f"but rendered {self.seen or 'nothing'}"
        )


def range_line(regions: Table, seen: RangeSeen) -> RangeLine:
    """The line that QEMU would print for a range. Rules: R6."""
    region = regions[seen.region]
    word = "rom" if seen.readonly else region.word
    if word == "romd" and not seen.romd_mode:
        word = "i/o"
    return RangeLine(
        seen.start, seen.start + seen.size - 1, region.priority, seen.nonvolatile,
        word, region.name, seen.offset, region.owner,
    )  # fmt: skip


def compare_view(
    regions: Table, printed: PrintedView, view: ViewSeen, by_address: bool = False
) -> Difference | None:
    """The first difference between a printed view and a target's: in ranges, then in the root.

    With `by_address`, what is answered at each address is compared, and not how ranges divide it.
    Rules: R1-R9.
    """
    expected: Sequence[RangeLine] = printed.ranges
    seen: Sequence[RangeLine] = [range_line(regions, one) for one in view.ranges]
    if by_address:
        expected, seen = _joined(expected), _joined(seen)
    for left, right in zip_longest(expected, seen):
        if left != right:
            address = _first_difference(left, right)
            return Difference("ranges differ", address, _text(left), _text(right))
    root = None if view.root is None else regions[view.root].name
    if root != printed.root:
        return Difference("the view's root differs", None, printed.root, root)
    return None


def compare_sections(
    regions: Table, printed: PrintedView, view: ViewSeen, sections: Sequence[SectionSeen]
) -> Difference | None:
    """The first difference in the dispatch sections, in order of registration: place and name.

    Nothing is compared where none are printed: of a view without ranges. Rules: D2, D3, D4.
    """
    if printed.dispatch is None:
        return None
    seen = [section_line(regions, view, one)._replace(is_root=False) for one in sections]
    expected = [line._replace(is_root=False) for line in printed.dispatch.sections]
    for number, (left, right) in enumerate(zip_longest(expected, seen)):
        if left != right:
            return Difference(f"section #{number} differs", None, _text(left), _text(right))
    return None


def compare_section_roots(
    regions: Table, printed: PrintedView, view: ViewSeen, sections: Sequence[SectionSeen]
) -> Difference | None:
    """The first section that only one side calls the view's root. Rules: D2, R9."""
    if printed.dispatch is None:
        return None
    seen = [section_line(regions, view, one) for one in sections]
    for number, (left, right) in enumerate(zip(printed.dispatch.sections, seen, strict=False)):
        if left.is_root != right.is_root:
            return Difference(f"section #{number} differs", None, _text(left), _text(right))
    return None


def section_line(regions: Table, view: ViewSeen, seen: SectionSeen) -> SectionLine:
    """The line that QEMU would print for a section."""
    name = None if seen.region is None else regions[seen.region].name
    is_root = seen.region is not None and seen.region == view.root
    return SectionLine(seen.start, seen.start + seen.size - 1, name, is_root)


def _joined(lines: Sequence[RangeLine]) -> list[RangeLine]:
    """The lines with those joined that read like one range, although regions may differ."""
    joined: list[RangeLine] = []
    for line in lines:
        last = joined[-1] if joined else None
        if last is not None and last.last + 1 == line.first:
            continued = line._replace(
                first=last.first, offset=line.offset + last.first - line.first
            )
            if continued == last._replace(last=line.last):
                joined[-1] = continued
                continue
        joined.append(line)
    return joined


def _first_difference(left: RangeLine | None, right: RangeLine | None) -> int:
    """The first address that two lists answer differently, from their first unequal lines.

    Lists that answer alike up to there can still divide it into ranges differently: then it is the
    address of the first division that only one of them has.
    """
    if left is None or right is None or left.first != right.first:
        return min(line.first for line in (left, right) if line is not None)
    if left._replace(last=right.last) == right:
        return min(left.last, right.last) + 1
    return left.first


def _text(line: RangeLine | SectionLine | None) -> str | None:
    return None if line is None else str(line)
