"""The examples of README.md and impl/README.md give what they say; named modules are there."""

import doctest
import re
from importlib.util import find_spec
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGES = (ROOT / "README.md", ROOT / "impl" / "README.md")
TEXT = PAGES[1].read_text(encoding="utf-8")
PLAIN_MODULE = re.compile(r"`([a-z_]+)`")


def run(text: str) -> tuple[int, int, str]:
    """Run a page's examples: how many there are, how many fail, and the report of those."""
    runner, report = doctest.DocTestRunner(verbose=False), list[str]()
    examples = doctest.DocTestParser().get_doctest(text, {}, "page", None, 0)
    assert not any(example.options for example in examples.examples)  # SKIP would compare less
    runner.run(examples, out=report.append)
    return runner.tries, runner.failures, "".join(report)


@pytest.mark.parametrize("page", PAGES, ids=["README", "impl/README"])
def test_the_examples_give_what_the_page_says(page: Path) -> None:
    tries, failures, report = run(page.read_text(encoding="utf-8"))
    assert tries >= 15
    assert not failures, report


def test_a_wrong_page_is_noticed() -> None:
    wrong = TEXT.replace("'0xf4f4f4f4'", "'0x0'")
    assert wrong != TEXT
    assert run(wrong)[1] == 1


def test_the_modules_in_the_headings_of_paragraphs_exist() -> None:
    named = [
        name
        for heading in re.findall(r"^\*\*[^*]+\*\* ?\(([^)]*)\)", TEXT, re.MULTILINE)
        for name in PLAIN_MODULE.findall(heading)
    ]
    assert len(named) >= 10
    assert [name for name in named if find_spec(f"impl.{name}") is None] == []
