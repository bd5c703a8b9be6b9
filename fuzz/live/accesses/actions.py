"""Accesses to live machines: what is asked of qtest, and what the log tells of each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from fuzz.live.accesses.accessible import Accessible, accessible
from fuzz.live.accesses.compared import compare
from fuzz.live.accesses.devices import MESSAGES
from fuzz.live.accesses.places import Mark, Place
from fuzz.live.accesses.qtest_access import Access
from fuzz.live.accesses.trace import Callback, Refusal, TraceFault, read_log
from fuzz.live.session import Session
from fuzz.operations import Property, SetProperty


class AccessMemory(NamedTuple):
    """Accesses that are sent together, and then compared one by one.

    What has effects beyond its regions as the machine stands is not made, and nothing is while
    there is no port to mark accesses by.
    """

    accesses: tuple[Access, ...]

    @property
    def parts(self) -> tuple[AccessMemory, ...]:
        """The same in as many actions as there are accesses."""
        return tuple(AccessMemory((one,)) for one in self.accesses)

    def perform(self, session: Session) -> None:
        """Make the accesses on both sides. Raises Divergence, TraceFault, and what asking does."""
        machine = accessible(session)
        accesses = [one for one in self.accesses if machine.may(one)]
        if accesses and machine.mark is not None:
            machine.learn(accesses)
            make(session, machine, accesses, machine.mark)


class CommandFlash(NamedTuple):
    """Write a command to flash memory: some are answered by callbacks, until it is memory again.

    Without flash memory nothing is done. Rules: X5, M9.
    """

    address: int
    command: int

    def perform(self, session: Session) -> None:
        """Write it on both sides, and tell the specification what it does to the region."""
        machine = accessible(session)
        places = machine.places[machine.memory]
        flash = next((one for one in places if is_flash(session, one)), None)
        if flash is None or machine.mark is None:
            return
        at = flash.start + self.address % (flash.end - flash.start)
        make(session, machine, [Access("writeb", at, 1, bytes([self.command]))], machine.mark)
        is_memory = FLASH_COMMANDS[self.command]
        session.apply(SetProperty(flash.region, Property.ROMD_MODE, is_memory))


FLASH_COMMANDS = {0x70: False, 0x90: False, 0x98: False, 0xFF: True}
"""Commands that change nothing that is stored, and whether it is read as memory after each."""


def is_flash(session: Session, place: Place) -> bool:
    """Whether a ROM device is at a place, in whichever mode."""
    regions = session.target.topology.regions
    return bool(place.region) and regions[place.region].kind.value == "rom-device"


def make(session: Session, machine: Accessible, accesses: Sequence[Access], mark: Mark) -> None:
    """Make accesses on both sides, and compare each with what the log tells of it."""
    session.live.logged()
    marking = f"inb {mark.address:#x}"
    commands = (two for one in accesses for two in (one.command(machine.order), marking))
    answers = session.qtest(*commands)[::2]
    log = read_log(session.live.logged(), MESSAGES)
    told = between_marks(log, mark, len(accesses))
    for access, answer, seen in zip(accesses, answers, told, strict=True):
        compare(session, machine, access, answer, seen)


# --- The log ----------------------------------------------------------------------------------


def is_mark(one: Callback | Refusal, mark: Mark) -> bool:
    """Whether something that was logged is the mark."""
    return isinstance(one, Callback) and one[:4] == (False, mark.region, mark.address, 1)


def between_marks(
    log: Iterator[Callback | Refusal], mark: Mark, count: int
) -> list[list[Callback | Refusal]]:
    """What was logged of each of `count` accesses, which a mark follows.

    Raises TraceFault where that does not come out: what is not told of may have happened.
    """
    told: list[list[Callback | Refusal]] = [[]]
    for one in log:
        if is_mark(one, mark):
            told.append([])
        else:
            told[-1].append(one)
    if len(told) != count + 1 or told[-1]:
        raise TraceFault(f"the log tells of {len(told) - 1} of {count} marks: is it complete?")
    return told[:-1]
