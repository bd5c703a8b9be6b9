"""Looking for each defect of RFC v1 by itself: guided by coverage, and by chance.

Both begin with nothing. Guided by coverage is what `flatview fuzz --empty` does; how many
executions that takes differs from run to run. Chance is the same byte form, filled by a generator
of random numbers: a seed gives the same scenarios each time.
"""

import json
import platform
import random
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from enum import Enum
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

from fuzz.campaign import Campaign, CampaignResult, run_campaign
from fuzz.codec import MOST_STEPS, bytes_for, decode
from fuzz.files import write_whole
from fuzz.findings import divergence_scenario
from fuzz.format import format_operation, format_scenario
from fuzz.oracle import Difference, run
from fuzz.parse import parse, parse_file
from fuzz.rfc_v1 import PREFIX, Defect
from fuzz.scenario import Scenario
from fuzz.shrink import shrink
from fuzz.targets.interface import TargetFactory
from fuzz.targets.model import MOST_VISITS, ModelTarget
from fuzz.targets.registry import find_target
from fuzz.verdict import Verdict

FOLDER = Path("corpora/rfc-v1")
FOUND = "found"
RESULTS = "results.json"
ALONE = tuple(one for one in Defect if not one.out_of_reach)
"""The defects that are looked for, each by itself."""


class Way(Enum):
    """How scenarios are chosen."""

    COVERAGE = "coverage"
    CHANCE = "chance"


class Hunt(NamedTuple):
    """What looking for a target's difference came to: `found` after so many executions or not.

    `seconds` is how long it could have gone on, `seed` what its random choices began with.
    """

    found: bool
    executions: int
    seconds: float
    seed: int


Hunts = dict[str, dict[str, Hunt]]
"""For each target, by how scenarios were chosen, what that came to."""


class Results(NamedTuple):
    """What all looking came to, and what it ran on."""

    versions: dict[str, str]
    hunts: Hunts


def name_of(target: str) -> str:
    """What a target's files are called: F5 for `rfc-v1:F5`."""
    return target.removeprefix(f"{PREFIX}:")


def targets() -> list[str]:
    """All of RFC v1, then each defect that can be shown."""
    return [PREFIX, *(f"{PREFIX}:{one.value}" for one in ALONE)]


# --- Looking -----------------------------------------------------------------------------------


def hunt(target: str, way: Way, seconds: float, seed: int) -> tuple[Hunt, Scenario | None]:
    """Look for a difference, and make it short. Raises RuntimeError if the harness fails."""
    look = by_coverage if way is Way.COVERAGE else by_chance
    executions, scenario = look(target, seconds, seed)
    return Hunt(scenario is not None, executions, seconds, seed), scenario


def by_coverage(target: str, seconds: float, seed: int) -> tuple[int, Scenario | None]:
    """Run one campaign from an empty corpus: how many executions, and what was found."""
    with tempfile.TemporaryDirectory(prefix="flatview-rfc-") as scratch:
        *_, last = run_campaign(Campaign(target, seconds, Path(scratch), seed=seed))
        assert isinstance(last, CampaignResult)
        if not last.counts.get("compared") or (last.saved and not last.findings):
            raise RuntimeError(f"{target}: {last.verdict.value}: {last.reason}")
        found = None if last.saved is None else parse_file(last.saved)
        if found is not None and not is_the_targets_own(found):
            raise RuntimeError(f"{target}: the implementation differs as well: fuzz that first")
        return last.counts["executions"], found


def by_chance(target: str, seconds: float, seed: int) -> tuple[int, Scenario | None]:
    """Run random scenarios: how many, and the one that differs."""
    factories: list[TargetFactory] = [
        partial(ModelTarget, max_visits=MOST_VISITS),
        find_target(target),
    ]
    deadline, executions = time.monotonic() + seconds, 0
    for data in random_inputs(seed):
        if time.monotonic() >= deadline:
            break
        executions += 1
        scenario = decode(data)
        if run(scenario, factories, skip_rejected=True).verdict is not Verdict.DIVERGE:
            continue
        if is_the_targets_own(scenario):
            small, outcome = shrink(scenario, factories)
            return executions, parse(format_scenario(divergence_scenario(small, outcome, target)))
    return executions, None


def is_the_targets_own(scenario: Scenario) -> bool:
    """Whether the implementation agrees: what it differs in, too, says nothing of RFC v1."""
    outcome = run(scenario, [ModelTarget, find_target("impl")], skip_rejected=True)
    return outcome.verdict is not Verdict.DIVERGE


def random_inputs(seed: int) -> Iterator[bytes]:
    """Byte strings of up to as many records as count, without end."""
    chance = random.Random(seed)
    while True:
        yield random_input(chance)


def random_input(chance: random.Random) -> bytes:
    """A byte string of up to as many records as count."""
    return chance.randbytes(bytes_for(chance.randint(1, MOST_STEPS)))


# --- What is kept ------------------------------------------------------------------------------


def difference_on(scenario: Scenario, target: str) -> Difference:
    """Where a target differs from the specification. Raises ValueError if it does not."""
    outcome = run(scenario, [ModelTarget, find_target(target)])
    if outcome.difference is None:
        raise ValueError(f"{scenario.source}: {target} does not differ: {outcome.reason}")
    return outcome.difference


def kept(scenario: Scenario, target: str, way: Way) -> Scenario:
    """A scenario that was found, with the specification's answer where the target differs."""
    difference = difference_on(scenario, target)
    steps = [replace(step, expected=None) for step in scenario.steps[: difference.step + 1]]
    last = steps[-1]
    if difference.what == format_operation(last.operation) and last.shows and difference.left:
        steps[-1] = replace(last, expected=difference.left)
    name = name_of(target)
    what = "The first difference of RFC v1." if target == PREFIX else Defect[name].what
    rules = () if target == PREFIX else (f"Rules: {name}.",)
    return replace(scenario, steps=tuple(steps), heading=(what, f"Found by {way.value}.", *rules))


def found_path(target: str, way: Way, folder: Path) -> Path:
    """The file of what was found."""
    return folder / FOUND / way.value / f"{name_of(target)}.fv"


def keep(target: str, way: Way, scenario: Scenario | None, folder: Path) -> None:
    """Write what was found in place of what was found before."""
    path = found_path(target, way, folder)
    path.unlink(missing_ok=True)
    if scenario is not None:
        write_whole(path, format_scenario(kept(scenario, target, way)).encode())


def versions() -> dict[str, str]:
    """What the figures depend on, besides the project."""
    return {"python": platform.python_version(), "atheris": version("atheris")}


def write_results(results: Results, folder: Path) -> None:
    """Keep the figures, in the order of the targets."""
    hunts = {
        target: {way: one._asdict() for way, one in results.hunts[target].items()}
        for target in targets()
        if target in results.hunts
    }
    text = json.dumps({"versions": results.versions, "hunts": hunts}, indent=2)
    write_whole(folder / RESULTS, f"{text}\n".encode())


def read_results(folder: Path) -> Results:
    """The figures that were kept; none where there are none. Raises ValueError."""
    path = folder / RESULTS
    if not path.exists():
        return Results(versions(), {})
    try:
        data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        hunts = {
            target: {way: Hunt(**one) for way, one in ways.items()}
            for target, ways in data["hunts"].items()
        }
        return Results(data["versions"], hunts)
    except (KeyError, TypeError, AttributeError, RecursionError, ValueError) as error:
        raise ValueError(f"{path}: no figures of hunts: {error!r}; make them anew") from error
