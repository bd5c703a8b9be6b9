"""The operations that use an address space as rust-vmm's `GuestMemory`.

They have the names of the traits' methods. Which version of the traits is meant is a setting of the
scenario, `contract`.
"""

from dataclasses import dataclass
from enum import Enum
from typing import Annotated

from fuzz.operands import Choice, Count, Data, Name, Number
from fuzz.operations_access import LENGTH, IntegerSize
from fuzz.operations_devices import ByteOrder
from fuzz.syntax import syntax

SPACE = Name("space")
MOST_BYTES = 0x1000
MOST_STREAMED = 0xFF
MOST_CALLBACKS = 8
"""How often the callback of `guest-try-access` takes something; after that it takes nothing."""


# --- Looking up --------------------------------------------------------------------------------


class MapQuestion(Enum):
    """What is asked of a whole map."""

    NUM_REGIONS = "guest-num-regions"
    REGIONS = "guest-regions"
    LAST_ADDR = "guest-last-addr"


class AddressQuestion(Enum):
    """What is asked of one address."""

    FIND_REGION = "guest-find-region"
    TO_REGION_ADDR = "guest-to-region-addr"
    ADDRESS_IN_RANGE = "guest-address-in-range"
    CHECK_ADDRESS = "guest-check-address"
    GET_HOST_ADDRESS = "guest-get-host-address"


class RangeQuestion(Enum):
    """What is asked of an address and a number of bytes behind it."""

    CHECKED_OFFSET = "guest-checked-offset"
    CHECK_RANGE = "guest-check-range"
    GET_SLICE = "guest-get-slice"
    GET_SLICES = "guest-get-slices"


@syntax("{question} {space}", weight=1, shows=True)
@dataclass(frozen=True, slots=True)
class AskMap:
    """Ask how many regions there are, which, or for the last address. Rules: F17, F18."""

    question: Annotated[MapQuestion, Choice(MapQuestion)]
    space: Annotated[str, SPACE]


@syntax("{question} {space} {address}", weight=2, shows=True)
@dataclass(frozen=True, slots=True)
class AskAddress:
    """Ask which region has an address, and where it lies in the host. Rules: F13-F17."""

    question: Annotated[AddressQuestion, Choice(AddressQuestion)]
    space: Annotated[str, SPACE]
    address: Annotated[int, Number()]


@syntax("{question} {space} {address} {count}", weight=2, shows=True)
@dataclass(frozen=True, slots=True)
class AskRange:
    """Ask about a range: whether all of it is there, or for its memory. Rules: F12, F16, F21."""

    question: Annotated[RangeQuestion, Choice(RangeQuestion)]
    space: Annotated[str, SPACE]
    address: Annotated[int, Number()]
    count: Annotated[int, Number()]


class Taken(Enum):
    """How much a callback says that it has handled, of what it is offered: a number goes with it.

    `all-but`: that much less, 0 at least. `at-most`: no more than that. `all-and`: that much more.
    """

    ALL_BUT = "all-but"
    AT_MOST = "at-most"
    ALL_AND = "all-and"


@syntax(
    "guest-try-access {space} {address} {count} [taking {taken} {number}]",
    weight=2,
    shows=True,
)
@dataclass(frozen=True, slots=True)
class TryAccess:
    """Call back for each piece of a range. A callback takes all, less, or more than it is offered.

    From the ninth time on, it takes nothing. Rules: G2, F3, F5, F11.
    """

    space: Annotated[str, SPACE]
    address: Annotated[int, Number()]
    count: Annotated[int, Number()]
    taken: Annotated[Taken, Choice(Taken)] = Taken.ALL_AND
    number: Annotated[int, Count(high=0xFF)] = 0

    def handled(self, offered: int, call: int) -> int:
        """What the callback says when it is called for that time, from 0 on."""
        if call >= MOST_CALLBACKS:
            return 0
        match self.taken:
            case Taken.ALL_BUT:
                return max(offered - self.number, 0)
            case Taken.AT_MOST:
                return min(offered, self.number)
            case Taken.ALL_AND:
                return offered + self.number


# --- Bytes and integers ------------------------------------------------------------------------


class ReadMethod(Enum):
    """How much a read must give: what it can, or all."""

    READ = "guest-read"
    READ_SLICE = "guest-read-slice"


class WriteMethod(Enum):
    """How much a write must take: what it can, or all."""

    WRITE = "guest-write"
    WRITE_SLICE = "guest-write-slice"


class LoadMethod(Enum):
    """How an integer is loaded: at once, or as any bytes are."""

    LOAD = "guest-load"
    READ_OBJ = "guest-read-obj"


class StoreMethod(Enum):
    """How an integer is stored: at once, or as any bytes are."""

    STORE = "guest-store"
    WRITE_OBJ = "guest-write-obj"


