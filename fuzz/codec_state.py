"""What exists so far while a scenario is decoded or encoded, and how often a name is chosen."""

from dataclasses import dataclass, field

from fuzz.operands import Name
from fuzz.operations import (
    AddSubregion,
    Begin,
    Commit,
    CreateRegion,
    DestroySpace,
    Operation,
    Property,
    RegionKind,
    SetProperty,
)
from fuzz.operations_devices import AttachDevice
from fuzz.operations_listeners import UnregisterListener
from fuzz.operations_mapping import Unmap
from fuzz.syntax import SYNTAXES

MOST = {"region": 48, "space": 4, "listener": 6, "thread": 3, "owner": 3, "mapping": 3}
"""How many of each kind of thing one scenario can name."""

FEW = 3
"""Most choices of a container are among so many first ones, so that these get crowded."""


LIKELY = ("container", "unmapped", "called", "device", "iommu")
"""Of which regions operations mostly speak: containers, those in none, those that call devices,
those that were given one, and IOMMUs."""


@dataclass(slots=True)
class State:
    """What exists so far, by kind and in order of creation, and what is known of regions."""

    names: dict[str, list[str]] = field(default_factory=lambda: {what: [] for what in MOST})
    made: dict[str, int] = field(default_factory=lambda: dict.fromkeys(MOST, 0))
    likely: dict[str, list[str]] = field(default_factory=lambda: {what: [] for what in LIKELY})
    addresses: dict[str, int] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)
    offsets: dict[str, int] = field(default_factory=dict)
    depth: int = 0


class Meaningless(Exception):
    """A record that cannot mean anything here."""


def note(state: State, operation: Operation) -> None:
    """Keep track of what an operation makes exist. Raises Meaningless where it cannot be."""
    syntax = SYNTAXES[type(operation)]
    may_be_missing = isinstance(operation, CreateRegion) and operation.kind is not RegionKind.ALIAS
    for name, operand in syntax.operands.items():
        if isinstance(operand, Name) and getattr(operation, name) is None and not may_be_missing:
            raise Meaningless(f"there is no {operand.what} to name")
    match operation:
        case CreateRegion(name, kind, size, _, offset):
            state.addresses[name], state.sizes[name], state.offsets[name] = 0, size, offset
            state.likely["unmapped"].append(name)
            if kind is RegionKind.CONTAINER and len(state.likely["container"]) < FEW:
                state.likely["container"].append(name)
            if kind in (RegionKind.IO, RegionKind.ROM_DEVICE):
                state.likely["called"].append(name)
            if kind is RegionKind.IOMMU:
                state.likely["iommu"].append(name)
        case AttachDevice(name):
            state.likely["device"].append(name)
        case SetProperty(name, Property.SIZE, size):
            state.sizes[name] = size
        case AddSubregion(_, child, addr):
            state.addresses[child] = addr
            if child in state.likely["unmapped"]:
                state.likely["unmapped"].remove(child)
        case DestroySpace(name):
            state.names["space"].remove(name)
        case UnregisterListener(name):
            state.names["listener"].remove(name)
        case Unmap(name):
            state.names["mapping"].remove(name)
        case Begin():
            state.depth += 1
        case Commit():
            if state.depth == 0:
                raise Meaningless("commit without begin")
            state.depth -= 1
    for name, operand in syntax.operands.items():
        if isinstance(operand, Name) and operand.new:
            state.names[operand.what].append(getattr(operation, name))
            state.made[operand.what] += 1
