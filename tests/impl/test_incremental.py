"""A commit that renders only what changed publishes what rendering everything would."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import impl.render
import impl.windows
from impl.memory_map import MemoryMap
from impl.region import TOP, MemoryMapError, MemoryRegion, RegionKind
from impl.render import flat_root, render
from impl.sweep import RenderAbort
from impl.view import Chunk
from impl.windows import RenderLimit, windows_of

PAGE = 0x1000
PLACES: tuple[int, ...] = (0, 0, 0x10, 0x7F8, *range(PAGE, 16 * PAGE, PAGE), TOP - PAGE)


class World:
    """A map of nested containers with aliases, in which anything may change."""

    def __init__(self, random: Random, chunk_size: int) -> None:
        self.random = random
        self.map = MemoryMap(chunk_size=chunk_size)
        self.roots = [self.make(RegionKind.CONTAINER, size) for size in (TOP, 64 * PAGE)]
        self.regions = list(self.roots)
        for _ in range(24):
            self.regions.append(self.make_any())
        for region in self.regions[2:]:
            if random.random() < 0.8:
                self.attempt(lambda region=region: self.add(region))  # type: ignore[misc]
        for number, root in enumerate([*self.roots, self.regions[5], self.regions[9]]):
            self.attempt(lambda number=number, root=root: self.map.create_space(f"s{number}", root))  # type: ignore[misc]

    def make(
        self, kind: RegionKind, size: int, alias: MemoryRegion | None = None, offset: int = 0
    ) -> MemoryRegion:
        return self.map.create_region(f"{kind.value}", kind, size, alias, offset)

    def make_any(self) -> MemoryRegion:
        kinds = (RegionKind.CONTAINER, RegionKind.RAM, RegionKind.IO, RegionKind.ROM_DEVICE)
        if self.random.random() < 0.3:
            target = self.random.choice(self.regions)
            return self.make(RegionKind.ALIAS, self.size(), target, self.place())
        return self.make(self.random.choice(kinds), self.size())

    def size(self) -> int:
        return self.random.choice((0, 1, 0x10, 0x800, PAGE, PAGE, PAGE, 3 * PAGE, 16 * PAGE))

    def place(self) -> int:
        return self.random.choice(PLACES)

    def add(self, region: MemoryRegion) -> None:
        containers = self.roots if self.random.random() < 0.6 else self.regions
        self.random.choice(containers).add_subregion(
            region, self.place(), self.random.randrange(-1, 3)
        )

    def attempt(self, change: Callable[[], object]) -> None:
        """Make a change, unless no map allows it."""
        with suppress(MemoryMapError):
            change()

    def change(self) -> None:
        random = self.random
        region = random.choice(self.regions[random.random() < 0.9 and len(self.roots) :])
        changes: tuple[Callable[[], object], ...] = (
            lambda: self.add(region),
            lambda: take_out(region),
            lambda: region.set_address(self.place()),
            lambda: region.set_enabled(not region.enabled),
            lambda: region.set_size(self.size()),
            lambda: region.set_readonly(not region.readonly),
            lambda: region.set_unmergeable(not region.unmergeable),
            lambda: region.set_dirty_log_mask(random.randrange(2)),
            lambda: region.set_alias_offset(self.place()),
            lambda: self.map.listeners.start_global_dirty_log(1),
            lambda: self.map.listeners.stop_global_dirty_log(1),
        )
        self.attempt(random.choice(changes))

    def check(self) -> None:
        """Every published view is what rendering its tree from scratch gives."""
        for space in self.map.spaces.values():
            root, view = flat_root(space.root), space.view
            whole = [] if root is None else self.map.listeners.logged(render(root))
            assert view.root is root
            assert list(view) == whole
            assert all(0 < len(chunk.ranges) <= self.map.views.chunk_size for chunk in view.chunks)
            assert all(chunk.starts == [one.start for one in chunk.ranges] for chunk in view.chunks)
            for one in whole:
                assert view.find(one.start) == view.find(one.end - 1) == one


def take_out(region: MemoryRegion) -> None:
    """Take a region out of its container, if it is in one."""
    if region.container is not None:
        region.container.del_subregion(region)


@pytest.fixture(scope="module", autouse=True)
def _few_visits() -> Iterator[None]:
    """Trees that nest without end are to be found out soon."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(impl.windows, "MOST_VISITS", 3000)
        yield


@given(st.integers(0, 1 << 32), st.sampled_from((1, 2, 3, 128)))
@settings(max_examples=300, deadline=None)
def test_a_commit_publishes_what_rendering_everything_would(seed: int, chunk_size: int) -> None:
    random = Random(seed)
    try:
        world = World(random, chunk_size)
        for _ in range(12):
            with world.map.transaction():
                for _ in range(random.choice((1, 1, 1, 2, 5))):
                    world.change()
                # Some changes, as of a root's address, are only published together with others.
                world.map.mark_pending(True)
            world.check()
    except (RenderAbort, RenderLimit):
        return  # QEMU would abort, or an alias leads back to itself: there is no view to compare


def spread_out(count: int) -> tuple[MemoryMap, list[MemoryRegion]]:
    """A map that shows `count` regions of a page each, every other page."""
    memory_map = MemoryMap()
    root = memory_map.create_region("root", RegionKind.CONTAINER, TOP)
    regions = [
        memory_map.create_region(str(number), RegionKind.IO, PAGE) for number in range(count)
    ]
    with memory_map.transaction():
        for number, region in enumerate(regions):
            root.add_subregion(region, 2 * number * PAGE)
    memory_map.create_space("memory", root)
    regions[0].set_enabled(False)
    return memory_map, regions


@pytest.mark.parametrize("count", [1000, 10_000])
def test_a_change_of_one_region_renders_a_few_windows_and_shares_the_other_ranges(
    count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory_map, regions = spread_out(count)
    space = memory_map.spaces["memory"]
    before = space.view
    painted = []

    def counting(root: MemoryRegion, start: int, end: int) -> object:
        painted.extend(windows := windows_of(root, start, end))
        return windows

    monkeypatch.setattr(impl.render, "windows_of", counting)
    regions[count // 2].set_enabled(False)
    assert len(painted) <= 3
    assert len(space.view.ranges) == len(before.ranges) - 1
    changed: set[Chunk] = set(space.view.chunks) - set(before.chunks)
    assert len(changed) <= 2
    assert space.view.find(count * PAGE) is None


def test_moving_one_region_renders_only_where_it_was_and_where_it_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    memory_map, regions = spread_out(1000)
    rendered = []

    def noting(root: MemoryRegion, start: int, end: int) -> object:
        rendered.append((start, end))
        return windows_of(root, start, end)

    monkeypatch.setattr(impl.render, "windows_of", noting)
    regions[500].set_address(5 * PAGE)
    assert rendered == [(5 * PAGE, 6 * PAGE), (1000 * PAGE, 1001 * PAGE)]
    assert memory_map.spaces["memory"].view.find(5 * PAGE).region is regions[500]  # type: ignore[union-attr]
