"""In which way two sides differ, whatever the names and numbers: to tell findings apart.

Two differences have one signature if the same kind of thing differs, after the same kind of
operation, in the same shape. The shape of two lines is what is left of them without names and
numbers; that of two views says what answers at the first address that they answer differently.
"""

import re
from itertools import zip_longest
from typing import Any, NamedTuple

from fuzz.compare import answer, sorted_ranges
from fuzz.comparison import Difference
from fuzz.format import format_operation
from fuzz.observation import RangeSeen, ViewSeen
from fuzz.operands import Name
from fuzz.operations import CreateRegion, ObserveLookup, ObserveSections, ObserveView, SetProperty
from fuzz.operations_lifecycle import ObserveLifecycle
from fuzz.operations_listeners import ObserveEvents
from fuzz.scenario import Scenario
from fuzz.syntax import SYNTAXES
from fuzz.traceability import rules_cited

RESULT, CALLBACKS, LIVES = "result", "callbacks", "lives"
VIEW, SECTIONS, LOOKUP = "view", "sections", "look-up"
INVARIANT = "invariant "
"""What the name of anything begins with that both sides show alike, and that cannot be."""

OBSERVED_BY: dict[str, type] = {
    VIEW: ObserveView,
    SECTIONS: ObserveSections,
    LOOKUP: ObserveLookup,
    CALLBACKS: ObserveEvents,
    LIVES: ObserveLifecycle,
}
"""The operation that looks at what differs, whose rules are those that may be broken."""

HOLE, STRAY, OTHER_REGION, OTHER_OFFSET = "hole", "no hole", "region", "offset"
CUT, OTHER_NUMBER, OTHER_ROOT = "cut", "number", "root"

RULES_OF_SHAPE = {
    HOLE: ("R1", "R4", "R5"),
    STRAY: ("R1", "R2", "R3"),
    OTHER_REGION: ("M3", "R4"),
    OTHER_OFFSET: ("R3", "R5"),
    CUT: ("R8",),
    OTHER_NUMBER: ("R11", "T2"),
    OTHER_ROOT: ("R9",),
}
"""The rules that decide what a view shows; those of flags are R6."""

FLAGS = RangeSeen._fields[4:]

TOKEN = re.compile(r"[\w.:/\[\]+@#-]+|\S")
NUMBER = re.compile(r"[@#]?-?(0x[0-9a-f]+|\d+)[:,]?\Z|[0-9a-f]{16}-[0-9a-f]{16}\Z")
BYTES = re.compile(r"([0-9a-f]{2})+\Z")

NOTHING = "nothing"
PANICS = "panics"
"""What a line begins with that says how Rust gave up: that is one bug, whatever should follow."""

SOMETHING, DIFFERS = "#", "≠"


class Signature(NamedTuple):
    """What differs, after which kind of operation, in which shape, and the rules that speak of it.

    `what` is `result` where the two sides show something else of the operation itself. A target
    under test that crashes is a shape of its own.
    """

    what: str
    operation: str
    shape: tuple[str, ...]
    rules: tuple[str, ...]

    @property
    def way(self) -> tuple[str, ...]:
        """In which way the sides differ: all but the rules and, of states, what led there."""
        led = (self.operation,) if self.what == RESULT else ()
        return (self.what, *led, *self.shape)

    def __str__(self) -> str:
        words = f"{self.what} after {self.operation}: {' / '.join(self.shape)}"
        return f"{words} [{', '.join(self.rules)}]" if self.rules else words


def signature_of(scenario: Scenario, difference: Difference) -> Signature:
    """The signature of the first difference on a scenario."""
    operation = scenario.steps[difference.step].operation
    what = what_differs(difference, format_operation(operation))
    shape = shape_of(scenario, difference)
    if what == VIEW and shape[0] in (*RULES_OF_SHAPE, *FLAGS):
        rules = RULES_OF_SHAPE.get(shape[0], ("R6",))
    else:
        cited = OBSERVED_BY.get(what, type(operation)).__doc__ or ""
        rules = tuple(dict.fromkeys(rules_cited(cited)))
    return Signature(what, kind_of(operation), shape, rules)


