"""The oracle tells agreement, difference, crash and what it cannot judge apart."""

from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fuzz.compare import answer, first_difference, probes
from fuzz.findings import describe_difference
from fuzz.observation import RangeSeen, SectionSeen, ViewSeen
from fuzz.operations import Operation
from fuzz.oracle import Outcome, run
from fuzz.parse import parse
from fuzz.scenario import Scenario, ScenarioError
from fuzz.targets.impl import ImplTarget
from fuzz.targets.interface import Settings, Unsupported
from fuzz.targets.model import ModelTarget
from fuzz.verdict import Verdict, exit_code
from tests.strategies import scenarios

SMALL = """
container system 2^64
ram low 0x1000
ram high 0x1000
add system low at 0x0
space memory system
add system high at 0x4000
"""


class Bent(ImplTarget):
    """The implementation, with one method replaced."""

    def __init__(self, settings: Settings, method: str, replacement: Any) -> None:
        super().__init__(settings, name="bent")
        self.inner = getattr(self, method)
        setattr(self, method, partial(replacement, self))


def outcome_with(method: str, replacement: Any, text: str = SMALL) -> Outcome:
    factory = partial(Bent, method=method, replacement=replacement)
    return run(parse(text), [ModelTarget, factory])


def test_the_same_on_both_sides_agrees_and_counts_what_was_compared() -> None:
    outcome = run(parse(SMALL), [ModelTarget, ImplTarget])
    assert outcome.verdict is Verdict.AGREE
    assert outcome.compared > 20


def test_a_changed_range_is_a_difference_at_its_first_address() -> None:
    def shorter(target: Bent, space: str) -> ViewSeen:
        seen: ViewSeen = target.inner(space)
        last = seen.ranges[-1]
        return seen._replace(ranges=(*seen.ranges[:-1], last._replace(size=last.size - 1)))

    outcome = outcome_with("view", shorter)
    assert outcome.verdict is Verdict.DIVERGE
    assert outcome.difference is not None
    assert outcome.difference.address == 0xFFF
    text = describe_difference(parse(SMALL), outcome.difference)
    assert "first differing address: 0x0000000000000fff" in text
    assert "> 0000000000000000-0000000000000fff low @0x0 |" in text


def test_a_changed_section_is_a_difference() -> None:
    def fewer(target: Bent, space: str) -> tuple[SectionSeen, ...]:
        seen: tuple[SectionSeen, ...] = target.inner(space)
        return seen[:-1]

    outcome = outcome_with("sections", fewer)
    assert outcome.difference is not None
    assert outcome.difference.what == "sections of memory"


def test_a_changed_look_up_is_a_difference() -> None:
    def elsewhere(target: Bent, space: str, address: int) -> SectionSeen:
        seen: SectionSeen = target.inner(space, address)
        return seen._replace(offset=seen.offset + (address == 0x4FFF))

    outcome = outcome_with("lookup", elsewhere)
    assert outcome.difference is not None
    assert outcome.difference.what == "lookup of 0x4fff in memory"


QUESTIONS = ("apply", "spaces", "view_serial", "view", "sections", "lookup", "callbacks")


def crash(target: Bent, *arguments: object) -> None:
    raise IndexError("boom")


@pytest.mark.parametrize("method", QUESTIONS)
def test_a_crash_of_the_target_at_any_question_is_a_difference(method: str) -> None:
    outcome = outcome_with(method, crash)
    assert outcome.difference is not None
    assert outcome.difference.right == ("crashes: IndexError: boom",)
    assert outcome.kept[-1] == outcome.difference.step


@pytest.mark.parametrize("method", QUESTIONS)
def test_a_crash_of_the_reference_is_not_taken_for_a_difference(method: str) -> None:
    with pytest.raises(IndexError):
        run(parse(SMALL), [partial(Bent, method=method, replacement=crash), ModelTarget])


