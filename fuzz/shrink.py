"""Making what diverges short: whatever the difference does not need is dropped."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeVar

from fuzz.oracle import Outcome, run
from fuzz.scenario import Scenario, Step
from fuzz.targets.interface import TargetFactory
from fuzz.verdict import Verdict

MOST_RUNS = 2000
"""How often a scenario is run at most while it is made shorter."""

Item = TypeVar("Item")
Kept = TypeVar("Kept")


Small = tuple[Scenario, Outcome]
"""A scenario that diverges, and how."""


def always(scenario: Scenario, outcome: Outcome) -> bool:
    """Whether a divergence is one that is looked for: any is."""
    return True


def shrink(
    scenario: Scenario,
    factories: Sequence[TargetFactory],
    accepts: Callable[[Scenario, Outcome], bool] = always,
) -> Small:
    """The shortest scenario found that still diverges, and how; it holds no rejected operation.

    `accepts` may ask more of what is kept. Raises ValueError if the scenario agrees.
    """

    def attempt(steps: Sequence[Step]) -> tuple[Sequence[Step], Small] | None:
        try:
            kept = without_rejected(replace(scenario, steps=tuple(steps)), factories)
        except ValueError:
            return None
        return (kept[0].steps, kept) if accepts(*kept) else None

    whole = attempt(scenario.steps)
    if whole is None:
        raise ValueError("the scenario does not diverge")
    return shortest(*whole, attempt)


def shortest(
    items: Sequence[Item],
    kept: Kept,
    attempt: Callable[[Sequence[Item]], tuple[Sequence[Item], Kept] | None],
    most_runs: int = MOST_RUNS,
) -> Kept:
    """What is kept of the shortest part of some items that still does what they all do.

    Ever smaller stretches are left out. `attempt` tries fewer items: None if it is too few, else
    those of them that were needed, and what is kept of it.
    """
    length = len(items)
    runs = 0
    while length >= 1:
        start = len(items) - length
        shortened = False
        while start >= 0 and runs < most_runs:
            runs += 1
            found = attempt([*items[:start], *items[start + length :]])
            if found is not None:
                items, kept = found
                shortened = True
            start = min(start, len(items)) - length
        if not shortened or length > len(items):
            length //= 2
    return kept


def without_rejected(scenario: Scenario, factories: Sequence[TargetFactory]) -> Small:
    """The scenario up to its difference without rejected steps; ValueError if there is none."""
    outcome = run(scenario, factories, skip_rejected=True)
    if outcome.verdict is not Verdict.DIVERGE:
        raise ValueError("the scenario does not diverge")
    steps: tuple[Step, ...] = tuple(scenario.steps[index] for index in outcome.kept)
    kept = replace(scenario, steps=steps)
    again = run(kept, factories, skip_rejected=True)
    return (kept, again) if again.verdict is Verdict.DIVERGE else (scenario, outcome)
