"""Replaying committed scenarios: every one below a path, on every target."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from fuzz.findings import describe_difference
from fuzz.machines.corpus import ARCHIVE_ENDINGS, TREES_ENDING, VIEWS_ENDING
from fuzz.oracle import run
from fuzz.parse import parse_file
from fuzz.scenario import ScenarioError, spoken_of
from fuzz.targets.interface import Settings, TargetFactory
from fuzz.verdict import Verdict

MACHINE_ENDINGS = (*ARCHIVE_ENDINGS, TREES_ENDING, VIEWS_ENDING)


class Replayed(NamedTuple):
    """What one scenario came to; `message` says what differs, or why it could not be run."""

    path: Path
    verdict: Verdict
    compared: int
    message: str = ""

    def to_json(self) -> dict[str, Any]:
        """The result as plain data."""
        return {
            "path": str(self.path),
            "verdict": self.verdict.value,
            "compared": self.compared,
            "message": self.message,
        }


class Contents(NamedTuple):
    """What a path holds that can be replayed: scenario files, and places with machines."""

    scenarios: tuple[Path, ...]
    machines: tuple[Path, ...]


def contents_of(path: Path) -> Contents:
    """A scenario file, an archive of machines, or all of both below a folder.

    Raises ScenarioError where there is nothing to replay.
    """
    if path.name.endswith(ARCHIVE_ENDINGS):
        return Contents((), (path,))
    if not path.is_dir():
        return Contents((path,), ())
    files = sorted(path.rglob("*"))
    machine_files = (one for one in files if one.name.endswith(MACHINE_ENDINGS))
    machines = tuple(dict.fromkeys(one.parent for one in machine_files))
    scenarios = tuple(one for one in files if one.suffix == ".fv" and one.is_file())
    if not scenarios and not machines:
        raise ScenarioError(
            path, 0, "nothing to replay: no scenario (.fv) and no machines below it"
        )
    return Contents(scenarios, machines)


def replay_scenarios(
    paths: Sequence[Path],
    factories: Sequence[TargetFactory],
    fit: Callable[[Settings], Settings] = lambda settings: settings,
) -> Iterator[Replayed]:
    """Run scenarios on targets, the first being the reference; one result each.

    A scenario that cannot be read or run is a fault of that scenario, not of the rest. One that
    does not `fit` is run on a machine that does: the targets are compared, and what the scenario
    expects is not looked at.
    """
    for path in paths:
        try:
            scenario = parse_file(path)
            fitted = spoken_of(scenario, fit(scenario.settings))
            outcome = run(fitted, factories, skip_rejected=fitted is not scenario)
        except ScenarioError as error:
            yield Replayed(path, Verdict.FAULT, 0, str(error))
            continue
        if outcome.difference is not None:
            message = describe_difference(fitted, outcome.difference)
            yield Replayed(path, outcome.verdict, outcome.compared, message)
        elif outcome.untried:
            yield Replayed(path, Verdict.UNSUPPORTED, outcome.compared, outcome.reason)
        elif not outcome.compared:
            reason = outcome.reason or "nothing in it could be compared"
            yield Replayed(path, Verdict.INCONCLUSIVE, 0, reason)
        else:
            yield Replayed(path, outcome.verdict, outcome.compared, outcome.reason)
