"""A divergence in one sentence: what the target shows, and what it must show."""

from itertools import zip_longest

from fuzz.compare import answer, sorted_ranges
from fuzz.comparison import Difference
from fuzz.format import format_operation
from fuzz.observation import ViewSeen
from fuzz.scenario import Scenario
from fuzz.signature import (
    CUT,
    FLAGS,
    HOLE,
    INVARIANT,
    NOTHING,
    OTHER_OFFSET,
    OTHER_REGION,
    RESULT,
    STRAY,
    shape_of_views,
    what_differs,
)


def in_words(scenario: Scenario, difference: Difference, target: str) -> str:
    """What goes wrong on a target, and at which operation."""
    line = format_operation(scenario.steps[difference.step].operation)
    right = difference.right
    if len(right) == 1 and right[0].startswith("crashes: "):
        return f"{target} crashes at `{line}`: {right[0].removeprefix('crashes: ')}"
    if difference.views is not None:
        space = difference.what.removeprefix("view of ")
        words = view_in_words(*difference.views, difference.address, space)
        return f"{target} {words}, after `{line}`"
    if difference.what.startswith(INVARIANT):
        claim, shown = difference.what.removeprefix(INVARIANT), "; ".join(right)
        return f"{target} and the specification break `{claim}` alike, after `{line}`: {shown}"
    expected, shown = first_lines(difference)
    if what_differs(difference, line) == RESULT:
        return f"{target} shows `{shown}` of `{line}`, and not `{expected}`"
    return f"{target} shows `{shown}` of {difference.what}, and not `{expected}`, after `{line}`"


def first_lines(difference: Difference) -> tuple[str, str]:
    """The first lines that differ."""
    for one, other in zip_longest(difference.left, difference.right, fillvalue=NOTHING):
        if one != other:
            return one, other
    return NOTHING, NOTHING


def view_in_words(left: ViewSeen, right: ViewSeen, address: int | None, space: str) -> str:
    """How the right one of two views of a space is wrong."""
    shape, *more = shape_of_views(left, right, address)
    if address is None:
        if left.root != right.root:
            return f"renders {space} from {right.root}, and not from {left.root}"
        return f"publishes view {right.serial} of {space}, and not view {left.serial}"
    where = f"at {address:#x} of {space}"
    if shape == CUT:
        return f"has {' '.join(more)} the ranges {where} otherwise"
    expected = answer(sorted_ranges(left.ranges), address)
    found = answer(sorted_ranges(right.ranges), address)
    if shape == HOLE:
        assert expected is not None
        return f"has a hole {where}, where {expected[0]} must answer"
    assert found is not None
    if shape == STRAY:
        return f"shows {found[0]} {where}, where nothing may answer"
    assert expected is not None
    if shape == OTHER_REGION:
        return f"shows {found[0]} {where}, where {expected[0]} must answer"
    if shape == OTHER_OFFSET:
        return f"shows {found[0]} @{found[1]:#x} {where}, which must be @{expected[1]:#x}"
    at = 2 + FLAGS.index(shape)
    return f"shows {found[0]} {where} with {shape} {found[at]}, which must be {expected[at]}"
