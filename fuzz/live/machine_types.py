"""Which machine types there are to start: of each emulator, and what some of them need for it."""

import os
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from fnmatch import fnmatchcase
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from fuzz.live.emulator import PREFIX, Emulator, ask, emulator_at, emulator_for
from fuzz.qemu.errors import QemuFault, QemuMissing

_HEADING = "Supported machines are:"
_MACHINE = re.compile(r"([A-Za-z0-9][A-Za-z0-9_.+-]*) +(.*)\Z")
_ALIAS = re.compile(r"\(alias of ([^()]+)\)")


class UnknownMachine(ValueError):
    """No emulator has a machine type of this name."""


class MachineType(NamedTuple):
    """One machine type of one emulator; `label` is what the emulator is called among others."""

    emulator: Emulator
    label: str
    name: str

    @property
    def title(self) -> str:
        """A name for it among all that are checked together."""
        return f"{self.label}-{self.name}"


class Need(NamedTuple):
    """What machine types do not start without, and what stands in for it.

    `machines` is a pattern of `ARCH/MACHINE`. What stands in are properties of the machine,
    arguments, and `files` of zeros in a folder where QEMU looks for firmware; `{folder}` in an
    argument is that folder. None of it changes which regions a machine has, but for its flash.
    """

    machines: str
    what: str
    properties: str = ""
    arguments: str = ""
    files: tuple[str, ...] = ()


FILE_BYTES = 16 << 10
"""The size of a file of zeros: small enough for each place that one is loaded to."""

_FLASH = "-drive if=pflash,driver=null-co,read-zeroes=on,size={}"
_KERNEL = "-kernel {folder}/kernel"

NEEDS = (
    Need("*/connex", "16 MiB of flash", arguments=_FLASH.format("16M")),
    Need("*/verdex", "32 MiB of flash", arguments=_FLASH.format("32M")),
    Need("*/sx1", "32 MiB of flash", arguments=_FLASH.format("32M")),
    Need("*/sx1-v1", "16 MiB of flash", arguments=_FLASH.format("16M")),
    Need("*/cheetah", "a kernel of zeros", arguments=_KERNEL, files=("kernel",)),
    Need("cris/axis-dev88", "a kernel of zeros", arguments=_KERNEL, files=("kernel",)),
    Need("m68k/an5206", "a kernel of zeros", arguments=_KERNEL, files=("kernel",)),
    Need("m68k/mcf5208evb", "a kernel of zeros", arguments=_KERNEL, files=("kernel",)),
    Need("*/canon-a1100", "a ROM of zeros", files=("canon-a1100-rom1.bin",)),
    Need("m68k/q800", "a ROM of zeros", files=("MacROM.bin",)),
    Need("mips64el/boston", "firmware of zeros", arguments="-bios {folder}/bios", files=("bios",)),
    Need(
        "mips64el/loongson3-virt",
        "firmware of zeros",
        arguments="-bios {folder}/bios",
        files=("bios",),
    ),
    Need("ppc*/ppce500", "another machine's firmware", arguments="-bios openbios-ppc"),
    Need("ppc*/mpc8544ds", "another machine's firmware", arguments="-bios openbios-ppc"),
    Need("ppc64/pseries-*", "no transactional memory", properties="cap-htm=off"),
    Need("riscv*/*", "no firmware", arguments="-bios none"),
    Need("rx/gdbsim-*", "firmware of zeros", arguments="-bios {folder}/bios", files=("bios",)),
    Need("sparc/leon3_generic", "firmware of zeros", files=("u-boot.bin",)),
    Need(
        "sparc64/niagara",
        "firmware of zeros",
        files=("nvram1", "1up-md.bin", "1up-hv.bin", "reset.bin", "q.bin", "openboot.bin"),
    ),
)
"""Tried where QEMU refuses to start a machine as it is."""


WITHOUT_OWNERS = ("mips64*/magnum", "mips64*/pica61")
"""Of these machines QEMU cannot print the owners: it follows a circle of parents without end."""


def has_owners(arch: str, machine: str) -> bool:
    """Whether QEMU can print the owners of a machine's regions."""
    return not any(fnmatchcase(f"{arch}/{machine}", one) for one in WITHOUT_OWNERS)


def need_of(arch: str, machine: str) -> Need | None:
    """What a machine type needs, as far as is known."""
    name = f"{arch}/{machine}"
    return next((need for need in NEEDS if fnmatchcase(name, need.machines)), None)


@contextmanager
def stand_in(need: Need | None) -> Iterator[tuple[str, list[str]]]:
    """What to append to a machine's name, and to the command line, to give it what it needs."""
    if need is None:
        yield "", []
        return
    properties = f",{need.properties}" if need.properties else ""
    with TemporaryDirectory(prefix="flatview-firmware-") as folder:
        for name in need.files:
            (Path(folder) / name).write_bytes(bytes(FILE_BYTES))
        looks_there = ["-L", folder] if need.files else []
        words = need.arguments.split()
        yield properties, [*looks_there, *(word.replace("{folder}", folder) for word in words)]


def installed_emulators() -> list[Emulator]:
    """Each `qemu-system-ARCH` on PATH; a name that links to another of them is none of its own.

    Raises QemuMissing if there is none, or one that is no QEMU; and QemuFault.
    """
    found: dict[str, Path] = {}
    for folder in os.get_exec_path():
        for path in sorted(Path(folder).glob(f"{PREFIX}*")):
            if path.is_file() and os.access(path, os.X_OK):
                found.setdefault(path.name, path)
    if not found:
        raise QemuMissing(f"no {PREFIX}ARCH on PATH; run scripts/install-qemu --all, or name one")
    programs = {path.resolve() for path in found.values() if not path.is_symlink()}
    own = [one for one in found.values() if not (one.is_symlink() and one.resolve() in programs)]
    return [emulator_at(path) for path in sorted(own)]


def chosen_emulators(archs: Sequence[str], paths: Sequence[Path]) -> list[Emulator]:
    """The emulators of architectures and of paths; all that are installed if none is named.

    Raises QemuMissing and QemuFault.
    """
    if not archs and not paths:
        return installed_emulators()
    named = [*map(emulator_for, archs), *map(emulator_at, paths)]
    return list(dict.fromkeys(named))


def labels_of(emulators: Sequence[Emulator]) -> list[str]:
    """A name for each emulator, all different: its architecture; with its version if need be.

    Raises QemuMissing if two are of one architecture and version.
    """
    counts = Counter(one.arch for one in emulators)
    named = [
        one.arch if counts[one.arch] == 1 else f"{one.arch}-{one.version}" for one in emulators
    ]
    for name, count in Counter(named).items():
        if count > 1:
            raise QemuMissing(f"{count} emulators are called {name}; check them one by one")
    return named


def machine_types(emulator: Emulator, label: str, only: Sequence[str] = ()) -> list[MachineType]:
    """The machine types of an emulator without aliases, or those that are named, aliases too.

    Raises QemuFault if it does not list them as QEMU does.
    """
    heading, *lines = ask(emulator.path, "-machine", "help").splitlines() or [""]
    if heading != _HEADING or not lines:
        said = heading or "nothing"
        raise QemuFault(f"{emulator.path} lists no machine types: asked for them, it says {said!r}")
    types = []
    for line in lines:
        found = _MACHINE.match(line)
        if found is None:
            raise QemuFault(f"{emulator.path} lists a machine type that has no name: {line!r}")
        name, description = found.groups()
        if name in only or (not only and not _ALIAS.search(description)):
            types.append(MachineType(emulator, label, name))
    return types
