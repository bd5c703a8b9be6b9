"""The specification as a target: the oracle that the others are compared with."""

from collections.abc import Sequence
from typing import Any

import model.changes
import model.dispatch
import model.flavour
import model.region
import model.render
import model.topology
import model.view
from fuzz.observation import RangeSeen, SectionSeen, ViewSeen
from fuzz.operations import (
    AddSubregion,
    Begin,
    Commit,
    CreateRegion,
    CreateSpace,
    DelSubregion,
    DestroySpace,
    RegionKind,
    SetProperty,
    TopologyOperation,
)
from fuzz.targets.interface import Aborted, Rejected, Settings, Unsupported


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
        self._package = package
        self._page_bits = settings.page_bits
        flavour = package.flavour.Flavour(settings.flavour)
        self._topology = package.topology.Topology(flavour=flavour, max_visits=max_visits)
        self._sections: dict[int, Any] = {}

    @property
    def name(self) -> str:
        return self._name

    @property
    def topology(self) -> Any:
        """The specification's own value, for drawing it."""
        return self._topology

    def apply(self, operation: TopologyOperation) -> None:
        topology = self._package.topology
        try:
            self._topology = self._next(operation)
        except self._package.render.RenderLimit as error:
            raise Unsupported(str(error)) from error
        except topology.TopologyError as error:
            raise Rejected(str(error)) from error
        except self._package.view.RenderAbort as error:
            raise Aborted(str(error)) from error

    def _next(self, operation: TopologyOperation) -> Any:
        """The topology after one operation."""
        topology, changes = self._package.topology, self._package.changes
        now = self._topology
        match operation:
            case CreateRegion():
                return changes.create_region(now, operation.name, self._region(operation))
            case AddSubregion(container, child, addr, priority):
                return changes.add_subregion(now, container, child, addr, priority)
            case DelSubregion(container, child):
                return changes.del_subregion(now, container, child)
            case SetProperty(region, changed, value):
                return getattr(changes, changed.setter)(now, region, value)
            case CreateSpace(name, root):
                return topology.create_space(now, name, root)
            case DestroySpace(name):
                return topology.destroy_space(now, name)
            case Begin():
                return topology.begin(now)
            case Commit():
                return topology.commit(now)

    def _region(self, operation: CreateRegion) -> Any:
        """The model's region for a create operation: ROM is RAM that is read-only."""
        is_rom = operation.kind is RegionKind.ROM
        kind = RegionKind.RAM if is_rom else operation.kind
        return self._package.region.Region(
            kind=self._package.region.Kind(kind.value),
            size=operation.size,
            readonly=is_rom,
            alias=operation.target,
            alias_offset=operation.alias_offset,
        )

    def spaces(self) -> Sequence[str]:
        return tuple(self._topology.spaces)

    def view_serial(self, space: str) -> int:
        return int(self._view(space).serial)

    def view(self, space: str) -> ViewSeen:
        view = self._view(space)
        return ViewSeen(view.serial, view.root, tuple(RangeSeen(*one) for one in view.ranges))

    def sections(self, space: str) -> tuple[SectionSeen, ...]:
        return tuple(SectionSeen(*one) for one in self._registered(space))

    def lookup(self, space: str, address: int) -> SectionSeen:
        found = self._package.dispatch.find_section(self._registered(space), address)
        return SectionSeen(*found)

    def _registered(self, space: str) -> Any:
        """The sections of the space's view, computed once for each view."""
        view = self._view(space)
        if view.serial not in self._sections:
            self._sections[view.serial] = self._package.dispatch.sections(
                view.ranges, self._page_bits
            )
        return self._sections[view.serial]

    def _view(self, space: str) -> Any:
        try:
            return self._topology.spaces[space].view
        except KeyError:
            raise Rejected(f"there is no address space {space}") from None
