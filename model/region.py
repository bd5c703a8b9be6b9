"""Memory regions: the nodes of the tree that is flattened."""

from collections.abc import Mapping
from enum import Enum
from typing import NamedTuple

from model.address_range import ADDRESS_SPACE_SIZE, AddressRange

RegionId = str
"""A name that tells one region from every other."""


class Kind(Enum):
    """What a region is made of. ROM is RAM whose `readonly` is set. Rules: M1."""

    CONTAINER = "container"
    ALIAS = "alias"
    IO = "io"
    RESERVATION = "reservation"
    RAM = "ram"
    ROM_DEVICE = "rom-device"
    IOMMU = "iommu"
    RAM_DEVICE = "ram-device"

    @property
    def terminates(self) -> bool:
        """Whether the region itself answers accesses where no child does. Rules: M5, R4."""
        return self not in (Kind.CONTAINER, Kind.ALIAS)

    @property
    def is_ram(self) -> bool:
        """Whether accesses go to memory by type; a ROM device's do only in ROMD mode.

        Rules: A2, X1.
        """
        return self in (Kind.RAM, Kind.RAM_DEVICE)

    @property
    def is_logged_globally(self) -> bool:
        """Whether global dirty logging covers it: memory that migrates, and IOMMUs.

        What backs a RAM device belongs to hardware, and does not migrate. Rules: T7.
        """
        return self in (Kind.RAM, Kind.ROM_DEVICE, Kind.IOMMU)


class Ioeventfd(NamedTuple):
    """A write that signals a notifier instead of reaching the device.

    `start` is an offset inside a region or, in the list of an address space, an address; there it
    may lie below the flat range that shows it. `size` is in bytes; 0 stands for writes of any size.
    `data` counts only with `match_data`, and is the value that the device would be given. Notifiers
    are told apart, and sorted, by number, as QEMU does it by their addresses. Rules: T10.
    """

    start: int
    size: int
    match_data: bool
    data: int
    notifier: int

    @property
    def addresses(self) -> AddressRange:
        """The bytes that it watches. Rules: T10."""
        return AddressRange(self.start, self.size)


class Region(NamedTuple):
    """One memory region, with its place in its container. The defaults are those of M1.

    `size` is in bytes, 0 to 2^64. `addr` is the offset inside the container, mod 2^64. `subregions`
    is the list that rendering walks: descending priority, among equals the last added first (M3).
    `dirty_log_mask` has a bit for each client that tracks writes. `coalesced` has ranges of offsets
    at which the accelerator may collect writes, oldest first; `ioeventfds` is sorted.
    Rules: M1, M2, M3, T7, T10.
    """

    kind: Kind
    size: int
    addr: int = 0
    priority: int = 0
    enabled: bool = True
    readonly: bool = False
    nonvolatile: bool = False
    unmergeable: bool = False
    romd_mode: bool = True
    dirty_log_mask: int = 0
    container: RegionId | None = None
    subregions: tuple[RegionId, ...] = ()
    alias: RegionId | None = None
    alias_offset: int = 0
    coalesced: tuple[AddressRange, ...] = ()
    ioeventfds: tuple[Ioeventfd, ...] = ()

    @property
    def size_in_64_bits(self) -> int:
        """The size as QEMU answers it to whoever asks: 2^64 reads as 2^64 - 1. Rules: M2."""
        return min(self.size, ADDRESS_SPACE_SIZE - 1)


Regions = Mapping[RegionId, Region]
