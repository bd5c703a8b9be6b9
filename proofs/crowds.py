"""Collections of any size, of which only what is asked for is known.

A crowd stands for any number of elements: who holds a view, what a thread has loaded, which
callbacks wait. What the code under proof may ask is whether, or how often, there is one of a kind;
it answers with inputs of the proof. It refuses every other question.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, cast

from model.references import Holder, HolderKind
from proofs.symbolic import UnsupportedOperation, any_of

ELSEWHERE = "elsewhere"
"""The name under which all holders of a kind are counted that are not spoken of."""


class Held:
    """All who hold one view or owner, in any order: how often each does."""

    def __init__(self, counts: Mapping[Holder, int]) -> None:
        self.counts = dict(counts)

    @property
    def total(self) -> int:
        """How many references they hold together."""
        return sum(self.counts.values())

    def count(self, holder: Holder) -> int:
        """How often this one holds."""
        return self.counts[holder]

    def __contains__(self, holder: object) -> bool:
        return bool(self.counts[cast(Holder, holder)] > 0)

    def __iter__(self) -> Iterator["SomeHolder"]:
        """One for all: enough to look for any of a kind."""
        return iter((SomeHolder(self),))

    def __add__(self, more: tuple[Holder, ...]) -> "Held":
        counts = dict(self.counts)
        for holder in more:
            counts[holder] += 1
        return Held(counts)

    def index(self, holder: Holder) -> "Place":
        """Where this one stands first, wherever that is."""
        return Place(self, holder)

    def __getitem__(self, part: slice) -> "Part":
        return Part(self, part.start, part.stop)


@dataclass(frozen=True)
class Place:
    """The place of a holder in a crowd, or the one after it."""

    held: Held
    holder: Holder
    after: bool = False

    def __add__(self, number: int) -> "Place":
        if number != 1 or self.after:
            raise UnsupportedOperation("only the place after a holder's is known")
        return Place(self.held, self.holder, after=True)


@dataclass(frozen=True)
class Part:
    """A crowd up to a place, or from it on; all but one holder is what both parts make up."""

    held: Held
    start: Place | None
    stop: Place | None

    def __add__(self, rest: "Part") -> Held:
        stop, start = self.stop, rest.start
        if stop is None or start is None or self.start is not None or rest.stop is not None:
            raise UnsupportedOperation("these parts are not one of each end")
        if stop.after or start != Place(self.held, stop.holder, after=True):
            raise UnsupportedOperation("these parts do not leave out just one holder")
        return Held({**self.held.counts, stop.holder: self.held.counts[stop.holder] - 1})


class SomeHolder:
    """Each of a crowd's holders at once, to ask whether there is one of a kind."""

    def __init__(self, held: Held) -> None:
        self.kind = SomeKind(held)


class SomeKind:
    """The kind of each of a crowd's holders at once."""

    __hash__ = None  # type: ignore[assignment]

    def __init__(self, held: Held) -> None:
        self.held = held

    def __eq__(self, kind: object) -> bool:
        """Whether any has this kind; no kind's code is asked, as it is another in each copy."""
        named = cast(HolderKind, kind).name
        counts = self.held.counts
        return any_of(*(counts[one] > 0 for one in counts if one.kind.name == named))


class AnyViews:
    """One entry of a tuple that stands for any number of views' serials."""

    __hash__ = None  # type: ignore[assignment]

    def __init__(self, has: Mapping[int, bool]) -> None:
        self.has = has

    def __eq__(self, serial: object) -> bool:
        """Whether this serial is one of them."""
        return self.has[cast(int, serial)]


@dataclass(frozen=True)
class AnyCallbacks:
    """One entry of a tuple that stands for any number of callbacks.

    Of each view or address space: whether its destruction is one of them, and when it was queued.
    """

    waits: Mapping[int | str, bool]
    queued: Mapping[int | str, int]


def length(elements: Any) -> int:
    """In place of `len`."""
    return elements.total if isinstance(elements, Held) else len(elements)


class SomeRegions:
    """One entry of a tuple that stands for any number of regions: how many of each owner."""

    def __init__(self, due: Mapping[str, int]) -> None:
        self.due = due


def count_owners(owners: Iterable[Any]) -> dict[Any, int]:
    """In place of `Counter`: how many regions each owner has among them."""
    counts: dict[Any, int] = {}
    for owner in owners:
        due = owner.due if isinstance(owner, SomeRegions) else {owner: 1}
        for name, number in due.items():
            counts[name] = counts.get(name, 0) + number
    return counts


class FreedRegions:
    """A set of regions of which it is asked whether one is in it."""

    def __init__(self, flags: Mapping[str, bool]) -> None:
        self.flags = flags

    def __contains__(self, region: object) -> bool:
        return bool(self.flags[cast(str, region)])

    def __or__(self, more: Iterable[str]) -> "FreedRegions":
        return FreedRegions({**self.flags, **dict.fromkeys(more, True)})
