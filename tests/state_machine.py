"""A state machine for Hypothesis: any operations, on several targets side by side."""

from collections.abc import Sequence
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    multiple,
    precondition,
    rule,
)

from fuzz.operations import (
    AddSubregion,
    Begin,
    Commit,
    CreateRegion,
    CreateSpace,
    DelSubregion,
    DestroySpace,
    Operation,
    Property,
    RegionKind,
    SetProperty,
)
from fuzz.operations_access import IntegerSize, Load, Read, Store, Write
from fuzz.operations_devices import (
    Alignment,
    AttachDevice,
    ByteOrder,
    FailCallback,
    SetAccessSizes,
    SizesOf,
)
from fuzz.operations_listeners import (
    AddEventfd,
    EventfdSize,
    Notifier,
    RegisterListener,
    SetGlobalLog,
    UnregisterListener,
)
from fuzz.targets.impl import ImplTarget
from fuzz.targets.interface import Settings, TargetFactory
from tests.side_by_side import SideBySide, bounded_model
from tests.strategies import BASIS, LARGE, ROUND, TOP, operations, settings_of_machines

ADDRESSES = st.sampled_from(ROUND * 4 + LARGE)
ACCESSED = st.sampled_from((0x2000, 0x2001, 0x2002, 0x2004, 0x1FFE, 0x2FFC, 0x2FFF)) | ADDRESSES
SIZES = st.sampled_from((0x1000, TOP, 0, 1, 0x10, 0x800, 0x2000, 0x1001, 1 << 63))
PRIORITIES = st.integers(-2, 2)
DATA = st.binary(min_size=1, max_size=12)
LEAVES = (
    RegionKind.RAM,
    RegionKind.IO,
    RegionKind.ROM,
    RegionKind.ROM_DEVICE,
    RegionKind.RESERVATION,
    RegionKind.RAM_DEVICE,
    RegionKind.IOMMU,
)
CHANGES = st.one_of(
    st.tuples(st.just(Property.ADDRESS), ADDRESSES),
    st.tuples(st.just(Property.SIZE), SIZES),
    st.tuples(st.just(Property.ENABLED), st.booleans()),
    st.tuples(st.just(Property.READONLY), st.booleans()),
    st.tuples(st.sampled_from((Property.NONVOLATILE, Property.UNMERGEABLE)), st.booleans()),
    st.tuples(st.just(Property.ROMD_MODE), st.booleans()),
    st.tuples(st.just(Property.ALIAS_OFFSET), ADDRESSES),
    st.tuples(st.just(Property.DIRTY_LOG_MASK), st.integers(0, 7)),
)
"""What can be set of a region, and to what."""

IN_TRANSACTIONS = (AddSubregion, DelSubregion, SetProperty, CreateRegion)


