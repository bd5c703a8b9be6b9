"""The optimized implementation as a target."""

from collections.abc import Callable, Sequence
from typing import Any

import impl
import impl.access
import impl.attributes
import impl.device
import impl.find
import impl.flavour
import impl.guest_contract
import impl.guest_errors
import impl.guest_guard
import impl.guest_memory
import impl.ioeventfds
import impl.iommu
import impl.mapping
import impl.memory
import impl.memory_map
import impl.reentry
import impl.region
import impl.sweep
import impl.translate
import impl.windows
from fuzz.access_seen import HookSeen, format_answer
from fuzz.callbacks import Backlog
from fuzz.observation import RangeSeen, SectionSeen, ViewSeen
from fuzz.operations import (
    AddSubregion,
    AskWhetherMapped,
    Begin,
    Commit,
    CreateRegion,
    CreateSpace,
    DelSubregion,
    DestroySpace,
    ObserveLookup,
    ObserveSections,
    ObserveView,
    Operation,
    RegionKind,
    SetProperty,
)
from fuzz.targets import (
    impl_access,
    impl_guards,
    impl_guest,
    impl_lifecycle,
    impl_listeners,
    impl_mapping,
    impl_reentry,
)
from fuzz.targets.interface import Aborted, Lines, Rejected, Settings, Unsupported
from fuzz.targets.observing import observe

SMALL_CHUNKS = 2
"""Ranges in a chunk of a view: so few that small scenarios have views of many chunks."""


class ImplTarget:
    """Runs operations on `impl`, or on a variant of it that has the same modules."""

    def __init__(self, settings: Settings, package: Any = impl, name: str = "impl") -> None:
        self._name = name
        self.package = package
        self._page_bits = settings.page_bits
        flavour = package.flavour
        self.memory_map = package.memory_map.MemoryMap(
            flavour.QEMU_7_2 if settings.flavour == "qemu-7.2" else flavour.CURRENT,
            page_bits=settings.page_bits,
            reclaims=False,
            chunk_size=SMALL_CHUNKS,
            big_endian=settings.big_endian,
            fuzz_hook=self.hook if settings.fuzzing else None,
        )
        self.hooks: list[HookSeen] = []
        self.accesses = self.memory_map.accesses
        self.access_log = impl_access.AccessLog()
        self.accesses.recorder = self.access_log
        self.maps = self.memory_map.mappings
        self.mappings: dict[str, Any] = {}
        self.contract = settings.contract
        self.guards: dict[str, Any] = {}
        self.regions: dict[str, Any] = {}
        self.recorders: dict[str, impl_listeners.Recorder] = {}
        self.backlog = Backlog()
        self.lifecycle: impl_lifecycle.ImplLifecycle | None = None

    @property
    def name(self) -> str:
        return self._name

    def cannot(self, operation: Operation) -> str:
        return ""

    def apply(self, operation: Operation) -> Lines:
        try:
            return HANDLERS[type(operation)](self, operation)
        except self.package.region.MemoryMapError as error:
            raise Rejected(str(error)) from error
        except self.package.windows.RenderLimit as error:
            raise Unsupported(str(error)) from error
        except self.package.sweep.RenderAbort as error:
            raise Aborted(str(error)) from error

    def spaces(self) -> Sequence[str]:
        return tuple(self.memory_map.spaces)

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

    def callbacks(self) -> Lines:
        return self.backlog.take()

    def contents(self, region: str, offset: int, length: int) -> bytes:
        found = self.regions.get(region)
        block = None if found is None else found.block
        there = 0 if block is None else max(0, min(length, block.size - offset))
        return b"" if block is None or not there else bytes(block.read(offset, there))

    def region(self, name: str) -> Any:
        try:
            return self.regions[name]
        except KeyError:
            raise Rejected(f"there is no region {name}") from None

    def hook(self, address: int, length: int, region: Any) -> None:
        """Note that the hook of a fuzzing build is called."""
        self.hooks.append(HookSeen(address, length, None if region is None else region.name))

    def _view(self, space: str) -> Any:
        try:
            return self.memory_map.spaces[space].view
        except KeyError:
            raise Rejected(f"there is no address space {space}") from None


def range_seen(one: Any) -> RangeSeen:
    """A flat range of the implementation in neutral words."""
    return RangeSeen(
        one.region.name,
        one.offset,
        one.start,
        one.end - one.start,
        *one.flags,
    )


def section_seen(one: Any) -> SectionSeen:
    """A section of the implementation in neutral words."""
    region = None if one.region is None else one.region.name
    return SectionSeen(region, one.offset, one.start, one.size, one.is_subpage)


# --- Operations -------------------------------------------------------------------------------

Handler = Callable[[ImplTarget, Any], Lines]


def create_region(target: ImplTarget, operation: CreateRegion) -> Lines:
    """Make a region; ROM is RAM that is read-only from the start."""
    if operation.name in target.regions:
        raise Rejected(f"region {operation.name} exists already")
    is_rom = operation.kind is RegionKind.ROM
    kind = RegionKind.RAM if is_rom else operation.kind
    region = target.memory_map.create_region(
        operation.name,
        target.package.region.RegionKind(kind.value),
        operation.size,
        None if operation.target is None else target.region(operation.target),
        operation.alias_offset,
        is_rom,
    )
    target.mappings = {
        name: one
        for name, one in target.mappings.items()
        if one.region is None or one.region.name != operation.name
    }
    target.regions[operation.name] = region
    return ()


def change_map(target: ImplTarget, operation: Operation) -> Lines:
    """Carry out an operation that is one method of the implementation's."""
    match operation:
        case AddSubregion(container, child, addr, priority):
            target.region(container).add_subregion(target.region(child), addr, priority)
        case DelSubregion(container, child):
            target.region(container).del_subregion(target.region(child))
        case SetProperty(region, changed, value):
            getattr(target.region(region), changed.setter)(value)
        case CreateSpace(name, root):
            target.memory_map.create_space(name, target.region(root))
        case DestroySpace(name):
            target.memory_map.destroy_space(name)
        case Begin():
            target.memory_map.begin()
        case Commit():
            target.memory_map.commit()
    return ()


def ask_whether_mapped(target: ImplTarget, operation: AskWhetherMapped) -> Lines:
    """Whether a region is part of anything."""
    return format_answer(target.region(operation.name).is_mapped)


HANDLERS: dict[type, Handler] = {
    AskWhetherMapped: ask_whether_mapped,
    CreateRegion: create_region,
    **dict.fromkeys(
        (AddSubregion, DelSubregion, SetProperty, CreateSpace, DestroySpace, Begin, Commit),
        change_map,
    ),
    **dict.fromkeys((ObserveView, ObserveSections, ObserveLookup), observe),
    **impl_listeners.HANDLERS,
    **impl_lifecycle.HANDLERS,
    **impl_access.HANDLERS,
    **impl_reentry.HANDLERS,
    **impl_mapping.HANDLERS,
    **impl_guest.HANDLERS,
    **impl_guards.HANDLERS,
}
"""What carries out each operation; each rule group adds its own."""
