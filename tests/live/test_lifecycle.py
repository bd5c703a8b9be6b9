"""Views are made, given up and destroyed as the specification's lifecycle machine has them."""

import os
import signal

import pytest

from fuzz.live.changes.chipset import HOST_BRIDGE, PIIX4_PM
from fuzz.live.changes.pci_configuration import Place, select
from fuzz.live.process import LiveMachine
from fuzz.live.reading import ReadMachine, read_machine
from fuzz.live.view_lives.lifecycle import LifecycleComparison, in_order_of_creation
from fuzz.live.view_lives.pam import PC_SPACES, Pam
from fuzz.mutation import Mutation, load_variant
from fuzz.operations import Begin, Commit, Operation, Property, SetProperty
from fuzz.targets.model import ModelTarget
from fuzz.verdict import Verdict
from tests.live.conftest import StartMachine

EDU_COMMAND = select(Place(0, 2 << 3), 4)
POWER_MANAGEMENT_ENABLE = select(PIIX4_PM, 0x80)
"""The PIIX4's: written with what it is, it opens a transaction and closes it without a change."""

BUS_MASTER_OFF, BUS_MASTER_ON = "outw 0xcfc 0x0", "outw 0xcfc 0x4"


def start(
    start_machine: StartMachine, mutation: Mutation | None = None
) -> tuple[LifecycleComparison, ReadMachine, Pam]:
    """A pc that has just been started, and has never printed its views, beside the model."""
    live = start_machine("pc", "-device", "edu")
    read = read_machine(live)
    live.restart()
    package = load_variant("model", mutation)
    target = ModelTarget(read.settings, package)
    for operation in in_order_of_creation(read.operations, PC_SPACES):
        target.apply(operation)
    return LifecycleComparison(live, target, patience=5), read, Pam(read.machine.regions)


def bus_master_of_edu(read: ReadMachine, enabled: bool) -> list[Operation]:
    """What the bus master bit of edu's command register does."""
    (root,) = (
        root for root, names in zip(read.machine.roots, read.names, strict=True) if "edu" in names
    )
    (alias,) = read.machine.regions[root].children
    return [SetProperty(alias, Property.ENABLED, int(enabled))]


def drive(comparison: LifecycleComparison, read: ReadMachine, pam: Pam) -> Verdict:
    """Steps that commit once, several times, in a nested way, without a change, and not at all."""
    (ports,) = (one.id for one in read.machine.regions.values() if one.name == "piix4-pm")
    power_management: list[Operation] = [Begin(), SetProperty(ports, Property.ENABLED, 1), Commit()]
    steps: list[tuple[list[str], list[Operation]]] = [
        ([select(HOST_BRIDGE, 0x58)], []),
        (["outb 0xcfd 0x31"], pam.write(0x59, 0x31)),
        (["outb 0xcfd 0x31"], pam.write(0x59, 0x31)),
        (["outl 0xcfc 0x33333300"], pam.write(0x58, 0x00, 0x33, 0x33, 0x33)),
        (["inb 0xcfd"], []),
        ([EDU_COMMAND], []),
        ([BUS_MASTER_ON], bus_master_of_edu(read, True)),
        ([BUS_MASTER_ON], bus_master_of_edu(read, True)),
        ([select(HOST_BRIDGE, 0x58), "outb 0xcfd 0x13"], pam.write(0x59, 0x13)),
        (
            ["outb 0xcfd 0x0", "outb 0xcfe 0x12"],
            [*pam.write(0x59, 0x00), *pam.write(0x5A, 0x12)],
        ),
        ([POWER_MANAGEMENT_ENABLE, "outb 0xcfc 0x0"], [Begin(), Commit()]),
        (["outb 0xcfc 0x1"], power_management),
        ([EDU_COMMAND, BUS_MASTER_OFF], bus_master_of_edu(read, False)),
    ]
    for commands, operations in steps:
        comparison.step(commands, operations)
    return comparison.result.verdict


def test_views_live_and_die_as_the_specification_says(start_machine: StartMachine) -> None:
    """T1, T2, T3, R9, R11, L1, L2, L6, on a machine whose spaces share views and stop to."""
    comparison, read, pam = start(start_machine)
    drive(comparison, read, pam)
    assert comparison.result.reason == ""
    assert comparison.observed["R11"] == 8
    assert comparison.observed["T1"] == 1
    assert comparison.observed["M8"] == 1


