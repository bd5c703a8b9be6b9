"""impl/README.md: its examples give what it says, and the modules that it names are there."""

import doctest
import re
from importlib.util import find_spec
from pathlib import Path

README = Path(__file__).resolve().parents[2] / "impl" / "README.md"
TEXT = README.read_text(encoding="utf-8")
PLAIN_MODULE = re.compile(r"`([a-z_]+)`")


def test_the_examples_give_what_the_page_says() -> None:
    runner, report = doctest.DocTestRunner(verbose=False), list[str]()
    examples = doctest.DocTestParser().get_doctest(TEXT, {}, "impl", str(README), 0)
    assert not any(example.options for example in examples.examples)  # SKIP would compare less
    runner.run(examples, out=report.append)
    assert runner.tries >= 20
    assert not runner.failures, "".join(report)


def test_a_wrong_page_is_noticed() -> None:
    wrong = TEXT.replace("'0xf4f4f4f4'", "'0x0'")
    assert wrong != TEXT
    runner = doctest.DocTestRunner(verbose=False)
    examples = doctest.DocTestParser().get_doctest(wrong, {}, "impl", str(README), 0)
    runner.run(examples, out=lambda text: None)
    assert runner.failures == 1


def test_the_modules_in_the_headings_of_paragraphs_exist() -> None:
    named = [
        name
        for heading in re.findall(r"^\*\*[^*]+\*\* ?\(([^)]*)\)", TEXT, re.MULTILINE)
        for name in PLAIN_MODULE.findall(heading)
    ]
    assert len(named) >= 10
    assert [name for name in named if find_spec(f"impl.{name}") is None] == []
