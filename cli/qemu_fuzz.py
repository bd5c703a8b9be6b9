"""`flatview qemu fuzz`: random changes of live machines, and accesses to them."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from cli.output import (
    UsageFault,
    coloured,
    console,
    findings_option,
    json_option,
    progress,
    qemu_option,
    write_json,
)
from fuzz.live.campaign import LiveCampaign, LiveProgress, LiveResult
from fuzz.live.emulator import Emulator, emulator_at, emulator_for
from fuzz.live.session import Setup
from fuzz.live.setups import SETUPS
from fuzz.qemu.errors import QemuFault, QemuMissing
from fuzz.verdict import Verdict, exit_code

EXAMPLES = """\b
Examples:
  flatview qemu fuzz --seconds 600
  flatview qemu fuzz --machine pc-changes --seed 7
  flatview qemu fuzz --qemu /opt/qemu-11/bin/qemu-system-x86_64
"""

SHOWN = 8
"""How many kinds of what agreed are printed."""

NAMES = ", ".join(setup.name for setup in SETUPS)


@click.command(epilog=EXAMPLES)
@click.option(
    "--machine", "machines", multiple=True, help=f"Only this one; may be repeated: {NAMES}."
)
@qemu_option("Take this emulator for its architecture, and leave out machines of others.")
@click.option(
    "--seconds", default=60.0, show_default=True, type=click.FloatRange(min=0.1), help="How long."
)
@click.option("--seed", default=1, show_default=True, help="Seed of the random choices.")
@findings_option
@json_option
def fuzz(
    machines: tuple[str, ...],
    paths: tuple[Path, ...],
    seconds: float,
    seed: int,
    findings: Path,
    json_file: Path | None,
) -> int:
    """Do random things to live machines and to the specification, until they differ.

    Guest-visible changes (shadow RAM, SMRAM, BARs, bridges, hot plug), with every view compared
    after each; and accesses, with the device callbacks that QEMU traces. The first difference ends
    the run: it is made short, printed, and saved as a scenario and as a program that asks QEMU
    alone.
    """
    setups = setups_with_emulators(machines, paths)
    result = fuzz_with_progress(LiveCampaign(setups, findings, seed), seconds)
    write_json(json_file, result.to_json())
    print_result(result)
    return exit_code([result.verdict])


def fuzz_with_progress(campaign: LiveCampaign, seconds: float) -> LiveResult:
    """Run a campaign, telling on a terminal how it goes."""
    with progress("starting machines") as tell:
        for report in campaign.run(seconds):
            if isinstance(report, LiveResult):
                return report
            tell(told(report))
    raise RuntimeError("the campaign gave no result")


def setups_with_emulators(
    machines: Sequence[str], paths: Sequence[Path]
) -> list[tuple[Setup, Emulator]]:
    """The machines that were asked for, each with its emulator. Raises UsageFault.

    If none is named, those are left out that no emulator is installed for, and it is said.
    """
    known = {setup.name: setup for setup in SETUPS}
    for name in machines:
        if name not in known:
            raise UsageFault(f"there is no machine {name}; known are {NAMES}")
    chosen: list[tuple[Setup, Emulator]] = []
    try:
        named = {one.arch: one for one in map(emulator_at, paths)}
        for setup in [known[name] for name in machines] or SETUPS:
            if setup.arch in named:
                chosen.append((setup, named[setup.arch]))
            elif not paths:
                chosen.extend(installed(setup, required=bool(machines)))
    except (QemuMissing, QemuFault) as error:
        raise UsageFault(str(error)) from error
    if not chosen:
        raise UsageFault(f"none of the machines can be started; known are {NAMES}")
    return chosen


def installed(setup: Setup, required: bool) -> Iterator[tuple[Setup, Emulator]]:
    """A machine with the emulator that is installed for it. Raises QemuMissing if it must be."""
    try:
        yield setup, emulator_for(setup.arch)
    except QemuMissing as error:
        if required:
            raise
        console().print(f"not tried: {setup.name}: {error}", markup=False)


def told(report: LiveProgress) -> str:
    """How far a campaign is, in words."""
    if report.shrinking:
        return f"{report.setup}: differs; making it short"
    return f"{report.setup}: {report.actions:,} actions in {report.sessions} sessions"


def print_result(result: LiveResult) -> None:
    """Say how the campaign ended, what was observed, and a finding in full."""
    out = console()
    actions = ", ".join(f"{name} {count:,}" for name, count in result.actions.items())
    out.print(
        f"{coloured(result.verdict)}  {', '.join(result.qemu)}: {result.sessions} sessions, "
        f"{result.actions.total():,} actions ({actions}) in {result.seconds:.0f} s"
    )
    if result.observed:
        kinds = ", ".join(f"{count:,} {kind}" for kind, count in result.observed.most_common(SHOWN))
        more = len(result.observed) - SHOWN
        rest = f", and {more} kinds more (--json has all)" if more > 0 else ""
        out.print(f"  agreed: {kinds}{rest}", markup=False)
    if result.rules:
        rules = ", ".join(
            f"{rule} {count}" for rule, count in sorted(result.rules.items(), key=order)
        )
        out.print(f"  rules gone by, of {result.watched} actions watched: {rules}", markup=False)
    if result.reason:
        out.print(f"  {result.reason}", markup=False)
    if result.finding is not None:
        out.print(f"\n{result.finding}\n", markup=False)
    for path in result.saved:
        how = f"python3 {path}" if path.suffix == ".py" else f"flatview replay {path}"
        out.print(f"saved; show again with: {how}", markup=False)
    if result.verdict is Verdict.AGREE:
        out.print("no difference was found", markup=False)


def order(item: tuple[str, int]) -> tuple[str, int]:
    """The order of rules: by letter, then by number."""
    rule, _ = item
    return rule[0], int(rule[1:])
