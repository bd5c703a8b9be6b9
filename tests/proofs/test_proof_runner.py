"""The runner: verdicts are not mixed up, and a refutation is one in plain Python too."""

import json
import pickle
from dataclasses import replace

import model
import model.dispatch
from fuzz.mutation import Mutation, load_variant
from model.view import FlatRange
from proofs.paths import Effort
from proofs.proof import Limits, Proof, Verdict
from proofs.results import TheoremResult
from proofs.runner import bite, prove
from proofs.symbolic import SymInt
from proofs.theorem import Obligation, Package, Theorem
from proofs.theorems import theorem_named
from proofs.theorems.bugs import EMPTY_GAP, OFFSET_STAYS
from proofs.theorems.filling import ORDER
from proofs.theorems.splitting import SPLIT


def check(theorem: Theorem) -> TheoremResult:
    """A theorem, with its teeth, which need not be among those that are listed."""
    proof = prove(theorem, load_variant(theorem.package))
    return TheoremResult(theorem, proof, tuple(bite(theorem, tooth) for tooth in theorem.teeth))


def test_the_real_package_can_be_proved_as_well_as_a_copy() -> None:
    assert prove(SPLIT, model).verdict is Verdict.PROVED


def test_a_counterexample_is_told_in_ranges() -> None:
    proof = prove(ORDER, load_variant("model", EMPTY_GAP))
    assert proof.verdict is Verdict.REFUTED
    assert proof.reason == "one turn of the loop: what is appended is in order"
    assert proof.counterexample is not None
    assert proof.counterexample.obligation == "one turn of the loop"
    assert proof.counterexample.claim == "what is appended is in order"
    appended = proof.counterexample.shown["appended"]
    assert isinstance(appended, tuple)
    assert [type(range_) for range_ in appended] == [FlatRange, FlatRange]
    assert appended[0].size == 0
    assert appended[1].size > 0


def test_results_can_be_sent_from_one_process_to_another() -> None:
    """Theorems can be proved in parallel; a counterexample has no types of a broken copy."""
    result = check(SPLIT)
    copy = pickle.loads(pickle.dumps(result))
    assert copy.to_json() == result.to_json()


def test_a_bug_that_a_theorem_does_not_speak_of_survives_and_is_reported() -> None:
    """A theorem that a bug survives is a fault of the harness, not a pass."""
    harmless = Mutation("harmless", "model.view", "if gap is not None:", "if not gap is None:")
    result = check(replace(SPLIT, teeth=(*SPLIT.teeth, harmless)))
    assert result.proof.verdict is Verdict.PROVED
    assert result.survivors == ("harmless",)
    assert result.verdict is Verdict.FAULT


def test_a_bug_that_no_longer_fits_the_code_is_a_fault_and_no_kill() -> None:
    gone = Mutation("gone", "model.view", "text that stands nowhere", "")
    tooth = bite(SPLIT, gone)
    assert tooth.proof.verdict is Verdict.FAULT
    assert not tooth.bites


def test_a_bug_that_crashes_the_proof_is_a_fault_and_no_kill() -> None:
    crash = Mutation(
        "crash", "model.view", "size=window.size - length\n", "size=window.size.real\n"
    )
    tooth = bite(SPLIT, crash)
    assert tooth.proof.verdict is Verdict.FAULT
    assert not tooth.bites


def test_a_bug_that_spends_the_budget_is_inconclusive_and_no_kill() -> None:
    tooth = bite(replace(SPLIT, limits=Limits(resource_units=1, paths=5)), OFFSET_STAYS)
    assert tooth.proof.verdict is Verdict.INCONCLUSIVE
    assert not tooth.bites


def test_all_obligations_share_one_budget() -> None:
    used = prove(SPLIT, model).effort
    twice = replace(SPLIT, obligations=SPLIT.obligations * 2)
    enough = replace(twice, limits=Limits(2 * used.resource_units, 2))
    assert prove(enough, model).verdict is Verdict.PROVED
    assert prove(enough, model).effort == used.plus(used)
    for limits in (Limits(2 * used.resource_units - 200, 2), Limits(2 * used.resource_units, 1)):
        proof = prove(replace(twice, limits=limits), model)
        assert proof.verdict is Verdict.INCONCLUSIVE
        assert proof.counterexample is None


def theorem_of(body: Obligation) -> Theorem:
    return replace(SPLIT, obligations=(body,), limits=Limits(100_000, 10))


def test_a_refutation_that_plain_python_does_not_share_is_a_fault() -> None:
    """The executor, not the code, is then wrong: nothing may be blamed on the code."""

    def odd(package: Package, proof: Proof) -> None:
        x = proof.integer("x", 0, 5)
        proof.claim("holds for plain values only", not isinstance(x, SymInt))

    proof = prove(theorem_of(Obligation("odd", odd)), model)
    assert proof.verdict is Verdict.FAULT
    assert "every claim holds" in proof.reason
    assert proof.counterexample is None


def test_a_refutation_that_fails_otherwise_in_plain_python_is_a_fault() -> None:
    def odd(package: Package, proof: Proof) -> None:
        x = proof.integer("x", 0, 5)
        proof.claim("holds for stand-ins only", isinstance(x, SymInt))
        proof.claim("x is 0", x == 0)

    proof = prove(theorem_of(Obligation("odd", odd)), model)
    assert proof.verdict is Verdict.FAULT
    assert "'holds for stand-ins only' fails instead" in proof.reason


def test_one_theorem_is_found_by_its_name() -> None:
    assert theorem_named(SPLIT.name) is SPLIT


def test_a_result_is_plain_data_with_numbers_in_hexadecimal() -> None:
    result = check(SPLIT)
    data = json.loads(json.dumps(result.to_json()))
    assert data["verdict"] == data["proof"]["verdict"] == "proved"
    assert data["name"] == SPLIT.name
    assert data["assumptions"] == list(SPLIT.assumptions)
    tooth = data["teeth"][0]
    assert (tooth["bites"], tooth["proof"]["verdict"]) == (True, "refuted")
    values = tooth["proof"]["counterexample"]["values"]
    assert all(isinstance(value, bool) or "0x" in value for value in values.values())
    assert tooth["proof"]["counterexample"]["shown"]["window"]["size"].startswith("0x")


def test_effort_adds_up() -> None:
    assert Effort(1, 2, 3, 4).plus(Effort(10, 20, 30, 40)) == Effort(11, 22, 33, 44)
