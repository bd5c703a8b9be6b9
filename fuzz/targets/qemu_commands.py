"""Operations as commands of the agent inside QEMU."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from fuzz.callbacks import format_signal
from fuzz.operands import Length
from fuzz.operations import (
    AddSubregion,
    AskWhetherMapped,
    Begin,
    Commit,
    CreateRegion,
    CreateSpace,
    DelSubregion,
    DestroySpace,
    ObserveLookup,
    ObserveSections,
    ObserveView,
    Operation,
    Property,
    RegionKind,
    SetProperty,
)
from fuzz.operations_access import ReadConstant
from fuzz.operations_lifecycle import ObserveReferences, RcuStep, StepOfRcu
from fuzz.operations_listeners import (
    AddCoalescing,
    AddEventfd,
    ClearCoalescing,
    DelEventfd,
    ObserveEvents,
    ObserveSignal,
    RegisterListener,
    SetCoalescing,
    SetGlobalLog,
    UnregisterListener,
)
from fuzz.qemu.process import MOST_OBJECTS
from fuzz.targets import qemu_access
from fuzz.targets.interface import Lines
from fuzz.targets.observing import check_write, observe

if TYPE_CHECKING:
    from fuzz.targets.qemu import QemuTarget

MOST_RAM = 1 << 32
MEMORY = (RegionKind.RAM, RegionKind.ROM, RegionKind.ROM_DEVICE, RegionKind.RAM_DEVICE)
SIGNALLING = ("io", "rom-device")
VGA_LOG = 1


def cannot(target: QemuTarget, operation: Operation) -> str:
    """Why an operation cannot be carried out in this QEMU; empty if it can."""
    regions = target.shadow.topology.regions
    if target.made + 1 >= MOST_OBJECTS:
        return "the agent has no room for more"
    match operation:
        case CreateRegion(_, kind, size) if kind in MEMORY and not 0 < size <= MOST_RAM:
            return f"{size:#x} bytes of memory are not allocated here"
        case SetProperty(_, Property.UNMERGEABLE):
            return "QEMU 7.2 has no unmergeable regions"
        case SetProperty(_, Property.DIRTY_LOG_MASK, mask) if mask not in (0, VGA_LOG):
            return "of a region's own dirty mask only the display's bit can be set"
        case ReadConstant(_, _, length) if length > Length.SMALL:
            return "the agent has no buffer of that length for it"
        case ObserveReferences() if target.shadow.lifecycle.waits(target.shadow):
            return "QEMU's own RCU thread may have destroyed what waits here: run-rcu comes first"
        case StepOfRcu(step) if step is not RcuStep.RUN:
            return "QEMU's own RCU thread does its steps as it likes"
        case ObserveSignal(name) if name in regions and regions[name].kind.value not in SIGNALLING:
            return "what is dispatched to this kind of region does not look for ioeventfds"
    if type(operation) in COMMANDS or type(operation) in LOOKS:
        return ""
    return "not tried on QEMU"


def commands_for(target: QemuTarget, operation: Operation) -> list[str]:
    """The commands that carry out an operation; none for those that only look."""
    make = COMMANDS.get(type(operation))
    words = make(target, operation) if make is not None else []
    return [" ".join(map(str, words))] if words else []


def looks(operation: Operation) -> Callable[[QemuTarget, Any], Lines] | None:
    """What shows an operation that only looks; None for others."""
    return LOOKS.get(type(operation))


# --- Topology ---------------------------------------------------------------------------------


def create_region(target: QemuTarget, operation: CreateRegion) -> list[object]:
    """Make a region."""
    number = target.new("region", operation.name)
    words: list[object] = ["create", operation.kind.value, number, argument(operation.size)]
    if operation.target is not None:
        words += [target.region(operation.target), operation.alias_offset]
    return words


def argument(size: int) -> int:
    """A size as QEMU's functions take it. Rules: M2."""
    return min(size, (1 << 64) - 1)


