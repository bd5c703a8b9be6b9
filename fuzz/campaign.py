"""A fuzzing campaign seen from outside: starts the harness, follows it, and gives its verdict."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from fuzz.codec import MOST_STEPS
from fuzz.files import write_whole
from fuzz.harnesses.registry import DEFAULT, find_harness
from fuzz.targets.registry import find_target
from fuzz.verdict import Verdict

GRACE_SECONDS = 60
"""How long a harness may outlive its time before it counts as hung."""

LIBFUZZER_TIMEOUT = 70
LOG_BYTES = 1 << 20


class Progress(NamedTuple):
    """The harness's counts so far: executions, operations, comparisons and the like."""

    counts: dict[str, Any]


class Campaign(NamedTuple):
    """What is to be fuzzed, for how many `seconds`, and where findings go.

    `seeds` are folders of scenarios to start from, `seed` what random choices begin with. A
    campaign that is to `keep_going` collects findings of different signatures, and does not stop at
    the first. Inputs have at most `most_operations`, some of which may be impossible.
    """

    target: str
    seconds: float
    findings: Path
    seeds: tuple[Path, ...] = ()
    seed: int = 1
    harness: str = DEFAULT
    keep_going: bool = False
    most_operations: int = MOST_STEPS


class Finding(NamedTuple):
    """A divergence that is saved, in which way it differs, and how many inputs did so."""

    saved: Path
    signature: str
    times: int


class CampaignResult(NamedTuple):
    """What a campaign came to. `saved` is the file that holds the (first) finding, if there is one.

    `statistics` are of its inputs, as `fuzz.statistics` writes them; `notes` are what there is to
    say of them besides the verdict.
    """

    verdict: Verdict
    target: str
    counts: dict[str, Any]
    saved: Path | None = None
    reason: str = ""
    harness: str = DEFAULT
    findings: tuple[Finding, ...] = ()
    statistics: dict[str, Any] = {}  # noqa: RUF012
    notes: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The result as plain data."""
        return {
            "verdict": self.verdict.value,
            "harness": self.harness,
            "target": self.target,
            "counts": self.counts,
            "saved": None if self.saved is None else str(self.saved),
            "findings": [{**one._asdict(), "saved": str(one.saved)} for one in self.findings],
            "reason": self.reason,
            "notes": list(self.notes),
            "statistics": self.statistics,
        }


def run_campaign(campaign: Campaign) -> Iterator[Progress | CampaignResult]:
    """Fuzz a target against the specification; progress as it comes, then one result.

    Raises UnknownTarget and UnknownHarness before anything is started. The child dies with this
    generator, also if it is closed early.
    """
    find_target(campaign.target)
    find_harness(campaign.harness)
    campaign.findings.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="flatview-fuzz-") as scratch:
        log = Path(scratch) / "log"
        reading, writing = os.pipe()
        command = command_of(campaign, Path(scratch) / "corpus", writing)
        with log.open("wb") as output, os.fdopen(reading) as reports:
            child = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                pass_fds=(writing,),
                env={**os.environ, "PYTHONHASHSEED": "0"},
            )
            os.close(writing)
            try:
                last: dict[str, Any] = {}
                for line in reports:
                    last = {**last, **json.loads(line)}
                    yield Progress(last)
                code = child.wait(GRACE_SECONDS)
                yield judge(campaign, last, code, log)
            finally:
                child.kill()
                with suppress(subprocess.TimeoutExpired):
                    child.wait(GRACE_SECONDS)


def command_of(campaign: Campaign, corpus: Path, report: int) -> list[str]:
    """The command that fuzzes: in a corpus of its own, telling how it goes through a pipe."""
    corpus.mkdir()
    command = [sys.executable, "-m", "fuzz.harness", "--target", campaign.target]
    command += ["--harness", campaign.harness, "--seconds", str(campaign.seconds)]
    command += ["--findings", str(campaign.findings.resolve()), "--report", str(report)]
    command += ["--seed", str(campaign.seed), "--corpus", str(corpus)]
    command += ["--most-operations", str(campaign.most_operations)]
    command += ["--keep-going"] if campaign.keep_going else []
    for folder in campaign.seeds:
        command += ["--seeds", str(folder.resolve())]
    return command


def judge(campaign: Campaign, last: dict[str, Any], code: int, log: Path) -> CampaignResult:
    """The verdict of a campaign from its last report, or from how it died without one."""
    end, saved, reason = last.pop("end", None), last.pop("saved", None), last.pop("reason", "")
    uncompared, unmet = last.pop("uncompared", ""), last.pop("unmet", [])
    too_few, statistics = last.pop("too_few", ""), last.pop("statistics", {})
    growth = last.pop("growth", "")
    findings = tuple(
        Finding(Path(one["saved"]), one["signature"], one["times"])
        for one in last.pop("findings", [])
    )
    notes = tuple(one for one in (*unmet, too_few, growth) if one)
    verdict = Verdict.AGREE
    if findings:
        verdict, saved = Verdict.DIVERGE, findings[0].saved
    elif end == "time" and not last.get("compared"):
        verdict = Verdict.INCONCLUSIVE
        reason = f"nothing was compared: {uncompared}" if uncompared else "nothing was compared"
    elif end == "time" and unmet:
        verdict, reason = Verdict.INCONCLUSIVE, "no difference, but the inputs did not do enough"
    if end == "fault":
        verdict, reason = Verdict.FAULT, "the harness failed; the traceback is saved"
    elif end == "not live":
        verdict = Verdict.FAULT
    elif end is None:
        saved = write_whole(campaign.findings / "harness.log", log.read_bytes()[-LOG_BYTES:])
        verdict, reason = Verdict.FAULT, f"the harness ended with code {code} and no last report"
        if code == LIBFUZZER_TIMEOUT:
            verdict, reason = Verdict.INCONCLUSIVE, "one input took too long; it is saved beside"
            reason += " the log"
    return CampaignResult(
        verdict,
        campaign.target,
        last,
        None if saved is None else Path(saved),
        reason,
        campaign.harness,
        findings,
        statistics,
        notes,
    )
