"""Address spaces as people use them: bytes, integers, mapped memory, errors, and what is told."""

from collections.abc import Callable
from pickle import PickleBuffer
from typing import Any

import pytest

from impl import AddressSpace, MemoryMap, MemoryRegion, RegionKind
from impl.attributes import UNSPECIFIED, Attributes
from impl.device import Dma, Sizes
from impl.device_calls import AccessError, Result
from impl.ioeventfds import Ioeventfd
from impl.memory import AccessStopped
from impl.recorder import AccessRecorder, Mark, Signal
from impl.region import MemoryMapError
from impl.view import FlatView

PAGE = 0x1000


def machine(size: int = 0x8000) -> tuple[MemoryMap, AddressSpace, MemoryRegion]:
    """RAM at 0x1000, a device of 0x100 bytes behind it, and nothing else."""
    memory_map = MemoryMap()
    root = memory_map.create_region("root", RegionKind.CONTAINER, 1 << 64)
    ram = memory_map.create_region("ram", RegionKind.RAM, size)
    uart = memory_map.create_region("uart", RegionKind.IO, 0x100)
    memory_map.accesses.attach(uart)
    with memory_map.transaction():
        root.add_subregion(ram, PAGE)
        root.add_subregion(uart, PAGE + size)
    return memory_map, memory_map.create_space("memory", root), ram


# --- Bytes and integers -------------------------------------------------------------------------


def test_the_second_read_of_a_section_looks_nothing_up(monkeypatch: pytest.MonkeyPatch) -> None:
    _, space, _ = machine()
    space.write(PAGE, b"data")

    def find(view: FlatView, address: int) -> None:
        raise AssertionError(f"{address:#x} is looked up")

    monkeypatch.setattr(FlatView, "find", find)
    assert space.read(PAGE, 4) == b"data"
    assert space.load(PAGE, 4, "big") == int.from_bytes(b"data", "big")
    space.write(PAGE + 4, b"more")
    space.store(PAGE + 8, 0x55, 1)
    assert space.read(PAGE, 9) == b"datamoreU"
    with pytest.raises(AssertionError, match="0x1 is looked up"):
        space.read(1, 1)


def test_an_error_says_what_was_read_all_the_same() -> None:
    _, space, _ = machine()
    space.write(0x8FFC, b"last")
    with pytest.raises(AccessError, match="memory: read at 0xfff: DECODE_ERROR") as caught:
        space.read(0xFFF, 0x8002)
    assert caught.value.result is Result.DECODE_ERROR
    assert caught.value.data == bytes(0x7FFD) + b"last" + b"\0"
    with pytest.raises(AccessError) as caught:
        space.read_into(0xFFF, buffer := bytearray(b"?" * 0x8002))
    assert buffer == caught.value.data
    with pytest.raises(AccessError) as caught:
        space.load(0x8FFE, 4)
    assert caught.value.data == bytes(4)


def test_an_error_of_a_device_says_what_the_device_said() -> None:
    memory_map, space, _ = machine()
    uart = space.translate(0x9000).region
    assert uart is not None
    device = memory_map.accesses.device_of(uart)
    device.failing.add(1)
    space.write(0x9000, b"abcd")
    with pytest.raises(AccessError) as caught:
        space.load(0x9000, 4, "big")
    assert (caught.value.result, caught.value.data) == (Result.ERROR, b"abcd")


def test_what_is_written_before_and_behind_a_hole_is_there() -> None:
    _, space, ram = machine()
    with pytest.raises(AccessError):
        space.write(0xFFE, b"??ram")
    assert space.read(PAGE, 3) == b"ram"
    ram.set_readonly(True)
    writes: list[Callable[[], None]] = [
        lambda: space.write(PAGE, b"ROM"),
        lambda: space.store(PAGE, 1, 1),
        lambda: space.fill(PAGE, 3),
    ]
    for write in writes:
        with pytest.raises(AccessError, match="DECODE_ERROR"):
            write()
    assert space.read(PAGE, 3) == b"ram"
    space.write_rom(PAGE, b"ROM")
    assert space.read(PAGE, 3) == b"ROM"


