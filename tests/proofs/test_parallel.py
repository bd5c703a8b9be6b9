"""Proving in several processes gives what one gives, and what goes wrong there is a fault."""

import os
from dataclasses import replace

import pytest

from proofs import parallel
from proofs.cache import Cache
from proofs.parallel import Job, prove_all, run_missing
from proofs.proof import Verdict
from proofs.results import ProofResult
from proofs.seeds import SweptTheorem, sweep
from proofs.theorems.clipping import THEOREMS as CLIPPING
from proofs.theorems.filling import ORDER
from proofs.theorems.splitting import SPLIT

NO_CACHE = Cache(None)


def test_two_processes_come_to_what_one_comes_to() -> None:
    chosen = (*CLIPPING, ORDER, SPLIT)
    outcomes = []
    for processes in (1, 2):
        results = list(prove_all(chosen, NO_CACHE, with_teeth=True, processes=processes))
        assert {result.theorem for result in results} == set(chosen)
        outcomes.append(
            {
                result.theorem.name: (
                    result.verdict,
                    result.proof.effort,
                    result.proof.formulas,
                    [(tooth.bites, tooth.proof.counterexample) for tooth in result.teeth],
                )
                for result in results
            }
        )
    assert outcomes[0] == outcomes[1]


def test_teeth_are_tried_only_if_asked() -> None:
    (result,) = prove_all([SPLIT], NO_CACHE, with_teeth=False, processes=1)
    assert result.verdict is Verdict.PROVED
    assert result.teeth == ()


def dies(job: Job) -> ProofResult:
    """What a process does that is out of memory, say."""
    os._exit(9)


def raises(job: Job) -> ProofResult:
    """What a process does that has a bug."""
    raise RuntimeError("a bug of the harness")


@pytest.mark.parametrize(("run", "reason"), [(dies, "BrokenProcessPool"), (raises, "a bug of the")])
def test_a_process_that_fails_is_a_fault(
    monkeypatch: pytest.MonkeyPatch, run: object, reason: str
) -> None:
    monkeypatch.setattr(parallel, "run_job", run)
    jobs = [Job(SPLIT.name), Job(ORDER.name)]
    results = dict(run_missing(jobs, processes=2))
    assert results.keys() == set(jobs)
    for result in results.values():
        assert result.verdict is Verdict.FAULT
        assert reason in result.reason


def test_a_sweep_proves_with_each_seed() -> None:
    (swept,) = sweep([SPLIT], 3, NO_CACHE, processes=1)
    assert swept.theorem is SPLIT
    assert len(swept.proofs) == 3
    assert swept.verdict is Verdict.PROVED
    assert swept.reason == ""
    least, most = swept.resource_units
    assert 0 < least <= most
    assert 0 < swept.share < 1
    assert swept.to_json()["seeds"] == 3


def test_a_seed_that_leaves_the_budget_is_inconclusive() -> None:
    (swept,) = sweep([SPLIT], 2, NO_CACHE, processes=1)
    reason = "the resource budget is spent"
    spent = replace(swept.proofs[1], verdict=Verdict.INCONCLUSIVE, reason=reason)
    unlucky = SweptTheorem(SPLIT, (swept.proofs[0], spent))
    assert unlucky.verdict is Verdict.INCONCLUSIVE
    assert unlucky.reason == "with seed 1: the resource budget is spent"
