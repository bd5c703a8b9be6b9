"""Operations of guest memory: what they show, in text and bytes, and what is passed over."""

import errno

import pytest

from fuzz import codec, operations_guest
from fuzz.codec_data import MOST_DATA, NONE
from fuzz.format import format_scenario
from fuzz.operations import CreateRegion, CreateSpace, RegionKind
from fuzz.operations_guest import GuestWrite, Taken, TryAccess, WriteMethod
from fuzz.oracle import run
from fuzz.parse import parse
from fuzz.scenario import Scenario, ScenarioError, Step
from fuzz.targets import impl_guest
from fuzz.targets.impl import ImplTarget
from fuzz.targets.interface import CONTRACTS, Settings
from fuzz.targets.model import ModelTarget
from fuzz.verdict import Verdict


def test_a_read_that_there_is_no_room_for_is_not_checked_and_no_difference(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Under a limit of memory, campaigns would find a bug that is not there."""
    scenario = parse("ram r 0x1000\nspace s r\nguest-read s 0x0 0x100000000\n")
    assert run(scenario, [ModelTarget, ImplTarget]).verdict is Verdict.AGREE

    def refuse(number: int, length: int) -> None:
        raise OSError(errno.ENOMEM, "Cannot allocate memory")

    monkeypatch.setattr(impl_guest, "mmap", refuse)
    outcome = run(scenario, [ModelTarget, ImplTarget])
    assert outcome.verdict is Verdict.UNSUPPORTED
    assert "no room for a buffer of 0x100000000 bytes" in outcome.reason


@pytest.mark.parametrize("contract", CONTRACTS)
def test_the_contract_is_a_setting_in_text_and_bytes(contract: str) -> None:
    scenario = Scenario(Settings(contract=contract), ())
    assert parse(format_scenario(scenario)) == scenario
    assert codec.decode(codec.encode(scenario)) == scenario
    assert ("contract" in format_scenario(scenario)) == (contract != CONTRACTS[0])


def test_an_unknown_contract_is_refused() -> None:
    with pytest.raises(ScenarioError, match=r"contract 0\.18\|0\.17-dev\|0\.16"):
        parse("contract 0.5")
    with pytest.raises(ScenarioError, match="contract"):
        run(Scenario(Settings(contract="0.5"), ()), [ImplTarget])


def test_no_bytes_can_be_written() -> None:
    steps = (
        Step(CreateRegion("low", RegionKind.RAM, 0x1000)),
        Step(CreateSpace("memory", "low")),
        Step(GuestWrite(WriteMethod.WRITE, "memory", 0, b"")),
    )
    scenario = Scenario(Settings(), steps)
    assert "guest-write memory 0x0 nothing\n" in format_scenario(scenario)
    assert parse(format_scenario(scenario)) == scenario
    assert NONE > MOST_DATA


@pytest.mark.parametrize(
    ("taken", "number", "handled"),
    [
        (Taken.ALL_BUT, 3, 5),
        (Taken.ALL_BUT, 9, 0),
        (Taken.AT_MOST, 3, 3),
        (Taken.AT_MOST, 9, 8),
        (Taken.ALL_AND, 3, 11),
    ],
)
def test_a_callback_takes_what_it_is_told_to(taken: Taken, number: int, handled: int) -> None:
    operation = TryAccess("memory", 0, 0x10, taken, number)
    assert operation.handled(8, 0) == handled
    assert operation.handled(8, operations_guest.MOST_CALLBACKS) == 0
