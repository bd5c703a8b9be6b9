"""Judging the fuzzer's inputs: runs each on both sides, counts, and keeps what differs."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import model
from fuzz.findings import save_divergence
from fuzz.harnesses.interface import Harness
from fuzz.oracle import Outcome, run
from fuzz.scenario import Scenario, spoken_of
from fuzz.signature import Signature, signature_of
from fuzz.simplify import make_small
from fuzz.statistics import Statistics
from fuzz.targets.interface import Settings, TargetFactory
from fuzz.targets.model import MOST_VISITS, ModelTarget
from fuzz.targets.registry import FITS
from fuzz.verdict import Verdict

MOST_FINDINGS = 100
"""With so many different findings, a campaign ends: one bug more or less tells nothing."""


class Kept(NamedTuple):
    """A finding as a file, how it is told from others, and how often it came up so far."""

    saved: Path
    signature: Signature
    times: int = 1

    def to_json(self) -> dict[str, Any]:
        """The finding as plain data."""
        return {"saved": str(self.saved), "signature": str(self.signature), "times": self.times}


class FaultFound(Exception):
    """A target could not be asked, or what it said makes no sense; the message says why."""


class Judge:
    """Judges inputs one by one. `counts` and `statistics` say what they were like.

    Differences of one signature are one finding, of which the first is made small and kept.
    """

    def __init__(
        self,
        harness: Harness,
        target: TargetFactory,
        name: str,
        folder: Path,
        specification: Any = model,
    ) -> None:
        self.harness = harness
        self.name = name
        self.folder = folder
        self.statistics = Statistics()
        self.factories: list[TargetFactory] = [self.statistics.factory(specification), target]
        reference = partial(ModelTarget, package=specification, max_visits=MOST_VISITS)
        self.uncounted: list[TargetFactory] = [reference, target]
        self.fit: Callable[[Settings], Settings] = FITS.get(name, lambda settings: settings)
        self.kept: dict[Signature, Kept] = {}
        self.uncompared = ""
        self._signature_of: dict[Signature, Signature] = {}
        self.counts = {
            "executions": 0,
            "operations": 0,
            "rejected": 0,
            "compared": 0,
            "without_comparison": 0,
            "unsupported": 0,
            "untried": 0,
        }

    def judge(self, data: bytes) -> bool:
        """Run one input on both sides; whether they agree. Raises FaultFound."""
        decoded = self.harness.decode(data)
        scenario = spoken_of(decoded, self.fit(decoded.settings))
        with self.statistics.execution():
            outcome = run(scenario, self.factories, skip_rejected=True)
        self.count(scenario, outcome)
        if outcome.verdict is Verdict.FAULT:
            raise FaultFound(outcome.reason)
        if outcome.verdict is Verdict.DIVERGE:
            self.keep(scenario, outcome)
            return False
        return True

    def count(self, scenario: Scenario, outcome: Outcome) -> None:
        """Count what one execution came to; steps that were not reached count as rejected."""
        counts = self.counts
        counts["executions"] += 1
        counts["operations"] += len(outcome.kept)
        counts["rejected"] += len(scenario.steps) - len(outcome.kept) - outcome.untried
        counts["untried"] += outcome.untried
        counts["compared"] += outcome.compared
        counts["without_comparison"] += not outcome.compared
        counts["unsupported"] += outcome.verdict is Verdict.UNSUPPORTED
        if not outcome.compared:
            self.uncompared = outcome.reason or self.uncompared

    def keep(self, scenario: Scenario, outcome: Outcome) -> None:
        """Make a divergence small and save it, unless one like it is kept already."""
        assert outcome.difference is not None
        raw = signature_of(scenario, outcome.difference)
        signature = self._signature_of.get(raw)
        if signature is None:
            try:
                small, small_outcome = make_small(scenario, self.uncounted)
            except ValueError:  # it does not differ again: the target is not deterministic
                small, small_outcome = scenario, outcome
            assert small_outcome.difference is not None
            signature = signature_of(small, small_outcome.difference)
            self._signature_of[raw] = signature
            if signature not in self.kept:
                path = save_divergence(self.folder, small, small_outcome, self.name)
                self.kept[signature] = Kept(path, signature)
                return
        kept = self.kept[signature]
        self.kept[signature] = kept._replace(times=kept.times + 1)

    @property
    def has_found_enough(self) -> bool:
        """Whether there are so many findings that more would not help."""
        return len(self.kept) >= MOST_FINDINGS
