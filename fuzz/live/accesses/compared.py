"""Accesses to live machines, compared with the specification's: bytes, callbacks, refusals.

A callback of the specification's must be one that QEMU logs, of the same region, offset and size,
and in the same order; what it writes must be the same, too. What a real device answers is its own
affair, so what QEMU's callbacks gave is preset before the specification reads, which has to put the
same bytes together. How an access ended (MemTxResult) is not shown by qtest: a step expects what
the specification says, and what QEMU shows of it is which accesses it refused.
"""

from collections.abc import Sequence
from itertools import pairwise

from fuzz.access_seen import AccessSeen, DeviceCallSeen, format_access
from fuzz.live.accesses.accessible import Accessible
from fuzz.live.accesses.identities import printed_name
from fuzz.live.accesses.qtest_access import Access
from fuzz.live.accesses.trace import Callback, Refusal
from fuzz.live.session import Divergence, Session
from fuzz.operands import ADDRESS_SPACE_SIZE
from fuzz.operations_access import Read, ReadConstant, Write
from fuzz.operations_devices import MOST_PRESET, PresetBytes
from fuzz.targets.interface import Aborted, Lines, Rejected
from fuzz.targets.model import ModelTarget

UNSEEN = ("dirty", "signals")
"""Second words of lines about an access of which QEMU's log does not tell."""


def compare(
    session: Session,
    machine: Accessible,
    access: Access,
    answer: str,
    seen: Sequence[Callback | Refusal],
) -> None:
    """Make an access on the specification as well, and compare it. Raises Divergence."""
    space = machine.space_of(access)
    calls = tuple(machine.call(one) for one in seen if isinstance(one, Callback))
    told = [one for one in seen if isinstance(one, Refusal)]
    are_clear = access.is_write or preset(session, calls)
    qemu: Lines = format_access(
        AccessSeen(None, access.bytes_of(answer, machine.order), calls=calls)
    )
    verb = "write" if access.is_write else "read"
    what = f"{verb} of {access.length} bytes at {access.address:#x} in {space}"
    operation = access.operation(space)
    try:
        result, *lines = shown = session.apply(operation)
    except (Aborted, Rejected) as error:
        raise Divergence(what, (str(error),), qemu) from error
    session.expect(shown)
    model = tuple(line for line in lines if line.split(" ", 2)[1] not in UNSEEN)
    if not are_clear:
        model, qemu = without_values(model), without_values(qemu)
    refused = refused_by(session.target, operation) if told or "decode" in result else []
    if model != qemu or refused != told:
        model += tuple(map(line_of, refused))
        raise Divergence(what, model, (*qemu, *map(line_of, told)))
    count = session.observed
    count[f"{access.verb} of {access.length}" if access.length <= 8 else access.verb] += 1
    count["callbacks"] += len(calls)
    count["refused accesses"] += len(told)
    count["reads by callbacks that overlap and differ, without their bytes"] += not are_clear


# --- Callbacks --------------------------------------------------------------------------------


def preset(session: Session, calls: Sequence[DeviceCallSeen]) -> bool:
    """Have the specification's devices answer as QEMU's did.

    False if that cannot be: two callbacks of one access overlap and differ, which happens where
    each is wider than the step that it is for. Rules: A7.
    """
    wanted: dict[tuple[str, int], int] = {}
    devices = session.target.access.system.devices
    are_clear = True
    for call in calls:
        device = devices.get(call.region)
        if device is None:
            continue
        is_big = device.ops.byte_order.is_big(session.setup.big_endian)
        for index, byte in enumerate(call.value.to_bytes(call.size, "big" if is_big else "little")):
            place = call.region, (call.offset + index) % ADDRESS_SPACE_SIZE
            are_clear = wanted.setdefault(place, byte) == byte and are_clear
    places = sorted(
        (region, offset)
        for (region, offset), byte in wanted.items()
        if devices[region].behaviour.contents.get(offset, 0) != byte
    )
    begin = 0
    for end, (one, after) in enumerate(pairwise((*places, ("", -1))), 1):
        if after != (one[0], one[1] + 1) or end - begin == MOST_PRESET:
            data = bytes(wanted[place] for place in places[begin:end])
            session.apply(PresetBytes(*places[begin], data))
            begin = end
    return are_clear


def without_values(lines: Lines) -> Lines:
    """What an access shows without the bytes that were read: the callbacks, up to their values."""
    return tuple(line.partition(":")[0] for line in lines if not line.startswith("bytes "))


# --- Refusals ---------------------------------------------------------------------------------


def refused_by(target: ModelTarget, operation: Read | ReadConstant | Write) -> list[Refusal]:
    """The accesses that the specification lets no device have, in order. Rules: A1, A3, A4, A6."""
    package, now = target.package, target.access.now()
    attrs, is_write = package.memtx.UNSPECIFIED, isinstance(operation, Write)
    address = operation.address
    left = len(operation.data) if isinstance(operation, Write) else operation.length
    refused = []
    while left:
        found = package.translate.translate(now, operation.space, address, left, is_write, attrs)
        if package.translate.is_direct(now, found.region, is_write, attrs):
            size = package.step.clamped(now, found.region, found)
        else:
            size = package.step.device_step_size(now, found)
            if not package.step.may_dispatch(now, found.region, found.offset, size, is_write):
                name = None if found.region is None else printed_name(found.region)
                refused.append(Refusal(is_write, name, found.offset, size))
        address, left = package.access.advance(address, left, size)
    return refused


def line_of(refusal: Refusal) -> str:
    """One line for an access that was refused."""
    is_write, region, offset, size = refusal
    return f"refused: {'write' if is_write else 'read'} of {size} at {offset:#x} of {region}"
