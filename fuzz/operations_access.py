"""The operations that access memory through address spaces."""

from dataclasses import dataclass
from enum import Enum
from typing import Annotated

from fuzz.operands import Choice, Data, Name, Number
from fuzz.operations_devices import ByteOrder
from fuzz.syntax import syntax

SPACE = Name("space")
LENGTH = Number(high=0x100)
MOST_BYTES = 0x1000


class IntegerSize(Enum):
    """How many bytes a load or a store has. Rules: A11."""

    ONE = "1"
    TWO = "2"
    FOUR = "4"
    EIGHT = "8"

    @property
    def bytes(self) -> int:
        """The number itself."""
        return int(self.value)


@syntax("read {space} {address} {length}", weight=5, shows=True)
@dataclass(frozen=True, slots=True)
class Read:
    """Read bytes through an address space. Rules: X1, X4, X5, A1-A8."""

    space: Annotated[str, SPACE]
    address: Annotated[int, Number()]
    length: Annotated[int, LENGTH]


@syntax("write {space} {address} {data}", weight=5, shows=True)
@dataclass(frozen=True, slots=True)
class Write:
    """Write bytes through an address space. Rules: X1, X4, X5, A1-A8, A10."""

    space: Annotated[str, SPACE]
    address: Annotated[int, Number()]
    data: Annotated[bytes, Data(MOST_BYTES)]


@syntax("write-rom {space} {address} {data}", weight=2, shows=True)
@dataclass(frozen=True, slots=True)
class WriteRom:
    """Load bytes into RAM and ROM, as firmware is; aborts where the host is overrun. Rules: A13."""

    space: Annotated[str, SPACE]
    address: Annotated[int, Number()]
    data: Annotated[bytes, Data(MOST_BYTES)]


@syntax("load {space} {address} {size} {order}", weight=3, shows=True)
@dataclass(frozen=True, slots=True)
class Load:
    """Load an integer in a byte order. Rules: A8, A11."""

    space: Annotated[str, SPACE]
    address: Annotated[int, Number()]
    size: Annotated[IntegerSize, Choice(IntegerSize)]
    order: Annotated[ByteOrder, Choice(ByteOrder)]


@syntax("store {space} {address} {value} {size} {order}", weight=3, shows=True)
@dataclass(frozen=True, slots=True)
class Store:
    """Store an integer in a byte order; of a larger value, the low bytes. Rules: A8, A11."""

    space: Annotated[str, SPACE]
    address: Annotated[int, Number()]
    value: Annotated[int, Number()]
    size: Annotated[IntegerSize, Choice(IntegerSize)]
    order: Annotated[ByteOrder, Choice(ByteOrder)]

    @property
    def stored(self) -> int:
        """The value, cut to the size."""
        return self.value & ((1 << 8 * self.size.bytes) - 1)


class Direction(Enum):
    """Which way an access would go. Rules: A12."""

    READ = "read"
    WRITE = "write"


@syntax("access-valid {space} {address} {length} {direction}", weight=2, shows=True)
@dataclass(frozen=True, slots=True)
class AskWhetherValid:
    """Ask whether devices would let an access in, which may differ from the access. Rules: A12."""

    space: Annotated[str, SPACE]
    address: Annotated[int, Number()]
    length: Annotated[int, LENGTH]
    direction: Annotated[Direction, Choice(Direction)]

    @property
    def is_write(self) -> bool:
        """Whether it is a write."""
        return self.direction is Direction.WRITE


AccessOperation = Read | Write | WriteRom | Load | Store | AskWhetherValid
