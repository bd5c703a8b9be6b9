"""What `flatview prove --sweep` does: prove with several seeds, and compare the budgets."""

from collections.abc import Sequence
from pathlib import Path

from rich.markup import escape

from cli.output import PROOF_VERDICTS, coloured, console, progress, write_json
from fuzz.verdict import exit_code
from proofs.cache import Cache
from proofs.proof import Verdict
from proofs.seeds import SweptTheorem, sweep
from proofs.theorem import Theorem


def run_sweep(
    theorems: Sequence[Theorem], seeds: int, cache: Cache, processes: int, json_file: Path | None
) -> int:
    """Prove with several seeds; what leaves its budget with one of them is inconclusive."""
    results = []
    with progress("sweeping") as tell:
        for result in sweep(theorems, seeds, cache, processes):
            print_swept(result)
            results.append(result)
            tell(f"sweeping: {len(results)} of {len(theorems)} theorems are known")
    results.sort(key=lambda result: theorems.index(result.theorem))
    write_json(json_file, {"theorems": [result.to_json() for result in results]})
    largest = max(results, key=lambda result: result.share)
    console().print(
        f"{sum(one.verdict is Verdict.PROVED for one in results)} of {len(results)} theorems "
        f"proved with each of {seeds} seeds; no proof took more than {largest.share:.0%} of its "
        f"budget ({largest.theorem.name})",
        markup=False,
    )
    return exit_code(PROOF_VERDICTS[result.verdict] for result in results)


def print_swept(result: SweptTheorem) -> None:
    """One line for a theorem: what its proofs took, and of which budget."""
    out = console()
    least, most = result.resource_units
    word = coloured(PROOF_VERDICTS[result.verdict], f"{result.verdict.value:<12}")
    figures = f"{least:,} to {most:,} of {result.theorem.limits.resource_units:,} units"
    out.print(f"{word} {escape(result.theorem.name)}  [dim]{figures}, {result.share:.0%}[/]")
    if result.reason:
        out.print(f"  {result.reason}", markup=False)
