"""How regions are made, placed in containers, and changed.

Every function takes a `Topology` and returns the next one. Each raises TopologyError where QEMU
would assert or recurse without end, and RenderAbort where rendering would make QEMU abort.
"""

from model.address_range import ADDRESS_SPACE_SIZE
from model.region import Kind, Region, RegionId, Regions
from model.topology import Topology, TopologyError, begin, changed, commit, get_region

# --- Making regions ---------------------------------------------------------------------------


def create_region(topology: Topology, name: RegionId, region: Region) -> Topology:
    """Add a region that is in no container yet.

    Sizes are 0 to 2^64, but never 2^64 - 1, the argument by which QEMU means 2^64. Memory for RAM
    is always there; where QEMU cannot allocate it, the region has size 0. Rules: M1, M2.
    """
    if name in topology.regions:
        raise TopologyError(f"region {name} exists already")
    check_size(region.size)
    if (region.kind is Kind.ALIAS) != (region.alias is not None):
        raise TopologyError(f"region {name}: an alias, and nothing else, has a target")
    if region.alias is not None:
        get_region(topology, region.alias)
        check_address("alias offset", region.alias_offset)
    if region.unmergeable:
        check_unmergeable(topology)
    return topology._replace(regions={**topology.regions, name: region})


def check_size(size: int) -> None:
    """Raise TopologyError unless a region can have this size. Rules: M2."""
    if not 0 <= size <= ADDRESS_SPACE_SIZE:
        raise TopologyError(f"size {size:#x} is not within 0 to 2^64")
    if size == ADDRESS_SPACE_SIZE - 1:
        raise TopologyError("size 2^64 - 1 cannot be expressed: that argument means 2^64")


def check_address(what: str, address: int) -> None:
    """Raise TopologyError unless this is 0 to 2^64 - 1. Rules: M6."""
    if not 0 <= address < ADDRESS_SPACE_SIZE:
        raise TopologyError(f"{what} {address:#x} is not within 0 to 2^64 - 1")


def check_unmergeable(topology: Topology) -> None:
    """Raise TopologyError where the flavour has no unmergeable regions. Rules: M8."""
    if not topology.flavour.has_unmergeable:
        raise TopologyError(f"{topology.flavour.value} has no unmergeable regions")


# --- Placing them -----------------------------------------------------------------------------


def add_subregion(
    topology: Topology, container: RegionId, child: RegionId, addr: int, priority: int = 0
) -> Topology:
    """Place a region inside a container, at an offset from the container's first byte.

    It goes before the first sibling whose priority is not above its own, so that among equals the
    last added comes first. Siblings may overlap and a child may overhang. Rules: M3, M5, M6, M8.
    """
    parent, region = get_region(topology, container), get_region(topology, child)
    check_address("address", addr)
    if not -(1 << 31) <= priority < 1 << 31:
        raise TopologyError(f"priority {priority} does not fit 32 bits")
    if region.container is not None:
        raise TopologyError(f"region {child} is already in container {region.container}")
    check_containment(topology.regions, container, child)

    siblings = parent.subregions
    behind = (i for i, name in enumerate(siblings) if topology.regions[name].priority <= priority)
    place = next(behind, len(siblings))
    placed = region._replace(container=container, addr=addr, priority=priority)
    grown = parent._replace(subregions=(*siblings[:place], child, *siblings[place:]))

    return changed(topology, {child: placed, container: grown}, parent.enabled and region.enabled)


def del_subregion(topology: Topology, container: RegionId, child: RegionId) -> Topology:
    """Take a region out of its container; its address and priority stay as they are.

    Rules: M6, M8.
    """
    parent, region = get_region(topology, container), get_region(topology, child)
    if region.container != container:
        raise TopologyError(f"region {child} is not in container {container}")
    others = tuple(name for name in parent.subregions if name != child)
    return changed(
        topology,
        {child: region._replace(container=None), container: parent._replace(subregions=others)},
        parent.enabled and region.enabled,
    )