def add(target: QemuTarget, operation: AddSubregion) -> list[object]:
    """Place a region in a container."""
    container, child = operation.container, operation.child
    numbers = target.region(container), target.region(child)
    return ["add", *numbers, operation.addr, operation.priority]


def delete(target: QemuTarget, operation: DelSubregion) -> list[object]:
    """Take a region out of its container."""
    return ["del", target.region(operation.container), target.region(operation.child)]


def set_property(target: QemuTarget, operation: SetProperty) -> list[object]:
    """Change a property. QEMU counts the starts and stops of the display's dirty logging."""
    changed, value = operation.property.value, int(operation.value)
    if operation.property is Property.SIZE:
        value = argument(value)
    if operation.property is Property.DIRTY_LOG_MASK:
        if value == target.before.regions[operation.region].dirty_log_mask:
            return []
        changed = "vga-log"
    return ["set", target.region(operation.region), changed, value]


# --- Listeners --------------------------------------------------------------------------------


def listen(target: QemuTarget, operation: RegisterListener) -> list[object]:
    """Register a listener."""
    numbers = target.new("listener", operation.name), target.space(operation.space)
    return ["listen", *numbers, operation.priority, int(operation.eventfds)]


def eventfd(target: QemuTarget, operation: AddEventfd | DelEventfd) -> list[object]:
    """Add or delete an ioeventfd."""
    verb = "add-eventfd" if isinstance(operation, AddEventfd) else "del-eventfd"
    region, size = target.region(operation.region), operation.size.bytes
    match = operation.data is not None
    data = operation.data or 0
    return [verb, region, operation.offset, size, int(match), data, operation.notifier.number]


def global_log(target: QemuTarget, operation: SetGlobalLog) -> list[object]:
    """Start or stop logging all writes."""
    return ["log-start" if operation.on else "log-stop", operation.reasons]


COMMANDS: dict[type, Callable[[QemuTarget, Any], list[object]]] = {
    CreateRegion: create_region,
    AddSubregion: add,
    DelSubregion: delete,
    SetProperty: set_property,
    CreateSpace: lambda target, one: [
        "space",
        target.new("space", one.name),
        target.region(one.root),
    ],
    DestroySpace: lambda target, one: ["destroy", target.space(one.name)],
    AskWhetherMapped: lambda target, one: ["mapped", target.region(one.name)],
    ObserveReferences: lambda target, one: ["references", target.number("owner", one.owner)],
    StepOfRcu: lambda target, one: ["drain"],
    Begin: lambda target, one: ["begin"],
    Commit: lambda target, one: ["commit"],
    RegisterListener: listen,
    UnregisterListener: lambda target, one: ["unlisten", target.number("listener", one.name)],
    AddCoalescing: lambda target, one: [
        "coalesce",
        target.region(one.region),
        one.offset,
        one.size,
    ],
    SetCoalescing: lambda target, one: ["coalesce-all", target.region(one.region)],
    ClearCoalescing: lambda target, one: ["uncoalesce", target.region(one.region)],
    AddEventfd: eventfd,
    DelEventfd: eventfd,
    SetGlobalLog: global_log,
    **qemu_access.COMMANDS,
}


def look_at_events(target: QemuTarget, operation: ObserveEvents) -> Lines:
    """All calls since the last look."""
    return target.backlog.look()


def look_at_signal(target: QemuTarget, operation: ObserveSignal) -> Lines:
    """Which notifier a write signals: there is none before it, and at most one after."""
    check_write(operation)
    region = target.region(operation.region)
    write = f"dispatch {region} {operation.offset} {operation.size.bytes} {operation.data}"
    lines = target.ask(["signals", write, "signals"])
    return format_signal(int(lines[-1].split()[1]) if lines else None)


LOOKS: dict[type, Callable[[QemuTarget, Any], Lines]] = {
    **dict.fromkeys((ObserveView, ObserveSections, ObserveLookup), observe),
    ObserveEvents: look_at_events,
    ObserveSignal: look_at_signal,
}
