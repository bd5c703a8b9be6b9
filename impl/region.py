"""Memory regions as mutable objects, kept in the order in which they are painted."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum
from typing import TYPE_CHECKING
from weakref import WeakSet

from impl.children import Children
from impl.dirty import NO_BITMAPS, DirtyBitmaps
from impl.errors import MemoryMapError as MemoryMapError
from impl.flags import RangeFlags
from impl.memory import Block

if TYPE_CHECKING:
    from impl.device import Device
    from impl.iommu import Iommu
    from impl.lifecycle import Owner
    from impl.memory_map import MemoryMap

TOP = 1 << 64
"""The number of addresses, and the largest size of a region, in bytes."""


class RegionKind(Enum):
    """What a region is made of. ROM is RAM made read-only. Rules: M1."""

    CONTAINER = "container"
    ALIAS = "alias"
    IO = "io"
    RESERVATION = "reservation"
    RAM = "ram"
    ROM_DEVICE = "rom-device"
    IOMMU = "iommu"
    RAM_DEVICE = "ram-device"


HAVE_BLOCKS = (RegionKind.RAM, RegionKind.ROM_DEVICE, RegionKind.RAM_DEVICE)
"""What has host memory behind it. Rules: M1."""


class MemoryRegion:
    """A region, made by `MemoryMap.create_region`; its methods are transactions of their own.

    Reading an attribute is free; change it only through the methods. Addresses are mod 2^64 and
    sizes in bytes, 0 to 2^64. Every method that changes something raises MemoryMapError where the
    change is impossible, and RenderAbort where rendering it would abort QEMU.
    """

    __slots__ = (
        "__weakref__",
        "addr",
        "alias",
        "alias_mappings",
        "alias_offset",
        "aliases",
        "block",
        "children",
        "container",
        "device",
        "dirty",
        "dirty_log_mask",
        "enabled",
        "flags",
        "freed",
        "iommu",
        "kind",
        "memory_map",
        "name",
        "nonvolatile",
        "order",
        "owner",
        "priority",
        "readonly",
        "romd_mode",
        "size",
        "terminates",
        "unmergeable",
    )

    def __init__(
        self,
        memory_map: MemoryMap,
        name: str,
        kind: RegionKind,
        size: int,
        alias: MemoryRegion | None,
        alias_offset: int,
        readonly: bool,
    ) -> None:
        self.memory_map = memory_map
        self.name = name
        self.kind = kind
        self.terminates = kind not in (RegionKind.CONTAINER, RegionKind.ALIAS)
        self.size = size
        self.addr = 0
        self.priority = 0
        self.enabled = True
        self.readonly = readonly
        self.nonvolatile = False
        self.unmergeable = False
        self.flags = RangeFlags(readonly=readonly)
        self.romd_mode = True
        self.dirty_log_mask = 0
        self.container: MemoryRegion | None = None
        self.order = 0
        self.children: Children | None = None
        self.alias = alias
        self.alias_offset = alias_offset
        self.alias_mappings = 0
        self.aliases: WeakSet[MemoryRegion] | None = None
        if alias is not None:
            alias.aliases = alias.aliases or WeakSet()
            alias.aliases.add(self)
        self.owner: Owner | None = None
        self.freed = False
        self.block = Block(size) if kind in HAVE_BLOCKS else None
        self.dirty = NO_BITMAPS
        if self.block is not None:
            self.dirty = DirtyBitmaps(self.block.size, memory_map.page_bits)
        self.device: Device | None = None
        self.iommu: Iommu | None = None
        self._note_size()

    def add_subregion(self, child: MemoryRegion, addr: int, priority: int = 0) -> None:
        """Place a region in this one, in front of its equals. Rules: M3, M5, M8."""
        check_address("address", addr)
        if not -(1 << 31) <= priority < 1 << 31:
            raise MemoryMapError(f"priority {priority} does not fit 32 bits")
        if child.container is not None:
            raise MemoryMapError(f"region {child.name} is in container {child.container.name}")
        if self.lies_in(child):
            raise MemoryMapError(f"region {child.name} would lie inside itself")
        with self.memory_map.transaction():
            self._insert(child, addr, priority)

    def del_subregion(self, child: MemoryRegion) -> None:
        """Take a region out of this one. Rules: M8."""
        if child.container is not self:
            raise MemoryMapError(f"region {child.name} is not in container {self.name}")
        with self.memory_map.transaction():
            self._remove(child)

    def set_address(self, addr: int) -> None:
        """Move the region; among its equals it comes first from now on. Rules: M4, M8."""
        check_address("address", addr)
        if addr == self.addr:
            return
        with self.memory_map.transaction():
            if self.container is None:
                self._move(addr)
            else:
                container = self.container
                container._remove(self)
                container._insert(self, addr, self.priority)

    def set_enabled(self, enabled: bool) -> None:
        """Show or hide the region and all below it. Rules: M8."""
        self._change("enabled", enabled, always_pending=True)

    def set_size(self, size: int) -> None:
        """Resize the region, in bytes. Rules: M2, M8."""
        check_size(size)
        self._change("size", size, always_pending=True)

    def set_readonly(self, readonly: bool) -> None:
        """Make the region and all below it read-only, or writable. Rules: M8, R6."""
        self._change("readonly", readonly)

    def set_nonvolatile(self, nonvolatile: bool) -> None:
        """Mark the region and all below it as persistent. Rules: M8, R6."""
        self._change("nonvolatile", nonvolatile)

    def set_unmergeable(self, unmergeable: bool) -> None:
        """Keep ranges of the region and of all below it apart. Rules: M8, R8."""
        if not self.memory_map.flavour.has_unmergeable:
            raise MemoryMapError("this version of QEMU has no unmergeable regions")
        self._change("unmergeable", unmergeable)

    def set_romd_mode(self, romd_mode: bool) -> None:
        """Let a ROM device be read as memory, or send reads to callbacks. Rules: M8."""
        self._change("romd_mode", romd_mode)

    def set_dirty_log_mask(self, mask: int) -> None:
        """Say which clients track writes, a bit each. Rules: M8."""
        if not 0 <= mask < 256:
            raise MemoryMapError(f"dirty log mask {mask:#x} does not fit 8 bits")
        self._change("dirty_log_mask", mask)

    def set_alias_offset(self, offset: int) -> None:
        """Move an alias's window over its target. Rules: M6, M8."""
        check_address("alias offset", offset)
        if self.alias is None:
            raise MemoryMapError(f"region {self.name} is not an alias")
        self._change("alias_offset", offset)

    def lies_in(self, other: MemoryRegion) -> bool:
        """Whether the region is the other one, or is in it at any depth."""
        above: MemoryRegion | None = self
        while above is not None and above is not other:
            above = above.container
        return above is other

    @property
    def subregions(self) -> Sequence[MemoryRegion]:
        """What lies in the region, in the order of painting. Rules: M3, R4."""
        return () if self.children is None else tuple(self.children.front_first)

    @property
    def is_leaf(self) -> bool:
        """Whether all of the region is answered by itself. Rules: R4."""
        return self.terminates and self.children is None

    @property
    def is_mapped(self) -> bool:
        """Whether the region has a container, or an alias that has one leads to it. Rules: M7."""
        return self.container is not None or self.alias_mappings > 0

    def references_owner_of(self, child: MemoryRegion) -> bool:
        """Whether a child that has an owner references it while it is in this region. Rules: M7."""
        return (
            self.memory_map.flavour.references_owner_of_container or child.owner is not self.owner
        )

    def count_mapping(self, times: int) -> None:
        """Count that an alias is mapped, or is no more, with all that it leads to. Rules: M7."""
        target = self.alias
        while target is not None:
            target.alias_mappings += times
            target = target.alias

    def _insert(self, child: MemoryRegion, addr: int, priority: int) -> None:
        child._move(addr)
        child.priority = priority
        child.container = self
        child.order = self.memory_map.next_order(priority)
        if self.children is None:
            self._displace()
            self.children = Children()
            self._place()
        self.children.add(child)
        self.memory_map.views.changes.record(self, addr, addr + child.size)
        child.count_mapping(1)
        if self.references_owner_of(child) and child.owner is not None:
            child.owner.references += 1
        self.memory_map.mark_pending(self.enabled and child.enabled)

    def _move(self, addr: int) -> None:
        """Take another address; a view rendered from the region moves with it. Rules: R1."""
        self.addr = addr
        if self.memory_map.views.has(self):
            self.memory_map.views.changes.record_displaced(self)

    def _remove(self, child: MemoryRegion) -> None:
        if self.references_owner_of(child) and child.owner is not None:
            child.owner.references -= 1
        assert self.children is not None
        self.children.remove(child)
        self.memory_map.views.changes.record(self, child.addr, child.addr + child.size)
        child.container = None
        child.count_mapping(-1)
        self.memory_map.mark_pending(self.enabled and child.enabled)

    def _note_size(self) -> None:
        """Have aborts looked for once a region answers at all addresses. Rules: R7."""
        if self.terminates and self.size == TOP:
            self.memory_map.views.may_abort = True

    def _displace(self) -> None:
        """Have the container look for the region no more: what it goes by is about to change."""
        if self.container is not None and self.container.children is not None:
            self.container.children.displace(self)

    def _place(self) -> None:
        """Have the container look for the region where it lies now."""
        if self.container is not None and self.container.children is not None:
            self.container.children.place(self)

    def _change(self, attribute: str, value: bool | int, always_pending: bool = False) -> None:
        if getattr(self, attribute) == value:
            return
        with self.memory_map.transaction():
            largest = self.size
            self._displace()
            setattr(self, attribute, value)
            self.flags = RangeFlags(
                self.dirty_log_mask,
                self.romd_mode,
                self.readonly,
                self.nonvolatile,
                self.unmergeable,
            )
            self._place()
            self.memory_map.views.changes.record(self, 0, max(largest, self.size))
            if self.container is not None and largest > self.size:
                # It may leave before this is published; that then records its new size alone.
                self.memory_map.views.changes.record(self.container, self.addr, self.addr + largest)
            self._note_size()
            self.memory_map.mark_pending(always_pending or self.enabled)


def check_address(what: str, address: int) -> None:
    """Raise MemoryMapError unless this is an address."""
    if not 0 <= address < TOP:
        raise MemoryMapError(f"{what} {address:#x} is not within 0 to 2^64 - 1")


def check_size(size: int) -> None:
    """Raise MemoryMapError unless a region can have this size. Rules: M2."""
    if not 0 <= size <= TOP or size == TOP - 1:
        raise MemoryMapError(f"size {size:#x} is not 2^64, nor within 0 to 2^64 - 2")
