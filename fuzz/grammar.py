"""The grammar of scenarios in words: for each operation its syntax, meaning, operands, an example.

`SCENARIOS.md` beside this file is this text, and `flatview grammar` shows it.
"""

import inspect
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from fuzz.operands import NO_BYTES, Choice, Data, Name, Number, Operand, Size, Switch, bound
from fuzz.operations import PropertyValue
from fuzz.parse import parse_file
from fuzz.syntax import SYNTAXES, Syntax, write_operation

PAGE = Path(__file__).resolve().parent / "SCENARIOS.md"

MODULES = {
    "fuzz.operations": "Regions, address spaces and transactions",
    "fuzz.operations_listeners": "Listeners",
    "fuzz.operations_devices": "Devices and IOMMUs",
    "fuzz.operations_reentry": "Accesses from callbacks",
    "fuzz.operations_access": "Accesses",
    "fuzz.operations_mapping": "Mapped memory",
    "fuzz.operations_lifecycle": "Lifecycle",
    "fuzz.operations_guest": "Guest memory, as rust-vmm has it",
    "fuzz.operations_guards": "Guards of views",
}
"""Where operations are defined, in reading order, and what each place is about."""

INTRODUCTION = """# Scenarios

One operation a line, what must follow it below, after `=`; what stands after `#` on a line of its
own is a comment, and the first one says what would go wrong. `[...]` may be left out. `flatview
grammar OPERATION` shows one of these; `flatview replay FILE` runs a file.

Settings come before the first operation:

| line | means |
|---|---|
| `flavour current\\|qemu-7.2` | which QEMU the scenario speaks of |
| `page-bits N` | pages of the target have 2^N bytes, N from 1 to 32; 12 if it is not said |
| `byte-order little\\|big` | of the target; little if it is not said |
| `build plain\\|fuzzing` | a fuzzing build calls its hook; plain if it is not said |
| `contract 0.18\\|0.17-dev\\|0.16` | which version of rust-vmm's traits; 0.18 if it is not said |

`= rejected` is expected of an operation that the topology makes impossible, and `= aborts` where
QEMU would stop; nothing follows that. Numbers are decimal, or hexadecimal after `0x`. Names are of
letters, digits and `_.:/[]+-`.
"""


def describe(operand: Operand) -> str:
    """What a field can be."""
    match operand:
        case Name(what, new):
            return f"a new name for a {what}" if new else f"the name of a {what}"
        case Size():
            return "0 to 2^64 - 2, or `2^64`"
        case Switch():
            return "`on` or `off`"
        case Choice(of):
            return ", ".join(f"`{one.value}`" for one in of)
        case Data(most, may_be_empty):
            none = f", or `{NO_BYTES}`" if may_be_empty else ""
            return f"up to {most} bytes, two hexadecimal digits each{none}"
        case Number(low, high):
            return f"{bound(low)} to {bound(high)}"
        case PropertyValue():
            return "what the property can be: a number, a size, or `on` or `off`"
    raise TypeError(f"{operand!r} is no operand that can be described")


def section(syntax: Syntax, example: str) -> str:
    """What is said of one operation."""
    meaning = inspect.cleandoc(syntax.operation.__doc__ or "")
    lines = [f"### `{syntax.usage}`", "", meaning, ""]
    lines += [
        f"- `{name.upper()}`: {describe(operand)}" for name, operand in syntax.operands.items()
    ]
    if syntax.operands:
        lines.append("")
    return "\n".join([*lines, f"Example: `{example}`", ""])


def examples(corpus: Path) -> dict[type, str]:
    """For each operation that scenarios below a folder use, a short line with all its parts."""
    found: dict[type, str] = {}
    for path in sorted(corpus.rglob("*.fv")):
        for step in parse_file(path).steps:
            kind, line = type(step.operation), write_operation(step.operation)
            if kind not in found or rank(kind, line) < rank(kind, found[kind]):
                found[kind] = line
    return found


def rank(kind: type, line: str) -> tuple[int, int, str]:
    """Examples that leave nothing out come first, then short ones."""
    parts = SYNTAXES[kind].parts
    said = sum(part.optional and f" {part.tokens[0]} " in line for part in parts)
    return (-said, len(line), line)


def page(examples: Mapping[type, str]) -> str:
    """The whole grammar. Raises KeyError for an operation without an example."""
    parts = [INTRODUCTION]
    for module, title in MODULES.items():
        parts.append(f"## {title}\n")
        parts += [section(one, examples[one.operation]) for one in operations_of(module)]
    return "\n".join(parts)


def part(page: str, syntax: Syntax) -> str:
    """What a page says of one operation. Raises ValueError if it has nothing."""
    begin = page.index(f"### `{syntax.usage}`\n")
    ends = (page.find(heading, begin + 1) for heading in ("\n### ", "\n## "))
    return page[begin : min((end for end in ends if end >= 0), default=len(page))]


def operations_of(module: str) -> Iterable[Syntax]:
    """The operations that a module defines, in order."""
    return (one for one in SYNTAXES.values() if one.operation.__module__ == module)


def main() -> None:
    """Write the page anew: `python -m fuzz.grammar CORPUS`."""
    PAGE.write_text(page(examples(Path(sys.argv[1]))), encoding="utf-8")


if __name__ == "__main__":
    main()
