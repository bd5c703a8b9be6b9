"""`flatview rules`: which functions, theorems, scenarios and planted bugs speak of each rule."""

from pathlib import Path

import click
from rich.markup import escape

from cli.output import UsageFault, console, corpora_folder, json_option, write_json
from fuzz.mutants import MUTANTS
from fuzz.traceability import (
    Citation,
    Row,
    functions_citing,
    lacks,
    load_rules,
    matrix,
    scenarios_citing,
    unknown_rules,
    vectors_citing,
)
from fuzz.verdict import EXIT_CLEAN, EXIT_FINDING
from proofs.theorems import THEOREMS

ROOT = Path(__file__).resolve().parent.parent


@click.command()
@click.argument("rules", nargs=-1, metavar="[RULE]...")
@json_option
def rules(rules: tuple[str, ...], json_file: Path | None) -> int:
    """Show the rules of the specification, and what speaks of each.

    Without RULE, a line a rule with counts; with it, the names. A citation of a rule that does not
    exist is an error (exit code 1), and so is a rule without a function or a scenario.
    """
    known = load_rules(ROOT / "model" / "rules.toml")
    for rule in rules:
        if rule not in known:
            raise UsageFault(f"there is no rule {rule}; `flatview rules` lists them")
    rows, unknown = build(known)
    out = console()
    for row in rows:
        if rules and row.rule not in rules:
            continue
        counts = ", ".join(f"{len(names)} {what}" for what, names in columns(row).items())
        out.print(f"{row.rule:>4}  {escape(row.statement)}\n      [dim]{counts}[/]")
        if rules:
            for what, names in columns(row).items():
                for name in names:
                    out.print(f"      {what}: {name}", markup=False)
    for citation in unknown:
        message = f"{citation.where}: {citation.name} cites {citation.rule}, which does not exist"
        out.print(message, markup=False)
    bare = [f"{row.rule} has {lacks(row)}" for row in rows if lacks(row)]
    for message in bare:
        out.print(message, markup=False)
    write_json(json_file, {"rules": [row.to_json() for row in rows]})
    return EXIT_FINDING if unknown or bare else EXIT_CLEAN


def build(known: dict[str, str]) -> tuple[list[Row], list[Citation]]:
    """The matrix, and the citations of rules that do not exist."""
    functions = list(functions_citing([ROOT / "model", ROOT / "impl"]))
    scenarios = list(scenarios_citing(corpora_folder() / "regressions"))
    scenarios += vectors_citing(corpora_folder() / "vectors")
    theorems = [
        Citation(rule, f"theorem {theorem.name}", theorem.name)
        for theorem in THEOREMS
        for rule in theorem.rules
    ]
    bugs = [
        Citation(rule, f"theorem {theorem.name}", f"tooth {tooth.name}")
        for theorem in THEOREMS
        for tooth in theorem.teeth
        for rule in theorem.rules
    ]
    bugs += [
        Citation(rule, f"mutant {mutation.name}", f"mutant {mutation.name}")
        for mutation in MUTANTS
        for rule in mutation.rules
    ]
    rows = matrix(known, functions, theorems, scenarios, bugs)
    return rows, unknown_rules(known, [*functions, *theorems, *scenarios, *bugs])


def columns(row: Row) -> dict[str, tuple[str, ...]]:
    """What speaks of a rule, by kind."""
    return {
        "functions": row.functions,
        "theorems": row.theorems,
        "scenarios": row.scenarios,
        "planted bugs": row.bugs,
    }
