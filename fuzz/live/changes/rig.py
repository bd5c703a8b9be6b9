"""What the actions of a session share: what the machine consists of, and how a step is taken."""

from collections.abc import Callable, Iterable
from typing import NamedTuple

from fuzz.live.changes.hardware import Function
from fuzz.live.changes.pci_configuration import values
from fuzz.live.changes.views import Views
from fuzz.live.session import Session
from fuzz.operations import Begin, Commit, Operation

CONFIGURATION_PORTS = (0xCF8, 8)


class Rig(NamedTuple):
    """The hardware of a session's machine, and the comparison of its views.

    `kept_free` are ports, each with a count, that nothing may be placed over: by them the machine
    is changed. `named` finds regions by printed name, in printed order.
    """

    functions: dict[str, Function]
    views: Views
    kept_free: tuple[tuple[int, int], ...]
    named: dict[str, tuple[str, ...]]

    def region(self, name: str) -> str:
        """The first region of a printed name."""
        return self.named[name][0]

    def is_kept_free(self, first: int, size: int) -> bool:
        """Whether ports must stay as they are, or some of them."""
        taken = (*self.kept_free, CONFIGURATION_PORTS)
        return any(first < start + count and start < first + size for start, count in taken)


def make_rig(
    session: Session, functions: dict[str, Function], kept_free: tuple[tuple[int, int], ...]
) -> None:
    """Note the hardware of a session's machine, once it has been read."""
    named: dict[str, tuple[str, ...]] = {}
    for region in session.read.machine.regions.values():
        named[region.name] = (*named.get(region.name, ()), region.id)
    session.notes[Rig] = Rig(functions, Views(session), kept_free, named)


def rig_of(session: Session) -> Rig:
    """The hardware of a session's machine."""
    rig = session.notes[Rig]
    assert isinstance(rig, Rig)
    return rig


def carry_out(
    session: Session,
    commands: Iterable[str],
    follow: Callable[[list[int]], Iterable[Operation]],
) -> None:
    """Have qtest commands carried out, and what follows from them on the specification; compare.

    `follow` is given what the reads among the commands answer. Raises Divergence and QemuFault.
    """
    commands = list(commands)
    answers = session.qtest(*commands)
    asked = rig_of(session).views.ask()
    apply_all(session, list(follow(values(commands, answers))))
    rig_of(session).views.compare(asked)


def apply_all(session: Session, operations: list[Operation]) -> None:
    """Apply operations, several of them as one transaction. Rules: T1, T2."""
    if len(operations) == 1:
        session.apply(operations[0])
    elif operations:
        session.apply(Begin())
        for operation in operations:
            session.apply(operation)
        session.apply(Commit())
