"""The executor itself: a proof is worth what these protect."""

import itertools
from collections.abc import Callable

import pytest

from proofs.paths import Effort, Explorer, Refutation, Stop
from proofs.proof import ClaimBroken, ConcretePath, Limits, PremiseBroken, Proof, Verdict

ENOUGH = Limits(resource_units=1_000_000, paths=200)


def explore(body: Callable[[Proof], None], limits: Limits = ENOUGH) -> Effort:
    explorer = Explorer(limits)
    explorer.explore(body)
    return explorer.effort


def stopped(body: Callable[[Proof], None], limits: Limits = ENOUGH) -> Stop:
    with pytest.raises(Stop) as caught:
        explore(body, limits)
    return caught.value


def test_each_feasible_path_is_run_once_and_no_other() -> None:
    seen = []

    def body(proof: Proof) -> None:
        x = proof.integer("x", 0, 9)
        if x < 3:
            seen.append("low")
        elif x > 20:
            seen.append("impossible")
        elif x == 5:
            seen.append("five")
        else:
            seen.append("rest")
        proof.claim("x is in bounds", x <= 9)

    effort = explore(body)
    assert sorted(seen) == ["five", "low", "rest"]
    assert (effort.paths, effort.claims) == (3, 3)


def classify(x: int, y: int) -> tuple[int, int]:
    """Code with what the executor must see through: loops, chains, `not`, min, max, exceptions."""
    steps = 0
    while x >= 3:
        x -= 3
        steps += 1
    if not 0 <= x < y or (y == 2 and steps):
        x = max(x, y) - min(steps, y)
    try:
        if x == y:
            raise LookupError
    except LookupError:
        return -1, steps
    return 7 * x - y, steps


def test_a_result_is_right_for_every_input_of_a_small_domain() -> None:
    domain = range(-2, 7)

    def body(proof: Proof) -> None:
        x, y = proof.integer("x", -2, 6), proof.integer("y", -2, 6)
        first, second = classify(x, y)
        for a, b in itertools.product(domain, domain):
            is_here = (x == a) & (y == b)
            expected = classify(a, b)
            agrees = (first == expected[0]) & (second == expected[1])
            proof.claim(f"classify({a}, {b})", (is_here == False) | agrees)  # noqa: E712

    assert explore(body).paths > 5


def test_a_symbolic_loop_is_unrolled_as_often_as_it_can_run() -> None:
    def body(proof: Proof) -> None:
        x = proof.integer("x", 0, 5)
        turns = 0
        while turns < x:
            turns += 1
        proof.claim("the loop ends at x", x == turns)

    assert explore(body).paths == 6


def test_a_false_claim_is_refuted_with_values_that_break_it() -> None:
    def body(proof: Proof) -> None:
        x = proof.integer("x", 0, 100)
        flag = proof.boolean("flag")
        if flag:
            proof.claim("x is not 42", x != 42)
        else:
            proof.claim("x is not negative", x >= 0)

    refutation = stopped(body)
    assert isinstance(refutation, Refutation)
    assert refutation.verdict is Verdict.REFUTED
    assert refutation.claim == "x is not 42"
    assert refutation.values == {"x": 42, "flag": True}


def test_a_claim_that_is_plainly_false_is_refuted() -> None:
    def body(proof: Proof) -> None:
        proof.integer("x", 3, 3)
        proof.claim("never", False)

    refutation = stopped(body)
    assert isinstance(refutation, Refutation)
    assert refutation.values == {"x": 3}


def some_work(proof: Proof) -> None:
    """Enough work to run out of small budgets in the middle."""
    numbers = [proof.integer(f"x{index}", 0, 99) for index in range(4)]
    low, high = min(numbers), max(numbers)
    proof.claim("low is low", low <= high)


@pytest.mark.parametrize("units", [1, 300, 2000])
def test_a_spent_budget_is_inconclusive(units: int) -> None:
    """Never a pass, and never a refutation: at the first query as well as in the middle."""
    assert explore(some_work).resource_units > 2000
    assert stopped(some_work, Limits(units, 200)).verdict is Verdict.INCONCLUSIVE


