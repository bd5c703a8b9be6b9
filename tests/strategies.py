"""Hypothesis strategies for scenarios, shared by all tests.

`scenarios` decodes bytes, as the fuzzer does: whatever the codec can say. `sensible_scenarios`
builds operations one by one, of names that exist and numbers that matter there: few are rejected,
and a failing one shrinks to what a person would have written.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from hypothesis import strategies as st

from fuzz.codec import HEADER, MOST_CHOICES, RECORD, TABLE, decode
from fuzz.operands import Choice, Count, Data, Length, Name, Number, Operand, Size, Switch
from fuzz.operations import (
    AddSubregion,
    Begin,
    Commit,
    CreateRegion,
    CreateSpace,
    DestroySpace,
    Operation,
    PropertyValue,
    RegionKind,
)
from fuzz.operations_devices import AttachDevice, ByteOrder
from fuzz.operations_listeners import UnregisterListener
from fuzz.operations_mapping import Unmap
from fuzz.scenario import Scenario, Step
from fuzz.syntax import SYNTAXES, Syntax
from fuzz.targets.interface import CONTRACTS, FLAVOURS, Settings

TOP = 1 << 64
NUMBER = st.integers(0, TOP - 1)

# --- From bytes ---------------------------------------------------------------------------------

records = st.builds(
    RECORD.pack,
    st.integers(0, len(TABLE) - 1),
    st.binary(min_size=MOST_CHOICES, max_size=MOST_CHOICES),
    st.integers(0, 127),
    NUMBER,
    NUMBER,
)
headers = st.builds(HEADER.pack, st.integers(0, 1), st.integers(0, 31))


def scenarios(most_steps: int = 40) -> st.SearchStrategy[Scenario]:
    """Scenarios of every operation, with numbers read in all the ways that the codec knows."""
    bodies = st.lists(records, min_size=1, max_size=most_steps).map(b"".join)
    return st.builds(lambda header, body: decode(header + body), headers, bodies)


# --- From objects -------------------------------------------------------------------------------

ROUND = (0, 0x1000, 1, 0x10, 0x800, 0x2000, 0x1001, 0xFFF, 0x3000, 4, 8, 0x100, 0x8000)
LARGE = (1 << 32, (1 << 32) - 1, 1 << 63, (1 << 63) - 1, TOP - 1, TOP - 0x1000)
GONE: dict[type, tuple[str, Callable[[Any], str]]] = {
    DestroySpace: ("space", lambda one: str(one.name)),
    UnregisterListener: ("listener", lambda one: str(one.name)),
    Unmap: ("mapping", lambda one: str(one.mapping)),
}
"""The operations after which a name means nothing any more: of what, and which."""

MORE_OFTEN = {"container": 2, "unmapped": 2, "called": 4, "device": 4, "iommu": 4}
"""How much more often what an operation mostly speaks of is named than the rest."""


@dataclass
class Known:
    """What the operations so far have made."""

    names: dict[str, list[str]] = field(default_factory=dict)
    made: dict[str, int] = field(default_factory=dict)
    likely: dict[str, list[str]] = field(default_factory=dict)
    edges: list[int] = field(default_factory=list)
    depth: int = 0

    def of(self, what: str) -> list[str]:
        """The names of things of one kind, oldest first."""
        return self.names.setdefault(what, [])

    def fresh(self, what: str) -> str:
        """A name for one more."""
        return f"{what}{self.made.get(what, 0) + 1}"

    def note(self, operation: Operation) -> None:
        """Learn what an operation makes, and what it ends."""
        for name, operand in SYNTAXES[type(operation)].operands.items():
            if isinstance(operand, Name) and operand.new:
                self.of(operand.what).append(getattr(operation, name))
                self.made[operand.what] = self.made.get(operand.what, 0) + 1
        match operation:
            case CreateRegion(name, kind, size):
                likely = ["unmapped", kind.value]
                if kind in (RegionKind.IO, RegionKind.ROM_DEVICE):
                    likely.append("called")
                for one in likely:
                    self.likely.setdefault(one, []).append(name)
                self.edges.append(size % TOP)
            case AddSubregion(_, child, addr):
                self.edges.append(addr)
                if child in self.likely.get("unmapped", ()):
                    self.likely["unmapped"].remove(child)
            case AttachDevice(region):
                self.likely.setdefault("device", []).append(region)
            case Begin() | Commit():
                self.depth += 1 if isinstance(operation, Begin) else -1
        if type(operation) in GONE:
            what, name_of = GONE[type(operation)]
            self.of(what).remove(name_of(operation))


def may_come(known: Known, kind: type, syntax: Syntax) -> bool:
    """Whether an operation has something to name."""
    needed = (
        one.what
        for name, one in syntax.operands.items()
        if isinstance(one, Name) and not one.new and name not in syntax.defaults
    )
    return all(known.of(what) for what in needed) and (kind is not Commit or known.depth > 0)


def numbers(known: Known, low: int, high: int) -> st.SearchStrategy[int]:
    """Numbers within bounds: round ones, edges of what there is, large ones, and any."""
    near = (edge + by for edge in known.edges for by in (0, -1, 1))
    mattering = [one for one in dict.fromkeys((*ROUND, *near, *LARGE)) if low <= one <= high]
    anywhere = st.integers(low, high)
    return st.sampled_from(mattering) | anywhere if mattering else anywhere


def values(known: Known, operand: Operand, before: dict[str, Any]) -> st.SearchStrategy[Any]:
    """What an operand can be, after those that come before it."""
    if isinstance(operand, PropertyValue):
        operand = before["property"].operand
    match operand:
        case Name(what, True):
            return st.just(known.fresh(what))
        case Name(what, False, likely):
            # The newest come first: so what was made in between can be shrunk away.
            there = known.of(what)[::-1]
            preferred = [one for one in known.likely.get(likely, ())[::-1] if one in there]
            return st.sampled_from(preferred * MORE_OFTEN.get(likely, 1) + there)
        case Choice(of):
            return st.sampled_from(list(of))
        case Switch():
            return st.booleans()
        case Size():
            return st.sampled_from([0x1000, TOP]) | numbers(known, 0, TOP - 2)
        case Data():
            return st.binary(min_size=not operand.may_be_empty, max_size=12)
        case Length():
            return st.sampled_from([4, 1, 2, 8]) | numbers(known, 0, Length.SMALL)
        case Count() | Number():
            return numbers(known, operand.low, operand.high)
    raise AssertionError(f"no strategy for {operand!r}")


@st.composite
def operations_of(draw: st.DrawFn, known: Known, kind: type) -> Operation:
    """An operation of one kind, of what there is."""
    syntax = SYNTAXES[kind]
    drawn: dict[str, Any] = {}
    for name, operand in syntax.operands.items():
        left_out = name in syntax.defaults
        if kind is CreateRegion and left_out:
            left_out = drawn["kind"] is not RegionKind.ALIAS
        elif left_out:
            left_out = draw(st.sampled_from([True, True, False]))
        drawn[name] = syntax.defaults[name] if left_out else draw(values(known, operand, drawn))
        if drawn[name] is RegionKind.ALIAS and not known.of("region"):
            drawn[name] = RegionKind.RAM
    operation: Operation = kind(**drawn)
    return operation


@st.composite
def operations(draw: st.DrawFn, known: Known, kinds: Sequence[type] = tuple(SYNTAXES)) -> Operation:
    """An operation that has something to name, as often as the fuzzer takes it."""
    there = [one for one in kinds if may_come(known, one, SYNTAXES[one])]
    weighted = [one for one in there for _ in range(SYNTAXES[one].weight)]
    return draw(operations_of(known, draw(st.sampled_from(weighted))))


settings_of_machines = st.builds(
    Settings,
    flavour=st.sampled_from(FLAVOURS),
    page_bits=st.sampled_from([12, 10, 4, 16]),
    big_endian=st.booleans(),
    fuzzing=st.booleans(),
    contract=st.sampled_from(CONTRACTS),
)

BASIS: tuple[Operation, ...] = (
    CreateRegion("system", RegionKind.CONTAINER, TOP),
    CreateRegion("ram", RegionKind.RAM, 0x2000),
    CreateRegion("dev", RegionKind.IO, 0x1000),
    AttachDevice("dev", ByteOrder.LITTLE),
    AddSubregion("system", "ram", 0),
    AddSubregion("system", "dev", 0x2000),
    CreateSpace("memory", "system"),
)
"""A machine to begin with; what a failure does not need of it can be shrunk away by hand."""


@st.composite
def sensible_scenarios(
    draw: st.DrawFn, most_steps: int = 30, kinds: Sequence[type] = tuple(SYNTAXES)
) -> Scenario:
    """Scenarios of operations that mostly can be carried out; transactions are closed."""
    known, settings = Known(), draw(settings_of_machines)
    done = list(BASIS)
    for operation in done:
        known.note(operation)
    while len(done) < most_steps and draw(st.integers(0, 19)) > 0:
        operation = draw(operations(known, kinds))
        known.note(operation)
        done.append(operation)
    done += [Commit()] * known.depth
    return Scenario(settings, tuple(map(Step, done)))
