"""The lives of views in a live machine, compared with the specification's lifecycle machine.

The specification takes the same steps, and predicts which views are made, in which order, which are
given up for them, and in which order the RCU thread destroys those. The trace must say the same: at
once for what the committing thread does, and before a deadline for what the RCU thread does.
"""

import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple, Protocol

from fuzz.live.reading import RANGES
from fuzz.live.view_lives.view_trace import LivingViews, ViewEvent, What, WrongLife, read_events
from fuzz.operations import Commit, CreateSpace, Operation, SetProperty
from fuzz.operations_lifecycle import (
    CreateThread,
    GetFlatview,
    Loaded,
    RcuStep,
    StepOfRcu,
    StepOnView,
    ViewStep,
)
from fuzz.qemu.errors import QemuDied, QemuFault
from fuzz.targets.interface import Aborted, Rejected, Unsupported
from fuzz.targets.model import ModelTarget
from fuzz.verdict import Verdict

PATIENCE = 10.0
"""Seconds that the RCU thread is given to destroy what was given up."""

BETWEEN_LOOKS = 0.002
MONITOR = "monitor"

# What an agreement is about: steps that render, and steps that change nothing that is rendered.
RULES_OF_A_REBUILD: tuple[str, ...] = ("T2", "T3", "R9", "R11", "L1", "L2", "L6")
RULES_OF_NO_REBUILD: tuple[tuple[type, str], ...] = ((Commit, "T1"), (SetProperty, "M8"))


class Traced(Protocol):
    """A machine, as far as the comparison asks it; a LiveMachine is one."""

    def qtest(self, *commands: str) -> list[str]:
        """Have qtest commands carried out."""

    def monitor(self, *lines: str) -> list[str]:
        """Have lines of the human monitor carried out."""

    def logged(self) -> list[str]:
        """The lines logged since this was last asked, all of what was answered among them."""


class Compared(NamedTuple):
    """What one step came to, and why if it is not an agreement."""

    verdict: Verdict
    reason: str = ""


class Expected(NamedTuple):
    """What the specification predicts of one view: its number, and its root."""

    what: What
    view: str
    root: str

    def __str__(self) -> str:
        return f"{self.what.value} {self.view} of {self.root}"


class _Differs(Exception):
    """The trace is not what the specification predicts."""


class _NotYet(Exception):
    """The RCU thread has not done in time what is predicted."""


