"""`flatview prove` without trust in Z3: SMT-LIB files, second solvers, proofs that are checked."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple, TypeVar

import click

from cli.output import UsageFault, console, progress, write_json
from fuzz.verdict import Verdict, exit_code
from proofs.certificates import CHECKER, certifier
from proofs.export import Exported, ExportError, whole_folder, write_all, write_contents
from proofs.known_answers import KnownAnswers
from proofs.proof import Verdict as ProofVerdict
from proofs.recheck import Agreement, Row, recheck
from proofs.solvers import SOLVERS, Solver
from proofs.theorem import Theorem

VERDICTS = {
    Agreement.AGREES: Verdict.AGREE,
    Agreement.DISAGREES: Verdict.DIVERGE,
    Agreement.INCONCLUSIVE: Verdict.INCONCLUSIVE,
    Agreement.HOLES: Verdict.INCONCLUSIVE,
    Agreement.FAULT: Verdict.FAULT,
}
"""What is not covered has no verdict; a solver that covers nothing leaves all undecided."""

HOW_TO_HAVE_IT = {
    **{name: f"install flatview with the extra {name}; nothing is compared" for name in SOLVERS},
    CHECKER: "it has to be on the PATH, and cvc5 installed; no proof is checked",
}

PROBLEMS_SHOWN = 10

Command = TypeVar("Command", bound=Callable[..., Any])


class Wish(NamedTuple):
    """What was asked for beside proving."""

    export_folder: Path | None
    solvers: tuple[str, ...]
    certificate: bool


def independence_options(command: Command) -> Command:
    """The options that make a `Wish`."""
    for option in (
        click.option(
            "--certificate",
            is_flag=True,
            help="Have cvc5 write proofs, and the checker carcara follow each of their steps.",
        ),
        click.option(
            "--solver",
            "solvers",
            type=click.Choice(list(SOLVERS)),
            multiple=True,
            help="Ask another solver all that Z3 was asked, and compare.",
        ),
        click.option(
            "--export",
            "export_folder",
            type=click.Path(file_okay=False, path_type=Path),
            metavar="DIR",
            help="Write what the proofs rest on to DIR, as SMT-LIB files.",
        ),
    ):
        command = option(command)
    return command


def run_independence(
    theorems: Sequence[Theorem],
    wish: Wish,
    answers_folder: Path | None,
    jobs: int,
    json_file: Path | None,
) -> int:
    """Write what the proofs rest on, and have it checked by others than Z3.

    All theorems are proved anew for it. What a solver agreed on before is remembered in a folder,
    if there is one.
    """
    wanted = [SOLVERS[name] for name in dict.fromkeys(wish.solvers)]
    if wish.certificate:
        wanted.append(certifier())
    verdicts: list[Verdict] = []
    solvers = []
    for solver in wanted:
        if solver.version:
            solvers.append(solver)
        else:
            console().print(f"{solver.name} is not available: {HOW_TO_HAVE_IT[solver.name]}")
            verdicts.append(Verdict.INCONCLUSIVE)
    result: dict[str, Any] = {"theorems": [], "solvers": []}
    if solvers or wish.export_folder is not None:
        try:
            with exported_to(wish.export_folder, theorems, jobs) as (folder, exports):
                verdicts += [verdict_of(one) for one in exports]
                result["theorems"] = [summary_of(one) for one in exports]
                known = KnownAnswers(answers_folder)
                for solver in solvers:
                    counts, told = compare_all(solver, folder, exports, known, jobs)
                    verdicts += verdicts_of(counts)
                    result["solvers"].append(told)
        except ExportError as error:
            raise UsageFault(str(error)) from error
    available = {solver.name for solver in solvers}
    result["not available"] = [one.name for one in wanted if one.name not in available]
    write_json(json_file, result)
    return exit_code(verdicts)


@contextmanager
def exported_to(
    folder: Path | None, theorems: Sequence[Theorem], jobs: int
) -> Iterator[tuple[Path, list[Exported]]]:
    """Export to a folder that is to be kept, and is whole at once; or to one that goes away."""
    if folder is not None:
        with whole_folder(folder) as new:
            exports = export(theorems, new, jobs)
        yield folder, exports
        return
    with TemporaryDirectory(prefix="flatview-export-") as name:
        yield Path(name), export(theorems, Path(name), jobs)


def export(theorems: Sequence[Theorem], folder: Path, jobs: int) -> list[Exported]:
    """Write what the proofs rest on, and tell how much it is."""
    out, exports = console(), []
    with progress("proving, and writing") as tell:
        for exported in write_all(theorems, folder, jobs):
            exports.append(exported)
            if exported.verdict is not ProofVerdict.PROVED:
                out.print(
                    f"{exported.theorem} is {exported.verdict.value}: {exported.reason}",
                    markup=False,
                )
            tell(f"proving, and writing: {len(exports)} of {len(theorems)} theorems are done")
    write_contents(folder, exports)
    scripts = [script for exported in exports for script in exported.scripts]
    logics = Counter(script.logic for script in scripts)
    out.print(
        f"{sum(script.queries for script in scripts):,} answers of Z3 are {len(scripts):,} "
        f"questions of {sum(bool(exported.scripts) for exported in exports)} theorems: "
        + ", ".join(f"{count:,} {logic}" for logic, count in logics.most_common()),
        markup=False,
    )
    return exports


def verdict_of(exported: Exported) -> Verdict:
    """What a proof that was exported comes to among all checks."""
    proved = exported.verdict is ProofVerdict.PROVED
    return Verdict.AGREE if proved else Verdict[exported.verdict.name]


def summary_of(exported: Exported) -> dict[str, Any]:
    """What was exported of a theorem, as plain data."""
    return {
        "theorem": exported.theorem,
        "verdict": exported.verdict.value,
        "reason": exported.reason,
        "questions": len(exported.scripts),
        "answers": sum(script.queries for script in exported.scripts),
        "logics": dict(Counter(script.logic for script in exported.scripts)),
    }


# --- The agreement table ------------------------------------------------------------------------


def compare_all(
    solver: Solver, folder: Path, exports: Sequence[Exported], known: KnownAnswers, jobs: int
) -> tuple[Counter[Agreement], dict[str, Any]]:
    """Ask a solver all questions, print the table, and give its sums and the whole as data."""
    rows = {exported.theorem: Row(exported.theorem) for exported in exports}
    logics: dict[str, Row] = {}
    number, total = 0, sum(len(exported.scripts) for exported in exports)
    with progress(f"asking {solver.name}") as tell:
        for theorem, script, checked in recheck(solver, folder, exports, known, jobs):
            rows[theorem].add(script, checked)
            logics.setdefault(script.logic, Row(script.logic)).add(script, checked)
            number += 1
            tell(f"asking {solver.name}: {number:,} of {total:,} questions are answered")
    print_table(f"{solver.name} {solver.version}", [*rows.values()], [*logics.values()])
    sums: Counter[Agreement] = Counter()
    for row in rows.values():
        sums += row.counts
    return sums, {
        "solver": solver.name,
        "version": solver.version,
        "units": solver.units,
        "theorems": [row.to_json() for row in rows.values()],
        "logics": [{**row.to_json(), "problems": []} for row in logics.values()],
        "total": {one.value: sums[one] for one in Agreement},
    }


def verdicts_of(counts: Counter[Agreement]) -> list[Verdict]:
    """What the answers of one solver come to; if it covered nothing, nothing was decided."""
    found = [VERDICTS[one] for one in Agreement if counts[one] and one in VERDICTS]
    return found or [Verdict.INCONCLUSIVE]


def print_table(title: str, rows: Sequence[Row], logics: Sequence[Row]) -> None:
    """A line for each theorem, each logic and all, and what is no agreement though covered."""
    out, heads = console(), [agreement.value for agreement in Agreement]
    out.print(f"{title}:", markup=False)
    out.print("  questions  " + "  ".join(heads) + "  seconds", markup=False)
    total = Row("all")
    for row in rows:
        total.counts += row.counts
        total.seconds += row.seconds
    for row in (*rows, *logics, total):
        cells = [
            f"{row.counts[one]:>{len(head)},}" for one, head in zip(Agreement, heads, strict=True)
        ]
        out.print(
            f"  {row.counts.total():>9,}  {'  '.join(cells)}  {row.seconds:>7.1f}  {row.name}",
            markup=False,
        )
    problems = [problem for row in rows for problem in row.problems]
    for script, checked in problems[:PROBLEMS_SHOWN]:
        out.print(
            f"  {checked.agreement.value}: {script.file}, {script.about}: {checked.reason}",
            markup=False,
        )
    if len(problems) > PROBLEMS_SHOWN:
        out.print(f"  and {len(problems) - PROBLEMS_SHOWN} more; --json has all", markup=False)
