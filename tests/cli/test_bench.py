"""`flatview bench`: all that it measures can be measured, and its page keeps its sections."""

import json
import platform
from collections.abc import Mapping
from pathlib import Path
from time import perf_counter

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from cli.benchmarks import markdown, measure, memory_use, native, oracle, rendering, workload
from cli.benchmarks.case import Case, Group, Report, Table, Unit, growth, name_at, times
from cli.benchmarks.registry import GROUPS, find_case
from cli.benchmarks.rivals import RIVALS
from cli.benchmarks.workload import DisagreementError, Window
from cli.main import commands
from fuzz.operations import Operation
from fuzz.targets.interface import Lines
from fuzz.targets.model import ModelTarget
from impl.render import render
from model.render import flatten


def window(start: int, size: int, priority: int) -> Window:
    """A window by its size."""
    return Window(start, start + size, priority)


def test_a_quick_run_gives_figures_and_a_section(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The whole way once: a worker's process, its figures, the table, the page and the JSON."""
    case, other = oracle.ALONE, oracle.rendering_name(10)
    cases = tuple(find_case("oracle", name) for name in (case, other))

    def report(figures: Mapping[str, float]) -> Report:
        return Report((Table(("ratio",), ((times(figures[case] / figures[other]),),)),))

    monkeypatch.setitem(GROUPS, "oracle", oracle.GROUP._replace(cases=cases, report=report))
    page, result = tmp_path / "page.md", tmp_path / "result.json"
    command = ["bench", "oracle", "--quick", "--markdown", str(page), "--json", str(result)]
    done = CliRunner().invoke(commands, command, standalone_mode=False)
    assert done.exception is None
    assert done.return_value == 0
    group = json.loads(result.read_text())["groups"]["oracle"]
    assert group["unit"] == "second"
    assert set(group["figures"]) == {case, other}
    assert all(0 < one < 1 for one in group["figures"].values())
    assert page.read_text().startswith("# Benchmarks")
    assert GROUPS["oracle"].title in page.read_text()
    assert f"Python {platform.python_version()}, " in page.read_text()


def once(group: Group, case: Case, quick: bool) -> float:
    """A figure from one call in this process; none is made where that would take long."""
    assert quick
    if case.slow or case.name.endswith(f"{workload.SIZES[-1]:,}"):
        return 1.0
    call = case.prepare()
    begin = perf_counter()
    result = call()
    seconds = perf_counter() - begin
    if group.unit is Unit.SECOND:
        return seconds / case.operations
    assert isinstance(result, float)
    return result


@pytest.mark.parametrize("name", GROUPS)
def test_every_case_runs_and_every_group_makes_its_report(
    name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """All that is not slow can be prepared and called, so that benchmarks do not rot."""
    monkeypatch.setattr("cli.benchmarks.measure.figure_of", once)
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(commands, ["bench", name, "--quick"], standalone_mode=False)
    workload.siblings.cache_clear()
    assert done.exception is None
    assert done.return_value == 0
    assert done.output.count("reached  ") >= 2
    assert not any(tmp_path.iterdir())


def test_bytes_are_counted_in_a_process_of_their_own() -> None:
    """A range has five fields and lies in two lists, so it takes more than 80 bytes."""
    group = GROUPS["memory"]
    figure = measure.figure_of(group, find_case("memory", name_at(memory_use.VIEW, 1_000)), False)
    assert 80 < figure < 1_000


def test_a_goal_that_is_not_reached_is_shown_as_such(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """On the terminal and on the page; the exit code stays that of a clean run."""

    def slow_impl(group: Group, case: Case, quick: bool) -> float:
        return 5.0 if case.name.startswith(rendering.IMPL) else 1.0

    monkeypatch.setattr("cli.benchmarks.measure.figure_of", slow_impl)
    command = ["bench", "rendering", "--markdown", str(tmp_path / "page.md")]
    done = CliRunner().invoke(commands, command, standalone_mode=False)
    page = (tmp_path / "page.md").read_text()
    assert done.return_value == 0
    assert "not reached  time of the model, impl = 1, 10,000 regions: at least 100" in done.output
    assert "measured 0.2" in done.output
    assert "| time of the model, impl = 1, 10,000 regions: at least 100 | 0.2 | **no** |" in page
    assert "| power of n by which impl grows, 10 to 100,000: at most 1.15 | 0 | yes |" in page


@given(st.lists(st.builds(window, st.integers(0, 40), st.integers(1, 12), st.integers(0, 3))))
def test_all_that_render_give_the_same_flat_ranges(placed: list[Window]) -> None:
    root = workload.root_of(placed)
    expected = render(root)
    for name, rival in RIVALS.items():
        assert rival(root) == expected, name
    named = [(*one[:2], one[2].name, *one[3:]) for one in expected]
    ranges = flatten(workload.topology_of(placed).regions, "root")
    assert [(one.start, one.end, one.region, one.offset, one[4:]) for one in ranges] == named
    if native.COMPILER is not None:
        assert native.rendering(root)() == expected


def test_who_renders_otherwise_is_not_timed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(RIVALS, "portion", lambda root: [])
    with pytest.raises(DisagreementError, match="portion renders 10 regions otherwise"):
        find_case("rendering", name_at("portion", 10)).prepare()


def test_the_regions_that_are_rendered_overlap_and_most_show() -> None:
    placed = workload.windows(1_000)
    apart = [
        one
        for one in placed
        if not any(
            one is not other and one.start < other.end and other.start < one.end for other in placed
        )
    ]
    assert len(apart) < 200
    ranges = render(workload.root_of(placed))
    assert len({one.region for one in ranges}) > 650
    assert sum(1 for one in ranges if one.start % workload.PAGE) > 100


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

    with pytest.raises(DisagreementError, match="diverge"):
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
