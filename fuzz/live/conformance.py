"""How far a QEMU has been seen to go by each rule, and which planted bugs that tells apart.

There are three sources: scenarios that the agent inside QEMU carries out, machines that are started
and printed, and campaigns on live machines. Something that agrees counts for a rule if it is a
scenario about the rule, or if functions of the specification that cite the rule ran for it.

That is little if the answer were the same without the rule. So planted bugs are counted as well:
those with which a copy of `impl` differs from what QEMU was seen to do.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from fuzz.live.campaign import LiveCampaign, LiveProgress
from fuzz.live.emulator import Emulator
from fuzz.live.machine_types import MachineType
from fuzz.live.machines import check_live, list_machine_types
from fuzz.live.process import PATIENCE
from fuzz.live.session import Setup
from fuzz.live.view_lives.pam import start_beside, write_at_random
from fuzz.mutants import MUTANTS
from fuzz.oracle import run
from fuzz.parse import parse_file
from fuzz.processes import in_processes, processors
from fuzz.replaying import replay_scenarios
from fuzz.scenario import Scenario, spoken_of
from fuzz.targets.interface import TargetFactory
from fuzz.targets.model import ModelTarget
from fuzz.targets.qemu import QemuTarget, fit
from fuzz.targets.registry import find_target
from fuzz.traceability import scenarios_citing
from fuzz.verdict import Verdict
from fuzz.watching import watching

MOST_CITED = 3
"""What functions that cite more rules have run for is no observation of any of them."""

LIFECYCLE_STEPS = 200


class RuleSeen(NamedTuple):
    """What was seen of one rule.

    `scenarios` about it agree, in so many `comparisons`; `spaces` are address spaces of machines
    and `steps` actions on live machines that functions ran for which cite it; `bugs` are planted
    against it, and `told_apart` are those of them that differ from QEMU.
    """

    scenarios: int = 0
    comparisons: int = 0
    spaces: int = 0
    steps: int = 0
    bugs: int = 0
    told_apart: int = 0

    @property
    def is_seen(self) -> bool:
        """Whether anything was observed that speaks of the rule."""
        return bool(self.comparisons or self.spaces or self.steps)


class Record(NamedTuple):
    """All that was seen of one QEMU. `totals` counts what was tried, by what it is.

    `not_agreeing` are lines about what did not agree; there should be none.
    """

    version: str
    package: str
    totals: dict[str, int]
    rules: dict[str, RuleSeen]
    not_agreeing: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The record as plain data."""
        rules = {rule: seen._asdict() for rule, seen in self.rules.items()}
        lines = list(self.not_agreeing)
        return {**self._asdict(), "rules": rules, "not_agreeing": lines}


def read_record(path: Path) -> Record:
    """A record that was kept. Raises OSError, and ValueError where it is none."""
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        rules = {rule: RuleSeen(**seen) for rule, seen in data["rules"].items()}
        lines = tuple(data["not_agreeing"])
        return Record(data["version"], data["package"], data["totals"], rules, lines)
    except (KeyError, TypeError, AttributeError, json.JSONDecodeError) as error:
        raise ValueError(f"{path}: no record of conformance: {error!r}; make it anew") from error


