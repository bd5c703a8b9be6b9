"""A limit on the work of broken code, which may go on for ever; the same on each machine."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from inspect import CO_GENERATOR
from types import FrameType
from typing import Any

PACKAGES = frozenset({"model", "impl", "fuzz"})
"""Whose code is stopped. What other code raises, nobody may see: Python calls some of it when it
collects garbage."""

MOST_CALLS = 200_000
"""How many calls and returns one run of a scenario may have: thrice what any committed one has."""


class DoesNotEnd(Exception):
    """Code that has made so many calls that it is taken not to end.

    It comes out of the code that is running, and so counts as a crash of the target that runs it.
    """


class Meter:
    """Counts the calls and returns of runs, one after the other."""

    def __init__(self) -> None:
        self.spent = 0
        self.run_ends_at = 0

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Count what is run inside, from each `begin` on."""
        before = sys.getprofile()
        try:
            yield
        finally:
            sys.setprofile(before)

    def begin(self) -> None:
        """Begin a run. Python forgets a profile function that raises, so it is set each time."""
        self.run_ends_at = self.spent + MOST_CALLS
        sys.setprofile(self._count)

    def _count(self, frame: FrameType, event: str, argument: Any) -> None:
        self.spent += 1
        if self.spent > self.run_ends_at and is_seen(frame):
            raise DoesNotEnd(f"it does not end within {MOST_CALLS:,} calls")


def is_seen(frame: FrameType) -> bool:
    """Whether somebody sees what is raised in a frame. We raise once: then Python forgets us."""
    package = str(frame.f_globals.get("__name__")).partition(".")[0]
    # What is raised while a generator is thrown away, nobody sees.
    return package in PACKAGES and not frame.f_code.co_flags & CO_GENERATOR
