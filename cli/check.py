"""`flatview check`: the main job: prove, replay, fuzz, and sum it up in one table."""

import time
from collections import Counter
from pathlib import Path
from typing import Any

import click

from cli.fuzz import counted, fuzz_with_progress, print_result, starts
from cli.fuzz_inputs import print_inputs
from cli.output import (
    PROOF_VERDICTS,
    UsageFault,
    coloured,
    console,
    corpora_folder,
    findings_option,
    json_option,
    write_json,
)
from cli.prove import as_json, opened, print_proof, prove_with_progress
from cli.replay import machine_totals, print_replay, replay_with_progress, words
from cli.witnesses import show_refutations
from fuzz.campaign import Campaign
from fuzz.harnesses.registry import DEFAULT
from fuzz.processes import processors
from fuzz.verdict import Verdict, exit_code
from proofs.theorems import THEOREMS

Row = tuple[str, list[Verdict], str, float]


@click.command()
@click.option(
    "--seconds",
    default=60.0,
    show_default=True,
    type=click.FloatRange(min=0.1),
    help="How long to fuzz.",
)
@click.option(
    "--corpora",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="What to replay.  [default: the project's own]",
)
@findings_option
@click.option("--seed", default=1, show_default=True, help="Seed of the fuzzer's random choices.")
@json_option
def check(
    seconds: float, corpora: Path | None, findings: Path, seed: int, json_file: Path | None
) -> int:
    """Prove the theorems, replay the corpora, then fuzz; end in one summary table."""
    corpora = corpora or corpora_folder()
    if not corpora.is_dir():
        raise UsageFault(f"there is no folder {corpora}; name the corpora with --corpora")
    rows: list[Row] = []
    report: dict[str, Any] = {}
    for part in (check_proofs, check_corpora, check_fuzzing):
        row, result = part(corpora, seconds, findings, seed)
        rows.append(row)
        report[row[0]] = result
    verdicts = [verdict for row in rows for verdict in row[1]]
    code = exit_code(verdicts)
    print_summary(rows)
    write_json(json_file, {"exit_code": code, **report})
    return code


def check_proofs(corpora: Path, seconds: float, findings: Path, seed: int) -> tuple[Row, Any]:
    """All theorems, each with its planted bugs."""
    started = time.monotonic()
    console().rule("proofs")
    results = []
    for result in prove_with_progress(THEOREMS, opened(), True, processors()):
        print_proof(result, verbose=False)
        results.append(result)
    show_refutations(results, findings, processors())
    bitten = sum(tooth.bites for result in results for tooth in result.teeth)
    teeth = sum(len(result.teeth) for result in results)
    counts = Counter(result.verdict.value for result in results)
    figures = f"{len(results)} theorems: {words(counts)}; {bitten} of {teeth} planted bugs refuted"
    verdicts = [PROOF_VERDICTS[result.verdict] for result in results]
    return ("proofs", verdicts, figures, time.monotonic() - started), as_json(results)


def check_corpora(corpora: Path, seconds: float, findings: Path, seed: int) -> tuple[Row, Any]:
    """All regressions and all machines."""
    started = time.monotonic()
    console().rule("replay")
    result = replay_with_progress([corpora], ["impl"], teeth=True)
    print_replay(result, verbose=False)
    totals = machine_totals(result.machines)
    spaces = max((sum(one.values()) for one in totals["address_spaces"].values()), default=0)
    rejected = sum(1 for one in result.renderers if one.rejected)
    figures = (
        f"{len(result.scenarios)} scenarios; {totals['machines']} machines, {spaces:,} address "
        f"spaces on model and impl; {rejected} of {len(result.renderers)} broken renderers rejected"
    )
    return ("replay", result.verdicts, figures, time.monotonic() - started), result.to_json()


def check_fuzzing(corpora: Path, seconds: float, findings: Path, seed: int) -> tuple[Row, Any]:
    """A burst of fuzzing, started from the regressions and the seeds."""
    started = time.monotonic()
    console().rule("fuzzing")
    campaign = Campaign("impl", seconds, findings, starts(corpora, DEFAULT), seed)
    result = fuzz_with_progress(campaign)
    print_result(result)
    print_inputs(result, in_full=False)
    row = ("fuzzing", [result.verdict], counted(result.counts), time.monotonic() - started)
    return row, result.to_json()


def print_summary(rows: list[Row]) -> None:
    """One line a part, with all verdicts that are not agreement."""
    out = console()
    out.rule("summary")
    width = max(len(name) for name, *_ in rows)
    for name, verdicts, figures, seconds in rows:
        bad = Counter(verdict for verdict in verdicts if verdict is not Verdict.AGREE)
        shown = [coloured(verdict, f"{count} {verdict.value}") for verdict, count in bad.items()]
        if not verdicts:
            shown = [coloured(Verdict.INCONCLUSIVE, "nothing to check")]
        word = ", ".join(shown) or coloured(Verdict.AGREE, "clean")
        out.print(f"{name:<{width}}  {word}  {figures}  [dim]{seconds:.1f} s[/]")
