"""Comparing all that several targets show of themselves at one point of a run."""

from collections.abc import Callable
from typing import NamedTuple, NoReturn, TypeVar, get_args

from fuzz.access_seen import DirtySeen
from fuzz.compare import first_difference, probes
from fuzz.format import format_operation
from fuzz.invariants import Broken
from fuzz.invariants_steps import check_written
from fuzz.invariants_watch import EFFECTS, Watch, written_to
from fuzz.observation import (
    ViewSeen,
    format_section,
    format_sections,
    format_view,
)
from fuzz.operations import Operation
from fuzz.operations_guards import GuardOperation
from fuzz.operations_lifecycle import LifecycleOperation, ObserveLifecycle
from fuzz.operations_mapping import Map, Unmap
from fuzz.scenario import ABORTS, REJECTED, Scenario
from fuzz.targets.interface import Aborted, Faulted, Lines, Rejected, Target, Unsupported
from fuzz.told import Told

Answer = TypeVar("Answer")

NO_CRASH: Lines = ("no crash",)
"""What the reference shows where a target under test crashes when it is asked."""

LIVES = ObserveLifecycle()
CHANGES_LIVES = {*get_args(LifecycleOperation), *get_args(GuardOperation), Map, Unmap}
"""After what references are compared at once; after all else, in the end."""

AROUND = 8
"""Bytes before and behind what was written that are compared as well."""


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


class Differ(Exception):
    """Carries the first difference out of a run."""

    def __init__(self, difference: Difference) -> None:
        super().__init__(difference.what)
        self.difference = difference


def perform(target: Target, operation: Operation) -> tuple[Lines, str]:
    """Carry out one operation: what it shows, and why if it was rejected or aborted."""
    try:
        return target.apply(operation), ""
    except Rejected as error:
        return REJECTED, str(error)
    except Aborted as error:
        return ABORTS, str(error)


