"""The optimized implementation as a target."""

from collections.abc import Sequence
from typing import Any

import impl
import impl.memory_map
import impl.region
import impl.sweep
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


class ImplTarget:
    """Runs operations on `impl`, or on a variant of it that has the same modules."""

    def __init__(self, settings: Settings, package: Any = impl, name: str = "impl") -> None:
        self._name = name
        self._package = package
        self._page_bits = settings.page_bits
        self._map = package.memory_map.MemoryMap(has_unmergeable=settings.flavour != "qemu-7.2")
        self._regions: dict[str, Any] = {}

    @property
    def name(self) -> str:
        return self._name

    def apply(self, operation: TopologyOperation) -> None:
        try:
            self._apply(operation)
        except self._package.region.MemoryMapError as error:
            raise Rejected(str(error)) from error
        except self._package.sweep.RenderLimit as error:
            raise Unsupported(str(error)) from error
        except self._package.sweep.RenderAbort as error:
            raise Aborted(str(error)) from error

    def _apply(self, operation: TopologyOperation) -> None:
        match operation:
            case CreateRegion():
                self._create(operation)
            case AddSubregion(container, child, addr, priority):
                self._region(container).add_subregion(self._region(child), addr, priority)
            case DelSubregion(container, child):
                self._region(container).del_subregion(self._region(child))
            case SetProperty(region, changed, value):
                getattr(self._region(region), changed.setter)(value)
            case CreateSpace(name, root):
                self._map.create_space(name, self._region(root))
            case DestroySpace(name):
                self._map.destroy_space(name)
            case Begin():
                self._map.begin()
            case Commit():
                self._map.commit()

    def _create(self, operation: CreateRegion) -> None:
        """Make a region; ROM is RAM that is read-only from the start."""
        if operation.name in self._regions:
            raise Rejected(f"region {operation.name} exists already")
        is_rom = operation.kind is RegionKind.ROM
        kind = RegionKind.RAM if is_rom else operation.kind
        region = self._map.create_region(
            operation.name,
            self._package.region.RegionKind(kind.value),
            operation.size,
            None if operation.target is None else self._region(operation.target),
            operation.alias_offset,
        )
        region.readonly = is_rom
        self._regions[operation.name] = region

    def spaces(self) -> Sequence[str]:
        return tuple(self._map.spaces)

    def view_serial(self, space: str) -> int:
        return int(self._view(space).serial)

    def view(self, space: str) -> ViewSeen:
        view = self._view(space)
        root = None if view.root is None else view.root.name
        return ViewSeen(view.serial, root, tuple(range_seen(one) for one in view.ranges))

    def sections(self, space: str) -> tuple[SectionSeen, ...]:
        return tuple(section_seen(one) for one in self._view(space).sections(self._page_bits))

    def lookup(self, space: str, address: int) -> SectionSeen:
        return section_seen(self._view(space).find_section(address, self._page_bits))

    def _region(self, name: str) -> Any:
        try:
            return self._regions[name]
        except KeyError:
            raise Rejected(f"there is no region {name}") from None

    def _view(self, space: str) -> Any:
        try:
            return self._map.spaces[space].view
        except KeyError:
            raise Rejected(f"there is no address space {space}") from None


def range_seen(one: Any) -> RangeSeen:
    """A flat range of the implementation in neutral words."""
    return RangeSeen(
        one.region.name,
        one.offset,
        one.start,
        one.end - one.start,
        one.dirty_log_mask,
        one.romd_mode,
        one.readonly,
        one.nonvolatile,
        one.unmergeable,
    )


def section_seen(one: Any) -> SectionSeen:
    """A section of the implementation in neutral words."""
    region = None if one.region is None else one.region.name
    return SectionSeen(region, one.offset, one.start, one.size, one.is_subpage)
