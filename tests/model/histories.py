"""Random histories of a small memory map, and what listeners make of them.

Everything lies within 256 bytes, so that what the rules say can be checked byte by byte. The
functions take the package that they run, so that broken copies of `model` can be put to the test.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from hypothesis import strategies as st

Operation = tuple[Any, ...]
"""The name of a function that changes a topology, and its arguments."""

REGIONS = {
    "system": ("container", 0x100),
    "bank": ("container", 0x60),
    "ram": ("ram", 0x40),
    "flash": ("rom-device", 0x30),
    "uart": ("io", 0x20),
    "timer": ("io", 0x10),
    "iommu": ("iommu", 0x20),
}
WINDOW = "window"
"""An alias of the bank, so that one region is seen in two places and two spaces."""

PLACES = {
    "ram": "system",
    "flash": "system",
    "uart": "system",
    WINDOW: "system",
    "timer": "bank",
    "iommu": "bank",
}
LEAVES = ("ram", "flash", "uart", "timer", "iommu")
SPACES = {"memory": "system", "bus": "bank", "copy": "system"}

regions = st.sampled_from(tuple(PLACES))
leaves = st.sampled_from(LEAVES)
coalesced = st.sampled_from(("ram", "uart", "timer"))
spaces = st.sampled_from(tuple(SPACES))
listeners = st.sampled_from(("vhost", "kvm", "vfio", "tcg"))
addresses = st.sampled_from((0, 0, 8, 0x10, 0x20, 0x38, 0x40, 0x80, 0xF0))
sizes = st.sampled_from((0, 8, 0x10, 0x20, 0x40, 0x100))
ioeventfds = st.tuples(
    st.sampled_from((0, 4, 6, 8, 0x1E)),
    st.sampled_from((0, 2, 4)),
    st.booleans(),
    st.integers(0, 1),
    st.integers(0, 1),
)


def call(name: str, *arguments: st.SearchStrategy[Any]) -> st.SearchStrategy[Operation]:
    """Operations of one name."""
    return st.tuples(st.just(name), *arguments)


topology_operations = st.one_of(
    regions.flatmap(
        lambda child: call(
            "add_subregion", st.just(PLACES[child]), st.just(child), addresses, st.integers(0, 1)
        )
    ),
    regions.map(lambda child: ("del_subregion", PLACES[child], child)),
    call("set_address", regions, addresses),
    call("set_size", leaves, sizes),
    call("set_enabled", regions, st.booleans()),
    call("set_readonly", regions, st.booleans()),
    call("set_romd_mode", st.just("flash"), st.booleans()),
    call("set_nonvolatile", regions, st.booleans()),
    call("set_dirty_log_mask", leaves, st.integers(0, 3)),
    call("set_alias_offset", st.just(WINDOW), st.sampled_from((0, 2, 8))),
)
transactions = st.one_of(call("begin"), call("commit"), call("commit"), call("commit"))
registrations = st.one_of(
    call("register_listener", listeners, spaces, st.integers(0, 1), st.booleans()),
    call("unregister_listener", listeners),
    spaces.map(lambda space: ("create_space", space, SPACES[space])),
    call("destroy_space", spaces),
)
logging = st.one_of(
    call("start_global_dirty_log", st.integers(1, 2)),
    call("stop_global_dirty_log", st.integers(1, 2)),
    call("stop_global_dirty_log", st.integers(1, 2)),
)
coalescing = st.one_of(
    call("add_coalescing", coalesced, addresses, sizes),
    call("add_coalescing", coalesced, addresses, sizes),
    call("set_coalescing", coalesced),
    call("clear_coalescing", coalesced),
)
eventfds = st.one_of(
    call("add_ioeventfd", leaves, ioeventfds),
    call("add_ioeventfd", leaves, ioeventfds),
    call("del_ioeventfd", leaves, ioeventfds),
)


def histories_of(*kinds: st.SearchStrategy[Operation]) -> st.SearchStrategy[list[Operation]]:
    """Histories of some kinds of operations, each as often as it is given."""
    return st.lists(st.one_of(*kinds), min_size=15, max_size=50)


histories = histories_of(
    topology_operations,
    topology_operations,
    transactions,
    registrations,
    coalescing,
    eventfds,
    logging,
)
io_histories = histories_of(
    topology_operations, transactions, registrations, coalescing, coalescing, eventfds
)
flavours = st.sampled_from(("current", "qemu-7.2"))


class Step(NamedTuple):
    """One operation: the topology before it, what listeners heard of it, the topology after it."""

    operation: Operation
    before: Any
    events: tuple[Any, ...]
    after: Any


PREFACE: tuple[Operation, ...] = (
    ("add_subregion", "system", "ram", 0, 0),
    ("add_subregion", "system", "uart", 0x38, 1),
    ("add_subregion", "system", WINDOW, 0x80, 0),
    ("add_subregion", "bank", "timer", 0x10, 0),
    ("create_space", "memory", "system"),
    ("create_space", "bus", "bank"),
    ("register_listener", "vhost", "memory", 1, True),
    ("register_listener", "kvm", "bus", 0, True),
)
"""How every history begins: with RAM, a UART, a window into the bank, and two listeners."""


def start(package: Any, flavour: str) -> Any:
    """A topology with all regions, none of them placed yet."""
    region, changes = package.region, package.changes
    topology = package.topology.Topology(flavour=package.flavour.Flavour(flavour))
    for name, (kind, size) in REGIONS.items():
        topology = changes.create_region(topology, name, region.Region(region.Kind(kind), size))
    alias = region.Region(region.Kind.ALIAS, 0x40, alias="bank")
    return changes.create_region(topology, WINDOW, alias)


def perform(package: Any, topology: Any, operation: Operation) -> Any:
    """The topology after an operation. Raises what the operation raises."""
    name, *arguments = operation
    modules = (package.changes, package.write_changes, package.topology)
    function = next(getattr(module, name) for module in modules if hasattr(module, name))
    if name in ("add_ioeventfd", "del_ioeventfd"):
        arguments[1] = package.region.Ioeventfd(*arguments[1])
    return function(topology, *arguments)


def run(package: Any, flavour: str, history: Sequence[Operation]) -> Iterator[Step]:
    """The steps of a history; impossible operations are left out, and an abort ends it."""
    topology = start(package, flavour)
    for operation in (*PREFACE, *history):
        try:
            after = perform(package, topology, operation)
        except package.topology.TopologyError:
            continue
        except package.view.RenderAbort:
            return
        after, events = package.topology.take_events(after)
        yield Step(operation, topology, events, after)
        topology = after


def bytes_shown(section: Any, range_: Any) -> tuple[int, int] | None:
    """Where a section shows a range of its region, byte by byte: first address and size.

    An empty range is shown if a byte of the section is where it begins.
    """
    offsets = {address - section.start + section.offset: address for address in of(section)}
    if range_.size == 0:
        return (offsets[range_.start], 0) if range_.start in offsets else None
    shown = [at for offset, at in offsets.items() if offset in of(range_)]
    return (min(shown), len(shown)) if shown else None


def of(range_: Any) -> range:
    """The numbers that a range or section covers."""
    return range(range_.start, range_.start + range_.size)


def without_mask(section: Any) -> Any:
    """A section but for its dirty mask, which may change while it stays."""
    return section._replace(dirty_log_mask=0)


def order(ioeventfd: Any) -> tuple[int, int, bool, int, int]:
    """What tells one ioeventfd from another."""
    start, size, match_data, data, notifier = ioeventfd
    return (start, size, match_data, data * match_data, notifier)


class Mirror:
    """What one listener knows if it believes what it is told, and checks that it can be so."""

    def __init__(self) -> None:
        self.masks: dict[Any, int] = {}
        self.coalesced: Counter[Any] = Counter()
        self.ioeventfds: Counter[Any] = Counter()
        self.in_transaction = False

    def hear(self, event: Any) -> None:
        """Take in one event; AssertionError if it contradicts what is known."""
        assert self.in_transaction or event.callback == "begin" or not is_of_a_commit(event)
        match str(event.callback):
            case "begin":
                assert not self.in_transaction
                self.in_transaction = True
            case "commit":
                self.in_transaction = False
            case "region_add":
                assert not any(overlap(event.section, known) for known in self.masks)
                self.masks[without_mask(event.section)] = event.section.dirty_log_mask
            case "region_del":
                del self.masks[self.known(event)]
            case "region_nop":
                self.known(event)
            case "log_start" | "log_stop":
                self.masks[self.known(event)] = event.new
            case "coalesced_io_add":
                self.coalesced[self.known(event), *event.addresses] += 1
            case "coalesced_io_del":
                self.coalesced[self.known(event), *event.addresses] -= 1
            case "eventfd_add":
                self.ioeventfds[order(event.ioeventfd)] += 1
            case "eventfd_del":
                self.ioeventfds[order(event.ioeventfd)] -= 1

    def known(self, event: Any) -> Any:
        """The section of an event, which must be one that the listener has been told of."""
        section = without_mask(event.section)
        assert section in self.masks
        return section


def is_of_a_commit(event: Any) -> bool:
    """Whether only commits, registration and unregistration can bring it."""
    return str(event.callback).startswith(("region", "log_start", "log_stop", "commit"))


def overlap(left: Any, right: Any) -> bool:
    """Whether two sections share an address."""
    return bool(max(left.start, right.start) < min(left.end, right.end))


def mirrored(step: Step, mirrors: dict[str, Mirror]) -> None:
    """Let the listeners hear the events of a step; each must hear both begin and commit."""
    for event in step.events:
        mirrors.setdefault(event.listener, Mirror()).hear(event)
    assert not any(mirror.in_transaction for mirror in mirrors.values())
