"""The operations that attach devices and IOMMUs to regions, and that say what these do."""

from dataclasses import dataclass
from enum import Enum
from typing import Annotated

from fuzz.operands import Choice, Count, Data, Name, Number
from fuzz.syntax import syntax

DEVICE = Name("region", likely="device")
CALLED = Name("region", likely="called")
SPACE = Name("space")
ACCESS_SIZE = Number(high=8, decimal=True)
MOST_PRESET = 64


class ByteOrder(Enum):
    """In which order a value's bytes lie; native is the target's, which is little. Rules: A8."""

    NATIVE = "native"
    LITTLE = "little"
    BIG = "big"


class SizesOf(Enum):
    """What sizes are said of: the accesses that are let in, or the callbacks. Rules: A6, A7."""

    VALID = "valid"
    IMPL = "impl"


class Alignment(Enum):
    """Whether an offset must be a multiple of the size. Rules: A1, A6."""

    ALIGNED = "aligned"
    UNALIGNED = "unaligned"


class Refused(Enum):
    """Which accesses the accepts hook says no to. Rules: A6."""

    READS = "reads"
    WRITES = "writes"
    BOTH = "accesses"


class RefusedSize(Enum):
    """Of how many bytes they are. Rules: A6."""

    ANY = "any"
    ONE = "1"
    TWO = "2"
    FOUR = "4"
    EIGHT = "8"

    @property
    def bytes(self) -> int | None:
        """The number itself; None for any."""
        return None if self is RefusedSize.ANY else int(self.value)


# --- Devices ----------------------------------------------------------------------------------


@syntax("device {region} {order}", weight=4)
@dataclass(frozen=True, slots=True)
class AttachDevice:
    """Give an i/o region or a ROM device a new device, which keeps what is written. Rules: M1.

    A ROM device has one of native order from the start, since none can be made without.
    """

    region: Annotated[str, CALLED]
    order: Annotated[ByteOrder, Choice(ByteOrder)]


@syntax("{what} {region} {least} to {most} {alignment}", weight=3)
@dataclass(frozen=True, slots=True)
class SetAccessSizes:
    """Say which sizes of accesses a device lets in, or of callbacks it has. Rules: A1, A6, A7.

    0 is the default: without a maximum, callbacks have at most 4 bytes, and all accesses are let
    in. `unaligned` stands for QEMU's flag of that name.
    """

    what: Annotated[SizesOf, Choice(SizesOf)]
    region: Annotated[str, DEVICE]
    least: Annotated[int, ACCESS_SIZE]
    most: Annotated[int, ACCESS_SIZE]
    alignment: Annotated[Alignment, Choice(Alignment)]


@syntax("answers {region} {base} [per-offset {per_offset}]")
@dataclass(frozen=True, slots=True)
class AnswerByFormula:
    """From now on, answer reads with base + offset * per_offset mod 2^64; ignore writes.

    Rules: A4.
    """

    region: Annotated[str, DEVICE]
    base: Annotated[int, Number()]
    per_offset: Annotated[int, Number()] = 0


@syntax("fail {region} {callback}")
@dataclass(frozen=True, slots=True)
class FailCallback:
    """Have a device's callback of this number end in an error.

    They are numbered from 0, reads and writes together. One that fails stores nothing, and delivers
    what it reads all the same. Rules: A4.
    """

    region: Annotated[str, DEVICE]
    callback: Annotated[int, Number(high=15, decimal=True)]


@syntax(
    "refuse {region} {what} of {access_size} from {start} size {size} [after {callbacks} callbacks]"
)
@dataclass(frozen=True, slots=True)
class RefuseAccesses:
    """Have a device's accepts hook say no to accesses that begin in some bytes.

    At once, or when the device has had that many callbacks. Rules: A6, P17.
    """

    region: Annotated[str, DEVICE]
    what: Annotated[Refused, Choice(Refused)]
    access_size: Annotated[RefusedSize, Choice(RefusedSize)]
    start: Annotated[int, Number()]
    size: Annotated[int, Number()]
    callbacks: Annotated[int, Count(high=7, decimal=True)] = 0


@syntax("preset {region} at {offset} {data}")
@dataclass(frozen=True, slots=True)
class PresetBytes:
    """Put bytes into what a device keeps, from an offset on, without an access.

    So a scenario says what a real device answered. One that answers by a formula keeps nothing.
    Rules: A4, A7, P10.
    """

    region: Annotated[str, DEVICE]
    offset: Annotated[int, Number()]
    data: Annotated[bytes, Data(MOST_PRESET)]


# --- IOMMUs -----------------------------------------------------------------------------------


class PageBits(Enum):
    """The base-two logarithm of the size of an IOMMU's page; 64 is all addresses. Rules: X2."""

    FEW = "4"
    SOME = "8"
    PAGE = "12"
    LARGE = "21"
    ALL = "64"

    @property
    def number(self) -> int:
        """The number itself."""
        return int(self.value)


class Permission(Enum):
    """What an IOMMU's page allows. Rules: X2."""

    NONE = "none"
    READ = "read"
    WRITE = "write"
    BOTH = "read-write"

    @property
    def reads(self) -> bool:
        """Whether the page can be read."""
        return self in (Permission.READ, Permission.BOTH)

    @property
    def writes(self) -> bool:
        """Whether the page can be written."""
        return self in (Permission.WRITE, Permission.BOTH)


IOMMU = Name("region", likely="iommu")


class Table(Enum):
    """Of which accesses an IOMMU's table is; secure ones need none of their own. Rules: X2."""

    NORMAL = "normal"
    SECURE = "secure"


TABLE = Choice(Table, often=("normal",))


@syntax(
    "iommu-map {iommu} {iova} to {space} {address} page-bits {page_bits} [table {table}]", weight=4
)
@dataclass(frozen=True, slots=True)
class MapPage:
    """Have an IOMMU send the page around an offset on, for reading and writing. Rules: X2.

    Of pages that overlap, the one mapped first counts. Secure accesses use the secure table once
    there is a page in it.
    """

    iommu: Annotated[str, IOMMU]
    iova: Annotated[int, Number()]
    space: Annotated[str, SPACE]
    address: Annotated[int, Number()]
    page_bits: Annotated[PageBits, Choice(PageBits)]
    table: Annotated[Table, TABLE] = Table.NORMAL


@syntax("iommu-permit {iommu} {iova} {permission} [table {table}]", weight=2)
@dataclass(frozen=True, slots=True)
class PermitPage:
    """Change what the page around an offset of an IOMMU allows. Rules: X2."""

    iommu: Annotated[str, IOMMU]
    iova: Annotated[int, Number()]
    permission: Annotated[Permission, Choice(Permission)]
    table: Annotated[Table, TABLE] = Table.NORMAL


DeviceOperation = (
    AttachDevice
    | SetAccessSizes
    | AnswerByFormula
    | FailCallback
    | RefuseAccesses
    | PresetBytes
    | MapPage
    | PermitPage
)
