"""`flatview prove`: prove the theorems, and that planted bugs refute them."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click
from rich.markup import escape

from cli.output import UsageFault, coloured, console, json_option, progress, write_json
from fuzz.verdict import Verdict, exit_code
from proofs.proof import Verdict as ProofVerdict
from proofs.runner import TheoremResult, check, in_hex
from proofs.theorem import Theorem
from proofs.theorems import THEOREMS

# "Agree" is what a proof that holds comes to among all checks.
VERDICTS = {
    ProofVerdict.PROVED: Verdict.AGREE,
    ProofVerdict.REFUTED: Verdict.REFUTED,
    ProofVerdict.INCONCLUSIVE: Verdict.INCONCLUSIVE,
    ProofVerdict.FAULT: Verdict.FAULT,
}

EXAMPLES = """\b
Examples:
  flatview prove
  flatview prove --list
  flatview prove --only fill_ --only merge_ --json proofs.json
"""


@click.command(epilog=EXAMPLES)
@click.option("--only", multiple=True, metavar="TEXT", help="Only theorems with TEXT in the name.")
@click.option("--list", "list_only", is_flag=True, help="Say what would be proved, and stop.")
@click.option("--verbose", is_flag=True, help="Print assumptions, and each planted bug.")
@json_option
def prove(only: tuple[str, ...], list_only: bool, verbose: bool, json_file: Path | None) -> int:
    """Prove the theorems about the specification's own code, for every input.

    Each theorem is also tried on copies of the code with a planted bug, its teeth: every one must
    be refuted.
    """
    theorems = chosen(only)
    if list_only:
        for theorem in theorems:
            print_theorem(theorem)
        return 0
    results = []
    for result in prove_with_progress(theorems):
        print_proof(result, verbose)
        results.append(result)
    write_json(json_file, as_json(results))
    return exit_code(VERDICTS[result.verdict] for result in results)


def chosen(only: tuple[str, ...]) -> tuple[Theorem, ...]:
    """The theorems whose names hold one of the texts; all if there is none."""
    found = tuple(
        theorem for theorem in THEOREMS if not only or any(text in theorem.name for text in only)
    )
    if not found:
        raise UsageFault(f"no theorem has {' or '.join(only)} in its name; see --list")
    return found


def prove_with_progress(theorems: tuple[Theorem, ...]) -> Iterable[TheoremResult]:
    """Prove one theorem after the other, telling on a terminal which one it is."""
    with progress("proving") as tell:
        for number, theorem in enumerate(theorems, start=1):
            tell(f"proving {number} of {len(theorems)}: {theorem.name}")
            yield check(theorem)


def as_json(results: list[TheoremResult]) -> dict[str, Any]:
    """The results as plain data."""
    return {"theorems": [result.to_json() for result in results]}


def print_theorem(theorem: Theorem) -> None:
    """One theorem in words."""
    out = console()
    out.print(f"{theorem.name}  [{', '.join(theorem.rules)}]", markup=False)
    out.print(f"  {theorem.statement}", markup=False)


def print_proof(result: TheoremResult, verbose: bool) -> None:
    """One line for a theorem; more where it is not proved, or was asked for."""
    out = console()
    effort = result.proof.effort
    word = coloured(VERDICTS[result.verdict], result.verdict.value)
    bitten = sum(tooth.bites for tooth in result.teeth)
    out.print(f"{word}  {escape(result.theorem.name)}")
    out.print(
        f"  [dim]{', '.join(result.theorem.rules)}: {effort.paths} paths, {effort.claims} claims, "
        f"{effort.resource_units:,} units, {result.proof.seconds:.2f} s; "
        f"{bitten} of {len(result.teeth)} planted bugs refuted[/]"
    )
    if result.proof.verdict is not ProofVerdict.PROVED:
        out.print(f"  {result.proof.reason}", markup=False)
    if result.proof.counterexample is not None:
        for name, value in result.proof.counterexample.shown.items():
            out.print(f"    {name} = {in_hex(value)}", markup=False)
    for survivor in result.survivors:
        out.print(f"  this planted bug was not refuted: {survivor}", markup=False)
    if verbose:
        for assumption in result.theorem.assumptions:
            out.print(f"  assumes: {assumption}", markup=False)
        for tooth in result.teeth:
            out.print(f"  planted bug {tooth.mutation.name}: {tooth.proof.reason}", markup=False)
