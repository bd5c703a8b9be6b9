"""What lives how long: threads, RCU, references, owners, guards, under explicit schedules."""

from fuzz.harnesses.interface import Floors, Harness
from fuzz.harnesses.topology import OPERATIONS as TOPOLOGY
from fuzz.operations_devices import MapPage
from fuzz.operations_guards import CloneGuard, DropGuard, GuardFind, GuardRead, TakeGuard
from fuzz.operations_lifecycle import (
    CreateOwner,
    CreateThread,
    FreeRegion,
    GetFlatview,
    LoadView,
    ObserveLifecycle,
    ObserveReferences,
    OwnRegion,
    ReadSection,
    StepOfRcu,
    StepOnRegion,
    StepOnView,
    UnplugOwner,
)
from fuzz.operations_listeners import RegisterListener, UnregisterListener
from fuzz.operations_mapping import Map, Unmap

OPERATIONS: dict[type, int] = {
    CreateThread: 3,
    CreateOwner: 3,
    OwnRegion: 4,
    UnplugOwner: 2,
    FreeRegion: 2,
    ReadSection: 6,
    LoadView: 4,
    StepOnView: 6,
    GetFlatview: 3,
    StepOnRegion: 3,
    StepOfRcu: 6,
    ObserveLifecycle: 3,
    ObserveReferences: 1,
    **dict.fromkeys((TakeGuard, CloneGuard, DropGuard, GuardFind, GuardRead, MapPage), 2),
    **dict.fromkeys((RegisterListener, UnregisterListener, Map, Unmap), 1),
}

LIFECYCLE = Harness(
    "lifecycle",
    "threads, RCU, references, owners, guards, in every order (rules L, G6, M7)",
    TOPOLOGY | OPERATIONS,
    Floors(rules=("L1", "L2", "L3", "L4", "L5", "L6")),
)
