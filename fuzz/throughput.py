"""What an execution of the fuzzer takes, stage by stage: `python -m fuzz.throughput`.

Each stage does more of the harness's work than the one before, over the same inputs: the scenarios
of the regression corpus, or records by chance. All stages take turns in one process of atheris, so
that what slows the machine slows all of them. libFuzzer mutates inputs and looks at coverage
meanwhile, as it does when it fuzzes, but what it makes is not run. The result is one line of JSON:
the processor's seconds of an execution at each stage.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from enum import Enum
from functools import partial
from itertools import islice
from pathlib import Path

import atheris

from fuzz.codec import MOST_BYTES, decode, encode
from fuzz.harnesses.registry import DEFAULT, find_harness
from fuzz.instrumentation import instrument
from fuzz.judging import Judge
from fuzz.oracle import perform, run
from fuzz.parse import parse_file
from fuzz.playback import Answer, giving, keeping
from fuzz.rfc_v1_hunt import random_inputs
from fuzz.scenario import ABORTS, Scenario
from fuzz.targets.interface import TargetFactory
from fuzz.targets.model import MOST_VISITS, ModelTarget
from fuzz.targets.registry import find_target
from fuzz.verdict import Verdict

SEEDS = Path(__file__).resolve().parents[1] / "corpora" / "regressions"
ROUNDS = 9
CHANCE_SEED = 1
BY_CHANCE = 100
MEMORY_MIB = 4096
Run = Callable[[bytes], object]


class Stage(Enum):
    """How much of an execution is done."""

    EMPTY = "empty"
    DECODE = "decode"
    IMPL = "+ impl"
    MODEL = "+ model"
    ORACLE = "+ oracle"
    STATISTICS = "+ statistics"
    HARNESS = "harness alone"


def seeds() -> list[bytes]:
    """The regressions."""
    return [encode(parse_file(path)) for path in sorted(SEEDS.rglob("*.fv"))]


def by_chance(most: int | None) -> list[bytes]:
    """As many inputs of records by chance, the same each time.

    Where the specification gives up, the implementation alone would take the time of thousands:
    such inputs are left out.
    """
    sides: list[TargetFactory] = [partial(ModelTarget, max_visits=MOST_VISITS), find_target("impl")]
    within = (
        data
        for data in random_inputs(CHANCE_SEED)
        if run(decode(data), sides, skip_rejected=True).verdict is Verdict.AGREE
    )
    return list(islice(within, most or BY_CHANCE))


def apply_all(scenario: Scenario, factory: TargetFactory) -> None:
    """Carry out a scenario's operations, to the end or an abort, and look at nothing."""
    target = factory(scenario.settings)
    for step in scenario.steps:
        shown, _ = perform(target, step.operation)
        if shown == ABORTS:
            return


def staged(stage: Stage, implementation: TargetFactory) -> Run:
    """What one execution does at a stage."""
    reference: TargetFactory = partial(ModelTarget, max_visits=MOST_VISITS)
    kept: dict[bytes, list[list[Answer]]] = {}

    def operations(data: bytes, factories: tuple[TargetFactory, ...]) -> None:
        scenario = decode(data)
        for factory in factories:
            apply_all(scenario, factory)

    judge = Judge(find_harness(DEFAULT), implementation, "impl", Path(os.devnull))

    def oracle(data: bytes) -> None:
        run(decode(data), [reference, implementation], skip_rejected=True)

    def harness(data: bytes) -> None:
        if data not in kept:  # the first time round, which is not measured
            kept[data] = [[], []]
            sides = zip((reference, implementation), kept[data], strict=True)
            run(decode(data), [keeping(*side) for side in sides], skip_rejected=True)
        run(decode(data), [giving("kept", answers) for answers in kept[data]], skip_rejected=True)

    runs: dict[Stage, Run] = {
        Stage.EMPTY: lambda data: None,
        Stage.DECODE: decode,
        Stage.IMPL: lambda data: operations(data, (implementation,)),
        Stage.MODEL: lambda data: operations(data, (implementation, reference)),
        Stage.ORACLE: oracle,
        Stage.STATISTICS: judge.judge,
        Stage.HARNESS: harness,
    }
    return runs[stage]


# --- Measuring --------------------------------------------------------------------------------


class Rounds:
    """Lets the stages take turns, all inputs each, and ends the process after so many rounds.

    The first round is not measured: in it, answers are kept, and libFuzzer sees what is covered.
    """

    def __init__(
        self, inputs: list[bytes], runs: dict[Stage, Run], rounds: int, corpus: Path
    ) -> None:
        self.corpus = corpus
        self.turns = [(stage, data) for _ in range(rounds + 1) for stage in runs for data in inputs]
        self.turns.reverse()
        self.runs = runs
        self.inputs = len(inputs)
        self.begin = 0.0
        self.stage: Stage | None = None
        self.seconds: dict[Stage, list[float]] = {stage: [] for stage in runs}

    def one_input(self, data: bytes) -> None:
        """Run the next input on the stage whose turn it is."""
        if not self.turns:
            self.note(None)
            medians = {
                stage.name: statistics.median(seconds[1:])
                for stage, seconds in self.seconds.items()
            }
            print(json.dumps(medians), flush=True)  # noqa: T201
            shutil.rmtree(self.corpus)
            os._exit(0)  # past libFuzzer's own ending
        stage, chosen = self.turns.pop()
        if stage is not self.stage:
            self.note(stage)
        self.runs[stage](chosen)

    def note(self, stage: Stage | None) -> None:
        """Take the time at the end of one stage's turn."""
        now = time.process_time()
        if self.stage is not None:
            self.seconds[self.stage].append((now - self.begin) / self.inputs)
        self.stage, self.begin = stage, now


def measure(*options: str) -> dict[Stage, float]:
    """Seconds of an execution at each stage, by a process of its own. Raises RuntimeError."""
    done = subprocess.run(
        [sys.executable, "-m", "fuzz.throughput", *options],
        capture_output=True,
        text=True,
        cwd=SEEDS.parents[1],
        env={**os.environ, "PYTHONHASHSEED": "0"},
    )
    if done.returncode or not done.stdout:
        raise RuntimeError(f"the stages cannot be measured: {done.stderr[-1000:]}")
    return {Stage[name]: one for name, one in json.loads(done.stdout.splitlines()[-1]).items()}


def main() -> None:
    """Measure; libFuzzer, or what it runs, ends the process."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rounds", type=int, default=ROUNDS)
    arguments.add_argument("--most", type=int, help="only so many of the inputs")
    arguments.add_argument("--chance", action="store_true", help="records by chance as inputs")
    arguments.add_argument("--instrumented", action="store_true", help="coverage steers by impl")
    given = arguments.parse_args()
    implementation = find_target("impl", instrument if given.instrumented else None)
    inputs = by_chance(given.most) if given.chance else seeds()[: given.most]
    runs = {stage: staged(stage, implementation) for stage in Stage}
    corpus = Path(tempfile.mkdtemp(prefix="flatview-throughput-"))
    meter = Rounds(inputs, runs, given.rounds, corpus)
    for number, data in enumerate(inputs):
        (corpus / f"{number:04}").write_bytes(data)
    options = ["-seed=1", f"-max_len={MOST_BYTES}", "-len_control=0", "-verbosity=0"]
    options += [f"-rss_limit_mb={MEMORY_MIB}", f"-artifact_prefix={corpus}/", str(corpus)]
    atheris.Setup([sys.argv[0], *options], meter.one_input)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
