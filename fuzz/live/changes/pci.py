"""What a guest does to PCI devices: their BARs, command registers, and the windows of bridges."""

from collections.abc import Iterator
from typing import NamedTuple

from fuzz.live.changes.bridge_windows import WINDOWS, read_windows
from fuzz.live.changes.hardware import Function
from fuzz.live.changes.pci_configuration import (
    BAR_PRIORITY,
    COMMAND,
    COMMAND_MASTER,
    Bar,
    read,
    read_bar,
    write,
    write_bar,
)
from fuzz.live.changes.rig import carry_out, rig_of
from fuzz.live.session import Session
from fuzz.operations import AddSubregion, DelSubregion, Operation, Property, SetProperty


class MoveBar(NamedTuple):
    """Give a BAR, by its place among the function's, an address. Rules: M3, M8."""

    function: str
    bar: int
    address: int

    def perform(self, session: Session) -> None:
        """Write it, and compare: the region is taken out where it was, and added where it is."""
        function = present(session, self.function)
        if function is None:
            return
        bar = function.bars[self.bar]
        address = bar.address(self.address & 0xFFFFFFFF, self.address >> 32)
        if bar.is_io and rig_of(session).is_kept_free(address, bar.size):
            return
        commands = write_bar(function.place, bar, self.address)
        commands += read_bar(function.place, bar) + read(function.place, COMMAND, 2)

        def follow(values: list[int]) -> Iterator[Operation]:
            *address, command = values
            yield from place_bar(session, function, bar, address, command)

        carry_out(session, commands, follow)


class SetCommand(NamedTuple):
    """Write a function's command register: its i/o, memory and master bits. Rules: M8, R9."""

    function: str
    bits: int

    def perform(self, session: Session) -> None:
        """Write it, and compare."""
        function = present(session, self.function)
        if function is None:
            return
        place = function.place
        commands = write(place, COMMAND, 2, self.bits) + read(place, COMMAND, 2)
        for bar in function.bars:
            commands += read_bar(place, bar)
        if function.windows:
            commands += read_windows(place)

        def follow(values: list[int]) -> Iterator[Operation]:
            command, *left = values
            for bar in function.bars:
                count = 2 if bar.wide else 1
                yield from place_bar(session, function, bar, left[:count], command)
                del left[:count]
            master = bool(command & COMMAND_MASTER)
            yield SetProperty(function.master, Property.ENABLED, master)
            if function.windows:
                yield from make_windows(session, function, left, command)

        carry_out(session, commands, follow)


class SetWindow(NamedTuple):
    """Have a bridge's window, by its kind, show addresses from `first` to `last`. Rules: R1, R3."""

    function: str
    kind: str
    first: int
    last: int

    def perform(self, session: Session) -> None:
        """Write it, and compare: all windows of the bridge are made anew."""
        function = present(session, self.function)
        if function is None:
            return
        place = function.place
        commands = WINDOWS[self.kind].write(place, self.first, self.last)
        commands += read(place, COMMAND, 2) + read_windows(place)

        def follow(values: list[int]) -> Iterator[Operation]:
            command, *registers = values
            return make_windows(session, function, registers, command)

        carry_out(session, commands, follow)


def present(session: Session, name: str) -> Function | None:
    """The function of that name, or None if it is not plugged in."""
    function = rig_of(session).functions.get(name)
    if function is None or function.space not in session.target.topology.spaces:
        return None
    return function


def place_bar(
    session: Session, function: Function, bar: Bar, values: list[int], command: int
) -> Iterator[Operation]:
    """What happens to a BAR's region when its register and the command register are these.

    At another address than before it is added anew, in front of its equals. Rules: M3, M4.
    """
    region = session.target.topology.regions[bar.region]
    container = function.ports if bar.is_io else function.memory
    before = None if region.container is None else region.addr
    now = bar.mapped(values[0], values[-1], command)
    if now == before:
        return
    if before is not None:
        yield DelSubregion(container, bar.region)
    if now is not None:
        yield AddSubregion(container, bar.region, now, BAR_PRIORITY)


def make_windows(
    session: Session, function: Function, registers: list[int], command: int
) -> Iterator[Operation]:
    """What happens to a bridge's windows at every write to what they depend on.

    All are taken out, and others added in their place: they are in front of their equals, the
    last of them first. Here they are the same ones again, which nothing can tell. Rules: M3, R3.
    """
    regions = session.target.topology.regions
    for _, alias in function.windows:
        container = regions[alias].container
        if container is not None:
            yield DelSubregion(container, alias)
    for window, alias in function.windows:
        first, size = window.shown(registers, command)
        if size != regions[alias].size:
            yield SetProperty(alias, Property.SIZE, size)
        if first != regions[alias].alias_offset:
            yield SetProperty(alias, Property.ALIAS_OFFSET, first)
        container = function.ports if window.kind == "io" else function.memory
        yield AddSubregion(container, alias, first, BAR_PRIORITY)
