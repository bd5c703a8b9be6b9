"""model/README.md: its examples give what it says, and it names every rule and every module."""

import doctest
import importlib
import re
import tomllib
from pathlib import Path
from typing import NamedTuple

import pytest

MODEL = Path(__file__).resolve().parents[2] / "model"
README = MODEL / "README.md"
ABOUT = re.compile(r"Rules: (?P<rules>[^.]*)\. Files?: (?P<files>.*)\.", re.DOTALL)
RULE = re.compile(r"(?P<group>[A-Z])(?P<first>\d+)(-(?P=group)(?P<last>\d+))?")


class Section(NamedTuple):
    """A part of the README under one heading, and the number of its first line, from 0."""

    title: str
    text: str
    line: int


def split_sections(readme: str) -> tuple[Section, list[Section]]:
    """What stands before the first section, and the sections."""
    first, *rest = re.split(r"^## ", readme, flags=re.MULTILINE)
    found, before = list[Section](), first
    for text in rest:
        found.append(Section(text.splitlines()[0], text, before.count("\n")))
        before += text
    return Section("shared", first, 0), found


SHARED, SECTIONS = split_sections(README.read_text(encoding="utf-8"))


def examples_of(section: Section) -> list[doctest.Example]:
    """The examples of a section, at their lines in the README."""
    examples = doctest.DocTestParser().get_examples(section.text, str(README))
    for example in examples:
        example.lineno += section.line
    return examples


def run(title: str, examples: list[doctest.Example]) -> tuple[int, str]:
    """Run examples after what all share: how many failed, and the report of those."""
    examples = [*examples_of(SHARED), *examples]
    report = list[str]()
    runner = doctest.DocTestRunner(verbose=False)
    # An option is named after a "doctest:" comment; SKIP and ELLIPSIS would compare less.
    assert not any(example.options for example in examples)
    runner.run(doctest.DocTest(examples, {}, title, str(README), 0, None), out=report.append)
    assert runner.tries == len(examples)
    return runner.failures, "".join(report)


def expand(rules: str) -> set[str]:
    """The rules that "R1, R3-R5" stands for."""
    found = set[str]()
    for one in rules.split(", "):
        match = RULE.fullmatch(one)
        assert match is not None, one
        group, first = match["group"], int(match["first"])
        found |= {f"{group}{number}" for number in range(first, int(match["last"] or first) + 1)}
    return found


def about(section: Section) -> tuple[set[str], set[str]]:
    """The rules and the files that the first paragraph of a section names."""
    match = ABOUT.fullmatch(section.text.split("\n\n")[1])
    assert match is not None, f"{section.title}: no line of rules and files"
    return expand(match["rules"].replace("\n", " ")), set(
        re.findall(r"`(\w+\.py)`", match["files"])
    )


def known_rules() -> dict[str, set[str]]:
    """The rules of the specification, by group."""
    groups = tomllib.loads((MODEL / "rules.toml").read_text(encoding="utf-8"))
    return {name: set(rules) for name, rules in groups.items()}


@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.title)
def test_examples_give_what_the_readme_says(section: Section) -> None:
    examples = examples_of(section)
    assert examples
    failures, report = run(section.title, examples)
    assert failures == 0, report


@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.title)
def test_every_output_is_compared(section: Section) -> None:
    """Teeth: whichever expected output is changed, that example fails, at its line."""
    shown = [example for example in examples_of(section) if example.want]
    assert shown
    changed = [
        doctest.Example(example.source, "something else\n", lineno=example.lineno)
        if example.want
        else example
        for example in examples_of(section)
    ]
    failures, report = run(section.title, changed)
    assert failures == len(shown)
    for example in shown:
        assert f'README.md", line {example.lineno + 1}, in {section.title}' in report


def test_lines_are_those_of_the_readme() -> None:
    lines = README.read_text(encoding="utf-8").splitlines()
    for section in (SHARED, *SECTIONS):
        for example in examples_of(section):
            assert lines[example.lineno].endswith(f">>> {example.source.splitlines()[0]}")


def test_every_rule_is_named_by_a_section() -> None:
    named = set[str]().union(*(about(section)[0] for section in SECTIONS))
    rules = known_rules()
    assert named <= set[str]().union(*rules.values())
    for group in rules.keys() - {"theorems"}:
        assert rules[group] <= named, group


def test_every_module_is_named_by_a_section() -> None:
    named = set[str]().union(*(about(section)[1] for section in SECTIONS))
    assert named == {path.name for path in MODEL.glob("*.py")} - {"__init__.py"}


def test_every_exception_is_named() -> None:
    modules = [importlib.import_module(f"model.{path.stem}") for path in MODEL.glob("[!_]*.py")]
    classes = {one for module in modules for one in vars(module).values() if isinstance(one, type)}
    exceptions = {one for one in classes if issubclass(one, Exception)}
    assert exceptions
    for one in exceptions:
        assert f"`{one.__name__}`" in SECTIONS[-1].text


def test_a_section_without_its_line_is_noticed() -> None:
    with pytest.raises(AssertionError, match="no line of rules and files"):
        about(Section("Lookup", "Lookup\n\nRules: D7.\n\nText.\n", 0))
    with pytest.raises(AssertionError):
        expand("D7-X8")
    assert expand("D7, R1-R3, P2") == {"D7", "R1", "R2", "R3", "P2"}