class LifecycleComparison:
    """A machine that was just started beside the specification in the same state, step by step.

    It must see all that is logged about views. After anything but an agreement nothing more can be
    said, and every further step comes to the same. `observed` counts, by rule, the steps that
    agreed. Rules: T1, T2, T3, R9, R11, L1, L2, L6.
    """

    def __init__(self, machine: Traced, target: ModelTarget, patience: float = PATIENCE) -> None:
        self.machine = machine
        self.target = target
        self.patience = patience
        self.observed: Counter[str] = Counter()
        self.result = Compared(Verdict.AGREE)
        self.living = LivingViews()
        self._names: dict[str, str] = {}  # the specification's view at each address, once known
        self._roots: dict[str, str] = {}  # the specification's root for each root's address
        self._root_of: dict[str, str] = {}  # the root of each of the specification's views
        self._result_of(self._begin)

    def step(self, commands: Sequence[str], operations: Sequence[Operation]) -> Compared:
        """Have qtest commands carried out that are these operations, and compare.

        Whatever has been logged before belongs to this step, too.
        """

        def both() -> None:
            self.machine.qtest(*commands)
            if self._compare(operations):
                self.observed.update(RULES_OF_A_REBUILD)
            else:
                kinds = {type(one) for one in operations}
                self.observed.update(rule for one, rule in RULES_OF_NO_REBUILD if one in kinds)

        return self._result_of(both)

    def print_views(self) -> Compared:
        """Have QEMU print its views, and compare. See `printing`."""

        def both() -> None:
            self.machine.monitor(RANGES)
            self._compare(printing(self.target))

        return self._result_of(both)

    def note_printing(self) -> Compared:
        """Tell the specification that QEMU has printed its views, by others' request."""
        return self._result_of(lambda: self._compare(printing(self.target)))

    # --- Comparing --------------------------------------------------------------------------

    def _result_of(self, act: Callable[[], object]) -> Compared:
        """What comes of one step, unless nothing can be said any more."""
        if self.result.verdict is not Verdict.AGREE:
            return self.result
        try:
            act()
        except (_Differs, WrongLife) as error:
            self.result = Compared(Verdict.DIVERGE, str(error))
        except (Rejected, Aborted) as error:
            reason = f"the specification cannot do what QEMU does: {error}"
            self.result = Compared(Verdict.DIVERGE, reason)
        except _NotYet as error:
            self.result = Compared(Verdict.INCONCLUSIVE, str(error))
        except Unsupported as error:
            self.result = Compared(Verdict.UNSUPPORTED, str(error))
        except (QemuDied, QemuFault) as error:
            self.result = Compared(Verdict.FAULT, f"QEMU cannot be asked: {error}")
        return self.result

    def _begin(self) -> None:
        """Wait until all is destroyed that was replaced before the beginning."""
        for operation in (CreateThread(MONITOR), StepOfRcu(RcuStep.RUN)):
            self.target.apply(operation)
        deadline = time.monotonic() + self.patience
        self._read()
        while self.living.waiting:
            self._look_again(deadline, "what was given up before the beginning")
        self._check_count()

    def _compare(self, operations: Sequence[Operation]) -> bool:
        """Take the specification's steps, and compare what was logged with its prediction.

        Whether there was a rebuild. Raises _Differs, _NotYet and WrongLife.
        """
        at_once, later = self._predict(operations)
        rebuilds = bool(at_once)
        deadline = time.monotonic() + self.patience
        events = self._read()
        while True:
            for event in events:
                predicted = later if event.what is What.DESTROYED else at_once
                self._check(event, predicted.popleft() if predicted else None)
            if at_once:
                raise _Differs(f"predicted: {at_once[0]}; QEMU: nothing")
            if not later:
                break
            events = self._look_again(deadline, f"{later[0].view} of {later[0].root}")
        self._check_count()
        return rebuilds

    def _check(self, event: ViewEvent, expected: Expected | None) -> None:
        """Raise _Differs unless an event is the one that was predicted.

        A root keeps its address. Views that lived at the beginning are known only by their roots,
        until they are given up.
        """
        if (
            expected is None
            or event.what is not expected.what
            or not _is_one(self._roots, event.root, expected.root)
            or not _is_one(self._names, event.view, expected.view)
        ):
            known = self._names.get(event.view, "a view"), self._roots.get(event.root, "?")
            said = f"{event}, {known[0]} of {known[1]}"
            raise _Differs(f"predicted: {expected or 'nothing'}; QEMU: {said}")
        if event.what is What.DESTROYED:
            del self._names[event.view]

    def _check_count(self) -> None:
        """Raise _Differs unless as many views live as the specification still has.

        The empty view is one of them, from the first space on and forever. Rules: L1.
        """
        alive, found = len(self.target.lifecycle.seen().views), len(self.living.roots)
        if alive != found:
            raise _Differs(f"predicted: {alive} views live at rest; QEMU: {found}")

    # --- The prediction ---------------------------------------------------------------------

    def _predict(self, operations: Iterable[Operation]) -> tuple[deque[Expected], deque[Expected]]:
        """What is made and given up by operations, in order, and what is destroyed afterwards."""
        target, at_once = self.target, deque[Expected]()
        target.lifecycle.catch_up(target)
        self._learn_roots()
        for operation in operations:
            rendered, waiting = target.topology.rendered, self._waiting()
            target.apply(operation)
            target.lifecycle.catch_up(target)
            self._learn_roots()
            made = range(rendered + 1, target.topology.rendered + 1)
            at_once += self._expected(What.MADE, [f"view {serial}" for serial in made])
            at_once += self._expected(What.GIVEN_UP, self._waiting()[len(waiting) :])
        gone = self._views(target.lifecycle.seen().destroyed)
        target.apply(StepOfRcu(RcuStep.RUN))
        later = self._views(target.lifecycle.seen().destroyed)[len(gone) :]
        return at_once, deque(self._expected(What.DESTROYED, later))

    def _waiting(self) -> list[str]:
        """The specification's views that wait to be destroyed."""
        return self._views(self.target.lifecycle.seen().waiting)

    def _views(self, subjects: Iterable[str]) -> list[str]:
        """The views among what is destroyed; QEMU does not trace address spaces."""
        return [one for one in subjects if one.startswith("view ")]

    def _learn_roots(self) -> None:
        """Remember what the views of the table were rendered from."""
        for view in self.target.topology.views.values():
            self._root_of[f"view {view.serial}"] = str(view.root)

    def _expected(self, what: What, views: Iterable[str]) -> list[Expected]:
        return [Expected(what, view, self._root_of[view]) for view in views]

    # --- The trace --------------------------------------------------------------------------

    def _read(self) -> list[ViewEvent]:
        """What has happened since the last look. Raises WrongLife and QemuFault."""
        events = read_events(self.machine.logged())
        for event in events:
            self.living.note(event)
        return events

    def _look_again(self, deadline: float, missing: str) -> list[ViewEvent]:
        """The same, a moment later. Raises _NotYet if there has been time enough."""
        if time.monotonic() > deadline:
            raise _NotYet(f"{missing} is not destroyed after {self.patience:g} s")
        time.sleep(BETWEEN_LOOKS)
        return self._read()


def _is_one(known: dict[str, str], address: str, name: str) -> bool:
    """Whether an address and a name are known as one, or now become so, as neither is known."""
    if address not in known and name not in known.values():
        known[address] = name
    return known.get(address) == name


def printing(target: ModelTarget) -> list[Operation]:
    """What `info mtree -f` does: views that address spaces share are never destroyed after it.

    It takes a reference to a view for each space that publishes it, and drops only one of them.

    Seen on QEMU 7.2.22. Rules: L1, L2.
    """
    operations: list[Operation] = []
    sharing: dict[int, list[str]] = {}
    for space in target.spaces():
        sharing.setdefault(target.view_serial(space), []).append(space)
    for spaces in sharing.values():
        operations += [GetFlatview(MONITOR, space) for space in spaces]
        operations.append(StepOnView(ViewStep.UNREF, MONITOR, Loaded.LAST))
    return operations


def in_order_of_creation(
    operations: Iterable[Operation], spaces: Sequence[str]
) -> tuple[Operation, ...]:
    """Operations that build a machine, with its address spaces made in another order.

    QEMU prints them in no order; those that are not named come last. Rules: T2.
    """
    kept = list(operations)
    places = [number for number, one in enumerate(kept) if isinstance(one, CreateSpace)]
    made = [one for one in kept if isinstance(one, CreateSpace)]
    known = {name: number for number, name in enumerate(spaces)}
    made.sort(key=lambda one: known.get(one.name, len(known)))
    for place, one in zip(places, made, strict=True):
        kept[place] = one
    return tuple(kept)
