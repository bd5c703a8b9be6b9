"""Questions: code that branches is answered without a branch, for all values at once."""

from itertools import pairwise

import pytest

from proofs.paths import Explorer, Refutation
from proofs.proof import ConcretePath, Limits, Proof
from proofs.questions import answer, answer_about_inputs
from proofs.symbolic import implies

LIMITS = Limits(resource_units=100_000, paths=10)


def is_sorted(*numbers: int) -> bool:
    """Branches at each pair."""
    return all(left <= right for left, right in pairwise(numbers))


def test_an_answer_says_what_the_code_says_and_takes_one_path() -> None:
    def body(proof: Proof) -> None:
        a, b, c = (proof.integer(name) for name in "abc")
        sorted_ = answer(proof, lambda: is_sorted(a, b, c))
        proof.claim("no less", implies((a <= b) & (b <= c), sorted_))
        proof.claim("no more", implies(sorted_, (a <= b) & (b <= c)))

    explorer = Explorer(LIMITS)
    explorer.explore(body)
    assert explorer.effort.paths == 1


def test_an_answer_may_be_a_premise() -> None:
    def body(proof: Proof) -> None:
        a, b, c = (proof.integer(name) for name in "abc")
        proof.assume(answer(proof, lambda: is_sorted(a, b, c)))
        proof.claim("the ends are in order", a <= c)

    Explorer(LIMITS).explore(body)


def test_a_wrong_claim_about_an_answer_is_refuted() -> None:
    def body(proof: Proof) -> None:
        a, b, c = (proof.integer(name) for name in "abc")
        proof.assume(a <= c)
        proof.claim("they are sorted", answer(proof, lambda: is_sorted(a, b, c)))

    with pytest.raises(Refutation) as refuted:
        Explorer(LIMITS).explore(body)
    found = refuted.value.values
    assert found["a"] <= found["c"]
    assert not is_sorted(*(found[name] for name in "abc"))


def test_an_answer_that_is_never_yes_is_no() -> None:
    def body(proof: Proof) -> None:
        a = proof.integer("a")
        proof.claim("no", not answer(proof, lambda: a < 0 and a > 0))

    Explorer(LIMITS).explore(body)


def test_the_path_branches_again_after_an_answer() -> None:
    def body(proof: Proof) -> None:
        a = proof.integer("a")
        answer(proof, lambda: a < 0)
        proof.claim("one of both", a < 0 if a < 0 else a >= 0)

    explorer = Explorer(LIMITS)
    explorer.explore(body)
    assert explorer.effort.paths == 2


def test_the_path_branches_again_after_a_question_that_fails() -> None:
    def body(proof: Proof) -> None:
        a = proof.integer("a")
        with pytest.raises(ZeroDivisionError):
            answer(proof, lambda: a < 0 or 1 // 0 == 0)
        proof.claim("one of both", a < 0 if a < 0 else a >= 0)

    explorer = Explorer(LIMITS)
    explorer.explore(body)
    assert explorer.effort.paths == 2


def test_a_question_about_inputs_is_asked_once_in_an_exploration() -> None:
    asked = []

    def body(proof: Proof) -> None:
        a = proof.integer("a")

        def question() -> bool:
            asked.append(a)
            return a < 0

        said = answer_about_inputs(proof, "negative", question)
        proof.claim("the same on each path", said if a < 0 else a >= 0)

    for _ in range(2):
        explorer = Explorer(LIMITS)
        explorer.explore(body)
        assert explorer.effort.paths == 2
    assert len(asked) == 2


def test_plain_values_are_asked_as_they_are() -> None:
    path = ConcretePath({"a": -1})
    assert answer(path, lambda: path.integer("a") < 0) is True
