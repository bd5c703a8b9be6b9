"""What must hold of what single operations show: of accesses, of guest memory, and of lives."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from fuzz.access_seen import AccessSeen, DeviceCallSeen, DmaSeen, format_access, format_call
from fuzz.guest_seen import GuestSeen, format_guest
from fuzz.invariants import Broken
from fuzz.lifecycle_seen import LifecycleSeen, format_lifecycle
from fuzz.operations import Operation
from fuzz.operations_access import Fill, Load, Read, ReadConstant, Store, Write
from fuzz.operations_guest import GuestLoad, GuestRead, GuestStore, GuestWrite, TryAccess
from fuzz.operations_mapping import Map

RESULT = "A3: an access ends with a sum of results"
LENGTH = "A3, A4: a read gives as many bytes as were asked for"
VALUE = "A11: an integer has no more bytes than were asked for"
SIZES = "A7: a callback has as many bytes as the device implements"
ALIGNED = "A1: a callback lies at a multiple of its size unless the device can do without"
WRITTEN = "A7: a callback is given no more bits than it has bytes"
NESTED = "A9: a callback ends after all that the device does in it"
SUM = "P9: the steps of an access sum up to its length"
WRITTEN_IS_THERE = "A2, P11: what a write has put into memory is there"
MAPPED = "A15: no more is mapped than was asked for; nothing only where pages are of 2^64 bytes"
MOVED = "G2, G3: no more is moved than was asked for"
IN_TURN = "G2: a callback is told of all that those before it handled"
COUNTS = "L1, L2: a view is referenced by all that publish it, and never less than not at all"
WAITING = "L2: a view waits to be destroyed when nothing refers to it, and only then"
ONCE = "P14: what is destroyed is destroyed once, and stays so"
FREED = "P14: nothing that is published is destroyed"

DEFAULT_MOST = 4
DECODE_OR_ACCESS = 6
RESULTS = range(8)
AT_ONCE = (Load, Store, GuestLoad, GuestStore, ReadConstant)
"""What may reach a device in a single dispatch, at any offset. Rules: A11, A13."""


class DeviceSizes(NamedTuple):
    """What a device says of its callbacks; 0 is for whatever is usual. Rules: A7."""

    least: int = 0
    most: int = 0
    unaligned: bool = False

    @property
    def bounds(self) -> tuple[int, int]:
        """The fewest and the most bytes of a callback."""
        least = self.least or 1
        return least, max(least, self.most or DEFAULT_MOST)

    @property
    def covers(self) -> bool:
        """Whether callbacks always cover a step exactly: none is wider, and none is odd."""
        least, most = self.bounds
        return least == 1 and most & (most - 1) == 0


Devices = Mapping[str, DeviceSizes]
"""The devices by their regions."""


# --- Accesses ---------------------------------------------------------------------------------


def check_access(
    operation: Operation, seen: AccessSeen, devices: Devices, whole_pages: bool = False
) -> None:
    """Raise Broken unless an access is in order by itself.

    `whole_pages` says whether an IOMMU has a page of 2^64 bytes: no byte of it is left at its
    beginning (X2), and a bounce buffer can have none. Rules: A1, A3, A7, A9, A11, A15, P9.
    """
    result = seen.result or 0
    if result not in RESULTS:
        raise Broken(RESULT, format_access(seen))
    if seen.calls:
        check_calls(seen.calls, devices, may_be_unaligned=isinstance(operation, AT_ONCE))
    match operation:
        case Read(_, _, length) | ReadConstant(_, _, length):
            if len(seen.data) != length:
                raise Broken(LENGTH, format_access(seen))
            check_sum(seen, length, devices, exactly=False)
        case Write():
            check_sum(seen, len(operation.data), devices, not result & DECODE_OR_ACCESS)
        case Fill(_, _, length):
            check_sum(seen, length, devices, not result & DECODE_OR_ACCESS)
        case Store():
            check_sum(seen, operation.size.bytes, devices, not result & DECODE_OR_ACCESS)
        case Load():
            if seen.value is None or seen.value >> 8 * operation.size.bytes:
                raise Broken(VALUE, format_access(seen))
            check_sum(seen, operation.size.bytes, devices, exactly=False)
        case Map() if seen.mapped is not None:
            least = 0 if whole_pages and seen.mapped.region is None else 1
            if not least <= seen.mapped.length <= operation.length:
                raise Broken(MAPPED, format_access(seen))


def check_calls(
    calls: Iterable[DeviceCallSeen | DmaSeen], devices: Devices, may_be_unaligned: bool
) -> None:
    """Raise Broken unless each callback is one that the device can have had. Rules: A1, A7, A9."""
    within = -1
    for call in reversed(tuple(calls)):
        if not 0 <= call.depth <= within + 1:
            raise Broken(NESTED, (format_call(call),))
        within = call.depth
        if isinstance(call, DmaSeen):
            continue
        size, device = call.size, devices.get(call.region)
        if call.is_write and call.value >> 8 * size:
            raise Broken(WRITTEN, (format_call(call),))
        if device is None:
            continue
        least, most = device.bounds
        if not least <= size <= most:
            raise Broken(SIZES, (format_call(call),))
        free = device.unaligned or (may_be_unaligned and call.depth == 0)
        may_be_wider = size == least > 1
        if call.offset % size and size & (size - 1) == 0 and not free and not may_be_wider:
            raise Broken(ALIGNED, (format_call(call),))


def check_sum(seen: AccessSeen, length: int, devices: Devices, exactly: bool) -> None:
    """Raise Broken unless the steps that left a trace sum up to a length, or to no more. Rules: P9.

    Steps on memory leave one when they write; those that are refused, never. Nothing is said where
    a device makes accesses of its own, or callbacks do not cover their steps.
    """
    total = sum(one.length for one in seen.dirty) + sum(one.size for one in seen.signals)
    for call in seen.calls:
        device = devices.get(call.region)
        if isinstance(call, DmaSeen) or call.depth or device is None or not device.covers:
            return
        total += call.size
    if total > length or (exactly and total != length):
        raise Broken(SUM, (f"{length:#x} bytes; steps of {total:#x}:", *format_access(seen)))


def check_written(operation: Operation, shown: object, memory: bytes) -> None:
    """Raise Broken unless what a write has put into one piece of memory is there. Rules: A2, P11.

    `memory` is that piece. Nothing is said of a write that went to several places.
    """
    seen = getattr(shown, "seen", None)
    if isinstance(operation, Write) and isinstance(seen, AccessSeen):
        data = operation.data
    elif isinstance(operation, GuestWrite) and isinstance(seen, GuestSeen):
        data, seen = operation.data[: seen.moved or 0], seen.happened
    else:
        return
    is_one_piece = len(memory) == len(data) == sum(one.length for one in seen.dirty)
    if is_one_piece and not seen.calls and memory != data:
        lines = f"written {data.hex(' ')}", f"there {memory.hex(' ')}"
        raise Broken(WRITTEN_IS_THERE, lines)


# --- Guest memory -----------------------------------------------------------------------------


def check_guest(operation: Operation, seen: GuestSeen, devices: Devices) -> None:
    """Raise Broken unless an access of guest memory is in order by itself. Rules: G2, G3."""
    happened = seen.happened
    if happened.calls:
        check_calls(happened.calls, devices, may_be_unaligned=isinstance(operation, AT_ONCE))
    match operation:
        case GuestRead():
            if max(seen.moved or 0, len(seen.data)) > operation.length:
                raise Broken(MOVED, format_guest(seen))
        case GuestWrite() if seen.moved is not None:
            if seen.moved > len(operation.data):
                raise Broken(MOVED, format_guest(seen))
            # A step that fails moves nothing, but its callbacks have been.
            if not any(call.result for call in happened.calls):
                check_sum(happened, seen.moved, devices, exactly=True)
        case TryAccess():
            total = 0
            for number, call in enumerate(seen.callbacks):
                offered_nothing = call.length == 0 and operation.count > 0
                if call.total != total or call.length < 0 or offered_nothing:
                    raise Broken(IN_TURN, format_guest(seen))
                total += operation.handled(call.length, number)


# --- Lives ------------------------------------------------------------------------------------


def check_lives(before: LifecycleSeen | None, seen: LifecycleSeen) -> None:
    """Raise Broken unless all lives are in order, also by what was seen before. Rules: L1, L2, P14.

    What publishes a view refers to it. A name can be given again to a region or a space, but views
    have numbers.
    """
    waiting, destroyed = set(seen.waiting), [one for one in seen.destroyed if is_view(one)]
    for view in seen.views:
        if view.references < len(view.publishers):
            raise Broken(COUNTS, format_lifecycle(seen))
        if (view.references == 0) != (f"view {view.serial}" in waiting):
            raise Broken(WAITING, format_lifecycle(seen))
        if f"view {view.serial}" in destroyed:
            raise Broken(FREED, format_lifecycle(seen))
    if any(count < 0 for _, count in seen.owners):
        raise Broken(COUNTS, format_lifecycle(seen))
    old: tuple[Any, ...] = () if before is None else before.destroyed
    if seen.destroyed[: len(old)] != old or len(set(destroyed)) != len(destroyed):
        raise Broken(ONCE, format_lifecycle(seen))


def is_view(subject: str) -> bool:
    """Whether what was destroyed is a view."""
    return subject.startswith("view ")
