"""What a campaign on live machines finds: made short, and kept as a scenario and as a script."""

import pprint
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from fuzz.files import content_name, write_whole
from fuzz.findings import side_by_side
from fuzz.format import format_scenario
from fuzz.live import reproduce
from fuzz.live.emulator import Emulator
from fuzz.live.session import Action, Command, Divergence, Session, Setup
from fuzz.qemu.errors import QemuDied, QemuFault
from fuzz.scenario import Scenario
from fuzz.shrink import shortest
from fuzz.targets.interface import Lines
from fuzz.verdict import Verdict

SHRINKING_SECONDS = 60.0
"""How long at most a finding is made shorter: each attempt starts a machine anew."""

MOST_ATTEMPTS = 200

SessionFactory = Callable[[Setup, Emulator], Session]
"""What starts a session; a test plants its bugs here."""


class Finding(NamedTuple):
    """Where a session could not go on: the verdict, what is wrong, and what led to it.

    `model` and `qemu` are what each side shows; where QEMU died or misbehaved there is nothing to
    compare, and `what` says it all.
    """

    verdict: Verdict
    what: str
    model: Lines
    qemu: Lines
    actions: tuple[Action, ...]
    scenario: Scenario
    commands: tuple[Command, ...]

    def __str__(self) -> str:
        table = side_by_side("specification", self.model, "QEMU", self.qemu)
        shown = [f"after {len(self.actions)} actions: {', '.join(map(str, self.actions))}"]
        return "\n".join([self.what, *shown, *(table if self.model or self.qemu else ())])


def finding_of(session: Session, actions: Sequence[Action], error: Exception) -> Finding:
    """What an error means that an action ended in.

    A QEMU that dies at what the specification sees nothing wrong with is a fault: it is saved like
    a divergence, but no two answers differ.
    """
    verdict, what = Verdict.FAULT, str(error)
    model: Lines = ()
    qemu: Lines = ()
    if isinstance(error, Divergence):
        verdict, what, model, qemu = Verdict.DIVERGE, error.what, error.model, error.qemu
    elif isinstance(error, QemuDied):
        what = f"QEMU ended with signal {error.signal}: {error}"
    scenario = session.scenario(f"{session.setup.name}: {what}".splitlines()[0])
    commands = tuple(session.commands)
    return Finding(verdict, what, model, qemu, tuple(actions), scenario, commands)


def find_again(
    setup: Setup, emulator: Emulator, actions: Sequence[Action], session_of: SessionFactory
) -> Finding | None:
    """Take actions on a machine that is new; what they end in, if anything."""
    with session_of(setup, emulator) as session:
        for number, action in enumerate(actions, 1):
            try:
                action.perform(session)
            except (Divergence, QemuDied, QemuFault) as error:
                return finding_of(session, actions[:number], error)
    return None


def make_short(
    setup: Setup,
    emulator: Emulator,
    finding: Finding,
    session_of: SessionFactory = Session,
) -> Finding:
    """The same with as few actions as can be found in time; as it is if it does not come again."""
    deadline = time.monotonic() + SHRINKING_SECONDS

    def attempt(actions: Sequence[Action]) -> tuple[Sequence[Action], Finding] | None:
        if time.monotonic() > deadline:
            return None
        found = find_again(setup, emulator, actions, session_of)
        if found is None or kind(found) != kind(finding):
            return None
        return found.actions, found

    again = attempt([part for action in finding.actions for part in parts_of(action)])
    again = again or attempt(finding.actions)
    if again is None:
        return finding._replace(what=f"{finding.what} (it did not come again when tried again)")
    return shortest(*again, attempt, MOST_ATTEMPTS)


def parts_of(action: Action) -> Sequence[Action]:
    """The actions that one is made of, if it is made of any; else it alone."""
    parts: Sequence[Action] = getattr(action, "parts", (action,))
    return parts


def kind(finding: Finding) -> tuple[Verdict, str]:
    """What two findings share that are taken for one: the verdict, and what it is about."""
    return finding.verdict, finding.what.split(" ", 1)[0]


def save(folder: Path, setup: Setup, emulator: Emulator, finding: Finding) -> tuple[Path, Path]:
    """Write a finding as a scenario and as a script; where. Raises OSError."""
    scenario = replace(finding.scenario, heading=heading(emulator, finding))
    text = format_scenario(scenario).encode()
    stem = f"live-{setup.name}-{content_name(text)}"
    folder.mkdir(parents=True, exist_ok=True)
    return (
        write_whole(folder / f"{stem}.fv", text),
        write_whole(folder / f"{stem}.py", script(setup, emulator, finding).encode()),
    )


def heading(emulator: Emulator, finding: Finding) -> tuple[str, ...]:
    """The comment that a scenario begins with: what it shows, and what QEMU showed instead."""
    title, *_ = finding.scenario.heading
    seen = (f"QEMU {emulator.version} showed:", *(f"  {line}" for line in finding.qemu))
    return (title, *(seen if finding.qemu else ()))


def script(setup: Setup, emulator: Emulator, finding: Finding) -> str:
    """A program that asks QEMU alone the same again."""
    difference = {
        "what": finding.what,
        "specification": list(finding.model),
        "qemu": list(finding.qemu),
        "emulator": emulator.path.name,
        "arguments": ["-machine", setup.machine, *setup.arguments],
        "commands": [tuple(command) for command in finding.commands],
    }
    program = Path(reproduce.__file__).read_text(encoding="utf-8")
    data = pprint.pformat(difference, width=99, sort_dicts=False)
    before, empty, after = program.partition("= {}\n")
    assert empty
    return f"{before}= {data}\n{after}"
