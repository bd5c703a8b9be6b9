"""Accesses by the quick way do what they do step by step, whatever was accessed before."""

from collections.abc import Callable
from typing import Any, NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from impl import AddressSpace, MemoryMap, MemoryRegion, RegionKind
from impl.device_calls import AccessError, Result
from impl.dirty import DirtyClient
from impl.flavour import CURRENT, QEMU_7_2
from impl.memory import AccessStopped
from impl.recorder import AccessRecorder, Mark

BOTTOM = 0x10000


class Marks(AccessRecorder):
    """Keeps where memory was written."""

    def __init__(self) -> None:
        self.marks: list[tuple[str, int, int]] = []

    def mark(self, mark: Mark) -> None:
        self.marks.append((mark.region.name, mark.offset, mark.length))


class Piece(NamedTuple):
    """A region that is made for a map, or a window of an earlier one."""

    kind: RegionKind
    size: int
    place: int
    priority: int
    readonly: bool
    dirty_log_mask: int
    window_offset: int | None


KINDS = (
    *[RegionKind.RAM] * 4,
    RegionKind.ROM_DEVICE,
    RegionKind.RAM_DEVICE,
    RegionKind.IO,
    RegionKind.RESERVATION,
)
places = st.integers(0, 0x5000) | st.integers(0, 10).map(lambda number: number * 0x800)
pieces = st.builds(
    Piece,
    st.sampled_from(KINDS),
    places,
    places,
    st.integers(-1, 1),
    st.booleans(),
    st.integers(0, 7),
    st.none() | places,
)


class World(NamedTuple):
    """A map of pieces, with what it tells of writes."""

    space: AddressSpace
    regions: list[MemoryRegion]
    marks: list[tuple[str, int, int]]


def world(made_of: list[Piece], is_old: bool) -> World:
    """A new map; the same for the same pieces."""
    memory_map = MemoryMap(QEMU_7_2 if is_old else CURRENT)
    recorder = memory_map.accesses.recorder = Marks()
    root = memory_map.create_region("root", RegionKind.CONTAINER, 1 << 64)
    regions: list[MemoryRegion] = []
    with memory_map.transaction():
        for number, piece in enumerate(made_of):
            region = memory_map.create_region(f"r{number}", piece.kind, piece.size)
            if piece.kind is RegionKind.IO:
                memory_map.accesses.attach(region)
            region.set_readonly(piece.readonly)
            region.set_dirty_log_mask(piece.dirty_log_mask)
            regions.append(region)
            shown = region
            if piece.window_offset is not None:
                alias = RegionKind.ALIAS
                shown = memory_map.create_region(
                    f"w{number}", alias, piece.size, region, piece.window_offset
                )
            root.add_subregion(shown, BOTTOM + piece.place, piece.priority)
    return World(memory_map.create_space("memory", root), regions, recorder.marks)


addresses = places.map(lambda place: BOTTOM + place - 8)
lengths = st.integers(0, 0x20) | places
sizes = st.sampled_from((1, 2, 4, 8))
orders = st.sampled_from(("little", "big"))
actions = st.one_of(
    st.tuples(st.just("read"), addresses, lengths),
    st.tuples(st.just("write"), addresses, st.binary(max_size=16) | lengths.map(bytes)),
    st.tuples(st.just("load"), addresses, sizes, orders),
    st.tuples(st.just("store"), addresses, st.integers(0, 255), sizes, orders),
    st.tuples(st.just("readonly"), st.integers(0, 5), st.booleans()),
    st.tuples(st.just("move"), st.integers(0, 5), places),
)


def outcome(access: Callable[..., Any], *arguments: Any) -> Any:
    """What an access gives, or how QEMU would stop."""
    try:
        return access(*arguments)
    except AccessStopped:
        return AccessStopped


def quick(there: World, action: tuple[Any, ...]) -> Any:
    """An access in the way of people, as the engine would say it."""
    name, *arguments = action
    try:
        given = outcome(getattr(there.space, name), *arguments)
    except AccessError as error:
        data = int.from_bytes(error.data, arguments[-1]) if name == "load" else error.data
        return error.result, data
    return given if given is AccessStopped else (Result.OK, b"" if given is None else given)


def slow(there: World, action: tuple[Any, ...]) -> Any:
    """The same access, step by step."""
    name, address, *arguments = action
    if name == "store":
        value, size, order = arguments
        arguments = [value.to_bytes(size, order)]
    given = outcome(getattr(there.space.accesses, name), there.space, address, *arguments)
    return (given, b"") if isinstance(given, Result) else given


def change(there: World, action: tuple[Any, ...]) -> None:
    """Change a region in both worlds alike."""
    name, number, value = action
    if number < len(there.regions):
        region = there.regions[number]
        if name == "readonly":
            region.set_readonly(value)
        else:
            region.set_address(BOTTOM + value)


def memory_of(region: MemoryRegion) -> bytes:
    """All that lies in a region."""
    return b"" if region.block is None else region.block.read(0, region.block.size)


@given(st.lists(pieces, min_size=1, max_size=6), st.booleans(), st.lists(actions, max_size=16))
@settings(max_examples=400, deadline=None)
def test_what_is_quick_does_what_is_done_step_by_step(
    made_of: list[Piece], is_old: bool, acted: list[tuple[Any, ...]]
) -> None:
    """The same results, bytes, marks and dirty bits, whatever was accessed or changed before."""
    made_of = [piece for piece in made_of if piece.size or piece.window_offset is None]
    one, other = world(made_of, is_old), world(made_of, is_old)
    for action in acted:
        if action[0] in ("readonly", "move"):
            change(one, action)
            change(other, action)
        else:
            assert quick(one, action) == slow(other, action), action
            assert one.marks == other.marks
    for region, twin in zip(one.regions, other.regions, strict=True):
        if region.block is None or region.block.size == 0:
            continue
        assert memory_of(region) == memory_of(twin)
        for client in DirtyClient:
            ours, theirs = (
                list(each.dirty.snapshot_and_clear(client, 0, each.dirty.size).ranges())
                for each in (region, twin)
            )
            assert ours == theirs
