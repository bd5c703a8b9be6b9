"""Mapping and unmapping: direct memory, bounce buffers, and their budget."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import model
from model.map import (
    BounceMapping,
    DirectMapping,
    map_memory,
    read_mapped,
    unmap_memory,
    write_mapped,
)
from model.memtx import AccessError, MemTxAttrs, NoProgress
from model.read_write import read
from model.system import set_bounce_budget
from tests.model.access_checks import Request
from tests.model.bytewise import World
from tests.model.systems import TOP, DeviceCase, Machine, addresses, build, layouts, lengths
from tests.model.test_translate import Page, behind_iommu

requests = st.builds(Request, layouts(), addresses, lengths)


def check_map(package: Any, case: Request) -> None:
    """A15: a mapping for reading shows what a read of as many bytes gives."""
    system = build(package, case.layout)
    world = World(case.layout, build(model, case.layout))
    after, mapping = package.map.map_memory(system, "memory", case.address, case.length, False)
    if case.length == 0:
        assert mapping is None
        return
    assert 1 <= mapping.length <= case.length
    shown = package.map.read_mapped(after, mapping, 0, mapping.length)
    told = world.read(case.address, mapping.length)
    assert shown == told.data
    found = world.where(case.address)
    is_direct = found is not None and world.case(found[0]).kind not in (
        "io",
        "romd-off",
        "reservation",
    )
    assert isinstance(mapping, package.map.DirectMapping) == is_direct
    if found is not None and is_direct and world.case(found[0]).kind != "rom-device":
        # It goes on as far as the same region does, through pages and merged ranges.
        whole = 0
        while whole < case.length and world.where(case.address + whole) == (
            found[0],
            found[1] + whole,
        ):
            whole += 1
        assert mapping.length == whole


@settings(max_examples=150)
@given(requests)
def test_a_mapping_shows_what_a_read_gives(case: Request) -> None:
    check_map(model, case)


# --- Scenarios ---------------------------------------------------------------------------------


def test_a_hole_is_mapped_by_zeros() -> None:
    """Scenario 61: mapping succeeds where an access would not, and unmapping hides it."""
    system = Machine().root().space().system
    system, mapping = map_memory(system, "memory", 0x1000, 64, False)
    assert mapping == BounceMapping(0, 64)
    assert read_mapped(system, mapping, 0, 64) == bytes(64)
    system = unmap_memory(system, mapping, is_write=False, access_length=64)
    assert not system.bounces


def test_bounce_buffers_run_out() -> None:
    """Scenario 62: each space has 4096 bytes, then nothing; what is given back is there again."""
    machine = Machine().root().space().root("other").space("other", "other")
    system, first = map_memory(machine.system, "memory", 0, 4000, True)
    system, second = map_memory(system, "memory", 0, 4000, True)
    assert (first, second) == (BounceMapping(0, 4000), BounceMapping(1, 96))
    system, third = map_memory(system, "memory", 0, 1, True)
    assert third is None
    system, elsewhere = map_memory(system, "other", 0, 5000, True)
    assert elsewhere == BounceMapping(2, 4096)
    system = unmap_memory(system, BounceMapping(1, 96), is_write=True, access_length=0)
    assert map_memory(system, "memory", 0, 4000, True)[1] == BounceMapping(3, 96)


def test_a_budget_can_be_set() -> None:
    system = set_bounce_budget(Machine().root().space().system, "memory", 10)
    system, mapping = map_memory(system, "memory", 0, 64, True)
    assert mapping == BounceMapping(0, 10)
    assert map_memory(system, "memory", 0, 64, True)[1] is None
    lowered = set_bounce_budget(system, "memory", 4)
    assert map_memory(lowered, "memory", 0, 64, True)[1] == BounceMapping(1, 64)


def test_qemu_7_2_has_one_bounce_buffer_of_a_page() -> None:
    """A15: for all spaces, and filled without the caller's attributes."""
    machine = Machine(flavour="qemu-7.2").root().space().root("other").space("other", "other")
    attrs = MemTxAttrs(memory=True)
    system, mapping = map_memory(machine.system, "memory", 0, 5000, False, attrs)
    assert mapping == BounceMapping(0, 4096)
    assert map_memory(system, "other", 0, 1, False)[1] is None
    with pytest.raises(AccessError, match="one bounce buffer"):
        set_bounce_budget(system, "memory", 10)
    system = unmap_memory(system, mapping, is_write=False, access_length=0)
    assert map_memory(system, "other", 0, 1, False)[1] == BounceMapping(1, 1)


@pytest.mark.parametrize("flavour", ["current", "qemu-7.2"])
def test_a_bounce_buffer_for_reading_is_filled_by_a_read_with_the_callers_attributes(
    flavour: str,
) -> None:
    """A15: what is denied is not read, and mapped all the same."""
    machine = Machine(flavour=flavour).root().region("io", "io", 4, 0)
    stored = machine.store(dict(enumerate(b"abcd")))
    machine.device("io", DeviceCase((1, 4, False)), behaviour=stored).space()
    for attrs, shown in ((MemTxAttrs(memory=True), b"\0\0\0\0"), (MemTxAttrs(), b"abcd")):
        system, mapping = map_memory(machine.system, "memory", 0, 4, False, attrs)
        assert mapping is not None
        assert read_mapped(system, mapping, 0, 4) == shown
        assert len(system.callbacks) == (not attrs.memory)


