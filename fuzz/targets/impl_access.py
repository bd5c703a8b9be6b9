"""Devices and accesses on the implementation."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal

from fuzz.access_seen import (
    AccessSeen,
    DirtySeen,
    SignalSeen,
    format_access,
    format_answer,
)
from fuzz.operations_access import (
    AccessOperation,
    AskWhetherValid,
    Attributes,
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
from fuzz.targets import impl_reentry
from fuzz.targets.interface import Aborted, Lines, Rejected, Unsupported

if TYPE_CHECKING:
    from fuzz.targets.impl import ImplTarget


class AccessLog:
    """A recorder, with the methods of the implementation's, that keeps what it is told."""

    def __init__(self) -> None:
        self.calls: list[Any] = []
        self.marks: list[Any] = []
        self.signals: list[Any] = []

    def call(self, call: Any) -> None:
        self.calls.append(call)

    def dma(self, done: Any) -> None:
        self.calls.append(done)

    def mark(self, mark: Any) -> None:
        self.marks.append(mark)

    def signal(self, signal: Any) -> None:
        self.signals.append(signal)


def order_of(target: ImplTarget, order: ByteOrder) -> Literal["little", "big"]:
    """A byte order by its name in the implementation."""
    if order is ByteOrder.NATIVE:
        return "big" if target.accesses.order == "big" else "little"
    return "big" if order is ByteOrder.BIG else "little"


# --- Devices ----------------------------------------------------------------------------------


def attach_device(target: ImplTarget, operation: AttachDevice) -> Lines:
    """A new byte store."""
    target.accesses.attach(target.region(operation.region), order_of(target, operation.order))
    return ()


def change_device(
    target: ImplTarget,
    operation: SetAccessSizes | AnswerByFormula | FailCallback | RefuseAccesses | PresetBytes,
) -> Lines:
    """Change one thing about the region's device."""
    module, region = target.package.device, target.region(operation.region)
    device = target.accesses.device_of(region)
    match operation:
        case SetAccessSizes(what, _, least, most, alignment):
            sizes = module.Sizes(least, most, alignment is Alignment.UNALIGNED)
            is_valid = what is SizesOf.VALID
            target.accesses.set_sizes(
                region, valid=sizes if is_valid else None, impl=None if is_valid else sizes
            )
        case AnswerByFormula(_, base, per_offset):
            device.behaviour = module.Formula(base, per_offset)
        case FailCallback(_, callback):
            device.failing.add(callback)
        case PresetBytes(name, offset, data):
            if not isinstance(device.behaviour, module.ByteStore):
                raise Rejected(f"device {name} answers by a formula: it keeps no bytes")
            device.behaviour.write(offset, data)
        case RefuseAccesses(_, what, access_size, start, size, callbacks):
            reads, writes = what is not Refused.WRITES, what is not Refused.READS
            refusal = module.Refusal(
                start, start + size, access_size.bytes, reads, writes, callbacks
            )
            device.refusals.append(refusal)
    return ()


# --- IOMMUs -----------------------------------------------------------------------------------


def change_iommu(target: ImplTarget, operation: MapPage | PermitPage) -> Lines:
    """Map a page, or change what one allows."""
    iommu = target.accesses.iommu_of(target.region(operation.iommu))
    match operation:
        case MapPage(_, iova, space, address, page_bits):
            if space not in target.memory_map.spaces:
                raise Rejected(f"there is no address space {space}")
            secure = operation.table is Table.SECURE
            iommu.map(iova, page_bits.number, space, address, secure)
        case PermitPage(_, iova, permission):
            table = iommu.secure if operation.table is Table.SECURE else iommu.normal
            page = table.page_at(iova)
            if page is None:
                raise Rejected(f"IOMMU {operation.iommu} has no page at {iova:#x}")
            page.reads, page.writes = permission.reads, permission.writes
    return ()


# --- Accesses ---------------------------------------------------------------------------------


def space_of(target: ImplTarget, name: str) -> Any:
    """A space by its name. Raises Rejected, also where QEMU would use what is freed."""
    check_reachable(target)
    if name not in target.memory_map.spaces:
        raise Rejected(f"there is no address space {name}")
    return target.memory_map.spaces[name]


