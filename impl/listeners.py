"""Who is told of what when address spaces change, and in which order."""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterable
from typing import TYPE_CHECKING

from impl.coalesced import CoalescedRanges, Span, part
from impl.difference import differing, hears_of_what_stays, is_same, with_mask
from impl.flavour import Flavour
from impl.ioeventfds import Ioeventfd, IoeventfdLists, changes
from impl.memory_listener import MemoryListener
from impl.region import TOP, MemoryMapError, MemoryRegion, RegionKind
from impl.view import FlatRange, FlatView

if TYPE_CHECKING:
    from impl.address_space import AddressSpace
    from impl.memory_map import MemoryMap

DIRTY_LOG_MIGRATION = 1 << 2
"""The bit of dirty masks that is set while all writes are logged."""

LOGGED_GLOBALLY = frozenset((RegionKind.RAM, RegionKind.ROM_DEVICE, RegionKind.IOMMU))
"""The kinds of regions in whose dirty masks it is set."""


class Listeners:
    """All listeners of a memory map, and what they are told of besides its views.

    Each list is in the order of ascending priority, and of registration. `dirty_log_reasons` has a
    bit for each reason to log all writes. Rules: T2, T5.
    """

    def __init__(self, memory_map: MemoryMap, flavour: Flavour) -> None:
        self.memory_map = memory_map
        self.flavour = flavour
        self.coalesced = CoalescedRanges()
        self.ioeventfds = IoeventfdLists()
        self.dirty_log_reasons = 0
        self._ioeventfds_pending = False
        self._all: list[MemoryListener] = []
        self._of_space: dict[AddressSpace, list[MemoryListener]] = {}
        self._space_ioeventfds: dict[AddressSpace, list[Ioeventfd]] = {}

    # --- Coming and going -----------------------------------------------------------------------

    def register(self, listener: MemoryListener, space: AddressSpace) -> None:
        """Add a listener, and tell it what its space shows now. Raises MemoryMapError.

        Rules: T2, T6, T7.
        """
        if not 0 <= listener.priority < 1 << 32:
            raise MemoryMapError(f"listener priority {listener.priority} does not fit 32 bits")
        if listener in self._all:
            raise MemoryMapError("the listener is registered already")
        insort(self._all, listener, key=lambda other: other.priority)
        insort(self.of_space(space), listener, key=lambda other: other.priority)
        listener.begin()
        if self.dirty_log_reasons:
            listener.log_global_start()
        for section in space.view:
            listener.region_add(section)
            if self.flavour.tells_new_listeners_of_io:
                for start, end in self.coalesced.leading_parts(section):
                    listener.coalesced_io_add(section, start, end)
            if section.flags.dirty_log_mask:
                listener.log_start(section, 0, section.flags.dirty_log_mask)
        if listener.has_eventfd_callbacks and self.flavour.tells_new_listeners_of_io:
            for ioeventfd in self._space_ioeventfds.get(space, ()):
                listener.eventfd_add(ioeventfd)
        listener.commit()

    def unregister(self, listener: MemoryListener, space: AddressSpace) -> None:
        """Have a listener forget what its space shows, and remove it. Raises MemoryMapError.

        Rules: T7, L6.
        """
        if listener not in self.of_space(space):
            raise MemoryMapError(f"the listener does not listen to {space.name}")
        listener.begin()
        for section in space.view:
            if section.flags.dirty_log_mask:
                listener.log_stop(section, section.flags.dirty_log_mask, 0)
            if self.flavour.tells_new_listeners_of_io:
                for start, end in self.coalesced.leading_parts(section):
                    listener.coalesced_io_del(section, start, end)
            listener.region_del(section)
        if listener.has_eventfd_callbacks and self.flavour.tells_new_listeners_of_io:
            for ioeventfd in self._space_ioeventfds.get(space, ()):
                listener.eventfd_del(ioeventfd)
        listener.commit()
        self._all.remove(listener)
        self.of_space(space).remove(listener)

    def of_space(self, space: AddressSpace) -> list[MemoryListener]:
        """The listeners of one space, in the order of forward calls."""
        return self._of_space.setdefault(space, [])

    def forget_space(self, space: AddressSpace) -> None:
        """Let a destroyed space go; MemoryMapError if anyone listens to it. Rules: L6."""
        if self.of_space(space):
            raise MemoryMapError(f"address space {space.name} still has listeners")
        del self._of_space[space]
        self._space_ioeventfds.pop(space, None)

    # --- Views ----------------------------------------------------------------------------------

    def publish(self, views: Iterable[tuple[AddressSpace, FlatView]]) -> None:
        """Give each space its view, once its listeners know what changes. Rules: T2, T3."""
        for listener in self._all:
            listener.begin()
        for space, view in views:
            if view is not space.view:
                if self.of_space(space):
                    gone, come = differing(space.view, view)
                    self._tell_goes(space, gone, come)
                    self._tell_stays_or_comes(space, view, gone, come)
                self.memory_map.lifetimes.publish(space, view)
            self.update_ioeventfds(space)
        self._ioeventfds_pending = False
        for listener in self._all:
            listener.commit()

    def _tell_goes(self, space: AddressSpace, gone: list[FlatRange], come: list[FlatRange]) -> None:
        """The first pass, by ascending address, over ranges that differ. Rules: T4, T5, T8."""
        backwards = self.of_space(space)[::-1]
        following = {one.start: one for one in come}
        for section in gone:
            if is_same(section, following.get(section.start)):
                continue
            self._tell_coalesced(space, section, self.coalesced.parts(section), is_added=False)
            for listener in backwards:
                listener.region_del(section)

    def _tell_stays_or_comes(
        self, space: AddressSpace, new: FlatView, gone: list[FlatRange], come: list[FlatRange]
    ) -> None:
        """The second pass, by ascending address. Rules: T4, T5, T6, T8.

        It goes over all of the new view only if somebody hears of what stays.
        """
        forwards = self.of_space(space)
        hearing = [listener for listener in forwards if hears_of_what_stays(listener)]
        previous = {one.start: one for one in gone}
        coming = {one.start for one in come}
        for section in new if hearing else come:
            before = section if section.start not in coming else previous.get(section.start)
            if before is not None and is_same(section, before):
                for listener in hearing:
                    listener.region_nop(section)
                self._tell_logging(forwards, section, before)
                continue
            for listener in forwards:
                listener.region_add(section)
            self._tell_coalesced(space, section, self.coalesced.parts(section), is_added=True)

    def _tell_logging(
        self, forwards: list[MemoryListener], section: FlatRange, before: FlatRange
    ) -> None:
        """Tell what a section that stays gains and loses of its dirty mask. Rules: T4, T5."""
        old, mask = before.flags.dirty_log_mask, section.flags.dirty_log_mask
        if (old | mask) != old:
            for listener in forwards:
                listener.log_start(section, old, mask)
        if (old | mask) != mask:
            for listener in reversed(forwards):
                listener.log_stop(section, old, mask)

    # --- Coalesced ranges -----------------------------------------------------------------------

    def add_coalescing(self, region: MemoryRegion, offset: int, size: int) -> None:
        """Have writes to `size` bytes of a region collected. Raises MemoryMapError. Rules: T7."""
        self._tell_all_coalesced(region, self.coalesced.add(region, offset, size), is_added=True)

    def clear_coalescing(self, region: MemoryRegion) -> None:
        """Have none of a region's writes collected any more. Rules: T7."""
        for span in self.coalesced.clear(region):
            self._tell_all_coalesced(region, span, is_added=False)

    def set_coalescing(self, region: MemoryRegion) -> None:
        """Have all writes to a region collected; MemoryMapError if it has 2^64 bytes. Rules: T7."""
        if region.size == TOP:
            raise MemoryMapError(f"region {region.name} is too large to be coalesced as a whole")
        self.clear_coalescing(region)
        self.add_coalescing(region, 0, region.size)

    def _tell_all_coalesced(self, region: MemoryRegion, span: Span, is_added: bool) -> None:
        """Tell of one range at once, wherever a published view shows it. Rules: T5."""
        for space in self.memory_map.spaces.values():
            for chunk in space.view.chunks:
                for section in chunk.by_region.get(region, ()):
                    shown = part(section, span)
                    if shown is not None:
                        self._tell_coalesced(space, section, (shown,), is_added)

    def _tell_coalesced(
        self, space: AddressSpace, section: FlatRange, parts: Iterable[Span], is_added: bool
    ) -> None:
        listeners = self.of_space(space)
        for start, end in parts:
            if is_added:
                for listener in listeners:
                    listener.coalesced_io_add(section, start, end)
            else:
                for listener in reversed(listeners):
                    listener.coalesced_io_del(section, start, end)

    # --- Ioeventfds -----------------------------------------------------------------------------

    def add_ioeventfd(self, region: MemoryRegion, added: Ioeventfd) -> None:
        """Have writes to a region signal a notifier; its data is as the device is given it.

        Raises MemoryMapError. Rules: T1, T10.
        """
        with self.memory_map.transaction():
            self.ioeventfds.add(region, added)
            self._ioeventfds_pending = self._ioeventfds_pending or region.enabled

    def del_ioeventfd(self, region: MemoryRegion, wanted: Ioeventfd) -> None:
        """Take back one of a region's ioeventfds. Raises MemoryMapError. Rules: T1, T10."""
        with self.memory_map.transaction():
            self.ioeventfds.remove(region, wanted)
            self._ioeventfds_pending = self._ioeventfds_pending or region.enabled

    def commit_ioeventfds(self) -> None:
        """End a transaction that renders nothing: only ioeventfds are told of. Rules: T1."""
        if self._ioeventfds_pending:
            for space in self.memory_map.spaces.values():
                self.update_ioeventfds(space)
            self._ioeventfds_pending = False

    def update_ioeventfds(self, space: AddressSpace) -> None:
        """Bring a space's list up to its view, and tell those who ask. Raises IoeventfdAbort.

        Rules: T2, T5, T10.
        """
        asking = [one for one in self.of_space(space) if one.has_eventfd_callbacks]
        if not asking and not self.flavour.updates_unheard_ioeventfds:
            return
        old = self._space_ioeventfds.get(space, [])
        new = list(self.ioeventfds.shown(space.view))
        self._space_ioeventfds[space] = new
        for is_added, ioeventfd in changes(old, new):
            if is_added:
                for listener in reversed(asking):
                    listener.eventfd_add(ioeventfd)
            else:
                for listener in asking:
                    listener.eventfd_del(ioeventfd)

    # --- Logging all writes ---------------------------------------------------------------------

    def start_global_dirty_log(self, reasons: int) -> None:
        """Log all writes for reasons 1, 2 and 4, or some of them. Raises MemoryMapError.

        Rules: T5, T7.
        """
        check_reasons(reasons)
        is_first = self.dirty_log_reasons == 0
        self.dirty_log_reasons |= reasons
        if is_first:
            for listener in self._all:
                listener.log_global_start()
            self._render()

    def stop_global_dirty_log(self, reasons: int) -> None:
        """Let reasons go, all of which must hold. Raises MemoryMapError. Rules: T5, T7."""
        check_reasons(reasons)
        if reasons | self.dirty_log_reasons != self.dirty_log_reasons:
            raise MemoryMapError(f"reasons {reasons} to log all writes do not all hold")
        self.dirty_log_reasons -= reasons
        if not self.dirty_log_reasons:
            self._render()
            for listener in reversed(self._all):
                listener.log_global_stop()

    def logged(self, ranges: list[FlatRange]) -> list[FlatRange]:
        """What a view is made of: the ranges, with the bit of their masks if all is logged.

        Rules: T7.
        """
        if not self.dirty_log_reasons:
            return ranges
        return [
            one._replace(flags=with_mask(one.flags, one.flags.dirty_log_mask | DIRTY_LOG_MIGRATION))
            if one.region.kind in LOGGED_GLOBALLY
            else one
            for one in ranges
        ]

    def _render(self) -> None:
        """Have all rendered anew at the end of the transaction."""
        with self.memory_map.transaction():
            self.memory_map.views.changes.record_all()
            self.memory_map.mark_pending(True)


def check_reasons(reasons: int) -> None:
    """Raise MemoryMapError unless this is a set of reasons, of which there are three."""
    if reasons not in range(1, 8):
        raise MemoryMapError(f"{reasons} is no set of reasons to log all writes")
