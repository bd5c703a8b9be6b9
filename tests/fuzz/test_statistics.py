"""Statistics of inputs and their floors, and the check that coverage steers: each can fail."""

import random
from copy import deepcopy
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import fuzz.statistics
from fuzz.campaign import Campaign, CampaignResult, run_campaign
from fuzz.codec import HEADER, RECORD
from fuzz.floors import too_few, unmet
from fuzz.harnesses.interface import Floors, Harness
from fuzz.harnesses.registry import find_harness
from fuzz.instrumentation import counters_moved, instrument, why_not_live
from fuzz.judging import Judge
from fuzz.memory import growth
from fuzz.operations import SetProperty
from fuzz.oracle import run
from fuzz.parse import parse
from fuzz.statistics import MOST_RAW_REASONS, Statistics
from fuzz.targets.impl import ImplTarget
from fuzz.targets.registry import find_target
from fuzz.verdict import Verdict

BUSY = """
flavour qemu-7.2
page-bits 10
byte-order big
container top 2^64
ram low 0x10
ram high 0x0
alias window 0x10 of low at 0xfffffffffffffff8
add top low at 0x8 priority -1
add top low at 0x9
ram more 0x10
add top more at 0x100
add top window at 0x10 priority -1
set high size 2^64
container tops 2^64
ram one 0x100
ram two 0x100
add tops one at 0xffffffffffffff80
add tops two at 0xffffffffffffff80
space s top
space t tops
read s 0x8 0
read s 0xffffffffffffffff 2
guest-read s 0x123456 1
"""


@pytest.fixture
def every_execution(monkeypatch: pytest.MonkeyPatch) -> None:
    """All executions are looked at closely."""
    monkeypatch.setattr(fuzz.statistics, "CLOSELY", 1)
    monkeypatch.setattr(fuzz.statistics, "WATCHED", 1)


def counted(text: str) -> dict[str, Any]:
    """The statistics of one execution."""
    statistics = Statistics()
    with statistics.execution():
        run(parse(text), [statistics.factory(), ImplTarget], skip_rejected=True)
    return statistics.to_json()


def test_operations_endings_and_reasons_are_counted() -> None:
    seen = counted(BUSY)
    assert seen["executions"] == 1
    assert seen["operations"]["add"] == {"took_effect": 5, "rejected": 1}
    assert seen["operations"]["ram"] == {"took_effect": 5, "rejected": 0}
    assert seen["operations"]["set size"] == {"took_effect": 1, "rejected": 0}
    assert seen["reasons"] == {"region low is already in container top": 1}
    assert seen["endings"] == {"ok": 1, "decode-error": 1, "error InvalidGuestAddress": 1}


@pytest.mark.usefixtures("every_execution")
def test_edge_cases_of_operations_settings_and_of_what_is_built_are_counted() -> None:
    seen = counted(BUSY)["edge_cases"]
    for name in (
        "big-endian target",
        "qemu-7.2",
        "pages of another size",
        "region of 2^64 bytes",
        "region of 0 bytes",
        "region resized to 0 or 2^64",
        "alias offset of 2^63 or more",
        "address of 2^63 or more",
        "negative priority",
        "access of 0 bytes",
        "access that passes 2^64",
        "region that ends behind 2^64",
        "siblings that tie",
        "view of two ranges or more",
        "range up to 2^64",
        "divided page",
        "two spaces",
    ):
        assert seen.get(name), name
    assert counted("ram r 0x1000\n")["edge_cases"] == {}


@pytest.mark.usefixtures("every_execution")
def test_rules_are_those_of_the_functions_that_the_specification_went_through() -> None:
    with_access, without = counted(BUSY)["rules"], counted("ram r 0x1000\n")["rules"]
    assert {"R4", "R8", "X1", "A3"} <= set(with_access)
    assert "M1" in without
    assert not {"R4", "R8", "A3"} & set(without)


def test_only_some_executions_are_looked_at_closely() -> None:
    seen = counted(BUSY)
    assert seen["looked_at_closely"] == seen["watched_for_rules"] == 0
    assert seen["rules"] == {}


def test_reasons_do_not_grow_without_end() -> None:
    statistics = Statistics()
    operation = parse("ram r 1\nset r size 2\n").steps[1].operation
    assert isinstance(operation, SetProperty)
    for number in range(MOST_RAW_REASONS + 10):
        statistics.rejection(operation, f"region r{number} is at {number:#x}")
    assert len(statistics._raw_reasons) < 100
    assert statistics.to_json()["reasons"] == {"region # is at #": MOST_RAW_REASONS + 10}


def test_memory_is_looked_at_whenever_executions_have_doubled_and_in_the_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(fuzz.statistics, "FIRST_LOOK_AT_MEMORY", 4)
    statistics = Statistics()
    for _ in range(39):
        with statistics.execution():
            pass
    looks = statistics.to_json()["memory_mib"]
    assert list(looks) == ["4", "8", "16", "32", "39"]
    assert all(mib > 1 for mib in looks.values())


