"""What a provider of regions must say and do; all else of guest memory follows from it."""

from collections.abc import Hashable
from typing import Any, NamedTuple, Protocol, Self, TypeVar, runtime_checkable

from model.address_range import AddressRange
from model.guest_contract import Contract, MemoryOrder
from model.guest_errors import Outcome
from model.guest_streams import Sink, Source
from model.iommu import Permission
from model.volatile_slice import ByteOrder, HostMemory, VolatileSlice

Slices = tuple[Outcome[VolatileSlice], ...]
"""A range in slices, one a region, in order. If it fails somewhere, the failure is the last."""


class Place(NamedTuple):
    """Where an address leads: a region, an offset into it, and the bytes that it has from there.

    `room` is at least 1. Rules: V3, V9.
    """

    region: Any
    offset: int
    room: int


class Sliceable(HostMemory, Protocol):
    """Memory that can be had as slices: a provider of regions, or an IOMMU before one.

    Rules: V7, V13.
    """

    def slices(
        self, contract: Contract, address: int, count: int, permission: Permission
    ) -> Outcome[Slices]:
        """The slices of `count` bytes at an address, for an access of that kind. Rules: V7, V13."""


class Regions(Protocol):
    """Regions, and how they are found.

    A region is whatever the provider makes of it; offsets count from its start. Rules: V2, V3.
    """

    def regions(self) -> tuple[Any, ...]:
        """All regions, in the order of the provider. Rules: V3."""

    def bounds(self, region: Any) -> AddressRange:
        """The addresses of a region. Rules: V2."""

    def find_region(self, contract: Contract, address: int) -> Outcome[Any]:
        """The region that has the byte at an address, or None. Rules: V3."""

    def locate(
        self, contract: Contract, address: int, count: int, permission: Permission
    ) -> Outcome[Place | None]:
        """Where an access of `count` bytes begins; None is nowhere. Rules: V3, V9."""

    def region_slice(self, region: Any, offset: int, count: int) -> Outcome[VolatileSlice]:
        """A part of a region as a slice, if it is mapped in the host. Rules: V2, V7, V10."""

    def host_address(self, region: Any, offset: int) -> Outcome[tuple[Hashable, int]]:
        """A block of the host and the offset into it, for a byte of a region. Rules: V2, V10."""


@runtime_checkable
class Provider(Regions, Sliceable, Protocol):
    """Regions that can also be accessed, each in its own way.

    Everything that may change the memory returns it anew. Only 0.16 and 0.17-dev use the accesses
    of a region: later versions use slices alone. Rules: V2, V3, V10.
    """

    def read_region(
        self, region: Any, offset: int, length: int
    ) -> tuple[Self, Outcome[int], bytes]:
        """Read up to `length` bytes: how many, and these. Rules: V4, V10."""

    def write_region(self, region: Any, offset: int, data: bytes) -> tuple[Self, Outcome[int]]:
        """Write as much of `data` as there are bytes for: how many that were. Rules: V4, V10."""

    def load_region(
        self, region: Any, offset: int, size: int, byte_order: ByteOrder, order: MemoryOrder
    ) -> tuple[Self, Outcome[int]]:
        """Load a value of 1, 2, 4 or 8 bytes. Rules: V6, V10."""

    def store_region(
        self,
        region: Any,
        offset: int,
        size: int,
        value: int,
        byte_order: ByteOrder,
        order: MemoryOrder,
    ) -> tuple[Self, Outcome[None]]:
        """Store a value of 1, 2, 4 or 8 bytes. Rules: V6, V10."""

    def fill_region(
        self, contract: Contract, region: Any, offset: int, source: Source, count: int
    ) -> tuple[Self, Source, Outcome[int]]:
        """Fill up to `count` bytes by one read of a source: how many. Rules: V8, V10."""

    def drain_region(
        self, contract: Contract, region: Any, offset: int, sink: Sink, count: int
    ) -> tuple[Self, Sink, Outcome[None]]:
        """Drain exactly `count` bytes to a sink. Rules: V8, V10."""


S = TypeVar("S", bound=Sliceable)
P = TypeVar("P", bound=Provider)
R = TypeVar("R", bound=Regions)
