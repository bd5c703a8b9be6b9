"""Seeds: scenarios that campaigns begin with, one file each, in a folder a harness.

A seed is text, for review, and so that it outlives changes of the byte form. It says exactly what
its bytes decode to, with `= rejected` and `= aborts` where that is what happens, so that it can be
replayed as any scenario; and its file is named by what it says. A comment that begins with `kept: `
says why it is there although the others cover all that it does.

A harness begins with the seeds of its parts as well, which are the harnesses of whose operations it
has all. So its own folder needs to hold only what those of its parts, beside it, do not cover.
"""

from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from fuzz.codec import CodecError, is_loose
from fuzz.comparison import perform
from fuzz.coverage import Coverage
from fuzz.files import content_name
from fuzz.findings import describe_difference
from fuzz.format import format_scenario
from fuzz.harnesses.interface import Harness
from fuzz.harnesses.registry import HARNESSES
from fuzz.oracle import Outcome
from fuzz.parse import parse_file
from fuzz.scenario import ABORTS, REJECTED, Scenario, ScenarioError, Step
from fuzz.targets.model import MOST_VISITS, ModelTarget
from fuzz.verdict import Verdict

ENDING = ".fv"
BYTES_ENDINGS = ("", ".bin")
"""How files are called that hold an input as bytes: libFuzzer's have no ending."""

KEPT = "kept: "
"""What the comment of a seed begins with that stays though it covers nothing by itself."""


class Seed(NamedTuple):
    """What a harness makes of an input: its scenario, its bytes, and what it reaches.

    `verdict` is whether both sides agree, and `reason` why they do not, or why it cannot be told.
    """

    source: Path | str
    scenario: Scenario
    data: bytes
    edges: frozenset[int]
    verdict: Verdict
    reason: str

    @property
    def size(self) -> tuple[int, bytes]:
        """What seeds are ordered by: the shortest first."""
        return len(self.data), self.data

    @property
    def is_kept(self) -> bool:
        """Whether it says itself why it is there."""
        return any(line.startswith(KEPT) for line in self.scenario.heading)

    @property
    def is_loose(self) -> bool:
        """Whether its records are read loosely."""
        return is_loose(self.data)


class NotASeed(ValueError):
    """An input that no seed can be made of; the message says which, and why."""


# --- Reading ----------------------------------------------------------------------------------


def read_input(path: Path, harness: Harness) -> bytes:
    """The bytes of an input that is a file of text or of bytes. Raises NotASeed."""
    if path.suffix in BYTES_ENDINGS:
        try:
            return harness.adapted(path.read_bytes())
        except OSError as error:
            raise NotASeed(f"{path}: cannot be read: {error.strerror}") from error
    if path.suffix != ENDING:
        raise NotASeed(f"{path}: a scenario ends in {ENDING}, an input as bytes in .bin or nothing")
    try:
        return harness.seed(parse_file(path))
    except ScenarioError as error:
        raise NotASeed(str(error)) from error
    except CodecError as error:
        raise NotASeed(f"{path}: {error}") from error


def inputs_below(folder: Path, harness: Harness) -> tuple[dict[bytes, Path], int]:
    """The inputs in a folder and below, by their bytes, and how many scenarios are of others.

    A scenario that has no byte form in the harness is of another. Files of other kinds are none.
    Raises NotASeed for one that cannot be read.
    """
    found: dict[bytes, Path] = {}
    others = 0
    for path in sorted(folder.rglob("*")):
        if not path.is_file() or path.name.startswith(".") or not is_input(path):
            continue
        try:
            found.setdefault(read_input(path, harness), path)
        except NotASeed as error:
            if not isinstance(error.__cause__, CodecError):
                raise
            others += 1
    return found, others


def refuse_others(folder: Path) -> None:
    """Raise NotASeed for a scenario in a folder of seeds whose name is not that of its text.

    Somebody has written it: it may not go where seeds are replaced.
    """
    for path in sorted(folder.glob(f"*{ENDING}")):
        if path.name != file_name(path.read_bytes()):
            raise NotASeed(
                f"{path}: no seed by its name; a folder of seeds can hold nothing else, move it "
                "away (`flatview corpus add` makes seeds of scenarios)"
            )


def is_input(path: Path) -> bool:
    """Whether a file is called as inputs are."""
    return path.suffix in (ENDING, *BYTES_ENDINGS)


def parts_of(harness: Harness) -> tuple[Harness, ...]:
    """The other harnesses of whose operations it has all."""
    return tuple(
        one for one in HARNESSES.values() if one.operations.keys() < harness.operations.keys()
    )


# --- Making -----------------------------------------------------------------------------------


def seed_of(
    data: bytes, harness: Harness, coverage: Coverage, source: Path | str = "", heading: str = ""
) -> Seed:
    """The seed of an input's bytes, with what it reaches. It need not agree."""
    decoded = harness.decode(data)
    reached = coverage.reached(decoded)
    scenario = replace(decoded, heading=(heading,) if heading else ())
    return Seed(
        source,
        scenario,
        harness.seed(decoded),
        reached.edges,
        verdict_of(reached.outcome),
        reason_of(decoded, reached.outcome),
    )


def verdict_of(outcome: Outcome) -> Verdict:
    """What running a seed came to: whatever was passed over was not checked."""
    if outcome.verdict is Verdict.AGREE and outcome.untried:
        return Verdict.UNSUPPORTED
    if outcome.verdict is Verdict.AGREE and not outcome.compared:
        return Verdict.INCONCLUSIVE
    return outcome.verdict


def reason_of(scenario: Scenario, outcome: Outcome) -> str:
    """Why it did not come to an agreement."""
    if outcome.difference is not None:
        return describe_difference(scenario, outcome.difference)
    if outcome.reason or outcome.compared:
        return outcome.reason
    return "nothing in it could be compared"


def told(scenario: Scenario) -> Scenario:
    """The scenario that says of what is rejected, or aborts, that it is; it ends with an abort."""
    target = ModelTarget(scenario.settings, max_visits=MOST_VISITS)
    steps: list[Step] = []
    for step in scenario.steps:
        shown, _ = perform(target, step.operation)
        expected = shown if shown in (REJECTED, ABORTS) else None
        steps.append(replace(step, expected=expected))
        if shown == ABORTS:
            break
    return replace(scenario, steps=tuple(steps))


def why_kept(source: Path | str) -> str:
    """The comment of a file that says why it is kept; empty if it has none."""
    if isinstance(source, Path) and source.suffix == ENDING:
        return next((line for line in parse_file(source).heading if line.startswith(KEPT)), "")
    return ""


def reached_by_parts(folder: Path, harness: Harness, coverage: Coverage) -> frozenset[int]:
    """What the seeds of a harness's parts reach, whose folders are beside its own."""
    edges: set[int] = set()
    for part in parts_of(harness):
        for path in sorted((folder.resolve().parent / part.name).glob(f"*{ENDING}")):
            with suppress(NotASeed):  # checking its own folder says so
                edges |= seed_of(read_input(path, part), part, coverage).edges
    return frozenset(edges)


def text_of(seed: Seed) -> str:
    """A seed as its file has it."""
    return format_scenario(told(seed.scenario))


def file_name(text: str | bytes) -> str:
    """What the file of a seed with this text is called."""
    data = text.encode() if isinstance(text, str) else text
    return content_name(data) + ENDING
