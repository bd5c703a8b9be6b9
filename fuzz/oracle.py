"""The oracle: runs a scenario on several targets at once and says where they first differ.

The first target is the reference. After every operation all newly published views are compared,
with their dispatch sections, and look-ups around the edges of their ranges; then what listeners
were called with.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from fuzz.compare import first_difference, probes
from fuzz.format import format_operation
from fuzz.observation import (
    ViewSeen,
    format_section,
    format_sections,
    format_view,
)
from fuzz.operations import Operation
from fuzz.scenario import ABORTS, REJECTED, Scenario, ScenarioError, Step
from fuzz.targets.interface import (
    Aborted,
    Lines,
    Rejected,
    Target,
    TargetFactory,
    Unsupported,
)
from fuzz.verdict import Verdict


class Difference(NamedTuple):
    """Where two sides first differ: two targets, or what a scenario expects and a target.

    `step` is the index of the operation after which they do, `what` names the thing compared, and
    the lines are what each side shows of it. Where views differ, `views` holds both and `address`
    the first address at which they do.
    """

    step: int
    what: str
    left_name: str
    left: Lines
    right_name: str
    right: Lines
    address: int | None = None
    views: tuple[ViewSeen, ViewSeen] | None = None


class Outcome(NamedTuple):
    """What running a scenario came to.

    `kept` are the indices of the steps that were not rejected. `compared` counts comparisons, so
    that a run that compared nothing cannot pass for agreement. `reason` says why a run that found
    no difference could not go on.
    """

    verdict: Verdict
    kept: tuple[int, ...]
    compared: int
    difference: Difference | None = None
    reason: str = ""


class _Differ(Exception):
    """Carries the first difference out of a run."""

    def __init__(self, difference: Difference) -> None:
        super().__init__(difference.what)
        self.difference = difference


def run(
    scenario: Scenario, factories: Sequence[TargetFactory], skip_rejected: bool = False
) -> Outcome:
    """Run a scenario on targets, of which the first is the reference.

    With `skip_rejected`, as fuzzing needs it, an operation that all targets reject is passed over,
    and so is all that follows an abort. Without it, either is a ScenarioError unless the scenario
    expects it.
    """
    now = _Run(scenario, factories)
    for index, step in enumerate(scenario.steps):
        try:
            outcome, reason = now.take(index, step)
        except _Differ as found:
            return Outcome(Verdict.DIVERGE, tuple(now.kept), now.compared, found.difference)
        except Unsupported as error:
            reason = f"{format_operation(step.operation)}: {error}"
            return Outcome(Verdict.UNSUPPORTED, tuple(now.kept), now.compared, None, reason)
        if outcome in (REJECTED, ABORTS) and step.expected is None and not skip_rejected:
            raise ScenarioError(scenario.source, step.line, reason)
        if outcome == ABORTS:
            if index + 1 < len(scenario.steps) and not skip_rejected:
                following = scenario.steps[index + 1]
                raise ScenarioError(scenario.source, following.line, "nothing can follow an abort")
            break
    return Outcome(Verdict.AGREE, tuple(now.kept), now.compared)


def perform(target: Target, operation: Operation) -> tuple[Lines, str]:
    """Carry out one operation: what it shows, and why if it was rejected or aborted."""
    try:
        return target.apply(operation), ""
    except Rejected as error:
        return REJECTED, str(error)
    except Aborted as error:
        return ABORTS, str(error)


class _Run:
    """One scenario on several targets, step by step, until they differ."""

    def __init__(self, scenario: Scenario, factories: Sequence[TargetFactory]) -> None:
        self.reference, *self.others = [factory(scenario.settings) for factory in factories]
        self.steps = scenario.steps
        self.compared = 0
        self.kept: list[int] = []
        self.index = 0
        self._serials: dict[str, int] = {}

    def take(self, index: int, step: Step) -> tuple[Lines, str]:
        """Run one step everywhere; what the reference shows, and why it rejected or aborted it.

        Raises _Differ at the first difference, and Unsupported.
        """
        self.index = index
        name = self.reference.name
        shown, reason = perform(self.reference, step.operation)
        if step.expected is not None:
            self._same("", "expected", step.expected, name, shown)
        for other in self.others:
            with self._crash_differs(other, "", shown):
                others_shown, _ = perform(other, step.operation)
            self._same("", name, shown, other.name, others_shown)
        if shown != REJECTED:
            self.kept.append(index)
        if shown != ABORTS:
            self._compare_spaces()
            self._compare_callbacks()
        return shown, reason

    def _same(self, what: str, left_name: str, left: Lines, right_name: str, right: Lines) -> None:
        """Compare what two sides show of something; without a name, of the operation itself."""
        self.compared += 1
        if left != right:
            self._differ(Difference(self.index, what, left_name, left, right_name, right))

    def _differ(self, difference: Difference) -> None:
        if self.index not in self.kept:
            self.kept.append(self.index)
        what = difference.what or format_operation(self.steps[self.index].operation)
        raise _Differ(difference._replace(what=what))

    @contextmanager
    def _crash_differs(self, other: Target, what: str, shown: Lines) -> Iterator[None]:
        """Take an exception that a target under test must not raise for a difference."""
        try:
            yield
        except (_Differ, Unsupported):
            raise
        except Exception as error:
            crash = (f"crashes: {type(error).__name__}: {error}",)
            self._differ(
                Difference(self.index, what, self.reference.name, shown, other.name, crash)
            )

    def _compare_spaces(self) -> None:
        """Compare every space of which either side has published a view since the last look."""
        name, spaces = self.reference.name, tuple(self.reference.spaces())
        serials = {space: self.reference.view_serial(space) for space in spaces}
        for other in self.others:
            self._same("address spaces", name, spaces, other.name, tuple(other.spaces()))
            for space, serial in serials.items():
                with self._crash_differs(other, f"view of {space}", ("no crash",)):
                    if self._serials.get(space) != serial or other.view_serial(space) != serial:
                        self._compare_views(space, other)
        self._serials = serials

    def _compare_callbacks(self) -> None:
        """Compare what listeners were called with, if any were called."""
        name, calls = self.reference.name, self.reference.callbacks()
        for other in self.others:
            with self._crash_differs(other, "callbacks", calls):
                others_calls = other.callbacks()
                if calls or others_calls:
                    self._same("callbacks", name, calls, other.name, others_calls)

    def _compare_views(self, space: str, other: Target) -> None:
        reference = self.reference
        left, right = reference.view(space), other.view(space)
        self.compared += 1
        if left != right:
            self._differ(
                Difference(
                    self.index,
                    f"view of {space}",
                    reference.name,
                    format_view(left),
                    other.name,
                    format_view(right),
                    first_difference(left, right),
                    (left, right),
                )
            )
        sections, others_sections = reference.sections(space), other.sections(space)
        self.compared += 1
        if sections != others_sections:
            what, shown = f"sections of {space}", format_sections(sections)
            self._same(what, reference.name, shown, other.name, format_sections(others_sections))
        for address in probes(left):
            found, others_found = reference.lookup(space, address), other.lookup(space, address)
            self.compared += 1
            if found != others_found:
                what, shown = f"lookup of {address:#x} in {space}", (format_section(found),)
                self._same(what, reference.name, shown, other.name, (format_section(others_found),))
