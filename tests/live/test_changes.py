"""Random changes of live PCs: the specification follows them, and a broken one does not."""

from collections import Counter
from pathlib import Path

import pytest

from fuzz.format import format_scenario
from fuzz.live.changes.chipset import (
    MoveConfigurationWindow,
    MovePowerManagement,
    WritePam,
    WriteSmram,
)
from fuzz.live.changes.chosen import PC, Q35
from fuzz.live.changes.pci import MoveBar, SetCommand, SetWindow
from fuzz.live.changes.plug import Plug, PlugMemory, Unplug, UnplugMemory
from fuzz.live.changes.rig import rig_of
from fuzz.live.session import Action, Divergence, Session, Setup, perform_all
from fuzz.mutation import Mutation
from fuzz.replaying import replay_scenarios
from fuzz.targets import qemu
from fuzz.targets.impl import ImplTarget
from fuzz.targets.model import ModelTarget
from fuzz.verdict import Verdict
from tests.live.changing import change, start

MOST_STEPS = 200

BUGS = (
    Mutation(
        "first-added-wins",
        "model.changes",
        "topology.regions[name].priority <= priority)",
        "topology.regions[name].priority < priority)",
        ("M3",),
    ),
    Mutation(
        "moved-region-keeps-its-place",
        "model.changes",
        "    removed = del_subregion(begin(topology), region.container, name)\n"
        "    return commit("
        "add_subregion(removed, region.container, name, addr, region.priority))\n",
        "    return changed(topology, {name: region._replace(addr=addr)}, pending=True)\n",
        ("M4",),
    ),
    Mutation(
        "child-overhangs",
        "model.render",
        "return base, intersection(extent, clip)",
        "return base, extent",
        ("R1",),
    ),
    Mutation(
        "alias-keeps-its-targets-address",
        "model.render",
        "base - target.addr - region.alias_offset",
        "base - region.alias_offset",
        ("R3",),
    ),
    Mutation(
        "alias-from-the-start",
        "model.render",
        "base - target.addr - region.alias_offset",
        "base - target.addr",
        ("R3",),
    ),
    Mutation(
        "readonly-of-the-leaf-only",
        "model.render",
        "readonly=flags.readonly or region.readonly",
        "readonly=region.readonly",
        ("R6",),
    ),
    Mutation(
        "merge-across-readonly",
        "model.view",
        "        and left.readonly == right.readonly\n",
        "",
        ("R8",),
    ),
    Mutation(
        "empty-root-is-a-view",
        "model.render",
        "            if not enabled:\n                return None\n",
        "            if not enabled:\n                return root\n",
        ("R9",),
    ),
)


@pytest.mark.parametrize("setup", [PC, Q35], ids=lambda setup: setup.name)
def test_the_specification_follows_random_changes(setup: Setup, tmp_path: Path) -> None:
    """So does the optimized implementation, by the scenario that is left of them."""
    with start(setup) as session:
        taken = change(session, 120)
        assert {MoveBar, SetCommand, SetWindow, WritePam} <= Counter(map(type, taken)).keys()
        assert session.observed["views"] > 3 * 120
        assert session.observed["trees"] >= 2
        assert session.observed["sections"] > 100
        text = format_scenario(session.scenario("random changes"))
    path = tmp_path / "changes.fv"
    path.write_text(text)
    (replayed,) = replay_scenarios([path], [ModelTarget, ImplTarget])
    assert replayed.verdict is Verdict.AGREE, replayed.message
    assert text.count("\nview ") > 120


def test_a_few_changes_replay_on_the_agent_inside_qemu(tmp_path: Path) -> None:
    with start() as session:
        change(session, 10)
        text = format_scenario(session.scenario("a few changes"))
    path = tmp_path / "changes.fv"
    path.write_text(text)
    targets = [ModelTarget, qemu.QemuTarget]
    (replayed,) = replay_scenarios([path], targets, qemu.fit)
    assert replayed.verdict is Verdict.AGREE, replayed.message


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.name)
def test_a_planted_bug_is_found_soon(bug: Mutation) -> None:
    with start(PC, bug) as session:
        with pytest.raises(Divergence) as found:
            change(session, MOST_STEPS)
        assert found.value.model != found.value.qemu


ON_PC: tuple[Action, ...] = (
    Unplug("hot-testdev"),
    MoveBar("hot-testdev", 0, 0xE0000000),
    SetCommand("hot-testdev", 7),
    Unplug("hot-testdev"),
    Plug("hot-testdev"),
    Plug("hot-testdev"),
    UnplugMemory(),
    UnplugMemory(),
    PlugMemory(0x8000000),
    PlugMemory(0),
    MoveBar("nothing", 0, 0),
)


def test_actions_make_sense_after_any_others() -> None:
    """What cannot be done is not: shrinking leaves out what made it possible."""
    with start(PC) as session:
        perform_all(session, ON_PC)
        assert session.observed["views"] > 0
        assert "hot-testdev" in rig_of(session).functions


def test_a_bar_over_the_configuration_ports_is_not_placed() -> None:
    with start(PC) as session:
        before = len(session.commands)
        MoveBar("pcnet", 0, 0xCE0).perform(session)
        MovePowerManagement(0xCC0, enabled=True).perform(session)
        assert len(session.commands) == before


def shows(session: Session, space: str, region: str) -> set[int]:
    """The first addresses at which a view of the specification shows a region."""
    view = session.target.view(space)
    return {one.start for one in view.ranges if one.region.partition(":")[0] == region}


def test_each_kind_of_change_is_seen_in_a_view() -> None:
    """That both sides agree is compared by the actions; here, that they have an effect."""
    with start(PC) as session:
        MoveBar("shared-memory", 1, 1 << 40).perform(session)
        assert shows(session, "memory", "shared") == {1 << 40}
        SetCommand("shared-memory", 0).perform(session)
        assert shows(session, "memory", "shared") == set()
        SetWindow("bridge", "memory", 0xE0000000, 0xE00FFFFF).perform(session)
        MoveBar("behind-edu", 0, 0xE0000000).perform(session)
        assert 0xE0000000 in shows(session, "memory", "edu-mmio")
        SetWindow("bridge", "memory", 0xE0100000, 0xE00FFFFF).perform(session)
        assert 0xE0000000 not in shows(session, "memory", "edu-mmio")
        WriteSmram(0x72, 0x0A).perform(session)
        assert shows(session, "memory", "vga-lowmem") == {0xA0000}
        assert shows(session, "cpu-smm-0", "vga-lowmem") == set()
        WritePam(1, 0x33).perform(session)
        assert shows(session, "memory", "pc.rom") == {0xC8000}
        MovePowerManagement(0xB800, enabled=True).perform(session)
        assert shows(session, "I-O", "acpi-evt") == {0xB800}


def test_smaller_configuration_windows_of_q35_lie_off_their_alignment() -> None:
    """QEMU takes the wrong bits of their address: 128 MiB at 0x0c000000 lie at 0x04000000."""
    with start(Q35) as session:
        MoveConfigurationWindow(0xC000000, 1, enabled=True).perform(session)
        assert min(shows(session, "memory", "pcie-mmcfg-mmio")) == 0x4000000
