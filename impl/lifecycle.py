"""The life of views, address spaces and owners of regions: counted references, and destruction.

One thread at a time, the writer, changes a memory map, as under QEMU's big lock; only it may call
what is here, except where something else is said. Other threads read, through a `Reader` each: they
take no lock, and count their own references (`impl.reader` says why that is enough). So the fields
`references` of views and owners are what the writer counts; `references_of` and
`references_of_owner` give all.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import suppress
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from impl.difference import differing
from impl.reader import GracePeriods, Misuse, Reader
from impl.reentry import Guard
from impl.region import MemoryMapError, MemoryRegion
from impl.view import FlatRange, FlatView, page_edges

if TYPE_CHECKING:
    from impl.address_space import AddressSpace

RCU_THREAD = "rcu"
"""Who destroys, in reports of misuse."""


class Owner:
    """An object whose storage holds regions: it lives while something refers to it.

    A device's guard is that of all its regions; `references` are the writer's. Rules: L4, A9.
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


NOT_DERIVED: Mapping[FlatView, FlatView] = MappingProxyType({})


class Lifetimes(GracePeriods):
    """Who keeps which view alive, and what waits to be destroyed.

    `views` has every view by serial that is made and not destroyed, `table` those of the latest
    rebuild, and `spaces` the address spaces that are not destroyed. `counting` says that there was
    one. `misuses` collects what users did wrong, also readers in their threads; to take them,
    replace the list while no reader runs. Rules: L1, L2, L3, L4.
    """

    def __init__(self, empty: FlatView, page_bits: int) -> None:
        super().__init__()
        self.page_bits = page_bits
        self.views = {empty.serial: empty}
        self.table = [empty]
        self.spaces: dict[AddressSpace, None] = {}
        self.owners: dict[str, Owner] = {}
        self.misuses: list[Misuse] = []
        self.counting = False
        self._uses: dict[int, Counter[Owner]] = {}
        self._frees_regions = False
        empty.references = 2

    # --- Views and address spaces ---

    def adopt(self, view: FlatView, basis: FlatView | None = None) -> None:
        """Take a view into the table; it keeps the owners of its regions. Rules: L1, L4.

        What it keeps is counted range by range, or only where it differs from a view before it.
        """
        view.references += 1
        self.table.append(view)
        if view.serial in self.views:
            return
        self.views[view.serial] = view
        if self.owners and view.root is not None:
            uses = self._uses[view.serial] = self._uses_of_owners(view, basis)
            for owner, times in uses.items():
                owner.references += times

    def renew_table(
        self, views: Iterable[FlatView], derived: Mapping[FlatView, FlatView] = NOT_DERIVED
    ) -> None:
        """Let go of the latest rebuild's views, and take in the new and the empty. Rules: L1.

        `derived` may say which old view a new one follows from. A view may stay in the table.
        """
        dropped, self.table = self.table, []
        for view in views:
            self.adopt(view, derived.get(view))
        for view in dropped:
            self.drop(view)

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
        self.hand_over(space)

    def drop(self, view: FlatView) -> None:
        """One reference less; after the last, destroy the view after a grace period. Rules: L2."""
        view.references -= 1
        self.hand_over_unreferenced(view)

    def uses_of(self, view: FlatView) -> Counter[MemoryRegion]:
        """How often a view refers to each region: as root, by range, and by section. Rules: L4."""
        return self._uses_by(view.root, view.ranges)

    def _uses_by(
        self, root: MemoryRegion | None, ranges: Iterable[FlatRange]
    ) -> Counter[MemoryRegion]:
        """How often a view of a root refers to each region, by these of its ranges. Rules: L4."""
        uses: Counter[MemoryRegion] = Counter()
        if root is not None:
            uses[root] += 1
        for one in ranges:
            head_end, tail_start = page_edges(one, self.page_bits)
            pieces = (one.start < head_end) + (head_end < tail_start) + (tail_start < one.end)
            uses[one.region] += 1 + pieces
        return uses

    def _uses_of_owners(self, view: FlatView, basis: FlatView | None) -> Counter[Owner]:
        """How often a view refers to each owner. Rules: L4."""
        if basis is None or basis.serial not in self._uses:
            return by_owner(self.uses_of(view))
        gone, come = differing(basis, view)
        uses = Counter(self._uses[basis.serial])
        uses.update(by_owner(self._uses_by(view.root, come)))
        uses.subtract(by_owner(self._uses_by(basis.root, gone)))
        return +uses

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
        if self.references_of_owner(owner) == 0:
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
        self._frees_regions = True

    def references_of_owner(self, owner: Owner) -> int:
        """How many references there are to an owner: the writer's and all readers'. Rules: L4.

        Any thread may ask. What moves meanwhile from one reader to another may be missed.
        """
        readers = list(self.readers.values())
        return owner.references + sum(reader.owners.get(owner, 0) for reader in readers)

    def release(self, owner: Owner, times: int) -> list[MemoryRegion]:
        """Drop references to an owner; the regions that are freed with the last. Rules: L4."""
        owner.references -= times
        return self.end_unreferenced(owner)

    def end_unreferenced(self, owner: Owner) -> list[MemoryRegion]:
        """After a drop, by the thread that dropped: the regions that are freed with it. Rules: L4.

        Several threads may find at once that they dropped the last. Each region is taken out of the
        owner's list, and so freed, by one of them.
        """
        freed: list[MemoryRegion] = []
        if owner.references <= 0 and self.references_of_owner(owner) <= 0:
            with suppress(IndexError):
                while True:
                    region = owner.regions.pop(0)
                    if not region.freed:
                        region.freed = True
                        freed.append(region)
        return freed

    def release_region(self, region: MemoryRegion, times: int) -> list[MemoryRegion]:
        """Drop references to a region's owner; each is a misuse of a freed region. Rules: L4."""
        if region.freed:
            self.misuses.extend([Misuse(RCU_THREAD, region, freed=True)] * times)
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

    # --- Readers, and destruction ---

    def create_reader(self, name: str) -> Reader:
        """Register a thread that reads; any may. MemoryMapError if there is one. Rules: L3."""
        reader = Reader(self, name)
        if name == RCU_THREAD or self.readers.setdefault(name, reader) is not reader:
            raise MemoryMapError(f"thread {name} exists already")
        return reader

    def destroy_next(self) -> Destruction:
        """Destroy what waited longest; MemoryMapError if nothing may be yet. Rules: L2, L4, L6."""
        subject = self.take_ready()
        freed: list[MemoryRegion] = []
        if not isinstance(subject, FlatView):
            del self.spaces[subject]
            self.drop(subject.view)
            return Destruction(subject, self.release_region(subject.root, 1))
        del self.views[subject.serial]
        uses = self._uses.pop(subject.serial, Counter())
        if self._frees_regions:  # each use of a region that was freed early is a misuse
            for region, times in self.uses_of(subject).items():
                freed += self.release_region(region, times)
        else:
            for owner, times in uses.items():
                freed += self.release(owner, times)
        return Destruction(subject, freed)

    def reclaim(self) -> None:
        """Destroy all that can be destroyed without waiting for a reader. Rules: L2."""
        while self.has_ready or self.grace_period or self._collect():
            if self.has_ready:
                self.destroy_next()
            elif not self.grace_period:
                self.begin_grace_period()
            elif self.held_up_by():
                return
            else:
                self.end_grace_period()


def by_owner(uses: Counter[MemoryRegion]) -> Counter[Owner]:
    """The uses of regions as those of their owners, without regions that have none. Rules: L4."""
    owners: Counter[Owner] = Counter()
    for region, times in uses.items():
        if region.owner is not None:
            owners[region.owner] += times
    return owners
