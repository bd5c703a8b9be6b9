"""Counted references: QEMU's bare counters, and beside each the list of who holds them.

QEMU keeps the number only. The list is the specification's, so that it can say what the number
should be.
"""

from enum import Enum
from typing import NamedTuple

from model.rcu import LifecycleError


class HolderKind(Enum):
    """What may hold a reference to a view, or to the owner of regions. Rules: L1, L4, L6."""

    FOREVER = "forever"
    """The variable that keeps the empty view."""
    TABLE = "table"
    """The table of the latest rebuild's views."""
    SPACE = "space"
    """An address space: to the view it publishes, and to the owner of its root."""
    THREAD = "thread"
    PARENT = "parent"
    """What an owner is plugged into."""
    VIEW = "view"
    """A view: to the owner of its root, and of the region of each range and dispatch section."""


class Holder(NamedTuple):
    """One holder: a kind, and a name or a view's serial where there may be several. Rules: L1."""

    kind: HolderKind
    name: str | int = ""


FOREVER = Holder(HolderKind.FOREVER)
TABLE = Holder(HolderKind.TABLE)
PARENT = Holder(HolderKind.PARENT)


class References(NamedTuple):
    """A reference count, and the holders that it should count, each as often as it holds.

    Rules: L1, L4.
    """

    ref: int
    holders: tuple[Holder, ...]


def first_reference(holder: Holder) -> References:
    """The count of what has just been made. Rules: L1."""
    return References(1, (holder,))


def take(references: References, holder: Holder) -> References:
    """One more reference, unless there is none any more: from 0 nothing comes back.

    The caller learns by comparing whether it has it. Rules: L2.
    """
    if references.ref == 0:
        return references
    another = (holder,)
    return References(references.ref + 1, references.holders + another)


def drop(references: References, holder: Holder) -> References:
    """One reference less; LifecycleError if that holder has none. Rules: L2."""
    if holder not in references.holders:
        raise LifecycleError(f"{holder.kind.value} {holder.name} has no reference to drop")
    place = references.holders.index(holder)
    holders = references.holders[:place] + references.holders[place + 1 :]
    return References(references.ref - 1, holders)
