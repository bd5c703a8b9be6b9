"""The QEMU process: what goes wrong with it is told apart, and it never outlives us."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from fuzz.parse import parse
from fuzz.qemu import process
from fuzz.qemu.errors import QemuDied, QemuFault, QemuHung, QemuMissing
from fuzz.qemu.process import QemuProcess
from fuzz.targets.interface import Aborted, Faulted, Settings
from fuzz.targets.qemu import QemuTarget, fit


@pytest.fixture
def qemu() -> Iterator[QemuProcess]:
    """A process of its own for one test."""
    running = QemuProcess()
    yield running
    if running.is_alive:
        running.close()


def test_an_abort_ends_the_scenario_and_not_the_process(qemu: QemuProcess) -> None:
    """A child with two containers is an assertion of QEMU's; the next scenario starts afresh."""
    qemu.begin()
    for number in (0, 1, 2):
        qemu.ask(f"create container {number} 0x1000")
    qemu.ask("add 0 2 0 0")
    with pytest.raises(QemuDied) as died:
        qemu.ask("add 1 2 0 0")
    assert died.value.signal == signal.SIGABRT
    assert "container" in str(died.value)
    qemu.begin()
    assert qemu.ask("create container 2 0x1000") == []


def test_silence_is_a_hang_and_not_an_answer(qemu: QemuProcess) -> None:
    qemu.begin()
    with pytest.raises(QemuHung):
        qemu.ask("create container 0 0x1000", patience=0.0)
    assert not qemu.is_alive


def test_an_unknown_command_is_a_fault(qemu: QemuProcess) -> None:
    qemu.begin()
    with pytest.raises(QemuFault, match="unknown command"):
        qemu.ask("frobnicate 1 2")


def test_a_process_that_was_killed_is_a_fault_and_is_started_again() -> None:
    """A target whose QEMU dies from outside says so; the next target has a new one."""
    target = QemuTarget(fit(Settings()))
    number = target.process.process_id
    group = {number, *children_of(number)}
    os.kill(number, signal.SIGKILL)
    wait_until_gone(group)
    (step,) = parse("container system 2^64\n").steps
    with pytest.raises((Faulted, Aborted)):
        target.apply(step.operation)
    assert QemuTarget(fit(Settings())).apply(step.operation) == ()


def test_without_qemu_it_is_said_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    process.emulator.cache_clear()
    with pytest.raises(QemuMissing, match="install-qemu"):
        process.emulator(False)
    process.emulator.cache_clear()


HOLD_QEMU = """
import sys, time
from fuzz.qemu.process import QemuProcess
qemu = QemuProcess()
qemu.begin()
qemu.ask("create container 0 0x1000")
print(qemu.process_id, flush=True)
time.sleep(60)
"""


def test_no_process_is_left_when_we_are_killed() -> None:
    """Neither QEMU nor the fork that carries out a scenario survives a kill -9 of our side."""
    group = processes_of_one_that_is_killed([sys.executable, "-c", HOLD_QEMU])
    assert len(group) == 2
    wait_until_gone(group)


def processes_of_one_that_is_killed(command: Sequence[str]) -> set[int]:
    """The process that a program tells the number of, and its children, before we kill -9 it."""
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        number = int(holder.stdout.readline())
        group = {number, *children_of(number)}
        holder.kill()
    return group


def wait_until_gone(group: set[int]) -> None:
    """Wait for processes to end; fail if one does not."""
    deadline = time.monotonic() + 10
    while any(map(is_running, group)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(map(is_running, group))


def children_of(number: int) -> list[int]:
    """The processes that a process has forked, in any of its threads."""
    tasks = Path(f"/proc/{number}/task").iterdir()
    return [int(child) for task in tasks for child in (task / "children").read_text().split()]


def is_running(number: int) -> bool:
    """Whether a process is there, and more than a corpse."""
    try:
        status = Path(f"/proc/{number}/stat").read_text()
    except OSError:
        return False
    return status.rpartition(")")[2].split()[0] != "Z"
