"""The edge cases that inputs should come to, by name: of operations, of settings, of what is built.

Those of operations and settings are looked for in every execution; those of what is built, only in
the executions that are looked at closely.
"""

from collections.abc import Callable, Iterable, Iterator
from itertools import combinations
from typing import Any, NamedTuple

from fuzz.operands import ADDRESS_SPACE_SIZE as TOP
from fuzz.operands import Length
from fuzz.operations import AddSubregion, CreateRegion, Property, SetProperty
from fuzz.operations_access import Fill, Load, Read, ReadConstant, Store, Write, WriteRom
from fuzz.operations_guest import GuestLoad, GuestRead, GuestStore, GuestWrite
from fuzz.operations_mapping import Find, Map
from fuzz.targets.interface import Settings
from fuzz.targets.model import ModelTarget
from model.region import Region

HALF = TOP >> 1
"""From here on, a number that is added mod 2^64 is negative."""


class EdgeCase(NamedTuple):
    """An edge case of one type of operation: its name, and whether an operation is one."""

    name: str
    holds: Callable[[Any], bool]


def _end(operation: Any) -> int:
    """Where an access ends, before anything wraps."""
    length = getattr(operation, "length", None)
    if length is None:
        data = getattr(operation, "data", None)
        length = operation.size.bytes if data is None else len(data)
    return int(operation.address) + int(length)


EMPTY_ACCESS, LONG_ACCESS, WRAPPING_ACCESS = (
    "access of 0 bytes",
    "access of 2^32 bytes",
    "access that passes 2^64",
)
_WRAPS = EdgeCase(WRAPPING_ACCESS, lambda one: _end(one) > TOP)
_EMPTY = EdgeCase(EMPTY_ACCESS, lambda one: one.length == 0)
_LONG = EdgeCase(LONG_ACCESS, lambda one: one.length == Length.NO_STEP)

OF_OPERATIONS: dict[type, tuple[EdgeCase, ...]] = {
    CreateRegion: (
        EdgeCase("region of 0 bytes", lambda one: one.size == 0),
        EdgeCase("region of 2^64 bytes", lambda one: one.size == TOP),
        EdgeCase("alias offset of 2^63 or more", lambda one: one.alias_offset >= HALF),
    ),
    AddSubregion: (
        EdgeCase("address of 2^63 or more", lambda one: one.addr >= HALF),
        EdgeCase("negative priority", lambda one: one.priority < 0),
    ),
    SetProperty: (
        EdgeCase(
            "region resized to 0 or 2^64",
            lambda one: one.property is Property.SIZE and one.value in (0, TOP),
        ),
    ),
    **dict.fromkeys((Read, ReadConstant, GuestRead), (_EMPTY, _LONG, _WRAPS)),
    **dict.fromkeys((Fill, Map), (_EMPTY, _WRAPS)),
    **dict.fromkeys((Write, WriteRom, GuestWrite, Load, Store, GuestLoad, GuestStore), (_WRAPS,)),
    Find: (EdgeCase("search for 0 bytes", lambda one: one.size == 0),),
}
"""The edge cases of operations that took effect."""


def of_settings(settings: Settings) -> Iterator[str]:
    """The edge cases of a machine."""
    usual = Settings()
    if settings.big_endian:
        yield "big-endian target"
    if settings.fuzzing:
        yield "fuzzing build"
    if settings.page_bits != usual.page_bits:
        yield "pages of another size"
    if settings.flavour != usual.flavour:
        yield settings.flavour
    if settings.contract != usual.contract:
        yield "older contract"


BUSY = "view of two ranges or more"
BUILT = (
    BUSY,
    "siblings that tie",
    "region that ends behind 2^64",
    "alias of an alias",
    "view that is not of the root",
    "range up to 2^64",
    "divided page",
    "two spaces",
)
"""The edge cases of what is built."""


def of_topology(target: ModelTarget) -> Iterator[str]:
    """The edge cases of what there is in the end, each once."""
    topology = target.topology
    regions = topology.regions
    for region in regions.values():
        children = [regions[child] for child in region.subregions]
        if any(_tie(one, other) for one, other in combinations(children, 2)):
            yield "siblings that tie"
        if any(child.addr + child.size > TOP for child in children):
            yield "region that ends behind 2^64"
        if region.alias in regions and regions[region.alias].alias is not None:
            yield "alias of an alias"
    for root, view in topology.spaces.values():
        if len(view.ranges) > 1:
            yield BUSY
        if view.root not in (None, root):
            yield "view that is not of the root"
        if view.ranges and view.ranges[-1].start + view.ranges[-1].size == TOP:
            yield "range up to 2^64"
    if any(one.is_subpage for space in topology.spaces for one in target.sections(space)):
        yield "divided page"
    if len(topology.spaces) > 1:
        yield "two spaces"


def _tie(one: Region, other: Region) -> bool:
    """Whether two siblings overlap, and only the order in which they were added decides."""
    overlap = one.addr < other.addr + other.size and other.addr < one.addr + one.size
    return overlap and one.priority == other.priority and one.enabled and other.enabled


def names_for(operations: Iterable[type]) -> tuple[str, ...]:
    """The edge cases that some types of operations can come to; those of settings are not among."""
    own = (one.name for kind in operations for one in OF_OPERATIONS.get(kind, ()))
    return tuple(dict.fromkeys((*own, *BUILT)))
