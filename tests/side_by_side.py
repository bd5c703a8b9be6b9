"""Operations on several targets side by side, chosen as they are carried out.

After each the oracle compares all that can be seen, and asks for the invariants. What fails is
shown as a scenario too, which `flatview replay` runs.
"""

from collections.abc import Sequence
from dataclasses import replace

from hypothesis import note

from fuzz.findings import describe_difference
from fuzz.format import format_scenario
from fuzz.operations import Operation
from fuzz.oracle import Differ, Difference, Run
from fuzz.scenario import ABORTS, REJECTED, Scenario
from fuzz.targets.interface import Settings, TargetFactory, Unsupported
from fuzz.targets.model import MOST_VISITS, ModelTarget
from tests.strategies import Known

AS_TEXT = "as a scenario, for `flatview replay FILE.fv`:\n\n"


class Diverged(AssertionError):
    """Targets differ, or all break an invariant; the message has the scenario as text."""

    def __init__(self, scenario: Scenario, difference: Difference) -> None:
        text = format_scenario(scenario)
        where = describe_difference(scenario, difference)
        super().__init__(f"{where}\n\n{AS_TEXT}{text}")
        self.scenario = scenario


def bounded_model(settings: Settings) -> ModelTarget:
    """The specification, which gives up on what would take it minutes."""
    return ModelTarget(settings, max_visits=MOST_VISITS)


class SideBySide:
    """Targets that are always at the same point; `over` says that none can go on."""

    def __init__(self, settings: Settings, factories: Sequence[TargetFactory]) -> None:
        self.known = Known()
        self.over = False
        self.run = Run(Scenario(settings, ()), skip_rejected=True)
        self.run.start(factories)

    def do(self, operation: Operation) -> bool:
        """Carry out an operation everywhere; whether it was not rejected. Raises Diverged."""
        if self.over:
            return False
        try:
            shown = self.run.add(operation)
        except Differ as found:
            raise self.diverged(found.difference) from None
        except Unsupported:
            shown = ABORTS
        self.over = shown == ABORTS
        if self.over or shown in (None, REJECTED):
            return False
        self.known.note(operation)
        return True

    def finish(self) -> None:
        """Compare what can be compared in the end. Raises Diverged."""
        if not self.over:
            try:
                self.run.finish()
            except Differ as found:
                raise self.diverged(found.difference) from None

    def diverged(self, difference: Difference) -> Diverged:
        """The failure, with the scenario of the steps that were not rejected."""
        run = self.run
        kept = tuple(run.scenario.steps[index] for index in run.kept)
        scenario = replace(run.scenario, steps=kept)
        note(format_scenario(scenario))
        return Diverged(scenario, difference._replace(step=len(kept) - 1))
