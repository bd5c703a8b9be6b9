"""`flatview qemu machines`: start every machine type of every emulator, and check its trees."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
from rich.markup import escape
from rich.table import Table

from cli.output import (
    COLOURS,
    UsageFault,
    coloured,
    console,
    json_option,
    progress,
    qemu_option,
    write_file,
    write_json,
)
from cli.replay import machine_totals, print_machine_totals
from fuzz.live.machine_types import MachineType, UnknownMachine, chosen_emulators
from fuzz.live.machines import (
    CheckedMachine,
    check_live_machines,
    list_machine_types,
    machines_by_reason,
    outcomes_by_label,
)
from fuzz.live.process import PATIENCE
from fuzz.processes import processors
from fuzz.qemu.errors import QemuFault, QemuMissing
from fuzz.targets.registry import KNOWN, UnknownTarget
from fuzz.verdict import Verdict, exit_code

EXAMPLES = """\b
Examples:
  flatview qemu machines
  flatview qemu machines --arch ppc --arch x86_64
  flatview qemu machines --qemu /opt/qemu/bin/qemu-system-arm --machine virt
  flatview qemu machines --arch sparc --save machines && flatview replay machines
"""

COLUMNS = (
    "machines", "agree", "needed unknowns", "diverge", "inconclusive", "unsupported", "fault",
    "cannot start",
)  # fmt: skip
HEADINGS = {
    "needed unknowns": "needed\nunknowns",
    "inconclusive": "incon-\nclusive",
    "unsupported": "unsup-\nported",
    "cannot start": "cannot\nstart",
}
"""How the longest columns are headed, so that the table fits a terminal."""


@click.command(epilog=EXAMPLES)
@click.option("--arch", "archs", multiple=True, metavar="ARCH", help="Only qemu-system-ARCH.")
@qemu_option("An emulator that is not on PATH, of any version; with --arch, beside those.")
@click.option("--machine", "names", multiple=True, help="Only machine types of this name.")
@click.option(
    "--target",
    "targets",
    multiple=True,
    default=("impl",),
    show_default=True,
    help=f"What to check beside the specification: {KNOWN}.",
)
@click.option(
    "--timeout",
    default=PATIENCE,
    show_default=True,
    type=click.FloatRange(min=0.1),
    metavar="SECONDS",
    help="How long QEMU may take for each answer.",
)
@click.option(
    "--jobs",
    default=processors,
    show_default="one a processor",
    type=click.IntRange(1),
    help="How many processes.",
)
@click.option(
    "--save",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="FOLDER",
    help="Keep what each machine prints, for `flatview replay`.",
)
@json_option
def machines(
    archs: tuple[str, ...],
    paths: tuple[Path, ...],
    names: tuple[str, ...],
    targets: tuple[str, ...],
    timeout: float,
    jobs: int,
    save: Path | None,
    json_file: Path | None,
) -> int:
    """Start each machine type of each installed emulator, and check all that it prints.

    Every address space must come out as QEMU prints it, on the specification and on the targets,
    with some assignment of the facts that the print leaves out; the table says how many of them
    were needed. A machine that QEMU refuses to start is not checked, and counts neither way.
    """
    try:
        emulators = chosen_emulators(archs, paths)
        chosen, results = list_machine_types(emulators, names)
        with progress("starting machines") as tell:
            for one in check_live_machines(chosen, targets, timeout, jobs):
                results.append(one)
                tell(f"checking machines: {len(results)} of {len(chosen)}, {one.machine.title}")
                if save is not None and one.text is not None:
                    write_file(save / one.text.trees_path, one.text.trees.encode())
                    write_file(save / one.text.views_path, one.text.views.encode())
    except (QemuMissing, UnknownMachine, UnknownTarget) as error:
        raise UsageFault(str(error)) from error
    except QemuFault as error:
        console().print(f"{coloured(Verdict.FAULT)}  {escape(str(error))}")
        return exit_code([Verdict.FAULT])
    write_json(json_file, as_json(results))
    print_results(results)
    return exit_code(one.verdict for one in results if one.verdict is not None)


def as_json(results: Sequence[CheckedMachine]) -> dict[str, Any]:
    """The results as plain data."""
    checked = [one.checked for one in results if one.checked is not None]
    return {
        "by_emulator": {label: dict(one) for label, one in outcomes_by_label(results).items()},
        "machines_in_all": machine_totals(checked),
        "machines": [one.to_json() for one in sorted(results, key=lambda one: one.machine.title)],
    }


def print_results(results: Sequence[CheckedMachine]) -> None:
    """The table by architecture, each reason with its machines, and what was compared."""
    out = console()
    out.print(table_of(results))
    for (outcome, reason), found in machines_by_reason(results).items():
        out.print(f"\n{coloured_outcome(outcome)}  ", end="")
        out.print(reason, markup=False)
        out.print(f"  {listed(found)}", markup=False)
    given: dict[str, list[MachineType]] = {}
    for one in sorted(results, key=lambda one: one.machine.title):
        if one.given and one.verdict is not None:
            given.setdefault(one.given, []).append(one.machine)
    for what, found in given.items():
        out.print(f"\nstarted only with {what}", markup=False)
        out.print(f"  {listed(found)}", markup=False)
    totals = machine_totals([one.checked for one in results if one.checked is not None])
    out.print(
        f"\n{totals['machines']} machines checked; "
        f"{totals['ranges']:,} ranges and {totals['sections']:,} sections printed by QEMU"
    )
    print_machine_totals(totals)


def table_of(results: Sequence[CheckedMachine]) -> Table:
    """How many machines came to each outcome, by architecture, and in all."""
    table = Table(box=None, pad_edge=False, collapse_padding=True)
    table.add_column("", no_wrap=True)
    for column in COLUMNS:
        table.add_column(HEADINGS.get(column, column), justify="right")
    rows = outcomes_by_label(results)
    for label, counts in rows.items():
        table.add_row(escape(label), *(cell(counts[column]) for column in COLUMNS))
    if len(rows) > 1:
        sums = [sum(counts[column] for counts in rows.values()) for column in COLUMNS]
        table.add_row("in all", *map(cell, sums), style="bold")
    return table


def cell(count: int) -> str:
    """A number in a table, where none is left out."""
    return f"{count:,}" if count else "-"


def coloured_outcome(outcome: str) -> str:
    """An outcome's word in the colour of its verdict, if it is one, as console markup."""
    colours = {verdict.value: colour for verdict, colour in COLOURS.items()}
    return f"[{colours.get(outcome, 'bold')}]{outcome}[/]"


def listed(machines: Sequence[MachineType]) -> str:
    """Machine types by emulator."""
    by_label: dict[str, list[str]] = {}
    for one in machines:
        by_label.setdefault(one.label, []).append(one.name)
    return "; ".join(f"{label}: {', '.join(names)}" for label, names in by_label.items())
