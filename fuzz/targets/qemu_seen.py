"""What the agent inside QEMU tells, a line's words each, in neutral words."""

from collections.abc import Callable

from fuzz.access_seen import DeviceCallSeen, DmaSeen, FoundSeen, MappedSeen
from fuzz.callbacks import CallbackSeen, EventfdSeen
from fuzz.observation import RangeSeen

NameOf = Callable[[str, str], str | None]
"""The name of what has a number, by what it is; None for what is not the scenario's."""


def call_seen(name_of: NameOf, words: list[str]) -> CallbackSeen:
    """A line about a listener's call in neutral words."""
    listener, callback, *rest = words
    name = str(name_of("listener", listener))
    if not rest:
        return CallbackSeen(name, callback)
    view, *rest = rest
    if callback.startswith("eventfd"):
        start, size, match, data, notifier = map(int, rest)
        eventfd = EventfdSeen(start, size, notifier, data if match else None)
        return CallbackSeen(name, callback, int(view), eventfd=eventfd)
    region, offset, start_of, size_of_section, readonly, nonvolatile, *pair = rest
    section = RangeSeen(
        str(name_of("region", region)),
        int(offset),
        int(start_of),
        size_of(size_of_section),
        0,
        True,
        readonly == "1",
        nonvolatile == "1",
        False,
    )
    seen = CallbackSeen(name, callback, int(view), section)
    if not pair:
        return seen
    both = (int(pair[0]), int(pair[1]))
    if callback.startswith("log"):
        return seen._replace(masks=both)
    return seen._replace(addresses=both)


def map_seen(name_of: NameOf, words: list[str]) -> MappedSeen | None:
    """A line about what is mapped in neutral words; None if nothing is."""
    is_mapped, length, region, offset = words
    name = name_of("region", region)
    return MappedSeen(int(length), name, int(offset)) if is_mapped == "1" else None


def found(name_of: NameOf, words: list[str]) -> FoundSeen | None:
    """A line about what was found in neutral words; None if nothing was."""
    if not words:
        return None
    region, offset, start, size, readonly, nonvolatile = words
    return FoundSeen(
        str(name_of("region", region)),
        int(offset),
        int(start),
        size_of(size),
        readonly == "1",
        nonvolatile == "1",
    )


def device_call(name_of: NameOf, words: list[str]) -> DeviceCallSeen | DmaSeen:
    """A line about a device's callback, or its own access, in neutral words."""
    kind, region, verb, *rest = words
    name = str(name_of("region", region))
    if kind == "dma":
        space, address, result, depth, *data = rest
        return DmaSeen(
            name,
            str(name_of("space", space)),
            int(address),
            verb == "writes",
            bytes.fromhex("".join(data)),
            int(result),
            int(depth),
        )
    offset, size, value, result, depth = rest
    return DeviceCallSeen(
        name,
        int(offset),
        int(size),
        int(value),
        verb == "writes",
        int(result),
        int(depth),
    )


def size_of(word: str) -> int:
    """A size of up to 2^64 bytes, of which the agent writes the low 64 bits and a sign for more."""
    return (1 << 64) + int(word[:-1]) if word.endswith("+") else int(word)
