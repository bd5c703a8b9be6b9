"""The theorems: each is proved, each can fail, and what each claims is written down."""

import importlib
import pkgutil
from dataclasses import replace
from functools import cache

import pytest

import proofs.theorems
from fuzz.mutation import Mutation, load_variant
from proofs.cache import Cache, default_folder
from proofs.parallel import Job, run_job, run_jobs
from proofs.proof import ConcretePath, Limits, Verdict
from proofs.results import ProofResult
from proofs.theorem import Theorem
from proofs.theorems import THEOREMS, theorem_named

NAMES = [theorem.name for theorem in THEOREMS]
TEETH = [
    pytest.param(Job(theorem.name, index), id=f"{theorem.name}-{tooth.name}")
    for theorem in THEOREMS
    for index, tooth in enumerate(theorem.teeth)
]
QUICK = [theorem.name for theorem in THEOREMS if theorem.limits.resource_units <= 400_000]

copy_of = cache(load_variant)


def result_of(job: Job) -> ProofResult:
    """How a proof comes out; those that other tests made since the tests began are not repeated."""
    ((_, result),) = run_jobs([job], Cache(default_folder()), processes=1)
    return result


@pytest.mark.parametrize("name", NAMES)
def test_the_theorem_is_proved(name: str) -> None:
    proof = result_of(Job(name))
    assert proof.verdict is Verdict.PROVED, f"{proof.reason}: {proof.counterexample}"
    assert proof.counterexample is None
    assert proof.reason == ""


@pytest.mark.parametrize("job", TEETH)
def test_the_bug_is_refuted(job: Job) -> None:
    """Inconclusive or faulty is no kill; and the real code must stand the values that broke it."""
    proof = result_of(job)
    assert proof.verdict is Verdict.REFUTED, proof.reason
    found = proof.counterexample
    assert found is not None
    theorem = theorem_named(job.theorem)
    (obligation,) = (part for part in theorem.obligations if part.name == found.obligation)
    path = ConcretePath(found.values)
    obligation.body(copy_of(theorem.package), path)
    assert path.claims > 0


@pytest.mark.parametrize("name", NAMES)
def test_the_budget_is_enough_but_not_ten_times_too_much(name: str) -> None:
    """A budget far above the cost would not notice a proof that gets harder."""
    effort, limits = result_of(Job(name)).effort, theorem_named(name).limits
    assert 2 * effort.resource_units <= limits.resource_units <= 10 * effort.resource_units
    assert 2 * effort.paths <= limits.paths <= 10 * effort.paths


@pytest.mark.parametrize("name", QUICK)
def test_a_proof_costs_the_same_each_time(name: str) -> None:
    """Resource units gate proofs because they do not depend on the machine's load."""
    again = run_job(Job(name))
    before = result_of(Job(name))
    assert (again.effort, again.formulas) == (before.effort, before.formulas)


def all_in_the_modules(kind: type[Theorem] | type[Mutation]) -> set[str]:
    """The names of all theorems, or of all bugs, that some module of theorems has."""
    names: set[str] = set()
    for module in pkgutil.iter_modules(proofs.theorems.__path__, "proofs.theorems."):
        values = vars(importlib.import_module(module.name)).values()
        names |= {value.name for value in values if isinstance(value, kind)}
    return names


def test_no_theorem_is_forgotten() -> None:
    """A module's theorems are proved only if they are listed with all the others."""
    assert all_in_the_modules(Theorem) == set(NAMES)


def test_no_two_theorems_have_the_same_name() -> None:
    assert len(set(NAMES)) == len(NAMES)


def test_each_bug_is_a_tooth_of_some_theorem() -> None:
    teeth = {tooth.name for theorem in THEOREMS for tooth in theorem.teeth}
    assert all_in_the_modules(Mutation) == teeth


@pytest.mark.parametrize(
    "missing",
    [
        {"name": "too_short"},
        {"statement": "no sentence"},
        {"rules": ()},
        {"assumptions": ()},
        {"limits": Limits(resource_units=0, paths=1)},
        {"limits": Limits(resource_units=1, paths=0)},
        {"obligations": ()},
        {"teeth": THEOREMS[0].teeth[:2]},
        {"bound": "three of them"},
        {"name": "a_claim_about_up_to_3_things"},
    ],
    ids=lambda missing: next(iter(missing)),
)
def test_a_theorem_lacks_nothing_that_its_proof_is_believed_for(missing: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="lacks"):
        replace(THEOREMS[0], **missing)  # type: ignore[arg-type]
