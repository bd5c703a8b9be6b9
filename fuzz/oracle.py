"""The oracle: runs a scenario on several targets at once and says where they first differ.

The first target is the reference. After every operation all newly published views are compared,
with their dispatch sections, and look-ups around the edges of their ranges; then what listeners
were called with. What all show alike must also be right by itself: `fuzz.invariants` has a table of
what is compared, and what must hold, when.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from fuzz.comparison import NO_CRASH, Comparison, Differ, Difference, perform
from fuzz.format import format_operation
from fuzz.operands import BadWord
from fuzz.operations import Operation
from fuzz.scenario import ABORTS, REJECTED, Scenario, ScenarioError, Step
from fuzz.syntax import check_operation
from fuzz.targets.interface import Faulted, Lines, TargetFactory, Unsupported, problem_of
from fuzz.verdict import Verdict

__all__ = ["NO_CRASH", "Differ", "Difference", "Outcome", "Run", "perform", "run"]


class Outcome(NamedTuple):
    """What running a scenario came to.

    `kept` are the indices of the steps that were not rejected. `compared` counts comparisons, so
    that a run that compared nothing cannot pass for agreement. `reason` says why a run that found
    no difference could not go on. `untried` counts the steps that some target cannot carry out, and
    that were passed over for it.
    """

    verdict: Verdict
    kept: tuple[int, ...]
    compared: int
    difference: Difference | None = None
    reason: str = ""
    untried: int = 0


def run(
    scenario: Scenario, factories: Sequence[TargetFactory], skip_rejected: bool = False
) -> Outcome:
    """Run a scenario on targets, of which the first is the reference.

    With `skip_rejected`, as fuzzing needs it, an operation that all targets reject is passed over,
    and so are those that some target cannot carry out, and all that follows an abort. Without it, a
    rejection or an abort is a ScenarioError unless the scenario expects it, and what some target
    cannot do ends the run.
    """
    now = Run(scenario, skip_rejected)
    verdict, difference = Verdict.AGREE, None
    try:
        now.start(factories)
        if now.take_all():
            now.finish()
    except Differ as found:
        verdict, difference = Verdict.DIVERGE, found.difference
    except (Unsupported, Faulted) as error:
        verdict = Verdict.FAULT if isinstance(error, Faulted) else Verdict.UNSUPPORTED
        now.reason = f"{now.where}{error}"
    return Outcome(verdict, tuple(now.kept), now.compared, difference, now.reason, now.untried)


class Run(Comparison):
    """One scenario on several targets, step by step, until they differ.

    Whoever makes up the scenario on the way can `add` to it.
    """

    def __init__(self, scenario: Scenario, skip_rejected: bool) -> None:
        super().__init__(scenario)
        self.skip_rejected = skip_rejected
        self.untried = 0
        self.reason = ""

    def start(self, factories: Sequence[TargetFactory]) -> None:
        """Make the targets. Raises Unsupported, Faulted and ScenarioError."""
        settings = self.scenario.settings
        problem = problem_of(settings)
        if problem:
            raise ScenarioError(self.scenario.source, 0, problem)
        self.reference, *self.others = [factory(settings) for factory in factories]

    def take_all(self) -> bool:
        """Run all steps; whether none aborts. Raises what `take` does, and ScenarioError."""
        steps = self.scenario.steps
        for self.index, step in enumerate(steps):
            if self.attempt(step) == ABORTS:
                if self.index + 1 < len(steps) and not self.skip_rejected:
                    raise self.error(self.index + 1, "nothing can follow an abort")
                return False
        return True

    def attempt(self, step: Step) -> Lines | None:
        """Run the step at the present index, or pass it over; None if it is. Raises as `take`."""
        if step.line == 0:
            try:
                check_operation(step.operation)
            except BadWord as error:
                raise self.error(self.index, str(error)) from None
        cannot = self.cannot(step.operation)
        if cannot and self.skip_rejected:
            self.untried += 1
            self.reason = self.reason or f"{self.where}{cannot}"
            return None
        if cannot:
            raise Unsupported(cannot)
        shown, reason = self.take(step)
        if shown in (REJECTED, ABORTS) and step.expected is None and not self.skip_rejected:
            raise self.error(self.index, reason)
        return shown

    def add(self, operation: Operation) -> Lines | None:
        """Append an operation to the scenario and run it: what `attempt` gives, and raises."""
        step = Step(operation)
        self.scenario = replace(self.scenario, steps=(*self.scenario.steps, step))
        self.index = len(self.scenario.steps) - 1
        return self.attempt(step)

    def finish(self) -> None:
        """Compare what lives in the end, as if the last step had asked. Raises as `take` does."""
        if self.kept:
            self.index = self.kept[-1]
            self.compare_lives()

    def error(self, index: int, message: str) -> ScenarioError:
        """What is wrong with a step: by its line, or its number if it was not read from text."""
        source, line = self.scenario.source, self.scenario.steps[index].line
        return ScenarioError(source if line else f"{source}, step {index + 1}", line, message)

    @property
    def where(self) -> str:
        """The operation that is being carried out, for the beginning of a message."""
        if self.index < 0:
            return ""
        return f"{format_operation(self.scenario.steps[self.index].operation)}: "

    def take(self, step: Step) -> tuple[Lines, str]:
        """Run one step everywhere; what the reference shows, and why it rejected or aborted it.

        Raises Differ at the first difference, and Unsupported.
        """
        name = self.reference.name
        shown, reason = perform(self.reference, step.operation)
        if step.expected is not None:
            self.same("", "expected", step.expected, name, shown)
        for other in self.others:
            others_shown, _ = self.ask(other, "", shown, perform, other, step.operation)
            self.same("", name, shown, other.name, others_shown)
        if shown != REJECTED:
            self.kept.append(self.index)
        if shown != ABORTS:
            self.compare_all(step.operation, shown)
        return shown, reason
