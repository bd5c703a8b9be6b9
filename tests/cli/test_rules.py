"""Every rule has a function and a scenario, every citation a rule, and `flatview rules` says so."""

from pathlib import Path

import pytest

from cli.rules import ROOT, build
from fuzz.traceability import (
    Citation,
    Row,
    functions_citing,
    lacks,
    load_rules,
    matrix,
    scenarios_citing,
    unknown_rules,
)
from tests.cli.test_commands import flatview

RULES = load_rules(ROOT / "model" / "rules.toml")


def bare(rows: list[Row]) -> dict[str, str]:
    """What the rules that lack something lack."""
    return {row.rule: lacks(row) for row in rows if lacks(row)}


def test_every_rule_has_a_function_and_a_scenario_and_every_citation_a_rule() -> None:
    rows, unknown = build(RULES)
    assert {rule[0] for rule in RULES} == set("MRTDXALVGFP")
    assert bare(rows) == {}
    assert unknown == []


def test_the_command_says_what_is_bare_or_unknown_by_its_exit_code() -> None:
    done = flatview("rules")
    assert done.returncode == 0, done.stdout[-2000:]


@pytest.mark.parametrize("rule", ["M99", "A99"])
def test_a_rule_that_nothing_speaks_of_is_bare(rule: str) -> None:
    rows, _ = build({**RULES, rule: "Nothing speaks of this."})
    assert bare(rows)[rule] == "no function and no scenario"


def test_a_theorem_needs_only_its_statement() -> None:
    rows, _ = build({**RULES, "P99": "Nothing speaks of this."})
    assert "P99" not in bare(rows)


def test_a_rule_that_is_gone_leaves_its_citations_unknown() -> None:
    """Functions, theorems and scenarios are all looked at."""
    _, unknown = build({rule: text for rule, text in RULES.items() if rule != "R5"})
    assert {citation.rule for citation in unknown} == {"R5"}
    places = [citation.where for citation in unknown]
    assert any(place.endswith(".fv") for place in places)
    assert any(".py:" in place for place in places)
    assert any(place.startswith("theorem ") for place in places)


def test_a_function_does_not_stand_in_for_a_scenario_nor_the_other_way(tmp_path: Path) -> None:
    package, corpus = tmp_path / "package", tmp_path / "corpus" / "M2"
    package.mkdir()
    corpus.mkdir(parents=True)
    (package / "module.py").write_text('def one() -> None:\n    """Does. Rules: M1, M3-M4."""\n')
    (corpus / "one.fv").write_text("# It would.\n# Rules: M4, M9.\n\nbegin\n")
    functions = list(functions_citing([package]))
    scenarios = list(scenarios_citing(corpus.parent))
    rules = {f"M{number}": "A rule." for number in range(1, 6)}
    assert bare(matrix(rules, functions, (), scenarios, ())) == {
        "M1": "no scenario",
        "M2": "no function",
        "M3": "no scenario",
        "M5": "no function and no scenario",
    }
    where = str(corpus / "one.fv")
    assert unknown_rules(rules, [*functions, *scenarios]) == [Citation("M9", where, "M2/one")]
