"""What can be seen of accesses, in words that no target owns, and how it is written."""

from typing import NamedTuple

from fuzz.told import Told

RESULTS = {1: "error", 2: "decode-error", 4: "access-error"}
"""How an access can have ended, by the bits of QEMU's result; none of them is ok."""

BYTES_A_LINE = 32


class DeviceCallSeen(NamedTuple):
    """One callback of a device; a read's value is as the device gave it.

    `depth` is how many callbacks it is inside of. Rules: A7, A9.
    """

    region: str
    offset: int
    size: int
    value: int
    is_write: bool
    result: int
    depth: int = 0


class DmaSeen(NamedTuple):
    """An access that a device made from a callback. Rules: A9."""

    region: str
    space: str
    address: int
    is_write: bool
    data: bytes
    result: int
    depth: int


class DirtySeen(NamedTuple):
    """Bytes of a region's block that were marked as changed. Rules: A2."""

    region: str
    offset: int
    length: int


class SignalSeen(NamedTuple):
    """A write that an ioeventfd took in the device's stead. Rules: A10."""

    region: str
    offset: int
    size: int
    value: int


class HookSeen(NamedTuple):
    """One call of the hook of a fuzzing build; the region is None for a hole. Rules: A16."""

    address: int
    length: int
    region: str | None


class MappedSeen(NamedTuple):
    """What is mapped: of a region directly, or of None in a bounce buffer. Rules: A15."""

    length: int
    region: str | None
    offset: int


class FoundSeen(NamedTuple):
    """A piece of a view that was found. Rules: A17."""

    region: str
    offset: int
    start: int
    size: int
    readonly: bool
    nonvolatile: bool


class AccessSeen(NamedTuple):
    """An access: how it ended, what it gave, and what happened in its course.

    `value` is what a load gave, `data` what a read did, `mapped` is for a mapping. `result` is None
    for what has none. `calls` are in the order in which they ended: what a device does in a
    callback comes before it. Rules: A3, A4, A9, A11, A15.
    """

    result: int | None
    data: bytes = b""
    value: int | None = None
    calls: tuple[DeviceCallSeen | DmaSeen, ...] = ()
    signals: tuple[SignalSeen, ...] = ()
    dirty: tuple[DirtySeen, ...] = ()
    hooks: tuple[HookSeen, ...] = ()
    mapped: MappedSeen | None = None


def format_result(result: int) -> str:
    """All that an access ended with, by name."""
    return "+".join(word for bit, word in RESULTS.items() if result & bit) or "ok"


def format_call(call: DeviceCallSeen | DmaSeen) -> str:
    """One line for a callback, or for what a device did in one."""
    verb = "writes" if call.is_write else "reads"
    failed = "" if call.result == 0 else f" {format_result(call.result)}"
    depth = "" if call.depth == 0 else f"depth {call.depth}: "
    if isinstance(call, DmaSeen):
        where = f"{call.address:#x} of {call.space}"
        what = f"{call.region} DMA {verb} {len(call.data)} at {where}: {call.data.hex()}"
    else:
        what = f"{call.region} {verb} {call.size} at {call.offset:#x}: {call.value:#x}"
    return f"{depth}{what.rstrip()}{failed}"


def format_access(seen: AccessSeen) -> tuple[str, ...]:
    """The result, the bytes in the order of their addresses, then what happened in order."""
    lines = [] if seen.result is None else [format_result(seen.result)]
    if seen.mapped is not None:
        lines.append(format_mapped(seen.mapped))
    if seen.value is not None:
        lines.append(f"value {seen.value:#x}")
    for begin in range(0, len(seen.data), BYTES_A_LINE):
        lines.append(f"bytes {seen.data[begin : begin + BYTES_A_LINE].hex()}")
    lines.extend(map(format_call, seen.calls))
    lines.extend(
        f"{one.region} signals {one.size} at {one.offset:#x}: {one.value:#x}"
        for one in seen.signals
    )
    lines.extend(f"{one.region} dirty {one.length:#x} at {one.offset:#x}" for one in seen.dirty)
    lines.extend(
        f"hook {one.length:#x} at {one.address:#x}: {one.region or 'nothing'}" for one in seen.hooks
    )
    return Told.of(lines, seen)


NOTHING_MAPPED = ("maps nothing",)
"""What is said where a mapping is refused."""


def format_mapped(mapped: MappedSeen) -> str:
    """What is mapped, and how."""
    if mapped.region is None:
        return f"maps {mapped.length:#x} in a bounce buffer"
    return f"maps {mapped.length:#x} of {mapped.region} @{mapped.offset:#x}"


def format_found(found: FoundSeen | None) -> tuple[str, ...]:
    """What was found."""
    if found is None:
        return ("finds nothing",)
    flags = " readonly" * found.readonly + " nonvolatile" * found.nonvolatile
    where = f"{found.start:#x} size {found.size:#x}"
    return (f"finds {found.region} @{found.offset:#x} at {where}{flags}",)


def format_answer(holds: bool) -> tuple[str, ...]:
    """The answer to a question."""
    return ("yes" if holds else "no",)
