"""`flatview replay`: run committed scenarios, and check what QEMU printed of real machines."""

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import click

from cli.output import UsageFault, coloured, console, json_option, progress, write_json
from fuzz.as_pytest import pytest_file
from fuzz.machines.broken_renderers import RendererResult, check_renderers
from fuzz.machines.check import replay_machines
from fuzz.machines.corpus import CorpusError, read_corpus
from fuzz.machines.lines import MtreeError
from fuzz.machines.results import MachineResult
from fuzz.parse import parse_file
from fuzz.replaying import Replayed, contents_of, replay_scenarios
from fuzz.scenario import ScenarioError
from fuzz.targets.interface import Settings, TargetFactory
from fuzz.targets.model import ModelTarget
from fuzz.targets.registry import FITS, KNOWN, UnknownTarget, find_target
from fuzz.verdict import EXIT_CLEAN, Verdict, exit_code

EXAMPLES = """\b
Examples:
  flatview replay corpora/regressions
  flatview replay corpora/machines
  flatview replay --target mutant:merge-unmergeable findings/mutant-0123456789ab.fv
  flatview replay --as-pytest findings/impl-0123456789ab.fv > test_finding.py
"""


class Replay(NamedTuple):
    """The results of one replay: a scenario each, and a machine each."""

    scenarios: list[Replayed]
    machines: list[MachineResult]
    renderers: list[RendererResult]

    @property
    def verdicts(self) -> list[Verdict]:
        """All verdicts: a scenario's, each address space's on each target, each broken renderer's.

        A broken renderer that the machines do not reject is a fault: they tell nothing apart.
        """
        found = [one.verdict for one in self.scenarios]
        found += [verdict for one in self.machines for verdict in one.verdicts]
        return found + [Verdict.AGREE if one.rejected else Verdict.FAULT for one in self.renderers]

    def to_json(self) -> dict[str, Any]:
        """The results as plain data."""
        return {
            "scenarios": [one.to_json() for one in self.scenarios],
            "machines": [one.to_json() for one in self.machines],
            "machines_in_all": machine_totals(self.machines),
            "broken_renderers": [one.to_json() for one in self.renderers],
        }


@click.command(epilog=EXAMPLES)
@click.argument(
    "paths",
    nargs=-1,
    required=True,
    type=click.Path(exists=True, path_type=Path),
    metavar="PATH...",
)
@click.option(
    "--target",
    "targets",
    multiple=True,
    default=("impl",),
    show_default=True,
    help=f"What to compare with the specification: {KNOWN}. May be given more than once.",
)
@click.option("--teeth", is_flag=True, help="See that machines reject nine broken renderers, too.")
@click.option("--verbose", is_flag=True, help="A line for each scenario and machine.")
@click.option(
    "--as-pytest", is_flag=True, help="Print tests that run the scenarios, instead of running them."
)
@json_option
def replay(
    paths: tuple[Path, ...],
    targets: tuple[str, ...],
    teeth: bool,
    verbose: bool,
    as_pytest: bool,
    json_file: Path | None,
) -> int:
    """Run all scenarios, and check all machines, below each PATH.

    A scenario must show what it expects, on the specification and on each target. Of a machine,
    every address space must come out as QEMU printed it, with some assignment of the facts that
    the print leaves out; the report says how many facts were needed.
    """
    if as_pytest:
        print_tests(paths, targets)
        return EXIT_CLEAN
    result = replay_with_progress(paths, targets, teeth)
    write_json(json_file, result.to_json())
    print_replay(result, verbose)
    return exit_code(result.verdicts)


def print_tests(paths: Sequence[Path], targets: Sequence[str]) -> None:
    """Print the scenarios below the paths as tests for pytest."""
    try:
        for target in targets:
            find_target(target)
            if target in FITS:
                raise UsageFault(f"--as-pytest is not for {target}, which needs other settings")
        files = [one for path in paths for one in contents_of(path).scenarios]
        scenarios = [parse_file(path) for path in files]
    except (UnknownTarget, ScenarioError) as error:
        raise UsageFault(str(error)) from error
    if not scenarios:
        raise UsageFault(f"{paths[0]}: --as-pytest is for scenarios; there are none")
    click.echo(pytest_file(scenarios, targets), nl=False)


