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
