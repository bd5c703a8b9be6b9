"""The operations by which a scenario schedules readers and RCU, and sees what lives and dies.

The writer's steps are those of the operations that change the topology: the writer holds the big
lock while a transaction is open, and otherwise during each operation. Between any two operations
stand the steps of named threads, and of the RCU thread. A wrong use of what is freed, or may be
freed at any moment, is a line that the operation shows.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Annotated

from fuzz.operands import Choice, Name, Number
from fuzz.syntax import syntax


class SectionEdge(Enum):
    """The two ends of a read section."""

    LOCK = "rcu-read-lock"
    UNLOCK = "rcu-read-unlock"


class ViewStep(Enum):
    """What a thread does with a view whose pointer it has."""

    USE = "use-view"
    REF = "ref-view"
    UNREF = "unref-view"


class RegionStep(Enum):
    """What a thread does with a region whose pointer it has."""

    USE = "use-region"
    REF = "ref-region"
    UNREF = "unref-region"


class Loaded(Enum):
    """Which of the views that a thread loaded: the last, or the other one before it."""

    LAST = "last"
    EARLIER = "earlier"


class OwnerType(Enum):
    """Of which QOM type an owner is; only devices guard their regions. Rules: A9."""

    DEVICE = "device"
    OBJECT = "object"


class RcuStep(Enum):
    """What the RCU thread does; the last is all that it can do without waiting."""

    BEGIN = "begin-grace-period"
    END = "end-grace-period"
    CALLBACK = "run-callback"
    RUN = "run-rcu"


THREAD = Name("thread")
OWNER = Name("owner")
REGION = Name("region")
SPACE = Name("space")


@syntax("thread {name}")
@dataclass(frozen=True, slots=True)
class CreateThread:
    """Register a thread that can enter read sections. Rules: L3."""

    name: Annotated[str, Name("thread", new=True)]


@syntax("owner {name} [type {type}]")
@dataclass(frozen=True, slots=True)
class CreateOwner:
    """Plug in an object that can own regions: a device, or one that is none. Rules: L4, A9."""

    name: Annotated[str, Name("owner", new=True)]
    type: Annotated[OwnerType, Choice(OwnerType, often=("device",))] = OwnerType.DEVICE


@syntax("own {region} {owner}", weight=2)
@dataclass(frozen=True, slots=True)
class OwnRegion:
    """Say whose storage a region lies in; before the first address space is made. Rules: L4."""

    region: Annotated[str, REGION]
    owner: Annotated[str, OWNER]


@syntax("unplug {owner}", shows=True)
@dataclass(frozen=True, slots=True)
class UnplugOwner:
    """Drop what an owner was plugged in with, once its regions are out of every tree.

    They no longer exist for the topology, and are freed with the last reference. Rules: L4.
    """

    owner: Annotated[str, OWNER]


@syntax("free {region}", shows=True)
@dataclass(frozen=True, slots=True)
class FreeRegion:
    """Free the storage of a region that is out of every tree, whoever refers to its owner.

    Rules: L4.
    """

    region: Annotated[str, REGION]


@syntax("{edge} {thread}", weight=3)
@dataclass(frozen=True, slots=True)
class ReadSection:
    """Enter or leave an RCU read section; they nest. Rules: L3, L5."""

    edge: Annotated[SectionEdge, Choice(SectionEdge)]
    thread: Annotated[str, THREAD]


@syntax("load-view {thread} {space}", weight=2, shows=True)
@dataclass(frozen=True, slots=True)
class LoadView:
    """Load the pointer to the view that a space publishes now. Rules: L5."""

    thread: Annotated[str, THREAD]
    space: Annotated[str, SPACE]


@syntax("{step} {thread} [loaded {which}]", weight=2, shows=True)
@dataclass(frozen=True, slots=True)
class StepOnView:
    """Use a view, try to take a reference to it, or drop one. Rules: L2, L3, L5."""

    step: Annotated[ViewStep, Choice(ViewStep)]
    thread: Annotated[str, THREAD]
    which: Annotated[Loaded, Choice(Loaded)] = Loaded.LAST


@syntax("get-flatview {thread} {space} [steps {steps}]", weight=2, shows=True)
@dataclass(frozen=True, slots=True)
class GetFlatview:
    """Run get_flatview, or as many of its steps as said, beginning or going on with the call.

    It enters a read section, loads and tries to refer until it succeeds, and leaves. While the call
    is under way, its thread can do nothing else. Rules: L3.
    """

    thread: Annotated[str, THREAD]
    space: Annotated[str, SPACE]
    steps: Annotated[int, Number(0, 4, decimal=True)] = 0


@syntax("{step} {thread} {region}", shows=True)
@dataclass(frozen=True, slots=True)
class StepOnRegion:
    """Use a region, or take or drop a reference to its owner. Rules: L4, L5."""

    step: Annotated[RegionStep, Choice(RegionStep)]
    thread: Annotated[str, THREAD]
    region: Annotated[str, REGION]


@syntax("{step}", weight=3, shows=True)
@dataclass(frozen=True, slots=True)
class StepOfRcu:
    """A step of the RCU thread: grace periods, and the callbacks that destroy. Rules: L2, L6."""

    step: Annotated[RcuStep, Choice(RcuStep, often=("run-rcu",))]


@syntax("lifecycle", weight=2, shows=True)
@dataclass(frozen=True, slots=True)
class ObserveLifecycle:
    """Look at who refers to what, and at what waits to be destroyed or is. Rules: L1-L6."""


@syntax("references {owner}", shows=True)
@dataclass(frozen=True, slots=True)
class ObserveReferences:
    """Look at how often an owner is referenced. Rules: L4, M7."""

    owner: Annotated[str, OWNER]


LifecycleOperation = (
    CreateThread
    | CreateOwner
    | OwnRegion
    | UnplugOwner
    | FreeRegion
    | ReadSection
    | LoadView
    | StepOnView
    | GetFlatview
    | StepOnRegion
    | StepOfRcu
    | ObserveReferences
    | ObserveLifecycle
)
