"""Measuring a case with pyperf, in processes of its own."""

import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

from cli.benchmarks.case import Case, Group, Unit

NEEDED = ("pyperf", "intervaltree", "portion", "sortedcontainers", "unicorn")
QUICK = ("--processes=1", "--values=1", "--warmups=0", "--min-time=0.01")


class MeasureError(Exception):
    """A case could not be measured: what it said, or what is missing."""


def figure_of(group: Group, case: Case, quick: bool) -> float:
    """The median seconds of one operation of a case, or its bytes. Raises MeasureError."""
    missing = [name for name in NEEDED if find_spec(name) is None]
    if missing:
        raise MeasureError(f"benchmarks need {', '.join(missing)}: pip install 'flatview[bench]'")
    import pyperf

    with tempfile.TemporaryDirectory() as folder:
        result = Path(folder) / "result.json"
        command = [sys.executable, "-m", "cli.benchmarks.worker", group.name, case.name]
        once = case.slow or group.unit is Unit.BYTE
        options = [*(QUICK if quick and not once else ()), "--quiet", f"--output={result}"]
        done = subprocess.run([*command, *options], capture_output=True, text=True)
        if done.returncode:
            last = (done.stderr.strip() or "no message").splitlines()[-1]
            raise MeasureError(f"{group.name}: {case.name} failed: {last}")
        return float(pyperf.BenchmarkSuite.load(str(result)).get_benchmark(case.name).median())
