"""The topology: regions, address spaces, and the transactions after which views are rendered anew.

How regions change is in `changes`. Every function takes a `Topology` and returns the next one.
Each raises TopologyError where QEMU would assert, and RenderAbort or RenderLimit where rendering
does.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from model.flavour import Flavour
from model.region import Region, RegionId, Regions
from model.render import MAX_VISITS, check_limits, flat_root, flatten
from model.view import EMPTY_VIEW, FlatView


class TopologyError(ValueError):
    """An operation that no tree of regions allows; the message says why."""


class AddressSpace(NamedTuple):
    """A root region and the view that it has published."""

    root: RegionId
    view: FlatView


class Topology(NamedTuple):
    """Everything that rendering depends on.

    `depth` counts open transactions and `pending` says whether the outermost commit must render.
    `views` is the table of the latest rebuild, by flat root; `rendered` counts the views ever made.
    Spaces are kept in the order of creation. `max_visits` bounds the work of one rendering, where
    QEMU has no bound. Rules: T1, R9, R11.
    """

    flavour: Flavour = Flavour.CURRENT
    regions: Regions = MappingProxyType({})
    spaces: Mapping[str, AddressSpace] = MappingProxyType({})
    depth: int = 0
    pending: bool = False
    views: Mapping[RegionId | None, FlatView] = MappingProxyType({None: EMPTY_VIEW})
    rendered: int = 0
    max_visits: int = MAX_VISITS


def get_region(topology: Topology, name: RegionId) -> Region:
    """The region of that name; TopologyError if there is none."""
    try:
        return topology.regions[name]
    except KeyError:
        raise TopologyError(f"there is no region {name}") from None


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
        check_limits(topology.regions, key, topology.max_visits)
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
