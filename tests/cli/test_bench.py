"""`flatview bench`: all that it measures can be measured, and its page keeps its sections."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from cli.benchmarks import markdown
from cli.benchmarks.case import Group, Report, Table, growth
from cli.benchmarks.registry import GROUPS
from cli.main import commands


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


@pytest.mark.parametrize("name", GROUPS)
def test_every_case_runs(name: str) -> None:
    """A case that is not slow can be prepared and called, so that benchmarks do not rot."""
    for case in GROUPS[name].cases:
        if not case.slow:
            case.prepare()()


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