def kind_of(operation: Any) -> str:
    """The kind of an operation: its first word, and the property or kind of region that it has."""
    match operation:
        case CreateRegion(_, kind):
            return f"create {kind.value}"
        case SetProperty(_, changed):
            return f"set {changed.value}"
    return SYNTAXES[type(operation)].write(operation).split(" ", 1)[0]


def what_differs(difference: Difference, line: str) -> str:
    """The kind of thing that differs; for anything else that is compared, its own words."""
    what = difference.what
    if what == line:
        return RESULT
    for kind, beginnings in (
        (VIEW, ("view of ",)),
        (SECTIONS, ("sections of ",)),
        (LOOKUP, ("lookup of ", "look-ups in ")),
    ):
        if what.startswith(beginnings):
            return kind
    return " ".join(SOMETHING if NUMBER.match(word) else word for word in what.split())


def shape_of(scenario: Scenario, difference: Difference) -> tuple[str, ...]:
    """The shape of a difference: of a crash, of two views, or of the first lines that differ."""
    right = difference.right
    if len(right) == 1 and right[0].startswith("crashes: "):
        return (":".join(right[0].split(":")[:2]),)
    if difference.views is not None:
        return shape_of_views(*difference.views, difference.address)
    return shape_of_lines(difference.left, right, names_in(scenario))


def shape_of_views(left: ViewSeen, right: ViewSeen, address: int | None) -> tuple[str, ...]:
    """How two views differ, at the first address that they answer differently if there is one."""
    if address is None:
        return (OTHER_ROOT,) if left.root != right.root else (OTHER_NUMBER,)
    expected = answer(sorted_ranges(left.ranges), address)
    found = answer(sorted_ranges(right.ranges), address)
    if expected == found:
        fewer = len(right.ranges) < len(left.ranges)
        return (CUT, "merged" if fewer else "divided")
    if found is None:
        return (HOLE,)
    if expected is None:
        return (STRAY,)
    if expected[0] != found[0]:
        return (OTHER_REGION,)
    if expected[1] != found[1]:
        return (OTHER_OFFSET,)
    pairs = zip(FLAGS, expected[2:], found[2:], strict=True)
    return tuple(flag for flag, one, other in pairs if one != other)


def shape_of_lines(
    left: tuple[str, ...], right: tuple[str, ...], names: frozenset[str]
) -> tuple[str, ...]:
    """How the first lines that differ do: what is left of them without names and numbers."""
    if sorted(left) == sorted(right):
        return ("in another order",)
    for one, other in zip_longest(left, right, fillvalue=NOTHING):
        if one == other:
            continue
        words, others = TOKEN.findall(one), TOKEN.findall(other)
        plain = [plainly(word, names) for word in words]
        plain_others = [plainly(word, names) for word in others]
        if others[:1] == [PANICS]:
            return (" ".join(plain_others),)
        if plain != plain_others:
            return (" ".join(plain), " ".join(plain_others))
        pairs = zip(words, others, plain, strict=True)
        return (" ".join(word if a == b else DIFFERS for a, b, word in pairs),)
    raise ValueError("the two sides show the same")


def plainly(word: str, names: frozenset[str]) -> str:
    """A word of a line, or what stands for a name or a number."""
    bare = word.lstrip("@#").rstrip(":,")
    if bare in names:
        return "name"
    return SOMETHING if NUMBER.match(word) or BYTES.match(bare) else word


def names_in(scenario: Scenario) -> frozenset[str]:
    """All that the scenario's operations name."""
    found: set[str] = set()
    for step in scenario.steps:
        for name, operand in SYNTAXES[type(step.operation)].operands.items():
            if isinstance(operand, Name):
                found.add(getattr(step.operation, name))
    return frozenset(found)
