"""`flatview corpus`: the seeds that campaigns begin with."""

from collections.abc import Sequence
from itertools import islice
from pathlib import Path

import click

from cli.output import (
    UsageFault,
    coloured,
    console,
    corpora_folder,
    json_option,
    progress,
    write_json,
)
from fuzz.coverage import Coverage
from fuzz.harnesses.interface import Harness
from fuzz.harnesses.registry import HARNESSES
from fuzz.minimise import Added, Minimised, add, minimise, replace_seeds
from fuzz.rfc_v1_hunt import random_inputs
from fuzz.seeds import NotASeed, inputs_below, reached_by_parts, refuse_others
from fuzz.seeds_check import CheckedFolder, check_folder
from fuzz.verdict import Verdict, exit_code

SEEDS = "seeds"
harness_option = click.option(
    "--harness",
    required=True,
    type=click.Choice(list(HARNESSES)),
    help="The harness whose seeds they are.",
)
out_option = click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="FOLDER",
    help="Where the seeds are.  [default: corpora/seeds/HARNESS]",
)


def seeds_of(harness: str) -> Path:
    """The folder of a harness's committed seeds."""
    return corpora_folder() / SEEDS / harness


@click.group()
def corpus() -> None:
    """Make, extend and check the corpora of seeds: few small scenarios that cover much."""


# --- minimise -----------------------------------------------------------------------------------

MINIMISE_EXAMPLES = """\b
Examples:
  flatview corpus minimise corpora/seeds/topology --harness topology
  flatview corpus minimise corpora/regressions --harness access --by-chance 5000
  flatview corpus minimise libfuzzers-corpus --harness access --out seeds
"""


@corpus.command("minimise", epilog=MINIMISE_EXAMPLES)
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@harness_option
@out_option
@click.option(
    "--by-chance",
    default=0,
    type=click.IntRange(min=0),
    metavar="N",
    help="Take so many inputs of records by chance as well.",
)
@click.option("--seed", default=1, show_default=True, help="Seed of the random choices.")
@json_option
def minimise_command(
    folder: Path, harness: str, out: Path | None, by_chance: int, seed: int, json_file: Path | None
) -> int:
    """Find few small seeds that cover what all inputs in FOLDER and below it cover.

    Inputs are scenarios (.fv), or bytes (.bin, or no ending). The seeds that there are already are
    inputs as well, and those that are not needed go; nothing else is touched. What the seeds of
    a harness's parts cover, in folders beside, is not covered again. What does not agree is left
    out, and makes the exit code 1.
    """
    out = out or seeds_of(harness)
    found = HARNESSES[harness]
    try:
        refuse_others(out)
        with progress("reading inputs") as tell:
            inputs, others = inputs_below(folder, found)
            if out.is_dir() and out.resolve() != folder.resolve():
                inputs = {**inputs, **inputs_below(out, found)[0]}
            chance = islice(random_inputs(seed), by_chance)
            every: dict[bytes, Path | str] = dict.fromkeys(chance, "by chance")
            every.update(inputs)
            if not every:
                raise UsageFault(f"{folder}: no input of harness {harness} in it or below")
            coverage = Coverage()
            given = reached_by_parts(out, found, coverage)
            result = minimise(every, found, coverage, given, tell)
        replace_seeds(out, result.seeds)
    except NotASeed as error:
        raise UsageFault(str(error)) from error
    except OSError as error:
        raise UsageFault(f"cannot write {error.filename}: {error.strerror}") from error
    write_json(json_file, {"folder": str(out), **result.to_json()})
    print_minimised(result, others, found, out)
    return exit_code([Verdict.AGREE, *(one.verdict for one in result.wrong)])


def print_minimised(result: Minimised, others: int, harness: Harness, out: Path) -> None:
    """What is left of how much, what it covers, and what differs."""
    show = console()
    for one in result.wrong:
        print_problem(one.verdict, f"{one.source}: {one.reason}")
    few = len(result.left_out) - len(result.wrong)
    if few:
        show.print(f"{few:,} inputs left out: too much for the specification, or nothing compared")
    if others:
        show.print(f"{others:,} scenarios have operations that {harness.name} does not have")
    show.print(
        f"{out}: {len(result.seeds)} seeds of {result.inputs:,} inputs; with those of its parts "
        f"they reach what all do, {result.covered}",
        markup=False,
    )


def print_problem(verdict: Verdict, message: str) -> None:
    """One input that is no seed, or a bad one, and why."""
    show = console()
    show.print(coloured(verdict), end="  ")
    show.print(message, markup=False)


# --- add ----------------------------------------------------------------------------------------

ADD_EXAMPLES = """\b
Examples:
  flatview corpus add findings/impl-0123456789ab.fv --harness everything
  flatview corpus add fault-0123456789ab.bin --harness access --because "took very long once"
"""


