"""The operations of vectors on maps: making them, looking up, slices, calling back."""

from collections.abc import Callable
from typing import Any

from fuzz.vectors.machine import NotCheckedError, Run
from fuzz.vectors.reading import MOST
from fuzz.vectors.seen import PointerShown, RegionShown, Seen
from model import guest_iommu, guest_maps, guest_memory
from model.guest_errors import Err, HostAddressNotAvailable, Ok, Outcome, then
from model.guest_iommu import IommuMemory
from model.guest_maps import map_region
from model.guest_regions import Collection, GuestRegion
from model.iotlb import lookup

Operation = Callable[[Run], Seen]

Trace = tuple[list[int], ...]
"""The callbacks so far: bytes before, bytes offered, start of the region, offset."""

# --- Maps --------------------------------------------------------------------------------------


def pairs_of(memory: Collection) -> list[list[int]]:
    """The regions of a map, each as start and length."""
    return [[region.start, region.length] for region in memory.listed]


def build(run: Run) -> Seen:
    """Make the map, which has been made: how many regions, up to where."""
    memory = run.collection
    last = guest_memory.last_addr(memory, run.contract)
    count = guest_memory.num_regions(memory)
    return Seen(then(last, lambda one: Ok({"num_regions": count, "last_addr": one})), memory)


def insert_region(run: Run) -> Seen:
    """Map another region, and make the map that has it, too."""
    memory = run.collection
    start, length = run.args.number("start"), run.args.number("len")
    heap, region = map_region(memory.heap, run.contract, start, length)
    wider = memory._replace(heap=heap)
    made = then(region, lambda one: guest_maps.insert_region(wider, run.contract, one))
    return Seen(then(made, lambda new: Ok(before_and_after(memory, new))), memory)


def remove_region(run: Run) -> Seen:
    """Make the map without a region."""
    memory = run.collection
    start, length = run.args.number("start"), run.args.number("len")
    made = guest_maps.remove_region(memory, run.contract, start, length)

    def words(found: tuple[Collection, GuestRegion]) -> Outcome[object]:
        removed = [found[1].start, found[1].length]
        return Ok({**before_and_after(memory, found[0]), "removed": removed})

    return Seen(then(made, words), memory)


def before_and_after(before: Collection, after: Collection) -> dict[str, object]:
    """What a change of maps is told by."""
    return {"regions": pairs_of(after), "original_num_regions": len(before.listed)}


# --- Look-up -----------------------------------------------------------------------------------


def region_words(memory: Collection, region: GuestRegion | None) -> RegionShown | None:
    """A region as vectors write it."""
    if region is None:
        return None
    starts = tuple(one.start for one in memory.listed)
    return RegionShown(region.start, region.length, memory.listed.index(region), starts)


def find_region(run: Run) -> Seen:
    """The region at an address."""
    memory = run.collection
    found = guest_memory.find_region(memory, run.contract, run.args.number("addr"))
    return Seen(then(found, lambda one: Ok(region_words(memory, one))), memory)


def to_region_addr(run: Run) -> Seen:
    """The region at an address, by its start, and the offset there."""
    memory = run.collection
    found = guest_memory.to_region_addr(memory, run.contract, run.args.number("addr"))
    return Seen(
        then(found, lambda one: Ok(None if one is None else [one[0].start, one[1]])), memory
    )


def get_host_address(run: Run) -> Seen:
    """The pointer behind an address."""
    memory = run.collection
    found = guest_memory.get_host_address(memory, run.contract, run.args.number("addr"))
    return Seen(then(found, lambda one: Ok(pointer_words(memory, *one))), memory)


def pointer_words(memory: Collection, block: object, offset: int) -> PointerShown:
    """A pointer as vectors write it."""
    start = next(region.start for region in memory.listed if region.block == block)
    return PointerShown(start, offset)


def checked_offset(run: Run) -> Seen:
    """An address some bytes further."""
    address, offset = run.args.number("addr", "base"), run.args.number("offset")
    memory = run.collection
    return Seen(guest_memory.checked_offset(memory, run.contract, address, offset), memory)


