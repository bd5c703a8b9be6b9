"""Proving many theorems in several processes, and not again what is known already."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from fuzz.mutation import Mutation, load_variant
from fuzz.processes import in_processes
from proofs.cache import Cache, Key, key_of
from proofs.paths import Effort
from proofs.proof import Verdict
from proofs.results import ProofResult, TheoremResult, ToothResult
from proofs.runner import Options, bite, prove
from proofs.theorem import Theorem
from proofs.theorems import theorem_named


class Job(NamedTuple):
    """One proof: of a theorem, about the code as it is or with the planted bug of that number."""

    theorem: str
    bug: int | None = None
    seed: int = 0

    @property
    def mutation(self) -> Mutation | None:
        """The planted bug."""
        return None if self.bug is None else theorem_named(self.theorem).teeth[self.bug]

    @property
    def key(self) -> Key:
        """All that the result depends on."""
        return key_of(theorem_named(self.theorem), self.mutation, Options(self.seed))


def run_job(job: Job) -> ProofResult:
    """Carry out one proof. Its result can be sent to another process."""
    theorem, mutation, options = theorem_named(job.theorem), job.mutation, Options(job.seed)
    if mutation is None:
        return prove(theorem, load_variant(theorem.package), options).plain()
    return bite(theorem, mutation, options).proof.plain()


def prove_all(
    theorems: Sequence[Theorem], cache: Cache, with_teeth: bool, processes: int
) -> Iterator[TheoremResult]:
    """Prove theorems, with their teeth if asked, and yield each result as soon as it is known."""
    bugs = {one.name: range(len(one.teeth)) if with_teeth else range(0) for one in theorems}
    known: dict[str, dict[int | None, ProofResult]] = {name: {} for name in bugs}
    jobs = [Job(name) for name in bugs]
    jobs += [Job(name, bug) for name, all_bugs in bugs.items() for bug in all_bugs]
    for job, result in run_jobs(jobs, cache, processes):
        results = known[job.theorem]
        results[job.bug] = result
        if len(results) == 1 + len(bugs[job.theorem]):
            theorem = theorem_named(job.theorem)
            teeth = [ToothResult(theorem.teeth[bug], results[bug]) for bug in bugs[job.theorem]]
            yield TheoremResult(theorem, results[None], tuple(teeth))


def run_jobs(
    jobs: Sequence[Job], cache: Cache, processes: int
) -> Iterator[tuple[Job, ProofResult]]:
    """The results of proofs, from the cache or made anew, in whichever order they come."""
    known = {job: cache.get(job.key) for job in jobs}
    missing = []
    for job, found in known.items():
        if found is None or cache.is_audited:
            missing.append(job)
        else:
            yield job, found
    missing.sort(key=lambda job: -theorem_named(job.theorem).limits.resource_units)
    for job, result in run_missing(missing, min(processes, len(missing))):
        checked = audited(result, known[job])
        cache.put(job.key, checked)
        yield job, checked
    cache.forget_old()


def audited(result: ProofResult, known: ProofResult | None) -> ProofResult:
    """A new result, which is a fault if the cache had one that Z3 was asked other things for."""
    if known is None or (known.formulas, known.verdict) == (result.formulas, result.verdict):
        return result
    reason = f"the cache had it {known.verdict.value}, by other formulas of the same code"
    return replace(result, verdict=Verdict.FAULT, reason=reason)


def run_missing(jobs: Sequence[Job], processes: int) -> Iterator[tuple[Job, ProofResult]]:
    """Carry out proofs; where one fails, or its process dies, it is a fault."""
    for job, result in in_processes(run_job, jobs, processes):
        if isinstance(result, BaseException):
            reason = f"{type(result).__name__}: {result}"
            result = ProofResult(Verdict.FAULT, reason, Effort(), 0.0)
        yield job, result
