"""Where a live machine may be accessed as it stands, and what is known of what lies there."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from weakref import WeakKeyDictionary

from fuzz.access_seen import DeviceCallSeen
from fuzz.live.accesses.devices import MESSAGES, Device, device_of
from fuzz.live.accesses.identities import Identities, printed_name
from fuzz.live.accesses.places import (
    MARKS,
    NOT_LISTENING,
    Kind,
    Mark,
    Piece,
    Place,
    is_one_step,
    may_reach,
)
from fuzz.live.accesses.qtest_access import INTEGERS, Access, ByteOrder
from fuzz.live.accesses.trace import Callback, read_log
from fuzz.live.session import Session
from fuzz.machines.region_table import scenario_name
from fuzz.operands import ADDRESS_SPACE_SIZE
from fuzz.operations_access import WriteRom
from fuzz.operations_devices import (
    Alignment,
    AttachDevice,
    RefuseAccesses,
    SetAccessSizes,
    SizesOf,
)

PORTS = scenario_name("I/O")
MEMORY = ("cpu-memory-0", "memory")
"""The space of the first processor, which qtest goes through, by the names that it has."""

LEARNT_TOGETHER = 16
"""Bytes of memory, aligned to their number, that are read one by one before they are used."""


class Accessible:
    """What may be accessed of a session's machine; it follows the topology.

    Devices that the views show are made known to the specification, and memory before its use.
    """

    def __init__(self, session: Session) -> None:
        self.session = session
        self.order: ByteOrder = "big" if session.setup.big_endian else "little"
        self.identities = Identities()
        self._topology: object = None
        self._known: dict[str, set[int]] = {}

    def follow(self) -> Accessible:
        """Take note of the topology as it is now."""
        target = self.session.target
        if target.topology is self._topology:
            return self
        names = target.spaces()
        self.memory = next(name for name in MEMORY if name in names)
        self._settle({space: tuple(self._places(space)) for space in (self.memory, PORTS)})
        told = target.access.system.devices
        self.identities.follow(target.topology, told)
        names_at = ((printed_name(self.place_at(PORTS, port).region), port) for port in MARKS)
        marks = (Mark(name, port) for name, port in names_at if name in NOT_LISTENING)
        self.mark = next(marks, None)
        unclear = {name for name in self.identities.unidentified() if not self._identify(name)}
        if unclear:
            closed = {
                space: tuple(
                    one._replace(kind=Kind.CLOSED, device=None) if one.region in unclear else one
                    for one in places
                )
                for space, places in self.places.items()
            }
            self._settle(closed)
        self._topology = target.topology
        return self

    def _settle(self, places: dict[str, tuple[Place, ...]]) -> None:
        self.places = places
        self._starts = {space: [one.start for one in found] for space, found in places.items()}
        self.opened = {
            (space, kind): [one for one in found if one.kind is kind]
            for space, found in places.items()
            for kind in Kind
        }

    def call(self, callback: Callback) -> DeviceCallSeen:
        """A callback in the words in which the specification says it."""
        if self.identities.is_unknown(callback):
            for name in self.identities.forget_all(callback.region):
                self._identify(name)
        return self.identities.call(callback)

    def _identify(self, name: str) -> bool:
        """Read the first bytes of a region, to see in the log which one it is in QEMU."""
        for space, places in self.places.items():
            for place in places:
                if place.region != name or place.device is None:
                    continue
                size = place.device.valid.least or 1
                if place.end - place.start < size or place.offset % size:
                    continue
                verb = f"in{INTEGERS[size]}" if space == PORTS else f"read{INTEGERS[size]}"
                self.session.live.logged()
                self.session.qtest(f"{verb} {place.start:#x}")
                for one in read_log(self.session.live.logged(), MESSAGES):
                    if isinstance(one, Callback) and one.region == printed_name(name):
                        self.identities.identify(name, one)
                        return True
        return False

    def space_of(self, access: Access) -> str:
        """The name of the space that an access goes through."""
        return PORTS if access.is_port else self.memory

    # --- Places -----------------------------------------------------------------------------

    def _places(self, space: str) -> Iterator[Place]:
        """All addresses of a space, in order."""
        at = 0
        for one in self.session.target.view(space).ranges:
            if at < one.start:
                yield Place(at, one.start, Kind.HOLE)
            at = one.start + one.size
            kind, device = self._kind(one.region)
            yield Place(one.start, at, kind, one.region, one.offset, device)
        if at < ADDRESS_SPACE_SIZE:
            yield Place(at, ADDRESS_SPACE_SIZE, Kind.HOLE)

    def _kind(self, name: str) -> tuple[Kind, Device | None]:
        """What a region is; a device that is not known to the specification yet is told it."""
        region = self.session.target.topology.regions[name]
        if region.kind.value == "ram":
            return Kind.MEMORY, None
        if region.kind.value == "rom-device" and region.romd_mode:
            return Kind.FLASH, None
        is_called = region.kind.value in ("io", "rom-device")
        device = device_of(printed_name(name), region.size) if is_called else None
        if device is None:
            return Kind.CLOSED, None
        if name not in self.session.target.access.system.devices:
            self.identities.forget(name)
            self._tell(name, device)
        return Kind.DEVICE, device

    def _tell(self, name: str, device: Device) -> None:
        """Tell the specification of a device."""
        apply = self.session.apply
        apply(AttachDevice(name, device.order))
        for what, sizes in ((SizesOf.VALID, device.valid), (SizesOf.IMPL, device.impl)):
            unaligned = Alignment.UNALIGNED if sizes.unaligned else Alignment.ALIGNED
            if any(sizes):
                apply(SetAccessSizes(what, name, sizes.least, sizes.most, unaligned))
        for refused, size in device.refuses:
            apply(RefuseAccesses(name, refused, size, 0, ADDRESS_SPACE_SIZE - 1))

    def place_at(self, space: str, address: int) -> Place:
        """The place that an address is in."""
        return self.places[space][bisect_right(self._starts[space], address) - 1]

    def pieces(self, access: Access) -> Iterator[Piece]:
        """The parts of an access, in order; the last address is followed by 0. Rules: A3."""
        space, address, left = self.space_of(access), access.address, access.length
        while left:
            place = self.place_at(space, address)
            length = min(left, place.end - address)
            first = address - place.start + place.offset
            yield Piece(place, first, first + length)
            address, left = (address + length) % ADDRESS_SPACE_SIZE, left - length

    # --- What may be done -------------------------------------------------------------------

    def may(self, access: Access) -> bool:
        """Whether an access has no effect beyond the regions that it is for, and QEMU survives."""
        if access.is_port and self.mark is not None:
            into = self.mark.address - access.address
            if 0 <= into < access.length:
                return False
        pieces = self.pieces(access)
        first = next(pieces)
        if access.is_constant and self.overruns(first, access.length):
            return False
        if is_one_step(first, access.length):
            return may_reach(first, access.is_write)
        return all(may_reach(one, access.is_write) for one in (first, *pieces))

    def overruns(self, piece: Piece, length: int) -> bool:
        """Whether a read of a known length at a piece runs past the memory of a ROM device.

        Also if it does so only as soon as that is memory again. Rules: A13.
        """
        regions = self.session.target.topology.regions
        if not piece.place.region:
            return False
        kind, size = regions[piece.place.region].kind.value, regions[piece.place.region].size
        return kind == "rom-device" and bool(piece.first + length > size)

    # --- What is known ----------------------------------------------------------------------

    def learn(self, accesses: list[Access]) -> None:
        """Read the memory that accesses come to, byte by byte, and tell the specification."""
        wanted: list[tuple[int, str, int]] = []
        for access in accesses:
            for place, first, end in self.pieces(access):
                if place.kind not in (Kind.MEMORY, Kind.FLASH):
                    continue
                known = self._known.setdefault(place.region, set())
                if known.issuperset(range(first, end)):
                    continue
                last = place.offset + place.end - place.start
                begin = max(first - first % LEARNT_TOGETHER, place.offset)
                for offset in range(begin, min(end + -end % LEARNT_TOGETHER, last)):
                    if offset not in known:
                        known.add(offset)
                        wanted.append((place.start + offset - place.offset, place.region, offset))
        answers = self.session.qtest(*(f"readb {address:#x}" for address, _, _ in wanted))
        for run in runs_of([address for address, _, _ in wanted]):
            data = bytes(int(answers[one], 16) for one in run)
            if any(data):
                self.session.apply(WriteRom(self.memory, wanted[run.start][0], data))


def runs_of(addresses: list[int]) -> Iterator[range]:
    """The indices of addresses that follow each other."""
    begin = 0
    for index in range(1, len(addresses) + 1):
        if index == len(addresses) or addresses[index] != addresses[index - 1] + 1:
            if begin < index:
                yield range(begin, index)
            begin = index


_OF_SESSIONS: WeakKeyDictionary[Session, Accessible] = WeakKeyDictionary()


def accessible(session: Session) -> Accessible:
    """What may be accessed of a session's machine as it stands."""
    found = _OF_SESSIONS.get(session)
    if found is None:
        found = _OF_SESSIONS[session] = Accessible(session)
    return found.follow()
