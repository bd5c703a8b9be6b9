"""Every machine type of an emulator: started live, read, and checked against targets.

What comes of one is a verdict, or QEMU's refusal to start it, which says nothing of the rules.
"""

import signal
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from types import FrameType
from typing import Any, NamedTuple, NoReturn

from fuzz.live.emulator import Emulator
from fuzz.live.machine_types import (
    MachineType,
    UnknownMachine,
    has_owners,
    labels_of,
    machine_types,
    need_of,
    stand_in,
)
from fuzz.live.process import LiveMachine
from fuzz.live.reading import TREES, VIEWS, flavour_of
from fuzz.machines.check import check_machine
from fuzz.machines.corpus import TREES_ENDING, VIEWS_ENDING, MachineText
from fuzz.machines.lines import MtreeError
from fuzz.machines.results import MachineResult
from fuzz.processes import in_processes
from fuzz.qemu.errors import QemuDied, QemuFault, QemuMissing
from fuzz.targets.interface import TargetFactory
from fuzz.targets.model import ModelTarget
from fuzz.targets.registry import find_target
from fuzz.verdict import Verdict

CHECK_SECONDS = 60.0
"""How long the check of one machine may take; the slowest of QEMU 7.2 takes about a second."""

_WORST_FIRST = (Verdict.DIVERGE, Verdict.FAULT, Verdict.INCONCLUSIVE, Verdict.UNSUPPORTED)


class CheckedMachine(NamedTuple):
    """What came of one machine type.

    `refusal` is why QEMU does not start it, `fault` why it could not be read, and `late` why its
    check has not ended; else there is `checked`. `text` is what it prints, as far as it was taken.
    `given` is what stood in for something that it does not start without.
    """

    machine: MachineType
    given: str = ""
    refusal: str = ""
    fault: str = ""
    late: str = ""
    text: MachineText | None = None
    checked: MachineResult | None = None

    @property
    def verdict(self) -> Verdict | None:
        """The worst verdict of its address spaces on all targets; None if it does not start."""
        if self.refusal:
            return None
        if self.late:
            return Verdict.INCONCLUSIVE
        if self.checked is None:
            return Verdict.FAULT
        found = self.checked.verdicts or (Verdict.INCONCLUSIVE,)
        return next((one for one in _WORST_FIRST if one in found), Verdict.AGREE)

    @property
    def outcome(self) -> str:
        """The verdict's word, or `cannot start`."""
        return "cannot start" if self.verdict is None else self.verdict.value

    @property
    def reasons(self) -> list[str]:
        """Why it does not agree, or does not start: a line for each address space and target."""
        whole = self.refusal or self.fault or self.late
        if self.checked is None:
            return [whole]
        return [
            f"{one.space}, {one.target}: {one.reason}"
            for one in self.checked.spaces
            if one.verdict is not Verdict.AGREE
        ]

    def to_json(self) -> dict[str, Any]:
        """The result as plain data."""
        emulator = self.machine.emulator
        return {
            "arch": emulator.arch,
            "machine": self.machine.name,
            "emulator": str(emulator.path),
            "version": emulator.version,
            "outcome": self.outcome,
            "reasons": self.reasons,
            "given": self.given,
            "checked": None if self.checked is None else self.checked.to_json(),
        }


class CheckedLate(Exception):
    """The check of a machine has not ended in its time."""


def list_machine_types(
    emulators: Sequence[Emulator], names: Sequence[str] = ()
) -> tuple[list[MachineType], list[CheckedMachine]]:
    """The machine types to check, and a fault for each emulator that does not list its own.

    Raises UnknownMachine if no emulator has one of these names.
    """
    chosen: list[MachineType] = []
    faults: list[CheckedMachine] = []
    for emulator, label in zip(emulators, labels_of(emulators), strict=True):
        try:
            chosen.extend(machine_types(emulator, label, names))
        except QemuFault as error:
            faults.append(CheckedMachine(MachineType(emulator, label, "any"), fault=str(error)))
    unknown = set(names) - {one.name for one in chosen}
    if unknown and not faults:
        message = f"no machine type {min(unknown)!r}; the emulator's `-machine help` lists them"
        raise UnknownMachine(message)
    return chosen, faults


def check_live_machines(
    machines: Sequence[MachineType], targets: Sequence[str], patience: float, processes: int
) -> Iterator[CheckedMachine]:
    """Check machine types on the specification and on named targets, whichever is done first.

    QEMU has `patience` seconds for each of its answers. Raises UnknownTarget.
    """
    for target in targets:
        find_target(target)
    check = partial(_check_on_named, targets=tuple(targets), patience=patience)
    for machine, result in in_processes(check, machines, processes):
        if isinstance(result, CheckedMachine):
            yield result
        else:
            fault = f"internal fault: {type(result).__name__}: {result}; please report it"
            yield CheckedMachine(machine, fault=fault)


