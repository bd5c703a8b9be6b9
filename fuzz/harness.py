"""The process that fuzzes: atheris drives it, the oracle judges, and a pipe reports.

Run by `fuzz.campaign`, which reads the reports; each is one line of JSON. The last has an `end`.
"""

import argparse
import json
import os
import sys
import time
import traceback
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import CodeType
from typing import Any

import atheris

import model
from fuzz.codec import MOST_BYTES, CodecError, decode, encode
from fuzz.findings import save_divergence, save_fault
from fuzz.mutation import load_variant
from fuzz.oracle import run
from fuzz.parse import parse_file
from fuzz.scenario import ScenarioError, spoken_of
from fuzz.shrink import shrink
from fuzz.targets.interface import Settings, TargetFactory
from fuzz.targets.model import MOST_VISITS, ModelTarget
from fuzz.targets.registry import FITS, find_target
from fuzz.verdict import Verdict

REPORT_SECONDS = 0.5
INPUT_SECONDS = 25
MEMORY_MIB = 4096
INSTRUMENTED = "__ATHERIS_INSTRUMENTED__"
"""The constant that atheris leaves in code that it has instrumented."""


class Harness:
    """Runs inputs until the time is over or one of them diverges.

    Coverage steers by the target, or by the specification where the target cannot be instrumented.
    """

    def __init__(
        self,
        target: TargetFactory,
        name: str,
        seconds: float,
        findings: Path,
        report: int,
        specification: Any = model,
    ) -> None:
        reference = partial(ModelTarget, package=specification, max_visits=MOST_VISITS)
        self.factories: list[TargetFactory] = [reference, target]
        self.name = name
        self.fit: Callable[[Settings], Settings] = FITS.get(name, lambda settings: settings)
        self.findings = findings
        self.report_to = os.fdopen(report, "w", buffering=1)
        self.deadline = time.monotonic() + seconds
        self.next_report = 0.0
        self.uncompared = ""
        self.counts = {
            "executions": 0,
            "operations": 0,
            "rejected": 0,
            "compared": 0,
            "without_comparison": 0,
            "unsupported": 0,
            "untried": 0,
        }

    def one_input(self, data: bytes) -> None:
        """Judge one input; ends the process when there is nothing more to do."""
        now = time.monotonic()
        if now >= self.deadline:
            self.end("time", uncompared=self.uncompared)
        if now >= self.next_report:
            self.report()
            self.next_report = now + REPORT_SECONDS
        try:
            self.judge(data)
        except Exception:
            path = save_fault(self.findings, data, traceback.format_exc())
            self.end("fault", saved=str(path))

    def judge(self, data: bytes) -> None:
        """Run one input on both sides and count what happened."""
        decoded = decode(data)
        scenario = spoken_of(decoded, self.fit(decoded.settings))
        outcome = run(scenario, self.factories, skip_rejected=True)
        counts = self.counts
        counts["executions"] += 1
        counts["operations"] += len(outcome.kept)
        counts["rejected"] += len(scenario.steps) - len(outcome.kept) - outcome.untried
        counts["untried"] += outcome.untried
        counts["compared"] += outcome.compared
        counts["without_comparison"] += not outcome.compared
        counts["unsupported"] += outcome.verdict is Verdict.UNSUPPORTED
        if not outcome.compared:
            self.uncompared = outcome.reason or self.uncompared
        if outcome.verdict is Verdict.FAULT:
            self.end("fault", saved=str(save_fault(self.findings, data, outcome.reason)))
        if outcome.verdict is Verdict.DIVERGE:
            self.report()
            small, small_outcome = shrink(scenario, self.factories)
            path = save_divergence(self.findings, small, small_outcome, self.name)
            self.end("divergence", saved=str(path))

    def report(self, **more: object) -> None:
        """Write one line of counts."""
        try:
            self.report_to.write(json.dumps({**self.counts, **more}) + "\n")
        except BrokenPipeError:
            os._exit(1)  # the campaign is gone: nobody would learn of what is found

    def end(self, why: str, **more: object) -> None:
        """Write the last line and leave, past libFuzzer's own ending."""
        self.report(end=why, **more)
        self.report_to.close()
        os._exit(0)


def instrument(instrumented: list[str]) -> Callable[[CodeType], CodeType]:
    """A transform that instruments a module's code, and notes which modules it took effect on."""

    def transform(code: CodeType) -> CodeType:
        patched: CodeType = atheris.patch_code(code, trace_dataflow=True)
        if INSTRUMENTED in patched.co_consts:
            instrumented.append(code.co_filename)
        return patched

    return transform


def write_seeds(source: Path | None, folder: Path) -> int:
    """Encode every scenario below `source` as a seed; how many had a byte form."""
    written = 0
    for path in sorted(source.rglob("*.fv")) if source is not None else ():
        try:
            data = encode(parse_file(path))
        except (ScenarioError, CodecError):
            continue  # no byte form; `flatview replay` runs it all the same
        (folder / f"seed-{written}").write_bytes(data)
        written += 1
    return written


def main() -> Any:
    """Parse the campaign's arguments and fuzz; never returns normally."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--target", required=True)
    arguments.add_argument("--seconds", type=float, required=True)
    arguments.add_argument("--findings", type=Path, required=True)
    arguments.add_argument("--report", type=int, required=True)
    arguments.add_argument("--seed", type=int, required=True)
    arguments.add_argument("--corpus", type=Path, required=True)
    arguments.add_argument("--seeds", type=Path)
    given = arguments.parse_args()

    instrumented: list[str] = []
    target = find_target(given.target, instrument(instrumented))
    specification: Any = model
    if not instrumented:
        specification = load_variant("model", transform=instrument(instrumented))
    harness = Harness(
        target, given.target, given.seconds, given.findings, given.report, specification
    )
    if not instrumented:
        harness.end("fault", saved="coverage instrumentation is not live")
    seeds = write_seeds(given.seeds, given.corpus)
    harness.report(seeds=seeds, instrumented=len(instrumented))
    options = [
        f"-seed={given.seed}",
        f"-max_len={MOST_BYTES}",
        f"-timeout={INPUT_SECONDS}",
        f"-rss_limit_mb={MEMORY_MIB}",
        "-len_control=0",
        "-verbosity=0",
        f"-artifact_prefix={given.findings}/",
        str(given.corpus),
    ]
    atheris.Setup([sys.argv[0], *options], harness.one_input)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