class Comparison:
    """What several targets show at one point of a run, of which the first is the reference.

    Raises Differ at the first difference, and where an invariant does not hold.
    """

    def __init__(self, scenario: Scenario) -> None:
        self.scenario = scenario
        self.compared = 0
        self.kept: list[int] = []
        self.index = -1
        self.reference: Target
        self.others: list[Target] = []
        self._serials: dict[str, int] = {}
        self._watch = Watch(scenario.settings)

    def cannot(self, operation: Operation) -> str:
        """Why some target cannot carry out an operation; empty if all can."""
        for target in (self.reference, *self.others):
            reason = target.cannot(operation)
            if reason:
                return reason
        return ""

    def compare_all(self, operation: Operation, shown: Lines) -> None:
        """Compare all that can be seen after an operation of which all targets have shown this."""
        self._compare_spaces()
        calls = self._compare_callbacks()
        kind = type(operation)
        if type(shown) is Told:
            self._hold(self._watch.step, operation, shown)
            for place in written_to(shown):
                self._compare_memory(operation, shown, place)
        elif kind in EFFECTS and shown != REJECTED:
            EFFECTS[kind](self._watch, operation)
        if calls:
            self._hold(self._watch.callbacks, calls)
        if kind in CHANGES_LIVES and shown != REJECTED:
            self.compare_lives()

    def compare_lives(self) -> None:
        """Compare who refers to what, and what is destroyed, where all targets can tell."""
        if not self._serials or self.cannot(LIVES):
            return
        name = self.reference.name
        try:
            lives = self.reference.apply(LIVES)
            for other in self.others:
                others_lives, _ = self.ask(other, "lives", lives, perform, other, LIVES)
                self.same("lives", name, lives, other.name, others_lives)
        except Unsupported:
            return
        if isinstance(lives, Told):
            self._hold(self._watch.step, LIVES, lives)

    def _compare_memory(self, operation: Operation, shown: Lines, place: DirtySeen) -> None:
        """Compare the memory that an operation has written, and a little around it."""
        reference, (region, offset, length) = self.reference, place
        if not hasattr(reference, "contents"):
            return
        what, begin = "memory", max(0, offset - AROUND)
        asked = region, begin, offset + length + AROUND - begin
        memory = reference.contents(*asked)
        for other in self.others:
            if hasattr(other, "contents"):
                others_memory = self.ask(other, what, NO_CRASH, other.contents, *asked)
                if memory != others_memory:
                    lines, others_lines = (
                        (f"{region} from {begin:#x}: {one.hex()}",)
                        for one in (memory, others_memory)
                    )
                    self.same(what, reference.name, lines, other.name, others_lines)
                self.compared += 1
        self._hold(check_written, operation, shown, memory[offset - begin :][:length])

    def _hold(self, check: Callable[..., None], *seen: object) -> None:
        """See that what all targets show alike is right by itself: else it is a difference."""
        try:
            check(*seen)
        except Broken as broken:
            names = " and ".join(one.name for one in (self.reference, *self.others))
            what, claim = f"invariant {broken.claim}", (broken.claim,)
            self.differ(Difference(self.index, what, "what must hold", claim, names, broken.shown))

    def same(self, what: str, left_name: str, left: Lines, right_name: str, right: Lines) -> None:
        """Compare what two sides show of something; without a name, of the operation itself."""
        self.compared += 1
        if left != right:
            self.differ(Difference(self.index, what, left_name, left, right_name, right))

    def differ(self, difference: Difference) -> NoReturn:
        """Raise Differ; the step at which targets differ is kept, whatever they showed of it."""
        if self.index not in self.kept:
            self.kept.append(self.index)
        what = difference.what or format_operation(self.scenario.steps[self.index].operation)
        raise Differ(difference._replace(what=what))

    def ask(
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
            self.differ(Difference(self.index, what, self.reference.name, shown, other.name, crash))

    def _compare_spaces(self) -> None:
        """Compare every space of which either side has published a view since the last look."""
        reference, serials = self.reference, published(self.reference)
        for other in self.others:
            others = self.ask(other, "address spaces", NO_CRASH, published, other)
            self.same("address spaces", reference.name, tuple(serials), other.name, tuple(others))
            if serials == others == self._serials:
                continue
            for space, serial in serials.items():
                if self._serials.get(space) != serial or others[space] != serial:
                    self._compare_views(space, other)
        if not self.others:
            for space, serial in serials.items():
                if self._serials.get(space) != serial:
                    self._look(space)
        self._serials = serials

    def _compare_callbacks(self) -> Lines:
        """Compare what listeners were called with, if any were called: that."""
        name, calls = self.reference.name, self.reference.callbacks()
        for other in self.others:
            others_calls = self.ask(other, "callbacks", calls, other.callbacks)
            if calls or others_calls:
                self.same("callbacks", name, calls, other.name, others_calls)
        return calls

    def _compare_views(self, space: str, other: Target) -> None:
        """Compare the views of a space, then their sections, then what look-ups find."""
        reference, what = self.reference, f"view of {space}"
        left = reference.view(space)
        right = self.ask(other, what, NO_CRASH, other.view, space)
        self.compared += 1
        if left != right:
            self.differ(
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
        others_sections = self.ask(other, what, NO_CRASH, other.sections, space)
        self.compared += 1
        if sections != others_sections:
            shown = format_sections(sections)
            self.same(what, reference.name, shown, other.name, format_sections(others_sections))
        looking = f"look-ups in {space}"
        looked_up = []
        for address in probes(left):
            found = reference.lookup(space, address)
            looked_up.append((address, found))
            others_found = self.ask(other, looking, NO_CRASH, other.lookup, space, address)
            self.compared += 1
            if found != others_found:
                what, shown = f"lookup of {address:#x} in {space}", (format_section(found),)
                self.same(what, reference.name, shown, other.name, (format_section(others_found),))
        self._hold(self._watch.view, space, left, sections, looked_up)

    def _look(self, space: str) -> None:
        """See that a view of the reference, which there is nothing to compare with, is right."""
        view, sections = self.reference.view(space), self.reference.sections(space)
        found = [(address, self.reference.lookup(space, address)) for address in probes(view)]
        self._hold(self._watch.view, space, view, sections, found)


def published(target: Target) -> dict[str, int]:
    """Which rendering each address space has published; spaces are in order of creation."""
    return {space: target.view_serial(space) for space in target.spaces()}
