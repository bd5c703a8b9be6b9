"""The two sides that a witness is run on: the specification and the implementation, one broken."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from fuzz.mutation import Mutation, load_variant
from fuzz.oracle import Outcome, run
from fuzz.scenario import Scenario, ScenarioError
from fuzz.shrink import shrink
from fuzz.targets.impl import ImplTarget
from fuzz.targets.interface import Settings, Target, TargetFactory, Unsupported
from fuzz.targets.model import MOST_VISITS, ModelTarget
from fuzz.verdict import Verdict
from proofs.witnesses.effort import DoesNotEnd, Meter

MOST_SHRINKING = 4_000_000
"""How many calls and returns it may take to make a scenario short."""

NOT_COMPARED = Outcome(Verdict.INCONCLUSIVE, (), 0, None, "nothing in it could be compared")


def broken_target(package: str, mutation: Mutation | None) -> TargetFactory:
    """A target of `model` or `impl` with a bug, or as it is."""
    if mutation is None:
        return partial(ModelTarget, max_visits=MOST_VISITS) if package == "model" else ImplTarget
    variant, name = load_variant(package, mutation), f"{package} with {mutation.name}"
    variant.load_all()
    if package == "model":
        return partial(ModelTarget, package=variant, name=name, max_visits=MOST_VISITS)
    return partial(ImplTarget, package=variant, name=name)


class Sides:
    """The code that a claim was refuted for, and the other package beside it, which is as it is.

    The other one comes first: it is what the refuted code is compared with, and a crash of that is
    a difference.
    """

    def __init__(self, package: str, mutation: Mutation | None) -> None:
        self.meter = Meter()
        self.is_mutated = mutation is not None
        reference = broken_target("impl" if package == "model" else "model", None)
        self.given = (reference, broken_target(package, mutation))
        self.sound = (reference, broken_target(package, None))

    def outcome(self, scenario: Scenario) -> Outcome:
        """What the scenario comes to on the two sides."""
        return self._run(scenario, self.given)

    def diverges(self, scenario: Scenario) -> bool:
        """Whether the two sides differ, and only for the bug: without it they agree."""
        return self.outcome(scenario).verdict is Verdict.DIVERGE and self.is_sound(scenario)

    def is_sound(self, scenario: Scenario) -> bool:
        """Whether the two packages as they are agree; if there is no bug, nothing is asked."""
        return not self.is_mutated or self._run(scenario, self.sound).verdict is Verdict.AGREE

    def shortest(self, scenario: Scenario) -> tuple[Scenario, Outcome]:
        """A diverging scenario without steps and settings that it does not need; its outcome."""
        end = self.meter.spent + MOST_SHRINKING
        with self.meter.watching():
            try:
                short, _ = shrink(scenario, self._metered(self.given, end))
            except (DoesNotEnd, ScenarioError, ValueError):
                short = scenario
        if not self.diverges(short):
            short = scenario
        for settings in (Settings(), short.settings._replace(fuzzing=False)):
            plainer = replace(short, settings=settings)
            if self.diverges(plainer):
                short = plainer
                break
        return short, self.outcome(short)

    def _run(self, scenario: Scenario, factories: Sequence[TargetFactory]) -> Outcome:
        """Run a scenario without its impossible steps; what cannot be run is not compared."""
        with self.meter.watching():
            try:
                outcome = run(scenario, self._metered(factories), skip_rejected=True)
            except (DoesNotEnd, ScenarioError, MemoryError) as error:
                return NOT_COMPARED._replace(reason=str(error))
        return outcome if outcome.compared else NOT_COMPARED

    def _metered(
        self, factories: Sequence[TargetFactory], end: int | None = None
    ) -> list[TargetFactory]:
        """The same targets, of which the first begins a run that is metered, until some end."""
        first, *others = factories

        def begin(settings: Settings) -> Target:
            if end is not None and self.meter.spent > end:
                raise Unsupported("there have been too many runs")
            self.meter.begin()
            return first(settings)

        return [begin, *others]