def test_the_path_limit_is_inconclusive() -> None:
    needed = explore(some_work).paths
    assert explore(some_work, Limits(1_000_000, needed)).paths == needed
    assert stopped(some_work, Limits(1_000_000, needed - 1)).verdict is Verdict.INCONCLUSIVE


def test_an_endless_loop_is_inconclusive() -> None:
    def body(proof: Proof) -> None:
        x = proof.integer("x", 0)
        while x >= 0:
            x = x + 1

    assert stopped(body, Limits(100_000, 200)).verdict is Verdict.INCONCLUSIVE


def test_premises_that_contradict_each_other_are_a_fault() -> None:
    def body(proof: Proof) -> None:
        x = proof.integer("x", 0, 5)
        proof.assume(x > 5)
        proof.claim("anything", False)

    stop = stopped(body)
    assert stop.verdict is Verdict.FAULT
    assert "vacuous" in stop.reason


def test_a_premise_after_a_branch_is_a_fault() -> None:
    """It could cut off the very path on which a claim fails."""

    def body(proof: Proof) -> None:
        x = proof.integer("x", 0, 5)
        if x > 2:
            proof.assume(x < 2)
        proof.claim("x is small", x <= 2)

    assert stopped(body).verdict is Verdict.FAULT


def test_a_path_that_claims_nothing_is_a_fault() -> None:
    def body(proof: Proof) -> None:
        if proof.integer("x", 0, 5) > 2:
            proof.claim("always", True)

    stop = stopped(body)
    assert stop.verdict is Verdict.FAULT
    assert "nothing is claimed" in stop.reason


def test_an_undeclared_exception_is_a_fault() -> None:
    def body(proof: Proof) -> None:
        x = proof.integer("x", 0, 5)
        if x == 3:
            raise ZeroDivisionError("three")
        proof.claim("x is not 3", x != 3)

    stop = stopped(body)
    assert stop.verdict is Verdict.FAULT
    assert stop.reason == "ZeroDivisionError: three"


def test_a_declared_exception_is_an_outcome_of_its_path() -> None:
    def code(x: int) -> int:
        if x == 3:
            raise LookupError
        return x

    def body(proof: Proof) -> None:
        x = proof.integer("x", 0, 5)
        try:
            code(x)
        except LookupError:
            proof.claim("raised for 3 only", x == 3)
        else:
            proof.claim("not raised for 3", x != 3)

    assert explore(body).paths == 2


def test_code_under_proof_cannot_catch_the_end_of_a_proof() -> None:
    def body(proof: Proof) -> None:
        try:
            proof.claim("x is 0", proof.integer("x") == 0)
        except Exception:
            proof.claim("caught", True)

    assert stopped(body).verdict is Verdict.REFUTED


def test_code_that_runs_differently_when_run_again_is_a_fault() -> None:
    runs = itertools.count()

    def body(proof: Proof) -> None:
        x = proof.integer("x", 0, 9)
        proof.claim("always", x <= 9 if x > next(runs) else True)

    stop = stopped(body)
    assert stop.verdict is Verdict.FAULT
    assert "another course" in stop.reason


def test_code_that_branches_less_when_run_again_is_a_fault() -> None:
    runs = itertools.count()

    def body(proof: Proof) -> None:
        x = proof.integer("x", 0, 9)
        proof.claim("always", x <= 9 if next(runs) or x > 4 else True)

    assert stopped(body).verdict is Verdict.FAULT


def test_two_inputs_of_one_name_are_a_fault() -> None:
    """They would be one variable, and the claim be proved for equal inputs only."""

    def body(proof: Proof) -> None:
        proof.claim("equal", proof.integer("x") == proof.integer("x"))

    assert stopped(body).verdict is Verdict.FAULT


def test_plain_values_are_held_to_premises_and_claims() -> None:
    def body(proof: Proof) -> None:
        x = proof.integer("x", 0, 5)
        proof.assume(x != 4)
        proof.show("x", x)
        proof.claim("x is small", x < 3)

    path = ConcretePath({"x": 2})
    body(path)
    assert (path.shown, path.claims) == ({"x": 2}, 1)
    with pytest.raises(ClaimBroken, match="x is small"):
        body(ConcretePath({"x": 3}))
    for value in (-1, 4, 6):
        with pytest.raises(PremiseBroken):
            body(ConcretePath({"x": value}))
