"""Devices, IOMMUs and accesses as commands of the agent inside QEMU."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from fuzz.operations_access import (
    AskWhetherValid,
    Attributes,
    Direction,
    Fill,
    Load,
    Read,
    ReadConstant,
    Store,
    Write,
    WriteRom,
)
from fuzz.operations_devices import (
    Alignment,
    AnswerByFormula,
    AttachDevice,
    ByteOrder,
    FailCallback,
    MapPage,
    PermitPage,
    PresetBytes,
    RefuseAccesses,
    Refused,
    SetAccessSizes,
    SizesOf,
    Table,
)
from fuzz.operations_lifecycle import CreateOwner, OwnerType, OwnRegion
from fuzz.operations_mapping import Find, Map, ReadMapped, Unmap, WriteMapped
from fuzz.operations_reentry import ReadFromCallback, SetReentrancyGuard, WriteFromCallback

if TYPE_CHECKING:
    from fuzz.targets.qemu import QemuTarget

ORDERS = {ByteOrder.NATIVE: 0, ByteOrder.BIG: 1, ByteOrder.LITTLE: 2}
TABLES = {Table.NORMAL: 0, Table.SECURE: 1}


# --- Devices and IOMMUs -----------------------------------------------------------------------


def access_sizes(target: QemuTarget, operation: SetAccessSizes) -> list[object]:
    """Say which accesses are valid, or which callbacks there are."""
    which = "valid" if operation.what is SizesOf.VALID else "impl"
    unaligned = int(operation.alignment is Alignment.UNALIGNED)
    region = target.region(operation.region)
    return ["sizes", region, which, operation.least, operation.most, unaligned]


def refuse(target: QemuTarget, operation: RefuseAccesses) -> list[object]:
    """Have the accepts hook say no."""
    size = operation.access_size.bytes or 0
    reads, writes = operation.what is not Refused.WRITES, operation.what is not Refused.READS
    what = operation.start, operation.size, size, int(reads), int(writes)
    return ["refuse", target.region(operation.region), *what, operation.callbacks]


def map_page(target: QemuTarget, operation: MapPage) -> list[object]:
    """Map a page of an IOMMU's first table."""
    mask = (1 << operation.page_bits.number) - 1
    numbers = target.region(operation.iommu), TABLES[operation.table]
    where = operation.iova, mask, operation.address
    return ["page", *numbers, *where, target.space(operation.space), 3]


def permit_page(target: QemuTarget, operation: PermitPage) -> list[object]:
    """Change what a page allows."""
    permission = operation.permission.reads | operation.permission.writes << 1
    return [
        "permit",
        target.region(operation.iommu),
        TABLES[operation.table],
        operation.iova,
        int(permission),
    ]


# --- Accesses of devices ----------------------------------------------------------------------


def own(target: QemuTarget, operation: OwnRegion) -> list[object]:
    """Say which object a region belongs to."""
    owner = target.number("owner", operation.owner)
    is_device = target.owner_types[operation.owner] is OwnerType.DEVICE
    is_added = target.before.regions[operation.region].container is not None
    return ["own", target.region(operation.region), owner, int(is_device), int(is_added)]


def create_owner(target: QemuTarget, operation: CreateOwner) -> list[object]:
    """Make an object, which is a device or is none."""
    target.owner_types[operation.name] = operation.type
    is_device = operation.type is OwnerType.DEVICE
    return ["owner", target.new("owner", operation.name), int(is_device)]


def add_dma(target: QemuTarget, operation: ReadFromCallback | WriteFromCallback) -> list[object]:
    """Have a device's callbacks begin with an access."""
    callback = -1 if operation.callback is None else operation.callback
    numbers = target.region(operation.region), target.space(operation.space)
    words = ["dma", *numbers, operation.address, callback, attrs_of(operation.attributes)]
    if isinstance(operation, ReadFromCallback):
        return [*words, operation.length]
    return [*words, len(operation.data), operation.data.hex()]


# --- Accesses ---------------------------------------------------------------------------------


