"""What all subcommands share: the terminal, progress, and results for machines."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import click
from rich.console import Console
from rich.markup import escape
from rich.status import Status

from fuzz.files import write_whole
from fuzz.verdict import Verdict
from proofs.proof import Verdict as ProofVerdict

PROOF_VERDICTS = {
    ProofVerdict.PROVED: Verdict.AGREE,
    ProofVerdict.REFUTED: Verdict.REFUTED,
    ProofVerdict.INCONCLUSIVE: Verdict.INCONCLUSIVE,
    ProofVerdict.FAULT: Verdict.FAULT,
}
"""What a proof comes to among all checks: one that holds is an agreement."""

COLOURS = {
    Verdict.AGREE: "green",
    Verdict.DIVERGE: "red",
    Verdict.REFUTED: "red",
    Verdict.INCONCLUSIVE: "yellow",
    Verdict.UNSUPPORTED: "yellow",
    Verdict.FAULT: "magenta",
}


class UsageFault(Exception):
    """What the user asked for cannot be done; the message says what, where and what to do."""


@cache
def console() -> Console:
    """The terminal for results; NO_COLOR and pipes are honoured, and lines are never cut."""
    return Console(highlight=False, soft_wrap=True)


def coloured(verdict: Verdict, word: str | None = None) -> str:
    """A verdict's word in its colour, as console markup."""
    return f"[{COLOURS[verdict]}]{word or verdict.value}[/]"


@contextmanager
def progress(message: str) -> Iterator[Callable[[str], None]]:
    """A line that tells what is going on, on a terminal; nothing where there is none.

    It shares the console of the results where that is a terminal: neither overwrites the other.
    """
    terminal = console() if console().is_terminal else Console(stderr=True, highlight=False)
    if not terminal.is_terminal:
        yield lambda text: None
        return
    with Status(message, console=terminal) as status:
        yield lambda text: status.update(escape(text))


def write_json(path: Path | None, result: dict[str, Any]) -> None:
    """Write a result for machines, whole or not at all; nothing if no file was asked for."""
    if path is not None:
        write_file(path, (json.dumps(result, indent=2) + "\n").encode())


def write_file(path: Path, content: bytes) -> None:
    """Write a file, whole or not at all."""
    try:
        write_whole(path, content)
    except OSError as error:
        raise UsageFault(f"cannot write {path}: {error.strerror}") from error


json_option = click.option(
    "--json",
    "json_file",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write the result as JSON to FILE too.",
)


Optioned = TypeVar("Optioned", bound=Callable[..., Any])
"""A command's function, to which an option is added."""

findings_option = click.option(
    "--findings",
    default=Path("findings"),
    show_default=True,
    type=click.Path(file_okay=False, path_type=Path),
    metavar="FOLDER",
    help="Where a scenario that shows a divergence or a refutation is saved.",
)


def qemu_option(meaning: str) -> Callable[[Optioned], Optioned]:
    """An option that names emulators, whatever a command does with them."""
    return click.option(
        "--qemu",
        "paths",
        multiple=True,
        type=click.Path(path_type=Path),
        metavar="PATH",
        help=meaning,
    )


def corpora_folder() -> Path:
    """The corpora beside these packages, or in the current folder."""
    beside = Path(__file__).resolve().parent.parent / "corpora"
    return beside if beside.is_dir() else Path("corpora")
