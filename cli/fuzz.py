"""`flatview fuzz`: look for a scenario on which a target and the specification differ."""

import time
from pathlib import Path
from typing import Any

import click

from cli.fuzz_inputs import print_inputs
from cli.fuzz_parser import fuzz_parser
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
from fuzz.campaign import Campaign, CampaignResult, Progress, run_campaign
from fuzz.codec import MOST_STEPS
from fuzz.findings import describe_difference
from fuzz.format import format_scenario
from fuzz.harnesses.registry import DEFAULT, HARNESSES, find_harness
from fuzz.oracle import run
from fuzz.parse import parse_file
from fuzz.parsers import PARSERS
from fuzz.seeds import parts_of
from fuzz.targets.model import ModelTarget
from fuzz.targets.registry import KNOWN, UnknownTarget, find_target
from fuzz.verdict import Verdict, exit_code

IMPL = "impl"
HARNESS_LINES = "\n  ".join(f"{one.name:<11} {one.about}" for one in HARNESSES.values())
EXAMPLES = f"""\b
Harnesses:
  {HARNESS_LINES}

Parsers of what comes from outside are fuzzed by name, too: {", ".join(PARSERS)}.

\b
Examples:
  flatview fuzz --seconds 600
  flatview fuzz topology --target mutant:merge-unmergeable
  flatview fuzz access --keep-going --json access.json
  flatview fuzz --target mypackage.mymodule:make_target
  flatview fuzz parse-scenario --seconds 20
"""


