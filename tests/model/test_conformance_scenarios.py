"""The 70 conformance scenarios: all there, each with what would go wrong, on `model` and `impl`."""

import re
from pathlib import Path
from typing import NamedTuple

import pytest

from fuzz.oracle import run
from fuzz.parse import parse_file
from fuzz.targets.impl import ImplTarget
from fuzz.targets.model import ModelTarget
from fuzz.verdict import Verdict

REGRESSIONS = Path(__file__).resolve().parents[2] / "corpora" / "regressions"
ROW = re.compile(r"\| (\d+) \| (`.*) \| \[(\S+)\]\((\S+)\) \| (.*) \|")


class Row(NamedTuple):
    """A row of the table: a scenario's number and slug, a file of it, and what would go wrong."""

    number: int
    slug: str
    file: str
    wrong: str


def rows_of(table: str) -> list[Row]:
    """The rows of the table; a line that looks like one and is none fails."""
    rows = []
    for line in table.splitlines():
        if not line.startswith("| ") or line.startswith("| number"):
            continue
        found = ROW.fullmatch(line)
        assert found is not None, line
        number, slug, file, link, wrong = found.groups()
        assert file == link
        rows.append(Row(int(number), slug, file, wrong))
    return rows


ROWS = rows_of((REGRESSIONS / "README.md").read_text(encoding="utf-8"))


def test_the_table_has_all_seventy_numbers_and_names_no_file_twice() -> None:
    assert list(dict.fromkeys(row.number for row in ROWS)) == list(range(1, 71))
    files = [row.file for row in ROWS]
    assert len(set(files)) == len(files)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.number}-{row.file}")
def test_a_scenario_is_there_says_what_would_go_wrong_and_agrees(row: Row) -> None:
    slug = re.sub(r"[^A-Za-z0-9_]+", "-", row.slug.strip("`"))
    assert Path(row.file).stem.startswith(slug)
    scenario = parse_file(REGRESSIONS / row.file)
    assert scenario.heading[:1] == (row.wrong,), "the table and the file say different things"
    assert re.search(r"\bwould\b", row.wrong)
    assert any(step.expected for step in scenario.steps), "nothing is expected"
    outcome = run(scenario, [ModelTarget, ImplTarget])
    assert outcome.verdict is Verdict.AGREE, outcome


def test_scenarios_of_qemu_7_2_are_of_its_flavour_and_stand_beside_one_of_the_current() -> None:
    """So that where the flavours differ, both expectations are there."""
    old = [row for row in ROWS if row.file.endswith("-7.2.fv")]
    assert old
    for row in ROWS:
        flavour = parse_file(REGRESSIONS / row.file).settings.flavour
        assert flavour == ("qemu-7.2" if row in old else "current")
    files = {row.file for row in ROWS}
    assert all(row.file.replace("-7.2.fv", ".fv") in files for row in old)
