"""What QEMU's trace tells of views: which were made, given up and destroyed, and which live.

A view is told by its address, which the allocator uses again once the view is freed, and by the
address of its root.
"""

import re
from collections.abc import Iterable
from enum import Enum
from typing import NamedTuple

from fuzz.qemu.errors import QemuFault

_EVENT = re.compile(r"(flatview_\w+) (0x[0-9a-f]+) \(root (0x[0-9a-f]+|\(nil\))\)")


class What(Enum):
    """What can happen to a view, by the name of the trace event. Rules: L1, L2."""

    MADE = "flatview_new"
    GIVEN_UP = "flatview_destroy_rcu"
    DESTROYED = "flatview_destroy"


class ViewEvent(NamedTuple):
    """One event: to the view at an address, which was rendered from the root at another."""

    what: What
    view: str
    root: str

    def __str__(self) -> str:
        return f"{self.what.value} {self.view} (root {self.root})"


class WrongLife(Exception):
    """What the trace tells contradicts the rules of a view's life. Rules: L1, L2."""


def read_events(lines: Iterable[str]) -> list[ViewEvent]:
    """The events among logged lines; other lines are others' business.

    Raises QemuFault for a line about views that cannot be read.
    """
    return [_read_event(line) for line in lines if line.startswith("flatview_")]


def _read_event(line: str) -> ViewEvent:
    found = _EVENT.fullmatch(line)
    if found is not None:
        for what in What:
            if found[1] == what.value:
                return ViewEvent(what, found[2], found[3])
    raise QemuFault(f"the trace has a line about views that cannot be read: {line!r}")


class LivingViews:
    """The views that live, in the order in which they were made, with their roots' addresses.

    `waiting` are those given up and not yet destroyed, in the order in which they were given up.
    """

    def __init__(self) -> None:
        self.roots: dict[str, str] = {}
        self.waiting: list[str] = []

    def note(self, event: ViewEvent) -> None:
        """Go on to the next event.

        Raises WrongLife where the rules forbid it, and QemuFault where a view is made over one that
        lives: no allocator gives an address twice, so the trace has lost lines. Rules: L1, L2.
        """
        if event.what is What.MADE:
            if event.view in self.roots:
                raise QemuFault(f"{event}: a view lives there; the trace is not whole")
            self.roots[event.view] = event.root
            return
        if event.view not in self.roots:
            raise WrongLife(f"{event}: no view lives there")
        if event.root != self.roots[event.view]:
            raise WrongLife(f"{event}: it was made of root {self.roots[event.view]}")
        if event.what is What.GIVEN_UP:
            if event.view in self.waiting:
                raise WrongLife(f"{event}: it has been given up already")
            self.waiting.append(event.view)
        elif event.view not in self.waiting:
            raise WrongLife(f"{event}: it has not been given up")
        elif event.view != self.waiting[0]:
            raise WrongLife(f"{event}: {self.waiting[0]} was given up before it")
        else:
            self.waiting.pop(0)
            del self.roots[event.view]
