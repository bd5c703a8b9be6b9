"""Reading and writing memory through an address space, step by step, and the calls of devices.

A step either copies from or to memory, or dispatches one access to a device, which may be several
callbacks; a callback may read and write memory itself.
"""

from model.access import advance, bytes_of, merged, part_value, parts_of, value_of
from model.device import Dma, fails, read_behaviour, write_behaviour
from model.guard import engage, guard_of, is_engaged, release
from model.ioeventfds import signalled_by
from model.memory import check_overrun, load_bytes, store_bytes
from model.memtx import (
    UNSPECIFIED,
    AccessError,
    MemTxAttrs,
    MemTxResult,
    NestingLimit,
    check_effort,
)
from model.region import RegionId
from model.step import (
    Step,
    behind_aliases,
    clamped,
    device_step_size,
    is_denied,
    may_dispatch,
)
from model.system import (
    DeviceCallback,
    DmaDone,
    FuzzHook,
    Signal,
    System,
    block_of,
    check_request,
    ops_of,
    store_dirty,
)
from model.translate import Translation, is_direct, translate

MAX_DEPTH = 16
"""How many callbacks may be inside one another. QEMU sets no limit but its stack."""

MAX_NESTED = 128
"""How many callbacks one may lead to, by accesses of devices."""

# --- Callbacks ---------------------------------------------------------------------------------


def enter_callback(system: System, name: RegionId) -> tuple[System, int]:
    """Number a callback and make the accesses that the device begins it with. Rules: A9."""
    device = system.devices[name]
    number = device.callbacks
    counted = {**system.devices, name: device._replace(callbacks=number + 1)}
    system = system._replace(devices=counted)
    for dma in device.dma:
        if dma.on_callback in (None, number):
            system = make_dma(system, name, dma)
    return system, number


def make_dma(system: System, name: RegionId, dma: Dma) -> System:
    """Make a device's own access and log how it ended. Raises NestingLimit. Rules: A9."""
    if system.depth >= MAX_DEPTH:
        raise NestingLimit(f"callbacks nest more than {MAX_DEPTH} deep at {name}")
    inner = system._replace(depth=system.depth + 1)
    data = dma.data
    if dma.is_write:
        inner, result = write(inner, dma.space, dma.address, data, dma.attrs)
    else:
        inner, result, data = read(inner, dma.space, dma.address, dma.length, dma.attrs)
    done = DmaDone(name, dma.space, dma.address, dma.is_write, data, result, inner.depth)
    return inner._replace(depth=system.depth, calls=(*inner.calls, done))


def log_callback(system: System, callback: DeviceCallback) -> System:
    """Append to the log. Raises NestingLimit where one callback has led to too many. Rules: A9."""
    nested = 0 if system.depth == 0 else system.nested + 1
    if nested > MAX_NESTED:
        raise NestingLimit(f"one callback leads to more than {MAX_NESTED} others")
    return system._replace(calls=(*system.calls, callback), nested=nested)


def call_read(
    system: System, name: RegionId, offset: int, size: int, is_big: bool
) -> tuple[System, MemTxResult, int]:
    """One read callback. Raises HostOverrun for a RAM device. Rules: A7, X5."""
    result = MemTxResult.OK
    if name in system.devices:
        system, number = enter_callback(system, name)
        device = system.devices[name]
        result = fails(device, number)
        value = read_behaviour(device, offset, size, is_big)
    else:
        block = block_of(system, name)
        check_overrun(block, offset, size)
        value = value_of(load_bytes(block, offset, size), is_big)
    done = DeviceCallback(name, offset, size, value, False, result, system.depth)
    return log_callback(system, done), result, value


