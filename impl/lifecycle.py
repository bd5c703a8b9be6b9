"""Reclaiming views by epochs: counted references, read sections, and destruction put off.

Readers count themselves into one of two phases, that of the current epoch. A grace period begins by
turning to the other phase, and ends when the phase it left is empty. What is to be destroyed moves
with it through three queues: `_next` waits for a grace period to begin, `_current` for the one
under way to end, and `_ready` to be taken.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from impl.reader import Misuse, Reader
from impl.reentry import Guard
from impl.region import MemoryMapError, MemoryRegion
from impl.view import FlatView, page_edges

if TYPE_CHECKING:
    from impl.address_space import AddressSpace

RCU_THREAD = "rcu"
"""Who destroys, in reports of misuse."""


class Owner:
    """An object whose storage holds regions: it lives while something refers to it.

    If it is a device, its guard is that of all its regions. Rules: L4, A9.
    """

    __slots__ = ("guard", "is_device", "name", "plugged", "references", "regions")

    def __init__(self, name: str, is_device: bool) -> None:
        self.name = name
        self.is_device = is_device
        self.guard = Guard()
        self.plugged = True
        self.references = 1
        self.regions: list[MemoryRegion] = []


class Destruction(NamedTuple):
    """What one callback destroyed, and the regions whose owner went with it. Rules: L2, L4."""

    subject: FlatView | AddressSpace
    regions: list[MemoryRegion]


class Lifetimes:
    """Who keeps which view alive, and what waits to be destroyed.

    `views` has every view by serial that is made and not destroyed, `table` those of the latest
    rebuild, and `spaces` the address spaces that are not destroyed. `counting` says that there was
    one. `misuses` collects what users did wrong; to take them, replace the list.
    Rules: L1, L2, L3, L4.
    """

    def __init__(self, empty: FlatView, page_bits: int) -> None:
        self.page_bits = page_bits
        self.views = {empty.serial: empty}
        self.table = [empty]
        self.spaces: dict[AddressSpace, None] = {}
        self.owners: dict[str, Owner] = {}
        self.readers: dict[str, Reader] = {}
        self.misuses: list[Misuse] = []
        self.grace_period = False
        self.counting = False
        self._phase = 0
        self._inside = [0, 0]
        self._next: deque[FlatView | AddressSpace] = deque()
        self._current: deque[FlatView | AddressSpace] = deque()
        self._ready: deque[FlatView | AddressSpace] = deque()
        empty.references = 2

    # --- Views and address spaces ---

    def adopt(self, view: FlatView) -> None:
        """Take a view into the table; it keeps the owners of its regions. Rules: L1, L4."""
        view.references += 1
        self.views[view.serial] = view
        self.table.append(view)
        if self.owners and view.root is not None:
            for region, times in self.uses_of(view).items():
                if region.owner is not None:
                    region.owner.references += times

    def renew_table(self, views: Iterable[FlatView]) -> None:
        """Let go of the latest rebuild's views, and take in the new and the empty. Rules: L1."""
        dropped, self.table = self.table, []
        for view in dropped:
            self.drop(view)
        for view in views:
            self.adopt(view)

    def publish(self, space: AddressSpace, view: FlatView) -> None:
        """Have readers load another view: referred to before, and the old let go after. Rules: L6.

        To publish the same view again changes nothing.
        """
        old = space.view
        if view is not old:
            view.references += 1
            space.view = view
            self.drop(old)

    def begin_space(self, space: AddressSpace) -> None:
        """Count what a new address space keeps: its first view, and its root's owner.

        A view that was rendered for it goes into the table. Rules: L6, T9.
        """
        self.counting = True
        self.spaces[space] = None
        if space.view.references == 0:
            self.adopt(space.view)
        space.view.references += 1
        if space.root.owner is not None:
            space.root.owner.references += 1

    def end_space(self, space: AddressSpace) -> None:
        """Have a space that is no longer in the map destroyed after a grace period. Rules: L6."""
        self._next.append(space)

    def drop(self, view: FlatView) -> None:
        """One reference less; after the last, destroy the view after a grace period. Rules: L2."""
        view.references -= 1
        if view.references == 0:
            self._next.append(view)

    def uses_of(self, view: FlatView) -> Counter[MemoryRegion]:
        """How often a view refers to each region: as root, by range, and by section. Rules: L4."""
        uses: Counter[MemoryRegion] = Counter()
        if view.root is not None:
            uses[view.root] += 1
        for one in view.ranges:
            head_end, tail_start = page_edges(one, self.page_bits)
            pieces = (one.start < head_end) + (head_end < tail_start) + (tail_start < one.end)
            uses[one.region] += 1 + pieces
        return uses

    # --- Owners ---

    def create_owner(self, name: str, is_device: bool = True) -> Owner:
        """Plug in an object that can own regions. Rules: L4."""
        if name in self.owners:
            raise MemoryMapError(f"owner {name} exists already")
        owner = self.owners[name] = Owner(name, is_device)
        return owner

    def own(self, region: MemoryRegion, owner: Owner) -> None:
        """Say in whose storage a region lies, before any address space could count it. Rules: L4.

        Raises MemoryMapError after that, for a region that has an owner, and an owner that is gone.
        """
        if self.counting:
            raise MemoryMapError("there has been an address space: it counted without this owner")
        if region.owner is not None:
            raise MemoryMapError(f"region {region.name} has owner {region.owner.name}")
        if owner.references == 0:
            raise MemoryMapError(f"owner {owner.name} is gone")
        self._count_mappings(region, -1)
        region.owner = owner
        owner.regions.append(region)
        self._count_mappings(region, 1)

    def _count_mappings(self, region: MemoryRegion, times: int) -> None:
        """Count the references of a region in its container, and of its children. Rules: M7."""
        pairs = [(region, child) for child in region.subregions]
        if region.container is not None:
            pairs.append((region.container, region))
        for container, child in pairs:
            if child.owner is not None and container.references_owner_of(child):
                child.owner.references += times

    def unplug(self, owner: Owner) -> list[MemoryRegion]:
        """Drop the reference of what an owner is plugged into; the regions freed. Rules: L4."""
        if not owner.plugged:
            raise MemoryMapError(f"owner {owner.name} is unplugged")
        owner.plugged = False
        return self.release(owner, 1)

    def free(self, region: MemoryRegion) -> None:
        """Free a region's storage, whoever refers to its owner. Rules: L4."""
        if region.freed:
            raise MemoryMapError(f"region {region.name} is freed already")
        region.freed = True

    def release(self, owner: Owner, times: int) -> list[MemoryRegion]:
        """Drop references to an owner; the regions that are freed with the last. Rules: L4."""
        owner.references -= times
        if owner.references > 0:
            return []
        freed = [region for region in owner.regions if not region.freed]
        for region in freed:
            region.freed = True
        return freed

    def release_region(self, thread: str, region: MemoryRegion, times: int) -> list[MemoryRegion]:
        """Drop references to a region's owner, which is read from the region. Rules: L4."""
        if region.freed:
            self.misuses.extend([Misuse(thread, region, freed=True)] * times)
            return []
        return [] if region.owner is None else self.release(region.owner, times)

    def hold(self, region: MemoryRegion | None) -> None:
        """Keep a region's owner, as long as something of the region is mapped. Rules: A15, L4."""
        if region is not None and region.owner is not None:
            region.owner.references += 1

    def let_go(self, region: MemoryRegion | None) -> list[MemoryRegion]:
        """Undo `hold`; the regions that are freed by it. Rules: A15, L4."""
        if region is None or region.owner is None or region.freed:
            return []
        return self.release(region.owner, 1)

    # --- Grace periods ---

    def create_reader(self, name: str) -> Reader:
        """Register a thread that reads. Rules: L3."""
        if name in self.readers or name == RCU_THREAD:
            raise MemoryMapError(f"thread {name} exists already")
        reader = self.readers[name] = Reader(self, name)
        return reader

    def enter(self) -> int:
        """Count one reader in; the phase to be left again. Rules: L3."""
        self._inside[self._phase] += 1
        return self._phase

    def leave(self, phase: int) -> None:
        """Count a reader out of the phase that it entered. Rules: L3."""
        self._inside[phase] -= 1

    def waiting(self) -> list[FlatView | AddressSpace]:
        """What waits to be destroyed, in order. Rules: L2."""
        return [*self._ready, *self._current, *self._next]

    @property
    def has_ready(self) -> bool:
        """Whether the next may be destroyed now. Rules: L2."""
        return bool(self._ready)

    def held_up_by(self) -> list[Reader]:
        """The readers inside since before the grace period under way began. Rules: L3."""
        return [one for one in self.readers.values() if one.depth > 0 and one.phase != self._phase]

    def begin_grace_period(self) -> None:
        """Begin to wait for the readers that are inside now. Rules: L2.

        Raises MemoryMapError during another, and where nothing waits for one.
        """
        if self.grace_period:
            raise MemoryMapError("a grace period is under way")
        if self._ready or not self._next:
            raise MemoryMapError("nothing waits for a grace period")
        self.grace_period = True
        self._phase ^= 1
        self._current, self._next = self._next, self._current

    def end_grace_period(self) -> None:
        """End it; MemoryMapError while a reader from before it is inside. Rules: L2, L3."""
        if not self.grace_period:
            raise MemoryMapError("no grace period is under way")
        if self._inside[self._phase ^ 1]:
            raise MemoryMapError("readers from before the grace period are inside")
        self.grace_period = False
        self._ready.extend(self._current)
        self._current.clear()

    def destroy_next(self) -> Destruction:
        """Destroy what has waited longest; MemoryMapError if nothing may be destroyed yet.

        Rules: L2, L4, L6.
        """
        if not self._ready:
            raise MemoryMapError("nothing may be destroyed yet")
        subject = self._ready.popleft()
        freed: list[MemoryRegion] = []
        subject.freed = True
        if isinstance(subject, FlatView):
            del self.views[subject.serial]
            for region, times in self.uses_of(subject).items():
                freed += self.release_region(RCU_THREAD, region, times)
        else:
            del self.spaces[subject]
            self.drop(subject.view)
            freed += self.release_region(RCU_THREAD, subject.root, 1)
        return Destruction(subject, freed)

    def reclaim(self) -> None:
        """Destroy all that can be destroyed without waiting for a reader. Rules: L2."""
        while self._ready or self._current or self._next:
            if self._ready:
                self.destroy_next()
            elif not self.grace_period:
                self.begin_grace_period()
            elif self._inside[self._phase ^ 1]:
                return
            else:
                self.end_grace_period()
