"""The specification as a target: the oracle that the others are compared with."""

from collections.abc import Callable, Sequence
from typing import Any

import model.address_space
import model.changes
import model.dispatch
import model.find
import model.flavour
import model.guard
import model.guest_contract
import model.guest_errors
import model.guest_flat_bytes
import model.guest_flat_streams
import model.guest_flatview
import model.guest_guard
import model.guest_memory
import model.guest_streams
import model.ioeventfds
import model.iommu
import model.lifecycle_programs
import model.load_store
import model.map
import model.mapped
import model.memory
import model.radix
import model.read_write
import model.region
import model.render
import model.system
import model.topology
import model.view
import model.write_changes
from fuzz.access_seen import format_answer
from fuzz.callbacks import Backlog
from fuzz.observation import RangeSeen, SectionSeen, ViewSeen, format_section
from fuzz.operations import (
    AddSubregion,
    AskWhetherMapped,
    Begin,
    Commit,
    CreateRegion,
    CreateSpace,
    DelSubregion,
    ObserveLookup,
    ObserveSections,
    ObserveView,
    Operation,
    RegionKind,
    SetProperty,
)
from fuzz.targets import (
    model_access,
    model_dispatch,
    model_guards,
    model_guest,
    model_lifecycle,
    model_listeners,
    model_mapping,
    model_reentry,
)
from fuzz.targets.interface import Aborted, Lines, Rejected, Settings, Unsupported
from fuzz.targets.observing import observe

MOST_VISITS = 2_000
"""How often one rendering may enter regions while the fuzzer chooses the scenarios.

Aliases can double the work at each step, and one input must not take the time of thousands. What
goes beyond is counted as unsupported.
"""


class ModelTarget:
    """Runs operations on `model`, or on a variant of it that has the same modules."""

    def __init__(
        self,
        settings: Settings,
        package: Any = model,
        name: str = "model",
        max_visits: int = model.render.MAX_VISITS,
    ) -> None:
        self._name = name
        self.package = package
        self._page_bits = settings.page_bits
        flavour = package.flavour.Flavour(settings.flavour)
        self.topology = package.topology.Topology(
            flavour=flavour, max_visits=max_visits, page_bits=settings.page_bits
        )
        self.backlog = Backlog()
        self.lifecycle = model_lifecycle.ModelLifecycle(package)
        self.access = model_access.ModelAccess(self, settings)
        self.dispatch = model_dispatch.ModelDispatch(package, settings.page_bits)
        self.contract = settings.contract
        self.guards: dict[str, model_guards.ModelGuard] = {}
        self._sections: dict[int, Any] = {}

    @property
    def name(self) -> str:
        return self._name

    def cannot(self, operation: Operation) -> str:
        return ""

    def apply(self, operation: Operation) -> Lines:
        before = self.topology
        try:
            lines = HANDLERS[type(operation)](self, operation)
        except self.package.render.RenderLimit as error:
            raise Unsupported(str(error)) from error
        except self.package.topology.TopologyError as error:
            raise Rejected(str(error)) from error
        except self.package.view.RenderAbort as error:
            raise Aborted(str(error)) from error
        self.lifecycle.note(before, self.topology)
        return lines

    def spaces(self) -> Sequence[str]:
        return tuple(self.topology.spaces)

    def view_serial(self, space: str) -> int:
        return int(self._view(space).serial)

    def view(self, space: str) -> ViewSeen:
        view = self._view(space)
        return ViewSeen(view.serial, view.root, tuple(RangeSeen(*one) for one in view.ranges))

    def sections(self, space: str) -> tuple[SectionSeen, ...]:
        return tuple(SectionSeen(*one) for one in self.registered(self._view(space)))

    def lookup(self, space: str, address: int) -> SectionSeen:
        """A linear search: the oracle looks up much more than scenarios do."""
        registered = self.registered(self._view(space))
        found = self.package.dispatch.find_section(registered, address)
        return SectionSeen(*found)

    def dispatched(self, space: str, address: int) -> SectionSeen:
        """The section that answers at an address, found as QEMU does: what `lookup` shows."""
        return self.dispatch.look_up(self._view(space), address)

    def callbacks(self) -> Lines:
        model_listeners.take_calls(self)
        return self.backlog.take()

    def contents(self, region: str, offset: int, length: int) -> bytes:
        block = self.access.system.blocks.get(region)
        if block is None or region not in self.topology.regions:
            return b""
        there = max(0, min(length, block.max_length - offset))
        return bytes(self.package.memory.load_bytes(block, offset, there)) if there else b""

    def registered(self, view: Any) -> Any:
        """The sections of a view that was published, computed once for each view."""
        if view.serial not in self._sections:
            self._sections[view.serial] = self.package.dispatch.sections(
                view.ranges, self._page_bits
            )
        return self._sections[view.serial]

    def _view(self, space: str) -> Any:
        try:
            return self.topology.spaces[space].view
        except KeyError:
            raise Rejected(f"there is no address space {space}") from None


# --- Operations -------------------------------------------------------------------------------

Handler = Callable[[ModelTarget, Any], Lines]


def create_region(target: ModelTarget, operation: CreateRegion) -> Lines:
    """Make the model's region for a create operation: ROM is RAM that is read-only."""
    package = target.package
    is_rom = operation.kind is RegionKind.ROM
    kind = RegionKind.RAM if is_rom else operation.kind
    region = package.region.Region(
        kind=package.region.Kind(kind.value),
        size=operation.size,
        readonly=is_rom,
        alias=operation.target,
        alias_offset=operation.alias_offset,
    )
    target.topology = package.changes.create_region(target.topology, operation.name, region)
    target.access.note_region(operation.name)
    return ()


def change_topology(target: ModelTarget, operation: Operation) -> Lines:
    """Carry out an operation that is one function of the model's."""
    changes, topology, now = target.package.changes, target.package.topology, target.topology
    match operation:
        case AddSubregion(container, child, addr, priority):
            target.topology = changes.add_subregion(now, container, child, addr, priority)
        case DelSubregion(container, child):
            target.topology = changes.del_subregion(now, container, child)
        case SetProperty(region, changed, value):
            target.topology = getattr(changes, changed.setter)(now, region, value)
        case CreateSpace(name, root):
            target.topology = topology.create_space(now, name, root)
        case Begin():
            target.topology = topology.begin(now)
        case Commit():
            target.topology = topology.commit(now)
    return ()


def look_up(target: ModelTarget, operation: ObserveLookup) -> Lines:
    """Look up by radix tree and most recently used section. Raises Rejected."""
    return (format_section(target.dispatched(operation.space, operation.address)),)


def ask_whether_mapped(target: ModelTarget, operation: AskWhetherMapped) -> Lines:
    """Whether a region is part of anything."""
    return format_answer(target.package.mapped.is_mapped(target.topology, operation.name))


HANDLERS: dict[type, Handler] = {
    AskWhetherMapped: ask_whether_mapped,
    CreateRegion: create_region,
    **dict.fromkeys(
        (AddSubregion, DelSubregion, SetProperty, CreateSpace, Begin, Commit),
        change_topology,
    ),
    **dict.fromkeys((ObserveView, ObserveSections), observe),
    ObserveLookup: look_up,
    **model_listeners.HANDLERS,
    **model_lifecycle.HANDLERS,
    **model_access.HANDLERS,
    **model_reentry.HANDLERS,
    **model_mapping.HANDLERS,
    **model_guest.HANDLERS,
    **model_guards.HANDLERS,
}
"""What carries out each operation; each rule group adds its own."""
