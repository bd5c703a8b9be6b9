"""A reference to a flat view, through which memory is accessed as it was when it was taken."""

from __future__ import annotations

from itertools import count

from impl.address_space import AddressSpace
from impl.guest_contract import V0_18, Contract
from impl.guest_errors import GuardReleased
from impl.guest_memory import GuestMemory
from impl.reader import Reader
from impl.region import MemoryMapError
from impl.view import FlatView

_NUMBERS = count()


class FlatViewRef(GuestMemory):
    """Guest memory as a space publishes it when the guard is made, for as long as it is kept.

    It keeps its view, and each view of another space that an IOMMU has led an access of it to: one
    reference to each, until it is dropped. It counts them by a `Reader` of its own. So it may be
    made, used and dropped in any thread, and passed on to another, as long as one at a time has it;
    nobody waits for anybody. Use it in a `with` statement, or `drop` it; after that, all methods
    raise GuardReleased. Raises MemoryMapError for a space that is destroyed.
    Rules: G6, L2, L3, F23, F24, F25.
    """

    __slots__ = ("_reader", "view")

    def __init__(self, space: AddressSpace, contract: Contract = V0_18) -> None:
        super().__init__(space, contract)
        self._reader = self._new_reader()
        try:
            self.view = self._take(space)
        except MemoryMapError:
            self._reader.close()
            raise

    def __enter__(self) -> FlatViewRef:
        return self

    def __exit__(self, *_: object) -> None:
        if not self.is_released:
            self.drop()

    @property
    def is_released(self) -> bool:
        """Whether the guard was dropped. Rules: F24."""
        return self._reader.closed

    @property
    def kept(self) -> frozenset[FlatView]:
        """All views that the guard keeps; none after it was dropped. Rules: F23."""
        return frozenset(self._reader.held)

    def clone(self) -> FlatViewRef:
        """Another guard of the same view, which lives by itself; it cannot fail.

        What accesses of this one were led to, the other does not keep. Rules: G6, L2, F26.
        """
        view = self.flat_view()
        other = FlatViewRef.__new__(FlatViewRef)
        GuestMemory.__init__(other, self.space, self.contract)
        other._reader = self._new_reader()
        with other._reader as reader:
            reader.seen.add(view)  # this guard has a reference, so the view stays meanwhile
            reader.try_reference(view)
        other.view = view
        return other

    def drop(self) -> None:
        """Let go of all views. The last one to do so hands a view over to be destroyed.

        Raises GuardReleased the second time. Rules: G6, L2, F23.
        """
        self._check_held()
        for view in list(self._reader.held):
            self._reader.unreference(view)
        self._reader.close()

    def flat_view(self) -> FlatView:
        """The view that is kept. Raises GuardReleased. Rules: F24."""
        self._check_held()
        return self.view

    def _lead_to(self, space: AddressSpace) -> FlatView:
        """The view that a space publishes now, kept from now on. Rules: L3, F23."""
        view = space.view
        return view if view in self._reader.held else self._take(space)

    def _take(self, space: AddressSpace) -> FlatView:
        """Take a reference to what a space publishes, again and again until it is there.

        Raises MemoryMapError for a space that is destroyed. Rules: L3, F25.
        """
        taken = None
        for _, view in self._reader.get_flatview(space):
            taken = taken if view is None else view
        if taken is None:
            raise MemoryMapError(f"address space {space.name} is destroyed")
        return taken

    def _new_reader(self) -> Reader:
        """What counts the references of one guard; no other has its name."""
        return self.space.memory_map.lifetimes.create_reader(f"guard {next(_NUMBERS)}")

    def _check_held(self) -> None:
        """Raise GuardReleased after `drop`. Rules: F24."""
        if self.is_released:
            raise GuardReleased("the guard was dropped")
