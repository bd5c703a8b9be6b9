"""The topology: regions, address spaces, and the transactions after which views are rendered anew.

How regions change is in `changes`, what listeners are told in `listeners`. Every function takes a
`Topology` and returns the next one. Each raises TopologyError where QEMU would assert, and
RenderAbort or RenderLimit where rendering does.
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from model.dispatch import check_section_count
from model.events import Callback, Event, Listener, Listeners, add_listener
from model.flavour import Flavour
from model.ioeventfds import Ioeventfds, ioeventfds_of_view
from model.listeners import (
    global_events,
    ioeventfd_events,
    registration_events,
    topology_events,
    unregistration_events,
)
from model.region import Region, RegionId, Regions
from model.render import MAX_VISITS, check_limits, flat_root, flatten
from model.view import EMPTY_VIEW, FlatView


class TopologyError(ValueError):
    """An operation that no tree of regions allows; the message says why. Rules: M6."""


class AddressSpace(NamedTuple):
    """A root region and the view that it has published. Rules: R9, T3."""

    root: RegionId
    view: FlatView


class Topology(NamedTuple):
    """Everything that rendering depends on.

    `depth` counts open transactions and `pending` says whether the outermost commit must render.
    `views` is the table of the latest rebuild, by flat root; `rendered` counts the views ever made.
    Spaces are kept in the order of creation. `max_visits` bounds the work of one rendering, where
    QEMU has no bound. `page_bits` is the base-two logarithm of the target's page size in bytes.
    Rules: T1, R9, R11.

    `listeners` are in the order in which they are called forward. `events` is what they have been
    called with, oldest first, until `take_events` takes it. `ioeventfds` has the list that each
    space holds, and `ioeventfd_pending` says whether the outermost commit must look at them. A bit
    of `global_dirty_tracking` is set for each reason to log all writes. Rules: T2, T7, T10.
    """

    flavour: Flavour = Flavour.CURRENT
    regions: Regions = MappingProxyType({})
    spaces: Mapping[str, AddressSpace] = MappingProxyType({})
    depth: int = 0
    pending: bool = False
    views: Mapping[RegionId | None, FlatView] = MappingProxyType({None: EMPTY_VIEW})
    rendered: int = 0
    max_visits: int = MAX_VISITS
    page_bits: int = 12
    listeners: Listeners = ()
    events: tuple[Event, ...] = ()
    ioeventfds: Mapping[str, Ioeventfds] = MappingProxyType({})
    ioeventfd_pending: bool = False
    global_dirty_tracking: int = 0


DIRTY_LOG_MIGRATION = 1 << 2
"""The bit of a dirty mask by which all writes are logged, for migration."""


def get_region(topology: Topology, name: RegionId) -> Region:
    """The region of that name; TopologyError if there is none. Rules: M6."""
    try:
        return topology.regions[name]
    except KeyError:
        raise TopologyError(f"there is no region {name}") from None


def get_space(topology: Topology, name: str) -> AddressSpace:
    """The address space of that name; TopologyError if there is none. Rules: M6."""
    try:
        return topology.spaces[name]
    except KeyError:
        raise TopologyError(f"there is no address space {name}") from None


# --- Transactions -----------------------------------------------------------------------------


def begin(topology: Topology) -> Topology:
    """Open a transaction; they nest.

    QEMU first flushes coalesced writes; here none ever wait (see `coalesced`). Rules: T1.
    """
    return topology._replace(depth=topology.depth + 1)


def commit(topology: Topology) -> Topology:
    """Close a transaction; the outermost renders if a change is pending.

    If only ioeventfds have changed, listeners are told of those, without begin and commit.
    Rules: T1, T2, M6.
    """
    if topology.depth == 0:
        raise TopologyError("commit without begin")
    topology = topology._replace(depth=topology.depth - 1)
    if topology.depth > 0:
        return topology
    if topology.pending:
        return rebuild(topology)
    if topology.ioeventfd_pending:
        for space in topology.spaces:
            topology = update_ioeventfds(topology, space)
        return topology._replace(ioeventfd_pending=False)
    return topology


def changed(
    topology: Topology,
    update: Mapping[RegionId, Region],
    pending: bool,
    ioeventfd_pending: bool = False,
) -> Topology:
    """Replace regions in a transaction of their own. Rules: M8, T1, T10."""
    opened = begin(topology)
    return commit(
        opened._replace(
            regions={**opened.regions, **update},
            pending=opened.pending or pending,
            ioeventfd_pending=opened.ioeventfd_pending or ioeventfd_pending,
        )
    )


def rebuild(topology: Topology) -> Topology:
    """Render every distinct flat root afresh, and publish to each space.

    All listeners are called before the first space and after the last. They cannot open a
    transaction meanwhile, which in QEMU would recurse. Rules: T2, T3, T9, R9, R11.
    """
    topology = topology._replace(views={None: EMPTY_VIEW})
    for space in topology.spaces.values():
        topology = render(topology, space.root)
    topology = log(topology, global_events(topology.listeners, Callback.BEGIN))
    for name in topology.spaces:
        topology = update_ioeventfds(publish(topology, name), name)
    topology = topology._replace(pending=False, ioeventfd_pending=False)
    return log(topology, global_events(topology.listeners, Callback.COMMIT))


def render(topology: Topology, root: RegionId) -> Topology:
    """Have the view for a root in the table, rendering it if it is not there.

    Raises RenderAbort, in QEMU 7.2 also for the number of its sections. Rules: R9, T9, D5.
    """
    key = flat_root(topology.regions, root)
    if key is None or key in topology.views:
        return topology
    check_limits(topology.regions, key, topology.max_visits)
    regions = topology.regions
    if topology.global_dirty_tracking:
        regions = {name: logged_globally(region) for name, region in regions.items()}
    serial = topology.rendered + 1
    view = FlatView(key, flatten(regions, key), serial)
    if topology.flavour.asserts_section_count:
        check_section_count(view.ranges, topology.page_bits)
    return topology._replace(views={**topology.views, key: view}, rendered=serial)


def logged_globally(region: Region) -> Region:
    """A region as it is rendered while all writes are logged. Rules: T7."""
    if not region.kind.is_logged_globally:
        return region
    return region._replace(dirty_log_mask=region.dirty_log_mask | DIRTY_LOG_MIGRATION)


def publish(topology: Topology, space: str) -> Topology:
    """Give one space the table's view for its flat root, once its listeners know of all changes.

    The view that it has already is no change. Rules: R9, T3.
    """
    root, old = topology.spaces[space]
    new = topology.views[flat_root(topology.regions, root)]
    if new.serial == old.serial:
        return topology
    listeners = listening(topology, space)
    if listeners:
        topology = log(topology, topology_events(listeners, topology.regions, old, new))
    return topology._replace(spaces={**topology.spaces, space: AddressSpace(root, new)})


def update_ioeventfds(topology: Topology, space: str) -> Topology:
    """Give one space the ioeventfds that its view shows, and tell its listeners of the difference.

    Raises IoeventfdAbort. Rules: T2, T10.
    """
    listeners = listening(topology, space)
    asked = any(one.has_eventfd_callbacks for one in listeners)
    if not asked and not topology.flavour.updates_unheard_ioeventfds:
        return topology
    view, old = topology.spaces[space].view, topology.ioeventfds.get(space, ())
    new = ioeventfds_of_view(topology.regions, view.ranges)
    topology = topology._replace(ioeventfds={**topology.ioeventfds, space: new})
    return log(topology, ioeventfd_events(listeners, view.serial, old, new))


# --- Address spaces ---------------------------------------------------------------------------


def create_space(topology: Topology, name: str, root: RegionId) -> Topology:
    """Make an address space and publish its first view at once, even inside a transaction.

    A view that is already in the table is taken, although it may be out of date until the next
    commit. No one listens yet. Rules: T9, R9.
    """
    if name in topology.spaces:
        raise TopologyError(f"address space {name} exists already")
    get_region(topology, root)
    topology = render(topology, root)
    spaces = {**topology.spaces, name: AddressSpace(root, EMPTY_VIEW)}
    return update_ioeventfds(publish(topology._replace(spaces=spaces), name), name)


def destroy_space(topology: Topology, name: str) -> Topology:
    """Take an address space out of the list of those that are rendered.

    Its listeners must have been unregistered. Rules: L6.
    """
    get_space(topology, name)
    for listener in listening(topology, name):
        raise TopologyError(f"address space {name} still has listener {listener.name}")
    return topology._replace(
        spaces={other: space for other, space in topology.spaces.items() if other != name},
        ioeventfds={other: those for other, those in topology.ioeventfds.items() if other != name},
    )


# --- Listeners --------------------------------------------------------------------------------


def register_listener(
    topology: Topology,
    name: str,
    space: str,
    priority: int = 0,
    has_eventfd_callbacks: bool = False,
) -> Topology:
    """Add a listener, and tell it of the view that the space publishes now.

    In an open transaction that view may be out of date; the commit tells it the rest. The space's
    list of ioeventfds is what it was last brought up to for others. Rules: T2, T7.
    """
    view = get_space(topology, space).view
    if any(other.name == name for other in topology.listeners):
        raise TopologyError(f"listener {name} exists already")
    if not 0 <= priority < 1 << 32:
        raise TopologyError(f"listener priority {priority} does not fit 32 bits")
    listener = Listener(name, space, priority, has_eventfd_callbacks)
    topology = topology._replace(listeners=add_listener(topology.listeners, listener))
    told = registration_events(
        listener,
        topology.regions,
        view,
        topology.ioeventfds.get(space, ()),
        topology.flavour,
        topology.global_dirty_tracking != 0,
    )
    return log(topology, told)


def unregister_listener(topology: Topology, name: str) -> Topology:
    """Tell a listener to forget all that it knows of its space, and remove it. Rules: T7, L6."""
    listener = next((one for one in topology.listeners if one.name == name), None)
    if listener is None:
        raise TopologyError(f"there is no listener {name}")
    told = unregistration_events(
        listener,
        topology.regions,
        topology.spaces[listener.space].view,
        topology.ioeventfds.get(listener.space, ()),
        topology.flavour,
    )
    others = tuple(other for other in topology.listeners if other != listener)
    return log(topology, told)._replace(listeners=others)


def listening(topology: Topology, space: str) -> Listeners:
    """The listeners of one space, in the order of forward calls. Rules: T5."""
    return tuple(one for one in topology.listeners if one.space == space)


def log(topology: Topology, events: Iterable[Event]) -> Topology:
    """Write down what listeners have been called with, if any have been. Rules: T2."""
    told = tuple(events)
    return topology._replace(events=topology.events + told) if told else topology


def take_events(topology: Topology) -> tuple[Topology, tuple[Event, ...]]:
    """The topology without the events that have been written down, and those events. Rules: T2."""
    return topology._replace(events=()), topology.events