@pytest.mark.parametrize("is_big", [False, True])
def test_integers_are_in_the_targets_order_unless_another_is_said(is_big: bool) -> None:
    memory_map = MemoryMap(big_endian=is_big)
    ram = memory_map.create_region("ram", RegionKind.RAM, PAGE)
    space = memory_map.create_space("memory", ram)
    for _ in range(2):
        space.store(8, 0x11223344, 4)
        assert space.read(8, 4).hex() == ("11223344" if is_big else "44332211")
        assert space.load(8, 4) == 0x11223344
        assert space.load(8, 4, "little") == (0x44332211 if is_big else 0x11223344)


def test_any_buffer_is_read_and_written() -> None:
    _, space, _ = machine()
    words = memoryview(bytearray(b"abcdefgh")).cast("I")
    for _ in range(2):
        space.fill(PAGE, 0x20, 0)
        space.write(PAGE, words)
        space.write(PAGE + 8, bytearray(b"ij"))
        space.write(PAGE + 16, memoryview(b"a-b-c-")[::2])
        assert space.read(PAGE, 19) == b"abcdefghij" + bytes(6) + b"abc"
    other = memoryview(bytearray(8)).cast("H")
    space.read_into(PAGE + 1, other)
    assert other.tobytes() == b"bcdefghi"


@pytest.mark.parametrize("warm", [False, True])
@pytest.mark.parametrize(
    "access",
    [
        lambda space: space.read(PAGE, -1),
        lambda space: space.read(-1, 4),
        lambda space: space.read((1 << 64), 4),
        lambda space: space.write(1 << 64, b"x"),
        lambda space: space.fill(PAGE, -1),
        lambda space: space.fill(PAGE, 1, 256),
        lambda space: space.load(PAGE, 3),
        lambda space: space.load(PAGE, 0),
        lambda space: space.load(PAGE, 4, "middle"),
        lambda space: space.store(PAGE, 256, 1),
        lambda space: space.store(PAGE, -1, 4),
        lambda space: space.store(PAGE, 0, 16),
        lambda space: space.translate(PAGE, -1),
        lambda space: space.map(PAGE, -1, is_write=False),
        lambda space: space.is_valid(PAGE, -1),
    ],
)
def test_what_no_access_can_have_changes_nothing(
    access: Callable[[AddressSpace], object], warm: bool
) -> None:
    _, space, _ = machine()
    if warm:
        space.write(PAGE, b"warm")
    with pytest.raises(MemoryMapError):
        access(space)
    assert space.read(PAGE, 4) == (b"warm" if warm else bytes(4))


def test_memory_that_was_closed_is_not_reached_any_more() -> None:
    _, space, ram = machine()
    space.write(PAGE, b"x")
    assert ram.block is not None
    ram.block.close()
    for access in (
        lambda: space.read(PAGE, 1),
        lambda: space.write(PAGE, b"x"),
        lambda: space.load(PAGE, 4),
        lambda: space.store(PAGE, 1, 4),
    ):
        with pytest.raises(AccessStopped):
            access()


def test_accesses_can_say_something_of_themselves() -> None:
    _, space, ram = machine()
    ram.set_readonly(True)
    space.write(PAGE, b"debugger", Attributes(debug=True))
    assert space.read(PAGE, 8) == b"debugger"
    with pytest.raises(AccessError, match="ACCESS_ERROR"):
        space.read(0x9000, 1, Attributes(memory=True))
    hooked = MemoryMap(fuzz_hook=lambda *seen: told.append(seen))
    told: list[tuple[Any, ...]] = []
    low = hooked.create_region("low", RegionKind.RAM, PAGE)
    space = hooked.create_space("memory", low)
    for _ in range(2):
        space.read(0, 4, UNSPECIFIED)
        space.load(4, 2)
    assert told == [(0, 4, low), (4, 2, low)] * 2


# --- Looking up and mapping ---------------------------------------------------------------------


def test_translation_says_who_answers() -> None:
    _, space, ram = machine()
    assert space.translate(0x1234, 0x10000) == (ram, 0x234, 0x8000 - 0x234)
    assert space.translate(0) == (None, 0, 1)
    assert space.is_valid(0x9000, 4)
    assert not space.is_valid(0, 4, is_write=True)


