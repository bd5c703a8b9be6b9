"""Scenarios as bytes, for the fuzzer: every byte string decodes, and mutations stay local.

Two bytes of settings, then one record of 20 bytes an operation:

    byte 0       operation, an index into OPERATIONS
    bytes 1, 2   operands that choose among what exists so far (regions, spaces, properties)
    byte 3       how the two numbers are read: bits 0-2 the first, bits 3-5 the second
    bytes 4-11   first number, little endian (an address or a size)
    bytes 12-19  second number (an alias offset or a priority)

Read literally, a number is itself; the other readings pick from what tends to matter: powers of
two, edges of existing regions, small round numbers. Names are r0, r1, ... and s0, s1, ... in order
of creation. A record that cannot mean anything is passed over; transactions left open are closed.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field

from fuzz.operations import (
    ADDRESS_SPACE_SIZE,
    AddSubregion,
    Begin,
    Commit,
    CreateRegion,
    CreateSpace,
    DelSubregion,
    DestroySpace,
    ObserveLookup,
    ObserveSections,
    ObserveView,
    Operation,
    Property,
    RegionKind,
    SetProperty,
)
from fuzz.scenario import Scenario, Step
from fuzz.targets.interface import FLAVOURS, PAGE_BITS, Settings

RECORD = struct.Struct("<BBBBQQ")
HEADER = struct.Struct("<BB")

MOST_REGIONS = 48
MOST_SPACES = 4
MOST_STEPS = 96
MOST_BYTES = HEADER.size + MOST_STEPS * RECORD.size

OPERATIONS: tuple[type[Operation], ...] = (
    *[CreateRegion] * 5,
    *[AddSubregion] * 7,
    DelSubregion,
    *[SetProperty] * 6,
    *[CreateSpace] * 2,
    DestroySpace,
    Begin,
    Commit,
    ObserveView,
    ObserveSections,
    ObserveLookup,
)
"""What the first byte of a record means, modulo the table's length; what matters more often."""

KINDS = (*RegionKind, RegionKind.CONTAINER, RegionKind.CONTAINER, RegionKind.ALIAS)
PROPERTIES = (*Property, Property.ADDRESS, Property.ADDRESS, Property.SIZE, Property.ENABLED)
FEW = 3
"""Most choices of a container are among so many first ones, so that these get crowded."""

PAGE_BITS_CHOICES = (12, 10, 16, *(bits for bits in PAGE_BITS if bits not in (12, 10, 16)))

LITERAL, POWER, EDGE, ROUND = "literal", "power of two", "edge of a region", "round number"
READINGS = (LITERAL, ROUND, ROUND, ROUND, EDGE, EDGE, EDGE, POWER)
"""How a number is read, by three bits of byte 3; encoding uses the first."""

ROUND_SHIFTS = (12, 12, 8, 0)
"""Round numbers are mostly small multiples of pages, so that regions lie close and overlap."""


class CodecError(ValueError):
    """A scenario that has no byte form."""


@dataclass(slots=True)
class _Names:
    """What exists so far, by index, with what is known of each region's extent."""

    regions: list[str] = field(default_factory=list)
    spaces: list[str] = field(default_factory=list)
    addresses: list[int] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    containers: list[int] = field(default_factory=list)
    unmapped: list[int] = field(default_factory=list)
    made_spaces: int = 0
    depth: int = 0

    def choose(self, byte: int, likely: Sequence[int]) -> int:
        """The index of the region that a byte means: any of them, or else a likely one."""
        if byte < MOST_REGIONS or not likely:
            return byte % len(self.regions)
        return likely[byte % len(likely)]


def decode(data: bytes) -> Scenario:
    """The scenario that a byte string means; every byte string means one."""
    header = data[: HEADER.size].ljust(HEADER.size, b"\0")
    flavour, page_bits = HEADER.unpack(header)
    settings = Settings(
        FLAVOURS[flavour % len(FLAVOURS)], PAGE_BITS_CHOICES[page_bits % len(PAGE_BITS_CHOICES)]
    )
    body = data[HEADER.size : MOST_BYTES]
    body = body[: len(body) - len(body) % RECORD.size]
    names = _Names()
    steps = []
    for record in RECORD.iter_unpack(body):
        operation = _decode_record(names, *record)
        if operation is not None:
            steps.append(Step(operation))
    steps.extend(Step(Commit()) for _ in range(names.depth))
    return Scenario(settings, tuple(steps))


