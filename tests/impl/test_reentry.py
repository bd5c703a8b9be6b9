"""Accesses from callbacks: the guard, its limits, and what is left after an access that stops."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fuzz.mutants_reentry import REENTRY_MUTANTS
from fuzz.operations import Operation
from fuzz.operations_access import IntegerSize, Load, Read, Write
from fuzz.operations_devices import ByteOrder, RefuseAccesses, Refused, RefusedSize
from fuzz.operations_reentry import ReadFromCallback, SetReentrancyGuard, WriteFromCallback
from fuzz.oracle import perform, run
from fuzz.parse import parse, parse_file
from fuzz.scenario import Scenario, Step
from fuzz.targets.impl import ImplTarget
from fuzz.targets.interface import FLAVOURS, Unsupported
from fuzz.targets.model import ModelTarget
from fuzz.targets.registry import find_target
from fuzz.verdict import Verdict

FOLDERS = (Path("corpora/regressions/A6"), Path("corpora/regressions/A9"))
SCENARIOS = [path for folder in FOLDERS for path in sorted(folder.glob("*.fv"))]


def verdict(scenario: Scenario, target: str = "impl") -> Verdict:
    return run(scenario, [ModelTarget, find_target(target)], skip_rejected=True).verdict


@pytest.mark.parametrize("mutant", [mutation.name for mutation in REENTRY_MUTANTS])
def test_a_scenario_tells_each_planted_bug(mutant: str) -> None:
    """By itself, without chance: what the scenarios expect says which bugs there may not be."""
    assert any(
        verdict(parse_file(path), f"mutant:{mutant}") is Verdict.DIVERGE for path in SCENARIOS
    )


# --- Limits -----------------------------------------------------------------------------------


def chain(devices: int, dma: str = "dma-read r{n} memory {next} 0x1") -> Scenario:
    """Devices of 16 bytes, each of which accesses the next one in its callbacks."""
    lines = ["container system 2^64", "space memory system"]
    for n in range(devices):
        lines += [f"io r{n} 0x40", f"add system r{n} at {n * 0x40:#x}", f"device r{n} little"]
        lines += [f"valid r{n} 1 to 1 aligned"]
    for n in range(devices - 1):
        lines += dma.format(n=n, next=hex((n + 1) * 0x40)).split(";")
    return parse("\n".join([*lines, "read memory 0x0 0x2"]))


@pytest.mark.parametrize(
    ("within", "beyond"),
    [
        (chain(17), chain(18)),
        (
            chain(2, ";".join(["dma-read r{n} memory {next} 0x40"] * 2)),
            chain(
                2,
                ";".join(
                    ["dma-read r{n} memory {next} 0x40"] * 2 + ["dma-read r{n} memory {next} 0x1"]
                ),
            ),
        ),
    ],
    ids=["depth", "number"],
)
def test_both_sides_follow_callbacks_equally_far(within: Scenario, beyond: Scenario) -> None:
    """What the specification does not follow is not checked; all else is."""
    assert verdict(within) is Verdict.AGREE
    for factory in (ModelTarget, ImplTarget):
        target = factory(beyond.settings)
        for step in beyond.steps[:-1]:
            perform(target, step.operation)
        with pytest.raises(Unsupported, match="callback"):
            target.apply(beyond.steps[-1].operation)


ENDLESS = """
container system 2^64
io dev 0x10
add system dev at 0x0
owner nic
own dev nic
space memory system
device dev little
dma-read dev memory 0x0 0x4
"""


def test_a_device_that_calls_itself_for_ever_leaves_nothing_engaged() -> None:
    """No guard, depth or count is left from an access that stopped: the next one is like new."""
    scenario = parse(ENDLESS + "reentrancy-guard dev off")
    target = ImplTarget(scenario.settings)
    for step in scenario.steps:
        target.apply(step.operation)
    for _ in range(2):
        with pytest.raises(Unsupported, match="more than 16"):
            target.apply(Read("memory", 0, 4))
    assert target.accesses.nesting.depth == 0
    assert not target.memory_map.lifetimes.owners["nic"].guard.engaged
    target.access_log.calls.clear()
    target.region("dev").device.dma.clear()
    lines = target.apply(Read("memory", 0, 4))
    assert lines == ("ok", "bytes 00000000", "dev reads 4 at 0x0: 0x0")


# --- Any devices ------------------------------------------------------------------------------

BUS = """
container system 2^64
io nic 0x10
io nic-doorbell 0x10
io disk 0x10
rom-device flash 0x10
ram low 0x20
add system nic at 0x0
add system nic-doorbell at 0x10
add system disk at 0x20
add system flash at 0x30
add system low at 0x40
owner slot0
owner slot1
owner machine type object
own nic slot0
own nic-doorbell slot0
own disk slot1
own flash machine
space memory system
device nic little
device nic-doorbell big
device disk little
"""
DEVICES = st.sampled_from(("nic", "nic-doorbell", "disk", "flash"))
ADDRESSES = st.integers(0, 0x64)
DATA = st.binary(min_size=1, max_size=12)
CALLBACKS = st.none() | st.integers(0, 3)
SPACE = st.just("memory")

changes = st.one_of(
    st.builds(SetReentrancyGuard, DEVICES, st.booleans()),
    st.builds(ReadFromCallback, DEVICES, SPACE, ADDRESSES, st.integers(0, 12), CALLBACKS),
    st.builds(WriteFromCallback, DEVICES, SPACE, ADDRESSES, DATA, CALLBACKS),
    st.builds(
        RefuseAccesses,
        DEVICES,
        st.sampled_from(Refused),
        st.just(RefusedSize.ANY),
        st.integers(0, 8),
        st.integers(0, 8),
        st.integers(0, 7),
    ),
)
accesses = st.one_of(
    st.builds(Read, SPACE, ADDRESSES, st.integers(0, 16)),
    st.builds(Write, SPACE, ADDRESSES, DATA),
    st.builds(Load, SPACE, ADDRESSES, st.sampled_from(IntegerSize), st.sampled_from(ByteOrder)),
)


@given(
    st.sampled_from(FLAVOURS),
    st.lists(changes, max_size=6),
    st.lists(changes | accesses, max_size=6),
)
def test_any_devices_that_access_each_other_agree(
    flavour: str, first: list[Operation], then: list[Operation]
) -> None:
    bus = parse(f"flavour {flavour}{BUS}")
    steps = (*bus.steps, *map(Step, [*first, *then]))
    outcome = run(replace(bus, steps=steps), [ModelTarget, ImplTarget], skip_rejected=True)
    assert outcome.verdict in (Verdict.AGREE, Verdict.UNSUPPORTED), outcome.difference
