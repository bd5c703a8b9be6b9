"""Scenarios as a file of tests for pytest, which runs without the command line."""

import re
from collections.abc import Sequence
from pathlib import Path

from fuzz.format import format_scenario
from fuzz.scenario import Scenario

MOST_LETTERS = 50
"""How long the name of a test is at most."""

FILE = '''"""Scenarios of flatview as tests. Made by `flatview replay --as-pytest`."""

import pytest

from fuzz.findings import describe_difference
from fuzz.oracle import run
from fuzz.parse import parse
from fuzz.targets.registry import find_target
from fuzz.verdict import Verdict

TARGETS = {targets}


def check(text: str, target: str) -> None:
    """The target agrees with the specification, and both show what the scenario expects."""
    scenario = parse(text)
    outcome = run(scenario, [find_target("model"), find_target(target)])
    if outcome.difference is not None:
        pytest.fail(describe_difference(scenario, outcome.difference), pytrace=False)
    assert outcome.verdict is Verdict.AGREE, outcome.reason
    assert outcome.compared > 0, "nothing was compared"
'''

TEST = '''

@pytest.mark.parametrize("target", TARGETS)
def test_{name}(target: str) -> None:
    check(
        """\\
{text}""",
        target,
    )
'''


def pytest_file(scenarios: Sequence[Scenario], targets: Sequence[str]) -> str:
    """The source of tests that run scenarios on targets: one test for each scenario and target."""
    file = FILE.format(targets=f"[{', '.join(map(quoted, targets))}]")
    names: set[str] = set()
    for scenario in scenarios:
        name = name_of(scenario)
        while name in names:
            name += "_"
        names.add(name)
        text = format_scenario(scenario).replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
        file += TEST.format(name=name, text=text)
    return file


def name_of(scenario: Scenario) -> str:
    """The name of a scenario's test: the first line of its heading, or the name of its file."""
    title = scenario.heading[0] if scenario.heading else Path(scenario.source).stem
    words = re.sub(r"[^a-z0-9]+", "_", title.lower()).strip("_")
    return words[:MOST_LETTERS].strip("_") or "scenario"


def quoted(word: str) -> str:
    """A word as Python writes it, in double quotes."""
    return '"' + word.replace("\\", "\\\\").replace('"', '\\"') + '"'
