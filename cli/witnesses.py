"""What `flatview prove` does with refutations: scenarios that show them."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.markup import escape

from cli.output import console, progress
from proofs.parallel import Job
from proofs.results import TheoremResult
from proofs.witnesses import How, Refuted, Told, tell_all

COLOURS = {How.EMBEDDED: "green", How.SEARCHED: "green", How.NONE: "yellow"}


def show_refutations(results: Sequence[TheoremResult], folder: Path, jobs: int) -> None:
    """Make, print and write a scenario of each theorem that is refuted."""
    refuted = [
        Refuted(Job(result.theorem.name), result.proof.counterexample)
        for result in results
        if result.proof.counterexample is not None
    ]
    for one, told in tell_all(refuted, folder, jobs):
        console().rule(one.job.theorem)
        console().print(told.text, markup=False)


def show_teeth(results: Sequence[TheoremResult], folder: Path, jobs: int) -> list[dict[str, Any]]:
    """Make and write a scenario of each planted bug that was refuted, a line each."""
    refuted = [
        Refuted(Job(result.theorem.name, index), tooth.proof.counterexample)
        for result in results
        for index, tooth in enumerate(result.teeth)
        if tooth.proof.counterexample is not None
    ]
    counts: Counter[How] = Counter()
    rows = []
    with progress("making scenarios of planted bugs") as tell:
        for one, told in tell_all(refuted, folder, jobs):
            counts[told.how] += 1
            rows.append(row_of(one, told))
            print_row(one, told)
            tell(f"making scenarios: {counts.total()} of {len(refuted)} are made")
    console().print(
        f"{counts[How.EMBEDDED]} planted bugs are shown by the counterexample's own values, "
        f"{counts[How.SEARCHED]} by what was found from there, {counts[How.NONE]} by no scenario"
    )
    return sorted(rows, key=lambda row: (row["theorem"], row["bug"]))


def row_of(one: Refuted, told: Told) -> dict[str, Any]:
    """One planted bug as plain data."""
    mutation = one.job.mutation
    return {
        "theorem": one.job.theorem,
        "bug": None if mutation is None else mutation.name,
        "how": told.how.value,
        "remark": told.remark,
        "steps": told.steps,
        "file": None if told.path is None else told.path.name,
    }


def print_row(one: Refuted, told: Told) -> None:
    """One planted bug in a line."""
    row = row_of(one, told)
    word = f"[{COLOURS[told.how]}]{told.how.value:<9}[/]"
    what = row["file"] or told.remark
    console().print(f"{word} {escape(row['bug'])}  [dim]{escape(what)}[/]")
