"""The text form of scenarios: it round-trips, and every mistake is named with its line."""

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fuzz.format import format_scenario
from fuzz.operations import Begin
from fuzz.parse import parse, parse_file
from fuzz.scenario import Scenario, ScenarioError
from fuzz.syntax import SYNTAXES, syntax
from tests.strategies import scenarios

REGRESSIONS = sorted(Path("corpora/regressions").rglob("*.fv"))
WORDS = "container ram alias add del set space begin commit view lookup = # of at low 2^64 0x10 -1"


@given(scenarios())
def test_text_is_read_back_as_the_same_scenario(scenario: Scenario) -> None:
    assert parse(format_scenario(scenario)) == scenario


@pytest.mark.parametrize("path", REGRESSIONS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_committed_scenarios_are_in_the_canonical_form(path: Path) -> None:
    """So that a diff of two scenarios shows what differs, and nothing else."""
    assert format_scenario(parse_file(path)) == path.read_text()


@given(st.text() | st.lists(st.sampled_from([*WORDS.split(" "), "\n"])).map(" ".join))
def test_any_text_is_a_scenario_or_a_typed_error(text: str) -> None:
    """Any other exception than these fails the test by itself."""
    with suppress(ScenarioError):
        assert parse(text).source == "scenario"


@pytest.mark.parametrize(
    ("text", "line", "column", "message"),
    [
        ("frobnicate x", 1, 1, "unknown operation 'frobnicate'"),
        ("\n  ram low", 2, 10, "ends early; expected: KIND NAME SIZE"),
        ("ram low 0xffffffffffffffff", 1, 9, "cannot express 2\\^64 - 1"),
        ("ram low 0x10000000000000000", 1, 9, "not a size"),
        ("ram low -1", 1, 9, "not a number"),
        ("ram low 99999999999999999999999999", 1, 9, "not a number"),
        ("ram l\u00f6w 1", 1, 5, "not a name"),
        ("ram low 1 2", 1, 11, "'2' is too much"),
        ("alias a 1 of b", 1, 15, "ends early"),
        ("alias a 1 of b at 0x10000000000000000", 1, 19, "within 0 to 2\\^64 - 1"),
        ("add a b by 0", 1, 9, "'by' instead of 'at'"),
        ("add a b at 0 priority 2147483648", 1, 23, "within -2\\^31 to 2\\^31 - 1"),
        ("add a b at 0 priority --1", 1, 23, "not a number"),
        ("set a colour on", 1, 7, "'colour' is not one of address"),
        ("set a enabled yes", 1, 15, "neither on nor off"),
        ("begin now", 1, 7, "too much"),
        ("begin\nflavour current", 2, 1, "before the first operation"),
        ("flavour qemu-1.0", 1, 9, "flavour current|qemu-7.2"),
        ("flavour", 1, 1, "flavour current|qemu-7.2"),
        ("page-bits 0", 1, 11, "from 1 to"),
        ("page-bits 12 13", 1, 14, "from 1 to"),
        ("page-bits \u0663", 1, 11, "page-bits N"),
        ("= view 1", 1, 1, "there is none yet"),
        ("view m\n =", 2, 2, "nothing after"),
        ("view m\n# why\n= empty view", 3, 1, "comment cannot stand between"),
        ("begin\n= view 1", 2, 1, "only '= rejected' or '= aborts'"),
    ],
)
def test_a_mistake_is_named_with_its_place(text: str, line: int, column: int, message: str) -> None:
    with pytest.raises(ScenarioError, match=message) as caught:
        parse(text, "a.fv")
    assert (caught.value.line, caught.value.column) == (line, column)
    assert str(caught.value).startswith(f"a.fv:{line}:{column}: ")


def test_a_file_that_cannot_be_read_is_a_typed_error(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="cannot be read"):
        parse_file(tmp_path / "missing.fv")
    binary = tmp_path / "binary.fv"
    binary.write_bytes(b"\xff\xfe")
    with pytest.raises(ScenarioError, match="not UTF-8"):
        parse_file(binary)


def test_two_operations_cannot_begin_with_the_same_word() -> None:
    """A line must mean one thing, whoever adds operations."""
    known = SYNTAXES[Begin]
    with pytest.raises(ValueError, match="two operations begin with begin"):
        syntax("begin")(type(Begin()))
    assert SYNTAXES[Begin] is known, "what is refused changes nothing"
