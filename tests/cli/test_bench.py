"""`flatview bench`: all that it measures can be measured, and its page keeps its sections."""

import json
import platform
from pathlib import Path

import pytest
from click.testing import CliRunner

from cli.benchmarks import markdown, oracle
from cli.benchmarks.case import Group, Report, Table, growth
from cli.benchmarks.registry import GROUPS
from cli.main import commands
from fuzz.operations import Operation
from fuzz.targets.interface import Lines
from fuzz.targets.model import ModelTarget
from model.render import flatten


def test_a_quick_run_gives_figures_and_a_section(tmp_path: Path) -> None:
    """The whole way once: a worker's process, its figures, the table, the page and the JSON."""
    page, result = tmp_path / "page.md", tmp_path / "result.json"
    command = ["bench", "oracle", "--quick", "--markdown", str(page), "--json", str(result)]
    done = CliRunner().invoke(commands, command, standalone_mode=False)
    assert done.exception is None
    assert done.return_value == 0
    seconds = json.loads(result.read_text())["groups"]["oracle"]["seconds"]
    assert set(seconds) == {case.name for case in GROUPS["oracle"].cases}
    assert all(0 < one < 1 for one in seconds.values())
    assert page.read_text().startswith("# Benchmarks")
    assert GROUPS["oracle"].title in page.read_text()
    assert f"Python {platform.python_version()}, " in page.read_text()


@pytest.mark.parametrize("name", GROUPS)
def test_every_case_runs(name: str) -> None:
    """A case that is not slow can be prepared and called, so that benchmarks do not rot."""
    for case in GROUPS[name].cases:
        if not case.slow:
            case.prepare()()


def test_the_oracles_report_has_operations_per_second_and_ratios_of_the_same_run() -> None:
    seconds = dict.fromkeys((case.name for case in oracle.GROUP.cases), 1e-3)
    seconds |= {oracle.ALONE: 1e-6, oracle.MODEL: 20e-6, oracle.IMPL: 5e-6, oracle.BOTH: 30e-6}
    sides, sizes = oracle.report(seconds).tables
    assert dict(zip(oracle.SIDES, sides.rows, strict=True)) == {
        oracle.ALONE: (oracle.ALONE, "1,000,000", "1x", "0.05x"),
        oracle.MODEL: (oracle.MODEL, "50,000", "20x", "1x"),
        oracle.IMPL: (oracle.IMPL, "200,000", "5x", "0.25x"),
        oracle.BOTH: (oracle.BOTH, "33,333", "30x", "1.5x"),
    }
    assert sizes.rows[-1] == ("1,000", "1 ms", "1 µs", "1x")
    reached = [goal.reached for goal in oracle.report(seconds).goals]
    assert reached == [False, True, True]


def test_a_corpus_that_does_not_agree_is_not_timed() -> None:
    """A run that stops at a difference is fast, and says nothing."""

    class Silent(ModelTarget):
        def apply(self, operation: Operation) -> Lines:
            super().apply(operation)
            return ()

    with pytest.raises(oracle.DisagreementError, match="diverge"):
        oracle.running([ModelTarget, Silent])()


def test_the_siblings_that_are_rendered_overlap_and_most_show() -> None:
    for count in oracle.SIZES[:2]:
        regions = oracle.siblings(count)
        ranges = flatten(regions, "root")
        sizes = [region.size for name, region in regions.items() if name != "root"]
        assert len({one.region for one in ranges}) > 0.75 * count
        assert sum(one.size for one in ranges) < sum(sizes)


def test_a_section_replaces_the_one_of_the_same_title_and_no_other() -> None:
    def text(title: str, figure: str) -> str:
        group = Group("name", title, "Question.", (), lambda seconds: Report(()))
        return markdown.section(group, Report((Table(("n", "x"), (("1", figure),)),)), "3.11")

    page = markdown.EMPTY_PAGE
    for section in (text("One", "old"), text("Two", "kept"), text("One", "new")):
        page = markdown.replace_section(page, section)
    assert "old" not in page
    assert page.index("| new |") < page.index("## Two") < page.index("| kept |")


def test_growth_is_the_power_of_n() -> None:
    assert growth(10, 3.0, 1000, 30_000.0) == pytest.approx(2.0)


def test_an_unknown_group_is_refused_by_name() -> None:
    done = CliRunner().invoke(commands, ["bench", "nothing"], standalone_mode=False)
    assert "there is no benchmark nothing" in str(done.exception)
