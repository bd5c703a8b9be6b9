"""`flatview bench`: measure, and write what was measured where people read it."""

import os
import platform
from pathlib import Path
from typing import Any

import click
from rich.table import Table as Shown

from cli.output import UsageFault, console, json_option, progress, write_json
from fuzz.files import write_whole
from fuzz.verdict import EXIT_CLEAN

EXAMPLES = """\b
Examples:
  flatview bench --list
  flatview bench oracle
  flatview bench --markdown BENCHMARKS.md
"""


@click.command(epilog=EXAMPLES)
@click.argument("groups", nargs=-1, metavar="[GROUP]...")
@click.option("--list", "list_only", is_flag=True, help="Say what would be measured, and stop.")
@click.option("--quick", is_flag=True, help="Rough figures, in one process and with one value.")
@click.option(
    "--markdown",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Put the groups' sections into FILE, in the place of those it has.",
)
@json_option
def bench(
    groups: tuple[str, ...],
    list_only: bool,
    quick: bool,
    markdown: Path | None,
    json_file: Path | None,
) -> int:
    """Measure groups of cases, all if none is named, and show them as ratios.

    Ratios compare cases of one run on one machine. Whether a goal is reached is shown; it does not
    change the exit code, since another machine's load can decide it.
    """
    from cli.benchmarks import markdown as pages
    from cli.benchmarks.registry import GROUPS

    for name in groups:
        if name not in GROUPS:
            raise UsageFault(f"there is no benchmark {name}; known are {', '.join(GROUPS)}")
    chosen = [GROUPS[name] for name in groups or GROUPS]
    if list_only:
        for group in chosen:
            console().print(f"{group.name}: {group.title}", markup=False)
            for case in group.cases:
                console().print(f"  {case.name}", markup=False)
        return EXIT_CLEAN
    results: dict[str, Any] = {}
    for group in chosen:
        figures = measure(group, quick)
        report = group.report(figures)
        show(group.title, report)
        results[group.name] = {"unit": group.unit.value, "figures": figures, "report": report}
        if markdown is not None:
            text = markdown.read_text() if markdown.exists() else pages.EMPTY_PAGE
            section = pages.section(group, report, machine())
            write_whole(markdown, pages.replace_section(text, section).encode())
    write_json(json_file, {"groups": results})
    return EXIT_CLEAN


def machine() -> str:
    """What kind of machine measures, as far as ratios depend on it."""
    return f"Python {platform.python_version()}, {os.cpu_count()} cores"


def measure(group: Any, quick: bool) -> dict[str, float]:
    """Seconds of one operation of each case of a group, or its bytes."""
    from cli.benchmarks.measure import MeasureError, figure_of

    figures: dict[str, float] = {}
    with progress(f"measuring {group.name}") as tell:
        if group.together is not None:
            tell(f"{group.name}: all at once")
            try:
                figures.update(group.together(quick))
            except MeasureError as error:
                raise UsageFault(str(error)) from error
        for number, case in enumerate(group.cases, start=1):
            tell(f"{group.name}: {number} of {len(group.cases)}: {case.name}")
            try:
                figures[case.name] = figure_of(group, case, quick)
            except MeasureError as error:
                raise UsageFault(str(error)) from error
    return figures


def show(title: str, report: Any) -> None:
    """A group's tables, goals and notes on the terminal."""
    out = console()
    for table in report.tables:
        shown = Shown(title=title, title_justify="left")
        for index, column in enumerate(table.columns):
            shown.add_column(column, justify="right" if index else "left")
        for row in table.rows:
            shown.add_row(*row)
        out.print(shown)
    for goal in report.goals:
        word = "[green]reached[/]" if goal.reached else "[red]not reached[/]"
        out.print(f"{word}  {goal.statement}; measured {goal.measured}")
    for note in report.notes:
        out.print(note, markup=False)