def call_write(
    system: System, name: RegionId, offset: int, size: int, value: int, is_big: bool
) -> tuple[System, MemTxResult]:
    """One write callback; one that fails stores nothing. Raises HostOverrun. Rules: A7, X5."""
    result = MemTxResult.OK
    if name in system.devices:
        system, number = enter_callback(system, name)
        device = system.devices[name]
        result = fails(device, number)
        if result is MemTxResult.OK:
            device = write_behaviour(device, offset, size, value, is_big)
            system = system._replace(devices={**system.devices, name: device})
    else:
        # The callback of a RAM device stores past the dirty log.
        block = block_of(system, name)
        check_overrun(block, offset, size)
        block = store_bytes(block, offset, bytes_of(value, size, is_big))
        system = system._replace(blocks={**system.blocks, name: block})
    done = DeviceCallback(name, offset, size, value, True, result, system.depth)
    return log_callback(system, done), result


# --- Dispatch ----------------------------------------------------------------------------------


def dispatch_read(
    system: System, name: RegionId | None, offset: int, size: int
) -> tuple[System, MemTxResult, bytes]:
    """One access of `size` bytes to a region's operations, as bytes in the device's order.

    Zeros where it does not reach the device. Rules: A4, A6, A7, A8, A9, A10.
    """
    name, offset = behind_aliases(system, name, offset)
    if name is None or not may_dispatch(system, name, offset, size, is_write=False):
        return system, MemTxResult.DECODE_ERROR, bytes(size)
    ops, owner = ops_of(system, name), guard_of(system, name)
    if is_engaged(system, owner):
        return system, MemTxResult.ACCESS_ERROR, bytes(size)
    is_big = ops.byte_order.is_big(system.big_endian)
    system = engage(system, owner)
    result, value = MemTxResult.OK, 0
    for part in parts_of(offset, size, ops.impl, is_big):
        system, outcome, given = call_read(system, name, part.offset, part.size, is_big)
        result |= outcome
        value = merged(value, part, given)
    return release(system, name, owner), result, bytes_of(value, size, is_big)


def dispatch_write(
    system: System, name: RegionId | None, offset: int, data: bytes
) -> tuple[System, MemTxResult]:
    """One access that writes `data`, bytes in the device's order, to a region's operations.

    An ioeventfd that matches takes it in the device's stead. Rules: A6, A7, A8, A9, A10, T10.
    """
    size = len(data)
    name, offset = behind_aliases(system, name, offset)
    if name is None or not may_dispatch(system, name, offset, size, is_write=True):
        return system, MemTxResult.DECODE_ERROR
    ops = ops_of(system, name)
    is_big = ops.byte_order.is_big(system.big_endian)
    value = value_of(data, is_big)
    ioeventfds = system.topology.regions[name].ioeventfds
    if signalled_by(ioeventfds, offset, size, value) is not None:
        signal = Signal(name, offset, size, value)
        return system._replace(signals=(*system.signals, signal)), MemTxResult.OK
    owner = guard_of(system, name)
    if is_engaged(system, owner):
        return system, MemTxResult.ACCESS_ERROR
    system = engage(system, owner)
    result = MemTxResult.OK
    for part in parts_of(offset, size, ops.impl, is_big):
        given = part_value(value, part)
        system, outcome = call_write(system, name, part.offset, part.size, given, is_big)
        result |= outcome
    return release(system, name, owner), result


# --- Steps -------------------------------------------------------------------------------------


def read_step(system: System, found: Translation, attrs: MemTxAttrs) -> Step:
    """Read what is next, once. Rules: A2, A4, X5."""
    name = found.region
    if is_denied(system, found, attrs):
        return Step(system, MemTxResult.ACCESS_ERROR, found.length)
    if name is not None and is_direct(system, name, False, attrs):
        length = clamped(system, name, found)
        data = load_bytes(block_of(system, name), found.offset, length) if length > 0 else b""
        return Step(system, MemTxResult.OK, length, data)
    size = device_step_size(system, found)
    if size == 0:
        return Step(system, MemTxResult.OK, 0)
    system, result, data = dispatch_read(system, name, found.offset, size)
    return Step(system, result, size, data)


