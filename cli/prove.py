"""`flatview prove`: prove the theorems, and that planted bugs refute them."""

from collections.abc import Callable, Iterator, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeVar

import click
from rich.markup import escape

from cli.independence import Wish, independence_options, run_independence
from cli.output import (
    PROOF_VERDICTS,
    UsageFault,
    coloured,
    console,
    findings_option,
    json_option,
    progress,
    write_file,
    write_json,
)
from cli.seeds import run_sweep
from cli.witnesses import show_refutations, show_teeth
from fuzz.processes import processors
from fuzz.verdict import exit_code
from proofs.cache import Cache, default_folder
from proofs.parallel import prove_all
from proofs.proof import Verdict as ProofVerdict
from proofs.report import annotations, junit, sarif
from proofs.results import TheoremResult, in_hex
from proofs.theorem import Theorem
from proofs.theorems import THEOREMS

Command = TypeVar("Command", bound=Callable[..., Any])

EXAMPLES = """\b
Examples:
  flatview prove
  flatview prove --teeth --junit proofs.xml --sarif proofs.sarif
  flatview prove --list
  flatview prove --only fill_ --only P14 --json proofs.json --verbose
  flatview prove --sweep 8
  flatview prove --only P10 --solver cvc5 --solver bitwuzla
"""


def file_option(name: str, meaning: str) -> Callable[[Command], Command]:
    """An option that names a file to write."""
    kind = click.Path(dir_okay=False, path_type=Path)
    return click.option(f"--{name}", f"{name}_file", type=kind, metavar="FILE", help=meaning)


@click.command(epilog=EXAMPLES)
@click.option(
    "--only", multiple=True, metavar="TEXT", help="Only theorems of rule TEXT, or so named in part."
)
@click.option("--list", "list_only", is_flag=True, help="Say what would be proved, and stop.")
@click.option("--teeth", is_flag=True, help="Try each theorem on code with planted bugs, too.")
@click.option(
    "--scenarios",
    "scenarios_folder",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="FOLDER",
    help="With --teeth: write a scenario that shows each planted bug to FOLDER.",
)
@findings_option
@click.option(
    "--sweep",
    "seeds",
    is_flag=False,
    flag_value=8,
    type=click.IntRange(min=2),
    metavar="[SEEDS]",
    help="Prove with so many seeds of Z3, 8 if none are named, and compare the budgets.",
)
@click.option("--verbose", is_flag=True, help="Print assumptions, costs, and each planted bug.")
@click.option(
    "--jobs",
    type=click.IntRange(min=1),
    help="How many processes prove.  [default: one a processor]",
)
@click.option(
    "--cache",
    "cache_folder",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="FOLDER",
    help="Where results are remembered.  [default: flatview/proofs in the user's cache]",
)
@click.option("--no-cache", is_flag=True, help="Prove all anew, and remember nothing.")
@click.option("--audit", is_flag=True, help="Prove all anew, and compare what is remembered.")
@independence_options
@file_option("junit", "Write the result as JUnit XML to FILE.")
@file_option("sarif", "Write the result as SARIF 2.1.0 to FILE.")
@click.option("--github", is_flag=True, help="Print GitHub annotations of what is not proved.")
@json_option
def prove(
    only: tuple[str, ...],
    list_only: bool,
    teeth: bool,
    scenarios_folder: Path | None,
    findings: Path,
    seeds: int | None,
    verbose: bool,
    jobs: int | None,
    cache_folder: Path | None,
    no_cache: bool,
    audit: bool,
    export_folder: Path | None,
    solvers: tuple[str, ...],
    certificate: bool,
    junit_file: Path | None,
    sarif_file: Path | None,
    github: bool,
    json_file: Path | None,
) -> int:
    """Prove the theorems about the project's own code, for every input.

    With --teeth each theorem is also tried on copies of the code with a planted bug: every one must
    be refuted. What was proved before, of the same code with the same Z3, is remembered.
    """
    theorems = chosen(only)
    if list_only:
        for theorem in theorems:
            print_theorem(theorem)
        return 0
    cache = opened(cache_folder, no_cache, audit)
    processes = jobs or processors()
    wish = Wish(export_folder, solvers, certificate)
    if any(wish):
        if teeth or seeds is not None or audit or junit_file or sarif_file or github:
            raise UsageFault(
                "--export, --solver and --certificate go with --only, --jobs, --cache, --no-cache "
                "and --json, not the others"
            )
        return run_independence(theorems, wish, cache.folder, processes, json_file)
    if seeds is not None:
        if teeth or junit_file or sarif_file or github:
            raise UsageFault("--sweep goes with --only, --jobs, --cache and --json, not the others")
        return run_sweep(theorems, seeds, cache, processes, json_file)
    if scenarios_folder is not None and not teeth:
        raise UsageFault("--scenarios is of planted bugs; add --teeth")
    results = []
    for result in prove_with_progress(theorems, cache, teeth, processes):
        print_proof(result, verbose)
        results.append(result)
    results.sort(key=lambda result: theorems.index(result.theorem))
    print_summary(results, cache)
    show_refutations(results, findings, processes)
    record = as_json(results)
    if scenarios_folder is not None:
        record["scenarios"] = show_teeth(results, scenarios_folder, processes)
    write_json(json_file, record)
    if junit_file is not None:
        write_file(junit_file, junit(results))
    if sarif_file is not None:
        write_json(sarif_file, sarif(results, version("flatview")))
    if github:
        for annotation in annotations(results):
            click.echo(annotation)
    return exit_code(PROOF_VERDICTS[result.verdict] for result in results)


