"""A campaign on live machines: what it finds is made short, kept, and can be shown again."""

import os
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path
from random import Random
from typing import NamedTuple

import pytest

from fuzz.live.campaign import LiveCampaign, LiveResult
from fuzz.live.emulator import Emulator, emulator_for
from fuzz.live.findings import SessionFactory
from fuzz.live.session import Action, Divergence, Session, Setup
from fuzz.mutation import Mutation, load_variant
from fuzz.operations_access import Read, Write
from fuzz.replaying import replay_scenarios
from fuzz.targets.impl import ImplTarget
from fuzz.targets.model import ModelTarget
from fuzz.verdict import Verdict
from tests.qemu.test_process import processes_of_one_that_is_killed, wait_until_gone

IN_RAM = 0x1000


class WriteByte(NamedTuple):
    """Write one byte of RAM."""

    offset: int
    value: int

    def perform(self, session: Session) -> None:
        session.qtest(f"writeb {IN_RAM + self.offset:#x} {self.value:#x}")
        session.apply(Write("memory", IN_RAM + self.offset, bytes([self.value])))


class ReadBytes(NamedTuple):
    """Read some bytes of RAM, and compare them."""

    length: int

    def perform(self, session: Session) -> None:
        (qemu,) = session.qtest(f"read {IN_RAM:#x} {self.length:#x}")
        shown = session.apply(Read("memory", IN_RAM, self.length))
        if shown[-1] != f"bytes {qemu.removeprefix('0x')}":
            session.expect(shown)
            raise Divergence("bytes differ", shown, (qemu,))
        session.observed["read"] += 1


class Kill(NamedTuple):
    """End QEMU from outside."""

    number: int

    def perform(self, session: Session) -> None:
        os.kill(session.live.process_id, self.number)
        session.qtest("readb 0x0")


def choose(session: Session, random: Random) -> Action:
    if random.random() < 0.5:
        return WriteByte(random.randrange(32), random.randrange(256))
    return ReadBytes(random.randint(1, 32))  # more would be two lines


RAM_ONLY = Setup("ram-only", "x86_64", "pc", (), choose)
HIGH_BITS_ARE_LOST = Mutation(
    "high-bits-are-lost",
    "model.memory",
    "chunks[number] = old[:within] + piece + old[within + len(piece) :]",
    "chunks[number] = old[:within] + bytes(one & 127 for one in piece)"
    " + old[within + len(piece) :]",
)


def campaign(folder: Path, setup: Setup, session_of: SessionFactory = Session) -> LiveResult:
    """The result of a short campaign."""
    made = LiveCampaign([(setup, emulator_for(setup.arch))], folder, 1, session_of)
    *_, result = made.run(0.3)
    assert isinstance(result, LiveResult)
    return result


def broken_session(setup: Setup, emulator: Emulator) -> Session:
    """A session beside a specification with a bug planted in it."""
    package = load_variant("model", HIGH_BITS_ARE_LOST)
    return Session(setup, emulator, partial(ModelTarget, package=package))


def test_a_campaign_that_agrees_says_what_was_compared(tmp_path: Path) -> None:
    result = campaign(tmp_path, RAM_ONLY)
    assert (result.verdict, result.finding, result.saved) == (Verdict.AGREE, None, ())
    assert result.observed["read"] > 50
    assert result.actions["ram-only"] >= result.observed["read"]
    assert {"A3", "X1"} <= set(result.rules)
    assert list(tmp_path.iterdir()) == []


def test_a_campaign_that_compares_nothing_is_no_agreement(tmp_path: Path) -> None:
    only_writes = RAM_ONLY._replace(choose=lambda session, random: WriteByte(0, 1))
    assert campaign(tmp_path, only_writes).verdict is Verdict.INCONCLUSIVE


def test_a_difference_is_made_short_and_can_be_shown_again(tmp_path: Path) -> None:
    """Of hundreds of actions two are left; the scenario says the broken side, the script QEMU's."""
    result = campaign(tmp_path, RAM_ONLY, broken_session)
    assert result.verdict is Verdict.DIVERGE
    assert result.finding is not None
    write, read = result.finding.actions
    assert isinstance(write, WriteByte)
    assert write.value > 127
    assert isinstance(read, ReadBytes)
    assert read.length > write.offset

    scenario, script = result.saved
    (replayed,) = replay_scenarios([scenario], [ModelTarget, ImplTarget])
    assert replayed.verdict is Verdict.DIVERGE
    assert f"{write.value:02x}" in replayed.message
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True)
    assert done.returncode == 0
    assert done.stderr == ""
    assert f"writeb {IN_RAM + write.offset:#x} {write.value:#x}" in done.stdout
    assert f"OK {result.finding.qemu[0]}" in done.stdout
    assert "FlatView #0" in done.stdout


def test_the_script_leaves_no_qemu_behind(tmp_path: Path) -> None:
    """Even where it is killed in the middle."""
    _, script = campaign(tmp_path, RAM_ONLY, broken_session).saved
    first_question = 'self.ask("qmp", \'{"execute": "qmp_capabilities"}\')'
    wait = "print(self.process.pid, flush=True); __import__('time').sleep(60)"
    before, found, after = script.read_text().partition(first_question)
    assert found
    waiting = tmp_path / "waiting.py"
    waiting.write_text(before + wait + after)
    wait_until_gone(processes_of_one_that_is_killed([sys.executable, str(waiting)]))


def test_the_script_says_when_there_is_no_qemu(tmp_path: Path) -> None:
    _, script = campaign(tmp_path, RAM_ONLY, broken_session).saved
    command = [sys.executable, str(script), "/nonexistent/qemu"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 2
    assert "cannot be used" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGABRT])
def test_a_qemu_that_dies_is_a_fault_and_not_an_agreement(tmp_path: Path, number: int) -> None:
    result = campaign(tmp_path, RAM_ONLY._replace(choose=lambda session, random: Kill(number)))
    assert result.verdict is Verdict.FAULT
    assert result.finding is not None
    assert result.finding.actions == (Kill(number),)
    assert f"signal {number}" in result.finding.what
    assert len(result.saved) == 2


def test_a_machine_that_does_not_start_is_a_fault(tmp_path: Path) -> None:
    result = campaign(tmp_path, RAM_ONLY._replace(arguments=("-device", "no-such-device")))
    assert result.verdict is Verdict.FAULT
    assert "no-such-device" in result.reason