def set_address(topology: Topology, name: RegionId, addr: int) -> Topology:
    """Move a region inside its container: delete and add, so that it leads its equals again.

    To the same address, or of a region in no container, nothing is rendered. Rules: M4, M8.
    """
    region = get_region(topology, name)
    check_address("address", addr)
    if addr == region.addr:
        return topology
    if region.container is None:
        return changed(topology, {name: region._replace(addr=addr)}, pending=False)
    removed = del_subregion(begin(topology), region.container, name)
    return commit(add_subregion(removed, region.container, name, addr, region.priority))


def check_containment(regions: Regions, container: RegionId, child: RegionId) -> None:
    """Raise TopologyError if the child would come to lie inside itself.

    An alias inside its own target is something else: real machines have it, and rendering ends
    where the alias's window shows nothing of itself. Rules: M6.
    """
    above: RegionId | None = container
    while above is not None:
        if above == child:
            raise TopologyError(f"region {child} would lie inside itself")
        above = regions[above].container


# --- Changing them ----------------------------------------------------------------------------


def set_enabled(topology: Topology, name: RegionId, enabled: bool) -> Topology:
    """Show or hide a region with all below it; its place among its siblings stays. Rules: M8."""
    region = get_region(topology, name)
    return update(topology, name, region._replace(enabled=enabled), always_pending=True)


def set_size(topology: Topology, name: RegionId, size: int) -> Topology:
    """Resize a region, in bytes. Rules: M2, M8."""
    check_size(size)
    region = get_region(topology, name)
    return update(topology, name, region._replace(size=size), always_pending=True)


def set_readonly(topology: Topology, name: RegionId, readonly: bool) -> Topology:
    """Make a region, with all below it, read-only or writable. Rules: M8, R6."""
    region = get_region(topology, name)
    return update(topology, name, region._replace(readonly=readonly))


def set_nonvolatile(topology: Topology, name: RegionId, nonvolatile: bool) -> Topology:
    """Mark a region, with all below it, as persistent memory. Rules: M8, R6."""
    region = get_region(topology, name)
    return update(topology, name, region._replace(nonvolatile=nonvolatile))


def set_unmergeable(topology: Topology, name: RegionId, unmergeable: bool) -> Topology:
    """Keep ranges of a region, and of all below it, from merging. Rules: M8, R8."""
    check_unmergeable(topology)
    region = get_region(topology, name)
    return update(topology, name, region._replace(unmergeable=unmergeable))


def set_romd_mode(topology: Topology, name: RegionId, romd_mode: bool) -> Topology:
    """Let a ROM device be read as memory, or send its reads to callbacks. Rules: M8, M9."""
    region = get_region(topology, name)
    return update(topology, name, region._replace(romd_mode=romd_mode))


def set_dirty_log_mask(topology: Topology, name: RegionId, mask: int) -> Topology:
    """Say which clients track writes to a region, a bit each. Rules: M8."""
    if not 0 <= mask < 256:
        raise TopologyError(f"dirty log mask {mask:#x} does not fit 8 bits")
    region = get_region(topology, name)
    return update(topology, name, region._replace(dirty_log_mask=mask))


def set_alias_offset(topology: Topology, name: RegionId, offset: int) -> Topology:
    """Move an alias's window over its target. Rules: M6, M8."""
    check_address("alias offset", offset)
    region = get_region(topology, name)
    if region.alias is None:
        raise TopologyError(f"region {name} is not an alias")
    return update(topology, name, region._replace(alias_offset=offset))


def update(
    topology: Topology, name: RegionId, region: Region, always_pending: bool = False
) -> Topology:
    """Give a region new properties; the same ones again are no change at all.

    Most properties of a disabled region need no rendering; its size and `enabled` do. Rules: M8.
    """
    if region == topology.regions[name]:
        return topology
    return changed(topology, {name: region}, pending=always_pending or region.enabled)
