"""The lifecycle operations, carried out on whatever a target has for a lifecycle."""

from collections.abc import Container
from typing import Protocol

from fuzz.lifecycle_seen import LifecycleSeen, format_lifecycle, references_of
from fuzz.operations_lifecycle import (
    CreateOwner,
    CreateThread,
    FreeRegion,
    GetFlatview,
    LifecycleOperation,
    Loaded,
    LoadView,
    ObserveLifecycle,
    ObserveReferences,
    OwnerType,
    OwnRegion,
    RcuStep,
    ReadSection,
    RegionStep,
    SectionEdge,
    StepOfRcu,
    StepOnRegion,
    StepOnView,
    UnplugOwner,
    ViewStep,
)
from fuzz.targets.interface import Lines, Rejected

OPERATIONS: tuple[type[LifecycleOperation], ...] = (
    CreateThread,
    CreateOwner,
    OwnRegion,
    UnplugOwner,
    FreeRegion,
    ReadSection,
    LoadView,
    StepOnView,
    GetFlatview,
    StepOnRegion,
    StepOfRcu,
    ObserveReferences,
    ObserveLifecycle,
)


class Lifecycle(Protocol):
    """What a target has for a lifecycle. Every method may raise Rejected."""

    @property
    def calls(self) -> Container[str]:
        """The threads that are inside get_flatview."""

    def create_thread(self, name: str) -> Lines:
        """Register a thread."""

    def create_owner(self, name: str, is_device: bool) -> Lines:
        """Plug in an owner."""

    def own(self, region: str, owner: str) -> Lines:
        """Say which owner a region has."""

    def unplug(self, owner: str) -> Lines:
        """Unplug an owner."""

    def free(self, region: str) -> Lines:
        """Free a region's storage."""

    def cross(self, edge: SectionEdge, thread: str) -> Lines:
        """Enter or leave a read section."""

    def load_view(self, thread: str, space: str) -> Lines:
        """Load what a space publishes."""

    def step_on_view(self, step: ViewStep, thread: str, which: Loaded) -> Lines:
        """Use a view, or take or drop a reference to it."""

    def get_flatview(self, thread: str, space: str, steps: int) -> Lines:
        """Run `steps` steps of get_flatview, or all if 0."""

    def step_on_region(self, step: RegionStep, thread: str, region: str) -> Lines:
        """Use a region, or take or drop a reference to its owner."""

    def step_of_rcu(self, step: RcuStep) -> Lines:
        """A step of the RCU thread."""

    def references(self, owner: str) -> int:
        """How often an owner is referenced."""

    def seen(self) -> LifecycleSeen:
        """All that lives."""


def carry_out(lifecycle: Lifecycle, operation: LifecycleOperation) -> Lines:
    """Carry out one operation; what it shows. Raises Rejected."""
    match operation:
        case ReadSection(_, thread) | LoadView(thread) | StepOnView(_, thread):
            check_free(lifecycle, thread)
        case StepOnRegion(_, thread):
            check_free(lifecycle, thread)
    match operation:
        case CreateThread(name):
            return lifecycle.create_thread(name)
        case CreateOwner(name, kind):
            return lifecycle.create_owner(name, kind is OwnerType.DEVICE)
        case OwnRegion(region, owner):
            return lifecycle.own(region, owner)
        case UnplugOwner(owner):
            return lifecycle.unplug(owner)
        case FreeRegion(region):
            return lifecycle.free(region)
        case ReadSection(edge, thread):
            return lifecycle.cross(edge, thread)
        case LoadView(thread, space):
            return lifecycle.load_view(thread, space)
        case StepOnView(view_step, thread, which):
            return lifecycle.step_on_view(view_step, thread, which)
        case GetFlatview(thread, space, steps):
            return lifecycle.get_flatview(thread, space, steps)
        case StepOnRegion(region_step, thread, region):
            return lifecycle.step_on_region(region_step, thread, region)
        case StepOfRcu(rcu_step):
            return lifecycle.step_of_rcu(rcu_step)
        case ObserveReferences(owner):
            return (references_of(lifecycle.references(owner)),)
        case ObserveLifecycle():
            return format_lifecycle(lifecycle.seen())


def check_free(lifecycle: Lifecycle, thread: str) -> None:
    """Raise Rejected for a thread that is in the middle of get_flatview."""
    if thread in lifecycle.calls:
        raise Rejected(f"thread {thread} is inside get_flatview")
