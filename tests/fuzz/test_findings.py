"""What becomes of a divergence: its signature, its smallest scenario, its words, and its test."""

import random
import subprocess
import sys
from functools import cache, partial
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fuzz.as_pytest import pytest_file
from fuzz.codec import HEADER, MOST_STEPS, RECORD, decode, encode
from fuzz.findings import divergence_scenario, heading_of
from fuzz.format import format_scenario
from fuzz.harnesses.registry import find_harness
from fuzz.judging import Judge
from fuzz.observation import RangeSeen, ViewSeen
from fuzz.oracle import Difference, Outcome, run
from fuzz.parse import parse
from fuzz.scenario import Scenario, Step
from fuzz.signature import shape_of_lines, shape_of_views, signature_of
from fuzz.simpler_values import roundness, simpler_numbers
from fuzz.simplify import make_small
from fuzz.targets.impl import ImplTarget
from fuzz.targets.interface import Settings, Target, TargetFactory
from fuzz.targets.model import MOST_VISITS, ModelTarget
from fuzz.targets.registry import find_target
from fuzz.verdict import Verdict

LONG = """
flavour current
page-bits 16
byte-order big
container r3 2^64
container r4 0x9000
ram r7 0x8765
space s1 r3
view s1
add r3 r4 at 0x123000
add r3 r7 at 0xfffffffffffff123 priority 7
lookup s1 0x77
"""
OVERHANGS = "mutant:child-overhangs-its-container"


def sides(target: str) -> list[TargetFactory]:
    return [partial(ModelTarget, max_visits=MOST_VISITS), find_target(target)]


@cache
def found_by_chance(target: str, seed: int) -> tuple[Scenario, Outcome]:
    """The first random scenario on which a target differs."""
    chance, factories = random.Random(seed), sides(target)
    while True:
        scenario = decode(chance.randbytes(HEADER.size + RECORD.size * MOST_STEPS))
        outcome = run(scenario, factories, skip_rejected=True)
        if outcome.verdict is Verdict.DIVERGE:
            return scenario, outcome


def small_on(target: str, scenario: Scenario) -> tuple[Scenario, Difference]:
    small, outcome = make_small(scenario, sides(target))
    assert outcome.difference is not None
    return small, outcome.difference


def test_a_small_scenario_has_no_operation_and_no_number_that_it_does_not_need() -> None:
    small, _ = small_on(OVERHANGS, parse(LONG))
    assert format_scenario(small) == (
        "flavour current\npage-bits 12\ncontainer r0 2^64\nram r1 0x2000\nspace s0 r0\n"
        "add r0 r1 at 0xfffffffffffff000 priority 1\n"
    )


@pytest.mark.parametrize(
    "target",
    [
        "mutant:tie-first-wins",
        "mutant:root-child-at-any-address",
        "mutant:rom-is-written",
        "mutant:guest-hole-is-in-range",
        "mutant:deletes-forwards",
    ],
)
def test_what_is_small_differs_in_the_same_way_and_none_of_it_can_be_left_out(target: str) -> None:
    scenario, outcome = found_by_chance(target, seed=2)
    assert outcome.difference is not None
    way = signature_of(scenario, outcome.difference).way
    small, difference = small_on(target, scenario)
    assert signature_of(small, difference).way == way
    assert len(small.steps) <= 8
    for index in range(len(small.steps)):
        steps = small.steps[:index] + small.steps[index + 1 :]
        fewer = Scenario(small.settings, steps)
        again = run(fewer, sides(target), skip_rejected=True).difference
        assert again is None or signature_of(fewer, again).way != way


def test_no_time_to_make_it_small_leaves_it_as_long_as_it_was() -> None:
    small, outcome = make_small(parse(LONG), sides(OVERHANGS), seconds=0.0)
    assert outcome.verdict is Verdict.DIVERGE
    assert len(small.steps) > 4


@given(st.integers(0, 1 << 64))
def test_numbers_only_become_simpler_so_that_this_ends(number: int) -> None:
    for simpler in simpler_numbers(number):
        assert 0 <= roundness(simpler)[0] <= roundness(number)[0]
        assert roundness(simpler) < roundness(number)


# --- Signatures -------------------------------------------------------------------------------


def test_names_and_numbers_do_not_tell_findings_apart() -> None:
    one = signature_of(*small_on(OVERHANGS, parse(LONG)))
    other = parse(LONG.replace("r7", "big").replace("0xfffffffffffff123", "0xffffffffffffff00"))
    assert signature_of(*small_on(OVERHANGS, other)) == one


def test_different_bugs_have_different_signatures() -> None:
    targets = ("tie-first-wins", "root-child-at-any-address", "rom-is-written", "deletes-forwards")
    found = [found_by_chance(f"mutant:{one}", seed=2) for one in targets]
    signatures = {signature_of(scenario, outcome.difference) for scenario, outcome in found}  # type: ignore[arg-type]
    assert len(signatures) == len(targets)


BASE = ViewSeen(1, "root", (RangeSeen("a", 0, 0, 8, 0, True, False, False, False),))


