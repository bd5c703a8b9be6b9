"""What a live PC consists of, as far as its guest can change it: found by asking, as a guest would.

All BARs are placed once, each where nothing else is, so that the machine shows the regions behind
them; then it is read.
"""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import model
from fuzz.live.changes.bridge_windows import WINDOWS, Window
from fuzz.live.changes.parking import Parking
from fuzz.live.changes.pci_configuration import (
    ABSENT,
    BAR_PRIORITY,
    BUS_NUMBERS,
    COMMAND,
    FIRST_BAR,
    HEADER_TYPE,
    Bar,
    Place,
    read,
    values,
    write,
    write_bar,
)
from fuzz.live.changes.remembered import remembering_target
from fuzz.live.session import Session
from fuzz.machines.region_table import TableRegion
from fuzz.qemu.errors import QemuFault

ALL_ENABLED = 7
"""The command register's bits for i/o, memory and bus master."""


class Function(NamedTuple):
    """A PCI function with BARs, and the names of its regions in the model.

    `memory` and `ports` are what its BARs are placed in, `space` is its address space with `root`,
    and `master` the alias that its bus master bit enables. A bridge has `windows`, by kind.
    """

    name: str
    place: Place
    bars: tuple[Bar, ...]
    memory: str
    ports: str
    space: str
    root: str
    master: str
    windows: tuple[tuple[Window, str], ...]


class _Found(NamedTuple):
    """A function before its regions are known: where its BARs are parked."""

    place: Place
    bars: tuple[tuple[Bar, int], ...]
    is_bridge: bool


def find_functions(session: Session, extra: Sequence[str] = ()) -> dict[str, Function]:
    """Find a machine's functions, place all of their BARs, and read the machine anew.

    `extra` are qtest commands that make more regions appear. Forgets what the session did before.
    Raises QemuFault for a machine that is not what a guest expects.
    """
    found: list[_Found] = []
    buses = [0]
    for bus in buses:
        for one in _functions_of(session, bus):
            if one.is_bridge:
                buses.append(len(buses))
                _open_bridge(session, one.place, buses[-1])
            found.append(one)
    for one in found:
        commands = [line for bar, at in one.bars for line in write_bar(one.place, bar, at)]
        session.qtest(*commands, *write(one.place, COMMAND, 2, ALL_ENABLED))
    if extra:
        session.qtest(*extra)
    session.start_over(remembering_target if session.target.package is model else None)
    return {function.name: function for function in _named(session, found)}


def _functions_of(session: Session, bus: int) -> Iterable[_Found]:
    """The functions of a bus, and where to park their BARs."""
    places = [Place(bus, devfn) for devfn in range(256)]
    commands = [line for place in places for line in read(place, 0) + read(place, HEADER_TYPE, 1)]
    answers = iter(values(commands, session.live.qtest(*commands)))
    parking = Parking(bus)
    for place, identity, header in zip(places, answers, answers, strict=False):
        if identity == ABSENT:
            continue
        is_bridge = header & 0x7F == 1
        bars = _bars_of(session, place, 2 if is_bridge else 6)
        parked = tuple((bar, parking.place(bar.is_io, bar.size)) for bar in bars)
        yield _Found(place, parked, is_bridge)


def _bars_of(session: Session, place: Place, count: int) -> Iterable[Bar]:
    """A function's BARs: their sizes are what they make of all ones."""
    offsets = [FIRST_BAR + 4 * number for number in range(count)]
    commands = [
        line for at in offsets for line in write(place, at, 4, ABSENT) + read(place, at)
    ] + [line for at in offsets for line in write(place, at, 4, 0)]
    masks = dict(zip(offsets, values(commands, session.qtest(*commands)), strict=True))
    for offset in offsets:
        low = masks.get(offset, 0)
        if low == 0:
            continue
        is_io, wide = bool(low & 1), low & 7 == 4
        mask = low & ~(3 if is_io else 15) | (masks.pop(offset + 4) if wide else ABSENT) << 32
        yield Bar(offset, is_io, wide, (1 << 64) - mask)


def _open_bridge(session: Session, place: Place, bus: int) -> None:
    """Number the bus behind a bridge, and open the bridge's windows to what is parked there."""
    numbers = write(place, BUS_NUMBERS, 4, bus << 16 | bus << 8)
    session.qtest(*numbers, *Parking(bus).open_windows(place))


def _named(session: Session, found: Sequence[_Found]) -> Iterable[Function]:
    """The functions that have BARs, with the names of their regions."""
    table = session.read.machine.regions
    buses = [(_only(table, "pci"), _only(table, "io"))]
    for one in found:
        if one.bars:
            function = _with_regions(session, one, *buses[one.place.bus])
            yield function
            if one.is_bridge:
                owner = table[function.bars[0].region].owner
                behind = ("pci_bridge_pci", "pci_bridge_io")
                buses.append((_owned(table, owner, behind[0]), _owned(table, owner, behind[1])))
        elif one.is_bridge:
            raise QemuFault(f"the bridge at {one.place} has no BAR by which to know its regions")


def _with_regions(session: Session, one: _Found, memory: str, ports: str) -> Function:
    """A function on a bus of these regions, with the names of its own."""
    table, topology = session.read.machine.regions, session.target.topology
    placed = {
        (region.container, region.addr): name
        for name, region in topology.regions.items()
        if region.priority == BAR_PRIORITY
    }
    bars: list[Bar] = []
    for bar, at in one.bars:
        region = placed.get((ports if bar.is_io else memory, at))
        if region is None:
            raise QemuFault(f"no region at {at:#x}, where BAR {bar.offset:#x} of {one} is")
        bars.append(bar._replace(region=region))
    owner = table[bars[0].region].owner
    roots = {table[space.root].owner: name for name, space in topology.spaces.items()}
    space = roots[owner]
    root = topology.spaces[space].root
    windows = WINDOWS.values() if one.is_bridge else ()
    return Function(
        owner.removeprefix("owner:{dev id=").removesuffix("}") if "id=" in owner else space,
        one.place, tuple(bars), memory, ports, space, root, topology.regions[root].subregions[0],
        tuple((window, _owned(table, owner, window.alias, alias=True)) for window in windows),
    )  # fmt: skip


def _only(table: dict[str, TableRegion], name: str) -> str:
    """The only region of a printed name that is no alias."""
    return next(one.id for one in table.values() if one.name == name and not one.is_alias)


def _owned(table: dict[str, TableRegion], owner: str, name: str, alias: bool = False) -> str:
    """The region of a printed name and owner."""
    return next(
        one.id
        for one in table.values()
        if (one.name, one.owner, one.is_alias) == (name, owner, alias)
    )
