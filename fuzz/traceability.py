"""Which functions, theorems, scenarios and planted bugs speak of each rule, read off the code.

A function says so in its docstring, `Rules: R5, T1-T3.`; a scenario by the folder that it lies in,
or in a line of its heading, `Rules: A3, A5.`; a vector in its field `rules`; theorems and bugs by
what they are made with.
"""

import ast
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from fuzz.parse import parse_file
from fuzz.vectors.reading import read_vectors

CITATION = re.compile(r"Rules:\s+([A-Z]\d+(?:-[A-Z]?\d+)?(?:,\s+[A-Z]\d+(?:-[A-Z]?\d+)?)*)")


class Citation(NamedTuple):
    """Something that speaks of a rule: `where` it stands, and what it is called."""

    rule: str
    where: str
    name: str


class Row(NamedTuple):
    """One rule, and all that speaks of it."""

    rule: str
    statement: str
    functions: tuple[str, ...]
    theorems: tuple[str, ...]
    scenarios: tuple[str, ...]
    bugs: tuple[str, ...]

    def to_json(self) -> dict[str, object]:
        """The row as plain data."""
        return {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in self._asdict().items()
        }


def load_rules(path: Path) -> dict[str, str]:
    """The rules and their statements, in order. Raises OSError and tomllib.TOMLDecodeError."""
    groups = tomllib.loads(path.read_text(encoding="utf-8"))
    return {rule: statement for group in groups.values() for rule, statement in group.items()}


def rules_cited(text: str) -> Iterator[str]:
    """The rules that a docstring or heading cites; R1-R3 stands for R1, R2, R3."""
    for found in CITATION.finditer(text):
        for item in re.split(r",\s+", found.group(1)):
            first, _, last = item.partition("-")
            letter, number = first[0], int(first[1:])
            end = int(last.lstrip(letter)) if last else number
            yield from (f"{letter}{one}" for one in range(number, end + 1))


def functions_citing(folders: Iterable[Path]) -> Iterator[Citation]:
    """Every function and class of the packages that cites a rule, methods too."""
    for folder in folders:
        for path in sorted(folder.rglob("*.py")):
            module = ".".join(path.relative_to(folder.parent).with_suffix("").parts)
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.FunctionDef | ast.ClassDef):
                    text = ast.get_docstring(node) or ""
                    for rule in rules_cited(text):
                        yield Citation(rule, f"{path}:{node.lineno}", f"{module}.{node.name}")


def scenarios_citing(folder: Path) -> Iterator[Citation]:
    """Every scenario below a folder, by the rule of its own folder and those of its heading."""
    for path in sorted(folder.rglob("*.fv")):
        name = f"{path.parent.name}/{path.stem}"
        heading = " ".join(parse_file(path).heading)
        for rule in dict.fromkeys([path.parent.name, *rules_cited(heading)]):
            yield Citation(rule, str(path), name)


def vectors_citing(folder: Path) -> Iterator[Citation]:
    """Every vector below a folder, by the rules that it names. Raises VectorError."""
    for path in sorted(folder.rglob("*.json")):
        for vector in read_vectors(path):
            for rule in dict.fromkeys(vector.rules):
                yield Citation(rule, str(path), f"{path.stem}/{vector.name}")


def unknown_rules(rules: Mapping[str, str], citations: Iterable[Citation]) -> list[Citation]:
    """What cites a rule that does not exist."""
    return [citation for citation in citations if citation.rule not in rules]


def lacks(row: Row) -> str:
    """What a rule lacks of a function and a scenario.

    A theorem (P) needs only its statement, and so does what an interface in Rust does (G, F): some
    of that no scenario can show.
    """
    stated = row.rule[0] in "PGF"
    needed = {} if stated else {"function": row.functions, "scenario": row.scenarios}
    return " and ".join(f"no {what}" for what, names in needed.items() if not names)


def matrix(
    rules: Mapping[str, str],
    functions: Iterable[Citation],
    theorems: Iterable[Citation],
    scenarios: Iterable[Citation],
    bugs: Iterable[Citation],
) -> list[Row]:
    """One row a rule, in the order of the rules."""
    columns = [by_rule(citations) for citations in (functions, theorems, scenarios, bugs)]
    return [
        Row(rule, statement, *(column.get(rule, ()) for column in columns))
        for rule, statement in rules.items()
    ]


def by_rule(citations: Iterable[Citation]) -> dict[str, tuple[str, ...]]:
    """The names that cite each rule, each once, in order."""
    found: dict[str, dict[str, None]] = {}
    for citation in citations:
        found.setdefault(citation.rule, {})[citation.name] = None
    return {rule: tuple(names) for rule, names in found.items()}
