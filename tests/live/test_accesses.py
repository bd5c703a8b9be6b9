"""Random accesses on live machines agree with the specification, and a difference would show."""

import os
from functools import partial
from random import Random

import pytest

from fuzz.format import format_scenario
from fuzz.live.accesses.accessible import accessible
from fuzz.live.accesses.actions import FLASH_COMMANDS, AccessMemory, CommandFlash
from fuzz.live.accesses.devices import LEFT_ALONE, Sizes, device_of
from fuzz.live.accesses.places import Kind
from fuzz.live.accesses.qtest_access import Access
from fuzz.live.accesses.setups import (
    ACCESS_SETUPS,
    FLASH,
    PC_ACCESSES,
    PPC_ACCESSES,
    SPARC_ACCESSES,
)
from fuzz.live.accesses.trace import TraceFault
from fuzz.live.emulator import emulator_for
from fuzz.live.session import Divergence, Session, Setup
from fuzz.mutation import Mutation, load_variant
from fuzz.oracle import run
from fuzz.parse import parse
from fuzz.qemu.errors import QemuDied, QemuMissing
from fuzz.scenario import ABORTS
from fuzz.targets.impl import ImplTarget
from fuzz.targets.interface import TargetFactory
from fuzz.targets.model import ModelTarget
from fuzz.targets.qemu import QemuTarget
from fuzz.verdict import Verdict
from tests.live.conftest import StartMachine

HPET = 0xFED00000
BARE_PC = Setup("bare-pc", "x86_64", "pc", (), PC_ACCESSES.choose)
BARE_Q35 = BARE_PC._replace(name="bare-q35", machine="q35", arguments=FLASH)


def start(setup: Setup, mutation: Mutation | None = None) -> Session:
    """A session of a setup, beside the specification or a copy with a bug planted in it."""
    try:
        emulator = emulator_for(setup.arch)
    except QemuMissing as error:
        if setup is not SPARC_ACCESSES and os.environ.get("FLATVIEW_NEEDS_QEMU"):
            pytest.fail(f"QEMU is needed here, but {error}")
        pytest.skip(f"NOT CHECKED AGAINST QEMU: {error}")
    if mutation is None:
        return Session(setup, emulator)
    return Session(setup, emulator, partial(ModelTarget, package=load_variant("model", mutation)))


def take(session: Session, actions: int, seed: int = 1) -> None:
    """Take random actions."""
    random = Random(seed)
    for _ in range(actions):
        session.setup.choose(session, random).perform(session)


def access(session: Session, *accesses: Access) -> None:
    """Make accesses."""
    AccessMemory(accesses).perform(session)


@pytest.mark.parametrize("setup", ACCESS_SETUPS, ids=lambda one: one.name)
def test_random_accesses_agree(setup: Setup) -> None:
    with start(setup) as session:
        take(session, 25)
    observed = session.observed
    assert observed["callbacks"] > 200
    assert observed["refused accesses"] > 100
    kinds = {word for one in observed if " of " in one for word in [one.split()[0]]}
    assert {"read", "write", "readb", "readw", "readl", "readq", "writel"} <= kinds


