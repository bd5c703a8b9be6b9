"""QEMU 7.2 itself as a target: what its own memory code does with a scenario.

The specification goes along, to refuse what QEMU does not survive being asked: it rejects at an
assertion, where a scenario goes on. Rejections are therefore not checked against QEMU.
"""

import atexit
from collections.abc import Sequence
from typing import ClassVar

from fuzz.access_seen import (
    NOTHING_MAPPED,
    AccessSeen,
    format_access,
    format_answer,
    format_found,
)
from fuzz.callbacks import Backlog
from fuzz.lifecycle_seen import references_of
from fuzz.observation import RangeSeen, SectionSeen, ViewSeen
from fuzz.operations import Operation
from fuzz.operations_lifecycle import OwnerType, StepOfRcu
from fuzz.qemu.errors import QemuDied, QemuFault, QemuHung, QemuMissing
from fuzz.qemu.process import PATIENCE, QemuProcess, signal_name
from fuzz.targets.interface import Aborted, Faulted, Lines, Rejected, Settings, Unsupported
from fuzz.targets.model import ModelTarget
from fuzz.targets.qemu_commands import cannot, commands_for, looks
from fuzz.targets.qemu_seen import call_seen, device_call, found, map_seen, size_of

SHORT_PATIENCE = 2.0
"""Seconds until QEMU is taken to hang where the specification says that it does."""


def fit(settings: Settings) -> Settings:
    """The settings that this QEMU has, as near as it comes to those of a scenario."""
    return settings._replace(flavour="qemu-7.2", page_bits=12, fuzzing=False)