def test_contiguous_sections_of_a_region_are_mapped_as_one() -> None:
    """Scenario 63: a page split, and aliases that continue each other, end no mapping."""
    machine = Machine(page_bits=4).root().region("ram", "ram", 0x100)
    machine.region("first", "alias", 0x18, 8, alias="ram", alias_offset=0x30)
    machine.region("second", "alias", 0x20, 0x20, alias="ram", alias_offset=0x48, nonvolatile=True)
    machine.region("third", "alias", 0x10, 0x40, alias="ram", alias_offset=0x60).space()
    assert len(machine.system.topology.spaces["memory"].view.ranges) == 3
    _, mapping = map_memory(machine.system, "memory", 8, 0x100, True)
    assert mapping == DirectMapping("ram", 0x30, 0x38)


def check_joined(package: Any, length: int) -> None:
    """A15: pages that continue each other are one mapping, and one that does not ends it."""
    pages = tuple(Page(16 * i, 4, 0x100 + 16 * i, 3, "memory") for i in range(2))
    machine = behind_iommu((*pages, Page(32, 4, 0x100, 3, "memory")), package=package)
    _, mapping = package.map.map_memory(machine.system, "dma", 4, length, True)
    assert tuple(mapping) == ("ram", 4, min(length, 28))


@given(st.integers(1, 64))
def test_pages_of_an_iommu_are_mapped_as_one_where_they_continue_each_other(length: int) -> None:
    check_joined(model, length)


def test_a_mapping_ends_at_its_block_and_the_hook_does_not() -> None:
    """A15, A16: the fuzz hook is called with the length before the block's clamp, both ways."""
    machine = Machine(page_bits=4).root().region("flash", "rom-device", 12, 0).device("flash")
    system, mapping = map_memory(machine.space().system, "memory", 8, 64, False)
    assert mapping == DirectMapping("flash", 8, 8)
    assert [tuple(one) for one in system.fuzz_hooks] == [(8, 64, "flash")]
    machine = Machine().root().region("ram", "ram", 16, 0).space()
    system, _ = map_memory(machine.system, "memory", 8, 64, True)
    assert [tuple(one) for one in system.fuzz_hooks] == [(8, 8, "ram")]
    hooks = map_memory(machine.system, "memory", 32, 8, False)[0].fuzz_hooks
    assert [tuple(one) for one in hooks] == [(32, 8, None)]


def test_a_direct_mapping_is_the_memory_itself() -> None:
    """A15: writes show at once; they are marked dirty when it is given back, if it was written."""
    machine = Machine().root().region("ram", "ram", 16, 0).space()
    system, mapping = map_memory(machine.system, "memory", 4, 8, True)
    assert mapping is not None
    system = write_mapped(system, mapping, 2, b"abc")
    assert read(system, "memory", 4, 8)[2] == b"\0\0abc\0\0\0"
    assert read_mapped(system, mapping, 2, 3) == b"abc"
    assert not unmap_memory(system, mapping, is_write=False, access_length=5).dirty_marks
    system = unmap_memory(system, mapping, is_write=True, access_length=5)
    assert [tuple(mark) for mark in system.dirty_marks] == [("ram", 4, 5)]


def test_unmapping_writes_a_bounce_buffer_as_far_as_it_was_used() -> None:
    """A15: without the attributes of the mapping, so that what would be denied is written."""
    machine = Machine().root().region("io", "io", 8, 0).device("io").space()
    attrs = MemTxAttrs(memory=True)
    system, mapping = map_memory(machine.system, "memory", 0, 8, True, attrs)
    assert mapping is not None
    system = write_mapped(system, mapping, 0, b"abcdefgh")
    assert not system.callbacks
    system = unmap_memory(system, mapping, is_write=True, access_length=6)
    assert read(system, "memory", 0, 8)[2] == b"abcdef\0\0"
    assert not system.bounces


def test_a_mapping_is_given_back_once_and_used_within_its_length() -> None:
    system, mapping = map_memory(Machine().root().space().system, "memory", 0, 8, True)
    assert mapping is not None
    for offset, length in ((8, 1), (0, 9), (-1, 1)):
        with pytest.raises(AccessError):
            read_mapped(system, mapping, offset, length)
    with pytest.raises(AccessError):
        write_mapped(system, mapping, 4, b"abcde")
    with pytest.raises(AccessError):
        unmap_memory(system, mapping, is_write=True, access_length=9)
    assert read_mapped(system, mapping, 8, 0) == b""
    assert write_mapped(system, mapping, 8, b"") == system
    system = unmap_memory(system, mapping, is_write=True, access_length=0)
    with pytest.raises(AccessError):
        unmap_memory(system, mapping, is_write=True, access_length=0)


@pytest.mark.parametrize("is_write", [False, True])
def test_what_a_translation_of_nothing_maps(is_write: bool) -> None:
    """X3 in a mapping: no end of extending memory; no bounce buffer, or in 7.2 an empty one."""
    everything = Page(0, 64, 0, 3, "memory")
    machine = behind_iommu((everything,))
    assert map_memory(machine.system, "dma", 0, 8, is_write)[1] is None
    machine.region("low", "ram", 16, 0)
    with pytest.raises(NoProgress):
        map_memory(machine.system, "dma", 0, 8, is_write)
    old = behind_iommu((everything,))
    flavour = model.flavour.Flavour.QEMU_7_2
    system = old.system._replace(topology=old.system.topology._replace(flavour=flavour))
    if is_write:
        assert map_memory(system, "dma", 0, 8, is_write)[1] == BounceMapping(0, 0)
    else:
        with pytest.raises(NoProgress):
            map_memory(system, "dma", 0, 8, is_write)


def test_no_length_maps_nothing() -> None:
    system = Machine().root().region("ram", "ram", TOP, 0).space().system
    assert map_memory(system, "memory", 0, 0, False) == (system, None)
