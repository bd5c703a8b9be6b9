"""Systems for tests: small layouts as plain data, built on `model` or on a broken copy of it."""

from typing import Any, NamedTuple

from hypothesis import strategies as st

import model.address_space
import model.changes
import model.device
import model.find
import model.load_store
import model.map
import model.memory
import model.system
import model.topology

TOP = 1 << 64
PAGE_BITS = 4
PATTERN = 251


class DeviceCase(NamedTuple):
    """The operations of a device: (min, max, unaligned) twice, and the byte order's name."""

    valid: tuple[int, int, bool] = (0, 0, False)
    impl: tuple[int, int, bool] = (0, 0, False)
    order: str = "little"


PLAIN = DeviceCase()


class RegionCase(NamedTuple):
    """A region, in its place in the root; `kind` is the model's, or rom, or romd-off."""

    kind: str
    addr: int
    size: int
    priority: int = 0
    device: DeviceCase = PLAIN
    alias_offset: int | None = None


class LayoutCase(NamedTuple):
    """Regions r0, r1, ... in a root of 2^64 bytes; with an alias offset, seen through an alias."""

    regions: tuple[RegionCase, ...]
    big_endian: bool = False
    flavour: str = "current"


def content(index: int, offset: int) -> int:
    """What byte `offset` of region number `index` is at first; never zero, as holes are."""
    return (37 * offset + 11 * index) % PATTERN + 1


class Machine:
    """Builds a system on one copy of the model, an operation at a time."""

    def __init__(
        self,
        package: Any = model,
        flavour: str = "current",
        big_endian: bool = False,
        page_bits: int = 12,
    ) -> None:
        self.package = package
        topology = package.topology.Topology(
            flavour=package.flavour.Flavour(flavour), page_bits=page_bits
        )
        self.system = package.system.System(topology, 1 << page_bits, big_endian=big_endian)

    def topology(self, operation: Any, *arguments: Any) -> "Machine":
        """Carry out an operation on the topology."""
        after = operation(self.system.topology, *arguments)
        self.system = self.package.system.with_topology(self.system, after)
        return self

    def region(
        self, name: str, kind: str, size: int, addr: int | None = None, **fields: Any
    ) -> "Machine":
        """Create a region, and place it in the root if an address is given."""
        priority, into = fields.pop("priority", 0), fields.pop("into", "root")
        region = self.package.region.Region(self.package.region.Kind(kind), size, **fields)
        self.topology(self.package.changes.create_region, name, region)
        if addr is not None:
            self.topology(self.package.changes.add_subregion, into, name, addr, priority)
        return self

    def root(self, name: str = "root") -> "Machine":
        """Create a container of all addresses."""
        return self.region(name, "container", TOP)

    def space(self, name: str = "memory", root: str = "root") -> "Machine":
        """Create an address space."""
        return self.topology(self.package.topology.create_space, name, root)

    def device(self, name: str, case: DeviceCase = PLAIN, **fields: Any) -> "Machine":
        """Attach a device; the region belongs to its `owner`, if there is one."""
        owner = fields.pop("owner", None)
        module = self.package.device
        ops = module.Ops(
            module.AccessSizes(*case.valid),
            module.AccessSizes(*case.impl),
            module.ByteOrder(case.order),
            fields.pop("refusals", ()),
        )
        device = module.Device(ops, **fields)
        self.system = self.package.system.attach_device(self.system, name, device)
        return self if owner is None else self.own(name, owner)

    def own(self, name: str, owner: str) -> "Machine":
        """Say which qdev device a region belongs to."""
        self.system = self.system._replace(owners={**self.system.owners, name: owner})
        return self

    def store(self, contents: dict[int, int]) -> Any:
        """The behaviour of a byte store that holds these bytes."""
        return self.package.device.ByteStore(contents)

    def fill(self, name: str, data: bytes) -> "Machine":
        """Put bytes into the region's block, from offset 0 on."""
        block = self.package.memory.store_bytes(self.system.blocks[name], 0, data)
        self.system = self.system._replace(blocks={**self.system.blocks, name: block})
        return self


