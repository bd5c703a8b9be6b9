"""Readers, and the grace periods that wait for them: a reader never takes a lock.

Each reader belongs to one thread, and only that thread writes its fields. One thread at a time, the
writer, changes the map and raises the epoch, a number that only grows.

Marks: a reader that enters stores the epoch that it read, and then loads what is published. The
writer publishes, then raises the epoch, then looks at the marks. So either it sees the mark, of an
earlier epoch, and waits; or the reader marked itself later, and so loads what is new. A reader that
stalls between reading the epoch and storing it holds up grace periods longer than needed, never
shorter.

References: each thread counts its own, a reader in `held`, the writer in the view. Who drops one
lowers its count and then looks at all; of those who do so at once, the last to lower its count sees
that none is left, and hands the view over to be destroyed. A reader that found a reference and has
not yet counted its own can be overtaken by the drop of the last. So counts are looked at again at
the end of the grace period: by then the view was not published when any reader inside entered, and
only who has a reference can take another. A view that is referred to then is not destroyed, but
handed over again by who drops it last.

Both need that a thread's loads are not moved before its stores. The interpreter's lock gives that.
In builds of 3.13 without it, a store to an attribute or dictionary ends by unlocking the object
with an atomic exchange: a full barrier on x86-64. Other machines were not looked at.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from impl.region import MemoryMapError, MemoryRegion
from impl.view import FlatView

if TYPE_CHECKING:
    from impl.address_space import AddressSpace
    from impl.lifecycle import Lifetimes, Owner

OUTSIDE = 0
"""The mark of a reader that is in no section; epochs are greater."""

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

    Only that thread may call its methods. `epoch` is its mark: the epoch that it read when it
    entered the outermost section, or OUTSIDE. `seen` are the views loaded since, `held` and
    `owners` what the thread has references to. Rules: L3, L5.
    """

    __slots__ = ("closed", "depth", "epoch", "held", "lifetimes", "name", "owners", "seen")

    def __init__(self, lifetimes: Lifetimes, name: str) -> None:
        self.lifetimes = lifetimes
        self.name = name
        self.closed = False
        self.depth = 0
        self.epoch = OUTSIDE
        self.seen: set[FlatView] = set()
        self.held: Counter[FlatView] = Counter()
        self.owners: Counter[Owner] = Counter()

    def __enter__(self) -> Reader:
        """Enter a read section; MemoryMapError after `close`. Rules: L3."""
        self._check_open()
        if self.depth == 0:
            self.epoch = self.lifetimes.epoch
        self.depth += 1
        return self

    def __exit__(self, *exception: object) -> None:
        """Leave a read section; MemoryMapError outside any. Rules: L3, L5."""
        if self.depth == 0:
            raise MemoryMapError(f"thread {self.name} is in no read section")
        self.depth -= 1
        if self.depth == 0:
            self.seen.clear()
            self.epoch = OUTSIDE

    def close(self) -> None:
        """Read no more, so that the reader can be forgotten; closing again changes nothing.

        Raises MemoryMapError inside a read section, and while the thread has references. Rules: L3.
        """
        if self.depth > 0:
            raise MemoryMapError(f"thread {self.name} is in a read section")
        if self.held or self.owners:
            raise MemoryMapError(f"thread {self.name} has references")
        if not self.closed:
            self.closed = True
            del self.lifetimes.readers[self.name]

    def _check_open(self) -> None:
        """Raise MemoryMapError after `close`: no grace period would wait for this reader."""
        if self.closed:
            raise MemoryMapError(f"thread {self.name} reads no more")

    def load(self, space: AddressSpace) -> FlatView | None:
        """The view published now, None from a freed space; good until the section ends. Rules: L5.

        The next load may give another one.
        """
        if space.freed:
            self.lifetimes.misuses.append(Misuse(self.name, space, freed=True))
            return None
        view = space.view  # once: between two loads, another may be published
        if self.depth > 0:
            self.seen.add(view)
        return view

    def check(self, view: FlatView) -> None:
        """Note a misuse unless the view is there, and stays for this thread. Rules: L3, L5."""
        if view.freed or not self.protects(view):
            self.lifetimes.misuses.append(Misuse(self.name, view, view.freed))

    def protects(self, view: FlatView) -> bool:
        """Whether the thread may use a view: loaded in its section, or referred to. Rules: L5."""
        return view.root is None or view in self.seen or view in self.held

    def try_reference(self, view: FlatView) -> bool:
        """Take a reference unless there is none left; whether it was taken.

        It never fails for a view that is published all the while. Raises MemoryMapError after
        `close`. Rules: L2.
        """
        self._check_open()
        self.check(view)
        if not self.lifetimes.is_referenced(view):
            return False
        self.held[view] += 1
        return True

    def unreference(self, view: FlatView) -> None:
        """Drop a reference of this thread; MemoryMapError if it has none. Rules: L2."""
        if view not in self.held:
            raise MemoryMapError(f"thread {self.name} has no reference to view {view.serial}")
        subtract(self.held, view)
        self.lifetimes.hand_over_unreferenced(view)

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
            yield view.root is region or any(region in chunk.by_region for chunk in view.chunks)

    def reference_region(self, region: MemoryRegion) -> None:
        """Take a reference to a region's owner, if it has one; MemoryMapError after `close`.

        What protects the region keeps a reference to its owner meanwhile. Rules: L4.
        """
        self._check_open()
        self.check_region(region)
        if region.owner is not None and self.lifetimes.references_of_owner(region.owner) > 0:
            self.owners[region.owner] += 1

    def unreference_region(self, region: MemoryRegion) -> list[MemoryRegion]:
        """Drop a reference to a region's owner; the regions that were freed with it.

        Raises MemoryMapError if the thread has none. Rules: L4.
        """
        owner = region.owner
        if region.freed:
            self.lifetimes.misuses.append(Misuse(self.name, region, freed=True))
            return []
        if owner is None:
            return []
        if owner not in self.owners:
            raise MemoryMapError(f"thread {self.name} has no reference to {owner.name}")
        subtract(self.owners, owner)
        return self.lifetimes.end_unreferenced(owner)


