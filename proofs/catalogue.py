"""The list of theorems in words, made of the theorems themselves: `README.md` beside this file.

What is not proved, and why, is in `gaps.toml`.
"""

import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from proofs.cache import home_of
from proofs.theorem import Theorem
from proofs.theorems import THEOREMS

FOLDER = Path(__file__).resolve().parent
PAGE = FOLDER / "README.md"
GAPS = FOLDER / "gaps.toml"
RULES = FOLDER.parent / "model" / "rules.toml"

INTRODUCTION = """# What is proved

`flatview prove` proves these theorems about the project's own code: the functions of `model/` and
`impl/` are run on symbolic numbers, along every path that they can take, and Z3 shows each claim on
each path. Loops and recursion are proved by induction: what runs is the body, from any state that
the induction allows. A theorem that looks at so many things only says so in its name, and here.

```sh
flatview prove                  # all theorems; what was proved of the same code is remembered
flatview prove --teeth          # each also on code with planted bugs: all must be refuted
flatview prove --sweep          # each with 8 seeds of Z3's random choices, within its budget
flatview prove --only P14 --verbose
flatview prove --teeth --scenarios DIR   # a scenario that shows each planted bug, for `replay`
flatview prove --solver cvc5    # what Z3 was asked, asked again; --export DIR writes the questions
flatview enumerate              # beside the proofs: every short scenario of a world of 64 addresses
```

A theorem is *proved* if every claim holds on every path, *refuted* if values were found for which
one fails, in plain Python too, and *inconclusive* if Z3 or a budget gave up: nothing but the first
is a pass. Each is as good as what it assumes, which stands below it; the premises of each were
checked to be satisfiable, and each path to claim something. Budgets are in Z3's own resource
units, which do not depend on the machine.

What one has to believe beside the assumptions: `symbolic.py`, `bits.py` and `paths.py`, which run
the code (about 600 lines), Z3, and Python. A refutation needs no such belief, as it is run.
"""


class Gap(NamedTuple):
    """Something that is not proved, and the reason."""

    rules: tuple[str, ...]
    what: str
    why: str


def gaps() -> list[Gap]:
    """What is not proved."""
    with GAPS.open("rb") as file:
        found = tomllib.load(file)["gap"]
    return [Gap(tuple(one["rules"]), one["what"], one["why"]) for one in found]


def statements() -> dict[str, str]:
    """The rules P1 to P17, in words."""
    with RULES.open("rb") as file:
        found: dict[str, str] = tomllib.load(file)["theorems"]
    return found


def page() -> str:
    """The whole page."""
    return "\n".join([INTRODUCTION, *overview(), *all_theorems(), *not_proved(), ""])


def overview() -> Iterator[str]:
    """A table of P1 to P17: how many theorems, and what of them is bounded."""
    yield "## P1 to P17\n"
    yield "| rule | says | theorems | of them bounded |"
    yield "|---|---|---|---|"
    for rule, statement in statements().items():
        citing = [one for one in THEOREMS if rule in one.rules]
        bounded = sum(bool(one.bound) for one in citing)
        yield f"| {rule} | {statement} | {len(citing)} | {bounded or ''} |"
    bugs = sum(len(one.teeth) for one in THEOREMS)
    yield f"\n{len(THEOREMS)} theorems, with {bugs} planted bugs.\n"


def all_theorems() -> Iterator[str]:
    """Each theorem, below the first of P1 to P17 that it speaks of; those about `impl` last."""
    for rule, statement in statements().items():
        found = [one for one in THEOREMS if one.package == "model" and group_of(one) == rule]
        if found:
            yield f"## {rule}: {statement}\n"
            yield from entries(found)
    yield "## `impl` refines `model`\n"
    yield from entries(one for one in THEOREMS if one.package == "impl")
    rest = [one for one in THEOREMS if one.package == "model" and group_of(one) == ""]
    if rest:
        yield "## Others\n"
        yield from entries(rest)


def group_of(theorem: Theorem) -> str:
    """The first of P1 to P17 that a theorem names, or an empty text."""
    return next((rule for rule in theorem.rules if rule in statements()), "")


def entries(theorems: Iterable[Theorem]) -> Iterator[str]:
    """What there is to say of some theorems."""
    for theorem in theorems:
        module, _ = home_of(theorem)
        yield f"### `{theorem.name}`\n"
        yield f"{theorem.statement}\n"
        scope = f"Bounded: {theorem.bound}." if theorem.bound else "Unbounded."
        yield (
            f"{scope} Rules {', '.join(theorem.rules)}; `{'/'.join(module.split('.'))}.py`; "
            f"{len(theorem.obligations)} obligations, {len(theorem.teeth)} planted bugs; at most "
            f"{theorem.limits.resource_units:,} units, {theorem.limits.paths:,} paths. Assumes:\n"
        )
        yield from (f"- {assumption}" for assumption in theorem.assumptions)
        yield ""


def not_proved() -> Iterator[str]:
    """The list of what is missing."""
    yield "## What is not proved, and why\n"
    for gap in gaps():
        yield f"- {', '.join(gap.rules)}: {gap.what} {gap.why}"


def main() -> None:
    """Write the page anew: `python -m proofs.catalogue`."""
    PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
