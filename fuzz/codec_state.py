"""What exists so far while a scenario is decoded or encoded, and how often a name is chosen."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

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

MOST = {"region": 48, "space": 4, "listener": 6, "thread": 3, "owner": 3, "mapping": 3, "guard": 4}
"""How many of each kind of thing one scenario can name."""

MOST_LOOSELY = {what: most if what == "region" else 32 for what, most in MOST.items()}
"""The same where records are read loosely (`fuzz.codec`)."""

FEW = 3
"""Most choices of a container are among so many first ones, so that these get crowded."""


LIKELY = ("container", "unmapped", "called", "device", "iommu")
"""Of which regions operations mostly speak: containers, those in none, those that call devices,
those that were given one, and IOMMUs."""


@dataclass(slots=True)
class State:
    """What exists so far, by kind and in order of creation, and what is known of regions.

    Where records are read loosely, what has ended still counts, so that it can be named.
    `following` are the records that were not read yet.
    """

    loosely: bool = False
    following: Iterator[tuple[int, ...]] = field(default_factory=lambda: iter(()))
    names: dict[str, list[str]] = field(default_factory=lambda: {what: [] for what in MOST})
    made: dict[str, int] = field(default_factory=lambda: dict.fromkeys(MOST, 0))
    likely: dict[str, list[str]] = field(default_factory=lambda: {what: [] for what in LIKELY})
    addresses: dict[str, int] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)
    offsets: dict[str, int] = field(default_factory=dict)
    depth: int = 0

    @property
    def most(self) -> dict[str, int]:
        """How many of each kind there can be."""
        return MOST_LOOSELY if self.loosely else MOST


class Meaningless(Exception):
    """A record that cannot mean anything here."""


NEEDED: dict[type, tuple[tuple[str, str], ...]] = {
    operation: tuple(
        (name, one.what)
        for name, one in syntax.operands.items()
        if isinstance(one, Name) and name not in syntax.defaults
    )
    for operation, syntax in SYNTAXES.items()
}
"""For each operation, the fields that must name something, and what."""

NEW: dict[type, tuple[tuple[str, str], ...]] = {
    operation: tuple(
        (name, one.what)
        for name, one in syntax.operands.items()
        if isinstance(one, Name) and one.new
    )
    for operation, syntax in SYNTAXES.items()
}
"""For each operation, the fields that name something new, and what."""


def note(state: State, operation: Operation) -> None:
    """Keep track of what an operation makes exist. Raises Meaningless where it cannot be."""
    kind = type(operation)
    for name, what in NEEDED[kind]:
        if getattr(operation, name) is None:
            raise Meaningless(f"there is no {what} to name")
    effect = (LOOSE_EFFECTS if state.loosely else EFFECTS).get(kind)
    if effect is not None:
        effect(state, operation)
    for name, what in NEW[kind]:
        note_name(state, what, getattr(operation, name))


def note_name(state: State, what: str, name: str) -> None:
    """Something more that can be named, unless it is of a name that there is already."""
    if not (state.loosely and name in state.names[what]):
        state.names[what].append(name)
        state.made[what] += 1


def note_region(state: State, operation: CreateRegion) -> None:
    """A region that is in no container yet. Raises Meaningless for an alias without target."""
    if operation.kind is RegionKind.ALIAS and operation.target is None:
        raise Meaningless("there is no region to name")
    name, kind = operation.name, operation.kind
    state.addresses[name], state.sizes[name] = 0, operation.size
    state.offsets[name] = operation.alias_offset
    state.likely["unmapped"].append(name)
    if kind is RegionKind.CONTAINER and len(state.likely["container"]) < FEW:
        state.likely["container"].append(name)
    if kind in (RegionKind.IO, RegionKind.ROM_DEVICE):
        state.likely["called"].append(name)
    if kind is RegionKind.IOMMU:
        state.likely["iommu"].append(name)


def note_property(state: State, operation: SetProperty) -> None:
    """Another size."""
    if operation.property is Property.SIZE:
        state.sizes[operation.region] = operation.value


def note_mapped(state: State, operation: AddSubregion) -> None:
    """A region that has a place now."""
    state.addresses[operation.child] = operation.addr
    if operation.child in state.likely["unmapped"]:
        state.likely["unmapped"].remove(operation.child)


def note_begin(state: State, operation: Begin) -> None:
    """A transaction more."""
    state.depth += 1


def note_any_commit(state: State, operation: Commit) -> None:
    """A transaction less, if there is one."""
    state.depth = max(0, state.depth - 1)


def note_commit(state: State, operation: Commit) -> None:
    """A transaction less. Raises Meaningless."""
    if state.depth == 0:
        raise Meaningless("commit without begin")
    state.depth -= 1


REMOVING = (DestroySpace, UnregisterListener, Unmap)
"""The operations after which something does not exist any more."""

EFFECTS: dict[type, Callable[[State, Any], None]] = {
    CreateRegion: note_region,
    SetProperty: note_property,
    AddSubregion: note_mapped,
    AttachDevice: lambda state, one: state.likely["device"].append(one.region),
    DestroySpace: lambda state, one: state.names["space"].remove(one.name),
    UnregisterListener: lambda state, one: state.names["listener"].remove(one.name),
    Unmap: lambda state, one: state.names["mapping"].remove(one.mapping),
    Begin: note_begin,
    Commit: note_commit,
}
"""What each operation changes about what exists, beyond the names that it makes."""

LOOSE_EFFECTS: dict[type, Callable[[State, Any], None]] = {
    **{kind: effect for kind, effect in EFFECTS.items() if kind not in REMOVING},
    Commit: note_any_commit,
}
"""The same where records are read loosely."""
