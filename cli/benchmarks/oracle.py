"""How fast the specification is as an oracle: the regression corpus, and views of many regions."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from cli.benchmarks.case import Case, Group, Report, Table, at_most, duration, growth, times
from cli.benchmarks.workload import DisagreementError
from fuzz.observation import SectionSeen, ViewSeen
from fuzz.operations import Operation
from fuzz.oracle import run
from fuzz.parse import parse_file
from fuzz.scenario import Scenario, without_expectations
from fuzz.targets.impl import ImplTarget
from fuzz.targets.interface import Lines, Settings, TargetFactory
from fuzz.targets.model import ModelTarget
from fuzz.verdict import Verdict
from model.region import Kind, Region, Regions
from model.topology import Topology, render

CORPUS = Path(__file__).resolve().parents[2] / "corpora" / "regressions"


# --- The corpus -------------------------------------------------------------------------------


class NoTarget:
    """A target without any memory: a run on it takes only the time of the harness itself."""

    name = "nothing"

    def __init__(self, settings: Settings) -> None:
        pass

    def cannot(self, operation: Operation) -> str:
        """Nothing is asked of it that it could not do."""
        return ""

    def apply(self, operation: Operation) -> Lines:
        """Do nothing, and show nothing."""
        return ()

    def spaces(self) -> Sequence[str]:
        """There are no address spaces."""
        return ()

    def view_serial(self, space: str) -> int:
        """The empty view's."""
        return 0

    def view(self, space: str) -> ViewSeen:
        """The empty view."""
        return ViewSeen(0, None, ())

    def sections(self, space: str) -> tuple[SectionSeen, ...]:
        """No sections."""
        return ()

    def lookup(self, space: str, address: int) -> SectionSeen:
        """An empty section."""
        return SectionSeen(None, 0, 0, 0, False)

    def callbacks(self) -> Lines:
        """There are no listeners."""
        return ()


def corpus() -> list[Scenario]:
    """Every regression scenario, as the fuzzer runs it: what it expects is not looked at."""
    return [without_expectations(parse_file(path)) for path in sorted(CORPUS.rglob("*.fv"))]


def running(factories: Sequence[TargetFactory]) -> Callable[[], Callable[[], object]]:
    """What runs the corpus once on some targets, as the fuzzer's oracle does."""

    def prepare() -> Callable[[], object]:
        scenarios = corpus()
        for one in scenarios:
            outcome = run(one, factories, skip_rejected=True)
            if outcome.verdict is not Verdict.AGREE:
                raise DisagreementError(f"{one.source}: {outcome.verdict.value}")
        return lambda: [run(one, factories, skip_rejected=True) for one in scenarios]

    return prepare


OPERATIONS = sum(len(scenario.steps) for scenario in corpus())
ALONE, MODEL, IMPL, BOTH = "the harness alone", "model", "impl", "model and impl, compared"
SIDES: dict[str, Sequence[TargetFactory]] = {
    ALONE: [NoTarget],
    MODEL: [ModelTarget],
    IMPL: [ImplTarget],
    BOTH: [ModelTarget, ImplTarget],
}


# --- Many regions -----------------------------------------------------------------------------

SIZES = (10, 100, 1000)
PAGE = 0x1000
STRIDE = 617
"""Has no factor in common with any of SIZES, so that regions are laid in a scattered order."""


def siblings(count: int) -> Regions:
    """A container of `count` regions of 1 to 8 pages, 4 pages apart, so that many overlap."""
    names = tuple(f"r{number}" for number in range(count))
    regions = {
        name: Region(
            Kind.RAM,
            size=(1 + number % 8) * PAGE,
            addr=number * STRIDE % count * 4 * PAGE,
            container="root",
        )
        for number, name in enumerate(names)
    }
    return {**regions, "root": Region(Kind.CONTAINER, size=1 << 64, subregions=names)}


def rendering(count: int) -> Callable[[], Callable[[], object]]:
    """What renders the view of so many siblings on the specification."""

    def prepare() -> Callable[[], object]:
        topology = Topology(regions=siblings(count))
        return lambda: render(topology, "root")

    return prepare


def rendering_name(count: int) -> str:
    """The case that renders so many siblings."""
    return f"rendering {count:,} regions"


# --- The group --------------------------------------------------------------------------------

MOST_BESIDE_IMPL = 3.0
MOST_FOR_COMPARING = 2.0


def report(seconds: Mapping[str, float]) -> Report:
    """Operations per second, what each costs beside the harness alone, and how views grow."""
    sides = tuple(
        (
            name,
            f"{1 / seconds[name]:,.0f}",
            times(seconds[name] / seconds[ALONE]),
            times(seconds[name] / seconds[MODEL]),
        )
        for name in SIDES
    )
    views = {count: seconds[rendering_name(count)] for count in SIZES}
    least, *_, most = SIZES
    sizes = tuple(
        (f"{count:,}", duration(one), duration(one / count), times(one / views[least]))
        for count, one in views.items()
    )
    power = growth(least, views[least], most, views[most])
    return Report(
        (
            Table(
                ("corpus run on", "operations per second", "time, harness = 1", "time, model = 1"),
                sides,
            ),
            Table(("regions rendered", "time", "time per region", f"time, {least} = 1"), sizes),
        ),
        (
            at_most(
                "time of an operation on model, that on impl = 1",
                seconds[MODEL] / seconds[IMPL],
                MOST_BESIDE_IMPL,
            ),
            at_most(
                "time of comparing both, that of running each alone = 1",
                seconds[BOTH] / (seconds[MODEL] + seconds[IMPL]),
                MOST_FOR_COMPARING,
            ),
            at_most(f"power of n by which rendering grows, {least} to {most:,}", power, 2),
        ),
    )


GROUP = Group(
    name="oracle",
    title="The specification as an oracle",
    question=(
        f"All {OPERATIONS:,} operations of the regression corpus, scenario by scenario, as the "
        "fuzzer runs them. The harness alone has a target that does nothing. Below, `model` "
        "renders one view of siblings of which many overlap."
    ),
    cases=(
        *(Case(name, running(sides), OPERATIONS) for name, sides in SIDES.items()),
        *(Case(rendering_name(count), rendering(count)) for count in SIZES),
    ),
    report=report,
)
