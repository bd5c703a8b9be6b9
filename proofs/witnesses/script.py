"""What embeddings are written with: the values of a counterexample, and lines of scenarios."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from fuzz.parse import parse
from fuzz.scenario import Scenario, ScenarioError
from model.address_range import ADDRESS_SPACE_SIZE
from model.view import FlatRange
from proofs.results import in_hex

LAST_ADDRESS = ADDRESS_SPACE_SIZE - 1
MOST_BYTES = 0x1000
"""How many bytes an access of a scenario may write."""


class CannotEmbed(Exception):
    """Values that no scenario has; the message says why."""


class Values:
    """The values of a counterexample by name, and the obligation that they refute."""

    def __init__(
        self, obligation: str, values: Mapping[str, int | bool], shown: Mapping[str, object]
    ) -> None:
        """`shown` may be in the domain's types or plain data, and is made plain."""
        self.obligation = obligation
        self.values = values
        self.shown: dict[str, Any] = {name: in_hex(value) for name, value in shown.items()}

    def __contains__(self, name: str) -> bool:
        return name in self.values

    def number(self, name: str, otherwise: int = 0) -> int:
        """A number."""
        return int(self.values.get(name, otherwise))

    def flag(self, name: str) -> bool:
        """A truth value."""
        return bool(self.values.get(name, False))

    def bytes(self, name: str) -> list[int]:
        """The numbers of a row: `name[0]`, `name[1]` and so on, or `name` alone."""
        row = [f"{name}[{index}]" for index in range(64)]
        return [self.number(one) for one in row if one in self] or (
            [self.number(name)] if name in self else []
        )

    def has_range(self, name: str) -> bool:
        """Whether there is a flat range of that name."""
        return f"{name}.start" in self and f"{name}.region" in self

    def range(self, name: str) -> FlatRange:
        """A flat range."""
        return FlatRange(
            region=f"region{self.number(f'{name}.region')}",
            offset=self.number(f"{name}.offset"),
            start=self.number(f"{name}.start"),
            size=self.number(f"{name}.size"),
            dirty_log_mask=self.number(f"{name}.dirty_log_mask"),
            romd_mode=self.flag(f"{name}.romd_mode"),
            readonly=self.flag(f"{name}.readonly"),
            nonvolatile=self.flag(f"{name}.nonvolatile"),
            unmergeable=self.flag(f"{name}.unmergeable"),
        )

    def ranges(self, *names: str) -> list[FlatRange]:
        """All flat ranges of these names, also of rows: `name[0]`, `name[1]` and so on."""
        candidates = [
            one for name in names for one in (name, *(f"{name}[{place}]" for place in range(8)))
        ]
        return [self.range(one) for one in candidates if self.has_range(one)]

    @property
    def page_bits(self) -> int:
        """The page size that the obligation is about, as a power of two; 12 if it says none."""
        found = re.search(r"pages? of 2\^(\d+) bytes", self.obligation)
        return int(found[1]) if found else 12


class Candidate(NamedTuple):
    """A scenario that may witness a counterexample, and whether it has just its values.

    Without them, `note` says what was changed.
    """

    lines: tuple[str, ...]
    note: str = ""

    @property
    def is_exact(self) -> bool:
        """Whether it has the counterexample's own values."""
        return not self.note

    def scenario(self) -> Scenario:
        """The scenario itself. Raises CannotEmbed if the values do not fit the format."""
        try:
            scenario = parse("\n".join(self.lines))
        except ScenarioError as error:
            raise CannotEmbed(error.message) from error
        return scenario


Embedding = Callable[[Values], Iterator[Candidate]]
"""Candidates for a counterexample, the likeliest first. May raise CannotEmbed."""


def size_text(size: int) -> str:
    """A region's size as a scenario has it. Raises CannotEmbed for 2^64 - 1, which QEMU has not."""
    if size == LAST_ADDRESS or not 0 <= size <= ADDRESS_SPACE_SIZE:
        raise CannotEmbed(f"no region has {size:#x} bytes (M2)")
    return "2^64" if size == ADDRESS_SPACE_SIZE else f"{size:#x}"


def on(value: bool) -> str:
    """A switch as a scenario has it."""
    return "on" if value else "off"


def pattern(length: int) -> str:
    """Bytes that differ from their neighbours, to be written."""
    return bytes(1 + index % 255 for index in range(length)).hex()


def touch(address: int, length: int, space: str = "memory", attributes: str = "") -> list[str]:
    """Accesses of all kinds that reach `length` bytes at an address, and look-ups.

    What is longer than an access can be is left out.
    """
    if not 0 <= address <= LAST_ADDRESS or not 1 <= length <= 1 << 32:
        return []
    with_ = f" with {attributes}" if attributes else ""
    place = f"{space} {address:#x}"
    lines = [f"lookup {place}"]
    if length > MOST_BYTES:
        return [*lines, f"access-valid {place} {length:#x} read{with_}"]
    lines += [f"write {place} {pattern(length)}{with_}", f"read {place} {length:#x}{with_}"]
    for size in (1, 2, 4, 8) if length in (1, 2, 4, 8) else ():
        if size == length:
            for order in ("little", "big"):
                lines.append(f"load {place} {size} {order}{with_}")
                lines.append(f"store {place} {0x1122334455667788:#x} {size} {order}{with_}")
    lines += [f"access-valid {place} {length:#x} {one}{with_}" for one in ("read", "write")]
    return [*lines, *touch_as_guest(address, length, space)]


def touch_as_guest(address: int, length: int, space: str = "memory") -> list[str]:
    """The same as rust-vmm's guest memory has it."""
    if not 0 <= address <= LAST_ADDRESS or length > MOST_BYTES:
        return []
    place = f"{space} {address:#x}"
    lines = [f"guest-write {place} {pattern(length)}", f"guest-read {place} {length:#x}"]
    lines.append(f"guest-find-region {place}")
    if length in (1, 2, 4, 8):
        for order in ("little", "big"):
            lines.append(f"guest-load {place} {length} {order}")
            lines.append(f"guest-store {place} {0x1122334455667788:#x} {length} {order}")
    lines.append(f"guest-get-slices {place} {length:#x}")
    return lines


def machine(*lines: str, page_bits: int = 12, settings: Sequence[str] = ()) -> tuple[str, ...]:
    """The lines of a scenario that fills one container, of all addresses.

    An empty container beside what fills it keeps R9 from rendering another root instead. The build
    calls a hook for each read, so that it is seen what that is told.
    """
    if not 1 <= page_bits <= 32:
        raise CannotEmbed(f"no target has pages of 2^{page_bits} bytes here")
    return (
        *settings,
        f"page-bits {page_bits}",
        "build fuzzing",
        "container system 2^64",
        "container beside 0x0",
        "add system beside at 0x0 priority -1",
        *lines,
    )


IOMMU_PAGE_BITS = (4, 8, 12, 21, 64)
"""The sizes that a scenario's IOMMU has pages of."""


def page_sizes(bits: int) -> list[tuple[int, str]]:
    """The page size itself, or if no scenario has it, all others, the nearest first."""
    if bits in IOMMU_PAGE_BITS:
        return [(bits, "")]
    nearest = sorted(IOMMU_PAGE_BITS, key=lambda one: abs(one - bits))
    return [
        (one, f"the IOMMU's pages have 2^{one} bytes, as none have 2^{bits}") for one in nearest
    ]
