"""Witnesses: scenarios that show a refuted claim on the specification and the implementation."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum
from itertools import islice
from pathlib import Path

from fuzz.draw import draw_space
from fuzz.files import content_name, write_whole
from fuzz.findings import describe_difference, divergence_scenario
from fuzz.format import format_scenario
from fuzz.mutation import Mutation
from fuzz.oracle import Outcome, perform
from fuzz.scenario import Scenario
from fuzz.targets.interface import Faulted, Unsupported
from fuzz.targets.model import ModelTarget
from proofs.results import Counterexample
from proofs.theorem import Theorem
from proofs.witnesses import search
from proofs.witnesses.embeddings import embedding_of
from proofs.witnesses.reached import is_reached
from proofs.witnesses.script import Candidate, CannotEmbed, Values
from proofs.witnesses.sides import Sides

MOST_CANDIDATES = 64
MOST_SEARCHED_AROUND = 4
"""How many candidates of an embedding are run, and around how many of them is searched."""


NO_REGRESSION = "and no regression shows the bug, though some run the function that has it"
NOT_SEEN = (
    "scenarios run the function that has the bug, but show nothing of it: neither the one with the "
    "counterexample's values, nor those near it, nor any regression"
)


class How(Enum):
    """How a witness was got: from the values themselves, by a search, or not at all."""

    EMBEDDED = "embedded"
    SEARCHED = "searched"
    NONE = "none"


@dataclass(frozen=True)
class Witness:
    """What a counterexample came to as a scenario.

    `origin` says what the search changed, or found; `reason` why there is no scenario. `package` is
    the package that the theorem speaks of, and that has the mutation, if there is one.
    """

    theorem: str
    rules: tuple[str, ...]
    package: str
    obligation: str
    claim: str
    mutation: Mutation | None
    how: How
    scenario: Scenario | None = None
    outcome: Outcome | None = None
    origin: str = ""
    reason: str = ""

    @property
    def divergence(self) -> str:
        """Where the two sides differ, in words and tables; empty without a scenario."""
        if self.scenario is None or self.outcome is None or self.outcome.difference is None:
            return ""
        return describe_difference(self.scenario, self.outcome.difference)

    @property
    def replayed_with(self) -> str:
        """The target that `flatview replay` is given to see the difference again."""
        name = "impl" if self.mutation is None else self.mutation.name
        return "impl" if self.mutation is None else f"proofs.witnesses.teeth:{name}"


def witness_of(
    theorem: Theorem,
    mutation: Mutation | None,
    counterexample: Counterexample,
    regressions: Path = search.REGRESSIONS,
) -> Witness:
    """A scenario on which the refuted code, with the mutation or as it is, shows its difference.

    It is never taken on trust: with the mutation the two packages differ, and without it they
    agree.
    """
    sides = Sides(theorem.package, mutation)
    values = Values(counterexample.obligation, counterexample.values, counterexample.shown)
    nothing = Witness(
        theorem.name,
        theorem.rules,
        theorem.package,
        counterexample.obligation,
        counterexample.claim,
        mutation,
        How.NONE,
    )
    candidates, why = candidates_of(theorem.name, values)
    for exact in (True, False):
        for candidate, scenario in candidates:
            if candidate.is_exact == exact and sides.diverges(scenario):
                how = How.EMBEDDED if exact else How.SEARCHED
                return found(nothing, sides, scenario, how, candidate.note)
    scenarios = [scenario for _, scenario in candidates[:MOST_SEARCHED_AROUND]]
    near = search.near(sides, scenarios)
    if near is not None:
        return found(nothing, sides, near.scenario, How.SEARCHED, near.origin)
    tried = [scenario for _, scenario in candidates]
    if mutation is not None and not is_reached(sides, mutation, tried, regressions):
        unreached = f"no scenario runs the function of {mutation.module} that has the bug"
        return replace(nothing, reason="; ".join(filter(None, (why, unreached))))
    other = search.among_regressions(sides, theorem.rules, regressions)
    if other is not None:
        return found(nothing, sides, other.scenario, How.SEARCHED, other.origin)
    return replace(nothing, reason=f"{why}; {NO_REGRESSION}" if why else NOT_SEEN)


def candidates_of(theorem: str, values: Values) -> tuple[list[tuple[Candidate, Scenario]], str]:
    """The scenarios that an embedding makes, and why it makes no more."""
    made: list[tuple[Candidate, Scenario]] = []
    why = ""
    embedding: Iterator[Candidate] = embedding_of(theorem)(values)
    try:
        for candidate in islice(embedding, MOST_CANDIDATES):
            try:
                made.append((candidate, candidate.scenario()))
            except CannotEmbed as error:
                why = why or str(error)
    except CannotEmbed as error:
        why = why or str(error)
    return made, why


def found(nothing: Witness, sides: Sides, scenario: Scenario, how: How, origin: str) -> Witness:
    """The witness with a scenario, which is made as short as it can be."""
    short, outcome = sides.shortest(scenario)
    titled = replace(short, heading=heading_of(nothing, how, origin), source="witness")
    steps = tuple(replace(step, line=0) for step in titled.steps)
    titled = replace(titled, steps=steps)
    if nothing.mutation is not None:
        # Only the bug is wrong, so that the other side shows what must follow.
        expecting = divergence_scenario(titled, outcome, nothing.mutation.name)
        titled = replace(expecting, heading=titled.heading)
    return replace(nothing, how=how, scenario=titled, outcome=outcome, origin=origin)


def heading_of(witness: Witness, how: How, origin: str) -> tuple[str, ...]:
    """The comment that a scenario begins with: what it refutes, and how it was got."""
    bug = "as it is" if witness.mutation is None else f"with {witness.mutation.name}"
    got = {
        How.EMBEDDED: "It has the counterexample's own values.",
        How.SEARCHED: f"It was found by a search: {origin}.",
    }
    return (
        f"{witness.package} {bug} refutes {witness.theorem}",
        f"{witness.obligation}: {witness.claim}.",
        got[how],
        f"Rules: {', '.join(witness.rules)}.",
    )


def write_witness(witness: Witness, folder: Path = Path("findings")) -> Path:
    """Write a witness's scenario, named by its content; where. Raises ValueError if it has none."""
    if witness.scenario is None:
        raise ValueError(f"{witness.theorem}: {witness.reason}")
    text = format_scenario(witness.scenario)
    name = witness.package if witness.mutation is None else witness.mutation.name
    kind = "".join(letter if letter.isalnum() else "-" for letter in name)
    return write_whole(folder / f"proof-{kind}-{content_name(text.encode())}.fv", text.encode())


def describe_witness(witness: Witness, path: Path | None = None) -> str:
    """A witness as it is printed: the difference, the scenario, its memory map, how to replay."""
    if witness.scenario is None:
        return f"no witness: {witness.reason}"
    parts = [witness.divergence, format_scenario(witness.scenario).rstrip()]
    parts += ["\n".join(lines) for lines in maps_of(witness.scenario)]
    if path is not None:
        command = f"flatview replay --target {witness.replayed_with} {path}"
        parts.append(f"saved; replay with: {command}")
    return "\n\n".join(parts)


def maps_of(scenario: Scenario) -> list[list[str]]:
    """The memory map of each address space after the scenario, as the specification has it."""
    target = ModelTarget(scenario.settings)
    for step in scenario.steps:
        try:
            perform(target, step.operation)
        except (Unsupported, Faulted):
            break
    return [draw_space(target.topology, space) for space in target.spaces()]
