"""Asking another solver what Z3 was asked, and comparing: the same texts, the same answer or not.

Each solver runs in processes of their own, so that one that crashes takes nothing else with it, and
one that gives no answer can be ended.
"""

import multiprocessing
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import suppress
from dataclasses import dataclass, field
from enum import Enum
from multiprocessing.connection import Connection
from pathlib import Path
from queue import SimpleQueue
from typing import Any, NamedTuple

from proofs.export import Exported, Script, read_question
from proofs.known_answers import KnownAnswers, key_of
from proofs.solvers import Answer, Reply, Solver, SolverError

SECONDS = 120.0
"""After so long without an answer a solver is ended, should its own limit not stop it."""

KEPT_AT_ONCE = 200
"""How many agreements are written down at a time."""


class Agreement(Enum):
    """How a second solver's answer compares with Z3's, which is always that nothing is possible.

    Only AGREES is an agreement: what is not covered, not decided, or has a proof with holes, is
    counted as just that.
    """

    AGREES = "agrees"
    DISAGREES = "disagrees"
    INCONCLUSIVE = "inconclusive"
    HOLES = "holes"
    NOT_COVERED = "not covered"
    FAULT = "fault"


AGREEMENTS = {
    Answer.UNSAT: Agreement.AGREES,
    Answer.SAT: Agreement.DISAGREES,
    Answer.UNKNOWN: Agreement.INCONCLUSIVE,
    Answer.HOLES: Agreement.HOLES,
    Answer.REJECTED: Agreement.DISAGREES,
}


class Checked(NamedTuple):
    """One comparison, why it is no agreement, and the time that it took."""

    agreement: Agreement
    reason: str = ""
    seconds: float = 0.0
    from_cache: bool = False


NOT_COVERED = Checked(Agreement.NOT_COVERED)


@dataclass
class Row:
    """What the files of a theorem or a logic came to, and which are no agreement though covered."""

    name: str
    counts: Counter[Agreement] = field(default_factory=Counter)
    seconds: float = 0.0
    known: int = 0
    problems: list[tuple[Script, Checked]] = field(default_factory=list)

    def add(self, script: Script, checked: Checked) -> None:
        """Count one file."""
        self.counts[checked.agreement] += 1
        self.seconds += checked.seconds
        self.known += checked.from_cache
        if checked.agreement not in {Agreement.AGREES, Agreement.NOT_COVERED}:
            self.problems.append((script, checked))

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        return {
            "name": self.name,
            "questions": self.counts.total(),
            **{one.value.replace(" ", "_"): self.counts[one] for one in Agreement},
            "known": self.known,
            "seconds": round(self.seconds, 3),
            "problems": [
                {
                    "file": script.file,
                    "about": script.about,
                    "agreement": checked.agreement.value,
                    "reason": checked.reason,
                }
                for script, checked in self.problems
            ],
        }


def recheck(
    solver: Solver, folder: Path, exports: Sequence[Exported], known: KnownAnswers, processes: int
) -> Iterator[tuple[str, Script, Checked]]:
    """Ask a solver all that an export has, and yield each file's theorem and comparison.

    The same question of several files is asked once; what was agreed on before is not asked again.
    Raises ExportError for a file that cannot be read.
    """
    askers: dict[str, list[tuple[str, Script]]] = {}
    for exported in exports:
        for script in exported.scripts:
            if not solver.covers(script.logic):
                yield exported.theorem, script, NOT_COVERED
                continue
            key = key_of(read_question(folder / script.file), solver)
            askers.setdefault(key, []).append((exported.theorem, script))
    agreed = known.among(askers)
    for key in askers:
        if key in agreed:
            same = Checked(Agreement.AGREES, from_cache=True)
            yield from ((*asker, same) for asker in askers[key])
    files = {key: folder / same[0][1].file for key, same in askers.items() if key not in agreed}
    for key, checked in ask_all(solver, files, known, processes):
        first, *others = askers[key]
        yield *first, checked
        # Its time is counted once.
        yield from ((*other, checked._replace(seconds=0.0)) for other in others)


def ask_all(
    solver: Solver, files: Mapping[str, Path], known: KnownAnswers, processes: int
) -> Iterator[tuple[str, Checked]]:
    """Ask the questions of files in several processes, and remember the keys of agreements."""
    if not files:
        return
    count = min(processes, len(files))
    respondents = [Respondent(solver) for _ in range(count)]
    idle: SimpleQueue[Respondent] = SimpleQueue()
    for respondent in respondents:
        idle.put(respondent)

    def check(file: Path) -> Checked:
        respondent = idle.get()
        try:
            return respondent.check(read_question(file))
        finally:
            idle.put(respondent)

    agreed: list[str] = []
    pool = ThreadPoolExecutor(count)
    try:
        futures = {pool.submit(check, file): key for key, file in files.items()}
        for future in as_completed(futures):
            key, checked = futures[future], future.result()
            if checked.agreement is Agreement.AGREES:
                agreed.append(key)
            if len(agreed) >= KEPT_AT_ONCE:
                known.add(agreed)
                agreed = []
            yield key, checked
    finally:
        pool.shutdown(cancel_futures=True)
        if agreed:
            known.add(agreed)
        for respondent in respondents:
            respondent.close()


class Respondent:
    """A solver in a process of its own, which is started anew where it has died."""

    def __init__(self, solver: Solver, seconds: float = SECONDS) -> None:
        self.solver = solver
        self.seconds = seconds
        self.connection: Connection | None = None

    def check(self, question: str) -> Checked:
        """Ask one question. A solver that dies or does not read it is at fault."""
        started = time.perf_counter()
        if self.connection is None:
            self._start()
        assert self.connection is not None
        try:
            self.connection.send(question)
            if not self.connection.poll(self.seconds):
                self.close()
                checked = Checked(Agreement.INCONCLUSIVE, f"no answer in {self.seconds:g} seconds")
            else:
                checked = compare(self.connection.recv())
        except (EOFError, OSError):
            code = self.close()
            checked = Checked(
                Agreement.FAULT, f"{self.solver.name} died of its question, with exit code {code}"
            )
        return checked._replace(seconds=time.perf_counter() - started)

    def _start(self) -> None:
        context = multiprocessing.get_context("spawn")
        self.connection, theirs = context.Pipe()
        self.process = context.Process(target=respond, args=(self.solver, theirs), daemon=True)
        self.process.start()
        theirs.close()

    def close(self) -> int | None:
        """End the process, if there is one, and say what it ended with."""
        if self.connection is None:
            return None
        self.connection.close()
        self.connection = None
        # It ends by itself when nobody can ask it any more, unless it is busy.
        self.process.join(1.0)
        if self.process.is_alive():
            self.process.kill()
            self.process.join()
        code = self.process.exitcode
        self.process.close()
        return code


def respond(solver: Solver, connection: Connection) -> None:
    """Answer questions until there are no more: with a reply, or with what went wrong."""
    with suppress(EOFError, OSError):
        while True:
            question = connection.recv()
            try:
                reply: Reply | str = solver.ask(question, solver.units)
            except SolverError as error:
                reply = str(error)
            except Exception as error:
                reply = f"{type(error).__name__}: {error}"
            connection.send(reply)


def compare(reply: Reply | str) -> Checked:
    """How a reply, or what went wrong instead, compares with what Z3 found."""
    if isinstance(reply, str):
        return Checked(Agreement.FAULT, reply)
    reason = reply.reason or ("it finds a solution" if reply.answer is Answer.SAT else "")
    return Checked(AGREEMENTS[reply.answer], reason)
