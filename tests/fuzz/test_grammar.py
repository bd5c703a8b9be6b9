"""The page of the grammar says what the syntax is now, with examples that can be read."""

from pathlib import Path

import pytest

from fuzz.grammar import MODULES, PAGE, describe, examples, operations_of, page, section
from fuzz.parse import parse
from fuzz.syntax import SYNTAXES, Syntax

SHOWN = examples(Path(__file__).resolve().parents[2] / "corpora" / "regressions")


def test_the_page_is_current() -> None:
    """Write it anew with `python -m fuzz.grammar corpora/regressions`."""
    assert PAGE.read_text(encoding="utf-8") == page(SHOWN)


def test_every_operation_is_on_the_page() -> None:
    shown = [one for module in MODULES for one in operations_of(module)]
    assert set(shown) == set(SYNTAXES.values())


@pytest.mark.parametrize("syntax", SYNTAXES.values(), ids=lambda one: one.operation.__name__)
def test_an_operation_is_explained_by_what_can_be_read(syntax: Syntax) -> None:
    """The example is of this operation, and every field is described."""
    example = SHOWN[syntax.operation]
    (step,) = parse(example).steps
    assert type(step.operation) is syntax.operation
    text = section(syntax, example)
    for name, operand in syntax.operands.items():
        assert f"- `{name.upper()}`: {describe(operand)}" in text


def test_an_operation_without_an_example_is_an_error() -> None:
    with pytest.raises(KeyError):
        page({})