@corpus.command("add", epilog=ADD_EXAMPLES)
@click.argument(
    "files",
    nargs=-1,
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE...",
)
@harness_option
@out_option
@click.option("--because", metavar="REASON", help="Add them even if they cover nothing new.")
@json_option
def add_command(
    files: tuple[Path, ...],
    harness: str,
    out: Path | None,
    because: str | None,
    json_file: Path | None,
) -> int:
    """Add each FILE to the seeds of a harness if it covers something that they do not.

    A FILE is a scenario (.fv), or an input as bytes (.bin, or no ending). One on which the sides
    differ is not added: it would end every campaign at once.
    """
    if because is not None and not (because.isprintable() and because.strip()):
        raise UsageFault("--because must be one line that says something")
    out = out or seeds_of(harness)
    reason = (because or "").strip()
    try:
        with progress("adding seeds") as tell:
            added, needless = add(files, out, HARNESSES[harness], Coverage(), reason, tell)
    except NotASeed as error:
        raise UsageFault(str(error)) from error
    except OSError as error:
        raise UsageFault(f"cannot write {error.filename}: {error.strerror}") from error
    files_json = [one.to_json() for one in added]
    write_json(json_file, {"files": files_json, "needless": [str(path) for path in needless]})
    print_added(added, needless, out, harness)
    return exit_code(one.verdict for one in added)


def print_added(added: Sequence[Added], needless: Sequence[Path], out: Path, harness: str) -> None:
    """What came of each file, and what is not needed any more."""
    show = console()
    for one in added:
        if one.saved is not None:
            show.print(f"{one.path}: {one.new_edges:,} new edges; added: {one.saved}", markup=False)
        elif one.verdict is Verdict.AGREE:
            show.print(f"{one.path}: not added: {one.reason}", markup=False)
        else:
            print_problem(one.verdict, f"{one.path}: not added: {one.reason}")
    if needless:
        show.print(
            f"not needed any more: {', '.join(path.name for path in needless)}; "
            f"`flatview corpus minimise {out} --harness {harness}` drops what is not",
            markup=False,
        )


# --- check --------------------------------------------------------------------------------------

CHECK_EXAMPLES = """\b
Examples:
  flatview corpus check
  flatview corpus check corpora/seeds/topology
  flatview corpus check my-seeds --harness access
"""


@corpus.command("check", epilog=CHECK_EXAMPLES)
@click.argument(
    "folders",
    nargs=-1,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    metavar="[FOLDER]...",
)
@click.option("--harness", type=click.Choice(list(HARNESSES)), help="If no folder's name says it.")
@click.option("--verbose", is_flag=True, help="A line for each seed.")
@json_option
def check_command(
    folders: tuple[Path, ...], harness: str | None, verbose: bool, json_file: Path | None
) -> int:
    """Check that seeds are sound, and that each is needed; without FOLDER, those of all harnesses.

    Each must be a scenario, written just as its bytes decode, on which both sides agree, and reach
    code that no other of its folder does, nor of those beside that are of the harness's parts,
    unless its comment says why it is kept.
    """
    names = {folder: harness or folder.resolve().name for folder in folders}
    names = names or {seeds_of(name): name for name in HARNESSES if harness in (None, name)}
    for folder, name in names.items():
        if name not in HARNESSES:
            raise UsageFault(f"{folder}: its name is no harness's; say which with --harness")
        if not folder.is_dir():
            raise UsageFault(f"there are no seeds in {folder}; make some with `corpus minimise`")
    with progress("checking seeds") as tell:
        coverage = Coverage()
        done = [
            check_folder(folder, HARNESSES[name], coverage, tell) for folder, name in names.items()
        ]
    write_json(json_file, {"folders": [one.to_json() for one in done]})
    for one in done:
        print_checked(one, verbose)
    return code_of(done)


def code_of(done: Sequence[CheckedFolder]) -> int:
    """The exit code; a folder without a seed is inconclusive."""
    empty = [Verdict.INCONCLUSIVE for one in done if not one.seeds]
    return exit_code([*empty, *(seed.verdict for one in done for seed in one.seeds)])


def print_checked(done: CheckedFolder, verbose: bool) -> None:
    """What is wrong with the seeds of a harness, and what they cover."""
    show = console()
    for one in done.seeds:
        if one.verdict is not Verdict.AGREE:
            print_problem(one.verdict, one.message)
        elif verbose:
            show.print(f"{one.path}: {one.own_edges} edges of its own", markup=False)
    good = sum(one.verdict is Verdict.AGREE for one in done.seeds)
    size = len(done.seeds)
    show.print(
        f"{done.harness}: {good} of {size} seeds are good; with those of its parts they "
        f"reach {done.covered}"
    )
