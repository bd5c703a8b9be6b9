"""Traces made by hand: what breaks a rule of a view's life is noticed, and nothing else is."""

from collections.abc import Sequence

import pytest

from fuzz.live.view_lives.lifecycle import LifecycleComparison
from fuzz.live.view_lives.view_trace import read_events
from fuzz.operations import Operation, Property, SetProperty
from fuzz.parse import parse
from fuzz.qemu.errors import QemuFault
from fuzz.targets.model import ModelTarget
from fuzz.verdict import Verdict

MACHINE = """
container system 2^64
container ports 0x100
ram low 0x1000
io uart 0x8
add system low at 0x10
add ports uart at 0x10
space memory system
space cpu system
space io ports
"""

START = """
flatview_new 0xe (root (nil))
flatview_new 0xa0 (root 0xa)
flatview_new 0xb0 (root 0xb)
"""

ONE_COMMIT = """
memory_region_ops_write cpu -1 mr 0x5 addr 0x0 value 0x1 size 1 name 'flatview_new'
flatview_new 0xa1 (root 0xa)
flatview_new 0xb1 (root 0xb)
flatview_destroy_rcu 0xa0 (root 0xa)
flatview_destroy_rcu 0xb0 (root 0xb)
flatview_destroy 0xa0 (root 0xa)
flatview_destroy 0xb0 (root 0xb)
"""

NEXT_COMMIT = """
flatview_new 0xa0 (root 0xa)
flatview_new 0xb0 (root 0xb)
flatview_destroy_rcu 0xa1 (root 0xa)
flatview_destroy_rcu 0xb1 (root 0xb)
flatview_destroy 0xa1 (root 0xa)
flatview_destroy 0xb1 (root 0xb)
"""


class Recorded:
    """A machine that logs what it was given to log, a text each time it is asked."""

    def __init__(self, *texts: str) -> None:
        self.texts = list(texts)

    def qtest(self, *commands: str) -> list[str]:
        return [""] * len(commands)

    def monitor(self, *lines: str) -> list[str]:
        return [""] * len(lines)

    def logged(self) -> list[str]:
        return self.texts.pop(0).splitlines() if self.texts else []


def compare(*texts: str, steps: int = 1) -> LifecycleComparison:
    """A trace beside the model, with as many steps, each of which renders anew."""
    scenario = parse(MACHINE)
    target = ModelTarget(scenario.settings)
    for step in scenario.steps:
        target.apply(step.operation)
    comparison = LifecycleComparison(Recorded(*texts), target, patience=0.02)
    for number in range(steps):
        change: Sequence[Operation] = [SetProperty("low", Property.READONLY, (number + 1) % 2)]
        comparison.step(["outb 0x10 0x0"], change)
    return comparison


def without(text: str, line: str) -> str:
    """A text without one of its lines."""
    assert text.count(f"{line}\n") == 1
    return text.replace(f"{line}\n", "")


def test_a_sound_trace_agrees() -> None:
    """Also where the RCU thread is late, and where addresses are used again."""
    assert compare(START, ONE_COMMIT, NEXT_COMMIT, steps=2).result.reason == ""
    before, _, after = ONE_COMMIT.partition("flatview_destroy 0xa0")
    late = f"flatview_destroy 0xa0{after}"
    assert compare(START, before, "", late, NEXT_COMMIT, steps=2).result.reason == ""


def test_a_view_that_is_never_destroyed_is_inconclusive() -> None:
    """It may only be late: neither an agreement nor a difference."""
    never = without(ONE_COMMIT, "flatview_destroy 0xb0 (root 0xb)")
    comparison = compare(START, never)
    assert comparison.result.verdict is Verdict.INCONCLUSIVE
    assert "view 2 of ports is not destroyed" in comparison.result.reason
    assert comparison.observed.total() == 0


def test_after_a_difference_nothing_agrees_any_more() -> None:
    comparison = compare(START, "", ONE_COMMIT, steps=2)
    assert comparison.result.verdict is Verdict.DIVERGE
    assert comparison.observed.total() == 0


