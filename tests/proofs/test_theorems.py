"""The theorems: each is proved, each can fail, and what each claims is written down."""

import importlib
import pkgutil
from dataclasses import replace
from functools import cache

import pytest

import proofs.theorems
from fuzz.mutation import Mutation, load_variant
from proofs.proof import ConcretePath, Limits, Verdict
from proofs.results import TheoremResult
from proofs.runner import check_named
from proofs.theorem import Theorem
from proofs.theorems import THEOREMS, theorem_named

NAMES = [theorem.name for theorem in THEOREMS]
TEETH = [(theorem.name, tooth.name) for theorem in THEOREMS for tooth in theorem.teeth]

result_of = cache(check_named)


@pytest.mark.parametrize("name", NAMES)
def test_the_theorem_is_proved(name: str) -> None:
    proof = result_of(name).proof
    assert proof.verdict is Verdict.PROVED, f"{proof.reason}: {proof.counterexample}"
    assert proof.counterexample is None
    assert proof.reason == ""


@pytest.mark.parametrize(("name", "bug"), TEETH)
def test_the_bug_is_refuted(name: str, bug: str) -> None:
    """Inconclusive or faulty is no kill; and the real code must stand the values that broke it."""
    (tooth,) = (tooth for tooth in result_of(name).teeth if tooth.mutation.name == bug)
    assert tooth.bites, tooth.proof.reason
    assert tooth.proof.verdict is Verdict.REFUTED
    found = tooth.proof.counterexample
    assert found is not None
    theorem = theorem_named(name)
    (obligation,) = (part for part in theorem.obligations if part.name == found.obligation)
    path = ConcretePath(found.values)
    obligation.body(load_variant(theorem.package), path)
    assert path.claims > 0


@pytest.mark.parametrize("name", NAMES)
def test_the_budget_is_enough_but_not_ten_times_too_much(name: str) -> None:
    """A budget far above the cost would not notice a proof that gets harder."""
    result: TheoremResult = result_of(name)
    effort, limits = result.proof.effort, result.theorem.limits
    assert 2 * effort.resource_units <= limits.resource_units <= 10 * effort.resource_units
    assert 2 * effort.paths <= limits.paths <= 10 * effort.paths


@pytest.mark.parametrize("name", NAMES)
def test_a_proof_costs_the_same_each_time(name: str) -> None:
    """Resource units gate proofs because they do not depend on the machine's load."""
    assert check_named(name).proof.effort == result_of(name).proof.effort


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
    assert all_in_the_modules(Mutation) == {name for _, name in TEETH}


def test_the_rules_that_are_promised_are_proved() -> None:
    proved = {rule for theorem in THEOREMS for rule in theorem.rules}
    assert {"P1", "P2", "P3", "P4", "P6", "P13", "R1", "R3", "R5", "R7", "R8", "R9", "D3"} <= proved
    assert {"P7", "P8", "D7", "D8", "D9", "X1", "X2", "X3", "X4"} <= proved
    assert {"P10", "A7", "A8"} <= proved
    assert {"P9", "P16", "A1", "A2", "A3", "A5", "A16"} <= proved
    assert {"P15", "A11", "G3", "G4", "G6", "F5", "F6", "F7", "F8", "F10", "F21", "F29"} <= proved


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
