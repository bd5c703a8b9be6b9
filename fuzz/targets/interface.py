"""The interface of everything that a scenario can be run on."""

from collections.abc import Callable, Sequence
from typing import NamedTuple, Protocol

from fuzz.observation import SectionSeen, ViewSeen
from fuzz.operations import Operation

Lines = tuple[str, ...]
"""What an operation shows, in words that no target owns."""


class Settings(NamedTuple):
    """What a scenario says about the machine before its first operation.

    `flavour` is `current` or `qemu-7.2`; `page_bits` is the base-two logarithm of the page size.
    The target is little endian unless it is `big_endian`. A `fuzzing` build calls a hook (A16).
    `contract` is the version of rust-vmm's traits that guest memory is accessed by.
    """

    flavour: str = "current"
    page_bits: int = 12
    big_endian: bool = False
    fuzzing: bool = False
    contract: str = "0.18"


FLAVOURS = ("current", "qemu-7.2")
PAGE_BITS = range(1, 33)
CONTRACTS = ("0.18", "0.17-dev", "0.16")


def problem_of(settings: Settings) -> str:
    """What is wrong with settings; empty if nothing is."""
    if settings.flavour not in FLAVOURS:
        return f"flavour {settings.flavour!r} is not one of {', '.join(FLAVOURS)}"
    if settings.page_bits not in PAGE_BITS:
        bounds = f"{PAGE_BITS.start} to {PAGE_BITS.stop - 1}"
        return f"page_bits {settings.page_bits!r} is not within {bounds}"
    if settings.contract not in CONTRACTS:
        return f"contract {settings.contract!r} is not one of {', '.join(CONTRACTS)}"
    return ""


class Rejected(Exception):
    """The operation is impossible in the present topology. The target has not changed."""


class Aborted(Exception):
    """QEMU would abort at this operation. The target is of no further use. Rules: R7."""


class Unsupported(Exception):
    """The target cannot say what the operation does: it is not checked."""


class Faulted(Exception):
    """The target could not be asked, or what it answered makes no sense: nothing is known of it."""


class Target(Protocol):
    """One run of a memory map. Every method may raise Unsupported and Faulted."""

    @property
    def name(self) -> str:
        """What reports call the target."""

    def cannot(self, operation: Operation) -> str:
        """Why the target cannot carry out an operation as things are; empty if it can."""

    def apply(self, operation: Operation) -> Lines:
        """Carry out one operation; what it shows, line by line. Raises Rejected or Aborted."""

    def spaces(self) -> Sequence[str]:
        """The names of the address spaces, in order of creation."""

    def view_serial(self, space: str) -> int:
        """Which rendering the space has published: the number of views made up to it."""

    def view(self, space: str) -> ViewSeen:
        """The view that the space has published. Raises Rejected for an unknown space."""

    def sections(self, space: str) -> tuple[SectionSeen, ...]:
        """The dispatch sections of that view. Raises Rejected for an unknown space."""

    def lookup(self, space: str, address: int) -> SectionSeen:
        """The section that answers at an address. Raises Rejected for an unknown space."""

    def callbacks(self) -> Lines:
        """What listeners have been called with since this was last asked, a line a call."""


class ShowsMemory(Protocol):
    """What a target can have beside: its memory can be looked at without an access."""

    def contents(self, region: str, offset: int, length: int) -> bytes:
        """The bytes behind a region, as far as there are any; nothing is touched by it."""


TargetFactory = Callable[[Settings], Target]