class Observer:
    """Observes one version of QEMU; each method tells how far it is, a line at a time."""

    def __init__(self) -> None:
        self.totals: Counter[str] = Counter()
        self.not_agreeing: list[str] = []
        self._counts: dict[str, Counter[str]] = {}

    def record(self, rules: Iterable[str], emulator: Emulator) -> Record:
        """What was seen of all rules so far."""
        seen = {rule: RuleSeen(**self._counts.get(rule, Counter())) for rule in rules}
        lines = tuple(self.not_agreeing)
        return Record(emulator.version, emulator.package, dict(self.totals), seen, lines)

    def observe_scenarios(self, folder: Path) -> Iterator[str]:
        """Scenarios on the agent, and the planted bugs that those tell apart that agree.

        A scenario that holds what cannot be tried there does not count at all.
        """
        rules: dict[Path, set[str]] = {}
        for citation in scenarios_citing(folder):
            rules.setdefault(Path(citation.where), set()).add(citation.rule)
        agreeing: dict[Path, set[str]] = {}
        paths = sorted(folder.rglob("*.fv"))
        for replayed in replay_scenarios(paths, [ModelTarget, QemuTarget], fit):
            self.totals["scenarios tried"] += 1
            yield f"scenarios: {self.totals['scenarios tried']} of {len(paths)}"
            if replayed.verdict is Verdict.AGREE:
                about = agreeing[replayed.path] = rules.get(replayed.path, set())
                self.totals["scenarios agree"] += 1
                self.totals["comparisons"] += replayed.compared
                self._note(about, scenarios=1, comparisons=replayed.compared)
            elif replayed.verdict is not Verdict.UNSUPPORTED:
                self.not_agreeing.append(f"{replayed.path.relative_to(folder)}: {replayed.message}")
        yield from self._tell_apart(agreeing)

    def _tell_apart(self, agreeing: Mapping[Path, set[str]]) -> Iterator[str]:
        """Which planted bugs differ from QEMU: those that show in a scenario that agrees."""
        scenarios = {path: as_qemu_has_it(path) for path in agreeing}
        for number, mutation in enumerate(MUTANTS, 1):
            yield f"planted bugs: {number} of {len(MUTANTS)}"
            about = set(mutation.rules)
            likely_first = sorted(agreeing, key=lambda path: (not about & agreeing[path], path))
            target = find_target(f"mutant:{mutation.name}")
            shows = any(differs(target, scenarios[path]) for path in likely_first)
            self._note(mutation.rules, bugs=1, told_apart=int(shows))
            self.totals["bugs"] += 1
            self.totals["bugs told apart"] += shows

    def observe_live(
        self,
        emulators: Sequence[Emulator],
        setups: Sequence[tuple[Setup, Emulator]],
        findings: Path,
        seed: int,
        seconds: float,
    ) -> Iterator[str]:
        """All machine types of some emulators, the lives of a pc's views, and a campaign."""
        machines, faults = list_machine_types(emulators)
        self.not_agreeing.extend(one.fault for one in faults)
        yield from self.observe_machines(machines, processors())
        for emulator in emulators:
            if emulator.arch == "x86_64":
                yield from self.observe_lifecycle(emulator, seed, LIFECYCLE_STEPS)
        yield from self.observe_campaign(setups, findings, seed, seconds)

    def observe_machines(self, machines: Sequence[MachineType], processes: int) -> Iterator[str]:
        """Machine types that are started, printed and explained."""
        for machine, result in in_processes(watch_machine, machines, processes):
            self.totals["machines tried"] += 1
            yield f"machines: {self.totals['machines tried']} of {len(machines)}"
            name = f"{machine.emulator.arch} {machine.name}"
            if isinstance(result, BaseException):
                self.not_agreeing.append(f"{name}: {result!r}")
                continue
            verdict, spaces, reason, rules = result
            if verdict is Verdict.AGREE:
                self.totals["machines agree"] += 1
                self.totals["address spaces"] += spaces
                self._note(rules, spaces=spaces)
            elif verdict is not None:
                self.not_agreeing.append(f"{name}: {verdict.value}: {reason}")

    def observe_campaign(
        self, setups: Sequence[tuple[Setup, Emulator]], findings: Path, seed: int, seconds: float
    ) -> Iterator[str]:
        """A campaign on live machines, of which every action is watched."""
        campaign = LiveCampaign(setups, findings, seed, watched=1, most_cited=MOST_CITED)
        for report in campaign.run(seconds):
            if isinstance(report, LiveProgress):
                yield f"{report.setup}: {report.actions:,} actions in all"
                continue
            if report.verdict is not Verdict.AGREE:
                reason = report.reason or str(report.finding)
                self.not_agreeing.append(f"campaign: {report.verdict.value}: {reason}")
            self.totals["actions"] += report.actions.total()
            self.totals["observations"] += report.observed.total()
            for rule, count in report.rules.items():
                self._note([rule], steps=count)

    def observe_lifecycle(self, emulator: Emulator, seed: int, steps: int) -> Iterator[str]:
        """The lives of views in the trace of a pc whose PAM registers are written."""
        random = Random(seed)
        machine = start_beside(emulator)
        with machine.live:
            for number in range(1, steps + 1):
                compared = write_at_random(machine, random)
                yield f"lives of views: {number} of {steps} steps"
                if compared.verdict is not Verdict.AGREE:
                    self.not_agreeing.append(f"lives of views: {compared.reason}")
                    break
                self.totals["steps with the lives of views"] += 1
        for rule, count in machine.comparison.observed.items():
            self._note([rule], steps=count)

    def _note(self, rules: Iterable[str], **counts: int) -> None:
        for rule in rules:
            self._counts.setdefault(rule, Counter()).update(counts)


def as_qemu_has_it(path: Path) -> Scenario:
    """A scenario as the agent runs it."""
    scenario = parse_file(path)
    return spoken_of(scenario, fit(scenario.settings))


def differs(target: TargetFactory, scenario: Scenario) -> bool:
    """Whether a target differs from the specification in a scenario."""
    outcome = run(scenario, [ModelTarget, target], skip_rejected=True)
    return outcome.verdict is Verdict.DIVERGE


def watch_machine(machine: MachineType) -> tuple[Verdict | None, int, str, set[str]]:
    """What a machine type comes to: verdict (None if it does not start), spaces, reason, rules."""
    with watching(MOST_CITED) as rules:
        result = check_live(machine, [ModelTarget], PATIENCE)
    spaces = 0 if result.checked is None else len(result.checked.spaces)
    return result.verdict, spaces, "; ".join(result.reasons), rules
