"""The specification and QEMU's own code do the same, and the comparison would show if not."""

from collections import Counter
from contextlib import nullcontext
from functools import partial
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fuzz.codec import decode
from fuzz.findings import describe_difference
from fuzz.oracle import Outcome, run
from fuzz.parse import parse, parse_file
from fuzz.replaying import replay_scenarios
from fuzz.scenario import Scenario, spoken_of
from fuzz.targets.interface import Aborted, TargetFactory
from fuzz.targets.model import ModelTarget
from fuzz.targets.qemu import QemuTarget, fit
from fuzz.targets.registry import find_target
from fuzz.verdict import Verdict

REGRESSIONS = Path(__file__).resolve().parents[2] / "corpora" / "regressions"
MOST_VISITS = 2_000
FEWEST_AGREEING = 100
"""Of the regression scenarios; the others hold something that cannot be done in this QEMU."""


def on_qemu(scenario: Scenario, reference: TargetFactory) -> Outcome:
    """A scenario on a reference and on QEMU, as QEMU's version has it."""
    fitted = spoken_of(scenario, fit(scenario.settings))
    return run(fitted, [reference, QemuTarget], skip_rejected=True)


def test_qemu_does_what_the_regression_scenarios_do() -> None:
    """Every scenario agrees, as far as it can be carried out; most can, from end to end."""
    paths = sorted(REGRESSIONS.rglob("*.fv"))
    results = list(replay_scenarios(paths, [ModelTarget, QemuTarget], fit))
    assert [one.message for one in results if one.verdict is Verdict.DIVERGE] == []
    counts = Counter(one.verdict for one in results)
    assert set(counts) <= {Verdict.AGREE, Verdict.UNSUPPORTED}
    assert counts[Verdict.AGREE] >= FEWEST_AGREEING


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
@given(st.binary(min_size=64, max_size=1500))
def test_qemu_does_what_random_scenarios_do(data: bytes) -> None:
    """Any topology, listeners, devices and accesses that the fuzzer could think of."""
    scenario = decode(data)
    outcome = on_qemu(scenario, partial(ModelTarget, max_visits=MOST_VISITS))
    if outcome.difference is not None:
        pytest.fail(describe_difference(scenario, outcome.difference))
    assert outcome.verdict in (Verdict.AGREE, Verdict.UNSUPPORTED)


@pytest.mark.parametrize(
    ("mutant", "scenario"),
    [
        ("tie-first-wins", "M3/tie-last-wins.fv"),
        ("merge-across-an-offset-gap", "R8/no-merge.fv"),
        ("deletes-forwards", "T5/listener-prio.fv"),
    ],
)
def test_a_wrong_implementation_differs_from_qemu(mutant: str, scenario: str) -> None:
    """The comparison with QEMU can fail: planted bugs show in it."""
    outcome = on_qemu(parse_file(REGRESSIONS / scenario), find_target(f"mutant:{mutant}"))
    assert outcome.verdict is Verdict.DIVERGE


def test_what_cannot_be_tried_is_not_called_agreement() -> None:
    text = "container system 2^64\nspace memory system\nthread cpu\n"
    outcome = on_qemu(parse(text), ModelTarget)
    assert outcome.untried == 1
    assert "thread cpu" in outcome.reason


def test_another_version_of_qemu_is_not_checked() -> None:
    outcome = run(parse("flavour current\ncontainer system 2^64\n"), [ModelTarget, QemuTarget])
    assert outcome.verdict is Verdict.UNSUPPORTED


def crowded(pages: int) -> Scenario:
    """A view of 4,092 sections and as many more as there are separate pages."""
    lines = ["flavour qemu-7.2", "container system 2^64", "ram low 0x10000000"]
    lines += ["add system low at 0x0 priority -1", "space memory system", "begin"]
    for i in range(818):  # each adds a page's container, and four pieces of RAM and itself
        lines += [f"io d{i} 0x40", f"add system d{i} at {0x2000 * i + 0x1020:#x}"]
    for i in range(pages):
        lines += [f"io p{i} 0x1000", f"add system p{i} at {0x20000000 + 0x2000 * i:#x}"]
    return parse("\n".join([*lines, "commit"]))


@pytest.mark.parametrize(("pages", "aborts"), [(4, False), (5, True)])
def test_a_view_has_no_more_sections_than_a_page_has_bytes(pages: int, aborts: bool) -> None:
    """D5: at 4,096 all is well, at 4,097 both stop."""
    scenario = crowded(pages)
    assert on_qemu(scenario, ModelTarget).verdict is Verdict.AGREE
    target = QemuTarget(scenario.settings)
    for step in scenario.steps[:-1]:
        target.apply(step.operation)
    with pytest.raises(Aborted) if aborts else nullcontext():
        target.apply(scenario.steps[-1].operation)
