"""The emulators that are installed: where, of which version, and with which machine types."""

import re
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import NamedTuple

from fuzz.qemu.errors import QemuFault, QemuMissing

PREFIX = "qemu-system-"
ANSWER_SECONDS = 20.0
_VERSION = re.compile(r"QEMU emulator version (\d+(?:\.\d+)*)(?: \((.*)\))?")


class Emulator(NamedTuple):
    """One `qemu-system-ARCH`; `version` is as in 7.2.22, and `package` the distributor's."""

    path: Path
    arch: str
    version: str
    package: str


@cache
def emulator_at(path: Path) -> Emulator:
    """The emulator of a path, or of a name on PATH. Raises QemuMissing and QemuFault."""
    found = shutil.which(str(path))
    if found is None:
        raise QemuMissing(f"{path} is not installed, or no program; run scripts/install-qemu")
    text = ask(Path(found), "--version")
    version = _VERSION.match(text)
    if version is None:
        first = text.splitlines()[0] if text else "nothing"
        raise QemuMissing(f"{path} is no QEMU emulator: asked for its version, it says {first!r}")
    arch = Path(found).name.removeprefix(PREFIX)
    return Emulator(Path(found), arch, version[1], version[2] or "")


def emulator_for(arch: str) -> Emulator:
    """The emulator of an architecture on PATH. Raises QemuMissing and QemuFault."""
    return emulator_at(Path(PREFIX + arch))


@cache
def accelerator(path: Path) -> str:
    """What to start a machine with that stands still: `tcg`, or else what there is instead."""
    known = ask(path, "-accel", "help").split()
    return next((one for one in ("tcg", "qtest", "kvm") if one in known), "tcg")


@cache
def tells_of_refusals_apart(path: Path) -> bool:
    """Whether refused accesses are logged as a kind of their own, and not with guest errors."""
    lines = ask(path, "-d", "help").splitlines()
    return any(line.split()[:1] == ["invalid_mem"] for line in lines)


def ask(path: Path, *arguments: str) -> str:
    """What an emulator prints before it ends by itself. Raises QemuMissing and QemuFault."""
    try:
        done = subprocess.run(
            [str(path), *arguments],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=ANSWER_SECONDS,
            stdin=subprocess.DEVNULL,
        )
    except OSError as error:
        raise QemuMissing(f"{path} cannot be run: {error.strerror}") from error
    except subprocess.TimeoutExpired as error:
        raise QemuFault(f"{path} {' '.join(arguments)}: no end in {ANSWER_SECONDS:g} s") from error
    return done.stdout
