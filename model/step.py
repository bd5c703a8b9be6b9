"""What one step of an access may do, and how many bytes it takes."""

from typing import NamedTuple

from model.access import access_is_valid, access_size
from model.memory import check_offset, clamp_to_block
from model.memtx import MemTxAttrs, MemTxResult
from model.region import RegionId
from model.system import System, block_of, ops_of
from model.topology import get_region
from model.translate import Translation, next_address


class Step(NamedTuple):
    """What one step did: how many bytes it took, and what a read of them gave.

    `data` is None where the caller's buffer stays as it was. Rules: A2.
    """

    system: System
    result: MemTxResult
    length: int
    data: bytes | None = None


def is_denied(system: System, found: Translation, attrs: MemTxAttrs) -> bool:
    """Whether a transaction that only RAM may answer has come to something else. Rules: A2."""
    if not attrs.memory:
        return False
    return found.region is None or not system.topology.regions[found.region].kind.is_ram


def behind_aliases(
    system: System, name: RegionId | None, offset: int
) -> tuple[RegionId | None, int]:
    """The region that an alias stands for, and the offset there; others stand for themselves.

    Views show no aliases, but a device may dispatch to one. The alias's size counts for nothing.
    Rules: A10.
    """
    while name is not None:
        region = get_region(system.topology, name)
        if region.alias is None:
            break
        name, offset = region.alias, next_address(offset, region.alias_offset)
    return name, offset


def may_dispatch(
    system: System, name: RegionId | None, offset: int, size: int, is_write: bool
) -> bool:
    """Whether a region's operations let an access in. Rules: A6, A12."""
    device = None if name is None else system.devices.get(name)
    callbacks = 0 if device is None else device.callbacks
    return access_is_valid(ops_of(system, name), offset, size, is_write, callbacks)


def device_step_size(system: System, found: Translation) -> int:
    """How many bytes a step takes that goes to a region's operations. Rules: A1, A2, A5."""
    ops = ops_of(system, found.region)
    return access_size(found.length, found.offset, ops.valid.max, ops.impl.unaligned)


def clamped(system: System, name: RegionId, found: Translation) -> int:
    """How many bytes a step takes of memory; raises OffsetOutsideBlock.

    Of no bytes, none, and QEMU does not ask where they would be. Rules: A2, X3.
    """
    if found.length == 0:
        return 0
    block = block_of(system, name)
    check_offset(block, found.offset)
    return clamp_to_block(block.max_length, found.offset, found.length)
