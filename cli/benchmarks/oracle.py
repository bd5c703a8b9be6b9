"""How fast the specification is as an oracle: the regression corpus, on one side and on both."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from cli.benchmarks.case import Case, Group, Report, Table, times
from fuzz.oracle import run
from fuzz.parse import parse_file
from fuzz.scenario import Scenario
from fuzz.targets.impl import ImplTarget
from fuzz.targets.interface import TargetFactory
from fuzz.targets.model import ModelTarget

CORPUS = Path(__file__).resolve().parents[2] / "corpora" / "regressions"


def corpus() -> list[Scenario]:
    """Every regression scenario."""
    return [parse_file(path) for path in sorted(CORPUS.rglob("*.fv"))]


def running(factories: Sequence[TargetFactory]) -> Callable[[], Callable[[], object]]:
    """What runs the corpus once on some targets, as the fuzzer's oracle does."""

    def prepare() -> Callable[[], object]:
        scenarios = corpus()
        return lambda: [run(one, factories) for one in scenarios]

    return prepare


OPERATIONS = sum(len(scenario.steps) for scenario in corpus())
SIDES: dict[str, Sequence[TargetFactory]] = {
    "model": [ModelTarget],
    "impl": [ImplTarget],
    "model and impl, compared": [ModelTarget, ImplTarget],
}


def report(seconds: Mapping[str, float]) -> Report:
    """Operations per second, and what each costs beside an operation on the model alone."""
    rows = tuple(
        (name, f"{1 / one:,.0f}", times(one / seconds["model"])) for name, one in seconds.items()
    )
    return Report((Table(("run on", "operations per second", "time, model = 1"), rows),))


GROUP = Group(
    name="oracle",
    title="The specification as an oracle",
    question=f"All {OPERATIONS:,} operations of the regression corpus, scenario by scenario.",
    cases=tuple(Case(name, running(sides), OPERATIONS) for name, sides in SIDES.items()),
    report=report,
)
