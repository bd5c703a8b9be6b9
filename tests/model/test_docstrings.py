"""Whoever reads the specification finds the rule of whatever they read, and each rule in it."""

import ast
from collections.abc import Iterator
from pathlib import Path

from fuzz.traceability import functions_citing, load_rules, rules_cited

MODEL = Path(__file__).resolve().parents[2] / "model"


def without_rules(source: str) -> Iterator[str]:
    """The functions and classes that name no rule; methods of Python's own mean what they mean."""
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.FunctionDef | ast.ClassDef) or node.name.startswith("__"):
            continue
        if not list(rules_cited(ast.get_docstring(node) or "")):
            yield node.name


def test_every_function_and_class_of_the_specification_names_its_rules() -> None:
    bare = {path.name: list(without_rules(path.read_text())) for path in MODEL.glob("*.py")}
    assert {name: found for name, found in bare.items() if found} == {}


def test_every_rule_is_in_the_specification() -> None:
    """Not only in the implementation."""
    rules = {rule for rule in load_rules(MODEL / "rules.toml") if rule[0] in "MRTDXALV"}
    cited = {citation.rule for citation in functions_citing([MODEL])}
    assert rules - cited == set()


def test_a_function_without_a_rule_is_found() -> None:
    source = 'def one():\n    """Does. Rules: R1."""\n\ndef two():\n    """Does."""\n'
    assert list(without_rules(source)) == ["two"]
