"""Places: the addresses of a space by what answers there, and what accesses may begin in them."""

from enum import Enum
from typing import NamedTuple

from fuzz.live.accesses.devices import EVERYWHERE, Device, is_within

LARGEST_CALLBACK = 8


class Kind(Enum):
    """What answers at a place. Nothing is known of what is closed, or it is left alone."""

    HOLE = "hole"
    MEMORY = "memory"
    FLASH = "flash"
    DEVICE = "device"
    CLOSED = "closed"


class Place(NamedTuple):
    """Addresses from `start` up to `end` that one range of a view answers, or nothing does.

    `offset` is where in the region they begin.
    """

    start: int
    end: int
    kind: Kind
    region: str = ""
    offset: int = 0
    device: Device | None = None


class Mark(NamedTuple):
    """A port that is read after each access, to tell in the log where the next one begins.

    Nothing listens to it, so that only a read of it has a callback there.
    """

    region: str
    address: int


MARKS = (0x80, 0xE8, 0x2F8, 0x4800, 0x9800, 0xF800)
"""Ports that may do for marks, unless a BAR covers them."""

NOT_LISTENING = ("ioport80", "io")
"""The PC's port for diagnostics, and the region of the ports that are not assigned."""


class Piece(NamedTuple):
    """The part of an access that lies in one place: offsets of the region."""

    place: Place
    first: int
    end: int


def is_one_step(piece: Piece, length: int) -> bool:
    """Whether a device takes an access whole, so that all else in its way is not reached.

    Rules: A1, A5.
    """
    if piece.place.device is None:
        return False
    most = piece.place.device.valid.most or 4
    return length in (1, 2, 4, 8) and length <= most and piece.first % length == 0


def may_reach(piece: Piece, is_write: bool) -> bool:
    """Whether steps that begin in a piece have no effect beyond the region."""
    place = piece.place
    if place.device is None:
        return place.kind is not Kind.CLOSED and not (is_write and place.kind is Kind.FLASH)
    if not is_write or place.device.writes is EVERYWHERE:
        return True
    return is_within(place.device.writes, piece.first, piece.end - 1 + LARGEST_CALLBACK)
