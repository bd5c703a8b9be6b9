"""`flatview vectors`: run what rust-vmm's vm-memory was seen to do on the specification of it."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import click
from rich.markup import escape
from rich.table import Table

from cli.output import UsageFault, coloured, console, json_option, progress, write_json
from fuzz.vectors.reading import Vector, VectorError, read_vectors
from fuzz.vectors.running import VectorResult, run_vectors
from fuzz.verdict import Verdict, exit_code
from model.guest_contract import CONTRACTS

EXAMPLES = """\b
Examples:
  flatview vectors corpora/vectors/*.json
  flatview vectors --contract 0.18 --release corpora/vectors/guest-memory.json
"""


class VectorRun(NamedTuple):
    """The results of all vectors of all files, a version each; `left_out` have none to expect."""

    vectors: int
    results: list[VectorResult]
    left_out: int

    def to_json(self) -> dict[str, Any]:
        """The results as plain data."""
        return {
            "vectors": self.vectors,
            "left_out": self.left_out,
            "groups": {
                group: {name: dict(counts) for name, counts in row.items()}
                for group, row in by_group(self.results).items()
            },
            "results": [one.to_json() for one in self.results],
        }


@click.command(epilog=EXAMPLES)
@click.argument(
    "files",
    nargs=-1,
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE...",
)
@click.option(
    "--contract",
    "contracts",
    multiple=True,
    type=click.Choice(list(CONTRACTS)),
    help="Run on this version only; may be given more than once. Default: all that a vector names.",
)
@click.option("--release", is_flag=True, help="A release build, without overflow checks.")
@json_option
def vectors(
    files: tuple[Path, ...], contracts: tuple[str, ...], release: bool, json_file: Path | None
) -> int:
    """Run the vectors of each FILE on the contract of rust-vmm's vm-memory, by version.

    A vector is one access of guest memory, with all that was seen of it: how it ended, and what was
    moved, called and marked. What the specification or this command does not know is reported as
    not checked, and makes the result inconclusive (exit code 3).
    """
    done = run_files(files, contracts, release)
    write_json(json_file, done.to_json())
    print_run(done)
    return exit_code(result.verdict for result in done.results)


def run_files(files: Sequence[Path], contracts: Sequence[str], release: bool) -> VectorRun:
    """Run all vectors of all files, telling on a terminal how far it is."""
    try:
        found = [vector for path in files for vector in read_vectors(path)]
        results = list[VectorResult]()
        with progress("running vectors") as tell:
            for result in run_vectors(found, contracts, release):
                results.append(result)
                tell(f"running vectors: {result.vector}")
    except VectorError as error:
        raise UsageFault(str(error)) from error
    return VectorRun(len(found), results, wanted(found, contracts) - len(results))


def wanted(found: Sequence[Vector], contracts: Sequence[str]) -> int:
    """How many pairs of a vector and a version were asked for."""
    named = [version for vector in found for version in vector.verified_on]
    return sum(1 for version in named if not contracts or version in contracts)


def by_group(results: Sequence[VectorResult]) -> dict[str, dict[str, Counter[str]]]:
    """How many results of each group and version came to each verdict."""
    rows: dict[str, dict[str, Counter[str]]] = {}
    for one in results:
        row = rows.setdefault(one.group, {})
        row.setdefault(one.contract, Counter())[one.verdict.value] += 1
    return rows


def print_run(done: VectorRun) -> None:
    """All that differs and all that was not checked, and a table by group and version."""
    out = console()
    for one in done.results:
        if one.verdict is Verdict.AGREE:
            continue
        out.print(f"{coloured(one.verdict)}  {escape(one.vector)} on {escape(one.contract)}")
        for difference in one.differences:
            out.print(f"  {difference}", markup=False)
        for reason in one.not_checked:
            out.print(f"  not checked: {reason}", markup=False)
    rows = by_group(done.results)
    versions = list(dict.fromkeys([*CONTRACTS, *(one.contract for one in done.results)]))
    versions = [name for name in versions if any(name in row for row in rows.values())]
    if rows:
        table = Table("group", *versions, box=None, pad_edge=False)
        for group, row in rows.items():
            table.add_row(escape(group), *(cell(row.get(name, Counter())) for name in versions))
        out.print(table)
    counts = Counter(one.verdict.value for one in done.results)
    compared = sum(one.compared for one in done.results)
    words = ", ".join(f"{count:,} {name}" for name, count in counts.most_common())
    out.print(f"{done.vectors:,} vectors: {words or 'nothing run'}; {compared:,} comparisons")
    if done.left_out:
        out.print(f"{done.left_out:,} left out: nobody has seen what that release build does")


def cell(counts: Counter[str]) -> str:
    """The counts of one group and version: those that agree, then the others by name."""
    agree = counts[Verdict.AGREE.value]
    others = [f"{count} {name}" for name, count in sorted(counts.items()) if name != "agree"]
    return ", ".join([str(agree), *others] if agree else others)