def build(package: Any, layout: LayoutCase) -> Any:
    """The system of a layout, its memory and byte stores filled with `content`."""
    machine = Machine(package, layout.flavour, layout.big_endian, PAGE_BITS).root()
    for index, case in enumerate(layout.regions):
        name = f"r{index}"
        kind = {"rom": "ram", "romd-off": "rom-device"}.get(case.kind, case.kind)
        placed = {"addr": case.addr, "priority": case.priority}
        flags = {"readonly": case.kind == "rom", "romd_mode": case.kind != "romd-off"}
        if case.alias_offset is None:
            machine.region(name, kind, case.size, **placed, **flags)
        else:
            machine.region(name, kind, case.size + case.alias_offset, **flags)
            machine.region(
                f"a{index}",
                "alias",
                case.size,
                **placed,
                alias=name,
                alias_offset=case.alias_offset,
            )
        if kind in ("io", "rom-device"):
            stored = {offset: content(index, offset) for offset in range(0x60)}
            machine.device(name, case.device, behaviour=machine.store(stored))
        if name in machine.system.blocks:
            length = machine.system.blocks[name].max_length
            machine.fill(name, bytes(content(index, offset) for offset in range(length)))
    return machine.space().system


# --- Machines that several tests use ------------------------------------------------------------


def ram_hole_ram() -> Machine:
    """RAM at 0 and 8, of 4 and 6 bytes, and nothing between them; pages of 4096 bytes."""
    machine = Machine().root().region("low", "ram", 4, 0).region("high", "ram", 6, 8)
    return machine.fill("low", b"abcd").fill("high", b"uvwxyz").space()


def flash(page_bits: int = 12) -> Machine:
    """A ROM device of 16 bytes in a host page, with RAM over its bytes 4 to 7."""
    machine = Machine(page_bits=page_bits).root().region("flash", "rom-device", 16, 0)
    machine.device("flash", behaviour=model.device.Formula(0x5A5A5A5A))
    machine.fill("flash", b"0123456789abcdef").region("over", "ram", 4, 4, priority=1)
    return machine.fill("over", b"OVER").space()


def device_system(case: DeviceCase, **fields: Any) -> Machine:
    """A device of 16 bytes at 0, in little-endian order on a little-endian target."""
    return Machine().root().region("io", "io", 16, 0).device("io", case, **fields).space()


# --- Strategies -------------------------------------------------------------------------------

power = st.sampled_from((1, 2, 4, 8))


@st.composite
def device_cases(draw: st.DrawFn, widens: bool = True) -> DeviceCase:
    """Devices of every size; `widens` lets callbacks be larger than accesses."""
    lowest, highest = sorted((draw(power), draw(power)))
    valid = (draw(st.sampled_from((0, lowest))), draw(st.sampled_from((0, highest))))
    least = draw(st.sampled_from((0, 1, 2, 4, 8))) if widens else 0
    valid_unaligned = draw(st.booleans())
    impl_unaligned = valid_unaligned and draw(st.booleans())
    return DeviceCase(
        (*valid, valid_unaligned),
        (least, draw(st.sampled_from((0, 1, 2, 4, 8))), impl_unaligned),
        draw(st.sampled_from(("little", "big", "native"))),
    )


KINDS = ("ram", "rom", "io", "rom-device", "romd-off", "reservation", "ram-device")
addresses = st.one_of(st.integers(0, 0x50), st.integers(TOP - 0x30, TOP - 1))
lengths = st.integers(0, 24)


def region_cases(grain: int = 1, widens: bool = True) -> st.SearchStrategy[RegionCase]:
    """Regions at multiples of `grain`."""

    def scaled(numbers: st.SearchStrategy[int]) -> st.SearchStrategy[int]:
        return numbers.map(lambda number: number - number % grain)

    return st.builds(
        RegionCase,
        kind=st.sampled_from(KINDS),
        addr=scaled(addresses),
        size=st.integers(1, 0x24),
        priority=st.integers(-1, 1),
        device=device_cases(widens=widens),
        alias_offset=st.none() | scaled(st.integers(0, 0x10)),
    )


def layouts(grain: int = 1, widens: bool = True) -> st.SearchStrategy[LayoutCase]:
    """Layouts of the current text."""
    regions = st.lists(region_cases(grain, widens), max_size=6).map(tuple)
    return st.builds(LayoutCase, regions, st.booleans(), st.just("current"))