def replay_with_progress(paths: Sequence[Path], targets: Sequence[str], teeth: bool) -> Replay:
    """Replay everything below the paths, telling on a terminal how far it is."""
    result = Replay([], [], [])
    try:
        found = {target: find_target(target) for target in targets if target != "model"}
        fitting = [one for target, one in found.items() if target not in FITS]
        runs: list[tuple[list[TargetFactory], Callable[[Settings], Settings]]]
        runs = [([ModelTarget, found[one]], FITS[one]) for one in found if one in FITS]
        if fitting or not runs:
            runs.insert(0, ([ModelTarget, *fitting], lambda settings: settings))
        contents = [contents_of(path) for path in paths]
        with progress("reading machines") as tell:
            scenarios = [one for content in contents for one in content.scenarios]
            for factories, fit in runs:
                for done in replay_scenarios(scenarios, factories, fit):
                    result.scenarios.append(done)
                    tell(f"replaying scenarios: {len(result.scenarios)} done")
            places = [one for content in contents for one in content.machines]
            machines = [machine for place in places for machine in read_corpus(place)]
            for checked in replay_machines(machines, [ModelTarget, *fitting]):
                result.machines.append(checked)
                tell(f"checking machines: {len(result.machines)} of {len(machines)}")
            for renderer in check_renderers(machines) if teeth and machines else ():
                result.renderers.append(renderer)
                tell(f"trying broken renderers: {len(result.renderers)}")
    except (UnknownTarget, ScenarioError, CorpusError, MtreeError) as error:
        raise UsageFault(str(error)) from error
    return result


def machine_totals(machines: Sequence[MachineResult]) -> dict[str, Any]:
    """Counts over all machines: what is printed, what was needed, and verdicts by target."""
    by_target: dict[str, Counter[str]] = {}
    needed: Counter[str] = Counter()
    pages: Counter[str] = Counter()
    for machine in machines:
        for space in machine.spaces:
            by_target.setdefault(space.target, Counter())[space.verdict.value] += 1
        needed.update({kind.value: count for kind, count in (machine.needed or {}).items()})
        pages[str(machine.page_bits)] += 1
    return {
        "machines": len(machines),
        "faults": sum(1 for machine in machines if machine.fault),
        "ranges": sum(machine.ranges for machine in machines),
        "sections": sum(machine.sections for machine in machines),
        "address_spaces": {target: dict(counts) for target, counts in by_target.items()},
        "needed": dict(needed),
        "page_bits": dict(pages),
    }


def print_replay(result: Replay, verbose: bool) -> None:
    """Say what was replayed; every disagreement in full."""
    out = console()
    for one in result.scenarios:
        if verbose or one.verdict is not Verdict.AGREE:
            out.print(coloured(one.verdict), end="  ")
            out.print(str(one.path), markup=False)
            if one.message:
                out.print(one.message, markup=False)
    for machine in result.machines:
        print_machine(machine, verbose)
    if result.scenarios:
        counts = Counter(one.verdict.value for one in result.scenarios)
        compared = sum(one.compared for one in result.scenarios)
        out.print(f"{len(result.scenarios)} scenarios: {words(counts)}; {compared:,} comparisons")
    if result.machines:
        totals = machine_totals(result.machines)
        out.print(
            f"{totals['machines']} machines, {totals['faults']} unreadable; "
            f"{totals['ranges']:,} ranges and {totals['sections']:,} sections printed by QEMU"
        )
        print_machine_totals(totals)
    for renderer in result.renderers:
        print_renderer(renderer, verbose)
    if result.renderers:
        rejected = sum(1 for one in result.renderers if one.rejected)
        out.print(f"{rejected} of {len(result.renderers)} broken renderers rejected")


def print_machine_totals(totals: dict[str, Any]) -> None:
    """What the address spaces of machines came to, by target, and how many facts that needed."""
    out = console()
    for target, counts in totals["address_spaces"].items():
        spaces = sum(counts.values())
        out.print(f"  {target}: {spaces:,} address spaces: {words(counts)}", markup=False)
    needed = totals["needed"]
    out.print(f"  unprinted facts needed: {sum(needed.values())} ({words(needed)})")


def print_renderer(renderer: RendererResult, verbose: bool) -> None:
    """One broken renderer, and the first address space that no assignment of facts explains."""
    out = console()
    if renderer.example is None:
        out.print(f"{coloured(Verdict.FAULT)}  no machine rejects the broken renderer ", end="")
        out.print(renderer.name, markup=False)
    elif verbose:
        case, trial = renderer.example
        out.print(f"rejected  {renderer.name}: {case.title}", markup=False)
        out.print(f"  {trial.difference}", markup=False)


def print_machine(machine: MachineResult, verbose: bool) -> None:
    """One machine; only what disagrees, unless all was asked for."""
    out = console()
    if machine.fault:
        out.print(f"{coloured(Verdict.FAULT)}  ", end="")
        out.print(f"{machine.machine}: {machine.fault}", markup=False)
    elif verbose:
        counts = Counter(verdict.value for verdict in machine.verdicts)
        out.print(f"{machine.machine}: {words(counts)}", markup=False)
    for space in machine.spaces:
        if space.verdict is not Verdict.AGREE:
            out.print(f"{coloured(space.verdict)}  ", end="")
            out.print(
                f"{machine.machine}, {space.space}, {space.target}: {space.reason}", markup=False
            )


def words(counts: dict[str, int]) -> str:
    """Counts in words, the largest first."""
    return ", ".join(f"{count:,} {name}" for name, count in Counter(counts).most_common()) or "none"
