"""Regions, address spaces and transactions: how the tree changes, and when views are rendered anew.

Every function takes a `Topology` and returns the next one. Each raises TopologyError where QEMU
would assert or recurse without end, and RenderAbort where rendering would make QEMU abort.
"""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import NamedTuple

from model.address_range import ADDRESS_SPACE_SIZE
from model.flavour import Flavour
from model.region import Kind, Region, RegionId, Regions
from model.render import flat_root, flatten
from model.view import EMPTY_VIEW, FlatView

MAX_NESTING = 256
"""How many regions and alias targets may nest. QEMU sets no limit but its stack."""


class TopologyError(ValueError):
    """An operation that no tree of regions allows; the message says why."""


class NestingLimit(TopologyError):
    """A tree that QEMU may well render, and the specification does not: it nests too deep."""


class AddressSpace(NamedTuple):
    """A root region and the view that it has published."""

    root: RegionId
    view: FlatView


class Topology(NamedTuple):
    """Everything that rendering depends on.

    `depth` counts open transactions and `pending` says whether the outermost commit must render.
    `views` is the table of the latest rebuild, by flat root; `rendered` counts the views ever made.
    Spaces are kept in the order of creation. Rules: T1, R9, R11.
    """

    flavour: Flavour = Flavour.CURRENT
    regions: Regions = MappingProxyType({})
    spaces: Mapping[str, AddressSpace] = MappingProxyType({})
    depth: int = 0
    pending: bool = False
    views: Mapping[RegionId | None, FlatView] = MappingProxyType({None: EMPTY_VIEW})
    rendered: int = 0


# --- Making regions ---------------------------------------------------------------------------


def create_region(topology: Topology, name: RegionId, region: Region) -> Topology:
    """Add a region that is in no container yet.

    Sizes are 0 to 2^64, but never 2^64 - 1, the argument by which QEMU means 2^64. Rules: M1, M2.
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


def get_region(topology: Topology, name: RegionId) -> Region:
    """The region of that name; TopologyError if there is none."""
    try:
        return topology.regions[name]
    except KeyError:
        raise TopologyError(f"there is no region {name}") from None


def check_size(size: int) -> None:
    """Raise TopologyError unless a region can have this size. Rules: M2."""
    if not 0 <= size <= ADDRESS_SPACE_SIZE:
        raise TopologyError(f"size {size:#x} is not within 0 to 2^64")
    if size == ADDRESS_SPACE_SIZE - 1:
        raise TopologyError("size 2^64 - 1 cannot be expressed: that argument means 2^64")


def check_address(what: str, address: int) -> None:
    """Raise TopologyError unless this is an address."""
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
    check_acyclic(topology.regions, container, child)

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


def check_acyclic(regions: Regions, container: RegionId, child: RegionId) -> None:
    """Raise TopologyError if the container would come to lie inside itself.

    QEMU does not check this and would recurse without end. Rules: M6.
    """
    if any(container in level for level in levels_below(regions, child)):
        raise TopologyError(f"region {child} leads back to container {container}")


def check_nesting(regions: Regions, root: RegionId) -> None:
    """Raise NestingLimit if a root's regions nest deeper than the specification renders."""
    if sum(1 for _ in levels_below(regions, root)) > MAX_NESTING:
        raise NestingLimit(f"regions below {root} nest more than {MAX_NESTING} deep")


def levels_below(regions: Regions, name: RegionId) -> Iterator[list[RegionId]]:
    """A region, then all that rendering reaches in one step from it, in two, and so on.

    A step leads to a child, or from an alias to its target. Rules: R3, R4.
    """
    level = [name]
    while level:
        yield level
        below = [step for name in level for step in leads_to(regions[name])]
        level = list(dict.fromkeys(below))


def leads_to(region: Region) -> Iterator[RegionId]:
    """The regions that rendering goes on to from this one. Rules: R3, R4."""
    if region.alias is not None:
        yield region.alias
    yield from region.subregions


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


# --- Transactions -----------------------------------------------------------------------------


def begin(topology: Topology) -> Topology:
    """Open a transaction; they nest. Rules: T1."""
    return topology._replace(depth=topology.depth + 1)


def commit(topology: Topology) -> Topology:
    """Close a transaction; the outermost renders if a change is pending. Rules: T1, T2, M6."""
    if topology.depth == 0:
        raise TopologyError("commit without begin")
    topology = topology._replace(depth=topology.depth - 1)
    if topology.depth > 0 or not topology.pending:
        return topology
    return rebuild(topology)


def changed(topology: Topology, update: Mapping[RegionId, Region], pending: bool) -> Topology:
    """Replace regions in a transaction of their own. Rules: M8, T1."""
    opened = begin(topology)
    return commit(
        opened._replace(regions={**opened.regions, **update}, pending=opened.pending or pending)
    )


def rebuild(topology: Topology) -> Topology:
    """Render every distinct flat root afresh, and publish to each space. Rules: T2, T3, R9, R11."""
    topology = topology._replace(views={None: EMPTY_VIEW}, pending=False)
    for space in topology.spaces:
        topology = publish(topology, space)
    return topology


def publish(topology: Topology, space: str) -> Topology:
    """Give one space the table's view for its flat root, rendering it if it is not there.

    Rules: R9, T3, T9.
    """
    root = topology.spaces[space].root
    key = flat_root(topology.regions, root)
    if key is not None and key not in topology.views:
        check_nesting(topology.regions, key)
        serial = topology.rendered + 1
        view = FlatView(key, flatten(topology.regions, key), serial)
        topology = topology._replace(views={**topology.views, key: view}, rendered=serial)
    published = AddressSpace(root, topology.views[key])
    return topology._replace(spaces={**topology.spaces, space: published})


# --- Address spaces ---------------------------------------------------------------------------


def create_space(topology: Topology, name: str, root: RegionId) -> Topology:
    """Make an address space and publish its first view at once, even inside a transaction.

    A view that is already in the table is taken, although it may be out of date until the next
    commit. Rules: T9, R9.
    """
    if name in topology.spaces:
        raise TopologyError(f"address space {name} exists already")
    get_region(topology, root)
    spaces = {**topology.spaces, name: AddressSpace(root, EMPTY_VIEW)}
    return publish(topology._replace(spaces=spaces), name)


def destroy_space(topology: Topology, name: str) -> Topology:
    """Take an address space out of the list of those that are rendered. Rules: L6."""
    if name not in topology.spaces:
        raise TopologyError(f"there is no address space {name}")
    spaces = {other: space for other, space in topology.spaces.items() if other != name}
    return topology._replace(spaces=spaces)
