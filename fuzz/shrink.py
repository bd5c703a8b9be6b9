"""Making a diverging scenario short: operations that the difference does not need are dropped."""

from collections.abc import Sequence
from dataclasses import replace

from fuzz.oracle import Outcome, run
from fuzz.scenario import Scenario, Step
from fuzz.targets.interface import TargetFactory
from fuzz.verdict import Verdict

MOST_RUNS = 2000
"""How often a scenario is run at most while it is made shorter."""


def shrink(scenario: Scenario, factories: Sequence[TargetFactory]) -> tuple[Scenario, Outcome]:
    """The shortest scenario found that still diverges, and how; it holds no rejected operation.

    Ever smaller stretches of steps are left out. Raises ValueError if the scenario agrees.
    """
    best, outcome = _kept(scenario, factories)
    length = len(best.steps)
    runs = 0
    while length >= 1:
        start = len(best.steps) - length
        shortened = False
        while start >= 0 and runs < MOST_RUNS:
            runs += 1
            steps = best.steps[:start] + best.steps[start + length :]
            try:
                best, outcome = _kept(replace(best, steps=steps), factories)
                shortened = True
            except ValueError:
                pass
            start = min(start, len(best.steps)) - length
        if not shortened or length > len(best.steps):
            length //= 2
    return best, outcome


def _kept(scenario: Scenario, factories: Sequence[TargetFactory]) -> tuple[Scenario, Outcome]:
    """The scenario up to its difference without rejected steps; ValueError if there is none."""
    outcome = run(scenario, factories, skip_rejected=True)
    if outcome.verdict is not Verdict.DIVERGE:
        raise ValueError("the scenario does not diverge")
    steps: tuple[Step, ...] = tuple(scenario.steps[index] for index in outcome.kept)
    kept = replace(scenario, steps=steps)
    again = run(kept, factories, skip_rejected=True)
    return (kept, again) if again.verdict is Verdict.DIVERGE else (scenario, outcome)