@pytest.mark.parametrize(
    "mutation",
    [
        Mutation(
            "no-root-stands-for-another",
            "model.render",
            "    passed = {root}\n",
            "    return root\n",
        ),
        Mutation(
            "views-outlive-a-rebuild",
            "model.topology",
            "    topology = topology._replace(views={None: EMPTY_VIEW})\n",
            "",
        ),
        Mutation(
            "latest-space-is-rendered-first",
            "model.topology",
            "for space in topology.spaces.values():",
            "for space in reversed(topology.spaces.values()):",
        ),
        Mutation(
            "inner-commit-renders",
            "model.topology",
            "    if topology.depth > 0:\n        return topology\n",
            "",
        ),
        Mutation(
            "every-outermost-commit-renders",
            "model.topology",
            "    if topology.pending:\n        return rebuild",
            "    if topology.depth == 0:\n        return rebuild",
        ),
        Mutation(
            "only-whole-aliases-are-skipped",
            "model.render",
            "            root = enabled[0]\n",
            "            return root\n",
        ),
        Mutation(
            "table-keeps-old-views",
            "model.lifecycle_programs",
            "        *(action(drop_from_table, thread, serial) for serial in table),\n",
            "        *(action(drop_from_table, thread, one) for one in table if one == 0),\n",
        ),
        Mutation(
            "old-view-is-never-let-go",
            "model.lifecycle_programs",
            "        *(action(unref_for_space, thread, space, one) for one in old_views),\n",
            "",
        ),
        Mutation(
            "latest-space-publishes-first",
            "model.lifecycle_programs",
            "*(one for space in published for",
            "*(one for space in reversed(published) for",
        ),
        Mutation(
            "latest-callback-runs-first",
            "model.rcu",
            "    return rcu.callbacks[0], rcu._replace(callbacks=rcu.callbacks[1:])",
            "    return rcu.callbacks[-1], rcu._replace(callbacks=rcu.callbacks[:-1])",
        ),
    ],
    ids=lambda mutation: mutation.name,
)
def test_a_wrong_specification_differs_from_qemu(
    start_machine: StartMachine, mutation: Mutation
) -> None:
    """The comparison can fail: what is planted in the specification shows in the trace."""
    assert drive(*start(start_machine, mutation)) is Verdict.DIVERGE


def test_printing_views_leaks_those_that_spaces_share(start_machine: StartMachine) -> None:
    """After `info mtree -f`, a view of two spaces outlives its replacement; all others go."""
    comparison, _, pam = start(start_machine)
    comparison.step([select(HOST_BRIDGE, 0x58)], [])
    at_rest = living(comparison)
    for printings in (1, 2):
        comparison.print_views()
        comparison.print_views()
        comparison.step(["outb 0xcfd 0x33"], pam.write(0x59, 0x33))
        comparison.step(["outb 0xcfd 0x11"], pam.write(0x59, 0x11))
        assert comparison.result.reason == ""
        assert living(comparison) == at_rest + printings


def test_without_printing_no_view_is_left(start_machine: StartMachine) -> None:
    comparison, _, pam = start(start_machine)
    at_rest = living(comparison)
    comparison.step([select(HOST_BRIDGE, 0x58)], [])
    for value in (0x33, 0x11, 0x33):
        comparison.step([f"outb 0xcfd {value:#x}"], pam.write(0x59, value))
    assert comparison.result.reason == ""
    assert living(comparison) == at_rest


def test_an_unforeseen_leak_shows(start_machine: StartMachine) -> None:
    """If QEMU prints and the specification is not told of it, the two differ."""
    comparison, _, pam = start(start_machine)
    comparison.machine.monitor("info mtree -f")
    commands = [select(HOST_BRIDGE, 0x58), "outb 0xcfd 0x33"]
    result = comparison.step(commands, pam.write(0x59, 0x33))
    assert result.verdict is Verdict.DIVERGE
    assert "flatview_destroy_rcu view" in result.reason


def test_a_leak_that_does_not_come_shows(start_machine: StartMachine) -> None:
    """A QEMU in which printing leaks nothing would differ, and be noticed."""
    comparison, _, pam = start(start_machine)
    comparison.note_printing()
    commands = [select(HOST_BRIDGE, 0x58), "outb 0xcfd 0x33"]
    assert comparison.step(commands, pam.write(0x59, 0x33)).verdict is Verdict.DIVERGE


def test_a_dead_machine_is_a_fault(start_machine: StartMachine) -> None:
    """QEMU's end is no agreement, and no difference either."""
    comparison, _, pam = start(start_machine)
    assert isinstance(comparison.machine, LiveMachine)
    os.kill(comparison.machine.process_id, signal.SIGKILL)
    result = comparison.step([select(HOST_BRIDGE, 0x58)], pam.write(0x59, 0x33))
    assert result.verdict is Verdict.FAULT


def living(comparison: LifecycleComparison) -> int:
    """How many views live in QEMU, the empty one too."""
    return len(comparison.living.roots)
