"""`flatview enumerate`: every short sequence of operations in an address space of a few bytes."""

from pathlib import Path
from typing import Any

import click

from cli.output import (
    UsageFault,
    coloured,
    console,
    findings_option,
    json_option,
    progress,
    write_json,
)
from fuzz.mutation import Mutation
from fuzz.processes import processors
from fuzz.small_scope import Enumerated, Progress, enumerate_scope, mutation_of, scopes_of
from fuzz.small_scope_findings import Confirmed, confirm
from fuzz.small_scope_pair import Counts
from fuzz.small_scope_search import Scope
from fuzz.small_scope_world import World
from fuzz.verdict import Verdict, exit_code

EXAMPLES = """\b
Examples:
  flatview enumerate
  flatview enumerate --operations 3
  flatview enumerate --address-bits 4 --every
  flatview enumerate --target mutant:tie-first-wins --operations 1
"""


@click.command("enumerate", epilog=EXAMPLES)
@click.option(
    "--operations",
    default=2,
    show_default=True,
    type=click.IntRange(1, 6),
    metavar="K",
    help="How many operations after each other.",
)
@click.option("--address-bits", default=6, show_default=True, help="Bits of an address.")
@click.option("--page-bits", default=2, show_default=True, help="Bits of an address in a page.")
@click.option(
    "--every", is_flag=True, help="Every address and size, for more than 1 operation too."
)
@click.option(
    "--jobs",
    default=processors,
    show_default="one a processor",
    type=click.IntRange(1),
    help="How many processes.",
)
@click.option(
    "--target", default="impl", show_default=True, help="What is compared: impl or mutant:NAME."
)
@findings_option
@json_option
def enumerate_all(
    operations: int,
    address_bits: int,
    page_bits: int,
    every: bool,
    jobs: int,
    target: str,
    findings: Path,
    json_file: Path | None,
) -> int:
    """Try every sequence of up to K operations in a tiny address space.

    The specification and the implementation are loaded with a few addresses instead of 2^64. From
    each of a few trees, all sequences of operations are carried out on both, in each grouping into
    transactions; all that can be seen is compared, at every address. One operation is tried with
    all addresses and sizes there are, two with those at the edges of pages, three and more with a
    few. The first divergence ends the run.
    """
    world = World(address_bits, page_bits)
    if world.problem:
        raise UsageFault(world.problem)
    try:
        mutation = mutation_of(target)
    except KeyError:
        raise UsageFault(f"unknown target {target!r}; it is impl or mutant:NAME") from None
    results: list[Enumerated] = []
    verdicts: list[Verdict] = []
    for scope in scopes_of(world, operations, every):
        result = enumerate_with_progress(scope, jobs, mutation)
        results.append(result)
        verdicts.append(result.verdict)
        print_result(result)
        if result.finding is not None:
            confirmed = confirm(result.finding, findings, mutation)
            if not confirmed.differs:
                verdicts = [Verdict.FAULT]
            print_finding(confirmed, target)
            break
    write_json(json_file, as_json(results, verdicts))
    return exit_code(verdicts)


def enumerate_with_progress(scope: Scope, jobs: int, mutation: Mutation | None) -> Enumerated:
    """Enumerate one scope, telling how it goes on a terminal."""
    with progress(f"{title(scope)}: starting") as tell:
        for report in enumerate_scope(scope, jobs, mutation):
            if isinstance(report, Enumerated):
                return report
            assert isinstance(report, Progress)
            tell(f"{title(scope)}: {report.done} of {report.parts} parts, {run(report.counts)}")
    raise RuntimeError("the enumeration gave no result")


def title(scope: Scope) -> str:
    """A scope in a few words."""
    many = "1 operation" if scope.operations == 1 else f"up to {scope.operations} operations"
    return f"{many}, {scope.grid.value}"


def run(counts: Counts) -> str:
    """How much was run, in words."""
    return f"{counts.runs:,} sequences run"


def print_result(result: Enumerated) -> None:
    """Say what a scope came to: what is covered, and what was compared for it."""
    out, counts = console(), result.counts
    out.print(f"{coloured(result.verdict)}  {title(result.scope)}  [dim]{result.seconds:.1f} s[/]")
    if result.finding is None:
        letters = ", ".join(f"{count} from {name}" for name, count in result.letters.items())
        out.print(f"  all {result.covered:,} sequences; operations: {letters}")
    out.print(
        f"  {run(counts)}; {counts.rejected:,} operations rejected, {counts.ignored:,} without "
        f"effect, {counts.aborted:,} aborts"
    )
    out.print(
        f"  compared: {counts.commits:,} commits, {counts.views:,} views, {counts.lookups:,} "
        f"look-ups, {counts.callbacks:,} callbacks; {counts.resolved:,} addresses by meaning"
    )


def print_finding(confirmed: Confirmed, target: str) -> None:
    """Show a divergence, and where it is saved."""
    out = console()
    out.print(f"\n{confirmed.text}\n", markup=False)
    if not confirmed.differs:
        out.print("the search itself made the difference: this is a fault of the harness")
    elif confirmed.saved is None:
        out.print("not saved: with 2^64 addresses, these operations do not differ")
    else:
        command = f"flatview replay --target {target} {confirmed.saved}"
        out.print(f"saved; replay with: {command}", markup=False)


def as_json(results: list[Enumerated], verdicts: list[Verdict]) -> dict[str, Any]:
    """The results as plain data."""
    return {
        "exit_code": exit_code(verdicts),
        "verdicts": [verdict.value for verdict in verdicts],
        "scopes": [result.to_json() for result in results],
    }
