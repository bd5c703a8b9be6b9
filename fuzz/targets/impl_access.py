"""Devices and accesses on the implementation."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal

from fuzz.access_seen import (
    AccessSeen,
    DeviceCallSeen,
    DirtySeen,
    SignalSeen,
    format_access,
    format_answer,
)
from fuzz.operations_access import (
    AccessOperation,
    AskWhetherValid,
    Load,
    Read,
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
    RefuseAccesses,
    Refused,
    SetAccessSizes,
    SizesOf,
)
from fuzz.targets.interface import Aborted, Lines, Rejected, Settings, Unsupported

if TYPE_CHECKING:
    from fuzz.targets.impl import ImplTarget


def accesses_of(target: ImplTarget, settings: Settings) -> Any:
    """What makes accesses to a target's memory map, as the flavour has it."""
    is_current = settings.flavour != "qemu-7.2"
    return target.package.access.Accesses(
        target.memory_map,
        settings.page_bits,
        direct_ram_devices=is_current,
        checks_alignment=is_current,
    )


def order_of(order: ByteOrder) -> Literal["little", "big"]:
    """A byte order on a target whose own is little."""
    return "big" if order is ByteOrder.BIG else "little"


# --- Devices ----------------------------------------------------------------------------------


def attach_device(target: ImplTarget, operation: AttachDevice) -> Lines:
    """A new byte store."""
    target.accesses.attach(target.region(operation.region), order_of(operation.order))
    return ()


def change_device(
    target: ImplTarget,
    operation: SetAccessSizes | AnswerByFormula | FailCallback | RefuseAccesses,
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
        case RefuseAccesses(_, what, access_size, start, size):
            reads, writes = what is not Refused.WRITES, what is not Refused.READS
            refusal = module.Refusal(start, start + size, access_size.bytes, reads, writes)
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
            iommu.map(iova, page_bits.number, space, address)
        case PermitPage(_, iova, permission):
            page = iommu.page_at(iova)
            if page is None:
                raise Rejected(f"IOMMU {operation.iommu} has no page at {iova:#x}")
            page.reads, page.writes = permission.reads, permission.writes
    return ()


# --- Accesses ---------------------------------------------------------------------------------


def space_of(target: ImplTarget, name: str) -> Any:
    """A space by its name. Raises Rejected, also where QEMU would use what is freed."""
    lifecycle, spaces = target.lifecycle, target.memory_map.spaces
    for gone in () if lifecycle is None else lifecycle.gone:
        if any(one.region.name == gone for space in spaces.values() for one in space.view.ranges):
            raise Rejected(f"a view still shows region {gone}, which is freed")
    for region in target.regions.values():
        for behind in () if region.iommu is None else region.iommu.spaces:
            if behind not in spaces:
                raise Rejected(f"IOMMU {region.name} leads to space {behind}, which is destroyed")
    if name not in spaces:
        raise Rejected(f"there is no address space {name}")
    return spaces[name]


@contextmanager
def stops(package: Any) -> Iterator[None]:
    """Take an access that does not end for an abort, or for more than is followed."""
    try:
        yield
    except package.translate.TranslationLimit as error:
        raise Unsupported(str(error)) from error
    except package.memory.AccessStopped as error:
        raise Aborted(str(error)) from error


def access(target: ImplTarget, operation: AccessOperation) -> Lines:
    """Make one access, and say all that is seen of it."""
    with stops(target.package):
        seen = carry_out(target, operation)
    return format_access(seen._replace(**take_logs(target.accesses)))


def ask_whether_valid(target: ImplTarget, operation: AskWhetherValid) -> Lines:
    """What the query answers; nothing is accessed."""
    space = space_of(target, operation.space)
    with stops(target.package):
        return format_answer(
            target.accesses.is_valid(space, operation.address, operation.length, operation.is_write)
        )


def carry_out(target: ImplTarget, operation: AccessOperation) -> AccessSeen:
    """One access: how it ended, and what it gave."""
    accesses = target.accesses
    match operation:
        case Read(name, address, length):
            result, data = accesses.read(space_of(target, name), address, length)
            return AccessSeen(int(result), data)
        case Write(name, address, data):
            return AccessSeen(int(accesses.write(space_of(target, name), address, data)))
        case WriteRom(name, address, data):
            accesses.write_rom(space_of(target, name), address, data)
            return AccessSeen(0)
        case Load(name, address, size, order):
            space = space_of(target, name)
            result, value = accesses.load(space, address, size.bytes, order_of(order))
            return AccessSeen(int(result), value=value)
        case Store(name, address, _, size, order):
            data = operation.stored.to_bytes(size.bytes, order_of(order))
            return AccessSeen(int(accesses.store(space_of(target, name), address, data)))
    raise Unsupported(f"{type(operation).__name__} is no access")


def take_logs(accesses: Any) -> dict[str, Any]:
    """What happened since this was last asked, in neutral words."""
    calls = tuple(
        DeviceCallSeen(
            one.device.name, one.offset, one.size, one.value, one.is_write, int(one.failed)
        )
        for one in accesses.calls
    )
    signals = tuple(SignalSeen(one.region.name, *one[1:]) for one in accesses.signals)
    dirty = tuple(DirtySeen(one.region.name, *one[1:]) for one in accesses.marks)
    for log in (accesses.calls, accesses.signals, accesses.marks):
        log.clear()
    return {"calls": calls, "signals": signals, "dirty": dirty}


HANDLERS: dict[type, Callable[[ImplTarget, Any], Lines]] = {
    AttachDevice: attach_device,
    **dict.fromkeys((SetAccessSizes, AnswerByFormula, FailCallback, RefuseAccesses), change_device),
    **dict.fromkeys((MapPage, PermitPage), change_iommu),
    AskWhetherValid: ask_whether_valid,
    **dict.fromkeys((Read, Write, WriteRom, Load, Store), access),
}
