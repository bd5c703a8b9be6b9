"""Fuzzing live machines: random actions on QEMU and the specification, until they differ."""

import sys
import time
from collections import Counter
from collections.abc import Generator, Iterator, Sequence
from itertools import cycle
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from fuzz.live.emulator import Emulator
from fuzz.live.findings import Finding, SessionFactory, finding_of, make_short, save
from fuzz.live.reading import Unexplained
from fuzz.live.session import Action, Divergence, Session, Setup
from fuzz.qemu.errors import QemuDied, QemuFault
from fuzz.verdict import Verdict
from fuzz.watching import watching

ACTIONS_A_SESSION = 1000
"""After so many a new machine is started: printing views leaks them, and slows QEMU down."""

WATCHED = 16
"""Of so many actions one is watched for the rules that the specification goes by; it takes time."""


class LiveProgress(NamedTuple):
    """How far a campaign is."""

    setup: str
    sessions: int
    actions: int
    shrinking: bool = False


class LiveResult(NamedTuple):
    """What a campaign came to.

    `observed` counts what agreed, by kind; `rules` counts the watched actions in which a function
    ran that cites a rule; `actions` counts them by setup.
    """

    verdict: Verdict
    qemu: tuple[str, ...]
    seconds: float
    sessions: int
    actions: Counter[str]
    observed: Counter[str]
    watched: int
    rules: Counter[str]
    finding: Finding | None = None
    saved: tuple[Path, ...] = ()
    reason: str = ""

    def to_json(self) -> dict[str, Any]:
        """The result as plain data."""
        finding = self.finding
        return {
            "verdict": self.verdict.value,
            "qemu": list(self.qemu),
            "seconds": round(self.seconds, 3),
            "sessions": self.sessions,
            "actions": dict(self.actions),
            "observed": dict(self.observed),
            "watched": self.watched,
            "rules": dict(sorted(self.rules.items())),
            "finding": None if finding is None else finding.what,
            "saved": [str(path) for path in self.saved],
            "reason": self.reason,
        }


class LiveCampaign:
    """A campaign on several machines in turn, each with the emulator that was chosen for it."""

    def __init__(
        self,
        setups: Sequence[tuple[Setup, Emulator]],
        findings: Path,
        seed: int,
        session_of: SessionFactory = Session,
        watched: int = WATCHED,
        most_cited: int = sys.maxsize,
    ) -> None:
        self.setups = setups
        self.findings = findings
        self.random = Random(seed)
        self.session_of = session_of
        self.watch_each, self.most_cited = watched, most_cited
        self.sessions = self.watched = 0
        self.actions: Counter[str] = Counter()
        self.observed: Counter[str] = Counter()
        self.rules: Counter[str] = Counter()

    def run(self, seconds: float) -> Iterator[LiveProgress | LiveResult]:
        """Fuzz for some seconds, or until something is found; progress, then one result.

        Each machine has a session at least, however short the time is. Raises OSError if a finding
        cannot be saved.
        """
        started = time.monotonic()
        share = seconds / len(self.setups)
        for setup, emulator in cycle(self.setups):
            left = seconds - (time.monotonic() - started)
            if left <= 0 and self.sessions >= len(self.setups):
                break
            try:
                finding = yield from self._session(setup, emulator, min(left, share))
            except (Unexplained, QemuDied, QemuFault) as error:
                unknown = isinstance(error, Unexplained)
                yield self._result(
                    Verdict.INCONCLUSIVE if unknown else Verdict.FAULT,
                    time.monotonic() - started,
                    reason=f"{setup.name} does not start: {error}",
                )
                return
            if finding is not None:
                yield LiveProgress(setup.name, self.sessions, self.actions.total(), shrinking=True)
                short = make_short(setup, emulator, finding, self.session_of)
                saved = save(self.findings, setup, emulator, short)
                yield self._result(short.verdict, time.monotonic() - started, short, saved)
                return
        compared = self.observed.total()
        verdict = Verdict.AGREE if compared else Verdict.INCONCLUSIVE
        reason = "" if compared else "nothing was compared"
        yield self._result(verdict, time.monotonic() - started, reason=reason)

    def _session(
        self, setup: Setup, emulator: Emulator, seconds: float
    ) -> Generator[LiveProgress, None, Finding | None]:
        """One machine from its start; what it ended in, if not for want of time."""
        self.sessions += 1
        taken: list[Action] = []
        with self.session_of(setup, emulator) as session:
            deadline = time.monotonic() + seconds
            try:
                while not taken or (time.monotonic() < deadline and len(taken) < ACTIONS_A_SESSION):
                    taken.append(setup.choose(session, self.random))
                    self._take(session, taken[-1], len(taken))
                    self.actions[setup.name] += 1
                    yield LiveProgress(setup.name, self.sessions, self.actions.total())
            except (Divergence, QemuDied, QemuFault) as error:
                return finding_of(session, taken, error)
            finally:
                self.observed.update(session.observed)
        return None

    def _take(self, session: Session, action: Action, number: int) -> None:
        """Take one action; note the rules that one of many goes by, if it agrees."""
        if number % self.watch_each:
            action.perform(session)
            return
        with watching(self.most_cited) as rules:
            action.perform(session)
        self.watched += 1
        self.rules.update(rules)

    def _result(
        self,
        verdict: Verdict,
        seconds: float,
        finding: Finding | None = None,
        saved: tuple[Path, ...] = (),
        reason: str = "",
    ) -> LiveResult:
        versions = dict.fromkeys(f"{one.path.name} {one.version}" for _, one in self.setups)
        return LiveResult(
            verdict, tuple(versions), seconds, self.sessions, self.actions,
            self.observed, self.watched, self.rules, finding, saved, reason,
        )  # fmt: skip
