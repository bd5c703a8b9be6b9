"""How fast live machines are compared with the specification, beside asking them alone."""

from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import NamedTuple

from cli.benchmarks.case import Case, Group, Report, Table, at_least, duration
from fuzz.live.accesses.actions import AccessMemory
from fuzz.live.accesses.setups import PC_ACCESSES, PPC_ACCESSES, Q35_ACCESSES
from fuzz.live.changes.chosen import PC, Q35
from fuzz.live.emulator import emulator_for
from fuzz.live.process import LiveMachine
from fuzz.live.reading import RANGES
from fuzz.live.session import Command, Session, Setup

SEED = 1
A_CALL = 50
"""How many changes, or at least how many accesses, one call makes."""

MOST_ACTIONS = 800
"""After so many, a session begins anew: QEMU leaks some of the views that it prints."""


RECORDED = 200
"""How many changes or accesses are asked again and again of a machine alone."""


class Kind(NamedTuple):
    """What is measured on a machine, and how many a second it should come to."""

    setup: Setup
    what: str
    goal: float

    def name(self, side: str) -> str:
        """The name of the case of one side."""
        return f"{self.setup.machine}, {self.what}, {side}"


CHANGES, ACCESSES = "changes", "accesses"
COMPARED, BARE = "compared", "bare"
KINDS = (
    Kind(PC, CHANGES, 300),
    Kind(Q35, CHANGES, 300),
    Kind(PC_ACCESSES, ACCESSES, 1000),
    Kind(Q35_ACCESSES, ACCESSES, 1000),
    Kind(PPC_ACCESSES, ACCESSES, 1000),
)


class Compared:
    """Takes random actions on a machine and the specification."""

    def __init__(self, setup: Setup) -> None:
        self._setup = setup
        self._random = Random(SEED)
        self._begin()

    def _begin(self) -> None:
        self.session = Session(self._setup, emulator_for(self._setup.arch))
        self._actions = 0

    def one(self) -> int:
        """Take an action; how many accesses it made, or that it was one change."""
        if self._actions == MOST_ACTIONS:
            self.session.close()
            self._begin()
        self._actions += 1
        action = self._setup.choose(self.session, self._random)
        action.perform(self.session)
        return len(action.accesses) if isinstance(action, AccessMemory) else 1

    def some(self) -> None:
        """Take as many as a call should."""
        done = 0
        while done < A_CALL:
            done += self.one()


class Bare:
    """Asks a machine what it was asked in a session before, and looks at nothing of it."""

    def __init__(self, setup: Setup, prints_views: bool) -> None:
        compared = Compared(setup)
        session = compared.session
        self._steps: list[tuple[int, Sequence[Command]]] = []
        begin, total = list(session.commands), 0
        while total < RECORDED:
            before = len(session.commands)
            made = compared.one()
            total += made
            self._steps.append((made, session.commands[before:]))
        session.close()
        self._lines = (RANGES,) if prints_views else ()
        self._machine = LiveMachine(emulator_for(setup.arch), setup.machine, setup.arguments)
        self._ask(begin)
        self._next = 0

    def some(self) -> None:
        """Ask as much as a call should."""
        done = 0
        while done < A_CALL:
            made, commands = self._steps[self._next % len(self._steps)]
            self._next += 1
            done += made
            self._ask(commands)
            if self._lines:
                self._machine.monitor(*self._lines)

    def _ask(self, commands: Sequence[Command]) -> None:
        """Ask by qtest all that was asked by it; what else was asked is rare, and passed over."""
        self._machine.qtest(*(one.text for one in commands if one.channel == "qtest"))
        self._machine.logged()


def compared(setup: Setup) -> Callable[[], Callable[[], object]]:
    """What takes actions on both sides."""
    return lambda: Compared(setup).some


def bare(kind: Kind) -> Callable[[], Callable[[], object]]:
    """What asks QEMU alone."""
    return lambda: Bare(kind.setup, kind.what == CHANGES).some


def report(figures: Mapping[str, float]) -> Report:
    """Rates, and what is left of those of the bare round trips."""
    rows, goals = [], []
    for kind in KINDS:
        with_model, alone = (figures[kind.name(side)] for side in (COMPARED, BARE))
        rate = 1 / with_model
        rows.append(
            (
                f"{kind.what} on {kind.setup.machine}",
                f"{rate:,.0f}",
                f"{1 / alone:,.0f}",
                f"{alone / with_model:.2g}",
                duration(with_model - alone),
            )
        )
        goals.append(at_least(f"{kind.what} a second on {kind.setup.machine}", rate, kind.goal))
    columns = ("", "compared, a second", "bare, a second", "ratio", "our share of one")
    return Report((Table(columns, tuple(rows)),), tuple(goals))


GROUP = Group(
    "live",
    "Live machines",
    "Random changes of the topology, with every view printed, read and compared after each; and "
    "random accesses, with the device callbacks that QEMU traces. Bare is the same sequence of "
    "qtest commands and `info mtree -f`, with nothing read or compared. By the clock, since QEMU "
    "works in a process of its own.",
    tuple(
        Case(kind.name(side), prepare, A_CALL)
        for kind in KINDS
        for side, prepare in ((COMPARED, compared(kind.setup)), (BARE, bare(kind)))
    ),
    report,
    by_the_clock=True,
)
