"""The operations that scenarios are made of, as values. No target's types appear here."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Annotated, Any

from fuzz.operands import Choice, Name, Number, Operand, Size, Switch
from fuzz.operations_access import AccessOperation
from fuzz.operations_devices import DeviceOperation
from fuzz.operations_guards import GuardOperation
from fuzz.operations_guest import GuestOperation
from fuzz.operations_lifecycle import LifecycleOperation
from fuzz.operations_listeners import ListenerOperation
from fuzz.operations_mapping import MappingOperation
from fuzz.operations_reentry import ReentryOperation
from fuzz.syntax import syntax


class RegionKind(Enum):
    """How a scenario names what a region is made of; ROM is RAM that is made read-only."""

    CONTAINER = "container"
    RAM = "ram"
    ROM = "rom"
    IO = "io"
    ROM_DEVICE = "rom-device"
    RESERVATION = "reservation"
    IOMMU = "iommu"
    RAM_DEVICE = "ram-device"
    ALIAS = "alias"


class Property(Enum):
    """What `set` can change about a region."""

    ADDRESS = "address"
    SIZE = "size"
    ENABLED = "enabled"
    READONLY = "readonly"
    NONVOLATILE = "nonvolatile"
    UNMERGEABLE = "unmergeable"
    ROMD_MODE = "romd-mode"
    DIRTY_LOG_MASK = "dirty-log-mask"
    ALIAS_OFFSET = "alias-offset"

    @property
    def operand(self) -> Operand:
        """What its value can be."""
        if self in (Property.ADDRESS, Property.ALIAS_OFFSET):
            return Number()
        if self is Property.DIRTY_LOG_MASK:
            return Number(high=0xFF)
        return Size() if self is Property.SIZE else Switch()

    @property
    def setter(self) -> str:
        """QEMU's name for the function that changes it, without the prefix `memory_region_`."""
        return f"set_{self.value.replace('-', '_')}"


@dataclass(frozen=True, slots=True)
class PropertyValue:
    """A value of the property that the line names before it."""

    def read(self, word: str, before: Mapping[str, Any]) -> Any:
        return before["property"].operand.read(word, before)

    def write(self, value: Any, before: Mapping[str, Any]) -> str:
        return str(before["property"].operand.write(value, before))


REGION = Name("region")
SPACE = Name("space")
PRIORITY = Number(-(1 << 31), (1 << 31) - 1, decimal=True)


@syntax("{kind} {name} {size} [of {target} at {alias_offset}]", weight=15)
@dataclass(frozen=True, slots=True)
class CreateRegion:
    """Make a region of `size` bytes, in no container yet; an alias has a target. Rules: M1, M2."""

    name: Annotated[str, Name("region", new=True)]
    kind: Annotated[RegionKind, Choice(RegionKind, often=("container", "container", "alias"))]
    size: Annotated[int, Size()]
    target: Annotated[str | None, REGION] = None
    alias_offset: Annotated[int, Number()] = 0


@syntax("add {container} {child} at {addr} [priority {priority}]", weight=24)
@dataclass(frozen=True, slots=True)
class AddSubregion:
    """Place a region in a container. Rules: M3."""

    container: Annotated[str, Name("region", likely="container")]
    child: Annotated[str, Name("region", likely="unmapped")]
    addr: Annotated[int, Number()]
    priority: Annotated[int, PRIORITY] = 0


@syntax("del {container} {child}")
@dataclass(frozen=True, slots=True)
class DelSubregion:
    """Take a region out of its container. Rules: M3, M8."""

    container: Annotated[str, Name("region", likely="container")]
    child: Annotated[str, REGION]


@syntax("set {region} {property} {value}", weight=20)
@dataclass(frozen=True, slots=True)
class SetProperty:
    """Change one property of a region. Rules: M4, M8."""

    region: Annotated[str, REGION]
    property: Annotated[Property, Choice(Property, often=("address", "address", "size", "enabled"))]
    value: Annotated[int, PropertyValue()]


@syntax("space {name} {root}", weight=5)
@dataclass(frozen=True, slots=True)
class CreateSpace:
    """Make an address space over a root region. Rules: T9."""

    name: Annotated[str, Name("space", new=True)]
    root: Annotated[str, Name("region", likely="container")]


@syntax("destroy {name}")
@dataclass(frozen=True, slots=True)
class DestroySpace:
    """End an address space. Rules: L6."""

    name: Annotated[str, SPACE]


@syntax("begin")
@dataclass(frozen=True, slots=True)
class Begin:
    """Open a transaction. Rules: T1."""


@syntax("commit")
@dataclass(frozen=True, slots=True)
class Commit:
    """Close a transaction. Rules: T1, T2."""


@syntax("view {space}", shows=True)
@dataclass(frozen=True, slots=True)
class ObserveView:
    """Look at the flat view that a space has published. Rules: R1-R9."""

    space: Annotated[str, SPACE]


@syntax("sections {space}", shows=True)
@dataclass(frozen=True, slots=True)
class ObserveSections:
    """Look at the dispatch sections of a space's view. Rules: D2-D4."""

    space: Annotated[str, SPACE]


@syntax("lookup {space} {address}", shows=True)
@dataclass(frozen=True, slots=True)
class ObserveLookup:
    """Look up the section that answers at an address. Rules: D7, P6."""

    space: Annotated[str, SPACE]
    address: Annotated[int, Number()]


@syntax("mapped {name}", shows=True)
@dataclass(frozen=True, slots=True)
class AskWhetherMapped:
    """Ask whether a region has a container, or an alias that has one leads to it. Rules: M7."""

    name: Annotated[str, Name("region")]


Operation = (
    CreateRegion
    | AddSubregion
    | DelSubregion
    | SetProperty
    | CreateSpace
    | DestroySpace
    | Begin
    | Commit
    | AskWhetherMapped
    | ObserveView
    | ObserveSections
    | ObserveLookup
    | ListenerOperation
    | LifecycleOperation
    | DeviceOperation
    | ReentryOperation
    | AccessOperation
    | MappingOperation
    | GuestOperation
    | GuardOperation
)
