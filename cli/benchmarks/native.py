"""`native.c`, compiled for the run and called through ctypes: what a native core would give."""

from array import array
from collections.abc import Callable, Sequence
from ctypes import CDLL, c_size_t, c_void_p
from functools import cache
from itertools import repeat
from pathlib import Path
from shutil import which
from subprocess import run
from tempfile import TemporaryDirectory

from cli.benchmarks.workload import placed_in
from impl import FlatRange, MemoryRegion

COMPILER = which("cc")
NO_COMPILER = "There is no C compiler (`cc`) here, so no native core was measured."
FIELDS = 3
"""Of a window in the arrays: start, end and rank, 64 bits each."""


@cache
def library() -> CDLL:
    """The compiled code."""
    assert COMPILER is not None, NO_COMPILER
    with TemporaryDirectory() as folder:
        target = Path(folder) / "native.so"
        source = Path(__file__).with_name("native.c")
        run([COMPILER, "-O2", "-shared", "-fPIC", "-o", target, source], check=True)
        loaded = CDLL(str(target))
    loaded.sweep.argtypes = (c_void_p, c_size_t, c_void_p, c_void_p)
    loaded.sweep.restype = c_size_t
    loaded.find_all.argtypes = (c_void_p, c_size_t, c_void_p, c_size_t, c_void_p)
    loaded.find_all.restype = None
    return loaded


def address_of(numbers: "array[int]") -> int:
    """Where an array's numbers lie in this process."""
    return numbers.buffer_info()[0]


def sweeping(root: MemoryRegion) -> Callable[[], "array[int]"]:
    """What renders the subregions of a region from arrays to arrays, as a native core would.

    The arrays of windows in the order of painting are made beforehand. What it gives has start, end
    and number in the order of painting of each flat range. Addresses stay below 2^64.
    """
    code = library()
    windows = array("Q")
    for rank, (start, end, _) in enumerate(placed_in(root)):
        windows.extend((start, end, rank))
    count = len(windows) // FIELDS
    heap, runs = array("Q", bytes(8 * len(windows))), array("Q", bytes(16 * len(windows)))

    def call() -> "array[int]":
        copy = windows[:]  # is sorted
        made = code.sweep(address_of(copy), count, address_of(heap), address_of(runs))
        return runs[: made * FIELDS]

    return call


def rendering(root: MemoryRegion) -> Callable[[], list[FlatRange]]:
    """The same, with the flat ranges made for Python from what the core gives."""
    core = sweeping(root)
    regions = [region for _, _, region in placed_in(root)]
    addresses = [region.addr for region in regions]
    flags = [region.flags for region in regions]

    def call() -> list[FlatRange]:
        runs = core().tolist()
        starts, ends, ranks = runs[::3], runs[1::3], runs[2::3]
        columns = zip(
            starts,
            ends,
            map(regions.__getitem__, ranks),
            map(int.__sub__, starts, map(addresses.__getitem__, ranks)),
            map(flags.__getitem__, ranks),
            strict=True,
        )
        return list(map(tuple.__new__, repeat(FlatRange), columns))

    return call


def finding(starts: Sequence[int], addresses: Sequence[int]) -> Callable[[], "array[int]"]:
    """What looks all addresses up among sorted starts: the index of the last not above, or -1."""
    code = library()
    table, asked = array("Q", starts), array("Q", addresses)
    found = array("q", bytes(8 * len(asked)))

    def call() -> "array[int]":
        code.find_all(
            address_of(table), len(table), address_of(asked), len(asked), address_of(found)
        )
        return found

    return call
