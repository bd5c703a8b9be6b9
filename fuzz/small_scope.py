"""Exhaustive small scope: all of what is enumerated, in several processes, and what comes of it.

How one process searches is in `small_scope_search`, from which trees and with which operations in
`small_scope_scenes`.
"""

import time
from collections.abc import Iterator
from typing import Any, NamedTuple

from fuzz.mutants import MUTANTS
from fuzz.mutation import Mutation
from fuzz.processes import in_processes
from fuzz.small_scope_pair import Counts
from fuzz.small_scope_scenes import Grid, alphabet, grid_of, scenes
from fuzz.small_scope_search import Finding, Result, Scope, Search, Task
from fuzz.small_scope_world import World
from fuzz.verdict import Verdict

MOST_AT_ONCE = 128
"""With how many first operations a process searches before it reports, if none follows."""


class Progress(NamedTuple):
    """How much of a scope is done, in parts, and what was counted so far."""

    done: int
    parts: int
    counts: Counts


class Enumerated(NamedTuple):
    """What a scope came to.

    `letters` has the number of operations of each scene's alphabet, `covered` that of the sequences
    that they make, each in all its groupings into transactions.
    """

    scope: Scope
    letters: dict[str, int]
    covered: int
    counts: Counts
    seconds: float
    finding: Finding | None = None

    @property
    def verdict(self) -> Verdict:
        """What to say of it; a run that compared nothing says nothing."""
        if self.finding is not None:
            return Verdict.DIVERGE
        return Verdict.AGREE if self.counts.views else Verdict.INCONCLUSIVE

    def to_json(self) -> dict[str, Any]:
        """The result as plain data."""
        return {
            "verdict": self.verdict.value,
            "address_bits": self.scope.world.address_bits,
            "page_bits": self.scope.world.page_bits,
            "operations": self.scope.operations,
            "grid": self.scope.grid.value,
            "letters": self.letters,
            "sequences": self.covered,
            "counts": self.counts._asdict(),
            "seconds": round(self.seconds, 1),
            "difference": None if self.finding is None else self.finding.to_json(),
        }


def scopes_of(world: World, operations: int, every: bool = False) -> tuple[Scope, ...]:
    """What is enumerated for up to so many operations: the fewer, the finer the grid.

    With `every`, all addresses and sizes for any number of operations.
    """
    if every:
        return (Scope(world, operations, Grid.EVERY),)
    return tuple(Scope(world, count, grid_of(count)) for count in range(1, operations + 1))


def tasks_of(scope: Scope, mutation: Mutation | None = None) -> list[Task]:
    """A scope in parts, which together are all of it."""
    at_once = max(MOST_AT_ONCE >> 3 * (scope.operations - 1), 1)
    return [
        Task(scope, scene, first, min(first + at_once, letters), mutation)
        for scene in scenes(scope.world)
        for letters in (len(alphabet(scene, scope.grid, scope.world)),)
        for first in range(0, letters, at_once)
    ]


def search(task: Task) -> Result:
    """Run one part."""
    return Search(task).run()


def covered(letters: int, operations: int) -> int:
    """How many sequences of up to so many operations there are, each in all its groupings.

    Between two neighbours a transaction either ends or does not.
    """
    return sum(letters**length << (length - 1) for length in range(1, operations + 1))


def enumerate_scope(
    scope: Scope, jobs: int = 1, mutation: Mutation | None = None
) -> Iterator[Progress | Enumerated]:
    """Search all of a scope; progress as it comes, then one result. Ends at the first difference.

    With one job everything happens in this process.
    """
    started = time.monotonic()
    tasks, counts, finding = tasks_of(scope, mutation), Counts(), None
    for done, (_, result) in enumerate(in_processes(search, tasks, jobs), start=1):
        if isinstance(result, BaseException):
            raise result
        counts = counts.plus(result.counts)
        finding = finding or result.finding
        if finding is not None:
            break
        yield Progress(done, len(tasks), counts)
    letters = {
        scene.name: len(alphabet(scene, scope.grid, scope.world)) for scene in scenes(scope.world)
    }
    all_covered = sum(covered(count, scope.operations) for count in letters.values())
    passed = time.monotonic() - started
    yield Enumerated(scope, letters, all_covered, counts, passed, finding)


def mutation_of(target: str) -> Mutation | None:
    """The planted bug of a target by its name; None for `impl`. KeyError for all others."""
    if target == "impl":
        return None
    return {f"mutant:{mutation.name}": mutation for mutation in MUTANTS}[target]
