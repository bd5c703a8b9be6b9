"""Devices, RAM blocks and the system that holds them: what they refuse, and their limits."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

import model
from model.device import AccessSizes, Device, Dma, Ops
from model.memory import RamBlock, allocate, load_bytes, store_bytes
from model.memtx import (
    AccessError,
    EffortLimit,
    HostOverrun,
    MemTxResult,
    NestingLimit,
    OffsetOutsideBlock,
    check_effort,
)
from model.read_write import read, write
from model.system import attach_device, set_bounce_budget, without_logs
from model.topology import TopologyError
from tests.model.systems import TOP, DeviceCase, Machine

# --- Devices -----------------------------------------------------------------------------------

UNALIGNED_CALLBACKS = Device(Ops(impl=AccessSizes(unaligned=True)))


def test_unaligned_callbacks_of_aligned_accesses() -> None:
    """M6: an assertion of the current text about i/o regions; 7.2 and ROM devices have it not."""
    machine = Machine().region("io", "io", 8).region("flash", "rom-device", 8)
    with pytest.raises(AccessError, match="unaligned"):
        attach_device(machine.system, "io", UNALIGNED_CALLBACKS)
    assert attach_device(machine.system, "flash", UNALIGNED_CALLBACKS)
    old = Machine(flavour="qemu-7.2").region("io", "io", 8)
    assert attach_device(old.system, "io", UNALIGNED_CALLBACKS)


@pytest.mark.parametrize("sizes", [AccessSizes(min=-1), AccessSizes(max=9), AccessSizes(16, 16)])
def test_sizes_that_no_access_can_have_are_an_error(sizes: AccessSizes) -> None:
    machine = Machine().region("io", "io", 8)
    for ops in (Ops(valid=sizes), Ops(impl=sizes)):
        with pytest.raises(AccessError, match="access size"):
            attach_device(machine.system, "io", Device(ops))


@pytest.mark.parametrize("kind", ["container", "reservation", "ram", "iommu", "ram-device"])
def test_a_region_that_calls_no_device_gets_none(kind: str) -> None:
    machine = Machine().region("region", kind, 8)
    with pytest.raises(AccessError, match="calls no device"):
        attach_device(machine.system, "region", Device())
    with pytest.raises(TopologyError, match="no region"):
        attach_device(machine.system, "none", Device())


def test_a_rom_device_without_a_device_is_an_error_only_where_it_is_called() -> None:
    """M6: QEMU asserts that it has operations."""
    system = Machine().root().region("flash", "rom-device", 8, 0).space().system
    assert read(system, "memory", 0, 4)[1] is MemTxResult.OK
    with pytest.raises(AccessError, match="no device"):
        write(system, "memory", 0, b"a")


def test_callbacks_that_nest_for_ever_are_a_typed_outcome() -> None:
    """A9: without a guard, QEMU would come to the end of its stack."""
    machine = Machine().root().region("io", "io", 8, 0)
    machine.device("io", guard_disabled=True, dma=(Dma("memory", 0, length=1),)).space()
    with pytest.raises(NestingLimit):
        read(machine.system, "memory", 0, 1)


def test_callbacks_are_numbered_across_reads_and_writes() -> None:
    machine = Machine().root().region("io", "io", 8, 0)
    case = DeviceCase((1, 4, False), (1, 1, False))
    machine.device("io", case, failing=frozenset({3})).space()
    system, result, _ = read(machine.system, "memory", 0, 2)
    assert result is MemTxResult.OK
    system, result = write(system, "memory", 0, b"abcd")
    assert result is MemTxResult.ERROR
    assert system.devices["io"].callbacks == 6
    assert read(system, "memory", 0, 4)[2] == b"a\0cd"


def test_logs_are_emptied_and_nothing_else() -> None:
    machine = Machine().root().region("io", "io", 8, 0).region("ram", "ram", 8, 8)
    machine.device("io").space()
    system, _ = write(machine.system, "memory", 4, b"abcdefgh")
    system, _, _ = read(system, "memory", 4, 8)
    emptied = without_logs(system)
    assert not emptied.callbacks
    assert not emptied.dirty_marks
    assert not emptied.fuzz_hooks
    assert (emptied.devices, emptied.blocks) == (system.devices, system.blocks)


@pytest.mark.parametrize("budget", [-1, TOP])
def test_a_budget_that_is_no_size_is_an_error(budget: int) -> None:
    system = Machine().root().space().system
    with pytest.raises(TopologyError, match="budget"):
        set_bounce_budget(system, "memory", budget)
    with pytest.raises(TopologyError, match="address space"):
        set_bounce_budget(system, "none", 0)


# --- RAM blocks --------------------------------------------------------------------------------

pieces = st.lists(st.tuples(st.integers(0, 900), st.binary(min_size=1, max_size=300)), max_size=6)


@given(pieces, st.integers(0, 1000), st.integers(1, 500))
def test_a_block_holds_what_was_written_to_it(
    writes: list[tuple[int, bytes]], offset: int, length: int
) -> None:
    """Against a plain row of bytes."""
    block, plain = allocate(1500, 512), bytearray(1536)
    for start, data in writes:
        block = store_bytes(block, start, data)
        plain[start : start + len(data)] = data
    assert load_bytes(block, offset, length) == plain[offset : offset + length]


@pytest.mark.parametrize(("steps", "moved"), [(1 << 13, 1 << 24), (0, 0)])
def test_effort_is_allowed_up_to_the_limit(steps: int, moved: int) -> None:
    check_effort(steps, moved)
    with pytest.raises(EffortLimit, match="steps"):
        check_effort((1 << 13) + 1, moved)
    with pytest.raises(EffortLimit, match="bytes"):
        check_effort(steps, (1 << 24) + 1)


def test_a_block_is_whole_host_pages() -> None:
    assert [allocate(size, 4096).max_length for size in (0, 1, 4096, 4097, TOP)] == [
        0,
        4096,
        4096,
        8192,
        TOP,
    ]


@given(st.integers(0, 40), st.integers(1, 40))
def test_what_leaves_a_block_is_a_typed_outcome(offset: int, length: int) -> None:
    """A13: QEMU asserts where an access begins, and not where it ends."""
    expected = OffsetOutsideBlock if offset >= 16 else HostOverrun
    if offset + length <= 16:
        assert load_bytes(RamBlock(16), offset, length) == bytes(length)
        return
    with pytest.raises(expected):
        load_bytes(RamBlock(16), offset, length)
    with pytest.raises(expected):
        store_bytes(RamBlock(16), offset, bytes(length))


def test_regions_that_get_a_block_and_when() -> None:
    """M1: RAM of all kinds and ROM devices; by the size at which they were made."""
    machine = Machine()
    for kind in ("container", "io", "reservation", "ram", "rom-device", "iommu", "ram-device"):
        machine.region(kind, kind, 5000)
    machine.topology(machine.package.changes.set_size, "ram", 100000)
    blocks = machine.system.blocks
    assert {name: block.max_length for name, block in blocks.items()} == {
        "ram": 8192,
        "rom-device": 8192,
        "ram-device": 8192,
    }
    with pytest.raises(AccessError):
        model.system.block_of(machine.system, "io")