@given(
    st.floats(10, 1000),
    st.floats(0, 1000),
    st.lists(st.integers(1, 1 << 30), min_size=2, unique=True).map(sorted),
)
def test_memory_that_every_execution_takes_grows_and_what_is_taken_once_does_not(
    at_first: float, leaked: float, after: list[int]
) -> None:
    """Of a leak, half the executions have half: it shows once it is more than the rest."""
    last = after[-1]
    looks = {one: at_first + leaked * one / last for one in after}
    told = growth(looks)
    if not any(one <= last / 2 for one in after) or leaked <= at_first / 4:
        assert not told
    elif leaked > at_first:
        assert f"after {last:,}" in told
    assert not growth(dict.fromkeys(after, at_first))


# --- Floors -----------------------------------------------------------------------------------

FLOORS = Floors(
    executions=100,
    kind_within=100,
    edge_cases=("divided page",),
    rules=("R8",),
    endings=("ok",),
)
HARNESS = Harness("tiny", "", {SetProperty: 1}, FLOORS)
COUNTS = {
    "executions": 100,
    "operations": 80,
    "rejected": 20,
    "compared": 5000,
    "without_comparison": 0,
}
STATISTICS = {
    "executions": 100,
    "looked_at_closely": 10,
    "operations": {kind: {"took_effect": 5, "rejected": 0} for kind in HARNESS.kinds},
    "edge_cases": {"divided page": 1, "view of two ranges or more": 5},
    "rules": {"R8": 1},
    "endings": {"ok": 1},
}


def test_inputs_that_do_enough_are_above_all_floors() -> None:
    assert unmet(HARNESS, COUNTS, STATISTICS) == []


@pytest.mark.parametrize(
    ("counts", "statistics", "says"),
    [
        ({"operations": 10, "rejected": 90}, {}, "mostly rejected: 10% of operations"),
        ({"compared": 100}, {}, "trivial: 1.0 comparisons"),
        ({"without_comparison": 90}, {}, "90% of executions compare nothing"),
        ({}, {"operations": {}}, "less than once in 100 executions: set address"),
        ({}, {"edge_cases": {"view of two ranges or more": 5}}, "edge cases that never came up"),
        ({}, {"edge_cases": {"divided page": 5}}, "0.0% of executions end in a view of two"),
        ({}, {"rules": {}}, "rules that never came up: R8"),
        ({}, {"endings": {}}, "endings of accesses that never came up: ok"),
    ],
)
def test_each_floor_can_fail_and_says_so(
    counts: dict[str, int], statistics: dict[str, Any], says: str
) -> None:
    (words,) = unmet(HARNESS, {**COUNTS, **counts}, {**STATISTICS, **statistics})
    assert says in words


def test_a_run_that_is_too_short_is_not_judged_and_says_so() -> None:
    short = {**COUNTS, "executions": 99, "operations": 0}
    assert unmet(HARNESS, short, {**deepcopy(STATISTICS), "operations": {}}) == []
    assert "99 executions of 100" in too_few(FLOORS, 99)
    assert too_few(FLOORS, 100) == ""


def test_floors_name_edge_cases_that_there_are() -> None:
    for name in ("topology", "access", "listeners", "lifecycle", "everything"):
        harness = find_harness(name)
        assert set(harness.floors.edge_cases) <= set(harness.edge_cases)


def test_records_that_are_all_rejected_stay_below_the_floors(tmp_path: Path) -> None:
    """A harness that begins with nothing and only changes it: all of that is impossible."""
    floors = Floors(executions=50)
    harness = Harness("rejected", "", {SetProperty: 1}, floors)
    judge = Judge(harness, ImplTarget, "impl", tmp_path)
    loose, chance = b"\1", random.Random(1)
    for _ in range(60):
        assert judge.judge(bytes(HEADER.size) + chance.randbytes(RECORD.size * 9) + loose)
    words = unmet(harness, judge.counts, judge.statistics.to_json())
    assert any("mostly rejected" in one for one in words)
    assert any("trivial" in one for one in words)


# --- Coverage ---------------------------------------------------------------------------------


def test_counters_move_in_code_that_is_instrumented_and_in_no_other() -> None:
    live = find_target("impl", instrument)
    assert why_not_live(counters_moved(live)) == ""
    assert "moved no counter" in why_not_live(counters_moved(partial(ImplTarget)))
    assert "the same counters" in why_not_live([{1, 2}, {1, 2}])


PATCHED = {
    "code that is not instrumented": "atheris.patch_code = lambda code, **options: code",
    "counters that nobody reads": "atheris._reserve_counter = lambda: 0\n"
    "atheris._trace_branch = lambda counter: None\natheris._trace_cmp = lambda *rest: rest[0]",
}


@pytest.mark.parametrize("how", PATCHED)
def test_a_build_that_coverage_cannot_steer_is_a_fault(
    how: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sitecustomize.py").write_text(f"import atheris\n{PATCHED[how]}\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    *_, last = run_campaign(Campaign("impl", 5, tmp_path / "findings"))
    assert isinstance(last, CampaignResult)
    assert last.verdict is Verdict.FAULT, last
    assert last.reason
