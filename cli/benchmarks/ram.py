"""How fast RAM is read and written, beside slices of the memory itself, and beside unicorn."""

from collections.abc import Callable, Mapping
from importlib import import_module
from mmap import mmap
from random import Random
from struct import Struct
from typing import Any

from cli.benchmarks.case import Case, Group, Report, Table, at_least, duration, times
from cli.benchmarks.workload import DisagreementError
from impl import AddressSpace, MemoryMap, RegionKind

LENGTHS = {
    "1 B": 1,
    "16 B": 16,
    "256 B": 256,
    "4 KiB": 4 << 10,
    "64 KiB": 64 << 10,
    "1 MiB": 1 << 20,
}
BASE = 1 << 30
SIZE = 2 << 20
PLACES = tuple(Random(0).randrange(0, SIZE // 2, 16) for _ in range(64))
"""The offsets that each call reads or writes, one after the other."""

FILLING = bytes(Random(1).randbytes(SIZE))
WORD = Struct("<I")

IMPL, SLICE, UNICORN = "impl", "memoryview", "unicorn"
READ, WRITE, LOAD, STORE = "read", "write", "load of 4 B", "store of 4 B"

Prepare = Callable[[int], Callable[[], object]]


def space() -> AddressSpace:
    """An address space of some RAM, all of which has been written."""
    memory_map = MemoryMap()
    root = memory_map.create_region("root", RegionKind.CONTAINER, 1 << 64)
    root.add_subregion(memory_map.create_region("ram", RegionKind.RAM, SIZE), BASE)
    made = memory_map.create_space("memory", root)
    made.write(BASE, FILLING)
    return made


def memory() -> memoryview:
    """As much memory by itself, as `impl` has it: mapped, and nobody's file."""
    made = memoryview(mmap(-1, SIZE))
    made[:] = FILLING
    return made


def emulator() -> Any:
    """As much RAM in unicorn, at the same address."""
    unicorn: Any = import_module("unicorn")
    made = unicorn.Uc(unicorn.UC_ARCH_X86, unicorn.UC_MODE_64)
    made.mem_map(BASE, SIZE)
    made.mem_write(BASE, FILLING)
    return made


def check(what: str, found: object, expected: object) -> None:
    """Raise DisagreementError unless the same was found."""
    if found != expected:
        raise DisagreementError(f"{what} does not find what is there")


# --- Reading ----------------------------------------------------------------------------------


def reading_impl(length: int) -> Callable[[], object]:
    """What reads through the address space."""
    read, addresses = space().read, [BASE + at for at in PLACES]
    check(IMPL, read(addresses[1], length), FILLING[PLACES[1] :][:length])

    def call() -> None:
        for address in addresses:
            read(address, length)

    return call


def reading_slices(length: int) -> Callable[[], object]:
    """What copies slices."""
    view, offsets = memory(), list(PLACES)
    check(SLICE, bytes(view[PLACES[1] : PLACES[1] + length]), FILLING[PLACES[1] :][:length])

    def call() -> None:
        for at in offsets:
            bytes(view[at : at + length])

    return call


def reading_unicorn(length: int) -> Callable[[], object]:
    """What reads through unicorn."""
    read, addresses = emulator().mem_read, [BASE + at for at in PLACES]
    check(UNICORN, read(addresses[1], length), FILLING[PLACES[1] :][:length])

    def call() -> None:
        for address in addresses:
            read(address, length)

    return call


# --- Writing ----------------------------------------------------------------------------------


def writing_impl(length: int) -> Callable[[], object]:
    """What writes through the address space."""
    made, addresses, data = space(), [BASE + at for at in PLACES], bytes(length)
    write = made.write
    write(addresses[1], data)
    check(IMPL, made.read(addresses[1], length), data)

    def call() -> None:
        for address in addresses:
            write(address, data)

    return call


def writing_slices(length: int) -> Callable[[], object]:
    """What assigns to slices."""
    view, offsets, data = memory(), list(PLACES), bytes(length)

    def call() -> None:
        for at in offsets:
            view[at : at + length] = data

    return call


def writing_unicorn(length: int) -> Callable[[], object]:
    """What writes through unicorn."""
    made, addresses, data = emulator(), [BASE + at for at in PLACES], bytes(length)
    write = made.mem_write
    write(addresses[1], data)
    check(UNICORN, made.mem_read(addresses[1], length), data)

    def call() -> None:
        for address in addresses:
            write(address, data)

    return call


# --- Integers ---------------------------------------------------------------------------------


def loading_impl() -> Callable[[], object]:
    """What loads integers through the address space."""
    load, addresses = space().load, [BASE + at for at in PLACES]
    check(IMPL, load(addresses[1], 4), WORD.unpack_from(FILLING, PLACES[1])[0])

    def call() -> None:
        for address in addresses:
            load(address, 4)

    return call


def loading_words() -> Callable[[], object]:
    """What unpacks them from the memory."""
    unpack, view, offsets = WORD.unpack_from, memory(), list(PLACES)

    def call() -> None:
        for at in offsets:
            unpack(view, at)

    return call


def storing_impl() -> Callable[[], object]:
    """What stores integers through the address space."""
    made, addresses = space(), [BASE + at for at in PLACES]
    store = made.store
    store(addresses[1], 7, 4)
    check(IMPL, made.load(addresses[1], 4), 7)

    def call() -> None:
        for address in addresses:
            store(address, 7, 4)

    return call


def storing_words() -> Callable[[], object]:
    """What packs them into the memory."""
    pack, view, offsets = WORD.pack_into, memory(), list(PLACES)

    def call() -> None:
        for at in offsets:
            pack(view, at, 7)

    return call


# --- The group --------------------------------------------------------------------------------

BYTES: dict[str, dict[str, Prepare]] = {
    READ: {IMPL: reading_impl, SLICE: reading_slices, UNICORN: reading_unicorn},
    WRITE: {IMPL: writing_impl, SLICE: writing_slices, UNICORN: writing_unicorn},
}
WORDS: dict[str, dict[str, Callable[[], Callable[[], object]]]] = {
    LOAD: {IMPL: loading_impl, SLICE: loading_words},
    STORE: {IMPL: storing_impl, SLICE: storing_words},
}


def case_name(side: str, what: str) -> str:
    """The case in which one side does something."""
    return f"{side}, {what}"


def byte_case(side: str, way: str, shown: str) -> Case:
    """One side's reading or writing of so many bytes."""
    prepare = BYTES[way][side]
    return Case(case_name(side, f"{way} {shown}"), lambda: prepare(LENGTHS[shown]), len(PLACES))


COMPARED = "64 KiB"
LEAST_BESIDE_SLICE = 0.9


def report(figures: Mapping[str, float]) -> Report:
    """Times, and how fast impl is where others are 1."""
    tasks = [*(f"{way} {shown}" for way in BYTES for shown in LENGTHS), *WORDS]
    rows = []
    for task in tasks:
        impl, bare = figures[case_name(IMPL, task)], figures[case_name(SLICE, task)]
        other = figures.get(case_name(UNICORN, task))
        rows.append(
            (
                task,
                duration(impl),
                duration(bare),
                "-" if other is None else duration(other),
                times(bare / impl),
                "-" if other is None else times(other / impl),
            )
        )
    read = f"{READ} {COMPARED}"
    impl, small = figures[case_name(IMPL, read)], f"{READ} 1 B"
    extra = figures[case_name(IMPL, small)] - figures[case_name(SLICE, small)]
    return Report(
        (
            Table(
                (
                    "access",
                    IMPL,
                    SLICE,
                    UNICORN,
                    f"speed of {IMPL}, {SLICE} = 1",
                    f"speed of {IMPL}, {UNICORN} = 1",
                ),
                tuple(rows),
            ),
        ),
        (
            at_least(
                f"speed of {IMPL} at reading {COMPARED}, a bare slice's copy = 1",
                figures[case_name(SLICE, read)] / impl,
                LEAST_BESIDE_SLICE,
            ),
            at_least(
                f"speed of {IMPL} at reading {COMPARED}, {UNICORN} = 1",
                figures[case_name(UNICORN, read)] / impl,
                1,
            ),
        ),
        (
            "What `impl` adds to the copy is one call of a function of Python, which looks whether "
            f"the bytes are all in the section that was used last: {duration(abs(extra))} "
            f"{'more' if extra > 0 else 'less'} than a slice at 1 B, whatever is copied. unicorn "
            "is called through ctypes, and copies what it reads twice.",
        ),
    )


GROUP = Group(
    name="ram",
    title="Reading and writing RAM",
    question=(
        f"Accesses to {SIZE >> 20} MiB of RAM that were written before, at {len(PLACES)} offsets, "
        "the same on all sides, in a loop that is the same. `memoryview` is a bare slice: "
        "`bytes(view[at : at + n])`, or an assignment to it; for integers, `struct` at the offset. "
        "`unicorn` is `mem_read` and `mem_write` of its wheel, which has QEMU's own memory core. "
        "Times are for one access."
    ),
    cases=(
        *(
            byte_case(side, way, shown)
            for way, sides in BYTES.items()
            for shown in LENGTHS
            for side in sides
        ),
        *(
            Case(case_name(side, task), prepare, len(PLACES))
            for task, sides in WORDS.items()
            for side, prepare in sides.items()
        ),
    ),
    report=report,
)
