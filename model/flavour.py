"""Which QEMU the specification speaks of."""

from enum import Enum


class Flavour(Enum):
    """A version of QEMU; two versions behave alike except where a rule says otherwise."""

    QEMU_7_2 = "qemu-7.2"
    CURRENT = "current"

    @property
    def has_unmergeable(self) -> bool:
        """Whether a region can be marked unmergeable; QEMU 7.2 has no such flag. Rules: R8."""
        return self is not Flavour.QEMU_7_2

    @property
    def tells_new_listeners_of_io(self) -> bool:
        """Whether a listener hears of coalesced ranges and ioeventfds that are there before it.

        It is told to forget them when it leaves. QEMU 7.2 does neither. Rules: T7.
        """
        return self is not Flavour.QEMU_7_2

    @property
    def updates_unheard_ioeventfds(self) -> bool:
        """Whether a space's list of ioeventfds is kept up though no listener asks for it.

        Rules: T2, T10.
        """
        return self is Flavour.QEMU_7_2
