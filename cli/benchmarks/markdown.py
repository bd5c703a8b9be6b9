"""The page of benchmarks: a section a group, which a later run of that group replaces."""

import re

from cli.benchmarks.case import Group, Report, Table

EMPTY_PAGE = """# Benchmarks

Each section is the output of one run on one machine; compare figures within a section, as ratios.
Times are processor time, medians over several processes, taken by pyperf. A section is made anew by
the command that it names; `flatview bench` shows all of them without writing.
"""


def section(group: Group, report: Report, machine: str) -> str:
    """A group's section: what is asked, how and where it was measured, tables, goals and notes."""
    lines = [
        f"## {group.title}",
        "",
        group.question,
        "",
        f"`flatview bench {group.name} --markdown BENCHMARKS.md`, {machine}:",
    ]
    for table in report.tables:
        lines += ["", *table_lines(table)]
    if report.goals:
        lines += ["", "| goal | measured | reached |", "|---|---|---|"]
        lines += [
            f"| {goal.statement} | {goal.measured} | {'yes' if goal.reached else '**no**'} |"
            for goal in report.goals
        ]
    for note in report.notes:
        lines += ["", note]
    return "\n".join(lines) + "\n"


def table_lines(table: Table) -> list[str]:
    """A table in Markdown, figures to the right."""
    rule = "|---|" + "---:|" * (len(table.columns) - 1)
    rows = [f"| {' | '.join(row)} |" for row in table.rows]
    return [f"| {' | '.join(table.columns)} |", rule, *rows]


def replace_section(page: str, section: str) -> str:
    """The page with a section in the place of the one with the same title, or at its end."""
    title = section.partition("\n")[0]
    head, *sections = re.split(r"(?m)^(?=## )", page)
    titles = [one.partition("\n")[0] for one in sections]
    if title in titles:
        sections[titles.index(title)] = section
    else:
        sections.append(section)
    return "\n\n".join(one.rstrip("\n") for one in (head, *sections)) + "\n"
