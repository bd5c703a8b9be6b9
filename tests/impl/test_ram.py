"""Host memory: whatever it is made of, it keeps bytes as bytes do, and costs what is touched."""

import mmap
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from impl import memory
from impl.memory import HOST_PAGE, AccessStopped, Block, SparseBytes
from impl.region import MemoryMapError

SIZE = 2 * HOST_PAGE
PAGE_SIZE = 4096
STATM = Path("/proc/self/statm")

offsets = st.integers(0, SIZE + 8) | st.sampled_from((HOST_PAGE - 1, HOST_PAGE, SIZE - 1))
writes = st.tuples(offsets, st.binary(max_size=40))
reads = st.tuples(offsets, st.integers(0, 40))


def mapped(folder: Path) -> Block:
    return Block(SIZE)


def sparse(folder: Path) -> Block:
    block = Block(SIZE)
    with patch.object(memory, "MOST_MAPPED", 0):
        assert isinstance(block.contents, SparseBytes)
    return block


def of_file(folder: Path) -> Block:
    path = folder / "ram"
    path.write_bytes(bytes(SIZE))
    return Block.from_file(path, SIZE)


def of_private_file(folder: Path) -> Block:
    path = folder / "ram"
    path.write_bytes(bytes(SIZE))
    return Block.from_file(path, SIZE, shared=False)


@pytest.mark.parametrize("make", [mapped, sparse, of_file, of_private_file])
@given(st.lists(writes | reads, max_size=12))
@settings(max_examples=100)
def test_any_block_keeps_bytes_as_bytes_do(
    make: Callable[[Path], Block], accesses: list[tuple[int, bytes | int]]
) -> None:
    with TemporaryDirectory() as folder:
        block, expected = make(Path(folder)), bytearray(SIZE)
        for offset, what in accesses:
            length = what if isinstance(what, int) else len(what)
            if offset >= SIZE or offset + length > SIZE:
                with pytest.raises(AccessStopped):
                    block.read(offset, length)
                with pytest.raises(AccessStopped):
                    block.write(offset, bytes(length))
            elif isinstance(what, int):
                assert block.read(offset, length) == expected[offset : offset + length]
            else:
                block.write(offset, what)
                expected[offset : offset + length] = what
        assert block.read(0, SIZE) == expected
        block.close()


@given(st.integers(0, 1 << 64))
def test_a_block_has_whole_pages_of_any_size(size: int) -> None:
    block = Block(size)
    assert block.size % HOST_PAGE == 0
    assert 0 <= block.size - size < HOST_PAGE
    if size:
        block.write(block.size - 1, b"x")
        assert block.read(block.size - 2, 2) == b"\0x"


def test_memory_that_the_host_refuses_is_kept_in_pages() -> None:
    block = Block(SIZE)
    with patch.object(mmap, "mmap", side_effect=OSError):
        block_contents = block.contents
    assert isinstance(block_contents, SparseBytes)
    block.write(5, b"abc")
    assert block.read(4, 5) == b"\0abc\0"


@pytest.mark.skipif(not STATM.exists(), reason="resident memory is read from /proc/self/statm")
def test_64_gib_cost_nothing_until_they_are_touched() -> None:
    def resident() -> int:
        return int(STATM.read_text().split()[1]) * PAGE_SIZE

    before = resident()
    block = Block(1 << 36)
    assert block.read((1 << 36) - 8, 8) == bytes(8)
    block.write(1 << 35, b"here")
    assert block.read(1 << 35, 4) == b"here"
    assert resident() - before < 1 << 23
    block.close()


# --- Files --------------------------------------------------------------------------------------


def test_what_is_written_to_a_shared_file_is_there_for_all(tmp_path: Path) -> None:
    path = tmp_path / "ram"
    path.write_bytes(bytes(2 * SIZE))
    one, other = Block.from_file(path, 2 * SIZE), Block.from_file(path, SIZE, offset=SIZE)
    private = Block.from_file(path, SIZE, shared=False)
    private.write(0, b"only here")
    one.write(0, b"everywhere")
    one.write(SIZE, b"behind")
    assert other.read(0, 6) == b"behind"
    for block in one, other, private:
        block.close()
    assert path.read_bytes()[:10] == b"everywhere"
    assert path.read_bytes()[SIZE:][:6] == b"behind"


@pytest.mark.parametrize(
    ("size", "offset", "message"),
    [
        (3 * HOST_PAGE, 0, "has 0x2000 bytes, not 0x3000 from 0x0 on"),
        (2 * HOST_PAGE, HOST_PAGE, "has 0x2000 bytes, not 0x2000 from 0x1000 on"),
        (HOST_PAGE + 1, 0, "size 0x1001 is not in pages"),
        (HOST_PAGE, 8, "offset 0x8 is not in pages"),
        (-HOST_PAGE, 0, "size -0x1000 is not in pages"),
        (0, 0, "none of its bytes"),
    ],
)
def test_a_file_that_does_not_fit_is_refused(
    tmp_path: Path, size: int, offset: int, message: str
) -> None:
    path = tmp_path / "ram"
    path.write_bytes(bytes(2 * HOST_PAGE))
    with pytest.raises(MemoryMapError, match=message):
        Block.from_file(path, size, offset=offset)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    for path in tmp_path / "none", tmp_path:
        with pytest.raises(MemoryMapError, match="cannot be mapped: "):
            Block.from_file(path, HOST_PAGE)


# --- The end ------------------------------------------------------------------------------------


def test_a_closed_block_has_no_bytes() -> None:
    for touched in False, True:
        block = Block(SIZE)
        if touched:
            block.write(0, b"x")
        block.close()
        block.close()
        with pytest.raises(AccessStopped):
            block.read(0, 1)
        with pytest.raises(AccessStopped):
            block.write(0, b"x")


def test_memory_that_somebody_looks_at_is_not_closed() -> None:
    block = Block(SIZE)
    block.write(0, b"seen")
    assert isinstance(block.contents, mmap.mmap)
    with memoryview(block.contents) as seen:
        with pytest.raises(MemoryMapError, match="still mapped"):
            block.close()
        assert bytes(seen[:4]) == b"seen"
        assert block.read(0, 4) == b"seen"
    block.close()
