"""How an access of guest memory ends in Rust: a value, an error with its payload, or a panic.

These are dataclasses where the rest of the specification has tuples: two tuples with the same
payload are equal, and two variants of an error must not be.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Generic, TypeVar

T = TypeVar("T")
U = TypeVar("U")


class IoErrorKind(Enum):
    """The kinds of `std::io::Error` that streams end with. Rules: V8."""

    OTHER = "Other"
    INTERRUPTED = "Interrupted"
    UNEXPECTED_EOF = "UnexpectedEof"
    WRITE_ZERO = "WriteZero"
    PERMISSION_DENIED = "PermissionDenied"


# --- Errors of guest memory --------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class InvalidGuestAddress:
    """No region has the byte at `address`, where the access would begin. Rules: V3, V4."""

    address: int


@dataclass(frozen=True, slots=True)
class IoFailed:
    """A source or sink failed; the crate calls this `IOError`. Rules: V8."""

    kind: IoErrorKind


@dataclass(frozen=True, slots=True)
class PartialBuffer:
    """Of `expected` bytes only `completed` were moved; those stay moved. Rules: V4, V8."""

    expected: int
    completed: int


@dataclass(frozen=True, slots=True)
class InvalidBackendAddress:
    """The region has not all the bytes, or they are misaligned. Rules: V2, V6, V7."""


@dataclass(frozen=True, slots=True)
class HostAddressNotAvailable:
    """The region is not mapped into the host's memory. Rules: V2, V10."""


@dataclass(frozen=True, slots=True)
class CallbackOutOfRange:
    """A callback claims to have handled more than what was left. Rules: V9."""


@dataclass(frozen=True, slots=True)
class GuestAddressOverflow:
    """The next address would lie beyond 2^64, where an access goes on only at 0. Rules: V14."""


@dataclass(frozen=True, slots=True)
class CannotResolve:
    """An IOMMU has no translation, or none that permits the access. Rules: V13."""

    base: int
    length: int


@dataclass(frozen=True, slots=True)
class Fragmented:
    """A range of one piece was wanted, and only its first bytes are one. Rules: V13."""

    base: int
    length: int
    continuous_length: int


@dataclass(frozen=True, slots=True)
class IommuMisconfigured:
    """An IOMMU cannot translate at all; the reason is for people. Rules: V13."""

    reason: str


@dataclass(frozen=True, slots=True)
class IommuFailed:
    """Translation failed, so nothing was accessed; the crate calls this `IommuError`. Rules: V13.

    `cause` says why.
    """

    cause: CannotResolve | Fragmented | IommuMisconfigured


GuestMemoryError = (
    InvalidGuestAddress
    | IoFailed
    | PartialBuffer
    | InvalidBackendAddress
    | HostAddressNotAvailable
    | CallbackOutOfRange
    | GuestAddressOverflow
    | IommuFailed
)
"""What an access by guest address ends with, where it fails."""


# --- Errors of slices --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class OutOfBounds:
    """`address` is the offset that the slice does not have: of a byte, or of an end. Rules: V11."""

    address: int


@dataclass(frozen=True, slots=True)
class Overflow:
    """The sum of `base` and `offset` does not fit 64 bits. Rules: V11."""

    base: int
    offset: int


@dataclass(frozen=True, slots=True)
class TooBig:
    """So many elements of that size are more than 2^63 - 1 bytes. Rules: V11."""

    elements: int
    size: int


@dataclass(frozen=True, slots=True)
class Misaligned:
    """An atomic access at a host address that its size does not divide.

    `address` is told from the start of the host mapping, which is page-aligned; the crate tells the
    pointer. Rules: V6, V11.
    """

    address: int
    alignment: int


VolatileMemoryError = OutOfBounds | Overflow | TooBig | Misaligned | IoFailed | PartialBuffer
"""What an access of a slice ends with, where it fails."""


# --- Errors of maps ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class NoMemoryRegion:
    """A collection of no regions, or no such region to remove. Rules: V1."""


@dataclass(frozen=True, slots=True)
class MemoryRegionOverlap:
    """Two neighbours share a byte. Rules: V1."""


@dataclass(frozen=True, slots=True)
class UnsortedMemoryRegions:
    """A region starts before the one in front of it. Rules: V1."""


@dataclass(frozen=True, slots=True)
class InvalidGuestRegion:
    """A region ends at or beyond 2^64; in 0.16 also: no such region to remove. Rules: V1."""


@dataclass(frozen=True, slots=True)
class MappingFailed:
    """The host does not map so many bytes, or its file is too short. Rules: V1."""


CollectionError = (
    NoMemoryRegion
    | MemoryRegionOverlap
    | UnsortedMemoryRegions
    | InvalidGuestRegion
    | MappingFailed
)
"""What making a map of regions ends with, where it fails."""


@dataclass(frozen=True, slots=True)
class IotlbFails:
    """What of a range has no translation, and what has one that does not permit the access.

    Each is a (base, length), cut to the range. Rules: V13.
    """

    misses: tuple[tuple[int, int], ...]
    access_fails: tuple[tuple[int, int], ...]


AnyError = GuestMemoryError | VolatileMemoryError | CollectionError | IotlbFails


# --- Outcomes ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Ok(Generic[T]):
    """Success, and what it gives. Rules: V4."""

    value: T


@dataclass(frozen=True, slots=True)
class Err:
    """Failure, as an error that the caller is given. Rules: V4."""

    error: AnyError


@dataclass(frozen=True, slots=True)
class Panics:
    """The crate stops the thread: an overflow check, an assertion, or an `unwrap` of nothing.

    `message` is what it says, or a part of that. Rules: V2, V6, V13.
    """

    message: str


Outcome = Ok[T] | Err | Panics

UNWRAPPED_NOTHING = Panics("called `Option::unwrap()` on a `None` value")
ADD_OVERFLOWS = Panics("attempt to add with overflow")
SUBTRACT_OVERFLOWS = Panics("attempt to subtract with overflow")
SLICE_HAS_WRONG_LENGTH = Panics("get_slice() returned a slice with wrong length")


def then(outcome: Outcome[T], step: Callable[[T], Outcome[U]]) -> Outcome[U]:
    """Go on from a success; a failure or a panic stays what it is. Rules: V4."""
    return step(outcome.value) if isinstance(outcome, Ok) else outcome


def as_guest_error(outcome: Outcome[T]) -> Outcome[T]:
    """An outcome of a slice as guest memory tells it: bounds and alignment become one error.

    Failures of streams and partial moves pass through. Rules: V2, V11.
    """
    if isinstance(outcome, Err) and isinstance(
        outcome.error, OutOfBounds | Overflow | TooBig | Misaligned
    ):
        return Err(InvalidBackendAddress())
    return outcome


def whole(outcome: Outcome[int], expected: int) -> Outcome[None]:
    """What an access that must move all bytes makes of how many were moved. Rules: V4, V8."""
    return then(
        outcome,
        lambda moved: Ok(None) if moved == expected else Err(PartialBuffer(expected, moved)),
    )