def write_step(
    system: System, found: Translation, data: bytes, done: int, attrs: MemTxAttrs
) -> Step:
    """Write what is next of `data`, of which `done` bytes have been, once. Rules: A2, A4, X5."""
    name = found.region
    if is_denied(system, found, attrs):
        return Step(system, MemTxResult.ACCESS_ERROR, found.length)
    if name is not None and is_direct(system, name, True, attrs):
        length = clamped(system, name, found)
        if length > 0:
            system = store_dirty(system, name, found.offset, data[done : done + length])
        return Step(system, MemTxResult.OK, length)
    size = device_step_size(system, found)
    if size == 0:
        return Step(system, MemTxResult.OK, 0)
    system, result = dispatch_write(system, name, found.offset, data[done : done + size])
    return Step(system, result, size)


# --- Accesses ----------------------------------------------------------------------------------


def read(
    system: System,
    space: str,
    address: int,
    length: int,
    attrs: MemTxAttrs = UNSPECIFIED,
    buffer: bytes | None = None,
) -> tuple[System, MemTxResult, bytes]:
    """Read `length` bytes at `address`; how it ended, and the caller's buffer after it.

    `buffer` is what that held before (zeros unless given), and still holds where nothing was moved.
    An error ends a step, never the loop. Raises TopologyError, and AccessStopped where QEMU would
    not come to an end. Rules: A2, A3, A4, A16.
    """
    if buffer is not None and len(buffer) != length:
        raise AccessError(f"a buffer of {len(buffer)} bytes for {length}")
    check_request(system, space, address, length, attrs)
    if length == 0:
        return system, MemTxResult.OK, b""
    found = translate(system, space, address, length, False, attrs)
    if is_denied(system, found, attrs):
        check_effort(0, length)
        return system, MemTxResult.ACCESS_ERROR, bytes(length) if buffer is None else buffer
    return read_on(system, space, address, found, length, attrs, buffer)


def read_on(
    system: System,
    space: str,
    address: int,
    found: Translation,
    length: int,
    attrs: MemTxAttrs,
    buffer: bytes | None = None,
) -> tuple[System, MemTxResult, bytes]:
    """Read from where a translation has led, translating afresh after each step. Rules: A3, A16."""
    hook = FuzzHook(address, length, found.region)
    system = system._replace(fuzz_hooks=(*system.fuzz_hooks, hook))
    result, pieces = MemTxResult.OK, list[bytes]()
    remaining, moved = length, 0
    while True:
        step = read_step(system, found, attrs)
        address, remaining = advance(address, remaining, step.length)
        check_effort(len(pieces) + 1, moved + step.length)
        system, result = step.system, result | step.result
        kept = bytes(step.length) if buffer is None else buffer[moved : moved + step.length]
        pieces.append(kept if step.data is None else step.data)
        moved += step.length
        if remaining == 0:
            return system, result, b"".join(pieces)
        found = translate(system, space, address, remaining, False, attrs)


def write(
    system: System, space: str, address: int, data: bytes, attrs: MemTxAttrs = UNSPECIFIED
) -> tuple[System, MemTxResult]:
    """Write `data` at `address`, and how it ended. Raises as `read` does. Rules: A2, A3, A4."""
    check_request(system, space, address, len(data), attrs)
    if not data:
        return system, MemTxResult.OK
    found = translate(system, space, address, len(data), True, attrs)
    if is_denied(system, found, attrs):
        return system, MemTxResult.ACCESS_ERROR
    result, remaining, steps = MemTxResult.OK, len(data), 0
    while True:
        step = write_step(system, found, data, len(data) - remaining, attrs)
        address, remaining = advance(address, remaining, step.length)
        steps += 1
        check_effort(steps, 0)
        system, result = step.system, result | step.result
        if remaining == 0:
            return system, result
        found = translate(system, space, address, remaining, True, attrs)
