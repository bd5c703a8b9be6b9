"""Memory transactions: what an access carries with it, how it ends, and where it ends otherwise."""

from enum import IntFlag
from typing import NamedTuple

from model.topology import TopologyError


class MemTxAttrs(NamedTuple):
    """The attributes of a transaction that some rule looks at.

    `memory`: only RAM may answer. `debug`: writes may change ROM. `secure`: which of an IOMMU's
    tables translates. Rules: A2, X5, X2.
    """

    memory: bool = False
    debug: bool = False
    secure: bool = False


UNSPECIFIED = MemTxAttrs()
"""The attributes of a caller that has nothing to say."""


class MemTxResult(IntFlag):
    """How an access ended; the results of its steps are combined by OR. Rules: A3."""

    OK = 0
    ERROR = 1
    DECODE_ERROR = 2
    ACCESS_ERROR = 4


class AccessError(TopologyError):
    """A request that no caller can make, or a device that QEMU would not take; it says why.

    Rules: M6.
    """


class AccessStopped(Exception):
    """An access does not end as accesses do; the subclass says in which way.

    In `NoProgress`, `HostOverrun` and `OffsetOutsideBlock` it is QEMU that hangs, aborts, or
    reaches memory that is not the guest's; the others are limits of the specification. Rules: P9.
    """


class NoProgress(AccessStopped):
    """A step moves nothing: QEMU's loop goes around for ever, or stops at an assertion.

    Rules: X3, A1, P9.
    """


class TranslationLimit(AccessStopped):
    """IOMMUs lead on to IOMMUs, further than the specification follows. Rules: X2."""


class HostOverrun(AccessStopped):
    """QEMU reads or writes host memory past the end of a RAM block. Rules: A13."""


class OffsetOutsideBlock(AccessStopped):
    """QEMU stops at the assertion that an offset lies in its RAM block. Rules: A2, A13."""


class NestingLimit(AccessStopped):
    """Callbacks start accesses that reach callbacks, deeper or more than the specification follows.

    QEMU has no limit but its stack. Rules: A9.
    """


class EffortLimit(AccessStopped):
    """An access of more bytes, or in more steps, than the specification carries out. Rules: P9."""


MAX_STEPS = 1 << 13
"""How many steps one access may take: those of 64 KiB in callbacks of 8 bytes."""

MAX_BYTES = 1 << 24
"""How many bytes one access may move."""


def check_effort(steps: int, moved: int) -> None:
    """Raise EffortLimit for an access that has become too long; `moved` is in bytes. Rules: P9."""
    if steps > MAX_STEPS:
        raise EffortLimit(f"the access takes more than {MAX_STEPS} steps")
    if moved > MAX_BYTES:
        raise EffortLimit(f"the access moves more than {MAX_BYTES:#x} bytes")
