"""Memory listeners: those that are called when what an address space shows changes."""

from impl.ioeventfds import Ioeventfd
from impl.view import FlatRange


class MemoryListener:
    """What is called when an address space changes. Override what you need.

    While a commit calls `region_*`, `log_*` and `coalesced_io_*`, readers still see the old view.
    No method may change the memory map. Rules: T2, T3, T9.
    """

    def __init__(self, priority: int = 0, has_eventfd_callbacks: bool = False) -> None:
        self.priority = priority
        self.has_eventfd_callbacks = has_eventfd_callbacks

    def begin(self) -> None:
        """A commit, or a registration, begins."""

    def commit(self) -> None:
        """It ends."""

    def region_add(self, section: FlatRange) -> None:
        """A section comes."""

    def region_del(self, section: FlatRange) -> None:
        """A section goes."""

    def region_nop(self, section: FlatRange) -> None:
        """A section stays."""

    def log_start(self, section: FlatRange, old: int, new: int) -> None:
        """A section's dirty mask gains bits."""

    def log_stop(self, section: FlatRange, old: int, new: int) -> None:
        """A section's dirty mask loses bits."""

    def log_global_start(self) -> None:
        """All writes are logged from now on."""

    def log_global_stop(self) -> None:
        """Not all writes are logged any more."""

    def coalesced_io_add(self, section: FlatRange, start: int, end: int) -> None:
        """Writes to these addresses may be collected."""

    def coalesced_io_del(self, section: FlatRange, start: int, end: int) -> None:
        """They may not any more."""

    def eventfd_add(self, ioeventfd: Ioeventfd) -> None:
        """A write to this address signals a notifier."""

    def eventfd_del(self, ioeventfd: Ioeventfd) -> None:
        """It does not any more."""
