"""Checking one made tree beside its own view, or another tree's."""

from fuzz.machines.check import check_machine
from fuzz.machines.results import MachineResult, SpaceResult
from fuzz.targets.interface import Settings, Target
from fuzz.targets.model import ModelTarget
from tests.machines.printing import Node, machine_text


def new_target() -> Target:
    return ModelTarget(Settings("qemu-7.2"))


def check(tree: Node, rendered: Node | None = None) -> tuple[MachineResult, SpaceResult]:
    """What a tree comes to beside its own view, or another tree's."""
    result = check_machine(machine_text(tree, rendered), [ModelTarget])
    return result, result.spaces[0]