def test_what_a_target_cannot_do_is_not_taken_for_agreement() -> None:
    def unable(target: Bent, operation: Operation) -> None:
        raise Unsupported("no such thing here")

    outcome = outcome_with("apply", unable)
    assert outcome.verdict is Verdict.UNSUPPORTED
    assert "no such thing here" in outcome.reason


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        (
            "space m low\nview m\n= view 1 of low\n= 0000000000000000-0000000000000fff low @0x0",
            "agree",
        ),
        (
            "space m low\nview m\n= view 1 of low\n= 0000000000000000-0000000000000ffe low @0x0",
            "diverge",
        ),
        ("space m low\nview m\n= empty view", "diverge"),
        ("ram low 1\n= rejected", "agree"),
        ("ram high 1\n= rejected", "diverge"),
        ("view m\n= rejected", "agree"),
    ],
)
def test_expectations_are_compared(text: str, verdict: str) -> None:
    assert run(parse(f"ram low 0x1000\n{text}"), [ModelTarget, ImplTarget]).verdict.value == verdict


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("ram low 1\nram low 1", 2, "exists already"),
        ("ram low 1\nadd low high at 0", 2, "no region high"),
        ("view memory", 1, "no address space memory"),
        ("io a 2^64\nio b 2^64\nadd a b at 0\nspace m a", 4, "2\\^64"),
        ("io a 2^64\nio b 2^64\nadd a b at 0\nspace m a\n= aborts\nbegin", 6, "follow an abort"),
    ],
)
def test_an_impossible_scenario_is_named_with_its_line(text: str, line: int, message: str) -> None:
    with pytest.raises(ScenarioError, match=message) as caught:
        run(parse(text, "a.fv"), [ModelTarget, ImplTarget])
    assert caught.value.line == line
    assert str(caught.value).startswith(f"a.fv:{line}: ")


@given(scenarios())
def test_skipping_what_is_rejected_changes_no_verdict(scenario: Scenario) -> None:
    """What is kept of a fuzzer's input must be the same run without any rejected operation."""
    outcome = run(scenario, [ModelTarget, ImplTarget], skip_rejected=True)
    kept = Scenario(scenario.settings, tuple(scenario.steps[index] for index in outcome.kept))
    again = run(kept, [ModelTarget, ImplTarget])
    assert again.verdict is outcome.verdict
    assert again.kept == tuple(range(len(kept.steps)))


def view_of(cuts: list[tuple[int, int, str]]) -> ViewSeen:
    start, ranges = 0, []
    for gap, size, region in cuts:
        start += gap
        ranges.append(RangeSeen(region, 0, start, size, 0, True, False, False, False))
        start += size
    return ViewSeen(1, "root", tuple(ranges))


cuts = st.lists(st.tuples(st.integers(0, 2), st.integers(1, 3), st.sampled_from("ab")), max_size=5)


@given(cuts, cuts)
def test_the_first_difference_is_the_first_address_with_another_answer(
    left_cuts: list[tuple[int, int, str]], right_cuts: list[tuple[int, int, str]]
) -> None:
    left, right = view_of(left_cuts), view_of(right_cuts)
    different = [
        address
        for address in range(30)
        if answer(left.ranges, address) != answer(right.ranges, address)
    ]
    if different:
        assert first_difference(left, right) == different[0]
    else:
        assert (first_difference(left, right) is None) == (left.ranges == right.ranges)


@given(cuts)
def test_probes_are_addresses_and_include_both_sides_of_small_views_edges(
    some_cuts: list[tuple[int, int, str]],
) -> None:
    view = view_of(some_cuts[:3])
    addresses = probes(view)
    assert all(0 <= address < 1 << 64 for address in addresses)
    if len(view.ranges) == 1 and view.ranges[0].start > 0:
        end = view.ranges[0].start + view.ranges[0].size
        assert {view.ranges[0].start - 1, view.ranges[0].start, end - 1, end} <= set(addresses)


@pytest.mark.parametrize(
    ("verdicts", "code"),
    [
        ([], 3),
        ([Verdict.AGREE], 0),
        ([Verdict.AGREE, Verdict.UNSUPPORTED], 3),
        ([Verdict.INCONCLUSIVE, Verdict.AGREE], 3),
        ([Verdict.INCONCLUSIVE, Verdict.FAULT], 4),
        ([Verdict.FAULT, Verdict.DIVERGE], 1),
        ([Verdict.REFUTED, Verdict.INCONCLUSIVE], 1),
    ],
)
def test_the_worst_verdict_decides_the_exit_code(verdicts: list[Verdict], code: int) -> None:
    assert exit_code(verdicts) == code
