"""The other operations of vectors on parts: one region, one slice, one bitmap."""

from collections.abc import Callable
from typing import Any

from fuzz.vectors.machine import NotCheckedError, Run
from fuzz.vectors.map_operations import Operation, pointer_words
from fuzz.vectors.seen import MOST_SHOWN, Seen
from fuzz.vectors.targets import region_of
from model import dirty_bitmap, guest_region, volatile_slice
from model.dirty_bitmap import DirtyBitmap
from model.guest_errors import Ok, Outcome, then
from model.volatile_slice import VolatileSlice

# --- Regions -----------------------------------------------------------------------------------


def of_region(ask: Callable[[Run, Any, int], Outcome[Any]]) -> Operation:
    """An operation that asks a region something about an offset."""

    def operation(run: Run) -> Seen:
        region = region_of(run, run.collection)
        return Seen(ask(run, region, run.args.limit("off") or 0), run.memory)

    return operation


REGION_OPERATIONS: dict[str, Operation] = {
    "region_len": of_region(lambda run, region, offset: Ok(region.length)),
    "region_start_addr": of_region(lambda run, region, offset: Ok(region.start)),
    "region_last_addr": of_region(
        lambda run, region, offset: guest_region.last_address(run.contract, region.bounds)
    ),
    "region_check_address": of_region(
        lambda run, region, offset: Ok(guest_region.check_offset(region.bounds, offset))
    ),
    "region_address_in_range": of_region(
        lambda run, region, offset: Ok(guest_region.check_offset(region.bounds, offset) is not None)
    ),
    "region_checked_offset": of_region(
        lambda run, region, offset: Ok(
            guest_region.checked_offset(
                region.bounds, offset, run.args.number("offset", "n", "count")
            )
        )
    ),
    "region_to_region_addr": of_region(
        lambda run, region, offset: Ok(
            guest_region.offset_of(region.bounds, run.args.number("addr"))
        )
    ),
    "region_get_host_address": of_region(
        lambda run, region, offset: then(
            run.collection.host_address(region, offset),
            lambda found: Ok(pointer_words(run.collection, *found)),
        )
    ),
    "region_get_slice": of_region(
        lambda run, region, offset: run.collection.region_slice(
            region, offset, run.args.number("count", "len", "n")
        )
    ),
    "region_as_volatile_slice": of_region(
        lambda run, region, offset: guest_region.whole_slice(run.collection, region)
    ),
}

# --- Slices ------------------------------------------------------------------------------------


def of_slice(ask: Callable[[Run, VolatileSlice, int], Outcome[Any]]) -> Operation:
    """An operation that asks a slice something about an offset."""

    def operation(run: Run) -> Seen:
        contents = run.collection.listed[0].contents
        return Seen(ask(run, contents, run.args.limit("off") or 0), run.memory)

    return operation


SLICE_OPERATIONS: dict[str, Operation] = {
    "vs_len": of_slice(lambda run, slice_, offset: Ok(slice_.length)),
    "vs_subslice": of_slice(
        lambda run, slice_, offset: volatile_slice.subslice(slice_, offset, run.args.number("n"))
    ),
    "vs_get_slice": of_slice(
        lambda run, slice_, offset: volatile_slice.subslice(slice_, offset, run.args.number("n"))
    ),
    "vs_compute_end_offset": of_slice(
        lambda run, slice_, offset: volatile_slice.compute_end(slice_, offset, run.args.number("n"))
    ),
    "vs_offset": of_slice(
        lambda run, slice_, offset: volatile_slice.advanced(slice_, run.args.number("n", "off"))
    ),
    "vs_split_at": of_slice(
        lambda run, slice_, offset: volatile_slice.split_at(slice_, run.args.number("n", "off"))
    ),
    "vs_get_ref": of_slice(
        lambda run, slice_, offset: volatile_slice.subslice(slice_, offset, run.args.number("size"))
    ),
    "vs_get_array_ref": of_slice(
        lambda run, slice_, offset: then(
            volatile_slice.array_slice(
                slice_, offset, run.args.number("n"), run.args.number("size")
            ),
            lambda _: Ok(run.args.number("n")),
        )
    ),
    "vs_get_atomic_ref": of_slice(
        lambda run, slice_, offset: volatile_slice.atomic_slice(
            slice_, offset, run.args.number("size")
        )
    ),
}

# --- Bitmaps -----------------------------------------------------------------------------------

Step = Callable[..., DirtyBitmap]

STEPS: dict[tuple[str, int], Step] = {
    **dict.fromkeys([("set", 2), ("set_addr_range", 2), ("mark_dirty", 2)], dirty_bitmap.mark),
    **dict.fromkeys(
        [("reset", 2), ("reset_addr_range", 2), ("reset_range", 2)], dirty_bitmap.clear
    ),
    ("reset", 0): dirty_bitmap.reset,
    ("reset_all", 0): dirty_bitmap.reset,
    ("set_bit", 1): dirty_bitmap.mark_page,
    ("reset_bit", 1): dirty_bitmap.clear_page,
    ("enlarge", 1): dirty_bitmap.enlarged,
    ("dirty_slice", 3): lambda bitmap, base, offset, length: dirty_bitmap.mark(
        bitmap, base + offset, length
    ),
}
"""What a step of `bm_seq` does, by its name and how many numbers follow."""


def bm_seq(run: Run) -> Seen:
    """A bitmap, and steps on it: how many bits it has, and which are set. Raises VectorError."""
    bitmap = DirtyBitmap(run.args.number("bytes"), run.args.number("page"))
    words: tuple[int, ...] | None = None
    if bitmap.page_size == 0:
        raise run.vector.fault("args.page is 0")
    for step in run.args.items("steps"):
        if not isinstance(step, list) or not step or not isinstance(step[0], str):
            raise run.vector.fault("args.steps is not a list of steps")
        name, numbers = step[0], step[1:]
        if not all(isinstance(one, int) and one >= 0 for one in numbers):
            raise run.vector.fault(f"step {name} is not followed by numbers")
        if name == "get_and_reset":
            bitmap, words = dirty_bitmap.take(bitmap)
        elif (name, len(numbers)) in STEPS:
            bitmap = STEPS[name, len(numbers)](bitmap, *numbers)
        else:
            raise NotCheckedError(f"step {name} of {len(numbers)} numbers")
    if words is None and bitmap.pages <= MOST_SHOWN:
        words = dirty_bitmap.take(bitmap)[1]
    extras = {"words": None if words is None else list(words)}
    seen = {
        "len": bitmap.pages,
        "bits": sorted(bitmap.dirty),
        "byte_size": bitmap.bytes_covered,
    }
    return Seen(Ok(seen), None, extras)


OPERATIONS: dict[str, Operation] = {**REGION_OPERATIONS, **SLICE_OPERATIONS, "bm_seq": bm_seq}
