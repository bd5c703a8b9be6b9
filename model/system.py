"""The whole machine: the topology, and what answers in its regions.

Operations on it are functions that give the next system beside their outcome. What can be seen
of them on the way is appended to logs.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from model import topology as topologies
from model.changes import check_address
from model.device import RAM_DEVICE_OPS, UNASSIGNED_OPS, Device, Ops, check_device
from model.flavour import Flavour
from model.iommu import Iommu, check_iommu
from model.memory import RamBlock, allocate, store_bytes
from model.memtx import AccessError, MemTxAttrs, MemTxResult
from model.region import Kind, RegionId
from model.topology import Topology, TopologyError, get_region
from model.view import FlatView

DEFAULT_BOUNCE_BUDGET = 4096
"""Bytes of bounce buffers that an address space may have at once. Rules: A15."""


class DeviceCallback(NamedTuple):
    """One call of a device, logged when it returns; `depth` counts the callbacks around it.

    A read's value is as the device gave it, not cut to the size. Rules: A7.
    """

    region: RegionId
    offset: int
    size: int
    value: int
    is_write: bool
    result: MemTxResult
    depth: int = 0


class DmaDone(NamedTuple):
    """An access that a device made from a callback, logged when it ended; `depth` as theirs.

    Rules: A9.
    """

    region: RegionId
    space: str
    address: int
    is_write: bool
    data: bytes
    result: MemTxResult
    depth: int = 1


class FuzzHook(NamedTuple):
    """One call of the hook that a fuzzing build of QEMU has for reads. Rules: A16."""

    address: int
    length: int
    region: RegionId | None


class DirtyMark(NamedTuple):
    """Bytes of a region's block that a write has marked as changed. Rules: A2."""

    region: RegionId
    offset: int
    length: int


class Signal(NamedTuple):
    """A write that an ioeventfd took instead of the device. Rules: A10, T10."""

    region: RegionId
    offset: int
    size: int
    value: int


class BounceBuffer(NamedTuple):
    """Host memory that stands in for what cannot be mapped. Rules: A15."""

    space: str
    address: int
    data: bytes


class System(NamedTuple):
    """A machine's memory.

    `host_page_size` is in bytes.
    `owners` names the qdev devices that regions belong to, one guard each (A9).
    `in_callback` holds the owners whose guards are engaged, `depth` counts the callbacks under way,
    and `nested` those that the outermost has led to. `calls` has callbacks and the devices' own
    accesses as they ended.
    `bounces` are the buffers in use, by handle, and `bounces_made` counts all there ever were.
    The tuples are logs. Rules: M9, A8, A9, A10, A15, A16.
    """

    topology: Topology = Topology()
    host_page_size: int = 4096
    big_endian: bool = False
    blocks: Mapping[RegionId, RamBlock] = MappingProxyType({})
    devices: Mapping[RegionId, Device] = MappingProxyType({})
    iommus: Mapping[RegionId, Iommu] = MappingProxyType({})
    owners: Mapping[RegionId, str] = MappingProxyType({})
    bounce_budgets: Mapping[str, int] = MappingProxyType({})
    bounces: Mapping[int, BounceBuffer] = MappingProxyType({})
    bounces_made: int = 0
    in_callback: frozenset[str] = frozenset()
    depth: int = 0
    nested: int = 0
    calls: tuple[DeviceCallback | DmaDone, ...] = ()
    fuzz_hooks: tuple[FuzzHook, ...] = ()
    dirty_marks: tuple[DirtyMark, ...] = ()
    signals: tuple[Signal, ...] = ()

    @property
    def callbacks(self) -> tuple[DeviceCallback, ...]:
        """The callbacks in the log. Rules: A7."""
        return tuple(one for one in self.calls if isinstance(one, DeviceCallback))

    @property
    def dma_done(self) -> tuple[DmaDone, ...]:
        """The devices' own accesses in the log. Rules: A9."""
        return tuple(one for one in self.calls if isinstance(one, DmaDone))

    @property
    def page_bits(self) -> int:
        """The base-two logarithm of the target's page size in bytes. Rules: D1."""
        return self.topology.page_bits

    @property
    def flavour(self) -> Flavour:
        """Which QEMU the machine is of. Rules: X5, A9, A15."""
        return self.topology.flavour


# --- Making ------------------------------------------------------------------------------------


def with_topology(system: System, topology: Topology) -> System:
    """The system after operations on its topology: regions of memory that are new get a block.

    A block is allocated once, by the size that its region then has. Rules: M1, A2.
    """
    blocks = dict(system.blocks)
    for name, region in topology.regions.items():
        if name not in blocks and (region.kind.is_ram or region.kind is Kind.ROM_DEVICE):
            blocks[name] = allocate(region.size, system.host_page_size)
    return system._replace(topology=topology, blocks=blocks)


