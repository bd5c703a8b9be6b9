"""Maps built by hand: each region is what its method says, and drawings tell the truth."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from impl import AccessError, MemoryMap, MemoryMapError, RegionKind, Sizes, draw
from impl.drawing import size_for_people
from impl.region import TOP


def test_ram_of_a_file_is_the_file(tmp_path: Path) -> None:
    path = tmp_path / "disk"
    path.write_bytes(b"a" * 0x2000)
    memory_map = MemoryMap()
    memory = memory_map.create_space("memory", memory_map.ram("ram", 0x2000, file=path))
    assert memory.read(0x1FFE, 2) == b"aa"
    memory.write(0x1000, b"changed")
    assert path.read_bytes()[0x1000:0x1007] == b"changed"


def test_ram_of_no_file_is_refused_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(MemoryMapError, match="cannot be mapped: No such file") as caught:
        MemoryMap().ram("ram", 0x1000, file=tmp_path / "missing")
    assert "\n" not in str(caught.value)


def test_rom_holds_its_contents_and_zeros_and_is_not_written() -> None:
    memory_map = MemoryMap()
    memory = memory_map.create_space("memory", memory_map.rom("rom", b"code", 0x1000))
    assert memory.read(0, 6) == b"code\0\0"
    with pytest.raises(AccessError):
        memory.write(0, b"x")
    with pytest.raises(MemoryMapError, match="do not fit"):
        memory_map.rom("small", b"code", 2)


@pytest.mark.parametrize("order", ["little", "big"])
def test_a_device_is_called_as_qemu_calls_one(order: str) -> None:
    calls: list[tuple[int, ...]] = []
    memory_map = MemoryMap(big_endian=order == "big")

    def read(offset: int, size: int) -> int:
        calls.append((offset, size))
        return 0x1234

    device = memory_map.io("device", 8, read, lambda *call: calls.append(call), impl=Sizes(2, 2))
    memory = memory_map.create_space("memory", device)
    assert memory.load(0, 4) == 0x12341234
    memory.store(4, 0xAABBCCDD, 4)
    halves = [0xCCDD, 0xAABB] if order == "little" else [0xAABB, 0xCCDD]
    assert calls == [(0, 2), (2, 2), (4, halves[0], 2), (6, halves[1], 2)]


def test_an_alias_reaches_to_the_end_of_its_target_unless_told_otherwise() -> None:
    memory_map = MemoryMap()
    ram = memory_map.ram("ram", 0x3000)
    assert memory_map.alias("rest", ram, 0x1000).size == 0x2000
    assert memory_map.alias("part", ram, 0x1000, 0x10).size == 0x10
    assert memory_map.alias("nothing", ram, 0x4000).size == 0


def test_a_drawing_has_every_range_and_hole_and_nothing_else() -> None:
    memory_map = MemoryMap()
    root = memory_map.container("root")
    ram = memory_map.create_region("ram", RegionKind.RAM, 0x2000)
    ram.set_nonvolatile(True)
    root.add_subregion(ram, 0x1000)
    root.add_subregion(memory_map.rom("rom", b"", 0x800), 0x1000, 1)
    root.add_subregion(memory_map.alias("same", ram, 0x800, 0x800), 0x1800)
    assert draw(memory_map.create_space("memory", root).view).splitlines()[1::2] == [
        "                 │ ·                  4 KiB │",
        "                 │ rom ro             2 KiB │",
        "                 │ ram +0x800 nv      6 KiB │",
        "                 │ ·              16.00 EiB │",
    ]
    assert (
        draw(memory_map.views.empty).splitlines()[1]
        == "                 │ ·                 16 EiB │"
    )


@given(st.integers(1, TOP))
def test_sizes_for_people_are_exact_or_say_that_they_are_rounded(size: int) -> None:
    number, unit = size_for_people(size).split()
    scale = 1024 ** ("B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB").index(unit)
    if "." in number:
        assert abs(float(number) * scale - size) <= 0.0051 * scale + size * 1e-12
    else:
        assert int(number) * scale == size
