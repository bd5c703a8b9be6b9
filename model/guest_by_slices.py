"""Accesses along slices of host memory, as they are made from 0.17.0 on, with or without IOMMU."""

from collections.abc import Iterator

from model.guest_contract import Contract
from model.guest_errors import UNWRAPPED_NOTHING, Err, Ok, Outcome, Panics, as_guest_error, then
from model.guest_provider import S, Sliceable, Slices
from model.guest_streams import Sink, Source
from model.iommu import Permission
from model.slice_streams import read_volatile_from, write_all_volatile_to
from model.volatile_slice import VolatileSlice
from model.volatile_slice import read as read_from_slice
from model.volatile_slice import write as write_to_slice


def usable(items: Slices) -> Outcome[Slices]:
    """The slices before the first failure; the failure itself if it is the first. Rules: V4, V7.

    A panic stays in the list: it comes after what was moved until then.
    """
    if items and isinstance(items[0], Err):
        return items[0]
    return Ok(tuple(item for item in items if not isinstance(item, Err)))


def slices_for(
    memory: Sliceable, contract: Contract, address: int, count: int, permission: Permission
) -> tuple[Iterator[VolatileSlice], Outcome[int]]:
    """The slices to move bytes along, and how the access ends after them, if nothing else fails.

    Rules: V4, V5, V7, V13.
    """
    found = then(memory.slices(contract, address, count, permission), usable)
    if not isinstance(found, Ok):
        return iter(()), found
    good = [item.value for item in found.value if isinstance(item, Ok)]
    last = found.value[-1] if found.value else None
    total = sum(one.length for one in good)
    return iter(good), last if isinstance(last, Panics) else Ok(total)


def read_by_slices(
    memory: Sliceable, contract: Contract, address: int, length: int
) -> tuple[Outcome[int], bytes]:
    """Read slice after slice: how many bytes, and these. Rules: V4, V5, V7, V13."""
    slices, end = slices_for(memory, contract, address, length, Permission.READ)
    moved = b""
    for slice_ in slices:
        _, data = read_from_slice(memory, slice_, 0, slice_.length)
        moved += data
    return end, moved


def write_by_slices(
    memory: S, contract: Contract, address: int, data: bytes
) -> tuple[S, Outcome[int]]:
    """Write slice after slice: how many bytes. Rules: V4, V5, V7, V12, V13."""
    slices, end = slices_for(memory, contract, address, len(data), Permission.WRITE)
    done = 0
    for slice_ in slices:
        memory, _ = write_to_slice(memory, slice_, 0, data[done : done + slice_.length])
        done += slice_.length
    return memory, end


def fill_by_slices(
    memory: S, contract: Contract, address: int, source: Source, count: int
) -> tuple[S, Source, Outcome[int]]:
    """Fill slices, each by one read of the source: what that leaves out of a slice stays as it was.

    Rules: V5, V7, V8, V12, V13.
    """
    slices, end = slices_for(memory, contract, address, count, Permission.WRITE)
    total = 0
    for slice_ in slices:
        memory, source, filled = read_volatile_from(
            memory, contract, slice_, 0, source, slice_.length
        )
        if not isinstance(filled, Ok):
            return memory, source, as_guest_error(filled)
        total += filled.value
    return memory, source, then(end, lambda _: Ok(total))


def drain_by_slices(
    memory: Sliceable, contract: Contract, address: int, sink: Sink, count: int
) -> tuple[Sink, Outcome[int]]:
    """Drain slice after slice, each wholly. Rules: V5, V7, V8, V13."""
    slices, end = slices_for(memory, contract, address, count, Permission.READ)
    for slice_ in slices:
        sink, done = write_all_volatile_to(memory, slice_, 0, sink, slice_.length)
        if not isinstance(done, Ok):
            return sink, as_guest_error(done)
    return sink, end


def first_slice(
    memory: Sliceable, contract: Contract, address: int, size: int, permission: Permission
) -> Outcome[VolatileSlice]:
    """The slice that an atomic access must fit into; of no slice at all, the crate takes one.

    Rules: V6, V7, V13.
    """

    def first(items: Slices) -> Outcome[VolatileSlice]:
        """The first slice, or how there is none. Rules: V6, V7."""
        return items[0] if items else UNWRAPPED_NOTHING

    return then(memory.slices(contract, address, size, permission), first)
