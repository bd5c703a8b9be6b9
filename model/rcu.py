"""RCU as QEMU has it: read sections of named threads, grace periods, and callbacks that wait.

A thread inside a read section may use what it loaded there, although others unpublish it. What
was unpublished is destroyed by a callback, which runs only after a grace period: once every read
section that was open when the grace period began has been left. Time is counted in epochs, one for
each grace period begun, so that "entered before it began" is a comparison of two ints.
"""

from collections.abc import Iterable, Mapping
from itertools import pairwise
from typing import NamedTuple


class LifecycleError(ValueError):
    """A step that the thread cannot take in this state; the message says why. Rules: L3."""


class Reader(NamedTuple):
    """One thread's read sections.

    They nest, `nesting` deep. `entered` is the epoch at which the outermost was entered, and means
    nothing outside. `loaded` has the serials of the views loaded since then. Rules: L3, L5.
    """

    nesting: int = 0
    entered: int = 0
    loaded: tuple[int, ...] = ()


class Callback(NamedTuple):
    """The destruction of a view or of an address space, queued in epoch `queued`. Rules: L2, L6."""

    queued: int
    view: int | None = None
    space: str | None = None


class Rcu(NamedTuple):
    """What RCU knows: grace periods begun (`epoch`) and ended, readers, and callbacks in order.

    Rules: L2, L3.
    """

    readers: Mapping[str, Reader]
    epoch: int = 0
    ended: int = 0
    callbacks: tuple[Callback, ...] = ()


def holds_up(entered: int, epoch: int) -> bool:
    """Whether the grace period `epoch` must wait for a read section entered then. Rules: L3."""
    return entered < epoch


def may_run(queued: int, ended: int) -> bool:
    """Whether a whole grace period has passed since a callback was queued. Rules: L2."""
    return queued < ended


# --- Readers ----------------------------------------------------------------------------------


def get_reader(rcu: Rcu, thread: str) -> Reader:
    """The thread of that name; LifecycleError if it is not registered. Rules: L3."""
    try:
        return rcu.readers[thread]
    except KeyError:
        raise LifecycleError(f"there is no thread {thread}") from None


def put_reader(rcu: Rcu, thread: str, reader: Reader) -> Rcu:
    """RCU with one thread's read sections replaced. Rules: L3."""
    return rcu._replace(readers={**rcu.readers, thread: reader})


def enter(rcu: Rcu, thread: str) -> Rcu:
    """Enter a read section; inside another it only nests. Rules: L3."""
    reader = get_reader(rcu, thread)
    entered = reader.entered if reader.nesting > 0 else rcu.epoch
    return put_reader(rcu, thread, reader._replace(nesting=reader.nesting + 1, entered=entered))


def leave(rcu: Rcu, thread: str) -> Rcu:
    """Leave a read section. With the outermost goes the right to all that was loaded inside.

    Raises LifecycleError outside any. Rules: L3, L5.
    """
    reader = get_reader(rcu, thread)
    if reader.nesting == 0:
        raise LifecycleError(f"thread {thread} leaves a read section that it is not in")
    if reader.nesting == 1:
        return put_reader(rcu, thread, Reader())
    return put_reader(rcu, thread, reader._replace(nesting=reader.nesting - 1))


def remember(rcu: Rcu, thread: str, view: int) -> Rcu:
    """Note that a thread loaded a view; outside a read section that gives no right to it.

    Rules: L5.
    """
    reader = get_reader(rcu, thread)
    if reader.nesting == 0 or view in reader.loaded:
        return rcu
    return put_reader(rcu, thread, reader._replace(loaded=(*reader.loaded, view)))


# --- Grace periods ----------------------------------------------------------------------------


def queue(rcu: Rcu, view: int | None = None, space: str | None = None) -> Rcu:
    """Have a view or an address space destroyed after a grace period. Rules: L2, L6."""
    return rcu._replace(callbacks=(*rcu.callbacks, Callback(rcu.epoch, view, space)))


def has_ready_callback(rcu: Rcu) -> bool:
    """Whether the callback queued first may run. Rules: L2."""
    return bool(rcu.callbacks) and may_run(rcu.callbacks[0].queued, rcu.ended)


def begin_grace_period(rcu: Rcu) -> Rcu:
    """Begin to wait for the read sections that are open now.

    The RCU thread does so for callbacks that wait, and only when it has run those that may run.
    Raises LifecycleError otherwise. Rules: L2.
    """
    if rcu.epoch > rcu.ended:
        raise LifecycleError("a grace period is under way")
    if not rcu.callbacks or has_ready_callback(rcu):
        raise LifecycleError("no callback waits for a grace period")
    return rcu._replace(epoch=rcu.epoch + 1)


def end_grace_period(rcu: Rcu) -> Rcu:
    """End the grace period; LifecycleError while a read section from before it is open.

    Sections entered since it began do not delay it. Rules: L2, L3.
    """
    if rcu.epoch == rcu.ended:
        raise LifecycleError("no grace period is under way")
    for thread, reader in rcu.readers.items():
        if reader.nesting > 0 and holds_up(reader.entered, rcu.epoch):
            raise LifecycleError(f"thread {thread} is still in its read section")
    return rcu._replace(ended=rcu.epoch)


def take_callback(rcu: Rcu) -> tuple[Callback, Rcu]:
    """Take the callback queued first; LifecycleError if there is none that may run. Rules: L2."""
    if not has_ready_callback(rcu):
        raise LifecycleError("no callback may run yet")
    return rcu.callbacks[0], rcu._replace(callbacks=rcu.callbacks[1:])


# --- Invariant --------------------------------------------------------------------------------


def broken_clauses(rcu: Rcu) -> Iterable[str]:
    """What does not hold of RCU, of that which holds after every step. Rules: P14."""
    if not 0 <= rcu.ended <= rcu.epoch <= rcu.ended + 1:
        yield "grace periods end one by one, each after its beginning"
    queued = [0, *(callback.queued for callback in rcu.callbacks), rcu.epoch]
    if any(later < earlier for earlier, later in pairwise(queued)):
        yield "callbacks are queued in order"
    for thread, reader in rcu.readers.items():
        if reader.nesting < 0 or (reader.nesting == 0 and reader.loaded):
            yield f"{thread} has a right to views only inside a read section"
        if reader.nesting > 0 and not rcu.ended <= reader.entered <= rcu.epoch:
            yield f"{thread} is inside: no grace period begun after it entered has ended"
