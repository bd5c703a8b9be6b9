"""`flatview fuzz`: look for a scenario on which a target and the specification differ."""

import time
from pathlib import Path
from typing import Any

import click

from cli.output import (
    UsageFault,
    coloured,
    console,
    corpora_folder,
    findings_option,
    json_option,
    progress,
    write_json,
)
from fuzz.campaign import CampaignResult, Progress, run_campaign
from fuzz.findings import describe_difference
from fuzz.format import format_scenario
from fuzz.oracle import run
from fuzz.parse import parse_file
from fuzz.targets.model import ModelTarget
from fuzz.targets.registry import KNOWN, UnknownTarget, find_target
from fuzz.verdict import Verdict, exit_code

EXAMPLES = """\b
Examples:
  flatview fuzz --seconds 600
  flatview fuzz --target mutant:merge-unmergeable
  flatview fuzz --target mypackage.mymodule:make_target
"""


@click.command(epilog=EXAMPLES)
@click.option("--target", default="impl", show_default=True, help=f"What to fuzz: {KNOWN}.")
@click.option(
    "--seconds", default=60.0, show_default=True, type=click.FloatRange(min=0.1), help="How long."
)
@findings_option
@click.option(
    "--seeds",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Start from the scenarios in this folder.  [default: corpora/regressions]",
)
@click.option("--empty", is_flag=True, help="Start from nothing instead.")
@click.option("--seed", default=1, show_default=True, help="Seed of the random choices.")
@json_option
def fuzz(
    target: str,
    seconds: float,
    findings: Path,
    seeds: Path | None,
    empty: bool,
    seed: int,
    json_file: Path | None,
) -> int:
    """Fuzz a target against the specification, guided by coverage, until they differ.

    The first divergence ends the run: it is made shorter, printed, and saved as a scenario.
    """
    if empty and seeds is not None:
        raise UsageFault("--empty and --seeds contradict each other; give one of them")
    start = None if empty else seeds or existing(corpora_folder() / "regressions")
    result = fuzz_with_progress(target, seconds, findings, start, seed)
    write_json(json_file, result.to_json())
    print_result(result, target)
    return exit_code([result.verdict])


def existing(folder: Path) -> Path | None:
    """The folder, or None where there is none."""
    return folder if folder.is_dir() else None


def fuzz_with_progress(
    target: str, seconds: float, findings: Path, seeds: Path | None, seed: int
) -> CampaignResult:
    """Run one campaign, telling how it goes on a terminal."""
    started = time.monotonic()
    try:
        with progress(f"fuzzing {target}: starting") as tell:
            for report in run_campaign(target, seconds, findings, seeds, seed):
                if isinstance(report, CampaignResult):
                    return report
                assert isinstance(report, Progress)
                passed = time.monotonic() - started
                tell(f"fuzzing {target}: {passed:.0f} of {seconds:.0f} s, {counted(report.counts)}")
    except UnknownTarget as error:
        raise UsageFault(str(error)) from error
    raise RuntimeError("the campaign gave no result")


def counted(counts: dict[str, Any]) -> str:
    """The counts of a campaign in words."""
    return (
        f"{counts.get('executions', 0):,} executions, {counts.get('operations', 0):,} operations, "
        f"{counts.get('compared', 0):,} comparisons"
    )


def print_result(result: CampaignResult, target: str) -> None:
    """Say how the campaign ended; a divergence in full."""
    out = console()
    out.print(f"{coloured(result.verdict)}  {target}: {counted(result.counts)}")
    if result.reason:
        out.print(f"  {result.reason}", markup=False)
    if result.saved is None:
        return
    if result.verdict is Verdict.DIVERGE:
        scenario = parse_file(result.saved)
        outcome = run(scenario, [ModelTarget, find_target(target)])
        if outcome.difference is None:
            out.print("  the saved scenario agrees when run again: the target is not deterministic")
        else:
            out.print(f"\n{describe_difference(scenario, outcome.difference)}\n", markup=False)
        out.print(format_scenario(scenario), markup=False)
        out.print(
            f"saved; replay with: flatview replay --target {target} {result.saved}", markup=False
        )
    else:
        out.print(f"  see {result.saved}", markup=False)
