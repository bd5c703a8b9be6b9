"""Accesses that ask the regions one after the other, as they are made up to 0.17-dev."""

from typing import Any

from model.guest_contract import Contract
from model.guest_errors import Ok, Outcome, then
from model.guest_memory import try_access
from model.guest_provider import P
from model.guest_streams import Sink, Source
from model.iommu import Permission
from model.slice_streams import fill_once, write_all_volatile_to


def read_by_regions(
    memory: P, contract: Contract, address: int, length: int
) -> tuple[P, Outcome[int], bytes]:
    """Read from region after region; each is offered all that is left of the buffer.

    Rules: V4, V5, V9, V10.
    """

    def piece(
        memory: P, moved: bytes, total: int, _: int, offset: int, region: Any
    ) -> tuple[P, bytes, Outcome[int]]:
        """Read from one region. Rules: V4, V10."""
        memory, outcome, data = memory.read_region(region, offset, length - total)
        return memory, moved[:total] + data, outcome

    memory, moved, outcome = try_access(
        memory, contract, address, length, piece, b"", Permission.READ
    )
    return memory, outcome, moved


def write_by_regions(
    memory: P, contract: Contract, address: int, data: bytes
) -> tuple[P, Outcome[int]]:
    """Write to region after region; each is offered all that is left. Rules: V4, V5, V9, V10."""

    def piece(
        memory: P, _: None, total: int, __: int, offset: int, region: Any
    ) -> tuple[P, None, Outcome[int]]:
        """Write to one region. Rules: V4, V10."""
        memory, outcome = memory.write_region(region, offset, data[total:])
        return memory, None, outcome

    memory, _, outcome = try_access(
        memory, contract, address, len(data), piece, None, Permission.WRITE
    )
    return memory, outcome


def fill_by_regions(
    memory: P, contract: Contract, address: int, source: Source, count: int
) -> tuple[P, Source, Outcome[int]]:
    """Fill region after region; a short read is followed by another, the source's end ends it.

    Rules: V5, V8, V9, V10.
    """

    def piece(
        memory: P, source: Source, _: int, length: int, offset: int, region: Any
    ) -> tuple[P, Source, Outcome[int]]:
        """Fill one region, by one read. Rules: V8, V10."""
        if contract.streams_ask_regions:
            return memory.fill_region(contract, region, offset, source, length)
        slice_ = memory.region_slice(region, offset, length)
        if not isinstance(slice_, Ok):
            return memory, source, slice_
        return fill_once(memory, slice_.value, source, contract.retries_interrupted)

    return try_access(memory, contract, address, count, piece, source, Permission.WRITE)


def drain_by_regions(
    memory: P, contract: Contract, address: int, sink: Sink, count: int
) -> tuple[P, Sink, Outcome[int]]:
    """Drain region after region, each wholly: reading again could have effects.

    Rules: V5, V8, V9, V10.
    """

    def piece(
        memory: P, sink: Sink, _: int, length: int, offset: int, region: Any
    ) -> tuple[P, Sink, Outcome[int]]:
        """Drain one region. Rules: V8, V10."""
        if contract.streams_ask_regions:
            memory, sink, done = memory.drain_region(contract, region, offset, sink, length)
        else:
            slice_ = memory.region_slice(region, offset, length)
            if not isinstance(slice_, Ok):
                return memory, sink, slice_
            sink, done = write_all_volatile_to(memory, slice_.value, 0, sink, length)
        return memory, sink, then(done, lambda _: Ok(length))

    return try_access(memory, contract, address, count, piece, sink, Permission.READ)
