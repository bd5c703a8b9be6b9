"""What can be seen of accesses, in words that no target owns, and how it is written."""

from typing import NamedTuple

RESULTS = {1: "error", 2: "decode-error", 4: "access-error"}
"""How an access can have ended, by the bits of QEMU's result; none of them is ok."""

BYTES_A_LINE = 32


class DeviceCallSeen(NamedTuple):
    """One callback of a device; a read's value is as the device gave it. Rules: A7."""

    region: str
    offset: int
    size: int
    value: int
    is_write: bool
    result: int


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


class AccessSeen(NamedTuple):
    """An access: how it ended, what it gave, and what happened in its course.

    `value` is what a load gave, `data` what a read did. Rules: A3, A4, A11.
    """

    result: int
    data: bytes = b""
    value: int | None = None
    calls: tuple[DeviceCallSeen, ...] = ()
    signals: tuple[SignalSeen, ...] = ()
    dirty: tuple[DirtySeen, ...] = ()


def format_result(result: int) -> str:
    """All that an access ended with, by name."""
    return "+".join(word for bit, word in RESULTS.items() if result & bit) or "ok"


def format_call(call: DeviceCallSeen) -> str:
    """One line for a callback."""
    verb = "writes" if call.is_write else "reads"
    failed = "" if call.result == 0 else f" {format_result(call.result)}"
    return f"{call.region} {verb} {call.size} at {call.offset:#x}: {call.value:#x}{failed}"


def format_access(seen: AccessSeen) -> tuple[str, ...]:
    """The result, the bytes in the order of their addresses, then what happened in order."""
    lines = [format_result(seen.result)]
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
    return tuple(lines)


def format_answer(holds: bool) -> tuple[str, ...]:
    """The answer to a question."""
    return ("yes" if holds else "no",)