def _check_on_named(
    machine: MachineType, targets: Sequence[str], patience: float
) -> CheckedMachine:
    factories = [find_target(target) for target in targets if target != "model"]
    return check_live(machine, [ModelTarget, *factories], patience)


def check_live(
    machine: MachineType,
    factories: Sequence[TargetFactory],
    patience: float,
    check_seconds: float = CHECK_SECONDS,
) -> CheckedMachine:
    """Start a machine type, read its trees, and check them on targets.

    The first target solves for what is not printed. Rules: R1-R9, D1-D4.
    """
    read = _start_and_read(machine, patience)
    if read.text is None:
        return read
    try:
        with _deadline(check_seconds):
            checked = check_machine(read.text, factories, flavour_of(machine.emulator))
    except MtreeError as error:
        return read._replace(fault=str(error))
    except CheckedLate as error:
        return read._replace(late=str(error))
    return read._replace(checked=checked)


def _start_and_read(machine: MachineType, patience: float) -> CheckedMachine:
    """Start a machine as it is; if QEMU refuses, with what it is known to need."""
    result = _read(machine, patience, with_need=False)
    if result.refusal and need_of(machine.emulator.arch, machine.name) is not None:
        return _read(machine, patience, with_need=True)
    return result


def _read(machine: MachineType, patience: float, with_need: bool) -> CheckedMachine:
    """Start a machine, and take its two texts."""
    need = need_of(machine.emulator.arch, machine.name) if with_need else None
    result = CheckedMachine(machine, given=need.what if need else "")
    at = "before its start"
    owners = has_owners(machine.emulator.arch, machine.name)
    look_at_trees, look_at_views = (
        look if owners else look.replace(" -o", "") for look in (TREES, VIEWS)
    )
    try:
        with stand_in(need) as (properties, arguments):
            name = machine.name + properties
            with LiveMachine(machine.emulator, name, arguments, (), patience) as live:
                at = f"at `{look_at_trees}`"
                (trees,) = live.monitor(look_at_trees)
                trees.encode()
                at = f"at `{look_at_views}`"
                (views,) = live.monitor(look_at_views)
                views.encode()
    except QemuDied as error:
        if error.refuses and at == "before its start":
            words = _one_line(error).removeprefix(f"{machine.emulator.path.name}: ")
            return result._replace(refusal=words)
        how = f"died by {signal.Signals(error.signal).name}" if error.signal else "ended by itself"
        return result._replace(fault=f"QEMU {how} {at}: {_one_line(error)}")
    except (QemuFault, QemuMissing, OSError) as error:
        return result._replace(fault=f"{at}: {_one_line(error)}")
    except UnicodeError as error:
        return result._replace(fault=f"{at}: what QEMU says is no text: {error}")
    title = machine.title
    text = MachineText(title, title + TREES_ENDING, trees, title + VIEWS_ENDING, views)
    return result._replace(text=text)


def _one_line(error: Exception) -> str:
    """What an error says, in one line."""
    return " ".join(str(error).split())


@contextmanager
def _deadline(seconds: float) -> Iterator[None]:
    """Raise CheckedLate if what is done within takes longer. For the main thread of a process."""

    def ring(number: int, frame: FrameType | None) -> NoReturn:
        raise CheckedLate(f"not checked within {seconds:g} s")

    handler = signal.signal(signal.SIGALRM, ring)
    left, interval = signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, left, interval)
        signal.signal(signal.SIGALRM, handler)


def outcomes_by_label(results: Sequence[CheckedMachine]) -> dict[str, Counter[str]]:
    """How often each outcome came up, by emulator; `needed unknowns` are those of all machines."""
    counts: dict[str, Counter[str]] = {}
    for one in sorted(results, key=lambda one: one.machine.label):
        found = counts.setdefault(one.machine.label, Counter())
        needed = one.checked.needed if one.checked is not None else None
        found.update(
            {"machines": 1, one.outcome: 1, "needed unknowns": sum((needed or {}).values())}
        )
    return counts


def machines_by_reason(
    results: Sequence[CheckedMachine],
) -> dict[tuple[str, str], list[MachineType]]:
    """The machine types that do not agree, by outcome and reason."""
    found: dict[tuple[str, str], list[MachineType]] = {}
    for one in sorted(results, key=lambda one: (one.outcome, one.machine.title)):
        for reason in one.reasons:
            found.setdefault((one.outcome, reason), []).append(one.machine)
    return found