def check_reachable(target: ImplTarget) -> None:
    """Raise Rejected where an access could come to what is freed, or to a destroyed space."""
    lifecycle, spaces = target.lifecycle, target.memory_map.spaces
    for gone in () if lifecycle is None else lifecycle.gone:
        if any(one.region.name == gone for space in spaces.values() for one in space.view.ranges):
            raise Rejected(f"a view still shows region {gone}, which is freed")
    for region in target.regions.values():
        for behind in () if region.iommu is None else region.iommu.spaces:
            if behind not in spaces:
                raise Rejected(f"IOMMU {region.name} leads to space {behind}, which is destroyed")
        for dma in () if region.device is None else region.device.dma:
            if dma.space not in spaces:
                raise Rejected(f"device {region.name} uses space {dma.space}, which is destroyed")


@contextmanager
def stops(package: Any) -> Iterator[None]:
    """Take an access that does not end for an abort, or for more than is followed."""
    try:
        yield
    except (package.translate.TranslationLimit, package.reentry.NestingLimit) as error:
        raise Unsupported(str(error)) from error
    except package.memory.AccessStopped as error:
        raise Aborted(str(error)) from error


def access(target: ImplTarget, operation: AccessOperation) -> Lines:
    """Make one access, and say all that is seen of it."""
    with stops(target.package):
        seen = carry_out(target, operation)
    return format_access(seen._replace(**take_logs(target)))


def ask_whether_valid(target: ImplTarget, operation: AskWhetherValid) -> Lines:
    """What the query answers; nothing is accessed."""
    space = space_of(target, operation.space)
    asked = operation.address, operation.length, operation.is_write
    attributes = attributes_of(target.package, operation.attributes)
    with stops(target.package):
        return format_answer(space.is_valid(*asked, attributes))


def attributes_of(package: Any, attributes: Attributes) -> Any:
    """What an access says of itself, as the implementation has it."""
    if attributes is Attributes.UNSPECIFIED:
        return package.attributes.UNSPECIFIED
    return package.attributes.Attributes(attributes.memory, attributes.debug, attributes.secure)


def carry_out(target: ImplTarget, operation: AccessOperation) -> AccessSeen:
    """One access, as people make it: how it ended, and what it gave."""
    attributes = attributes_of(target.package, operation.attributes)
    space = space_of(target, operation.space)
    try:
        match operation:
            case Read(_, address, length):
                return AccessSeen(0, space.read(address, length, attributes))
            case ReadConstant(_, address, length):
                read_constant = target.accesses.read_constant
                result, data = read_constant(space, address, length, attributes)
                return AccessSeen(int(result), data)
            case Write(_, address, data):
                space.write(address, data, attributes)
            case WriteRom(_, address, data):
                space.write_rom(address, data, attributes)
            case Fill(_, address, length, byte):
                space.fill(address, length, byte, attributes)
            case Load(_, address, size, order):
                said = None if order is ByteOrder.NATIVE else order_of(target, order)
                return AccessSeen(0, value=space.load(address, size.bytes, said, attributes))
            case Store(_, address, _, size, order):
                said = None if order is ByteOrder.NATIVE else order_of(target, order)
                space.store(address, operation.stored, size.bytes, said, attributes)
    except target.package.device_calls.AccessError as error:
        if not isinstance(operation, Load):
            return AccessSeen(int(error.result), error.data)
        value = int.from_bytes(error.data, order_of(target, operation.order))
        return AccessSeen(int(error.result), value=value)
    return AccessSeen(0)


def take_logs(target: ImplTarget) -> dict[str, Any]:
    """What happened since this was last asked, in neutral words."""
    kept = target.access_log
    calls = tuple(map(impl_reentry.call_seen, kept.calls))
    signals = tuple(SignalSeen(one.region.name, *one[1:4]) for one in kept.signals)
    dirty = tuple(DirtySeen(one.region.name, *one[1:]) for one in kept.marks)
    hooks = tuple(target.hooks)
    for log in (kept.calls, kept.signals, kept.marks, target.hooks):
        log.clear()
    return {"calls": calls, "signals": signals, "dirty": dirty, "hooks": hooks}


HANDLERS: dict[type, Callable[[ImplTarget, Any], Lines]] = {
    AttachDevice: attach_device,
    **dict.fromkeys(
        (SetAccessSizes, AnswerByFormula, FailCallback, RefuseAccesses, PresetBytes), change_device
    ),
    **dict.fromkeys((MapPage, PermitPage), change_iommu),
    AskWhetherValid: ask_whether_valid,
    **dict.fromkeys((Read, ReadConstant, Write, WriteRom, Fill, Load, Store), access),
}