def attach_device(system: System, name: RegionId, device: Device) -> System:
    """Give an i/o region or a ROM device its device. Raises TopologyError. Rules: M1, M6."""
    kind = get_region(system.topology, name).kind
    if kind not in (Kind.IO, Kind.ROM_DEVICE):
        raise AccessError(f"region {name} is {kind.value}: it calls no device")
    check_device(device, kind is Kind.ROM_DEVICE, system.flavour.asserts_callback_alignment)
    return system._replace(devices={**system.devices, name: device})


def attach_iommu(system: System, name: RegionId, iommu: Iommu) -> System:
    """Give an IOMMU region its tables. Raises TopologyError. Rules: X2."""
    if get_region(system.topology, name).kind is not Kind.IOMMU:
        raise AccessError(f"region {name} is no IOMMU")
    check_iommu(iommu)
    return system._replace(iommus={**system.iommus, name: iommu})


def set_bounce_budget(system: System, space: str, budget: int) -> System:
    """Limit a space's bounce buffers, in bytes. Raises TopologyError. Rules: A15."""
    published_view(system, space)
    if not system.flavour.has_bounce_budgets:
        raise AccessError(f"{system.flavour.value} has one bounce buffer for all")
    check_address("bounce budget", budget)
    return system._replace(bounce_budgets={**system.bounce_budgets, space: budget})


def destroy_space(system: System, name: str) -> System:
    """End an address space, and forget its budget: one that is made anew has the usual one.

    Raises TopologyError while bounce buffers of it are in use. QEMU stops at an assertion that none
    are; 7.2 does not look, and would write them through a space that is freed. Rules: A15, L6.
    """
    topology = topologies.destroy_space(system.topology, name)
    if any(one.space == name for one in system.bounces.values()):
        raise AccessError(f"address space {name} still has bounce buffers")
    budgets = {space: one for space, one in system.bounce_budgets.items() if space != name}
    return system._replace(topology=topology, bounce_budgets=budgets)


def without_logs(system: System) -> System:
    """The system with its logs emptied, for a caller that has taken note of them. Rules: A7."""
    return system._replace(calls=(), fuzz_hooks=(), dirty_marks=(), signals=())


# --- Asking ------------------------------------------------------------------------------------


def published_view(system: System, space: str) -> FlatView:
    """The view that readers of an address space see; TopologyError if there is no such space.

    Rules: M9.
    """
    try:
        return system.topology.spaces[space].view
    except KeyError:
        raise TopologyError(f"there is no address space {space}") from None


def check_request(system: System, space: str, address: int, length: int, attrs: MemTxAttrs) -> None:
    """Raise TopologyError unless a caller can ask for this access. Rules: X5."""
    published_view(system, space)
    check_address("address", address)
    check_address("length", length)
    if attrs.debug and not system.flavour.has_debug_attribute:
        raise AccessError(f"{system.flavour.value} has no debug attribute")


def ops_of(system: System, name: RegionId | None) -> Ops:
    """The operations of a region, as they are now; None is the unassigned section's.

    An i/o region without a device refuses everything, as one made without operations does. Raises
    AccessError for a ROM device without a device: QEMU makes none. Rules: M1, M6, M9, D2, X5.
    """
    if name is None:
        return UNASSIGNED_OPS
    if name in system.devices:
        return system.devices[name].ops
    kind = get_region(system.topology, name).kind
    if kind is Kind.ROM_DEVICE:
        raise AccessError(f"ROM device {name} has no device")
    if kind is Kind.RAM_DEVICE and not system.flavour.has_direct_ram_devices:
        return RAM_DEVICE_OPS
    return UNASSIGNED_OPS


def is_byte_swapped(system: System, name: RegionId) -> bool:
    """Whether a region's operations are not in the target's byte order. Rules: A8, T10."""
    return ops_of(system, name).byte_order.is_big(system.big_endian) != system.big_endian


def block_of(system: System, name: RegionId) -> RamBlock:
    """The block behind a region; AccessError if it has none. Rules: M9, A2."""
    try:
        return system.blocks[name]
    except KeyError:
        raise AccessError(f"region {name} has no RAM block") from None


def store_dirty(system: System, name: RegionId, offset: int, data: bytes) -> System:
    """Write to a region's block and mark what was written. Rules: A2, A13."""
    block = store_bytes(block_of(system, name), offset, data)
    mark = DirtyMark(name, offset, len(data))
    return system._replace(
        blocks={**system.blocks, name: block}, dirty_marks=(*system.dirty_marks, mark)
    )
