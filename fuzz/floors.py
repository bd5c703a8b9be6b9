"""Whether inputs did enough to tell anything: which of a harness's floors they stay below."""

from collections.abc import Iterator, Mapping
from typing import Any

from fuzz.edge_cases import BUSY
from fuzz.harnesses.interface import Floors, Harness

MOST_NAMED = 8
"""How many of what is missing are named; the statistics have all."""


def too_few(floors: Floors, executions: int) -> str:
    """Why a run is too short to judge its inputs by; empty if it is not."""
    if executions >= floors.executions:
        return ""
    return (
        f"too short to judge the inputs by: {executions:,} executions of {floors.executions:,} "
        "that this takes"
    )


def unmet(harness: Harness, counts: Mapping[str, int], statistics: Mapping[str, Any]) -> list[str]:
    """The floors that inputs stay below, each in words; none in a run that is too short to judge.

    `counts` are the campaign's, `statistics` those of `fuzz.statistics` as plain data.
    """
    if too_few(harness.floors, counts["executions"]):
        return []
    return [*_floors_of_shares(harness.floors, counts), *_floors_of_cases(harness, statistics)]


def _floors_of_shares(floors: Floors, counts: Mapping[str, int]) -> Iterator[str]:
    executions = counts["executions"]
    operations = counts["operations"] + counts["rejected"]
    took_effect = counts["operations"] / max(operations, 1)
    if took_effect < floors.took_effect:
        yield (
            f"inputs are mostly rejected: {took_effect:.0%} of operations took effect, "
            f"and at least {floors.took_effect:.0%} must"
        )
    compared = counts["compared"] / executions
    if compared < floors.compared:
        yield (
            f"inputs are trivial: {compared:.1f} comparisons an execution, "
            f"and at least {floors.compared:g} must be made"
        )
    uncompared = counts["without_comparison"] / executions
    if uncompared > floors.uncompared:
        yield (
            f"inputs are trivial: {uncompared:.0%} of executions compare nothing, "
            f"and at most {floors.uncompared:.0%} may"
        )


def _floors_of_cases(harness: Harness, statistics: Mapping[str, Any]) -> Iterator[str]:
    floors = harness.floors
    operations = statistics["operations"]
    expected = statistics["executions"] // floors.kind_within
    rare = [
        kind for kind in harness.kinds if operations.get(kind, {}).get("took_effect", 0) < expected
    ]
    if rare:
        yield (
            f"operations that took effect less than once in {floors.kind_within:,} executions: "
            f"{some(rare)}"
        )
    closely = statistics["looked_at_closely"]
    busy = statistics["edge_cases"].get(BUSY, 0) / max(closely, 1)
    if busy < floors.busy:
        yield (
            f"inputs are trivial: {busy:.1%} of executions end in a view of two ranges or more, "
            f"and at least {floors.busy:.1%} must"
        )
    for what, wanted, seen in (
        ("edge cases", floors.edge_cases, statistics["edge_cases"]),
        ("rules", floors.rules, statistics["rules"]),
        ("endings of accesses", floors.endings, statistics["endings"]),
    ):
        missing = [one for one in wanted if not seen.get(one)]
        if missing:
            yield f"{what} that never came up: {some(missing)}"


def some(names: list[str]) -> str:
    """Names in words, the first few of them."""
    more = len(names) - MOST_NAMED
    return ", ".join(names[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
