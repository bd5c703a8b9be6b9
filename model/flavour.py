"""Which QEMU the specification speaks of: 7.2 as Debian has it (7.2.22), or the text of 2026.

The two versions behave alike except where a property here tells them apart.
"""

from enum import Enum


class Flavour(Enum):
    """A version of QEMU. Rules: M6, M7, M8, R8, T2, T7, T10, D5, X5, A9, A15."""

    QEMU_7_2 = "qemu-7.2"
    CURRENT = "current"

    @property
    def has_unmergeable(self) -> bool:
        """Whether a region can be marked unmergeable. Rules: M8, R8."""
        return self is Flavour.CURRENT

    @property
    def tells_new_listeners_of_io(self) -> bool:
        """Whether a listener hears of coalesced ranges and ioeventfds that are there before it.

        It is also told to forget them when it leaves. Rules: T7.
        """
        return self is Flavour.CURRENT

    @property
    def references_owner_of_container(self) -> bool:
        """Whether a region references its owner also in a container of that owner. Rules: M7."""
        return self is Flavour.QEMU_7_2

    @property
    def updates_unheard_ioeventfds(self) -> bool:
        """Whether a space's list of ioeventfds is kept up though no listener asks for it.

        Rules: T2, T10.
        """
        return self is Flavour.QEMU_7_2

    @property
    def asserts_section_count(self) -> bool:
        """Whether a view may have no more sections than a page has bytes.

        Otherwise the index of a section is cut to 16 bits. Rules: D5.
        """
        return self is Flavour.QEMU_7_2

    @property
    def has_direct_ram_devices(self) -> bool:
        """Whether RAM devices are copied from and to like RAM.

        Otherwise they are reached by callbacks of their own. Rules: X5.
        """
        return self is Flavour.CURRENT

    @property
    def has_debug_attribute(self) -> bool:
        """Whether a transaction can say that it is a debugger's, and so write to ROM. Rules: X5."""
        return self is Flavour.CURRENT

    @property
    def asserts_callback_alignment(self) -> bool:
        """Whether an i/o region with impl.unaligned must have valid.unaligned. Rules: M6."""
        return self is Flavour.CURRENT

    @property
    def exempt_access_releases_guard(self) -> bool:
        """Whether an access that engages no guard releases its owner's when it ends.

        A device that reaches its own ROM device from a callback can then be entered again: in
        7.2.22 it can. Rules: A9.
        """
        return self is Flavour.QEMU_7_2

    @property
    def has_bounce_budgets(self) -> bool:
        """Whether each space has a budget for bounce buffers.

        Otherwise there is one buffer for all, of at most a page. Rules: A15.
        """
        return self is Flavour.CURRENT