@pytest.mark.parametrize(
    ("other", "address", "shape"),
    [
        (BASE._replace(serial=2), None, ("number",)),
        (BASE._replace(root="other"), None, ("root",)),
        (BASE._replace(ranges=()), 0, ("hole",)),
        (BASE._replace(ranges=(BASE.ranges[0]._replace(size=9),)), 8, ("no hole",)),
        (BASE._replace(ranges=(BASE.ranges[0]._replace(region="b"),)), 0, ("region",)),
        (BASE._replace(ranges=(BASE.ranges[0]._replace(offset=1),)), 0, ("offset",)),
        (BASE._replace(ranges=(BASE.ranges[0]._replace(readonly=True),)), 0, ("readonly",)),
        (
            BASE._replace(
                ranges=(
                    BASE.ranges[0]._replace(size=4),
                    BASE.ranges[0]._replace(size=4, start=4, offset=4),
                )
            ),
            0,
            ("cut", "divided"),
        ),
    ],
)
def test_each_way_in_which_views_differ_has_a_shape(
    other: ViewSeen, address: int | None, shape: tuple[str, ...]
) -> None:
    assert shape_of_views(BASE, other, address) == shape


@pytest.mark.parametrize(
    ("left", "right", "shape"),
    [
        (("ok", "bytes 00"), ("ok", "bytes 01"), ("bytes ≠",)),
        (("ok",), ("decode-error",), ("ok", "decode-error")),
        (("ok",), ("ok", "r1 dirty 0x1 at 0x8"), ("nothing", "name dirty # at #")),
        (("ok 4",), ("panics r1 is 7",), ("panics name is #",)),
        (("a r1", "b r2"), ("b r2", "a r1"), ("in another order",)),
        (("r1 reads 4 at 0x8: 0x1",), ("r2 reads 4 at 0x8: 0x1",), ("≠ reads # at # #",)),
    ],
)
def test_each_way_in_which_lines_differ_has_a_shape(
    left: tuple[str, ...], right: tuple[str, ...], shape: tuple[str, ...]
) -> None:
    assert shape_of_lines(left, right, frozenset({"r1", "r2"})) == shape


def test_a_crash_has_the_name_of_its_exception_for_a_shape() -> None:
    scenario = parse("ram r0 0x1\n")
    difference = Difference(0, "ram r0 0x1", "model", (), "other", ("crashes: KeyError: 'r0'",))
    assert signature_of(scenario, difference).shape == ("crashes: KeyError",)


def test_what_both_sides_break_alike_is_told_by_the_invariant() -> None:
    scenario = parse("ram r0 0x1\nspace s0 r0\n")
    claim = "ranges are sorted"
    difference = Difference(
        1, f"invariant {claim}", "what must hold", (claim,), "model and impl", ("view 1 of r0",)
    )
    signature = signature_of(scenario, difference)
    assert signature.what == f"invariant {claim}"
    title, *_ = heading_of(scenario, difference, "impl")
    assert title.startswith(f"impl and the specification break `{claim}` alike, after `space s0")


# --- What is kept -----------------------------------------------------------------------------

BUGS = [
    ("mutant:tie-first-wins", "must"),
    ("mutant:page-divided-once-for-each-range", "sections of s0"),
    ("mutant:rom-is-written", "dirty"),
    ("mutant:guest-hole-is-in-range", "and not `no`"),
    ("mutant:no-abort-of-two-whole-ranges", "aborts"),
]


@pytest.mark.parametrize(("target", "words"), BUGS)
def test_a_finding_says_what_goes_wrong_and_is_a_regression_once_the_bug_is_mended(
    target: str, words: str
) -> None:
    scenario = (
        parse("ram r0 2^64\nram r1 2^64\nadd r0 r1 at 0x0\nspace s0 r0\n")
        if target.endswith("whole-ranges")
        else found_by_chance(target, seed=2)[0]
    )
    small, outcome = make_small(scenario, sides(target))
    text = format_scenario(divergence_scenario(small, outcome, target))
    title, signature, *_ = text.splitlines()
    assert target in title
    assert words in title
    assert signature.startswith("# Signature: ")
    kept = parse(text)
    assert run(kept, [ModelTarget, find_target(target)]).verdict is Verdict.DIVERGE
    mended = run(kept, [ModelTarget, find_target("impl")])
    assert mended.verdict is Verdict.AGREE
    assert mended.compared > 0


def test_findings_of_one_signature_are_kept_once_and_counted(tmp_path: Path) -> None:
    judge = Judge(find_harness("topology"), sides(OVERHANGS)[1], OVERHANGS, tmp_path)
    data = encode(parse(LONG))
    assert not judge.judge(data)
    assert not judge.judge(data)
    ((signature, kept),) = judge.kept.items()
    assert kept.times == 2
    assert signature.what == "view"
    assert list(tmp_path.iterdir()) == [kept.saved]
    assert not judge.has_found_enough


def test_a_difference_that_does_not_come_again_is_kept_as_it_was(tmp_path: Path) -> None:
    """Only the first target that is made is broken."""
    made: list[TargetFactory] = [sides(OVERHANGS)[1]]

    def sometimes(settings: Settings) -> Target:
        return (made.pop() if made else ImplTarget)(settings)

    judge = Judge(find_harness("topology"), sometimes, "sometimes", tmp_path)
    assert not judge.judge(encode(parse(LONG)))
    (kept,) = judge.kept.values()
    text = kept.saved.read_text()
    assert "sometimes shows" in text
    assert "lookup" not in text, "what follows the difference is left out"


def test_a_finding_becomes_a_test_that_runs_alone_and_fails_for_the_bug_only(
    tmp_path: Path,
) -> None:
    target = OVERHANGS
    small, outcome = make_small(parse(LONG), sides(target))
    kept = divergence_scenario(small, outcome, target)
    odd = Scenario(kept.settings, (Step(kept.steps[0].operation),), ('a "quoted" \\ """title"""',))
    file = tmp_path / "test_made.py"
    file.write_text(pytest_file([kept, kept, odd], [target, "impl"]))
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert "2 failed, 4 passed" in done.stdout, done.stdout
    assert "view of s0 differs after step 4: add r0 r1" in done.stdout
