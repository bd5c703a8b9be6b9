"""Live machines for the tests that need them: without QEMU they skip, or fail where it must be."""

import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from fuzz.live.emulator import emulator_for
from fuzz.live.process import TRACES, LiveMachine
from fuzz.qemu.errors import QemuMissing
from tests.live.fakes import NewFake

NEEDED = (("x86_64", "pc"), ("ppc", "g3beige"))
"""An architecture of each byte order, and a machine type of it that starts everywhere."""

StartMachine = Callable[..., LiveMachine]


@pytest.fixture(scope="session", autouse=True)
def qemu_is_there() -> None:
    """Start machines once, to see that it can be. FLATVIEW_NEEDS_QEMU=1 makes it a failure."""
    try:
        for arch, machine in NEEDED:
            LiveMachine(emulator_for(arch), machine).close()
    except QemuMissing as error:
        if os.environ.get("FLATVIEW_NEEDS_QEMU"):
            pytest.fail(f"QEMU is needed here, but {error}")
        pytest.skip(f"NOT CHECKED AGAINST QEMU: {error}")


@pytest.fixture
def new_fake(tmp_path: Path) -> NewFake:
    """Makes emulators that are none."""
    return NewFake(tmp_path)


@pytest.fixture
def start_machine() -> Iterator[StartMachine]:
    """Starts a machine of an architecture, x86_64 unless said otherwise; the test's end ends it."""
    started: list[LiveMachine] = []

    def start(
        machine: str = "pc",
        *arguments: str,
        arch: str = "x86_64",
        traces: Sequence[str] = TRACES,
    ) -> LiveMachine:
        started.append(LiveMachine(emulator_for(arch), machine, arguments, traces))
        return started[-1]

    yield start
    for one in started:
        one.close()
