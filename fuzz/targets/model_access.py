"""Devices and accesses on the specification."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from fuzz.access_seen import (
    AccessSeen,
    DirtySeen,
    HookSeen,
    SignalSeen,
    format_access,
    format_answer,
)
from fuzz.operands import ADDRESS_SPACE_SIZE
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
    FailCallback,
    MapPage,
    PermitPage,
    PresetBytes,
    RefuseAccesses,
    Refused,
    SetAccessSizes,
    Table,
)
from fuzz.targets import model_reentry
from fuzz.targets.interface import Aborted, Lines, Rejected, Settings, Unsupported

if TYPE_CHECKING:
    from fuzz.targets.model import ModelTarget


class ModelAccess:
    """The model's system beside a target's topology: what lies in blocks and behind callbacks."""

    def __init__(self, target: ModelTarget, settings: Settings) -> None:
        self.target = target
        self.package = target.package
        self.system = self.package.system.System(target.topology, big_endian=settings.big_endian)
        self.tells_of_hooks = settings.fuzzing
        self.mappings: dict[str, Any] = {}

    def note_region(self, name: str) -> None:
        """Give a region that was made just now its block, and a ROM device its device."""
        system, topology = self.system, self.target.topology
        self.lose_mappings(name)
        if name in system.blocks or name in system.devices or name in system.iommus:
            system = system._replace(
                blocks={key: one for key, one in system.blocks.items() if key != name},
                devices={key: one for key, one in system.devices.items() if key != name},
                iommus={key: one for key, one in system.iommus.items() if key != name},
            )
        one = topology.regions[name]
        known = topology._replace(regions={name: one})
        system = self.package.system.with_topology(system, known)
        if one.kind.value == "rom-device":
            system = self.package.system.attach_device(system, name, self.package.device.Device())
        self.system = system

    def lose_mappings(self, region: str) -> None:
        """Forget what is mapped of a region that is gone."""
        kept = {name: one for name, one in self.mappings.items() if one.region != region}
        self.mappings = kept

    def now(self) -> Any:
        """The system as the topology and the owners of its regions are now.

        Raises Rejected where QEMU would use what is freed: a region that a view still shows, a
        space that an IOMMU or a device's own access still leads to.
        """
        topology = self.target.topology
        spaces = topology.spaces.values()
        for name, iommu in self.system.iommus.items():
            tables = iommu.tables if name in topology.regions else ()
            for entry in (entry for table in tables for entry in table):
                if entry.space not in topology.spaces:
                    raise Rejected(f"IOMMU {name} leads to space {entry.space}, which is destroyed")
        model_reentry.check_spaces(self.target, self.system.devices)
        for gone in self.target.lifecycle.gone:
            if any(one.region == gone for space in spaces for one in space.view.ranges):
                raise Rejected(f"a view still shows region {gone}, which is freed")
        return self.unchecked()

    def unchecked(self) -> Any:
        """The same, for what comes to no region or space: memory that is mapped already."""
        owners = model_reentry.owners_of(self.target)
        return self.system._replace(topology=self.target.topology, owners=owners)

    def device(self, name: str) -> Any:
        """A region's device. Raises Rejected if it has none."""
        self.package.topology.get_region(self.target.topology, name)
        if name not in self.system.devices:
            raise Rejected(f"region {name} has no device")
        return self.system.devices[name]

    def is_byte_swapped(self, name: str) -> bool:
        """Whether what answers in a region has another byte order than the target."""
        system = self.system._replace(topology=self.target.topology)
        return bool(self.package.system.is_byte_swapped(system, name))

    def attach(self, name: str, device: Any) -> None:
        """Put a device in place of what the region had. Raises TopologyError."""
        system = self.system._replace(topology=self.target.topology)
        self.system = self.package.system.attach_device(system, name, device)

    def keep(self, system: Any) -> dict[str, Any]:
        """Go on with the system after an access; what its logs say of it, in neutral words."""
        self.system = self.package.system.without_logs(system)
        hooks = system.fuzz_hooks if self.tells_of_hooks else ()
        return {
            "hooks": tuple(HookSeen(*one) for one in hooks),
            "calls": tuple(model_reentry.call_seen(self.package, one) for one in system.calls),
            "signals": tuple(SignalSeen(*one) for one in system.signals),
            "dirty": tuple(DirtySeen(*one) for one in system.dirty_marks),
        }


# --- Devices ----------------------------------------------------------------------------------


def attach_device(target: ModelTarget, operation: AttachDevice) -> Lines:
    """A new byte store."""
    device = target.package.device
    order = device.ByteOrder(operation.order.value)
    target.access.attach(operation.region, device.Device(device.Ops(byte_order=order)))
    return ()


