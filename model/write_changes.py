"""What becomes of writes to regions: they are coalesced, signal a notifier, or are logged.

Like `changes`, every function takes a `Topology`, returns the next one, and raises TopologyError
where QEMU would assert.
"""

from model.address_range import ADDRESS_SPACE_SIZE, AddressRange
from model.changes import check_address
from model.coalesced import coalesced_part
from model.events import Callback
from model.ioeventfds import SIZES, in_device_order, insert, remove
from model.listeners import coalesced_events, global_events
from model.region import Ioeventfd, RegionId
from model.topology import Topology, TopologyError, changed, get_region, listening, log

# --- Coalesced ranges -------------------------------------------------------------------------


def add_coalescing(topology: Topology, name: RegionId, offset: int, size: int) -> Topology:
    """Let the accelerator collect writes to `size` bytes of a region, from `offset` on.

    Listeners hear of it at once, for the views that are published now; no transaction is opened.
    The range may reach beyond the region, and may overlap others. Rules: T7.
    """
    region = get_region(topology, name)
    check_address("offset", offset)
    if not 0 <= size < ADDRESS_SPACE_SIZE:
        raise TopologyError(f"coalesced size {size:#x} is not within 0 to 2^64 - 1")
    added = AddressRange(offset, size)
    grown = region._replace(coalesced=(*region.coalesced, added))
    topology = topology._replace(regions={**topology.regions, name: grown})
    return tell_of_coalesced(topology, name, added, Callback.COALESCED_IO_ADD)


def clear_coalescing(topology: Topology, name: RegionId) -> Topology:
    """Have no more writes to a region collected; its ranges are forgotten oldest first.

    Rules: T7.
    """
    region = get_region(topology, name)
    cleared = region._replace(coalesced=())
    topology = topology._replace(regions={**topology.regions, name: cleared})
    for removed in region.coalesced:
        topology = tell_of_coalesced(topology, name, removed, Callback.COALESCED_IO_DEL)
    return topology


def set_coalescing(topology: Topology, name: RegionId) -> Topology:
    """Let the accelerator collect all writes to a region of less than 2^64 bytes. Rules: T7."""
    size = get_region(topology, name).size
    return add_coalescing(clear_coalescing(topology, name), name, 0, size)


def tell_of_coalesced(
    topology: Topology, name: RegionId, coalesced: AddressRange, callback: Callback
) -> Topology:
    """Call all listeners for a coalesced range, wherever a published view shows it. Rules: T5."""
    for space, (_, view) in topology.spaces.items():
        listeners = listening(topology, space)
        for section in view.ranges:
            part = coalesced_part(section, coalesced) if section.region == name else None
            if part is not None:
                told = coalesced_events(listeners, callback, view.serial, section, (part,))
                topology = log(topology, told)
    return topology


# --- Ioeventfds -------------------------------------------------------------------------------


def add_ioeventfd(
    topology: Topology, name: RegionId, ioeventfd: Ioeventfd, byte_swapped: bool = False
) -> Topology:
    """Have a notifier signalled by writes to a region.

    The data is in the target's byte order; `byte_swapped` says that the region's is the other.
    Nothing is told of a disabled region's until something else is changed. Rules: T1, T10.
    """
    region = get_region(topology, name)
    added = to_device(ioeventfd, byte_swapped)
    longer = region._replace(ioeventfds=insert(region.ioeventfds, added))
    return changed(topology, {name: longer}, pending=False, ioeventfd_pending=region.enabled)


def del_ioeventfd(
    topology: Topology, name: RegionId, ioeventfd: Ioeventfd, byte_swapped: bool = False
) -> Topology:
    """Take back the first ioeventfd of a region that answers to this name. Rules: T1, T10."""
    region = get_region(topology, name)
    others = remove(region.ioeventfds, to_device(ioeventfd, byte_swapped))
    if others is None:
        raise TopologyError(f"region {name} has no such ioeventfd")
    shorter = region._replace(ioeventfds=others)
    return changed(topology, {name: shorter}, pending=False, ioeventfd_pending=region.enabled)


def to_device(ioeventfd: Ioeventfd, byte_swapped: bool) -> Ioeventfd:
    """The ioeventfd as its region keeps it; TopologyError if it is not one. Rules: T10."""
    start, size, _, data, _ = ioeventfd
    check_address("ioeventfd offset", start)
    if size not in SIZES:
        raise TopologyError(f"ioeventfd size {size} is not 0, 1, 2, 4 or 8")
    if not 0 <= data < 1 << 64:
        raise TopologyError(f"ioeventfd data {data:#x} does not fit 64 bits")
    return ioeventfd._replace(data=in_device_order(data, size, byte_swapped))


# --- Logging all writes -----------------------------------------------------------------------


def start_global_dirty_log(topology: Topology, reasons: int) -> Topology:
    """Log all writes, for each reason that has a bit in `reasons`.

    The first reason makes a difference: listeners are called, and all is rendered anew. Rules: T7.
    """
    check_reasons(reasons)
    before = topology.global_dirty_tracking
    topology = topology._replace(global_dirty_tracking=before | reasons)
    if before:
        return topology
    topology = log(topology, global_events(topology.listeners, Callback.LOG_GLOBAL_START))
    return changed(topology, {}, pending=True)


def stop_global_dirty_log(topology: Topology, reasons: int) -> Topology:
    """Let reasons to log all writes go; after the last, listeners are called. Rules: T5, T7.

    (QEMU puts it off while the machine is stopped. Here it runs.)
    """
    check_reasons(reasons)
    rest = topology.global_dirty_tracking & ~reasons
    if topology.global_dirty_tracking & reasons != reasons:
        raise TopologyError(f"reasons {reasons:#x} to log all writes do not all hold")
    topology = topology._replace(global_dirty_tracking=rest)
    if rest:
        return topology
    topology = changed(topology, {}, pending=True)
    return log(topology, global_events(topology.listeners, Callback.LOG_GLOBAL_STOP))


def check_reasons(reasons: int) -> None:
    """Raise TopologyError unless these are some of QEMU's three reasons to log all writes.

    They are migration (1), measuring the dirty rate (2), and limiting it (4). Rules: T7.
    """
    if not 0 < reasons < 8:
        raise TopologyError(f"{reasons} is no set of reasons to log all writes")
