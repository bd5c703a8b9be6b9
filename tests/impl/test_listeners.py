"""Listeners of the implementation as objects with methods, without any scenario."""

from collections.abc import Callable

import pytest

from impl import MemoryListener, MemoryMap, MemoryMapError, MemoryRegion, RegionKind
from impl.ioeventfds import Ioeventfd
from impl.view import FlatRange


class Mapped(MemoryListener):
    """Knows what is mapped, and that nothing is mapped twice."""

    def __init__(self, priority: int = 0) -> None:
        super().__init__(priority, has_eventfd_callbacks=True)
        self.ranges: set[tuple[int, int]] = set()
        self.ioeventfds: list[Ioeventfd] = []

    def region_add(self, section: FlatRange) -> None:
        assert all(section.end <= start or end <= section.start for start, end in self.ranges)
        self.ranges.add((section.start, section.end))

    def region_del(self, section: FlatRange) -> None:
        self.ranges.remove((section.start, section.end))

    def eventfd_add(self, ioeventfd: Ioeventfd) -> None:
        self.ioeventfds.append(ioeventfd)

    def eventfd_del(self, ioeventfd: Ioeventfd) -> None:
        self.ioeventfds.remove(ioeventfd)


def machine() -> tuple[MemoryMap, MemoryRegion, MemoryRegion]:
    """A memory map, its root, and RAM at 0 in it."""
    memory_map = MemoryMap()
    system = memory_map.create_region("system", RegionKind.CONTAINER, 1 << 32)
    ram = memory_map.create_region("ram", RegionKind.RAM, 0x1000)
    system.add_subregion(ram, 0)
    return memory_map, system, ram


def test_a_listener_that_follows_the_callbacks_knows_the_map() -> None:
    """T8: through moves, overlaps and the end of listening, nothing is mapped twice or lost."""
    memory_map, system, ram = machine()
    uart = memory_map.create_region("uart", RegionKind.IO, 8)
    space = memory_map.create_space("memory", system)
    listener = Mapped()
    memory_map.listeners.register(listener, space)
    system.add_subregion(uart, 0x800, priority=1)
    assert listener.ranges == {(0, 0x800), (0x800, 0x808), (0x808, 0x1000)}
    with memory_map.transaction():
        uart.set_address(0x2000)
        ram.set_size(0x3000)
    assert listener.ranges == {(0, 0x2000), (0x2000, 0x2008), (0x2008, 0x3000)}
    kick = Ioeventfd(4, 4, None, 1)
    memory_map.listeners.add_ioeventfd(uart, kick)
    assert listener.ioeventfds == [kick._replace(start=0x2004)]
    memory_map.listeners.unregister(listener, space)
    assert (listener.ranges, listener.ioeventfds) == (set(), [])


def test_a_listener_need_not_override_any_method() -> None:
    memory_map, system, ram = machine()
    space = memory_map.create_space("memory", system)
    memory_map.listeners.register(MemoryListener(has_eventfd_callbacks=True), space)
    memory_map.listeners.set_coalescing(ram)
    memory_map.listeners.add_ioeventfd(ram, Ioeventfd(0, 0, None, 1))
    memory_map.listeners.start_global_dirty_log(1)
    ram.set_size(0x800)
    memory_map.listeners.stop_global_dirty_log(1)
    memory_map.listeners.del_ioeventfd(ram, Ioeventfd(0, 0, None, 1))
    assert [one.end for one in space.view.ranges] == [0x800]


def test_what_is_impossible_is_a_typed_error_and_changes_nothing() -> None:
    memory_map, system, ram = machine()
    space = memory_map.create_space("memory", system)
    listeners, listener = memory_map.listeners, Mapped()
    listeners.register(listener, space)
    attempts: tuple[Callable[[], None], ...] = (
        lambda: listeners.register(listener, space),
        lambda: listeners.register(Mapped(priority=-1), space),
        lambda: listeners.register(Mapped(priority=1 << 32), space),
        lambda: listeners.unregister(Mapped(), space),
        lambda: listeners.add_coalescing(ram, -1, 1),
        lambda: listeners.add_coalescing(ram, 0, 1 << 64),
        lambda: listeners.add_ioeventfd(ram, Ioeventfd(0, 3, None, 1)),
        lambda: listeners.add_ioeventfd(ram, Ioeventfd(1 << 64, 4, None, 1)),
        lambda: listeners.add_ioeventfd(ram, Ioeventfd(0, 8, 1 << 64, 1)),
        lambda: listeners.del_ioeventfd(ram, Ioeventfd(0, 4, None, 1)),
        lambda: listeners.start_global_dirty_log(0),
        lambda: listeners.start_global_dirty_log(8),
        lambda: listeners.stop_global_dirty_log(1),
        lambda: memory_map.destroy_space("memory"),
    )
    for attempt in attempts:
        with pytest.raises(MemoryMapError):
            attempt()
    assert memory_map.spaces == {"memory": space}
    ram.set_size(0x800)
    assert listener.ranges == {(0, 0x800)}
