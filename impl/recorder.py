"""What is told of accesses: callbacks, devices' own accesses, marks and signals, as they happen."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from impl.region import MemoryRegion

if TYPE_CHECKING:
    from impl.device import Call
    from impl.reentry import DmaDone


class Mark(NamedTuple):
    """Bytes of a region's block that a write has changed. Rules: A2."""

    region: MemoryRegion
    offset: int
    length: int


class Signal(NamedTuple):
    """A write that went to the ioeventfd of a `notifier`. Rules: A10."""

    region: MemoryRegion
    offset: int
    size: int
    value: int
    notifier: int


class AccessRecorder:
    """What is called as accesses go on, in the order in which things end. Override what you need.

    Make it `Accesses.recorder`. No method may access or change the memory map.
    """

    def call(self, call: Call) -> None:
        """A callback of a device has ended. Rules: A7."""

    def dma(self, done: DmaDone) -> None:
        """An access that a device made from its callback has ended. Rules: A9."""

    def mark(self, mark: Mark) -> None:
        """Memory was written, whether or not anybody logs it. Rules: A2."""

    def signal(self, signal: Signal) -> None:
        """An ioeventfd took a write. Rules: A10."""
