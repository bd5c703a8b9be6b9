"""Proving with several seeds of Z3's random choices, because no proof may depend on luck."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from proofs.cache import Cache
from proofs.parallel import Job, run_jobs
from proofs.proof import Verdict
from proofs.results import ProofResult
from proofs.theorem import Theorem
from proofs.theorems import theorem_named


@dataclass(frozen=True)
class SweptTheorem:
    """One theorem's proofs, one for each seed in their order."""

    theorem: Theorem
    proofs: tuple[ProofResult, ...]

    @property
    def verdict(self) -> Verdict:
        """Proved if it is with each seed, else how the first that is not came out."""
        verdicts = (proof.verdict for proof in self.proofs)
        return next((one for one in verdicts if one is not Verdict.PROVED), Verdict.PROVED)

    @property
    def reason(self) -> str:
        """Why it is not proved with some seed, or an empty text."""
        for seed, proof in enumerate(self.proofs):
            if proof.verdict is not Verdict.PROVED:
                return f"with seed {seed}: {proof.reason}"
        return ""

    @property
    def resource_units(self) -> tuple[int, int]:
        """The least and the most that a proof has spent."""
        units = [proof.effort.resource_units for proof in self.proofs]
        return min(units), max(units)

    @property
    def paths(self) -> int:
        """The most paths that a proof has followed."""
        return max(proof.effort.paths for proof in self.proofs)

    @property
    def share(self) -> float:
        """How much of its budget the costliest proof has spent; 1 is all of it."""
        return self.resource_units[1] / self.theorem.limits.resource_units

    def to_json(self) -> dict[str, Any]:
        """Plain data."""
        least, most = self.resource_units
        return {
            "name": self.theorem.name,
            "verdict": self.verdict.value,
            "reason": self.reason,
            "seeds": len(self.proofs),
            "resource_units": {"least": least, "most": most},
            "paths": self.paths,
            "limits": self.theorem.limits._asdict(),
        }


def sweep(
    theorems: Sequence[Theorem], seeds: int, cache: Cache, processes: int
) -> Iterator[SweptTheorem]:
    """Prove theorems with the seeds from 0 on, and yield each when all its proofs are made."""
    known: dict[str, dict[int, ProofResult]] = {theorem.name: {} for theorem in theorems}
    jobs = [Job(name, seed=seed) for name in known for seed in range(seeds)]
    for job, result in run_jobs(jobs, cache, processes):
        results = known[job.theorem]
        results[job.seed] = result
        if len(results) == seeds:
            proofs = tuple(results[seed] for seed in range(seeds))
            yield SweptTheorem(theorem_named(job.theorem), proofs)
