"""A map that can be replaced while others use it: the crate's `GuestMemoryAtomic`.

Users take snapshots. One at a time holds the lock and may replace the map.
"""

from typing import Generic, NamedTuple, TypeVar

from model.memtx import AccessError

M = TypeVar("M")


class AtomicMap(NamedTuple, Generic[M]):
    """The current map, who holds the lock, and whether a holder has panicked.

    All clones of the handle are this one value. Rules: V1.
    """

    current: M
    holder: str | None = None
    is_poisoned: bool = False


class Locked(NamedTuple):
    """The lock was had; `is_poisoned` is said as an error, which has the lock in it. Rules: V1."""

    is_poisoned: bool


def memory(shared: AtomicMap[M]) -> M:
    """A snapshot: it stays the map that it is, whatever replaces it. Rules: V1."""
    return shared.current


def lock(shared: AtomicMap[M], thread: str) -> tuple[AtomicMap[M], Locked | None]:
    """Take the lock for a thread; None if another has it, and the thread has to wait. Rules: V1."""
    if shared.holder is not None:
        return shared, None
    return shared._replace(holder=thread), Locked(shared.is_poisoned)


def replace(shared: AtomicMap[M], thread: str, new: M) -> AtomicMap[M]:
    """Replace the map, which ends the lock. Raises AccessError without it. Rules: V1."""
    return unlock(shared, thread)._replace(current=new)


def unlock(shared: AtomicMap[M], thread: str, panicked: bool = False) -> AtomicMap[M]:
    """Give the lock back; a thread that panicked with it poisons it for good.

    Raises AccessError unless the thread has the lock. Rules: V1.
    """
    if shared.holder != thread:
        raise AccessError(f"thread {thread} does not hold the lock")
    return shared._replace(holder=None, is_poisoned=shared.is_poisoned or panicked)
