"""`flatview show`: draw the region tree of a scenario or a machine beside its flat view."""

from collections.abc import Sequence
from pathlib import Path

import click

from cli.output import UsageFault, console, json_option, write_json
from fuzz.draw import draw_space
from fuzz.findings import describe_step
from fuzz.format import format_scenario
from fuzz.machines.check import check_machine
from fuzz.machines.corpus import ARCHIVE_ENDINGS, CorpusError, read_corpus
from fuzz.machines.lines import MtreeError
from fuzz.oracle import perform
from fuzz.parse import parse_file
from fuzz.scenario import ABORTS, REJECTED, Scenario, ScenarioError
from fuzz.targets.interface import Unsupported
from fuzz.targets.model import ModelTarget
from fuzz.verdict import EXIT_CLEAN, EXIT_INCONCLUSIVE

EXAMPLES = """\b
Examples:
  flatview show corpora/regressions/R4/docs-ABCDE.fv
  flatview show corpora/machines --machine x86_64-pc --space memory
  flatview show corpora/machines --machine x86_64-pc --as-scenario > pc.fv
"""


@click.command(epilog=EXAMPLES)
@click.argument("path", type=click.Path(exists=True, path_type=Path))
@click.option("--machine", metavar="NAME", help="Which machine of an archive or folder to show.")
@click.option("--space", metavar="NAME", help="Show this address space only.")
@click.option("--as-scenario", is_flag=True, help="Print the operations instead of a drawing.")
@json_option
def show(
    path: Path, machine: str | None, space: str | None, as_scenario: bool, json_file: Path | None
) -> int:
    """Draw the region tree of PATH beside the flat view that it is rendered to.

    PATH is a scenario (.fv), shown as it is after its last operation, or machines (an archive or a
    folder), of which --machine names one.
    """
    try:
        scenario = read_scenario(path, machine)
    except (ScenarioError, CorpusError, MtreeError) as error:
        raise UsageFault(str(error)) from error
    out = console()
    if as_scenario:
        out.print(format_scenario(scenario), markup=False, end="")
        return EXIT_CLEAN
    target = ModelTarget(scenario.settings)
    for step in scenario.steps:
        try:
            shown, reason = perform(target, step.operation)
        except Unsupported as error:
            out.print(f"{describe_step(scenario, step)}: {error}", markup=False)
            return EXIT_INCONCLUSIVE
        if shown == ABORTS or (shown == REJECTED and step.expected != REJECTED):
            raise UsageFault(f"{describe_step(scenario, step)}: {reason}")
    spaces = [one for one in target.spaces() if space in (None, one)]
    if not spaces:
        raise UsageFault(f"{path}: no address space {space or 'at all'}; {known(target.spaces())}")
    drawings = {one: draw_space(target.topology, one) for one in spaces}
    for number, lines in enumerate(drawings.values()):
        out.print("\n".join(["", *lines] if number else lines), markup=False)
    write_json(json_file, {"path": str(path), "machine": machine, "spaces": drawings})
    return EXIT_CLEAN


def read_scenario(path: Path, machine: str | None) -> Scenario:
    """The scenario at a path, or the one that rebuilds a machine."""
    if not path.is_dir() and not path.name.endswith(ARCHIVE_ENDINGS):
        if machine is not None:
            raise UsageFault(f"{path}: --machine is for archives and folders of machines")
        return parse_file(path)
    machines = {one.name: one for one in read_corpus(path)}
    if machine not in machines:
        what = "name one with --machine" if machine is None else f"no machine {machine}"
        raise UsageFault(f"{path}: {what}; {known(sorted(machines))}")
    result = check_machine(machines[machine], [ModelTarget])
    if result.scenario is None:
        raise UsageFault(f"{path}: {machine} cannot be rebuilt: {result.fault or 'not explained'}")
    return result.scenario


def known(names: Sequence[str]) -> str:
    """What there is to choose from, in words."""
    return f"there are {', '.join(names)}" if names else "there is none"
