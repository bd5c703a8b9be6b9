"""The oracle: runs a scenario on several targets at once and says where they first differ.

The first target is the reference. After every operation all newly published views are compared,
with their dispatch sections, and look-ups around the edges of their ranges; then what listeners
were called with.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple, NoReturn, TypeVar

from fuzz.compare import first_difference, probes
from fuzz.format import format_operation
from fuzz.observation import (
    ViewSeen,
    format_section,
    format_sections,
    format_view,
)
from fuzz.operands import BadWord
from fuzz.operations import Operation
from fuzz.scenario import ABORTS, REJECTED, Scenario, ScenarioError, Step
from fuzz.syntax import check_operation
from fuzz.targets.interface import (
    Aborted,
    Faulted,
    Lines,
    Rejected,
    Target,
    TargetFactory,
    Unsupported,
    problem_of,
)
from fuzz.verdict import Verdict

Answer = TypeVar("Answer")


NO_CRASH: Lines = ("no crash",)
"""What the reference shows where a target under test crashes when it is asked."""


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
    no difference could not go on. `untried` counts the steps that some target cannot carry out, and
    that were passed over for it.
    """

    verdict: Verdict
    kept: tuple[int, ...]
    compared: int
    difference: Difference | None = None
    reason: str = ""
    untried: int = 0


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
    and so are those that some target cannot carry out, and all that follows an abort. Without it, a
    rejection or an abort is a ScenarioError unless the scenario expects it, and what some target
    cannot do ends the run.
    """
    now = _Run(scenario, skip_rejected)
    verdict, difference = Verdict.AGREE, None
    try:
        now.start(factories)
        now.take_all()
    except _Differ as found:
        verdict, difference = Verdict.DIVERGE, found.difference
    except (Unsupported, Faulted) as error:
        verdict = Verdict.FAULT if isinstance(error, Faulted) else Verdict.UNSUPPORTED
        now.reason = f"{now.where}{error}"
    return Outcome(verdict, tuple(now.kept), now.compared, difference, now.reason, now.untried)


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

    def __init__(self, scenario: Scenario, skip_rejected: bool) -> None:
        self.scenario = scenario
        self.skip_rejected = skip_rejected
        self.compared = 0
        self.kept: list[int] = []
        self.untried = 0
        self.reason = ""
        self.index = -1
        self._serials: dict[str, int] = {}

    def start(self, factories: Sequence[TargetFactory]) -> None:
        """Make the targets. Raises Unsupported, Faulted and ScenarioError."""
        settings = self.scenario.settings
        problem = problem_of(settings)
        if problem:
            raise ScenarioError(self.scenario.source, 0, problem)
        self.reference, *self.others = [factory(settings) for factory in factories]

    def take_all(self) -> None:
        """Run all steps, to the end or an abort. Raises what `take` does, and ScenarioError."""
        steps = self.scenario.steps
        for self.index, step in enumerate(steps):
            if step.line == 0:
                try:
                    check_operation(step.operation)
                except BadWord as error:
                    raise self.error(self.index, str(error)) from None
            cannot = self.cannot(step.operation)
            if cannot and self.skip_rejected:
                self.untried += 1
                self.reason = self.reason or f"{self.where}{cannot}"
                continue
            if cannot:
                raise Unsupported(cannot)
            shown, reason = self.take(step)
            said = step.expected is not None or self.skip_rejected
            if shown in (REJECTED, ABORTS) and not said:
                raise self.error(self.index, reason)
            if shown == ABORTS:
                if self.index + 1 < len(steps) and not self.skip_rejected:
                    raise self.error(self.index + 1, "nothing can follow an abort")
                return

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

    def cannot(self, operation: Operation) -> str:
        """Why some target cannot carry out an operation; empty if all can."""
        for target in (self.reference, *self.others):
            reason = target.cannot(operation)
            if reason:
                return reason
        return ""

    def take(self, step: Step) -> tuple[Lines, str]:
        """Run one step everywhere; what the reference shows, and why it rejected or aborted it.

        Raises _Differ at the first difference, and Unsupported.
        """
        name = self.reference.name
        shown, reason = perform(self.reference, step.operation)
        if step.expected is not None:
            self._same("", "expected", step.expected, name, shown)
        for other in self.others:
            others_shown, _ = self._ask(other, "", shown, perform, other, step.operation)
            self._same("", name, shown, other.name, others_shown)
        if shown != REJECTED:
            self.kept.append(self.index)
        if shown != ABORTS:
            self._compare_spaces()
            self._compare_callbacks()
        return shown, reason

    def _same(self, what: str, left_name: str, left: Lines, right_name: str, right: Lines) -> None:
        """Compare what two sides show of something; without a name, of the operation itself."""
        self.compared += 1
        if left != right:
            self._differ(Difference(self.index, what, left_name, left, right_name, right))

    def _differ(self, difference: Difference) -> NoReturn:
        if self.index not in self.kept:
            self.kept.append(self.index)
        what = difference.what or format_operation(self.scenario.steps[self.index].operation)
        raise _Differ(difference._replace(what=what))

    def _ask(
        self,
        other: Target,
        what: str,
        shown: Lines,
        question: Callable[..., Answer],
        *arguments: object,
    ) -> Answer:
        """What a target under test answers; an exception that it must not raise is a difference."""
        try:
            return question(*arguments)
        except (Unsupported, Faulted):
            raise
        except Exception as error:
            crash = (f"crashes: {type(error).__name__}: {error}",)
            self._differ(
                Difference(self.index, what, self.reference.name, shown, other.name, crash)
            )

    def _compare_spaces(self) -> None:
        """Compare every space of which either side has published a view since the last look."""
        reference, serials = self.reference, published(self.reference)
        for other in self.others:
            others = self._ask(other, "address spaces", NO_CRASH, published, other)
            self._same("address spaces", reference.name, tuple(serials), other.name, tuple(others))
            if serials == others == self._serials:
                continue
            for space, serial in serials.items():
                if self._serials.get(space) != serial or others[space] != serial:
                    self._compare_views(space, other)
        self._serials = serials

    def _compare_callbacks(self) -> None:
        """Compare what listeners were called with, if any were called."""
        name, calls = self.reference.name, self.reference.callbacks()
        for other in self.others:
            others_calls = self._ask(other, "callbacks", calls, other.callbacks)
            if calls or others_calls:
                self._same("callbacks", name, calls, other.name, others_calls)

    def _compare_views(self, space: str, other: Target) -> None:
        """Compare the views of a space, then their sections, then what look-ups find."""
        reference, what = self.reference, f"view of {space}"
        left = reference.view(space)
        right = self._ask(other, what, NO_CRASH, other.view, space)
        self.compared += 1
        if left != right:
            self._differ(
                Difference(
                    self.index,
                    what,
                    reference.name,
                    format_view(left),
                    other.name,
                    format_view(right),
                    first_difference(left, right),
                    (left, right),
                )
            )
        what, sections = f"sections of {space}", reference.sections(space)
        others_sections = self._ask(other, what, NO_CRASH, other.sections, space)
        self.compared += 1
        if sections != others_sections:
            shown = format_sections(sections)
            self._same(what, reference.name, shown, other.name, format_sections(others_sections))
        looking = f"look-ups in {space}"
        for address in probes(left):
            found = reference.lookup(space, address)
            others_found = self._ask(other, looking, NO_CRASH, other.lookup, space, address)
            self.compared += 1
            if found != others_found:
                what, shown = f"lookup of {address:#x} in {space}", (format_section(found),)
                self._same(what, reference.name, shown, other.name, (format_section(others_found),))


def published(target: Target) -> dict[str, int]:
    """Which rendering each address space has published; spaces are in order of creation."""
    return {space: target.view_serial(space) for space in target.spaces()}
