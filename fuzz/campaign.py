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

from fuzz.files import write_whole
from fuzz.targets.registry import find_target
from fuzz.verdict import Verdict

GRACE_SECONDS = 60
"""How long a harness may outlive its time before it counts as hung."""

LIBFUZZER_TIMEOUT = 70
LOG_BYTES = 1 << 20


class Progress(NamedTuple):
    """The harness's counts so far: executions, operations, comparisons and the like."""

    counts: dict[str, Any]


class CampaignResult(NamedTuple):
    """What a campaign came to. `saved` is the file that holds the finding, if there is one."""

    verdict: Verdict
    target: str
    counts: dict[str, Any]
    saved: Path | None = None
    reason: str = ""

    def to_json(self) -> dict[str, Any]:
        """The result as plain data."""
        return {
            "verdict": self.verdict.value,
            "target": self.target,
            "counts": self.counts,
            "saved": None if self.saved is None else str(self.saved),
            "reason": self.reason,
        }


def run_campaign(
    target: str, seconds: float, findings: Path, seeds: Path | None, seed: int
) -> Iterator[Progress | CampaignResult]:
    """Fuzz a target against the specification; progress as it comes, then one result.

    Stops at the first divergence. Raises UnknownTarget before anything is started. The child dies
    with this generator, also when it is closed early.
    """
    find_target(target)
    findings.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="flatview-fuzz-") as scratch:
        corpus = Path(scratch) / "corpus"
        corpus.mkdir()
        log = Path(scratch) / "log"
        reading, writing = os.pipe()
        command = [sys.executable, "-m", "fuzz.harness", "--target", target]
        command += ["--seconds", str(seconds), "--findings", str(findings.resolve())]
        command += ["--report", str(writing), "--seed", str(seed), "--corpus", str(corpus)]
        if seeds is not None:
            command += ["--seeds", str(seeds.resolve())]
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
                yield judge(target, last, code, findings, log)
            finally:
                child.kill()
                with suppress(subprocess.TimeoutExpired):
                    child.wait(GRACE_SECONDS)


def judge(
    target: str, last: dict[str, Any], code: int, findings: Path, log: Path
) -> CampaignResult:
    """The verdict of a campaign from its last report, or from how it died without one."""
    end = last.pop("end", None)
    saved, uncompared = last.pop("saved", None), last.pop("uncompared", "")
    if end == "divergence":
        return CampaignResult(Verdict.DIVERGE, target, last, Path(saved))
    if end == "time":
        if not last.get("compared"):
            reason = f"nothing was compared: {uncompared}" if uncompared else "nothing was compared"
            return CampaignResult(Verdict.INCONCLUSIVE, target, last, None, reason)
        return CampaignResult(Verdict.AGREE, target, last)
    if end == "fault":
        reason = "the harness failed; the traceback is saved"
        return CampaignResult(Verdict.FAULT, target, last, Path(saved), reason)
    kept = write_whole(findings / "harness.log", log.read_bytes()[-LOG_BYTES:])
    if code == LIBFUZZER_TIMEOUT:
        reason = "one input took too long; it is saved beside the log"
        return CampaignResult(Verdict.INCONCLUSIVE, target, last, kept, reason)
    reason = f"the harness ended with code {code} and no last report"
    return CampaignResult(Verdict.FAULT, target, last, kept, reason)
