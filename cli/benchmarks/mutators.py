"""Whether mutations of whole records find more than libFuzzer's own: a comparison by bugs."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from statistics import median
from typing import NamedTuple

from cli.benchmarks.case import Group, Report, Table, Unit, at_least
from cli.benchmarks.measure import MeasureError
from fuzz.mutator_hunt import CHOSEN, Hunt, Way, hunt

STARTS = {"nothing": False, "regressions": True}
SEEDS = (1, 2)
EXECUTIONS = 4000
EARLY = 1000
QUICK_EXECUTIONS = 10
AT_ONCE = 3
EDGES, PASSED_OVER = "edges", "passed over"


class Campaign(NamedTuple):
    """One campaign: who chooses the inputs, what it begins with, and its random seed."""

    way: Way
    start: str
    seed: int

    def figure(self, what: str) -> str:
        """What a figure of the campaign is called."""
        return f"{self.way.value}, from {self.start}, seed {self.seed}: {what}"


CAMPAIGNS = tuple(Campaign(way, start, seed) for seed in SEEDS for start in STARTS for way in Way)


def measured(quick: bool) -> Mapping[str, float]:
    """Executions to each bug that was found, and edges, of each campaign. Raises MeasureError."""
    campaigns = CAMPAIGNS[: len(Way)] if quick else CAMPAIGNS
    bugs = CHOSEN[:1] if quick else CHOSEN
    executions = QUICK_EXECUTIONS if quick else EXECUTIONS

    def look(one: Campaign) -> Hunt:
        return hunt(one.way, STARTS[one.start], one.seed, executions, bugs)

    figures: dict[str, float] = {}
    try:
        with ThreadPoolExecutor(AT_ONCE) as pool:
            for one, result in zip(campaigns, pool.map(look, campaigns), strict=True):
                figures[one.figure(EDGES)] = result.edges
                figures[one.figure(PASSED_OVER)] = result.passed_over
                figures.update({one.figure(bug): count for bug, count in result.found.items()})
    except RuntimeError as error:
        raise MeasureError(str(error)) from error
    return figures


def counts(figures: Mapping[str, float], way: Way, start: str, bugs: Sequence[str]) -> list[float]:
    """Executions to each bug in each campaign; where it was not found, more than there were."""
    return [
        figures.get(one.figure(bug), EXECUTIONS + 1)
        for one in campaigns_of(figures, way, start)
        for bug in bugs
    ]


def campaigns_of(figures: Mapping[str, float], way: Way, start: str) -> list[Campaign]:
    """The campaigns of a kind that were run."""
    return [
        one
        for one in CAMPAIGNS
        if (one.way, one.start) == (way, start) and one.figure(EDGES) in figures
    ]


def shown(count: float) -> str:
    """A number of executions."""
    return f"{count:,.0f}" if count <= EXECUTIONS else f"over {EXECUTIONS:,}"


def report(figures: Mapping[str, float]) -> Report:
    """What each way found and covered, and how soon it found each bug."""
    starts = [start for start in STARTS if campaigns_of(figures, Way.OWN, start)]
    kinds = [(way, start) for start in starts for way in Way]
    found = {
        kind: sum(one <= EXECUTIONS for one in counts(figures, *kind, CHOSEN)) for kind in kinds
    }
    passed_over = sum(one for name, one in figures.items() if name.endswith(PASSED_OVER))
    rows = []
    for way, start in kinds:
        campaigns = campaigns_of(figures, way, start)
        edges = median(figures[one.figure(EDGES)] for one in campaigns)
        every = counts(figures, way, start, CHOSEN)
        rows.append(
            (
                f"{way.value}, from {start}",
                f"{sum(one <= EARLY for one in every)} of {len(every)}",
                f"{found[way, start]} of {len(every)}",
                shown(median(every)),
                f"{edges:,.0f}",
            )
        )
    columns = (
        "inputs",
        f"bugs found in {EARLY:,}",
        f"in {EXECUTIONS:,}",
        "executions, median",
        "edges covered, median",
    )
    by_bug = tuple(
        (bug, *(shown(median(counts(figures, way, start, [bug]))) for way, start in kinds))
        for bug in CHOSEN
    )
    bug_columns = (
        "bug, executions to find it",
        *(f"{way.name.lower()}, {start}" for way, start in kinds),
    )
    return Report(
        (Table(columns, tuple(rows)), Table(bug_columns, by_bug)),
        tuple(
            at_least(
                f"bugs found by {Way.CUSTOM.value} from {start}, by {way.value} = 1",
                found[Way.CUSTOM, start] / max(1, found[way, start]),
                1,
            )
            for start in starts
            for way in (Way.OWN, Way.CHANCE)
        ),
        (
            "Each bug counts once a campaign. The second table has executions; medians are over "
            f"campaigns, a bug that was not found counting as more than {EXECUTIONS:,}. Inputs "
            f"passed over, since the implementation itself differs there: {passed_over:,.0f}.",
        ),
    )


GROUP = Group(
    name="mutators",
    title="Mutations of records",
    question=(
        f"{len(CHOSEN)} planted bugs, looked for in {EXECUTIONS:,} executions, with random seeds "
        f"{', '.join(map(str, SEEDS))}: by libFuzzer's own mutations of bytes, by `fuzz.mutator`'s "
        "of records, where every other input is by chance, and by records of chance alone, which "
        "nothing guides. Campaigns begin with nothing, or with those regressions that show none of "
        "these bugs. The bugs were chosen beforehand: "
        "of those that `python -m fuzz.mutator_hunt --way chance --seed 1000 --executions 150` did "
        "not find then, every eighth; by now it finds the tenth of these. Coverage steers by the "
        "implementation itself, and each input is run on every bug that was not found yet: so the "
        "bugs share a campaign, and edges are those of the implementation that libFuzzer counts."
    ),
    cases=(),
    report=report,
    unit=Unit.COUNT,
    together=measured,
)