def test_what_is_mapped_is_the_memory_itself() -> None:
    _, space, _ = machine()
    mapping = space.map(PAGE + 8, 1 << 20, is_write=True)
    assert mapping is not None
    with mapping:
        memory = mapping.memory
        assert len(memory) == 0x7FF8
        memory[:4] = b"here"
        assert space.read(PAGE + 8, 4) == b"here"
        space.write(PAGE + 9, b"ow")
        assert bytes(memory[:4]) == b"howe"
    with pytest.raises(MemoryMapError, match="nothing is mapped"):
        mapping.memory  # noqa: B018
    with pytest.raises(ValueError, match="released"):
        memory[0]
    reading = space.map(PAGE, 4, is_write=False)
    assert reading is not None
    with reading, pytest.raises(TypeError, match="read-only"):
        reading.memory[0] = 1


def test_a_device_is_mapped_through_a_bounce_buffer() -> None:
    _, space, _ = machine()
    writing = space.map(0x9000, 4, is_write=True)
    assert writing is not None
    with writing:
        writing.memory[:] = b"good"
        assert space.read(0x9000, 4) == bytes(4)
    assert space.read(0x9000, 4) == b"good"
    failing = space.map(0x9000, 4, is_write=True)
    assert failing is not None
    failing.memory[:2] = b"??"
    with pytest.raises(KeyError), failing:
        raise KeyError
    assert space.read(0x9000, 4) == b"good"
    reading = space.map(0x9000, 4, is_write=False)
    assert reading is not None
    assert bytes(reading.memory) == b"good"
    reading.unmap()
    held = space.map(0x9000, space.bounce_budget, is_write=True)
    assert held is not None
    assert space.map(0x9000, 1, is_write=True) is None
    held.unmap(0)


def test_memory_that_an_object_uses_stays_mapped() -> None:
    _, space, _ = machine()
    mapping = space.map(PAGE, 16, is_write=True)
    assert mapping is not None
    user = PickleBuffer(mapping.memory)
    with pytest.raises(MemoryMapError, match="still used"):
        mapping.unmap()
    user.raw()[:4] = b"used"
    user.release()
    mapping.unmap()
    assert space.read(PAGE, 4) == b"used"
    with pytest.raises(MemoryMapError, match="any more"):
        mapping.unmap()


def test_a_region_too_large_for_the_host_has_no_memory_to_map() -> None:
    memory_map = MemoryMap()
    space = memory_map.create_space(
        "memory", memory_map.create_region("r", RegionKind.RAM, 1 << 64)
    )
    space.write((1 << 64) - 4, b"last")
    assert space.load((1 << 64) - 4, 4, "big") == int.from_bytes(b"last", "big")
    mapping = space.map((1 << 64) - 4, 4, is_write=False)
    assert mapping is not None
    assert mapping.read(0, 4) == b"last"
    with pytest.raises(MemoryMapError, match="too large"):
        mapping.memory  # noqa: B018


# --- What is told -------------------------------------------------------------------------------


def test_a_notifier_is_called_with_the_write_that_signals_it() -> None:
    memory_map, space, _ = machine()
    uart = space.translate(0x9000).region
    assert uart is not None
    accesses = memory_map.accesses
    accesses.set_sizes(uart, valid=Sizes(1, 4))
    accesses.add_ioeventfd(uart, Ioeventfd(0x10, 4, None, notifier=3))
    accesses.add_ioeventfd(uart, Ioeventfd(0x20, 4, None, notifier=4))
    told: list[Signal] = []
    accesses.notifiers[3] = told.append
    space.store(0x9010, 0x12345678, 4)
    space.store(0x9020, 1, 4)
    assert told == [Signal(uart, 0x10, 4, 0x12345678, 3)]
    assert space.load(0x9010, 4) == 0


def test_a_recorder_hears_what_happens_in_order() -> None:
    memory_map, space, _ = machine()
    uart = space.translate(0x9000).region
    assert uart is not None
    memory_map.accesses.device_of(uart).dma.append(Dma("memory", PAGE, b"dma"))
    heard: list[str] = []

    class Listener(AccessRecorder):
        def call(self, call: Any) -> None:
            heard.append(f"call {call.offset:#x}")

        def dma(self, done: Any) -> None:
            heard.append(f"dma {done.dma.address:#x}")

        def mark(self, mark: Mark) -> None:
            heard.append(f"mark {mark.offset:#x}")

    space.write(0x9000, b"a")
    memory_map.accesses.recorder = Listener()
    space.write(0x9001, b"a")
    space.write(PAGE + 4, b"a")
    memory_map.accesses.recorder = None
    space.write(0x9002, b"a")
    assert heard == ["mark 0x0", "dma 0x1000", "call 0x1", "mark 0x4"]