def attrs_of(attributes: Attributes) -> int:
    """What an access says of itself, in bits; 7.2 knows no debugger's."""
    return attributes.secure | attributes.memory << 1


def read(target: QemuTarget, operation: Read | ReadConstant) -> list[object]:
    """Read bytes."""
    verb = "read" if isinstance(operation, Read) else "read-constant"
    space, attrs = target.space(operation.space), attrs_of(operation.attributes)
    return [verb, space, operation.address, operation.length, attrs]


def write(target: QemuTarget, operation: Write | WriteRom) -> list[object]:
    """Write bytes, as an access or as firmware is loaded."""
    verb = "write" if isinstance(operation, Write) else "write-rom"
    space, attrs = target.space(operation.space), attrs_of(operation.attributes)
    return [verb, space, operation.address, attrs, operation.data.hex()]


def fill(target: QemuTarget, operation: Fill) -> list[object]:
    """Write one byte over and over."""
    space, attrs = target.space(operation.space), attrs_of(operation.attributes)
    return ["fill", space, operation.address, operation.byte, operation.length, attrs]


def load(target: QemuTarget, operation: Load | Store) -> list[object]:
    """Load or store an integer."""
    verb = "load" if isinstance(operation, Load) else "store"
    words = [verb, target.space(operation.space), operation.address, operation.size.bytes]
    words += [ORDERS[operation.order], attrs_of(operation.attributes)]
    return [*words, operation.stored] if isinstance(operation, Store) else words


def ask_whether_valid(target: QemuTarget, operation: AskWhetherValid) -> list[object]:
    """Ask whether devices would let an access in."""
    asked = operation.address, operation.length, int(operation.is_write)
    return ["access-valid", target.space(operation.space), *asked, attrs_of(operation.attributes)]


# --- Mapping ----------------------------------------------------------------------------------


def map_memory(target: QemuTarget, operation: Map) -> list[object]:
    """Map bytes."""
    number = target.new("mapping", operation.name)
    is_write = int(operation.direction is Direction.WRITE)
    asked = operation.address, operation.length, is_write, attrs_of(operation.attributes)
    return ["map", number, target.space(operation.space), *asked]


def unmap(target: QemuTarget, operation: Unmap) -> list[object]:
    """Give a mapping back."""
    is_write = int(operation.direction is Direction.WRITE)
    return ["unmap", target.number("mapping", operation.mapping), is_write, operation.used]


COMMANDS: dict[type, Callable[[QemuTarget, Any], list[object]]] = {
    AttachDevice: lambda target, one: ["device", target.region(one.region), ORDERS[one.order]],
    SetAccessSizes: access_sizes,
    AnswerByFormula: lambda target, one: [
        "formula",
        target.region(one.region),
        one.base,
        one.per_offset,
    ],
    FailCallback: lambda target, one: ["fail", target.region(one.region), one.callback],
    RefuseAccesses: refuse,
    PresetBytes: lambda target, one: [
        "preset",
        target.region(one.region),
        one.offset,
        one.data.hex(),
    ],
    CreateOwner: create_owner,
    OwnRegion: own,
    ReadFromCallback: add_dma,
    WriteFromCallback: add_dma,
    SetReentrancyGuard: lambda target, one: [
        "guard",
        target.region(one.region),
        int(one.guarded),
    ],
    MapPage: map_page,
    PermitPage: permit_page,
    Read: read,
    ReadConstant: read,
    Write: write,
    WriteRom: write,
    Fill: fill,
    Load: load,
    Store: load,
    AskWhetherValid: ask_whether_valid,
    Map: map_memory,
    ReadMapped: lambda target, one: [
        "read-map",
        target.number("mapping", one.mapping),
        one.offset,
        one.length,
    ],
    WriteMapped: lambda target, one: [
        "write-map",
        target.number("mapping", one.mapping),
        one.offset,
        one.data.hex(),
    ],
    Unmap: unmap,
    Find: lambda target, one: ["find", target.region(one.region), one.offset, one.size],
}
