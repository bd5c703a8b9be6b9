"""Readers: threads that look at views inside read sections, or hold references to them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from impl.region import MemoryMapError, MemoryRegion
from impl.view import FlatView

if TYPE_CHECKING:
    from impl.address_space import AddressSpace
    from impl.lifecycle import Lifetimes, Owner

Counted = TypeVar("Counted")


class Misuse(NamedTuple):
    """A use that is a bug of the user's: of what is `freed`, or of what nothing protects.

    Rules: L3, L4, L5.
    """

    thread: str
    subject: FlatView | MemoryRegion | AddressSpace
    freed: bool


class Reader:
    """A thread that looks at views; `with reader:` is a read section, and they nest.

    `phase` is that of the outermost section. `seen` are the views loaded since it was entered,
    `held` and `owners` what the thread has references to. Rules: L3, L5.
    """

    __slots__ = ("depth", "held", "lifetimes", "name", "owners", "phase", "seen")

    def __init__(self, lifetimes: Lifetimes, name: str) -> None:
        self.lifetimes = lifetimes
        self.name = name
        self.depth = 0
        self.phase = 0
        self.seen: set[FlatView] = set()
        self.held: Counter[FlatView] = Counter()
        self.owners: Counter[Owner] = Counter()

    def __enter__(self) -> Reader:
        """Enter a read section. Rules: L3."""
        if self.depth == 0:
            self.phase = self.lifetimes.enter()
        self.depth += 1
        return self

    def __exit__(self, *exception: object) -> None:
        """Leave a read section; MemoryMapError outside any. Rules: L3, L5."""
        if self.depth == 0:
            raise MemoryMapError(f"thread {self.name} is in no read section")
        self.depth -= 1
        if self.depth == 0:
            self.lifetimes.leave(self.phase)
            self.seen.clear()

    def load(self, space: AddressSpace) -> FlatView | None:
        """The view published now, None from a freed space; good until the section ends. Rules: L5.

        The next load may give another one.
        """
        if space.freed:
            self.lifetimes.misuses.append(Misuse(self.name, space, freed=True))
            return None
        if self.depth > 0:
            self.seen.add(space.view)
        return space.view

    def check(self, view: FlatView) -> None:
        """Note a misuse unless the view is there, and stays for this thread. Rules: L3, L5."""
        if view.freed or not self.protects(view):
            self.lifetimes.misuses.append(Misuse(self.name, view, view.freed))

    def protects(self, view: FlatView) -> bool:
        """Whether the thread may use a view: loaded in its section, or referred to. Rules: L5."""
        return view.root is None or view in self.seen or view in self.held

    def try_reference(self, view: FlatView) -> bool:
        """Take a reference unless there is none left; whether it was taken. Rules: L2."""
        self.check(view)
        if view.references == 0:
            return False
        view.references += 1
        self.held[view] += 1
        return True

    def unreference(self, view: FlatView) -> None:
        """Drop a reference of this thread; MemoryMapError if it has none. Rules: L2."""
        if view not in self.held:
            raise MemoryMapError(f"thread {self.name} has no reference to view {view.serial}")
        subtract(self.held, view)
        self.lifetimes.drop(view)

    def get_flatview(self, space: AddressSpace) -> Iterator[tuple[str, FlatView | None]]:
        """Take a reference to what a space publishes, pausing after each step. Rules: L3.

        It tries again until it succeeds. From a freed space it gets None, and no reference.
        """
        with self:
            yield "enters", None
            while True:
                view = self.load(space)
                yield "loads", view
                if view is None:
                    break
                taken = self.try_reference(view)
                yield "references" if taken else "fails to reference", view
                if taken:
                    break
        yield "leaves", None

    def check_region(self, region: MemoryRegion) -> None:
        """Note a misuse unless the region is there, and stays for this thread. Rules: L4, L5."""
        held = region.owner is not None and region.owner in self.owners
        if region.freed or not (held or any(self._views_showing(region))):
            self.lifetimes.misuses.append(Misuse(self.name, region, region.freed))

    def _views_showing(self, region: MemoryRegion) -> Iterator[bool]:
        """For each view that the thread may use, whether it refers to a region."""
        for view in {*self.seen, *self.held}:
            yield view.root is region or any(one.region is region for one in view.ranges)

    def reference_region(self, region: MemoryRegion) -> None:
        """Take a reference to a region's owner, if it has one. Rules: L4."""
        self.check_region(region)
        if region.owner is not None and region.owner.references > 0:
            region.owner.references += 1
            self.owners[region.owner] += 1

    def unreference_region(self, region: MemoryRegion) -> list[MemoryRegion]:
        """Drop a reference to a region's owner; the regions that were freed with it. Rules: L4."""
        owner = region.owner
        if not region.freed and owner is not None:
            if owner not in self.owners:
                raise MemoryMapError(f"thread {self.name} has no reference to {owner.name}")
            subtract(self.owners, owner)
        return self.lifetimes.release_region(self.name, region, 1)


def subtract(counts: Counter[Counted], one: Counted) -> None:
    """Count one less, and forget what is counted no more."""
    counts[one] -= 1
    if counts[one] == 0:
        del counts[one]