def _decode_record(
    names: _Names, code: int, a: int, b: int, mode: int, x: int, y: int
) -> Operation | None:
    """The operation of one record, or None if nothing that it needs exists."""
    what = OPERATIONS[code % len(OPERATIONS)]
    reading = READINGS[mode >> 3 & 7]
    first = _number(names, READINGS[mode & 7], x)
    if what is CreateRegion:
        kind = KINDS[b % len(KINDS)]
        if kind is RegionKind.CONTAINER and READINGS[mode & 7] is ROUND:
            first = ADDRESS_SPACE_SIZE
        return _decode_create(names, kind, a, first, _number(names, reading, y))
    if what is Begin:
        names.depth += 1
        return Begin()
    if what is Commit:
        if names.depth == 0:
            return None
        names.depth -= 1
        return Commit()
    if not names.regions:
        return None
    if what is SetProperty:
        changed = PROPERTIES[b % len(PROPERTIES)]
        return _decode_set(names, a % len(names.regions), changed, x & 1, first)
    region = names.choose(a, names.containers[:FEW])
    other = names.choose(b, names.unmapped)
    if what is AddSubregion:
        names.addresses[other] = first
        if other in names.unmapped:
            names.unmapped.remove(other)
        priority = _priority(reading, y)
        return AddSubregion(names.regions[region], names.regions[other], first, priority)
    if what is DelSubregion:
        return DelSubregion(names.regions[region], names.regions[other])
    if what is CreateSpace:
        return _decode_space(names, names.regions[region])
    return _decode_with_space(names, what, a, first)


def _decode_create(
    names: _Names, kind: RegionKind, a: int, size: int, offset: int
) -> Operation | None:
    if len(names.regions) >= MOST_REGIONS or (kind is RegionKind.ALIAS and not names.regions):
        return None
    name = f"r{len(names.regions)}"
    size = _size(size)
    target = None
    if kind is RegionKind.ALIAS:
        target = names.regions[a % len(names.regions)]
    else:
        offset = 0
    if kind is RegionKind.CONTAINER:
        names.containers.append(len(names.regions))
    names.unmapped.append(len(names.regions))
    names.regions.append(name)
    names.addresses.append(0)
    names.sizes.append(size)
    return CreateRegion(name, kind, size, target, offset)


def _decode_set(
    names: _Names, region: int, changed: Property, switch: int, value: int
) -> Operation:
    if changed.is_switch:
        value = switch
    elif changed is Property.SIZE:
        value = names.sizes[region] = _size(value)
    elif changed is Property.DIRTY_LOG_MASK:
        value &= 0xFF
    elif changed is Property.ADDRESS:
        names.addresses[region] = value
    return SetProperty(names.regions[region], changed, value)


def _decode_space(names: _Names, root: str) -> Operation | None:
    if len(names.spaces) >= MOST_SPACES:
        return None
    name = f"s{names.made_spaces}"
    names.made_spaces += 1
    names.spaces.append(name)
    return CreateSpace(name, root)


def _decode_with_space(names: _Names, what: object, a: int, first: int) -> Operation | None:
    if not names.spaces:
        return None
    space = names.spaces[a % len(names.spaces)]
    if what is DestroySpace:
        names.spaces.remove(space)
        return DestroySpace(space)
    if what is ObserveLookup:
        return ObserveLookup(space, first)
    return ObserveView(space) if what is ObserveView else ObserveSections(space)


def _number(names: _Names, reading: str, raw: int) -> int:
    """A number mod 2^64 under one of the readings."""
    if reading is LITERAL:
        return raw
    choice, nudge, more = raw & 0xFF, (raw >> 8 & 0xFF) % 3 - 1, raw >> 16 & 0xFF
    if reading is POWER:
        return (1 << choice % 65) + nudge & (ADDRESS_SPACE_SIZE - 1)
    if reading is EDGE and names.regions:
        region = choice % len(names.regions)
        address, size = names.addresses[region], names.sizes[region]
        edge = (address, size, address + size)[more % 3]
        return edge + nudge & (ADDRESS_SPACE_SIZE - 1)
    return choice % 32 << ROUND_SHIFTS[more % len(ROUND_SHIFTS)]


