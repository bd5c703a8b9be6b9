"""One run of a live machine beside the specification: what is done to both, step by step."""

import json
from collections import Counter
from collections.abc import Callable, Sequence
from random import Random
from typing import Any, NamedTuple, Protocol

from fuzz.live.emulator import Emulator
from fuzz.live.process import LiveMachine, named
from fuzz.live.reading import ReadMachine, read_machine
from fuzz.operations import Operation
from fuzz.scenario import Scenario, Step
from fuzz.targets.interface import Lines, Settings
from fuzz.targets.model import ModelTarget

TargetOf = Callable[[Settings], ModelTarget]
"""What makes the specification, or a copy of it, for a machine."""


class Command(NamedTuple):
    """Something that QEMU was asked, so that anyone can ask it again.

    `channel` is `qtest`, `monitor`, or `qmp`, whose `text` is the whole request in JSON.
    """

    channel: str
    text: str


class Divergence(Exception):
    """QEMU and the specification differ: in what, and what each shows of it."""

    def __init__(self, what: str, model: Lines, qemu: Lines) -> None:
        super().__init__(what)
        self.what = what
        self.model = model
        self.qemu = qemu


class Action(Protocol):
    """One step of a session, made beforehand, so that it can be taken again or left out.

    It must make sense, or do nothing, after any other actions.
    """

    def perform(self, session: "Session") -> None:
        """Do it to both sides, and compare them.

        Raises Divergence, and what asking a machine raises.
        """


class Setup(NamedTuple):
    """A machine to fuzz, and how to choose what is done to it.

    `prepare` is called once after the start, to tell the specification of devices, for instance.
    `choose` gives an action, at random, for a session as it stands.
    """

    name: str
    arch: str
    machine: str
    arguments: tuple[str, ...]
    choose: Callable[["Session", Random], Action]
    prepare: Callable[["Session"], None] = lambda session: None
    big_endian: bool = False


class Session:
    """A live machine, the specification in the same state, and how both came to it.

    `steps` and `commands` are all that was done since the start: as a scenario, and as what QEMU
    was asked. `observed` counts what was compared and agreed, by kind. `notes` is what actions keep
    about the machine, each sort by its type.
    """

    def __init__(
        self,
        setup: Setup,
        emulator: Emulator,
        target_of: TargetOf = ModelTarget,
    ) -> None:
        self.setup = setup
        self.live = LiveMachine(emulator, setup.machine, setup.arguments)
        self.steps: list[Step] = []
        self.commands: list[Command] = []
        self.observed: Counter[str] = Counter()
        self.notes: dict[type, Any] = {}
        self._target_of = target_of
        try:
            self.start_over()
            setup.prepare(self)
        except BaseException:
            self.live.close()
            raise

    def close(self) -> None:
        """End the machine."""
        self.live.close()

    def __enter__(self) -> "Session":
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def start_over(self, target_of: TargetOf | None = None) -> None:
        """Read the machine as it is now, and have the specification and the scenario begin with it.

        What QEMU was asked before stays noted: the machine did not start over. From now on another
        copy of the specification may go along.
        """
        self.read: ReadMachine = read_machine(self.live, self.setup.big_endian)
        self.target = (target_of or self._target_of)(self.read.settings)
        self.steps.clear()
        for operation in self.read.operations:
            self.apply(operation)

    def apply(self, operation: Operation, expected: Lines | None = None) -> Lines:
        """Carry out an operation on the specification, and note it; what it shows.

        Raises Rejected, Aborted and Unsupported.
        """
        shown = self.target.apply(operation)
        self.steps.append(Step(operation, expected))
        return shown

    def expect(self, lines: Lines) -> None:
        """Note what must follow the last operation."""
        self.steps[-1] = Step(self.steps[-1].operation, lines)

    def qtest(self, *commands: str) -> list[str]:
        """Have qtest commands carried out, and note them; what each answers."""
        self.commands.extend(Command("qtest", one) for one in commands)
        return self.live.qtest(*commands)

    def qmp(self, command: str, **arguments: object) -> Any:
        """Have a QMP command carried out, and note it; what it returns."""
        request = json.dumps({"execute": command, "arguments": named(arguments)})
        self.commands.append(Command("qmp", request))
        return self.live.qmp(command, **arguments)

    def monitor(self, line: str) -> str:
        """What a line of the human monitor prints. Looking changes nothing, so it is not noted."""
        return self.live.monitor(line)[0]

    def scenario(self, title: str) -> Scenario:
        """All that was done so far, as a scenario."""
        return Scenario(self.read.settings, tuple(self.steps), (title,), self.setup.name)


def perform_all(session: Session, actions: Sequence[Action]) -> None:
    """Take actions one after the other. Raises what they do."""
    for action in actions:
        action.perform(session)