MUTATIONS = {
    "A1": Mutation(
        "steps-need-no-alignment",
        "model.access",
        "    if offset % 4 != 0:\n        return 2\n",
        "    if offset % 4 != 0:\n        return 4\n",
    ),
    "A1 unaligned": Mutation(
        "unaligned-callbacks-are-aligned",
        "model.access",
        "    if not impl_unaligned:\n",
        "    if True:\n",
    ),
    "A3": Mutation(
        "no-wrap-after-the-last-address",
        "model.translate",
        "return (address + length) % ADDRESS_SPACE_SIZE",
        "return min(address + length, ADDRESS_SPACE_SIZE - 1)",
    ),
    "A4": Mutation(
        "a-refused-read-gives-ones",
        "model.read_write",
        "return system, MemTxResult.DECODE_ERROR, bytes(size)",
        "return system, MemTxResult.DECODE_ERROR, bytes([255]) * size",
    ),
    "A5": Mutation(
        "an-access-ends-with-its-section",
        "model.translate",
        "    if is_ram:\n        length = min",
        "    if True:\n        length = min",
    ),
    "A6": Mutation(
        "too-small-is-valid",
        "model.access",
        "return valid.min <= size <= valid.max",
        "return size <= valid.max",
    ),
    "A7 least": Mutation(
        "callbacks-may-be-too-small",
        "model.access",
        "return max(min(size, most), least)",
        "return min(size, most)",
    ),
    "A7 most": Mutation(
        "callbacks-may-be-too-large",
        "model.access",
        "return max(min(size, most), least)",
        "return max(size, least)",
    ),
    "X4": Mutation(
        "a-hole-has-no-address",
        "model.translate",
        "    if found is None:\n        return UNASSIGNED\n",
        "    if found is None:\n        return UNASSIGNED._replace(start=address & ~7)\n",
    ),
    "X5": Mutation(
        "rom-is-written",
        "model.translate",
        "    return not region.readonly and region.kind is not Kind.ROM_DEVICE",
        "    return region.kind is not Kind.ROM_DEVICE",
    ),
}
IN_BIG_ORDER = {
    "A7 big": Mutation(
        "big-endian-parts-are-placed-as-little",
        "model.access",
        "place = size - part_size - done if is_big else done",
        "place = done",
    ),
    "A8": Mutation(
        "a-written-value-is-little-endian",
        "model.read_write",
        "value = value_of(data, is_big)",
        "value = value_of(data, False)",
    ),
}


@pytest.mark.parametrize("rule", MUTATIONS)
def test_a_planted_bug_diverges_quickly(rule: str) -> None:
    with start(PC_ACCESSES, MUTATIONS[rule]) as session, pytest.raises(Divergence):
        take(session, 60)


@pytest.mark.parametrize(
    ("rule", "setup"), [("A7 big", SPARC_ACCESSES), ("A8", PPC_ACCESSES)], ids=["A7", "A8"]
)
def test_a_planted_bug_in_big_endian_order_diverges_quickly(rule: str, setup: Setup) -> None:
    with start(setup, IN_BIG_ORDER[rule]) as session, pytest.raises(Divergence):
        take(session, 200)


def test_bytes_that_qemu_has_and_the_specification_does_not_are_a_difference() -> None:
    with start(BARE_PC) as session:
        access(session, Access("read", 0x2000, 4))
        session.live.qtest("writeb 0x2001 0x5a")
        with pytest.raises(Divergence, match="read of 4 bytes at 0x2000"):
            access(session, Access("read", 0x2000, 4))


def test_a_wrong_fact_about_a_device_is_contradicted(monkeypatch: pytest.MonkeyPatch) -> None:
    known = device_of("hpet", 0x400)
    assert known is not None
    wrong = known._replace(valid=Sizes(1, 4))
    monkeypatch.setattr("fuzz.live.accesses.accessible.device_of", lambda name, size: wrong)
    with start(BARE_PC) as session, pytest.raises(Divergence) as found:
        access(session, Access("read", HPET, 2))
    assert "refused: read of 2 at 0x0 of hpet" in found.value.qemu
    assert any("hpet reads 2 at 0x0" in line for line in found.value.model)


def test_a_log_that_is_turned_off_is_a_fault_and_no_agreement() -> None:
    with start(BARE_PC) as session:
        session.live.traces = ()
        session.live.restart()
        with pytest.raises(TraceFault, match="0 of 1 marks"):
            access(session, Access("read", HPET, 4))
    assert session.observed["callbacks"] == 0


