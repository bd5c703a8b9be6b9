"""Many counterexamples at once: their scenarios made and written in several processes."""

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

from fuzz.processes import in_processes
from proofs.parallel import Job
from proofs.results import Counterexample
from proofs.theorems import theorem_named
from proofs.witnesses.witness import How, describe_witness, witness_of, write_witness


class Refuted(NamedTuple):
    """A proof that was refuted, and the values that refute it."""

    job: Job
    counterexample: Counterexample


class Told(NamedTuple):
    """What came of a counterexample: how, from what or why not, the file, and all in words."""

    how: How
    remark: str
    steps: int
    path: Path | None
    text: str


def tell_all(
    refuted: Sequence[Refuted], folder: Path, processes: int
) -> Iterator[tuple[Refuted, Told]]:
    """Make each counterexample a scenario in a folder. Raises what a process raises."""
    work = partial(tell, folder=folder)
    for one, told in in_processes(work, refuted, min(processes, len(refuted))):
        if isinstance(told, BaseException):
            raise told
        yield one, told


def tell(refuted: Refuted, folder: Path) -> Told:
    """Make one counterexample a scenario, write it, and tell of it."""
    job = refuted.job
    witness = witness_of(theorem_named(job.theorem), job.mutation, refuted.counterexample)
    path = None if witness.scenario is None else write_witness(witness, folder)
    steps = 0 if witness.scenario is None else len(witness.scenario.steps)
    remark = witness.reason or witness.origin
    return Told(witness.how, remark, steps, path, describe_witness(witness, path))
