"""Fuzzing one parser, steered by its coverage, in a process of its own.

`run_parser` starts the process and tells what it came to. The process itself is
`python -m fuzz.parsers_harness`; it ends with one line of JSON, and leaves nothing behind.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any, NamedTuple

import atheris

from fuzz.campaign import LIBFUZZER_TIMEOUT
from fuzz.findings import save_fault
from fuzz.parsers import MODULES, PARSERS, Parser
from fuzz.parsers_seeds import CORPORA, MOST_BYTES
from fuzz.verdict import Verdict

INPUT_SECONDS = 10
GRACE_SECONDS = 30
"""How long the process may outlive its time before it counts as hung."""


class UnknownParser(ValueError):
    """No parser has this name; the message lists those that exist."""


class ParserResult(NamedTuple):
    """What fuzzing a parser came to; `saved` is the traceback of a bug, beside the input."""

    verdict: Verdict
    parser: str
    executions: int = 0
    saved: Path | None = None
    reason: str = ""


def run_parser(
    name: str, seconds: float, findings: Path, seed: int, corpora: Path = CORPORA
) -> ParserResult:
    """Fuzz a parser for so long, or until it raises what it must not. Raises UnknownParser."""
    if name not in PARSERS:
        raise UnknownParser(f"there is no parser {name!r}; there are {', '.join(PARSERS)}")
    findings.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="flatview-parsers-") as scratch:
        command = [sys.executable, "-m", "fuzz.parsers_harness", name]
        command += ["--seconds", str(seconds), "--seed", str(seed), "--corpora", str(corpora)]
        command += ["--findings", str(findings), "--scratch", scratch]
        try:
            done = subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                timeout=seconds + GRACE_SECONDS,
                env={**os.environ, "TMPDIR": scratch, "PYTHONHASHSEED": "0"},
                check=False,
            )
        except subprocess.TimeoutExpired:
            return ParserResult(Verdict.INCONCLUSIVE, name, reason="the process did not end")
        return judge(name, done.returncode, Path(scratch) / "result", done.stderr)


def judge(name: str, code: int, result: Path, log: bytes) -> ParserResult:
    """The verdict, from what the process left, or from how it died."""
    if code == LIBFUZZER_TIMEOUT:
        reason = f"one input took more than {INPUT_SECONDS} seconds; it is saved"
        return ParserResult(Verdict.INCONCLUSIVE, name, reason=reason)
    if not result.exists():
        last = log.decode(errors="replace").strip().splitlines()[-1:]
        return ParserResult(Verdict.FAULT, name, reason=f"ended with code {code}: {last}")
    said = json.loads(result.read_text())
    if said["saved"]:
        reason = "the parser raised what it must not"
        return ParserResult(Verdict.DIVERGE, name, said["executions"], Path(said["saved"]), reason)
    if not said["instrumented"]:
        return ParserResult(Verdict.FAULT, name, reason="coverage instrumentation is not live")
    return ParserResult(Verdict.AGREE, name, said["executions"])


# --- Inside the process -------------------------------------------------------------------------


def functions_of(module: ModuleType) -> Iterator[FunctionType]:
    """The functions and methods that a module defines."""
    for value in vars(module).values():
        if getattr(value, "__module__", "") != module.__name__:
            continue
        members = vars(value).values() if isinstance(value, type) else (value,)
        yield from (one for one in members if isinstance(one, FunctionType))


def instrument() -> int:
    """Have the parsers' functions report what they cover; how many there are."""
    functions = [one for name in MODULES for one in functions_of(sys.modules[name])]
    for one in functions:
        atheris.instrument_func(one)
    return len(functions)


class ParserHarness:
    """Gives inputs to a parser until the time is over, or it raises what it must not."""

    def __init__(self, parser: Parser, seconds: float, findings: Path, result: Path) -> None:
        self.parser = parser
        self.findings = findings
        self.result = result
        self.executions = 0
        self.instrumented = instrument()
        self.deadline = time.monotonic() + seconds

    def one_input(self, data: bytes) -> None:
        """Read one input; ends the process when there is nothing more to do."""
        if time.monotonic() >= self.deadline:
            self.end("")
        self.executions += 1
        try:
            self.parser.one_input(data)
        except Exception:
            self.end(str(save_fault(self.findings, data, traceback.format_exc())))

    def end(self, saved: str) -> None:
        """Leave the result, and go past libFuzzer's own ending."""
        said = {
            "saved": saved,
            "executions": self.executions,
            "instrumented": self.instrumented,
        }
        self.result.write_text(json.dumps(said))
        os._exit(0)


def main() -> Any:
    """Parse what `run_parser` says and fuzz; never returns normally."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument("parser")
    arguments.add_argument("--seconds", type=float, required=True)
    arguments.add_argument("--seed", type=int, required=True)
    for name in ("--findings", "--corpora", "--scratch"):
        arguments.add_argument(name, type=Path, required=True)
    given = arguments.parse_args()
    parser = PARSERS[given.parser]
    corpus, dictionary = given.scratch / "corpus", given.scratch / "dictionary"
    corpus.mkdir()
    for number, data in enumerate(parser.seeds(given.corpora)):
        (corpus / f"seed-{number}").write_bytes(data)
    dictionary.write_text(parser.dictionary())
    harness = ParserHarness(parser, given.seconds, given.findings, given.scratch / "result")
    options = [
        f"-seed={given.seed}",
        f"-max_len={MOST_BYTES}",
        f"-timeout={INPUT_SECONDS}",
        f"-artifact_prefix={given.findings}/",
        "-verbosity=0",
        *([f"-dict={dictionary}"] if parser.words else []),  # libFuzzer takes no empty one
        str(corpus),
    ]
    atheris.Setup([sys.argv[0], *options], harness.one_input)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
