"""Devices that access memory while they are called: the guard against it, and how deep it goes."""

from __future__ import annotations

from types import TracebackType
from typing import NamedTuple

from impl.device import Device, Dma

DEEPEST = 16
"""How many callbacks may be inside one another; QEMU has no limit but its stack."""

MOST_INSIDE = 128
"""How many callbacks may end inside of one."""


class NestingLimit(Exception):
    """Devices call each other deeper or more often than is followed. Rules: A9."""


class DmaDone(NamedTuple):
    """A device's own access; `result` is as QEMU numbers it, `depth` counts callbacks around it.

    `data` is what was written or read. Rules: A9.
    """

    device: Device
    dma: Dma
    data: bytes
    result: int
    depth: int


class Guard:
    """Whether a device object is being called. Whoever finds that it is must stay out.

    Enter it around an access to any of the object's regions. Rules: A9.
    """

    __slots__ = ("engaged",)

    def __init__(self) -> None:
        self.engaged = False

    def __enter__(self) -> None:
        self.engaged = True

    def __exit__(self, *_: object) -> None:
        self.engaged = False


class NoGuard(Guard):
    """The guard of what has none: it never keeps anybody out. Rules: A9."""

    __slots__ = ()

    def __enter__(self) -> None:
        """Nothing is engaged."""


NO_GUARD = NoGuard()


class ReleasingGuard(NoGuard):
    """Keeps nobody out, and frees the owner's guard when the access ends. Rules: A9."""

    __slots__ = ("_owners",)

    def __init__(self, owners: Guard) -> None:
        super().__init__()
        self._owners = owners

    def __exit__(self, *_: object) -> None:
        self._owners.engaged = False


class Nesting:
    """How many callbacks are under way; enter it around a device's own access.

    Raises NestingLimit beyond DEEPEST, and where `count` comes to more than MOST_INSIDE. Rules: A9.
    """

    __slots__ = ("_inside", "depth")

    def __init__(self) -> None:
        self.depth = 0
        self._inside = 0

    def __enter__(self) -> None:
        if self.depth == DEEPEST:
            raise NestingLimit(f"more than {DEEPEST} callbacks are inside one another")
        self.depth += 1

    def __exit__(
        self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None
    ) -> None:
        self.depth -= 1
        if kind is not None:
            self._inside = 0

    def count(self) -> None:
        """Note that a callback has ended."""
        if self.depth == 0:
            self._inside = 0
            return
        self._inside += 1
        if self._inside > MOST_INSIDE:
            raise NestingLimit(f"more than {MOST_INSIDE} callbacks are inside of one")
