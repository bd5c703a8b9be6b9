"""How an access of guest memory fails: one exception, whose variants are those of rust-vmm's."""

from __future__ import annotations

from enum import Enum

from impl.errors import MemoryMapError


class Variant(Enum):
    """What went wrong, by its name in the crate. Rules: F8."""

    INVALID_GUEST_ADDRESS = "InvalidGuestAddress"
    IO_ERROR = "IOError"
    PARTIAL_BUFFER = "PartialBuffer"
    INVALID_BACKEND_ADDRESS = "InvalidBackendAddress"
    HOST_ADDRESS_NOT_AVAILABLE = "HostAddressNotAvailable"
    CALLBACK_OUT_OF_RANGE = "CallbackOutOfRange"
    GUEST_ADDRESS_OVERFLOW = "GuestAddressOverflow"


class IoKind(Enum):
    """What an `IOError` is about, by its name in Rust's `ErrorKind`. Rules: F8."""

    OTHER = "Other"
    PERMISSION_DENIED = "PermissionDenied"
    INTERRUPTED = "Interrupted"
    WRITE_ZERO = "WriteZero"


class GuestMemoryError(Exception):
    """An access that moved nothing, or not all that had to be moved.

    `address` is that of the first byte that failed, for InvalidGuestAddress; `kind` is of an
    IOError; of a PartialBuffer, `completed` of `expected` bytes were moved, and stay so.
    Rules: F6, F7, F8.
    """

    def __init__(
        self,
        variant: Variant,
        address: int | None = None,
        kind: IoKind | None = None,
        expected: int | None = None,
        completed: int | None = None,
    ) -> None:
        payload = [] if address is None else [f"{address:#x}"]
        payload += [] if kind is None else [kind.value]
        payload += [] if expected is None else [f"{completed} of {expected} bytes"]
        super().__init__(": ".join([variant.value, *payload]))
        self.variant = variant
        self.address = address
        self.kind = kind
        self.expected = expected
        self.completed = completed


class GuardReleased(MemoryMapError):
    """A use of a guard that was dropped: what it kept may be gone. Rules: F24."""


def invalid_address(address: int) -> GuestMemoryError:
    """Nothing answers at this address. Rules: F5, F7."""
    return GuestMemoryError(Variant.INVALID_GUEST_ADDRESS, address)


def invalid_backend() -> GuestMemoryError:
    """What is there does not take the access, or could make no progress. Rules: F20, F22."""
    return GuestMemoryError(Variant.INVALID_BACKEND_ADDRESS)


def no_host_address() -> GuestMemoryError:
    """What is there is no memory that the host could point to. Rules: F16."""
    return GuestMemoryError(Variant.HOST_ADDRESS_NOT_AVAILABLE)


def io_error(kind: IoKind) -> GuestMemoryError:
    """A device, a source or a sink failed. Rules: F8."""
    return GuestMemoryError(Variant.IO_ERROR, kind=kind)


def check_whole(moved: int, expected: int) -> None:
    """Raise GuestMemoryError, a PartialBuffer, unless all was moved. Rules: F6."""
    if moved != expected:
        raise GuestMemoryError(Variant.PARTIAL_BUFFER, expected=expected, completed=moved)
