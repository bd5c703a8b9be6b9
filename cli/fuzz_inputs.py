"""How `flatview fuzz` tells what its inputs were like."""

from collections.abc import Mapping
from typing import Any

from cli.output import console
from fuzz.campaign import CampaignResult
from fuzz.floors import some
from fuzz.harnesses.registry import HARNESSES

FEW = 6
"""How many of each are shown, unless all are asked for."""


def print_inputs(result: CampaignResult, in_full: bool) -> None:
    """A line or two for each kind of statistics; all figures if they are asked for."""
    statistics = result.statistics
    if not statistics:
        return
    out = console()
    out.print("\ninputs")
    for name, words in inputs_in_words(result).items():
        out.print(f"  {name:<11}  {words}", markup=False)
    if not in_full:
        return
    out.print("\n  operation                        took effect     rejected")
    for kind, one in statistics["operations"].items():
        out.print(f"  {kind:<30} {one['took_effect']:>13,} {one['rejected']:>12,}", markup=False)
    for name, title in (
        ("endings", "endings of accesses"),
        ("reasons", "reasons of rejections"),
        ("edge_cases", "edge cases"),
        ("rules", f"rules, of {statistics['watched_for_rules']} executions"),
        ("memory_mib", "MiB of memory, after so many executions"),
    ):
        out.print(f"\n  {title}")
        for word, times in statistics[name].items():
            out.print(f"  {times:>13,}  {word}", markup=False)


def inputs_in_words(result: CampaignResult) -> dict[str, str]:
    """What matters of each kind of statistics."""
    statistics, counts = result.statistics, result.counts
    operations = counts["operations"]
    share = operations / max(operations + counts["rejected"], 1)
    mean = counts["compared"] / max(counts["executions"], 1)
    took = {kind: one["took_effect"] for kind, one in statistics["operations"].items()}
    kinds, edge_cases = HARNESSES[result.harness].kinds, HARNESSES[result.harness].edge_cases
    rare = sorted(kinds, key=lambda kind: took.get(kind, 0))[:FEW]
    unseen = [name for name in edge_cases if name not in statistics["edge_cases"]]
    watched = statistics["watched_for_rules"]
    return {
        "all in all": f"{share:.0%} of operations took effect; {mean:.0f} comparisons an execution",
        "operations": f"{sum(took.get(kind, 0) > 0 for kind in kinds)} of {len(kinds)} kinds; "
        f"the rarest: {', '.join(f'{kind} {took.get(kind, 0):,}' for kind in rare)}",
        "edge cases": f"{len(edge_cases) - len(unseen)} of {len(edge_cases)}"
        + (f"; never: {some(unseen)}" if unseen else ""),
        "rules": f"{len(statistics['rules'])} in {watched} executions that were watched",
        "accesses": most(statistics["endings"]) or "none",
        "rejections": most(statistics["reasons"]) or "none",
        "memory": memory_in_words(statistics["memory_mib"]),
    }


def memory_in_words(mib: Mapping[str, float]) -> str:
    """How much memory the process had after its first executions, and has now."""
    looks = [(int(after), now) for after, now in mib.items()]
    (first, before), (last, now) = looks[0], looks[-1]
    begin = f"{before:g} MiB after {first:,} executions"
    return begin if first == last else f"{begin}, {now:g} MiB after {last:,}"


def most(counts: Mapping[str, Any]) -> str:
    """The most frequent of some counts, which come in that order."""
    shown = [f"{word} {times:,}" for word, times in list(counts.items())[:FEW]]
    return ", ".join(shown) + (f" and {len(counts) - FEW} more" if len(counts) > FEW else "")
