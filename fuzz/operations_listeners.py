"""The operations of listeners, and of what they are told besides views."""

from dataclasses import dataclass
from enum import Enum
from typing import Annotated

from fuzz.operands import Choice, Name, Number, Switch
from fuzz.syntax import syntax

REGION = Name("region")
SPACE = Name("space")


class EventfdSize(Enum):
    """How many bytes an ioeventfd's writes have; 0 stands for any number. Rules: T10."""

    ANY = "0"
    ONE = "1"
    TWO = "2"
    FOUR = "4"
    EIGHT = "8"

    @property
    def bytes(self) -> int:
        """The number itself."""
        return int(self.value)


class WriteSize(Enum):
    """How many bytes a write that reaches a device has. Rules: A7."""

    ONE = "1"
    TWO = "2"
    FOUR = "4"
    EIGHT = "8"

    @property
    def bytes(self) -> int:
        """The number itself."""
        return int(self.value)


class Notifier(Enum):
    """What an ioeventfd signals; notifiers are sorted by number. Rules: T10."""

    FIRST = "1"
    SECOND = "2"
    THIRD = "3"
    FOURTH = "4"

    @property
    def number(self) -> int:
        """The number itself."""
        return int(self.value)


@syntax("listener {name} of {space} [priority {priority}] [eventfds {eventfds}]", weight=2)
@dataclass(frozen=True, slots=True)
class RegisterListener:
    """Have a listener told of a space, and of ioeventfds if it asks for them. Rules: T2, T7."""

    name: Annotated[str, Name("listener", new=True)]
    space: Annotated[str, SPACE]
    priority: Annotated[int, Number(high=(1 << 32) - 1, decimal=True)] = 0
    eventfds: Annotated[bool, Switch()] = False


@syntax("unlisten {name}")
@dataclass(frozen=True, slots=True)
class UnregisterListener:
    """Have a listener forget its space, and remove it. Rules: T7, L6."""

    name: Annotated[str, Name("listener")]


@syntax("coalesce {region} at {offset} size {size}")
@dataclass(frozen=True, slots=True)
class AddCoalescing:
    """Let writes to some bytes of a region be collected. Rules: T7."""

    region: Annotated[str, REGION]
    offset: Annotated[int, Number()]
    size: Annotated[int, Number()]


@syntax("coalesce-all {region}")
@dataclass(frozen=True, slots=True)
class SetCoalescing:
    """Let all writes to a region be collected, instead of those to some bytes. Rules: T7."""

    region: Annotated[str, REGION]


@syntax("uncoalesce {region}")
@dataclass(frozen=True, slots=True)
class ClearCoalescing:
    """Let no writes to a region be collected. Rules: T7."""

    region: Annotated[str, REGION]


@syntax("add-eventfd {region} at {offset} size {size} notifier {notifier} [data {data}]", weight=2)
@dataclass(frozen=True, slots=True)
class AddEventfd:
    """Have writes to a region signal a notifier: those of `data`, or of any. Rules: T10."""

    region: Annotated[str, REGION]
    offset: Annotated[int, Number()]
    size: Annotated[EventfdSize, Choice(EventfdSize)]
    notifier: Annotated[Notifier, Choice(Notifier)]
    data: Annotated[int | None, Number()] = None


@syntax("del-eventfd {region} at {offset} size {size} notifier {notifier} [data {data}]")
@dataclass(frozen=True, slots=True)
class DelEventfd:
    """Take back an ioeventfd of a region. Rules: T10."""

    region: Annotated[str, REGION]
    offset: Annotated[int, Number()]
    size: Annotated[EventfdSize, Choice(EventfdSize)]
    notifier: Annotated[Notifier, Choice(Notifier)]
    data: Annotated[int | None, Number()] = None


@syntax("signals {region} at {offset} size {size} data {data}", shows=True)
@dataclass(frozen=True, slots=True)
class ObserveSignal:
    """Which notifier a write signals that is dispatched to a region. Rules: A10, T10."""

    region: Annotated[str, REGION]
    offset: Annotated[int, Number()]
    size: Annotated[WriteSize, Choice(WriteSize)]
    data: Annotated[int, Number()]

    @property
    def is_possible(self) -> bool:
        """Whether the data has no more bytes than the write."""
        return self.data < 1 << 8 * self.size.bytes


@syntax("global-log {on} [for {reasons}]")
@dataclass(frozen=True, slots=True)
class SetGlobalLog:
    """Log all writes, or no longer, for reasons 1, 2 and 4, or a sum of them. Rules: T7."""

    on: Annotated[bool, Switch()]
    reasons: Annotated[int, Number(1, 7, decimal=True)] = 1


@syntax("events", shows=True)
@dataclass(frozen=True, slots=True)
class ObserveEvents:
    """Look at all that listeners have been called with since the last look. Rules: T2-T7."""


ListenerOperation = (
    RegisterListener
    | UnregisterListener
    | AddCoalescing
    | SetCoalescing
    | ClearCoalescing
    | AddEventfd
    | DelEventfd
    | ObserveSignal
    | SetGlobalLog
    | ObserveEvents
)
