"""Mapping: an address range as host memory, directly or through a bounce buffer."""

from typing import NamedTuple

from model.access import advance
from model.address_range import ADDRESS_SPACE_SIZE
from model.memory import check_offset, clamp_to_block, load_bytes, store_bytes
from model.memtx import UNSPECIFIED, AccessError, MemTxAttrs, check_effort
from model.read_write import read, write
from model.region import RegionId
from model.system import (
    DEFAULT_BOUNCE_BUDGET,
    BounceBuffer,
    DirtyMark,
    FuzzHook,
    System,
    block_of,
    check_request,
)
from model.translate import Translation, is_direct, next_address, translate


class DirectMapping(NamedTuple):
    """A pointer to `length` bytes of a region's own block. Rules: A15."""

    region: RegionId
    offset: int
    length: int


class BounceMapping(NamedTuple):
    """A pointer to a bounce buffer of `length` bytes, known by its handle. Rules: A15."""

    handle: int
    length: int


Mapping = DirectMapping | BounceMapping

# --- Map ---------------------------------------------------------------------------------------


def bounce_length(system: System, space: str, length: int) -> int | None:
    """How long a bounce buffer for `length` bytes is; None where there is none to be had.

    Each space has a budget; QEMU 7.2 has one buffer, of at most a page, for all. Rules: A15.
    """
    if not system.flavour.has_bounce_budgets:
        return None if system.bounces else min(length, 1 << system.page_bits)
    used = sum(len(one.data) for one in system.bounces.values() if one.space == space)
    budget = system.bounce_budgets.get(space, DEFAULT_BOUNCE_BUDGET)
    # A budget that is lowered below what is in use wraps around, and limits nothing.
    return min(length, (budget - used) % ADDRESS_SPACE_SIZE) or None


def map_bounce(
    system: System, space: str, address: int, length: int, is_write: bool, attrs: MemTxAttrs
) -> tuple[System, BounceMapping]:
    """Take a bounce buffer; one for reading is filled, whatever that read's result is.

    QEMU 7.2 reads even if there is nothing to read: raises NoProgress then. Rules: A15, X3.
    """
    data = bytes(length)
    if not is_write:
        advance(address, length, length)
        system, _, data = read(system, space, address, length, attrs)
    handle = system.bounces_made
    taken = {**system.bounces, handle: BounceBuffer(space, address, data)}
    system = system._replace(bounces=taken, bounces_made=handle + 1)
    return system, BounceMapping(handle, length)


def extended_length(
    system: System,
    space: str,
    address: int,
    length: int,
    first: Translation,
    is_write: bool,
    attrs: MemTxAttrs,
) -> int:
    """How many of `length` bytes lie one after the other in the first translation's region.

    Sections, and pages of IOMMUs, are joined where they continue it. Rules: A15, X3.
    """
    done, step, steps = 0, first.length, 0
    while True:
        address, length = advance(address, length, step)
        done += step
        steps += 1
        check_effort(steps, 0)
        if length == 0:
            return done
        found = translate(system, space, address, length, is_write, attrs)
        if found.region != first.region or found.offset != next_address(first.offset, done):
            return done
        step = found.length


def map_memory(
    system: System,
    space: str,
    address: int,
    length: int,
    is_write: bool,
    attrs: MemTxAttrs = UNSPECIFIED,
) -> tuple[System, Mapping | None]:
    """A pointer to the bytes at `address`, or to as many of them as can be had at once.

    None, with a length of 0, if that is none. What is not memory, a hole as well, is mapped by a
    bounce buffer. Raises TopologyError and AccessStopped. Rules: A15, A16.
    """
    check_request(system, space, address, length, attrs)
    if length == 0:
        return system, None
    found = translate(system, space, address, length, is_write, attrs)
    name = found.region
    if name is None or not is_direct(system, name, is_write, attrs):
        bounced = bounce_length(system, space, found.length)
        if bounced is None:
            return system, None
        return map_bounce(system, space, address, bounced, is_write, attrs)
    mapped = extended_length(system, space, address, length, found, is_write, attrs)
    hook = FuzzHook(address, mapped, name)
    system = system._replace(fuzz_hooks=(*system.fuzz_hooks, hook))
    block = block_of(system, name)
    check_offset(block, found.offset)
    mapped = clamp_to_block(block.max_length, found.offset, mapped)
    return system, DirectMapping(name, found.offset, mapped)


# --- Use ---------------------------------------------------------------------------------------


def check_mapped(system: System, mapping: Mapping, offset: int, length: int) -> None:
    """Raise AccessError unless these bytes are mapped. Rules: A15."""
    if isinstance(mapping, BounceMapping) and mapping.handle not in system.bounces:
        raise AccessError(f"bounce buffer {mapping.handle} is not mapped")
    if offset < 0 or length < 0 or offset + length > mapping.length:
        raise AccessError(f"{length:#x} bytes at {offset:#x} of {mapping.length:#x} mapped ones")


def read_mapped(system: System, mapping: Mapping, offset: int, length: int) -> bytes:
    """Look at bytes through a mapping: those of RAM as they are now. Rules: A15."""
    check_mapped(system, mapping, offset, length)
    if length == 0:
        return b""
    if isinstance(mapping, BounceMapping):
        return system.bounces[mapping.handle].data[offset : offset + length]
    return load_bytes(block_of(system, mapping.region), mapping.offset + offset, length)


def write_mapped(system: System, mapping: Mapping, offset: int, data: bytes) -> System:
    """Change bytes through a mapping: RAM at once, and nothing is marked dirty. Rules: A15."""
    check_mapped(system, mapping, offset, len(data))
    if not data:
        return system
    if isinstance(mapping, BounceMapping):
        bounce = system.bounces[mapping.handle]
        changed = bounce.data[:offset] + data + bounce.data[offset + len(data) :]
        kept = {**system.bounces, mapping.handle: bounce._replace(data=changed)}
        return system._replace(bounces=kept)
    block = store_bytes(block_of(system, mapping.region), mapping.offset + offset, data)
    return system._replace(blocks={**system.blocks, mapping.region: block})


# --- Unmap -------------------------------------------------------------------------------------


def unmap_memory(system: System, mapping: Mapping, is_write: bool, access_length: int) -> System:
    """Give a mapping back, of which `access_length` bytes were used.

    If they were written, RAM marks them dirty, and a bounce buffer writes them where it stands for,
    without the attributes that it was mapped with and whatever the result. Rules: A15.
    """
    check_mapped(system, mapping, 0, access_length)
    if isinstance(mapping, DirectMapping):
        if not is_write:
            return system
        mark = DirtyMark(mapping.region, mapping.offset, access_length)
        return system._replace(dirty_marks=(*system.dirty_marks, mark))
    bounce = system.bounces[mapping.handle]
    if is_write:
        used = bounce.data[:access_length]
        system, _ = write(system, bounce.space, bounce.address, used)
    left = {handle: one for handle, one in system.bounces.items() if handle != mapping.handle}
    return system._replace(bounces=left)