def of_address(
    ask: Callable[[Collection, Any, int], Outcome[Any]],
) -> Operation:
    """An operation that asks something about an address."""
    return lambda run: Seen(ask(run.collection, run.contract, run.args.number("addr")), run.memory)


def check_range(run: Run) -> Seen:
    """Whether a range can be accessed."""
    address, count = run.args.number("addr"), run.args.number("len", "count")
    permission = run.args.permission()
    if isinstance(run.memory, IommuMemory):
        found = guest_iommu.check_range(run.memory, run.contract, address, count, permission)
    else:
        found = guest_memory.check_range(run.memory, run.contract, address, count, permission)
    return Seen(found, run.memory)


# --- Slices ------------------------------------------------------------------------------------


def get_slice(run: Run) -> Seen:
    """A range as one slice."""
    address, count = run.args.number("addr"), run.args.number("count", "len")
    return Seen(guest_memory.get_slice(run.collection, run.contract, address, count), run.memory)


def get_slices(run: Run) -> Seen:
    """A range as slices."""
    if not run.contract.has_get_slices:
        raise NotCheckedError(f"{run.contract.name} has no get_slices")
    address, count = run.args.number("addr"), run.args.number("count", "len")
    permission = run.args.permission()
    return Seen(run.memory.slices(run.contract, address, count, permission), run.memory)


def physical_memory(run: Run) -> Seen:
    """Whether there is memory to be had without an IOMMU."""
    if not run.contract.has_iommu:
        raise NotCheckedError(f"{run.contract.name} has no physical_memory")
    if isinstance(run.memory, Collection):
        return Seen(Ok(True), run.memory)
    return Seen(Ok(guest_iommu.physical_memory(run.memory) is not None), run.memory)


def iotlb_lookup(run: Run) -> Seen:
    """Where a table of an IOMMU leads."""
    start, length = run.args.number("iova", "addr"), run.args.number("len", "count")
    permission = run.args.permission()
    assert isinstance(run.memory, IommuMemory)
    return Seen(lookup(run.memory.iotlb, run.contract, start, length, permission), run.memory)


# --- Calling back ------------------------------------------------------------------------------


def is_count(value: object) -> bool:
    """Whether a callback can give this."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= MOST


def try_access(run: Run) -> Seen:
    """Call back for each piece, which answers what the vector says."""
    address, count = run.args.number("addr"), run.args.number("count")
    returns = run.args.items("returns")
    if not all(one == "err" or is_count(one) for one in returns):
        raise run.vector.fault("args.returns is not a list of numbers and err")

    def answer(
        memory: Collection, trace: Trace, total: int, length: int, offset: int, region: GuestRegion
    ) -> tuple[Collection, Trace, Outcome[int]]:
        given = returns[len(trace)] if len(trace) < len(returns) else length
        outcome: Outcome[int] = Err(HostAddressNotAvailable()) if given == "err" else Ok(given)
        return memory, (*trace, [total, length, region.start, offset]), outcome

    nothing: Trace = ()
    memory, trace, outcome = guest_memory.try_access(
        run.collection, run.contract, address, count, answer, nothing
    )
    return Seen(outcome, memory, {"trace": list(trace)})


OPERATIONS: dict[str, Operation] = {
    "build": build,
    "insert_region": insert_region,
    "remove_region": remove_region,
    "num_regions": lambda run: Seen(Ok(guest_memory.num_regions(run.collection)), run.memory),
    "iter": lambda run: Seen(Ok(pairs_of(run.collection)), run.memory),
    "last_addr": lambda run: Seen(guest_memory.last_addr(run.collection, run.contract), run.memory),
    "find_region": find_region,
    "to_region_addr": to_region_addr,
    "check_address": of_address(guest_memory.check_address),
    "address_in_range": of_address(guest_memory.address_in_range),
    "checked_offset": checked_offset,
    "get_host_address": get_host_address,
    "check_range": check_range,
    "get_slice": get_slice,
    "get_slices": get_slices,
    "physical_memory": physical_memory,
    "iotlb_lookup": iotlb_lookup,
    "try_access": try_access,
}