class GracePeriods:
    """The readers, and what waits until none of them can be looking at it.

    What is handed over waits in `_next` for a grace period to begin, in `_current` for the one
    under way to end, and in `_ready` to be taken; `_queued` is all three. A grace period waits for
    readers with the mark of an earlier epoch. Where nothing else is said, methods are the writer's.
    Rules: L2, L3.
    """

    def __init__(self) -> None:
        self.readers: dict[str, Reader] = {}
        self.epoch = OUTSIDE + 1
        self.grace_period = False
        self._handed_over: deque[FlatView | AddressSpace] = deque()
        self._queued: set[FlatView | AddressSpace] = set()
        self._next: deque[FlatView | AddressSpace] = deque()
        self._current: deque[FlatView | AddressSpace] = deque()
        self._ready: deque[FlatView | AddressSpace] = deque()

    def references_of(self, view: FlatView) -> int:
        """How many references there are to a view: the writer's and all readers'. Rules: L1, L2.

        Any thread may ask. What moves meanwhile from one reader to another may be missed.
        """
        readers = list(self.readers.values())
        return view.references + sum(reader.held.get(view, 0) for reader in readers)

    def is_referenced(self, view: FlatView) -> bool:
        """Whether there is any; always so while it is published or in the table. Rules: L2."""
        return view.references > 0 or self.references_of(view) > 0

    def hand_over(self, one: FlatView | AddressSpace) -> None:
        """Have something destroyed after a grace period; any thread may. Rules: L2, L6."""
        self._handed_over.append(one)

    def hand_over_unreferenced(self, view: FlatView) -> None:
        """After a drop, by the thread that dropped: hand over what has no reference. Rules: L2."""
        if not self.is_referenced(view):
            self.hand_over(view)

    def _collect(self) -> bool:
        """Queue what was handed over; whether something waits for a grace period to begin.

        Two threads may each hand over what both dropped, one of them after it was destroyed.
        """
        while self._handed_over:
            one = self._handed_over.popleft()
            if one not in self._queued and not one.freed:
                self._queued.add(one)
                self._next.append(one)
        return bool(self._next)

    def waiting(self) -> list[FlatView | AddressSpace]:
        """What waits to be destroyed, in order. Rules: L2."""
        self._collect()
        return [*self._ready, *self._current, *self._next]

    @property
    def has_ready(self) -> bool:
        """Whether the next may be destroyed now. Rules: L2."""
        return bool(self._ready)

    def held_up_by(self) -> list[Reader]:
        """The readers inside since before the latest grace period began. Rules: L3."""
        return [one for one in list(self.readers.values()) if OUTSIDE < one.epoch < self.epoch]

    def begin_grace_period(self) -> None:
        """Begin to wait for the readers that are inside now. Rules: L2.

        Raises MemoryMapError during another, and where nothing waits for one.
        """
        if self.grace_period:
            raise MemoryMapError("a grace period is under way")
        if not self._collect() or self._ready:
            raise MemoryMapError("nothing waits for a grace period")
        self.grace_period = True
        self._current, self._next = self._next, self._current
        self.epoch += 1

    def end_grace_period(self) -> None:
        """End it; MemoryMapError while a reader from before it is inside. Rules: L2, L3.

        A view that is referred to again waits no more: who drops it hands it over.
        """
        if not self.grace_period:
            raise MemoryMapError("no grace period is under way")
        if self.held_up_by():
            raise MemoryMapError("readers from before the grace period are inside")
        self.grace_period = False
        for one in self._current:
            if isinstance(one, FlatView) and self.is_referenced(one):
                self._queued.remove(one)
            else:
                self._ready.append(one)
        self._current.clear()

    def take_ready(self) -> FlatView | AddressSpace:
        """What is to be destroyed now; MemoryMapError if nothing may be yet. Rules: L2."""
        if not self._ready:
            raise MemoryMapError("nothing may be destroyed yet")
        one = self._ready.popleft()
        self._queued.remove(one)
        one.freed = True
        return one


def subtract(counts: Counter[Counted], one: Counted) -> None:
    """Count one less, and forget what is counted no more."""
    counts[one] -= 1
    if counts[one] == 0:
        del counts[one]