class MemoryMachine(RuleBasedStateMachine):
    """Topology, transactions, listeners, devices, accesses; and `anything` else there is.

    `factories` are the targets, of which the first is the reference.
    """

    factories: ClassVar[Sequence[TargetFactory]] = (bounded_model, ImplTarget)

    containers: Bundle[str] = Bundle("containers")
    regions: Bundle[str] = Bundle("regions")
    devices: Bundle[str] = Bundle("devices")
    spaces: Bundle[str] = Bundle("spaces")
    listeners: Bundle[str] = Bundle("listeners")

    any_container = st.just("system") | containers
    any_region = st.sampled_from(("ram", "dev")) | regions | containers
    any_device = st.just("dev") | devices
    any_space = st.just("memory") | spaces

    def do(self, operation: Operation) -> bool:
        """Carry out an operation everywhere; whether it was not rejected. Raises Diverged."""
        return self.sides.do(operation)

    def make(self, operation: Operation, name: str) -> Any:
        """Carry out an operation that makes something: its name for a bundle, or nothing."""
        return name if self.do(operation) else multiple()

    def teardown(self) -> None:
        if hasattr(self, "sides"):
            self.sides.finish()

    @initialize(settings=settings_of_machines)
    def begin_with_a_space_that_is_listened_to(self, settings: Settings) -> None:
        self.sides = SideBySide(settings, self.factories)
        for operation in BASIS:
            self.do(operation)
        self.do(RegisterListener("first", "memory", eventfds=True))

    # --- Topology ---

    @rule(
        target=regions,
        kind=st.sampled_from(LEAVES),
        size=SIZES,
        container=any_container,
        addr=ADDRESSES,
        priority=PRIORITIES,
    )
    def place_region(
        self, kind: RegionKind, size: int, container: str, addr: int, priority: int
    ) -> Any:
        return self.place(kind, size, None, 0, container, addr, priority)

    @rule(
        target=containers, size=SIZES, container=any_container, addr=ADDRESSES, priority=PRIORITIES
    )
    def place_container(self, size: int, container: str, addr: int, priority: int) -> Any:
        return self.place(RegionKind.CONTAINER, size, None, 0, container, addr, priority)

    @rule(
        target=regions,
        to=any_region,
        size=SIZES,
        offset=ADDRESSES,
        container=any_container,
        addr=ADDRESSES,
        priority=PRIORITIES,
    )
    def place_alias(
        self, to: str, size: int, offset: int, container: str, addr: int, priority: int
    ) -> Any:
        return self.place(RegionKind.ALIAS, size, to, offset, container, addr, priority)

    def place(
        self,
        kind: RegionKind,
        size: int,
        to: str | None,
        offset: int,
        container: str,
        addr: int,
        priority: int,
    ) -> Any:
        """Make a region and put it into a container: its name, for a bundle."""
        name = self.sides.known.fresh("region")
        self.make(CreateRegion(name, kind, size, to, offset), name)
        self.do(AddSubregion(container, name, addr, priority))
        return name

    @rule(
        container=any_container,
        child=any_region,
        addr=ADDRESSES,
        priority=PRIORITIES,
    )
    def add_subregion(self, container: str, child: str, addr: int, priority: int) -> None:
        self.do(AddSubregion(container, child, addr, priority))

    @rule(container=any_container, child=any_region)
    def del_subregion(self, container: str, child: str) -> None:
        self.do(DelSubregion(container, child))

    @rule(region=any_region, change=CHANGES)
    def set_property(self, region: str, change: tuple[Property, int]) -> None:
        self.do(SetProperty(region, *change))

    @rule(target=spaces, root=any_region)
    def create_space(self, root: str) -> Any:
        name = self.sides.known.fresh("space")
        return self.make(CreateSpace(name, root), name)

    @rule(space=consumes(spaces))
    def destroy_space(self, space: str) -> None:
        self.do(DestroySpace(space))

    @rule(data=st.data(), count=st.integers(1, 4))
    def change_in_one_transaction(self, data: st.DataObject, count: int) -> None:
        self.do(Begin())
        for _ in range(count):
            self.do(data.draw(operations(self.sides.known, IN_TRANSACTIONS)))
        self.do(Commit())

    @precondition(lambda self: self.sides.known.depth > 0)
    @rule()
    def commit(self) -> None:
        self.do(Commit())

    # --- Listeners ---

    @rule(target=listeners, space=any_space, priority=st.integers(0, 2), eventfds=st.booleans())
    def listen(self, space: str, priority: int, eventfds: bool) -> Any:
        name = self.sides.known.fresh("listener")
        return self.make(RegisterListener(name, space, priority, eventfds), name)

    @rule(listener=consumes(listeners))
    def unlisten(self, listener: str) -> None:
        self.do(UnregisterListener(listener))

    @rule(
        region=regions,
        offset=ADDRESSES,
        size=st.sampled_from(EventfdSize),
        notifier=st.sampled_from(Notifier),
        data=st.none() | st.integers(0, 3),
    )
    def add_eventfd(
        self, region: str, offset: int, size: EventfdSize, notifier: Notifier, data: int | None
    ) -> None:
        self.do(AddEventfd(region, offset, size, notifier, data))

    @rule(on=st.booleans())
    def log_all(self, on: bool) -> None:
        self.do(SetGlobalLog(on))

    # --- Devices and accesses ---

    @rule(
        target=devices,
        size=SIZES,
        order=st.sampled_from(ByteOrder),
        container=any_container,
        addr=ADDRESSES,
    )
    def place_device(self, size: int, order: ByteOrder, container: str, addr: int) -> Any:
        name = self.place(RegionKind.IO, size, None, 0, container, addr, 0)
        return self.make(AttachDevice(name, order), name)

    @rule(
        device=any_device,
        what=st.sampled_from(SizesOf),
        least=st.sampled_from([0, 1, 2, 4, 8]),
        most=st.sampled_from([0, 1, 2, 4, 8]),
        alignment=st.sampled_from(Alignment),
    )
    def set_sizes(
        self, device: str, what: SizesOf, least: int, most: int, alignment: Alignment
    ) -> None:
        self.do(SetAccessSizes(what, device, least, most, alignment))

    @rule(device=any_device, callback=st.integers(0, 3))
    def fail(self, device: str, callback: int) -> None:
        self.do(FailCallback(device, callback))

    @rule(space=any_space, address=ACCESSED, length=st.integers(0, 20))
    def read(self, space: str, address: int, length: int) -> None:
        self.do(Read(space, address, length))

    @rule(space=any_space, address=ACCESSED, data=DATA)
    def write(self, space: str, address: int, data: bytes) -> None:
        self.do(Write(space, address, data))

    @rule(
        space=any_space,
        address=ACCESSED,
        size=st.sampled_from(IntegerSize),
        order=st.sampled_from(ByteOrder),
    )
    def load(self, space: str, address: int, size: IntegerSize, order: ByteOrder) -> None:
        self.do(Load(space, address, size, order))

    @rule(
        space=any_space,
        address=ACCESSED,
        value=ADDRESSES,
        size=st.sampled_from(IntegerSize),
        order=st.sampled_from(ByteOrder),
    )
    def store(
        self, space: str, address: int, value: int, size: IntegerSize, order: ByteOrder
    ) -> None:
        self.do(Store(space, address, value, size, order))

    # --- The rest ---

    @rule(data=st.data())
    def anything(self, data: st.DataObject) -> None:
        """Any operation at all, of what there is: also those that have no rule of their own."""
        self.do(data.draw(operations(self.sides.known)))
