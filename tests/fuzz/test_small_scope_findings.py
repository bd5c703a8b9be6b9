"""What becomes of a difference that the small scope has found, and what its command says."""

import json
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from cli.main import commands
from fuzz.mutants import MUTANTS
from fuzz.operations import AddSubregion
from fuzz.oracle import run
from fuzz.parse import parse_file
from fuzz.small_scope import Enumerated, enumerate_scope, mutation_of, scopes_of
from fuzz.small_scope_findings import confirm, large
from fuzz.small_scope_search import Finding
from fuzz.small_scope_world import World
from fuzz.targets.model import ModelTarget
from fuzz.targets.registry import find_target
from fuzz.verdict import Verdict

TINY = World(4, 2)

# --- Findings ---------------------------------------------------------------------------------


def finding_of(name: str) -> Finding:
    (scope,) = scopes_of(TINY, 1)
    *_, result = enumerate_scope(scope, 1, mutation_of(f"mutant:{name}"))
    assert isinstance(result, Enumerated)
    assert result.finding is not None
    return result.finding


@pytest.mark.parametrize("name", ["tie-first-wins", "last-address-is-a-hole"])
def test_a_finding_is_kept_as_a_scenario_that_differs_with_2_64_addresses(
    name: str, tmp_path: Path
) -> None:
    confirmed = confirm(finding_of(name), tmp_path, mutation_of(f"mutant:{name}"))
    assert confirmed.differs
    assert confirmed.saved is not None
    outcome = run(parse_file(confirmed.saved), [ModelTarget, find_target(f"mutant:{name}")])
    assert outcome.verdict is Verdict.DIVERGE


def test_a_finding_that_does_not_differ_again_is_not_one(tmp_path: Path) -> None:
    confirmed = confirm(finding_of("tie-first-wins"), tmp_path, None)
    assert not confirmed.differs
    assert list(tmp_path.iterdir()) == []


def test_addresses_go_over_into_the_large_address_space() -> None:
    add = partial(AddSubregion, "system", "ram")
    assert large(TINY, add(15), goes_up=True) == add((1 << 64) - 1)
    assert large(TINY, add(15), goes_up=False) == add(15)
    assert large(TINY, add(7), goes_up=True) == add(7)


# --- The command ------------------------------------------------------------------------------


def command(*arguments: str) -> Any:
    return CliRunner().invoke(commands, ["enumerate", *arguments], standalone_mode=False)


def test_the_command_says_how_much_agreed(tmp_path: Path) -> None:
    file = tmp_path / "result.json"
    arguments = ["--operations", "1", "--address-bits", "3", "--page-bits", "1", "--jobs", "1"]
    done = command(*arguments, "--json", str(file))
    assert done.return_value == 0
    told = json.loads(file.read_text())
    assert told["verdicts"] == ["agree"]
    assert told["scopes"][0]["counts"]["runs"] > 0


def test_the_command_tells_and_keeps_a_difference(tmp_path: Path) -> None:
    arguments = ["--operations", "1", "--address-bits", "4", "--target", "mutant:tie-first-wins"]
    done = command(*arguments, "--jobs", "1", "--findings", str(tmp_path))
    assert done.return_value == 1
    assert "replay with" in done.output
    assert len(list(tmp_path.glob("*.fv"))) == 1


@pytest.mark.parametrize(
    "arguments", [["--target", "nothing"], ["--address-bits", "3", "--page-bits", "2"]]
)
def test_the_command_refuses_what_makes_no_sense(arguments: list[str]) -> None:
    assert command(*arguments).exception is not None


def test_targets_are_impl_and_its_mutants() -> None:
    assert mutation_of("impl") is None
    assert mutation_of("mutant:tie-first-wins") in MUTANTS
