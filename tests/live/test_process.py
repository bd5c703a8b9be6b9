"""A live machine: what goes wrong with its process is told apart, and it never outlives us."""

import os
import signal
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from fuzz.live.emulator import Emulator, emulator_at, emulator_for
from fuzz.live.process import MOST_PIPELINED, LiveMachine
from fuzz.qemu.errors import QemuDied, QemuFault, QemuHung, QemuMissing
from tests.qemu.test_process import processes_of_one_that_is_killed, wait_until_gone

IOAPIC = "0xfec00000"


@pytest.fixture
def pc() -> Iterator[LiveMachine]:
    """A machine of its own for one test."""
    with LiveMachine(emulator_for("x86_64"), "pc", patience=10.0) as machine:
        yield machine


def test_commands_are_answered_in_order_also_when_many_are_sent_at_once(pc: LiveMachine) -> None:
    count = 3 * MOST_PIPELINED + 1
    pc.qtest(*(f"writel {4 * one:#x} {one:#x}" for one in range(count)))
    answers = pc.qtest(*(f"readl {4 * one:#x}" for one in range(count)))
    assert [int(one, 16) for one in answers] == list(range(count))


def test_the_log_is_whole_when_qtest_has_answered(pc: LiveMachine) -> None:
    """More is logged in one batch than a pipe holds, and not a line is lost."""
    pc.logged()
    count = 40_000
    pc.qtest(*[f"readl {IOAPIC}"] * count)
    calls = [line for line in pc.logged() if line.startswith("memory_region_ops_read")]
    assert len(calls) == count


def test_the_monitor_can_be_awaited_later(pc: LiveMachine) -> None:
    asked = pc.monitor_later("info mtree", "info version")
    assert pc.qtest("readb 0x0") == ["0x0000000000000000"]
    trees, version = pc.awaited(asked)
    assert trees.startswith("address-space")
    assert version.startswith(pc.emulator.version)


def test_what_qemu_refuses_is_a_fault_and_it_lives_on(pc: LiveMachine) -> None:
    with pytest.raises(QemuFault, match="frobnicate"):
        pc.qmp("frobnicate")
    with pytest.raises(QemuFault, match="frobnicate"):
        pc.qtest("frobnicate")
    assert pc.qtest("readb 0x0") == ["0x0000000000000000"]


def test_a_machine_is_as_new_after_a_restart(pc: LiveMachine) -> None:
    pc.qtest("writeb 0x1000 0x61")
    first = pc.process_id
    pc.restart()
    assert pc.qtest("readb 0x1000") == ["0x0000000000000000"]
    assert pc.process_id != first
    wait_until_gone({first})


def test_an_abort_and_a_kill_are_told_with_their_signal(pc: LiveMachine) -> None:
    with pytest.raises(QemuDied) as died:
        pc.qtest("read 0x0 0x0")  # asserts that there is something to read
    assert died.value.signal == signal.SIGABRT
    pc.restart()
    os.kill(pc.process_id, signal.SIGKILL)
    with pytest.raises(QemuDied) as died:
        pc.monitor("info mtree")
    assert died.value.signal == signal.SIGKILL


def test_silence_is_a_hang_on_every_channel(pc: LiveMachine) -> None:
    pc.patience = 0.2
    os.kill(pc.process_id, signal.SIGSTOP)
    with pytest.raises(QemuHung):
        pc.qtest("readb 0x0")
    pc.restart()
    os.kill(pc.process_id, signal.SIGSTOP)
    with pytest.raises(QemuHung):
        pc.monitor("info version")


def test_a_machine_that_does_not_start_says_why() -> None:
    with pytest.raises(QemuDied, match="supported machines") as died:
        LiveMachine(emulator_for("x86_64"), "no-such-machine")
    assert died.value.signal == 0


HOLD = """
import time
from fuzz.live.emulator import emulator_for
from fuzz.live.process import LiveMachine
machine = LiveMachine(emulator_for("x86_64"), "pc")
print(machine.process_id, flush=True)
time.sleep(60)
"""


def test_no_process_is_left_when_we_are_killed() -> None:
    wait_until_gone(processes_of_one_that_is_killed([sys.executable, "-c", HOLD]))


# --- Emulators --------------------------------------------------------------------------------


def fake(folder: Path, script: str) -> Path:
    """An emulator that does what a shell script says."""
    path = folder / "qemu-system-fake"
    path.write_text("#!/bin/sh\n" + textwrap.dedent(script))
    path.chmod(0o755)
    return path


def test_what_is_no_emulator_is_told_from_one(tmp_path: Path) -> None:
    assert emulator_for("x86_64").arch == "x86_64"
    with pytest.raises(QemuMissing, match="install-qemu"):
        emulator_for("no-such-architecture")
    with pytest.raises(QemuMissing, match="no QEMU emulator"):
        emulator_at(Path(sys.executable))
    with pytest.raises(QemuMissing, match="'hello'"):
        emulator_at(fake(tmp_path, "echo hello"))


TALK_NONSENSE = (
    f"exec {sys.executable} -c "
    "\"import os, time; os.write(int('$QMP'), b'nonsense\\n'); time.sleep(60)\""
)


@pytest.mark.parametrize(
    ("script", "error", "message"),
    [
        ("exit 3", QemuDied, "Disconnected|EOF|establish"),
        ("echo it cannot be >&2; exit 1", QemuDied, "it cannot be"),
        ("kill -SEGV $$", QemuDied, None),
        ("exec sleep 60", QemuHung, "no answer"),
        (TALK_NONSENSE, QemuFault, "without a connection"),
    ],
    ids=["exits", "says-why", "dies", "hangs", "talks-nonsense"],
)
def test_an_emulator_that_does_not_answer_has_a_typed_end(
    tmp_path: Path, script: str, error: type[Exception], message: str | None
) -> None:
    """The start ends with one of our exceptions, whatever the program does, and with no process."""
    find_qmp = """
        case "$1 $2" in "-accel help" | "-d help") echo tcg; exit;; esac
        for word in "$@"; do
            case $word in socket,id=flatview-qmp,fd=*) QMP=${word##*fd=}; export QMP;; esac
        done
        """
    path = fake(tmp_path, textwrap.dedent(find_qmp) + script)
    with pytest.raises(error, match=message):
        LiveMachine(Emulator(path, "fake", "7.2.22", ""), "pc", patience=1.0)
