"""What the proofs rest on, as SMT-LIB files: a folder for each theorem, a file for each question.

Each file says what Z3 found to have no solution: that a claim fails on a path, or that a path goes
on to a side of a branch. They come from the proof itself, while it runs on the project's own code.
"""

import json
import multiprocessing
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import z3

from fuzz.mutation import load_variant
from proofs.proof import Proof, Verdict
from proofs.runner import Options, prove
from proofs.smtlib import Reader, question_in, question_of, script_of
from proofs.theorem import Obligation, Package, Theorem
from proofs.theorems import theorem_named

CONTENTS = "export.json"
"""The file that lists all others, and makes a folder an export."""

FORMAT = "flatview SMT-LIB export 1"


class ExportError(Exception):
    """A folder that cannot be written or read as an export; the message says why."""


@dataclass(frozen=True)
class Script:
    """One file: what it is about, its logic, and how many of Z3's answers it stands for."""

    file: str
    obligation: str
    about: str
    logic: str
    queries: int


@dataclass(frozen=True)
class Exported:
    """What the proof of one theorem came to, and the files of what it rests on.

    `formulas` is the digest of all that Z3 was told and asked, as in the result of a proof.
    """

    theorem: str
    verdict: Verdict
    reason: str
    formulas: str
    scripts: tuple[Script, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {**asdict(self), "verdict": self.verdict.value}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> "Exported":
        """What `to_json` gave. Raises KeyError, TypeError or ValueError for anything else."""
        scripts = tuple(Script(**script) for script in data["scripts"])
        return cls(**{**data, "verdict": Verdict(data["verdict"]), "scripts": scripts})


@dataclass
class Note:
    """A question, where it was asked first, and how often."""

    obligation: str
    about: str
    logic: str
    queries: int = 1


@dataclass
class Recorder:
    """Writes down what a proof rests on while it runs; the same question once."""

    notes: dict[str, Note] = field(default_factory=dict)
    obligation: str = ""
    reader: Reader = field(default_factory=Reader)

    def body(self, obligation: Obligation, package: Package, proof: Proof) -> None:
        """Run an obligation, whose name is taken down; each has a context of its own in Z3."""
        if self.obligation != obligation.name:
            self.obligation, self.reader = obligation.name, Reader()
        obligation.body(package, proof)

    def listen(self, about: str, formulas: tuple[z3.BoolRef, ...]) -> None:
        """See proofs.paths.Listener."""
        logic = self.reader.traits(formulas).logic
        question = question_of(formulas, logic)
        if question in self.notes:
            self.notes[question].queries += 1
            return
        self.notes[question] = Note(self.obligation, about, logic)


def record(theorem: Theorem) -> tuple[Recorder, Exported]:
    """Prove a theorem about the real code, and take down what its proof rests on."""
    recorder = Recorder()
    obligations = tuple(
        Obligation(one.name, partial(recorder.body, one)) for one in theorem.obligations
    )
    told = replace(theorem, obligations=obligations)
    result = prove(told, load_variant(theorem.package), Options(listener=recorder.listen))
    scripts = tuple(
        Script(f"{theorem.name}/{number:04}.smt2", **asdict(note))
        for number, note in enumerate(recorder.notes.values(), start=1)
    )
    return recorder, Exported(theorem.name, result.verdict, result.reason, result.formulas, scripts)


def write_theorem(name: str, folder: Path) -> Exported:
    """Prove a theorem, and write what its proof rests on; nothing if it is not proved."""
    theorem = theorem_named(name)
    recorder, exported = record(theorem)
    if exported.verdict is not Verdict.PROVED:
        return replace(exported, scripts=())
    (folder / name).mkdir()
    for script, question in zip(exported.scripts, recorder.notes, strict=True):
        comments = (
            f"Theorem: {name}",
            f"Rules: {', '.join(theorem.rules)}",
            f"Obligation: {script.obligation}",
            f"Has no solution: {script.about}",
        )
        (folder / script.file).write_text(script_of(question, comments), encoding="utf-8")
    return exported


def write_all(theorems: Sequence[Theorem], folder: Path, processes: int) -> Iterator[Exported]:
    """Write what the proofs of theorems rest on into an empty folder, one after the other."""
    names = [theorem.name for theorem in theorems]
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(max(1, min(processes, len(names))), mp_context=context) as pool:
        yield from pool.map(partial(write_theorem, folder=folder), names)


def write_contents(folder: Path, exports: Sequence[Exported]) -> None:
    """Write the list of all files, and what each is about."""
    contents = {
        "format": FORMAT,
        "z3": z3.get_full_version(),
        "theorems": [exported.to_json() for exported in exports],
    }
    (folder / CONTENTS).write_text(json.dumps(contents, indent=1) + "\n", encoding="utf-8")


def read_contents(folder: Path) -> tuple[Exported, ...]:
    """What an export has. Raises ExportError for a folder that is none."""
    try:
        contents = json.loads((folder / CONTENTS).read_text(encoding="utf-8"))
        if contents["format"] != FORMAT:
            raise ExportError(f"{folder} is an export of another version")
        return tuple(Exported.from_json(data) for data in contents["theorems"])
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise ExportError(f"{folder} is no export of SMT-LIB files: {error}") from error


def read_question(file: Path) -> str:
    """The question that a file of an export asks. Raises ExportError if it has none."""
    try:
        return question_in(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ExportError(f"{file}: {error}") from error


# --- Whole or not at all ------------------------------------------------------------------------


def check_place(folder: Path) -> None:
    """Raises ExportError unless a folder is missing, empty, or an export and nothing else."""
    try:
        present = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
        if not present and (not folder.exists() or not any(folder.iterdir())):
            return
    except OSError as error:
        raise ExportError(f"cannot write to {folder}: {error.strerror}") from error
    known = {script.file for one in read_contents(folder) for script in one.scripts} | {CONTENTS}
    if present - known:
        raise ExportError(f"{folder} has files of others, as {min(present - known)}; name another")


@contextmanager
def whole_folder(folder: Path) -> Iterator[Path]:
    """A folder to write to, which takes the place of `folder` if all goes well, and else is gone.

    Raises ExportError if that place is not to be had.
    """
    check_place(folder)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    except OSError as error:
        raise ExportError(f"cannot write to {folder.parent}: {error.strerror}") from error
    new, old = made / "new", made / "old"
    try:
        new.mkdir()
        yield new
        check_place(folder)
        if folder.exists():
            os.replace(folder, old)
        os.replace(new, folder)
    finally:
        shutil.rmtree(made, ignore_errors=True)
