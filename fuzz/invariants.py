"""What must hold of every target by itself, so that a bug which all of them share still shows.

Pure functions of what targets show: they know neither the specification nor the implementation, and
raise `Broken` with a claim that begins with its rules. The oracle asks only for what is new since
the last step, and only once for what all targets show alike.

| what                    | compared                         | invariants                         |
|-------------------------|----------------------------------|------------------------------------|
| what an operation shows | after each step                  | A1, A3, A4, A7, A9, A11, A15, G2,  |
|                         |                                  | G3, P9                             |
| memory that it wrote    | after each step that says so     | A2, P11                            |
| address spaces, views   | after each step that renders     | P1, P3, R8, R9                     |
| dispatch sections       | after each step that renders     | D2, D3, D4                         |
| look-ups                | around the edges of new views    | D7, P6                             |
| calls of listeners      | after each step                  | T2, T4, T8                         |
| references, destruction | after steps of lives, at the end | L1, L2, P14                        |

Between other steps, what lives is only compared in the end, since the specification takes a
writer's steps when it is asked.

`fuzz.invariants_steps` has those of accesses and lives, `fuzz.invariants_events` of listeners.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence

from fuzz.observation import (
    RangeSeen,
    SectionSeen,
    ViewSeen,
    format_range,
    format_section,
    format_sections,
    format_view,
)

TOP = 1 << 64
UNASSIGNED = SectionSeen(None, 0, 0, TOP, False)

SORTED = "P1: ranges are sorted, disjoint, not empty, and below 2^64"
MERGED = "P3, R8: ranges that can be one are one"
EMPTY = "R9: the view of no root is empty, and is number 0"
SECTION_0 = "D2: section 0 is unassigned, and all addresses"
PARTITION = "D3: the sections are the ranges, piece by piece"
PAGES = "D3: a section is whole pages, or lies within a page that is divided"
DIVIDED = "D4: a divided page has one container, before its pieces"
INSIDE = "D7: a look-up gives a section that has the address"
LINEAR = "P6: a look-up gives what the view has at the address"


class Broken(Exception):
    """An invariant that does not hold: the claim, and lines that show the contrary."""

    def __init__(self, claim: str, shown: Sequence[str]) -> None:
        super().__init__(claim)
        self.claim = claim
        self.shown = tuple(shown)


# --- Views ------------------------------------------------------------------------------------


def check_view(view: ViewSeen) -> None:
    """Raise Broken unless a view's ranges are in order, and as few as can be. Rules: P1, P3."""
    if (view.root is None) != (view.serial == 0) or (view.root is None and view.ranges):
        raise Broken(EMPTY, format_view(view))
    end, before = 0, None
    for one in view.ranges:
        start, size = one[2], one[3]
        if start < end or size <= 0:
            raise Broken(SORTED, format_view(view))
        if before is not None and start == end and can_be_one(before, one):
            raise Broken(MERGED, (format_range(before), format_range(one)))
        end, before = start + size, one
    if end > TOP:
        raise Broken(SORTED, format_view(view))


def can_be_one(left: RangeSeen, right: RangeSeen) -> bool:
    """Whether two ranges of which the second follows at once must have been merged. Rules: R8."""
    return (
        left.region == right.region
        and left.offset + left.size == right.offset
        and left[4:8] == right[4:8]
        and not left.unmergeable
        and not right.unmergeable
    )


# --- Dispatch ---------------------------------------------------------------------------------


def check_sections(ranges: Sequence[RangeSeen], sections: Sequence[SectionSeen], page: int) -> None:
    """Raise Broken unless sections partition the ranges, at pages of so many bytes. Rules: D2-D4.

    `ranges` must be those of a view that is in order.
    """
    if not sections or sections[0] != UNASSIGNED:
        raise Broken(SECTION_0, map(format_section, sections[:1]))  # type: ignore[arg-type]
    divided: set[int] = set()
    at, one, body = 0, None, False
    expected = end = 0
    for section in sections[1:]:
        region, offset, start, size, is_subpage = section
        if is_subpage:
            if start in divided or start % page or size != page or region is not None:
                raise Broken(DIVIDED, format_sections(tuple(sections)))
            divided.add(start)
            continue
        if expected == end and at < len(ranges):
            one, body = ranges[at], False
            expected, end, at = one.start, one.start + one.size, at + 1
        if (
            one is None
            or start != expected
            or not 0 < size <= end - start
            or region != one.region
            or offset != one.offset + (start - one.start)
        ):
            raise Broken(PARTITION, format_sections(tuple(sections)))
        expected = start + size
        if start % page == 0 and size % page == 0:
            if body or start in divided:
                raise Broken(PAGES, format_sections(tuple(sections)))
            body = True
        else:
            first = start - start % page
            if expected > first + page:
                raise Broken(PAGES, format_sections(tuple(sections)))
            if first not in divided:
                raise Broken(DIVIDED, format_sections(tuple(sections)))
    if at != len(ranges) or expected != end:
        raise Broken(PARTITION, format_sections(tuple(sections)))


def check_lookups(ranges: Sequence[RangeSeen], found: Iterable[tuple[int, SectionSeen]]) -> None:
    """Raise Broken unless look-ups give what the ranges have at their addresses. Rules: D7, P6."""
    starts = [one.start for one in ranges]
    for address, section in found:
        region, offset, start, size, is_subpage = section
        if is_subpage or not start <= address < start + size:
            raise Broken(INSIDE, (f"{address:#x}: {format_section(section)}",))
        at = bisect_right(starts, address) - 1
        one = ranges[at] if at >= 0 else None
        if one is None or address >= one.start + one.size:
            if section == UNASSIGNED:
                continue
        elif (
            region == one.region
            and offset - start == one.offset - one.start
            and one.start <= start
            and size <= one.start + one.size - start
        ):
            continue
        raise Broken(LINEAR, (f"{address:#x}: {format_section(section)}",))
