"""`flatview qemu conformance`: observe a QEMU by every rule, and write CONFORMANCE.md."""

import json
from pathlib import Path

import click

from cli.output import (
    UsageFault,
    coloured,
    console,
    corpora_folder,
    findings_option,
    progress,
    qemu_option,
    write_file,
)
from cli.qemu_fuzz import setups_with_emulators
from fuzz.live.conformance import Observer, Record, read_record
from fuzz.live.conformance_page import REASONS, is_seen, page, read_reasons, unexplained
from fuzz.live.emulator import Emulator
from fuzz.live.machine_types import chosen_emulators
from fuzz.qemu.errors import QemuFault, QemuMissing
from fuzz.traceability import load_rules
from fuzz.verdict import Verdict, exit_code

RULES = Path(__file__).resolve().parent.parent / "model" / "rules.toml"

EXAMPLES = """\b
Examples:
  flatview qemu conformance --record corpora/conformance --page CONFORMANCE.md
  flatview qemu conformance --qemu /opt/qemu-11/bin/qemu-system-x86_64 --record /tmp/observed
  flatview qemu conformance --render corpora/conformance --page CONFORMANCE.md
"""


@click.command(epilog=EXAMPLES)
@qemu_option("Observe this emulator instead of those that are installed; may be repeated.")
@click.option(
    "--seconds",
    default=120.0,
    show_default=True,
    type=click.FloatRange(min=0.1),
    help="How long the campaign on live machines goes on.",
)
@click.option("--seed", default=1, show_default=True, help="Seed of the campaign.")
@click.option(
    "--record",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="FOLDER",
    help="Keep what was seen in FOLDER, a file for each version of QEMU.",
)
@click.option(
    "--render",
    "render_only",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    metavar="FOLDER",
    help="Observe nothing: write the page from what is kept in FOLDER.",
)
@click.option(
    "--page",
    "page_file",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write the page, from all that is kept in the folder.",
)
@findings_option
def conformance(
    paths: tuple[Path, ...],
    seconds: float,
    seed: int,
    folder: Path | None,
    render_only: Path | None,
    page_file: Path | None,
    findings: Path,
) -> int:
    """Observe QEMU by every rule: scenarios, all machine types, and campaigns.

    The result is kept as data, and CONFORMANCE.md is written from it: for each rule how often it
    was observed on which QEMU, or why it cannot be.
    """
    if render_only is not None and (paths or folder is not None):
        raise UsageFault("--render observes nothing: leave out --qemu and --record")
    if page_file is not None and folder is None and render_only is None:
        raise UsageFault("--page is written from what is kept: name --record or --render, too")
    rules = load_rules(RULES)
    code = 0
    if render_only is None:
        record = observe_with_progress(paths, seconds, seed, findings, list(rules))
        print_record(record)
        if folder is not None:
            content = json.dumps(record.to_json(), indent=1) + "\n"
            write_file(folder / f"qemu-{record.version}.json", content.encode())
        code = exit_code([verdict_of(record)])
    if page_file is not None:
        write_page(page_file, render_only or folder or Path(), rules)
    return code


def observe_with_progress(
    paths: tuple[Path, ...], seconds: float, seed: int, findings: Path, rules: list[str]
) -> Record:
    """Observe one version of QEMU, telling on a terminal how far it is."""
    try:
        emulators = chosen_emulators((), paths)
        emulator = same_version(emulators)
        setups = setups_with_emulators((), paths)
        observer = Observer()
        with progress("observing QEMU") as tell:
            if not paths:  # the agent is in the emulators on PATH
                for told in observer.observe_scenarios(corpora_folder() / "regressions"):
                    tell(told)
            for told in observer.observe_live(emulators, setups, findings, seed, seconds):
                tell(told)
    except (QemuMissing, QemuFault) as error:
        raise UsageFault(str(error)) from error
    return observer.record(rules, emulator)


def same_version(emulators: list[Emulator]) -> Emulator:
    """One of the emulators, which must all be of one version. Raises UsageFault."""
    first, *others = emulators
    for other in others:
        if (other.version, other.package) != (first.version, first.package):
            message = f"{first.path} is {first.version} and {other.path} is {other.version}"
            raise UsageFault(f"{message}; name those of one version with --qemu")
    return first


def verdict_of(record: Record) -> Verdict:
    """What a record comes to: whatever did not agree is to be looked at."""
    if record.not_agreeing:
        return Verdict.DIVERGE
    seen = any(one.is_seen for one in record.rules.values())
    return Verdict.AGREE if seen else Verdict.INCONCLUSIVE


def print_record(record: Record) -> None:
    """What was observed, in a few lines."""
    out = console()
    verdict = verdict_of(record)
    reasons = read_reasons(REASONS, record.rules)
    seen = sum(is_seen(record, rule, reasons) for rule in record.rules)
    out.print(
        f"{coloured(verdict)}  QEMU {record.version}: {seen} of {len(record.rules)} rules observed"
    )
    for what, count in record.totals.items():
        out.print(f"  {what}: {count:,}", markup=False)
    for line in record.not_agreeing:
        out.print(f"  {line}", markup=False)


def write_page(file: Path, folder: Path, rules: dict[str, str]) -> None:
    """Write the page from the records in a folder. Raises UsageFault."""
    try:
        records = [read_record(path) for path in sorted(folder.glob("qemu-*.json"))]
        reasons = read_reasons(REASONS, rules)
    except ValueError as error:
        raise UsageFault(str(error)) from error
    if not records:
        raise UsageFault(f"{folder}: no qemu-VERSION.json; keep one with --record")
    write_file(file, page(records, rules, reasons).encode())
    for rule in unexplained(records, rules, reasons):
        console().print(f"{rule} was seen on no QEMU; say why in {REASONS.name}", markup=False)
