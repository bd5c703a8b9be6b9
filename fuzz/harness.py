"""The process that fuzzes: atheris drives it, the oracle judges, and a pipe reports.

Run by `fuzz.campaign`, which reads the reports; each is one line of JSON. The last has an `end`.
"""

import argparse
import json
import os
import sys
import time
import traceback
from collections.abc import Sequence
from pathlib import Path
from types import CodeType
from typing import Any

import atheris

import model
from fuzz.codec import CodecError, bytes_for
from fuzz.dictionary import dictionary
from fuzz.findings import save_fault
from fuzz.floors import too_few, unmet
from fuzz.harnesses.interface import Harness
from fuzz.harnesses.registry import find_harness
from fuzz.instrumentation import counters_moved, instrument, why_not_live
from fuzz.judging import FaultFound, Judge
from fuzz.memory import growth, resident_mib
from fuzz.mutation import load_variant
from fuzz.mutator import custom_crossover, custom_mutator
from fuzz.parse import parse_file
from fuzz.scenario import ScenarioError
from fuzz.targets.registry import find_target

REPORT_SECONDS = 0.5
INPUT_SECONDS = 25
MEMORY_MIB = 4096


class Fuzzer:
    """Runs inputs until the time is over or one of them diverges, or goes on after that."""

    def __init__(self, judge: Judge, seconds: float, report: int, keep_going: bool) -> None:
        self.judge = judge
        self.keep_going = keep_going
        self.report_to = os.fdopen(report, "w", buffering=1)
        self.deadline = time.monotonic() + seconds
        self.next_report = 0.0

    def one_input(self, data: bytes) -> None:
        """Judge one input; ends the process when there is nothing more to do."""
        now = time.monotonic()
        if now >= self.deadline:
            self.end("time", **self.inputs())
        if now >= self.next_report:
            self.report()
            self.next_report = now + REPORT_SECONDS
        judge = self.judge
        try:
            agrees = judge.judge(data)
        except Exception as error:
            is_targets = isinstance(error, FaultFound)
            trace = str(error) if is_targets else traceback.format_exc()
            self.end("fault", saved=str(save_fault(judge.folder, data, trace)))
        if not agrees and (not self.keep_going or judge.has_found_enough):
            self.end("divergence", **self.inputs())

    def inputs(self) -> dict[str, Any]:
        """What the inputs were like, and what they should have done and have not."""
        judge = self.judge
        statistics = judge.statistics.to_json()
        return {
            "statistics": statistics,
            "unmet": unmet(judge.harness, judge.counts, statistics),
            "too_few": too_few(judge.harness.floors, judge.counts["executions"]),
            "growth": growth(judge.statistics.memory_mib),
            "uncompared": judge.uncompared,
        }

    def report(self, **more: object) -> None:
        """Write one line of counts, and all that is found so far."""
        judge = self.judge
        statistics = judge.statistics
        line = {
            **judge.counts,
            "kinds": len(statistics.kinds().intersection(judge.harness.kinds)),
            "kinds_in_all": len(judge.harness.kinds),
            "edge_cases": sum(1 for one in judge.harness.edge_cases if statistics.edge_cases[one]),
            "edge_cases_in_all": len(judge.harness.edge_cases),
            "memory_mib": round(resident_mib(), 1),
            "findings": [one.to_json() for one in judge.kept.values()],
            **more,
        }
        try:
            self.report_to.write(json.dumps(line) + "\n")
        except BrokenPipeError:
            os._exit(1)  # the campaign is gone: nobody would learn of what is found

    def end(self, why: str, **more: object) -> None:
        """Write the last line and leave, past libFuzzer's own ending."""
        self.report(end=why, **more)
        self.report_to.close()
        os._exit(0)


def write_seeds(sources: Sequence[Path], harness: Harness, folder: Path) -> int:
    """Encode scenarios below `sources` as seeds; how many have a byte form in the harness."""
    written = 0
    for path in (one for source in sources for one in sorted(source.rglob("*.fv"))):
        try:
            data = harness.seed(parse_file(path))
        except (ScenarioError, CodecError):
            continue  # no byte form; `flatview replay` runs it all the same
        (folder / f"seed-{written}").write_bytes(data)
        written += 1
    return written


def fuzzer_of(given: argparse.Namespace) -> tuple[Fuzzer, int]:
    """The fuzzer for a campaign's arguments, and how many modules are instrumented.

    Coverage steers by the target, or by the specification where the target cannot be instrumented.
    It is a fault if it cannot steer.
    """
    modules: list[str] = []

    def transform(code: CodeType) -> CodeType:
        modules.append(code.co_filename)
        return instrument(code)

    target = find_target(given.target, transform)
    steers = bool(modules)
    specification: Any = model if steers else load_variant("model", transform=transform)
    judge = Judge(find_harness(given.harness), target, given.target, given.findings, specification)
    fuzzer = Fuzzer(judge, given.seconds, given.report, given.keep_going)
    not_live = why_not_live(counters_moved(judge.uncounted[1 if steers else 0]))
    if not_live:
        fuzzer.end("not live", reason=not_live)
    return fuzzer, len(modules)


def main() -> Any:
    """Parse the campaign's arguments and fuzz; never returns normally."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--harness", required=True)
    arguments.add_argument("--target", required=True)
    arguments.add_argument("--seconds", type=float, required=True)
    arguments.add_argument("--findings", type=Path, required=True)
    arguments.add_argument("--report", type=int, required=True)
    arguments.add_argument("--seed", type=int, required=True)
    arguments.add_argument("--corpus", type=Path, required=True)
    arguments.add_argument("--seeds", type=Path, action="append", default=[])
    arguments.add_argument("--most-operations", type=int, required=True)
    arguments.add_argument("--keep-going", action="store_true")
    given = arguments.parse_args()

    fuzzer, modules = fuzzer_of(given)
    seeds = write_seeds(given.seeds, fuzzer.judge.harness, given.corpus)
    fuzzer.report(seeds=seeds, instrumented=modules)
    words = given.corpus.with_name(f"{given.corpus.name}.dictionary")
    words.write_text(dictionary())
    options = [
        f"-seed={given.seed}",
        f"-dict={words}",
        f"-max_len={bytes_for(given.most_operations)}",
        f"-timeout={INPUT_SECONDS}",
        f"-rss_limit_mb={MEMORY_MIB}",
        "-len_control=0",
        "-verbosity=0",
        f"-artifact_prefix={given.findings}/",
        str(given.corpus),
    ]
    atheris.Setup(
        [sys.argv[0], *options],
        fuzzer.one_input,
        custom_mutator=custom_mutator,
        custom_crossover=custom_crossover,
    )
    atheris.Fuzz()


if __name__ == "__main__":
    main()