@syntax("{method} {space} {address} {length}", weight=3, shows=True)
@dataclass(frozen=True, slots=True)
class GuestRead:
    """Read bytes, and stop before the first that nobody gives. Rules: G3, F2, F5-F8, F10, F22."""

    method: Annotated[ReadMethod, Choice(ReadMethod)]
    space: Annotated[str, SPACE]
    address: Annotated[int, Number()]
    length: Annotated[int, LENGTH]


@syntax("{method} {space} {address} {data}", weight=3, shows=True)
@dataclass(frozen=True, slots=True)
class GuestWrite:
    """Write bytes, and stop before the first that nobody takes. Rules: G3, F5-F8, F10, F22."""

    method: Annotated[WriteMethod, Choice(WriteMethod)]
    space: Annotated[str, SPACE]
    address: Annotated[int, Number()]
    data: Annotated[bytes, Data(MOST_BYTES, may_be_empty=True)]


@syntax("{method} {space} {address} {size} {order}", weight=2, shows=True)
@dataclass(frozen=True, slots=True)
class GuestLoad:
    """Load an integer in a byte order. Rules: G4, F1, F4, F20, F21, F27, F29."""

    method: Annotated[LoadMethod, Choice(LoadMethod)]
    space: Annotated[str, SPACE]
    address: Annotated[int, Number()]
    size: Annotated[IntegerSize, Choice(IntegerSize)]
    order: Annotated[ByteOrder, Choice(ByteOrder)]


@syntax("{method} {space} {address} {value} {size} {order}", weight=2, shows=True)
@dataclass(frozen=True, slots=True)
class GuestStore:
    """Store an integer in a byte order; of a larger value, the low bytes. Rules: G4, F20, F29."""

    method: Annotated[StoreMethod, Choice(StoreMethod)]
    space: Annotated[str, SPACE]
    address: Annotated[int, Number()]
    value: Annotated[int, Number()]
    size: Annotated[IntegerSize, Choice(IntegerSize)]
    order: Annotated[ByteOrder, Choice(ByteOrder)]

    @property
    def stored(self) -> int:
        """The value, cut to the size."""
        return self.value & ((1 << 8 * self.size.bytes) - 1)


# --- Streams -----------------------------------------------------------------------------------


class Failure(Enum):
    """Which call of a source or sink fails; the first may also be interrupted by a signal."""

    NEVER = "never"
    INTERRUPTED = "interrupted"
    FIRST = "first"
    SECOND = "second"
    THIRD = "third"

    @property
    def interrupts(self) -> int:
        """How many calls are interrupted, from the first on."""
        return 1 if self is Failure.INTERRUPTED else 0

    @property
    def fail_at_call(self) -> int | None:
        """The number of the call that fails, from 1 on."""
        return {Failure.FIRST: 1, Failure.SECOND: 2, Failure.THIRD: 3}.get(self)


class FillMethod(Enum):
    """How many bytes a source must give: what it can, or all."""

    READ_VOLATILE_FROM = "guest-read-volatile-from"
    READ_EXACT_VOLATILE_FROM = "guest-read-exact-volatile-from"


class DrainMethod(Enum):
    """How many bytes a sink must be given: what there are, or all."""

    WRITE_VOLATILE_TO = "guest-write-volatile-to"
    WRITE_ALL_VOLATILE_TO = "guest-write-all-volatile-to"


FAILURE = Choice(Failure, often=("never", "never"))


@syntax(
    "{method} {space} {address} {count} source {data} chunk {chunk} [failing {failure}]",
    weight=2,
    shows=True,
)
@dataclass(frozen=True, slots=True)
class ReadVolatileFrom:
    """Fill memory from a source, which gives at most so many bytes a call. Rules: F16, F19."""

    method: Annotated[FillMethod, Choice(FillMethod)]
    space: Annotated[str, SPACE]
    address: Annotated[int, Number()]
    count: Annotated[int, Count(high=MOST_STREAMED)]
    data: Annotated[bytes, Data(MOST_BYTES, may_be_empty=True)]
    chunk: Annotated[int, Count(high=0xFF)]
    failure: Annotated[Failure, FAILURE] = Failure.NEVER


@syntax(
    "{method} {space} {address} {count} chunk {chunk} [room {room}] [failing {failure}]",
    weight=2,
    shows=True,
)
@dataclass(frozen=True, slots=True)
class WriteVolatileTo:
    """Drain memory to a sink, which takes at most so many bytes a call, and in all as many as room.

    Rules: F16, F19.
    """

    method: Annotated[DrainMethod, Choice(DrainMethod)]
    space: Annotated[str, SPACE]
    address: Annotated[int, Number()]
    count: Annotated[int, Count(high=MOST_STREAMED)]
    chunk: Annotated[int, Count(high=0xFF)]
    room: Annotated[int, Count(high=0xFF)] = 0xFF
    failure: Annotated[Failure, FAILURE] = Failure.NEVER


GuestOperation = (
    AskMap
    | AskAddress
    | AskRange
    | TryAccess
    | GuestRead
    | GuestWrite
    | GuestLoad
    | GuestStore
    | ReadVolatileFrom
    | WriteVolatileTo
)