@click.command(epilog=EXAMPLES)
@click.argument(
    "harness", type=click.Choice([*HARNESSES, *PARSERS]), default=DEFAULT, metavar="[HARNESS]"
)
@click.option("--target", default=IMPL, show_default=True, help=f"What to fuzz: {KNOWN}.")
@click.option(
    "--seconds", default=60.0, show_default=True, type=click.FloatRange(min=0.1), help="How long."
)
@findings_option
@click.option(
    "--seeds",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Start from the scenarios in this folder.  [default: corpora/regressions and "
    "corpora/seeds/HARNESS]",
)
@click.option("--empty", is_flag=True, help="Start from nothing instead.")
@click.option("--seed", default=1, show_default=True, help="Seed of the random choices.")
@click.option(
    "--keep-going", is_flag=True, help="Collect different findings, and do not stop at the first."
)
@click.option(
    "--most-operations",
    default=MOST_STEPS,
    show_default=True,
    metavar="N",
    type=click.IntRange(1, MOST_STEPS),
    help="How long inputs may be: short ones are quicker, long ones find more.",
)
@click.option("--statistics", is_flag=True, help="Print all statistics of the inputs.")
@json_option
def fuzz(
    harness: str,
    target: str,
    seconds: float,
    findings: Path,
    seeds: Path | None,
    empty: bool,
    seed: int,
    keep_going: bool,
    most_operations: int,
    statistics: bool,
    json_file: Path | None,
) -> int:
    """Fuzz a target against the specification, guided by coverage, until they differ.

    HARNESS chooses which operations inputs are made of; everything unless another is named. The
    first divergence ends the run: it is made small, printed, and saved as a scenario. Inputs that
    do not do enough to tell anything make a run without divergence inconclusive.
    """
    if harness in PARSERS:
        of_scenarios = target, seeds, empty, keep_going, most_operations, statistics
        if of_scenarios != (IMPL, None, False, False, MOST_STEPS, False):
            raise UsageFault(f"{harness} takes --seconds, --seed, --findings and --json only")
        return fuzz_parser(harness, seconds, findings, seed, json_file)
    if empty and seeds is not None:
        raise UsageFault("--empty and --seeds contradict each other; give one of them")
    start = () if empty else (seeds,) if seeds else starts(corpora_folder(), harness)
    campaign = Campaign(
        target, seconds, findings, start, seed, harness, keep_going, most_operations
    )
    result = fuzz_with_progress(campaign)
    write_json(json_file, result.to_json())
    print_result(result)
    print_inputs(result, in_full=statistics)
    return exit_code([result.verdict])


def starts(corpora: Path, harness: str) -> tuple[Path, ...]:
    """What campaigns of a harness begin with, of what there is."""
    names = [*(one.name for one in parts_of(find_harness(harness))), harness]
    folders = (corpora / "regressions", *(corpora / "seeds" / name for name in names))
    return tuple(one for one in folders if one.is_dir())


def fuzz_with_progress(campaign: Campaign) -> CampaignResult:
    """Run one campaign, telling how it goes on a terminal."""
    started = None
    what = f"fuzzing {campaign.target}, {campaign.harness}"
    try:
        with progress(f"{what}: starting") as tell:
            for report in run_campaign(campaign):
                if isinstance(report, CampaignResult):
                    return report
                assert isinstance(report, Progress)
                started = started or time.monotonic()  # only now does it run
                passed = time.monotonic() - started
                about = so_far(report.counts, passed)
                tell(f"{what}: {passed:.0f} of {campaign.seconds:.0f} s, {about}")
    except UnknownTarget as error:
        raise UsageFault(str(error)) from error
    raise RuntimeError("the campaign gave no result")


def so_far(counts: dict[str, Any], seconds: float) -> str:
    """What matters of a campaign that is under way: how fast it is, and what inputs are like."""
    executions, operations = counts.get("executions", 0), counts.get("operations", 0)
    share = operations / max(operations + counts.get("rejected", 0), 1)
    found = len(counts.get("findings", ()))
    words = [
        f"{executions:,} executions ({executions / max(seconds, 0.1):.0f}/s)",
        f"{counts.get('compared', 0):,} comparisons",
        f"{share:.0%} of operations took effect",
        f"{counts.get('kinds', 0)} of {counts.get('kinds_in_all', 0)} kinds",
        f"{counts.get('edge_cases', 0)} of {counts.get('edge_cases_in_all', 0)} edge cases",
        f"{counts.get('memory_mib', 0):.0f} MiB",
    ]
    return ", ".join([*words, f"{found} findings"] if found else words)


def counted(counts: dict[str, Any]) -> str:
    """The counts of a campaign in words."""
    return (
        f"{counts.get('executions', 0):,} executions, {counts.get('operations', 0):,} operations, "
        f"{counts.get('compared', 0):,} comparisons"
    )


def print_result(result: CampaignResult) -> None:
    """Say how the campaign ended; the first divergence in full, and what else was found."""
    out = console()
    what = f"{result.target}, {result.harness}"
    out.print(f"{coloured(result.verdict)}  {what}: {counted(result.counts)}")
    if result.reason:
        out.print(f"  {result.reason}", markup=False)
    for note in result.notes:
        out.print(f"  {note}", markup=False)
    if result.saved is not None and result.verdict is not Verdict.DIVERGE:
        out.print(f"  see {result.saved}", markup=False)
    if not result.findings:
        return
    print_finding(result.findings[0].saved, result.target)
    if len(result.findings) > 1 or result.findings[0].times > 1:
        out.print(f"\n{len(result.findings)} different findings:")
    for one in result.findings[1:] if len(result.findings) > 1 else ():
        title, *_ = parse_file(one.saved).heading
        out.print(f"  {one.times:>6,} times  {title}", markup=False)
        out.print(f"{'':14}{one.saved}", markup=False)


def print_finding(saved: Path, target: str) -> None:
    """One divergence: both sides where they differ, the scenario, and how to replay it."""
    out = console()
    scenario = parse_file(saved)
    outcome = run(scenario, [ModelTarget, find_target(target)])
    if outcome.difference is None:
        out.print("  the saved scenario agrees when run again: the target is not deterministic")
    else:
        out.print(f"\n{describe_difference(scenario, outcome.difference)}\n", markup=False)
    out.print(format_scenario(scenario), markup=False)
    out.print(f"saved; replay with: flatview replay --target {target} {saved}", markup=False)
