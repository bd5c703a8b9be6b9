"""The operations that scenarios are made of, as values. No target's types appear here."""

from dataclasses import dataclass
from enum import Enum

ADDRESS_SPACE_SIZE = 1 << 64


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
    def is_switch(self) -> bool:
        """Whether the value is on or off, rather than a number."""
        return self in _SWITCHES

    @property
    def setter(self) -> str:
        """QEMU's name for the function that changes it, without the prefix `memory_region_`."""
        return f"set_{self.value.replace('-', '_')}"


_SWITCHES = frozenset(
    {
        Property.ENABLED,
        Property.READONLY,
        Property.NONVOLATILE,
        Property.UNMERGEABLE,
        Property.ROMD_MODE,
    }
)


@dataclass(frozen=True, slots=True)
class CreateRegion:
    """Make a region of `size` bytes, in no container yet. Rules: M1, M2."""

    name: str
    kind: RegionKind
    size: int
    target: str | None = None
    alias_offset: int = 0


@dataclass(frozen=True, slots=True)
class AddSubregion:
    """Place a region in a container. Rules: M3."""

    container: str
    child: str
    addr: int
    priority: int = 0


@dataclass(frozen=True, slots=True)
class DelSubregion:
    """Take a region out of its container. Rules: M3, M8."""

    container: str
    child: str


@dataclass(frozen=True, slots=True)
class SetProperty:
    """Change one property of a region; switches are 0 or 1. Rules: M4, M8."""

    region: str
    property: Property
    value: int


@dataclass(frozen=True, slots=True)
class CreateSpace:
    """Make an address space over a root region. Rules: T9."""

    name: str
    root: str


@dataclass(frozen=True, slots=True)
class DestroySpace:
    """End an address space. Rules: L6."""

    name: str


@dataclass(frozen=True, slots=True)
class Begin:
    """Open a transaction. Rules: T1."""


@dataclass(frozen=True, slots=True)
class Commit:
    """Close a transaction. Rules: T1, T2."""


@dataclass(frozen=True, slots=True)
class ObserveView:
    """Look at the flat view that a space has published. Rules: R1-R9."""

    space: str


@dataclass(frozen=True, slots=True)
class ObserveSections:
    """Look at the dispatch sections of a space's view. Rules: D2-D4."""

    space: str


@dataclass(frozen=True, slots=True)
class ObserveLookup:
    """Look up the section that answers at an address. Rules: D7, P6."""

    space: str
    address: int


TopologyOperation = (
    CreateRegion
    | AddSubregion
    | DelSubregion
    | SetProperty
    | CreateSpace
    | DestroySpace
    | Begin
    | Commit
)
ObserveOperation = ObserveView | ObserveSections | ObserveLookup
Operation = TopologyOperation | ObserveOperation
