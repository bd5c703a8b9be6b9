"""What the fuzzer's inputs were like: how often each operation, ending, edge case and rule came up.

It is counted on the specification, as a target that counts what is asked of it. Of some executions
more is seen: what was built in the end, and which rules the specification went by. Now and then it
is noted how much memory the process has, which a campaign of days must not add to.
"""

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import model
from fuzz.comparison import LIVES
from fuzz.edge_cases import OF_OPERATIONS, of_settings, of_topology
from fuzz.kinds import key_of, word_of
from fuzz.memory import resident_mib
from fuzz.operations import Operation
from fuzz.operations_access import AccessOperation
from fuzz.operations_guards import GuardRead
from fuzz.operations_guest import GuestOperation
from fuzz.operations_lifecycle import LifecycleOperation
from fuzz.operations_mapping import Map
from fuzz.targets.interface import Aborted, Lines, Rejected, Settings, TargetFactory
from fuzz.targets.model import MOST_VISITS, ModelTarget
from fuzz.watching import watching

CLOSELY = 5
"""What was built is looked at in the end of one execution in so many."""

WATCHED = 250
"""Rules are watched in one execution in so many: it takes that one three times as long or more."""

MOST_RAW_REASONS = 4096
"""How many reasons of rejections are kept with their names and numbers, which is quicker."""

FIRST_LOOK_AT_MEMORY = 1_000
"""After so many executions memory is looked at, and whenever there were twice as many again."""

ENDING = frozenset((*AccessOperation.__args__, *GuestOperation.__args__, GuardRead, Map))
"""The operations whose first line says how they ended."""

ENDINGS = ("ok", "decode-error", "access-error", "yes", "no", "none", "maps", "panics")
"""Endings that are one word; what is none of them, and no error, is an answer."""

FAULT = "fault: "
FREED_USED = "wrong use of what may be freed"
LIFE = frozenset(LifecycleOperation.__args__)

NOT_A_WORD = re.compile(r"@?-?0x[0-9a-f]+|(?<![\w.-])(2\^64|[a-z]?\d+)(?![\w.])")


class Statistics:
    """Counts of what inputs have done so far."""

    def __init__(self) -> None:
        self.executions = 0
        self.closely = 0
        self.watched = 0
        self.took_effect: Counter[type | str] = Counter()
        self.rejected: Counter[type | str] = Counter()
        self.reasons: Counter[str] = Counter()
        self.endings: Counter[str] = Counter()
        self.edge_cases: Counter[str] = Counter()
        self.rules: Counter[str] = Counter()
        self.memory_mib: dict[int, float] = {}
        self.last: ModelTarget | None = None
        self._raw_reasons: Counter[str] = Counter()
        self._next_look_at_memory = FIRST_LOOK_AT_MEMORY

    def factory(self, specification: Any = model) -> TargetFactory:
        """The specification as a target that counts."""
        return partial(
            CountingTarget, package=specification, max_visits=MOST_VISITS, statistics=self
        )

    @contextmanager
    def execution(self) -> Iterator[None]:
        """Count one execution, which is what runs inside the `with`."""
        self.executions += 1
        if self.executions % WATCHED == 0:
            self.watched += 1
            with watching() as rules:
                yield
            self.rules.update(rules)
        else:
            yield
        if self.last is not None:
            self.closely += 1
            self.edge_cases.update(set(of_topology(self.last)))
            self.last = None
        if self.executions == self._next_look_at_memory:
            self._next_look_at_memory *= 2
            self.look_at_memory()

    def look_at_memory(self) -> None:
        """Note how much memory there is after so many executions."""
        self.memory_mib[self.executions] = round(resident_mib(), 1)

    def begin(self, target: ModelTarget, settings: Settings) -> None:
        """A machine was made."""
        if self.executions % CLOSELY == 0:
            self.last = target
        self.edge_cases.update(of_settings(settings))

    def effect(self, operation: Operation, shown: Lines) -> None:
        """An operation was carried out."""
        self.took_effect[key_of(operation)] += 1
        kind = type(operation)
        for name, holds in OF_OPERATIONS.get(kind, ()):
            if holds(operation):
                self.edge_cases[name] += 1
        if shown and kind in ENDING:
            self.endings[ending_of(shown[0])] += 1
        elif shown and kind in LIFE and shown[0].startswith(FAULT):
            self.endings[FREED_USED] += 1

    def rejection(self, operation: Operation, reason: str) -> None:
        """An operation was impossible."""
        self.rejected[key_of(operation)] += 1
        self._raw_reasons[reason] += 1
        if len(self._raw_reasons) > MOST_RAW_REASONS:
            self.fold_reasons()

    def fold_reasons(self) -> None:
        """Take together the reasons that differ in names and numbers only."""
        for reason, times in self._raw_reasons.items():
            self.reasons[NOT_A_WORD.sub("#", reason)] += times
        self._raw_reasons.clear()

    def abort(self, reason: str) -> None:
        """An operation aborted."""
        self.endings[f"aborts: {NOT_A_WORD.sub('#', reason)}"] += 1

    def to_json(self) -> dict[str, Any]:
        """The counts as plain data: operations with what they did, the others by number.

        Memory is in MiB, by the executions after which it was looked at, of which now is the last.
        """
        self.fold_reasons()
        self.look_at_memory()
        kinds = {word_of(key): key for key in (*self.took_effect, *self.rejected)}
        return {
            "executions": self.executions,
            "looked_at_closely": self.closely,
            "watched_for_rules": self.watched,
            "operations": {
                word: {"took_effect": self.took_effect[key], "rejected": self.rejected[key]}
                for word, key in sorted(kinds.items())
            },
            "memory_mib": {str(after): mib for after, mib in self.memory_mib.items()},
            **{
                name: dict(counter.most_common())
                for name, counter in (
                    ("reasons", self.reasons),
                    ("endings", self.endings),
                    ("edge_cases", self.edge_cases),
                    ("rules", self.rules),
                )
            },
        }

    def kinds(self) -> set[str]:
        """The kinds of operations that took effect."""
        return set(map(word_of, self.took_effect))


class CountingTarget(ModelTarget):
    """The specification; every operation is counted with what it did."""

    def __init__(
        self, settings: Settings, package: Any, max_visits: int, statistics: Statistics
    ) -> None:
        super().__init__(settings, package, max_visits=max_visits)
        self._statistics = statistics
        statistics.begin(self, settings)

    def apply(self, operation: Operation) -> Lines:
        """Carry out one operation, and count it unless the oracle asks on its own account."""
        if operation is LIVES:
            return super().apply(operation)
        try:
            shown = super().apply(operation)
        except Rejected as error:
            self._statistics.rejection(operation, str(error))
            raise
        except Aborted as error:
            self._statistics.abort(str(error))
            raise
        self._statistics.effect(operation, shown)
        return shown


def ending_of(line: str) -> str:
    """How an operation ended, by its first line: in a word, or with the name of the error."""
    word, _, rest = line.partition(" ")
    if word == "error" and rest:
        return f"error {rest.partition(' ')[0]}"
    return word if word in ENDINGS or "error" in word else "answer"
