"""The operations by which devices access memory from their callbacks, and are guarded from that."""

from dataclasses import dataclass
from typing import Annotated

from fuzz.operands import Count, Data, Name, Number, Switch
from fuzz.operations_access import ATTRIBUTES, Attributes
from fuzz.syntax import syntax

DEVICE = Name("region", likely="device")
SPACE = Name("space")
CALLBACK = Count(high=7, decimal=True)
MOST_BYTES = 0x40


@syntax("reentrancy-guard {region} {guarded}", weight=2)
@dataclass(frozen=True, slots=True)
class SetReentrancyGuard:
    """Guard a region's device, which it is at first, or not. Rules: A9.

    The guard is that of the device object which owns the region (`own`): while one of its regions
    is in a callback, all of them refuse accesses. A region without owner has none.
    """

    region: Annotated[str, DEVICE]
    guarded: Annotated[bool, Switch()]


@syntax(
    "dma-read {region} {space} {address} {length} [in callback {callback}] [with {attributes}]",
    weight=3,
)
@dataclass(frozen=True, slots=True)
class ReadFromCallback:
    """Have a device's callbacks begin by reading, through a space; all, or that number. Rules: A9.

    What is programmed first comes first. Callbacks are numbered as for `fail`.
    """

    region: Annotated[str, DEVICE]
    space: Annotated[str, SPACE]
    address: Annotated[int, Number()]
    length: Annotated[int, Number(high=MOST_BYTES)]
    callback: Annotated[int | None, CALLBACK] = None
    attributes: Annotated[Attributes, ATTRIBUTES] = Attributes.UNSPECIFIED


@syntax(
    "dma-write {region} {space} {address} {data} [in callback {callback}] [with {attributes}]",
    weight=3,
)
@dataclass(frozen=True, slots=True)
class WriteFromCallback:
    """Have a device's callbacks begin by writing, through a space; all, or that number. Rules: A9.

    What is programmed first comes first. Callbacks are numbered as for `fail`.
    """

    region: Annotated[str, DEVICE]
    space: Annotated[str, SPACE]
    address: Annotated[int, Number()]
    data: Annotated[bytes, Data(MOST_BYTES)]
    callback: Annotated[int | None, CALLBACK] = None
    attributes: Annotated[Attributes, ATTRIBUTES] = Attributes.UNSPECIFIED


ReentryOperation = SetReentrancyGuard | ReadFromCallback | WriteFromCallback