def change_device(
    target: ModelTarget,
    operation: SetAccessSizes | AnswerByFormula | FailCallback | RefuseAccesses | PresetBytes,
) -> Lines:
    """Attach the region's device anew, with one thing changed."""
    module = target.package.device
    device = target.access.device(operation.region)
    match operation:
        case SetAccessSizes(what, _, least, most, alignment):
            sizes = module.AccessSizes(least, most, alignment is Alignment.UNALIGNED)
            device = device._replace(ops=device.ops._replace(**{what.value: sizes}))
        case AnswerByFormula(_, base, per_offset):
            device = device._replace(behaviour=module.Formula(base, per_offset))
        case FailCallback(_, callback):
            device = device._replace(failing=device.failing | {callback})
        case PresetBytes(name, offset, data):
            if not isinstance(device.behaviour, module.ByteStore):
                raise Rejected(f"device {name} answers by a formula: it keeps no bytes")
            preset = {(offset + i) % ADDRESS_SPACE_SIZE: byte for i, byte in enumerate(data)}
            kept = module.ByteStore({**device.behaviour.contents, **preset})
            device = device._replace(behaviour=kept)
        case RefuseAccesses(_, what, access_size, start, size, callbacks):
            refusal = module.Refusal(
                start,
                size,
                () if access_size.bytes is None else (access_size.bytes,),
                what is not Refused.WRITES,
                what is not Refused.READS,
                callbacks,
            )
            refusals = (*device.ops.refusals, refusal)
            device = device._replace(ops=device.ops._replace(refusals=refusals))
    target.access.attach(operation.region, device)
    return ()


# --- IOMMUs -----------------------------------------------------------------------------------


def change_iommu(target: ModelTarget, operation: MapPage | PermitPage) -> Lines:
    """Attach the region's IOMMU anew, with one entry more, or one changed."""
    package, module, access = target.package, target.package.iommu, target.access
    system = access.system._replace(topology=target.topology)
    tables = list(system.iommus.get(operation.iommu, module.Iommu()).tables)
    at = list(Table).index(operation.table)
    entries = tables[at] if at < len(tables) else ()
    match operation:
        case MapPage(_, iova, space, address, page_bits):
            package.system.published_view(system, space)
            both, mask = module.Permission.READ_WRITE, (1 << page_bits.number) - 1
            entries = (*entries, module.IommuEntry(iova, mask, address, both, space))
        case PermitPage(_, iova, permission):
            found = module.find_entry(module.Iommu((entries,)), iova, secure=False)
            if found is None:
                raise Rejected(f"IOMMU {operation.iommu} has no page at {iova:#x}")
            allowed = module.Permission(permission.reads | permission.writes << 1)
            changed = found._replace(permission=allowed)
            place = entries.index(found)
            entries = (*entries[:place], changed, *entries[place + 1 :])
    iommu = module.Iommu((*tables[:at], entries, *tables[at + 1 :]))
    access.system = package.system.attach_iommu(system, operation.iommu, iommu)
    return ()


# --- Accesses ---------------------------------------------------------------------------------


def attrs_of(package: Any, attributes: Attributes) -> Any:
    """What an access says of itself, as the model has it."""
    return package.memtx.MemTxAttrs(attributes.memory, attributes.debug, attributes.secure)


@contextmanager
def stops(package: Any) -> Iterator[None]:
    """Take an access that does not end for an abort, or for more than is specified."""
    memtx = package.memtx
    try:
        yield
    except (memtx.TranslationLimit, memtx.NestingLimit, memtx.EffortLimit) as error:
        raise Unsupported(str(error)) from error
    except memtx.AccessStopped as error:
        raise Aborted(f"{type(error).__name__}: {error}") from error


def access(target: ModelTarget, operation: AccessOperation) -> Lines:
    """Make one access, and say all that is seen of it."""
    package, now = target.package, target.access.now()
    attrs = attrs_of(package, operation.attributes)
    data, value = b"", None
    with stops(package):
        match operation:
            case Read(space, address, length):
                now, result, data = package.read_write.read(now, space, address, length, attrs)
            case ReadConstant(space, address, length):
                now, result, data = package.address_space.read_constant(
                    now, space, address, length, attrs
                )
            case Write(space, address, written):
                now, result = package.read_write.write(now, space, address, written, attrs)
            case WriteRom(space, address, written):
                now, result = package.address_space.write_rom(now, space, address, written, attrs)
            case Fill(space, address, length, byte):
                now, result = package.address_space.set_memory(
                    now, space, address, byte, length, attrs
                )
            case Load(space, address, size, order):
                order = package.device.ByteOrder(order.value)
                now, result, value = package.load_store.load(
                    now, space, address, size.bytes, order, attrs
                )
            case Store(space, address, _, size, order):
                order, stored = package.device.ByteOrder(order.value), operation.stored
                now, result = package.load_store.store(
                    now, space, address, size.bytes, stored, order, attrs
                )
    return format_access(AccessSeen(int(result), data, value, **target.access.keep(now)))


def ask_whether_valid(target: ModelTarget, operation: AskWhetherValid) -> Lines:
    """What the query answers; nothing is accessed."""
    package, now = target.package, target.access.now()
    space, address, length = operation.space, operation.address, operation.length
    attrs = attrs_of(package, operation.attributes)
    with stops(package):
        return format_answer(
            package.address_space.access_valid(
                now, space, address, length, operation.is_write, attrs
            )
        )


HANDLERS: dict[type, Callable[[ModelTarget, Any], Lines]] = {
    AttachDevice: attach_device,
    **dict.fromkeys(
        (SetAccessSizes, AnswerByFormula, FailCallback, RefuseAccesses, PresetBytes), change_device
    ),
    **dict.fromkeys((MapPage, PermitPage), change_iommu),
    AskWhetherValid: ask_whether_valid,
    **dict.fromkeys((Read, ReadConstant, Write, WriteRom, Fill, Load, Store), access),
}