def _size(number: int) -> int:
    """A number as a size: 2^64 - 1 is the argument that means 2^64. Rules: M2."""
    return ADDRESS_SPACE_SIZE if number == ADDRESS_SPACE_SIZE - 1 else number


def _priority(reading: str, raw: int) -> int:
    """A signed priority; unless read literally, a small one, so that ties are common."""
    if reading is not LITERAL:
        return raw % 5 - 2
    return (raw & 0xFFFFFFFF) - (1 << 32 if raw & 0x80000000 else 0)


# --- Encoding ---------------------------------------------------------------------------------


def encode(scenario: Scenario) -> bytes:
    """The bytes that decode to the scenario, but for names, comments and what is expected.

    Transactions that are open at the end come back closed. Raises CodecError for what has no byte
    form: too many regions, spaces or steps, a name used before it is created or created twice, a
    transaction that is closed before it is opened.
    """
    operations = [step.operation for step in scenario.steps]
    settings, names = scenario.settings, _Names()
    records = [_encode_operation(names, operation) for operation in operations]
    while operations and operations[-1] == Commit():  # decoding closes what is left open
        operations.pop()
    if len(operations) > MOST_STEPS:
        raise CodecError(f"{len(operations)} steps; at most {MOST_STEPS} have a byte form")
    header = HEADER.pack(
        FLAVOURS.index(settings.flavour), PAGE_BITS_CHOICES.index(settings.page_bits)
    )
    return header + b"".join(RECORD.pack(*record) for record in records[: len(operations)])


def _encode_operation(names: _Names, operation: Operation) -> tuple[int, int, int, int, int, int]:
    match operation:
        case CreateRegion(name, kind, size, target, offset):
            if len(names.regions) >= MOST_REGIONS or name in names.regions:
                raise CodecError(f"region {name}: more than {MOST_REGIONS}, or created twice")
            a = 0 if target is None else _index(names.regions, target)
            names.regions.append(name)
            code, b = OPERATIONS.index(CreateRegion), KINDS.index(kind)
            return code, a, b, 0, _size_argument(size), offset
        case AddSubregion(container, child, addr, priority):
            a, b = _index(names.regions, container), _index(names.regions, child)
            return OPERATIONS.index(AddSubregion), a, b, 0, addr, priority & 0xFFFFFFFF
        case DelSubregion(container, child):
            a, b = _index(names.regions, container), _index(names.regions, child)
            return OPERATIONS.index(DelSubregion), a, b, 0, 0, 0
        case SetProperty(region, changed, value):
            argument = _size_argument(value) if changed is Property.SIZE else value
            a, b = _index(names.regions, region), PROPERTIES.index(changed)
            return OPERATIONS.index(SetProperty), a, b, 0, argument, 0
        case CreateSpace(name, root):
            if len(names.spaces) >= MOST_SPACES or name in names.spaces:
                raise CodecError(f"space {name}: more than {MOST_SPACES}, or created twice")
            names.spaces.append(name)
            return OPERATIONS.index(CreateSpace), _index(names.regions, root), 0, 0, 0, 0
        case DestroySpace(name):
            a = _index(names.spaces, name)
            names.spaces.remove(name)
            return OPERATIONS.index(DestroySpace), a, 0, 0, 0, 0
        case Begin():
            names.depth += 1
            return OPERATIONS.index(Begin), 0, 0, 0, 0, 0
        case Commit():
            if names.depth == 0:
                raise CodecError("commit without begin")
            names.depth -= 1
            return OPERATIONS.index(Commit), 0, 0, 0, 0, 0
        case ObserveLookup(space, address):
            return OPERATIONS.index(ObserveLookup), _index(names.spaces, space), 0, 0, address, 0
        case ObserveView(space) | ObserveSections(space):
            code = OPERATIONS.index(type(operation))
            return code, _index(names.spaces, space), 0, 0, 0, 0


def _index(names: list[str], name: str) -> int:
    if name not in names:
        raise CodecError(f"{name} is used before it is created")
    return names.index(name)


def _size_argument(size: int) -> int:
    return min(size, ADDRESS_SPACE_SIZE - 1)
