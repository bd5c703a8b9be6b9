"""Choosing accesses at random: mostly around the edges of what answers at present."""

from random import Random

from fuzz.live.accesses.accessible import PORTS, Accessible, accessible
from fuzz.live.accesses.actions import FLASH_COMMANDS, AccessMemory, CommandFlash, is_flash
from fuzz.live.accesses.places import Kind
from fuzz.live.accesses.qtest_access import INTEGERS, Access
from fuzz.live.session import Session
from fuzz.operands import ADDRESS_SPACE_SIZE

TOGETHER = 32
"""Accesses in one action."""

AROUND = 8
"""Bytes on each side of an edge."""

OFTEN_COMMANDED = 0.05
PAGE = 0x1000
FEW_PAGES = 4
PORT_ADDRESSES = 1 << 16
LENGTHS = (*8 * tuple(range(1, 9)), 9, 15, 16, 17, 31, 32, 33, 64, 300)


def choose_access(session: Session, random: Random) -> AccessMemory | CommandFlash:
    """Some accesses that may be made as the machine stands, or a command to its flash memory."""
    machine = accessible(session)
    if random.random() < OFTEN_COMMANDED and any(
        is_flash(session, one) for one in machine.places[machine.memory]
    ):
        return CommandFlash(random.getrandbits(32), random.choice(tuple(FLASH_COMMANDS)))
    chosen = (choose_one(machine, random) for _ in range(2 * TOGETHER))
    possible = [one for one in chosen if machine.may(one)]
    return AccessMemory(tuple(possible[:TOGETHER]))


def choose_one(machine: Accessible, random: Random) -> Access:
    """One access, which may not be possible."""
    is_port = random.random() < (0.25 if len(machine.places[PORTS]) > 2 else 0.02)
    address = choose_address(machine, PORTS if is_port else machine.memory, random)
    address %= ADDRESS_SPACE_SIZE
    is_write = random.random() < 0.4
    if is_port:
        address %= PORT_ADDRESSES
        length = random.choice((1, 2, 4))
        verb = ("out" if is_write else "in") + INTEGERS[length]
    else:
        length = random.choice(LENGTHS)
        verb = "write" if is_write else "read"
        if length in INTEGERS and random.random() < 0.5:
            verb += INTEGERS[length]
    return Access(verb, address, length, random.randbytes(length) if is_write else b"")


def choose_address(machine: Accessible, space: str, random: Random) -> int:
    """An address at an edge of a place, in a device, around a page, or at the top."""
    which = random.random()
    if which < 0.05:
        return random.randint(-AROUND, AROUND)
    if which < 0.4 and (devices := machine.opened[space, Kind.DEVICE]):
        place = random.choice(devices)
        return place.start + random.randrange(min(place.end - place.start, PAGE * FEW_PAGES))
    kinds = (Kind.HOLE, Kind.MEMORY, Kind.MEMORY, Kind.FLASH, Kind.DEVICE, Kind.DEVICE)
    found = machine.opened[space, random.choice(kinds)]
    place = random.choice(found or machine.places[space])
    away = random.randint(-AROUND, AROUND)
    if which < 0.5 and place.kind is not Kind.DEVICE:
        away += random.randrange(FEW_PAGES) * PAGE * (1 if random.random() < 0.5 else -1)
    return (place.start if random.random() < 0.5 else place.end) + away