def test_a_log_that_ends_early_is_a_fault_and_no_agreement(monkeypatch: pytest.MonkeyPatch) -> None:
    """As where the disk is full: the last lines are missing, or a piece of one is."""
    with start(BARE_PC) as session:
        accesses = [Access("read", HPET, 4), Access("read", HPET + 4, 4)]
        logged = session.live.logged
        monkeypatch.setattr(session.live, "logged", lambda: logged()[:-1])
        with pytest.raises(TraceFault, match="1 of 2 marks"):
            access(session, *accesses)
        monkeypatch.setattr(session.live, "logged", lambda: [one[:40] for one in logged()])
        with pytest.raises(TraceFault, match="not known"):
            access(session, *accesses)


def test_what_was_done_replays_alone_on_all_targets() -> None:
    """The scenario says what QEMU's devices answered, so that anyone can run it without them."""
    for setup, others in (
        (PC_ACCESSES, [ImplTarget]),
        (PPC_ACCESSES, [ImplTarget, QemuTarget]),
    ):
        targets: list[TargetFactory] = [ModelTarget, *others]
        with start(setup) as session:
            take(session, 10)
            text = format_scenario(session.scenario("what was done"))
        outcome = run(parse(text), targets)
        assert (outcome.verdict, outcome.reason) == (Verdict.AGREE, "")
        assert outcome.compared > 300


def test_an_access_may_be_taken_alone_or_be_left_out() -> None:
    with start(PC_ACCESSES) as session:
        action = PC_ACCESSES.choose(session, Random(3))
        assert isinstance(action, AccessMemory)
        for part in action.parts[::-2]:
            part.perform(session)
        assert len(action.parts) == len(action.accesses) > 20


def test_what_has_effects_elsewhere_is_left_alone_and_a_spill_is_not() -> None:
    with start(PC_ACCESSES) as session:
        machine = accessible(session)
        closed = {one.region for one in machine.places["I-O"] if one.kind is Kind.CLOSED}
        assert {"vmport", "kvmvapic", "apm-io", "piix3-reset-control"} <= closed
        assert all(reason for reason in LEFT_ALONE.values())
        for port in (0x5658, 0x7E, 0xB2, 0xCF9):
            assert not machine.may(Access("inb", port, 1))
        assert not machine.may(Access("inw", 0xB1, 2))
        assert not machine.may(Access("outb", 0x92, 1, b"\1")), "it would reset the machine"
        before = session.observed["callbacks"]
        access(session, Access("inl", 0xCF8, 4), Access("outl", 0xCF8, 4, b"\1\2\3\4"))
        assert session.observed["callbacks"] == before + 2, "one each, though a reset port follows"
        access(session, Access("inb", 0x80, 1))
        assert session.observed["callbacks"] == before + 2, "it is what accesses are marked by"


def test_flash_is_memory_or_a_device_by_command() -> None:
    """Accesses go by the region as it is, also at its last bytes. Rules: X5, M9, A13."""
    top = (1 << 32) - 8
    with start(BARE_Q35) as session:
        for command, calls in ((0x90, 1), (0x98, 4), (0xFF, 1), (0x70, 4), (0xFF, 1)):
            before = session.observed["callbacks"]
            CommandFlash(0x10, command).perform(session)
            access(session, Access("read", top - 3, 11), Access("readl", top + 2, 4))
            expected = 0 if FLASH_COMMANDS[command] else calls
            assert session.observed["callbacks"] - before >= 1 + expected
        assert not accessible(session).may(Access("readw", (1 << 32) - 1, 2))
        access(session, Access("read", (1 << 32) - 1, 2))


def test_a_read_of_known_length_overruns_flash(start_machine: StartMachine) -> None:
    """The specification says that it does, and QEMU ends by it. Rules: A13."""
    with start(BARE_Q35) as session:
        operation = Access("readw", (1 << 32) - 1, 2).operation(accessible(session).memory)
        scenario = session.scenario("overrun")
    steps = (*scenario.steps, type(scenario.steps[0])(operation, ABORTS))
    scenario = type(scenario)(scenario.settings, steps)
    assert run(scenario, [ModelTarget, ImplTarget]).verdict is Verdict.AGREE
    machine = start_machine("q35", *BARE_Q35.arguments)
    with pytest.raises(QemuDied):
        machine.qtest("readw 0xffffffff")