def chosen(only: tuple[str, ...]) -> tuple[Theorem, ...]:
    """The theorems whose names hold one of the texts, or that one is a rule of; all for none."""
    found = tuple(
        theorem
        for theorem in THEOREMS
        if not only or any(text in theorem.name or text in theorem.rules for text in only)
    )
    if not found:
        raise UsageFault(
            f"no theorem has {' or '.join(only)} in its name or among its rules; see --list"
        )
    return found


def opened(folder: Path | None = None, no_cache: bool = False, audit: bool = False) -> Cache:
    """The cache that was asked for."""
    if no_cache and (audit or folder is not None):
        raise UsageFault("--no-cache contradicts --cache and --audit; drop it or them")
    return Cache(None if no_cache else folder or default_folder(), audit)


def prove_with_progress(
    theorems: Sequence[Theorem], cache: Cache, teeth: bool, processes: int
) -> Iterator[TheoremResult]:
    """Prove theorems in parallel, telling on a terminal how many are left."""
    with progress("proving") as tell:
        results = prove_all(theorems, cache, teeth, processes)
        for number, result in enumerate(results, start=1):
            yield result
            tell(f"proving: {number} of {len(theorems)} theorems are known")


def as_json(results: Sequence[TheoremResult]) -> dict[str, Any]:
    """The results as plain data."""
    return {"theorems": [result.to_json() for result in results]}


def print_theorem(theorem: Theorem) -> None:
    """One theorem in words."""
    out = console()
    out.print(f"{theorem.name}  [{', '.join(theorem.rules)}]", markup=False)
    out.print(f"  {theorem.statement}", markup=False)
    if theorem.bound:
        out.print(f"  Bounded: {theorem.bound}.", markup=False)


def print_proof(result: TheoremResult, verbose: bool) -> None:
    """One line for a theorem; more where it is not proved, or was asked for."""
    out = console()
    word = coloured(PROOF_VERDICTS[result.verdict], f"{result.verdict.value:<12}")
    bitten = sum(tooth.bites for tooth in result.teeth)
    bugs = f"{bitten} of {len(result.teeth)} bugs refuted" if result.teeth else ""
    took = "known" if result.proof.from_cache else f"{result.proof.seconds:.2f} s"
    out.print(f"{word} {escape(result.theorem.name)}  [dim]{took}  {bugs}[/]".rstrip())
    if result.proof.verdict is not ProofVerdict.PROVED:
        out.print(f"  {result.proof.reason}", markup=False)
    if result.proof.counterexample is not None:
        for name, value in result.proof.counterexample.shown.items():
            out.print(f"    {name} = {in_hex(value)}", markup=False)
    for survivor in result.survivors:
        out.print(f"  this planted bug was not refuted: {survivor}", markup=False)
    if verbose:
        print_details(result)


def print_details(result: TheoremResult) -> None:
    """What a proof took and what it takes for granted, and what each planted bug breaks."""
    out = console()
    theorem, effort = result.theorem, result.proof.effort
    out.print(
        f"  [dim]{', '.join(theorem.rules)}: {effort.paths} paths, {effort.claims} claims, "
        f"{effort.queries} queries, {effort.resource_units:,} of {theorem.limits.resource_units:,} "
        "units[/]"
    )
    if theorem.bound:
        out.print(f"  bounded: {theorem.bound}", markup=False)
    for assumption in theorem.assumptions:
        out.print(f"  assumes: {assumption}", markup=False)
    for tooth in result.teeth:
        out.print(f"  planted bug {tooth.mutation.name}: {tooth.proof.reason}", markup=False)


def print_summary(results: Sequence[TheoremResult], cache: Cache) -> None:
    """How many theorems came out how, and what the cache was good for."""
    out = console()
    proofs = [proof for one in results for proof in (one.proof, *(t.proof for t in one.teeth))]
    known = sum(proof.from_cache for proof in proofs)
    proved = sum(result.verdict is ProofVerdict.PROVED for result in results)
    teeth = [tooth for result in results for tooth in result.teeth]
    bitten = sum(tooth.bites for tooth in teeth)
    out.print(
        f"{proved} of {len(results)} theorems proved; "
        + (f"{bitten} of {len(teeth)} planted bugs refuted; " if teeth else "")
        + f"{known} of {len(proofs)} results were known"
    )
    if cache.corrupt:
        out.print(f"{cache.corrupt} files of the cache were damaged, and proved anew")
