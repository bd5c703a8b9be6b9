"""A live machine as it stands: read from its monitor, and explained by the specification."""

from collections.abc import Sequence
from typing import NamedTuple

from fuzz.live.emulator import Emulator
from fuzz.live.process import LiveMachine
from fuzz.machines.flat_text import PrintedView, parse_views
from fuzz.machines.machine_search import MachineSearch
from fuzz.machines.page_size import likely_page_bits
from fuzz.machines.region_table import Machine, build_machine
from fuzz.machines.solver import DEFAULT_BUDGET
from fuzz.machines.tree_text import parse_trees
from fuzz.machines.whole_machine import WholeMachine
from fuzz.operations import Operation
from fuzz.qemu.errors import QemuFault
from fuzz.targets.interface import Settings
from fuzz.targets.model import ModelTarget
from fuzz.verdict import Verdict

TREES = "info mtree -o -D"
VIEWS = "info mtree -f -d -o"
RANGES = "info mtree -f"
"""Lines of the monitor: for all trees, all views with their sections, and ranges alone."""


class Unexplained(QemuFault):
    """What a machine prints cannot be explained: there is no starting point to go on from."""


class ReadMachine(NamedTuple):
    """A machine's regions as printed, and operations that build it.

    `names` are those of the address spaces in a scenario, for each printed tree.
    """

    machine: Machine
    views: tuple[PrintedView, ...]
    settings: Settings
    operations: tuple[Operation, ...]
    names: Sequence[Sequence[str]]


def flavour_of(emulator: Emulator) -> str:
    """The flavour of the specification that fits an emulator best."""
    return "qemu-7.2" if emulator.version.startswith("7.2.") else "current"


def read_machine(live: LiveMachine, big_endian: bool = False) -> ReadMachine:
    """Read a machine, and find operations that give all of its views.

    Raises Unexplained, and what asking a machine raises. Rules: R1-R9, D1-D4.
    """
    name = live.machine
    trees, flat = live.monitor(TREES, VIEWS)
    machine = build_machine(parse_trees(trees, f"{name}: {TREES}"))
    views = parse_views(flat, f"{name}: {VIEWS}")
    page_bits = likely_page_bits(views.views)
    settings = Settings(flavour_of(live.emulator), page_bits, big_endian)
    search = MachineSearch(machine, views, ModelTarget, settings, DEFAULT_BUDGET)
    whole = WholeMachine(search)
    for result in whole.run_first(ModelTarget(settings)):
        if result.verdict is not Verdict.AGREE:
            raise Unexplained(f"{name}, {result.space}: {result.reason}")
    return ReadMachine(machine, views.views, settings, whole.operations, whole.names)