@pytest.mark.parametrize(
    ("start", "commit", "told"),
    [
        pytest.param(
            START,
            without(ONE_COMMIT, "flatview_destroy_rcu 0xa0 (root 0xa)"),
            "0xa0",
            id="destroyed-before-it-is-given-up",
        ),
        pytest.param(
            START,
            f"{ONE_COMMIT}flatview_destroy 0xa0 (root 0xa)\n",
            "no view lives there",
            id="destroyed-twice",
        ),
        pytest.param(
            START,
            ONE_COMMIT.replace(
                "flatview_destroy_rcu 0xb0 (root 0xb)", "flatview_destroy_rcu 0xa0 (root 0xa)"
            ),
            "given up already",
            id="given-up-twice",
        ),
        pytest.param(
            START,
            f"{ONE_COMMIT}flatview_destroy_rcu 0xa1 (root 0xa)\n",
            "predicted: nothing",
            id="given-up-while-it-is-published",
        ),
        pytest.param(
            START,
            f"flatview_destroy_rcu 0xa0 (root 0xa)\n"
            f"{without(ONE_COMMIT, 'flatview_destroy_rcu 0xa0 (root 0xa)')}",
            "predicted: flatview_new view 3",
            id="given-up-before-another-is-made",
        ),
        pytest.param(
            START,
            without(
                without(ONE_COMMIT, "flatview_destroy_rcu 0xa0 (root 0xa)"),
                "flatview_destroy 0xa0 (root 0xa)",
            ),
            "predicted: flatview_destroy_rcu view 1",
            id="kept-when-replaced",
        ),
        pytest.param(
            START,
            ONE_COMMIT.replace(
                "flatview_destroy 0xa0 (root 0xa)\nflatview_destroy 0xb0 (root 0xb)",
                "flatview_destroy 0xb0 (root 0xb)\nflatview_destroy 0xa0 (root 0xa)",
            ),
            "was given up before it",
            id="destroyed-out-of-order",
        ),
        pytest.param(
            START,
            without(ONE_COMMIT, "flatview_new 0xb1 (root 0xb)"),
            "predicted: flatview_new view 4",
            id="a-root-without-a-new-view",
        ),
        pytest.param(
            START,
            ONE_COMMIT.replace(
                "flatview_new 0xb1 (root 0xb)\n",
                "flatview_new 0xb1 (root 0xb)\nflatview_new 0xc1 (root 0xc)\n",
            ),
            "predicted: flatview_destroy_rcu",
            id="a-view-of-nothing-known",
        ),
        pytest.param(
            START,
            ONE_COMMIT.replace("flatview_new 0xb1 (root 0xb)", "flatview_new 0xb1 (root 0xa)"),
            "predicted: flatview_new view 4 of ports",
            id="two-views-of-one-root",
        ),
        pytest.param(
            START,
            ONE_COMMIT.replace("rcu 0xb0 (root 0xb)", "rcu 0xb0 (root 0xa)"),
            "it was made of root 0xb",
            id="a-view-changes-its-root",
        ),
        pytest.param(
            f"{START}flatview_new 0xc0 (root 0xc)\n",
            ONE_COMMIT,
            "predicted: 3 views live at rest; QEMU: 4",
            id="more-live-at-rest-than-are-published",
        ),
        pytest.param(
            without(START, "flatview_new 0xe (root (nil))"),
            ONE_COMMIT,
            "predicted: 3 views live at rest; QEMU: 2",
            id="no-empty-view",
        ),
    ],
)
def test_a_broken_rule_is_a_difference(start: str, commit: str, told: str) -> None:
    """L1, L2, L6, R9, R11, T2: each is seen to be broken."""
    result = compare(start, commit).result
    assert result.verdict is Verdict.DIVERGE
    assert told in result.reason


def test_a_root_keeps_its_address() -> None:
    other = NEXT_COMMIT.replace("flatview_new 0xa0 (root 0xa)", "flatview_new 0xa0 (root 0xc)")
    assert compare(START, ONE_COMMIT, other, steps=2).result.verdict is Verdict.DIVERGE


def test_a_view_made_over_a_living_one_is_a_fault() -> None:
    """The allocator cannot do that: lines of the trace are missing."""
    over = ONE_COMMIT.replace("flatview_new 0xa1", "flatview_new 0xb0")
    result = compare(START, over).result
    assert result.verdict is Verdict.FAULT
    assert "the trace is not whole" in result.reason


@pytest.mark.parametrize(
    "line",
    [
        "flatview_new 0xa1",
        "flatview_new a1 (root 0xa)",
        "flatview_destroy 0xa0 (root 0xa) again",
        "flatview_renewed 0xa0 (root 0xa)",
    ],
)
def test_a_line_that_cannot_be_read_is_a_fault(line: str) -> None:
    with pytest.raises(QemuFault, match="cannot be read"):
        read_events([line])
    assert compare(START, f"{line}\n").result.verdict is Verdict.FAULT