class QemuTarget:
    """Runs operations inside a QEMU process; targets of one byte order share one."""

    _processes: ClassVar[dict[bool, QemuProcess]] = {}

    def __init__(self, settings: Settings) -> None:
        if settings != fit(settings):
            raise Unsupported("this QEMU is a plain build of 7.2, with pages of 2^12 bytes")
        self.shadow = ModelTarget(settings)
        self.numbers: dict[tuple[str, str], int] = {}
        self.names: dict[tuple[str, str], str] = {}
        self.made = 0
        self.owner_types: dict[str, OwnerType] = {}
        self.before = self.shadow.topology
        self.backlog = Backlog()
        self.process = self._ready(settings.big_endian)
        try:
            self.process.begin()
        except QemuFault as error:
            raise Faulted(str(error)) from error

    @classmethod
    def _ready(cls, big_endian: bool) -> QemuProcess:
        """The process of a target of that byte order, started if it is not there."""
        running = cls._processes.get(big_endian)
        if running is not None and running.is_alive:
            return running
        try:
            started = cls._processes[big_endian] = QemuProcess(big_endian)
        except QemuMissing as error:
            raise Unsupported(str(error)) from error
        atexit.register(started.close)
        return started

    @property
    def name(self) -> str:
        return "qemu"

    def cannot(self, operation: Operation) -> str:
        return cannot(self, operation)

    def apply(self, operation: Operation) -> Lines:
        aborts = ""
        self.before = self.shadow.topology
        expected: Lines = ()
        try:
            expected = self.shadow.apply(operation)
        except Aborted as error:
            aborts = str(error)
            if "overrun" in aborts.lower():
                raise Unsupported(f"{aborts}: whether QEMU survives is chance") from error
        patience = SHORT_PATIENCE if aborts else PATIENCE
        lines = self.ask(commands_for(self, operation), patience)
        return self.shown(operation, lines, expected)

    def ask(self, commands: Sequence[str], patience: float = PATIENCE) -> list[str]:
        """Carry out commands; what they show, without what listeners heard.

        Raises Aborted if QEMU ends, or hangs where it is expected to. Raises Faulted.
        """
        shown = []
        for command in commands:
            try:
                answer = self.process.ask(command, patience)
            except QemuFault as error:
                if isinstance(error, QemuHung) and patience < PATIENCE:
                    raise Aborted(str(error)) from error
                raise Faulted(str(error)) from error
            except QemuDied as error:
                words = error.args[0] or "no message"
                raise Aborted(f"{signal_name(error.signal)}: {words}") from error
            for line in answer:
                kind, *words = line.split()
                if kind == "event":
                    self.backlog.add((call_seen(self.name_of, words),))
                elif kind == "error":
                    raise Unsupported(line.removeprefix("error "))
                else:
                    shown.append(line)
        return shown

    def new(self, what: str, name: str) -> int:
        """A number for something that is made now; what had the name before keeps its own."""
        number = self.numbers[what, name] = self.made
        self.names[what, str(number)] = name
        self.made += 1
        return number

    def number(self, what: str, name: str) -> int:
        """The number by which the agent knows something."""
        return self.numbers[what, name]

    def region(self, name: str) -> int:
        """The number of a region."""
        return self.number("region", name)

    def space(self, name: str) -> int:
        """The number of an address space."""
        return self.number("space", name)

    def name_of(self, what: str, number: str) -> str | None:
        """What has a number; None for what is not the scenario's."""
        return self.names.get((what, number))

    # --- Looking ---

    def spaces(self) -> Sequence[str]:
        return self.shadow.spaces()

    def view_serial(self, space: str) -> int:
        return self.view(space).serial

    def view(self, space: str) -> ViewSeen:
        (_, serial, root), *ranges = self.look("view", space)
        seen = []
        for _, region, offset, start, size, mask, *flags in ranges:
            romd, readonly, nonvolatile = (flag == "1" for flag in flags)
            seen.append(
                RangeSeen(
                    str(self.name_of("region", region)),
                    int(offset),
                    int(start),
                    size_of(size),
                    int(mask),
                    romd,
                    readonly,
                    nonvolatile,
                    False,
                )
            )
        return ViewSeen(int(serial), self.name_of("region", root), tuple(seen))

    def sections(self, space: str) -> tuple[SectionSeen, ...]:
        return tuple(
            SectionSeen(
                self.name_of("region", region),
                int(offset),
                int(start),
                size_of(size),
                is_subpage == "1",
            )
            for _, region, offset, start, size, is_subpage in self.look("sections", space)
        )

    def lookup(self, space: str, address: int) -> SectionSeen:
        """The section that QEMU's translation of an address must have come from."""
        ((_, region, offset),) = self.look("lookup", space, str(address))
        name = self.name_of("region", region)
        sections = self.sections(space)
        if name is None:
            return sections[0]
        for one in sections:
            into = address - one.start
            if one.region == name and 0 <= into < one.size and one.offset + into == int(offset):
                return one
        return SectionSeen(name, int(offset), address, 1, False)

    def look(self, what: str, space: str, *more: str) -> list[list[str]]:
        """The words of each line that a look shows. Raises Rejected for an unknown space."""
        if space not in self.shadow.spaces():
            raise Rejected(f"there is no address space {space}")
        command = f"{what} {self.number('space', space)} {' '.join(more)}"
        return [line.split() for line in self.ask([command])]

    def callbacks(self) -> Lines:
        return self.backlog.take()

    # --- What operations show ---

    def shown(self, operation: Operation, lines: list[str], expected: Lines) -> Lines:
        """What an operation shows, in the words of all targets.

        What QEMU does not show is taken from the specification, and so not checked: which bytes
        became dirty, what a signal was for, the callbacks of RAM devices, which are QEMU's own, and
        what the RCU thread did.
        """
        if isinstance(operation, StepOfRcu):
            return expected
        look = looks(operation)
        if look is not None:
            return look(self, operation)
        words = [line.split() for line in lines]
        answers = [one[1] == "1" for one in words if one[0] in ("valid", "mapped")]
        if answers:
            return format_answer(answers[0])
        counts = [int(one[1]) for one in words if one[0] == "references"]
        if counts:
            return (references_of(counts[0]),)
        pieces = [found(self.name_of, one[1:]) for one in words if one[0] == "found"]
        if pieces:
            return format_found(pieces[0])
        maps = [map_seen(self.name_of, one[1:]) for one in words if one[0] == "map"]
        if maps and maps[0] is None:
            return NOTHING_MAPPED
        results = [int(one[1]) for one in words if one[0] == "result"]
        seen = AccessSeen(
            results[0] if results else None,
            b"".join(bytes.fromhex(one[1]) for one in words if one[0] == "bytes" and one[1:]),
            next((int(one[1]) for one in words if one[0] == "value"), None),
            tuple(device_call(self.name_of, one) for one in words if one[0] in ("call", "dma")),
        )
        if maps:
            seen = seen._replace(mapped=maps[0])
        told = list(format_access(seen))
        for place, line in enumerate(expected):
            if self.is_unseen(line):
                told.insert(place, line)
        return tuple(told)

    def is_unseen(self, line: str) -> bool:
        """Whether a line of an access says what cannot be seen here."""
        words = line.split()
        region, verb, *_ = (*(words[2:] if words[0] == "depth" else words), "", "")
        if verb in ("dirty", "signals"):
            return True
        regions = self.shadow.topology.regions
        return region in regions and regions[region].kind.value == "ram-device"
