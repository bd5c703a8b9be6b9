"""The operations that access memory through address spaces."""

from dataclasses import dataclass
from enum import Enum
from typing import Annotated

from fuzz.operands import Choice, Count, Data, Length, Name, Number
from fuzz.operations_devices import ByteOrder
from fuzz.syntax import syntax

SPACE = Name("space")
LENGTH = Length(high=Length.NO_STEP)
MOST_BYTES = 0x1000
MOST_FILLED = 0x400


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


class Attributes(Enum):
    """What an access says of itself. Rules: A2, X2, X5.

    `memory`: only RAM may answer. `debug`: it writes to ROM as well. `secure`: an IOMMU may have a
    table of its own for it.
    """

    UNSPECIFIED = "unspecified"
    MEMORY = "memory"
    DEBUG = "debug"
    SECURE = "secure"
    MEMORY_DEBUG = "memory+debug"
    MEMORY_SECURE = "memory+secure"
    DEBUG_SECURE = "debug+secure"
    ALL = "memory+debug+secure"

    @property
    def memory(self) -> bool:
        """Whether only RAM may answer."""
        return "memory" in self.value

    @property
    def debug(self) -> bool:
        """Whether it is a debugger's."""
        return "debug" in self.value

    @property
    def secure(self) -> bool:
        """Whether it is secure."""
        return "secure" in self.value


ATTRIBUTES = Choice(Attributes, often=("unspecified",))


@syntax("read {space} {address} {length} [with {attributes}]", weight=5, shows=True)
@dataclass(frozen=True, slots=True)
class Read:
    """Read bytes through an address space. Rules: X1, X4, X5, A1-A8."""

    space: Annotated[str, SPACE]
    address: Annotated[int, Number()]
    length: Annotated[int, LENGTH]
    attributes: Annotated[Attributes, ATTRIBUTES] = Attributes.UNSPECIFIED


@syntax("write {space} {address} {data} [with {attributes}]", weight=5, shows=True)
@dataclass(frozen=True, slots=True)
class Write:
    """Write bytes through an address space. Rules: X1, X4, X5, A1-A8, A10."""

    space: Annotated[str, SPACE]
    address: Annotated[int, Number()]
    data: Annotated[bytes, Data(MOST_BYTES)]
    attributes: Annotated[Attributes, ATTRIBUTES] = Attributes.UNSPECIFIED


@syntax("write-rom {space} {address} {data} [with {attributes}]", weight=2, shows=True)
@dataclass(frozen=True, slots=True)
class WriteRom:
    """Load bytes into RAM and ROM, as firmware is; aborts where the host is overrun. Rules: A13."""

    space: Annotated[str, SPACE]
    address: Annotated[int, Number()]
    data: Annotated[bytes, Data(MOST_BYTES)]
    attributes: Annotated[Attributes, ATTRIBUTES] = Attributes.UNSPECIFIED


@syntax("load {space} {address} {size} {order} [with {attributes}]", weight=3, shows=True)
@dataclass(frozen=True, slots=True)
class Load:
    """Load an integer in a byte order. Rules: A8, A11."""

    space: Annotated[str, SPACE]
    address: Annotated[int, Number()]
    size: Annotated[IntegerSize, Choice(IntegerSize)]
    order: Annotated[ByteOrder, Choice(ByteOrder)]
    attributes: Annotated[Attributes, ATTRIBUTES] = Attributes.UNSPECIFIED


@syntax("store {space} {address} {value} {size} {order} [with {attributes}]", weight=3, shows=True)
@dataclass(frozen=True, slots=True)
class Store:
    """Store an integer in a byte order; of a larger value, the low bytes. Rules: A8, A11."""

    space: Annotated[str, SPACE]
    address: Annotated[int, Number()]
    value: Annotated[int, Number()]
    size: Annotated[IntegerSize, Choice(IntegerSize)]
    order: Annotated[ByteOrder, Choice(ByteOrder)]
    attributes: Annotated[Attributes, ATTRIBUTES] = Attributes.UNSPECIFIED

    @property
    def stored(self) -> int:
        """The value, cut to the size."""
        return self.value & ((1 << 8 * self.size.bytes) - 1)


class Direction(Enum):
    """Which way an access would go. Rules: A12."""

    READ = "read"
    WRITE = "write"


@syntax(
    "access-valid {space} {address} {length} {direction} [with {attributes}]", weight=2, shows=True
)
@dataclass(frozen=True, slots=True)
class AskWhetherValid:
    """Ask whether devices would let an access in, which may differ from the access. Rules: A12."""

    space: Annotated[str, SPACE]
    address: Annotated[int, Number()]
    length: Annotated[int, LENGTH]
    direction: Annotated[Direction, Choice(Direction)]
    attributes: Annotated[Attributes, ATTRIBUTES] = Attributes.UNSPECIFIED

    @property
    def is_write(self) -> bool:
        """Whether it is a write."""
        return self.direction is Direction.WRITE


@syntax("read-constant {space} {address} {length} [with {attributes}]", weight=2, shows=True)
@dataclass(frozen=True, slots=True)
class ReadConstant:
    """Read a number of bytes that QEMU's compiler knows: at once if one section has them all.

    Nothing keeps that within the memory of a ROM device. Rules: A13.
    """

    space: Annotated[str, SPACE]
    address: Annotated[int, Number()]
    length: Annotated[int, LENGTH]
    attributes: Annotated[Attributes, ATTRIBUTES] = Attributes.UNSPECIFIED


@syntax("fill {space} {address} {length} {byte} [with {attributes}]", weight=2, shows=True)
@dataclass(frozen=True, slots=True)
class Fill:
    """Write one byte over and over, 512 times at once. Rules: A14."""

    space: Annotated[str, SPACE]
    address: Annotated[int, Number()]
    length: Annotated[int, Number(high=MOST_FILLED)]
    byte: Annotated[int, Count(high=255)]
    attributes: Annotated[Attributes, ATTRIBUTES] = Attributes.UNSPECIFIED


AccessOperation = Read | ReadConstant | Write | WriteRom | Fill | Load | Store | AskWhetherValid
