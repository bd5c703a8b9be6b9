"""Lines that still have the value which they were written from."""

from __future__ import annotations

from collections.abc import Iterable


class Told(tuple[str, ...]):
    """Lines, and in `seen` what they say as a value: the same lines to whoever compares them.

    What is told so can be checked by itself (`fuzz.invariants`); lines that somebody has only
    written, or put together from several, can be compared, but no more.
    """

    seen: object

    @classmethod
    def of(cls, lines: Iterable[str], seen: object) -> Told:
        """These lines, which were written from that value."""
        told = cls(lines)
        told.seen = seen
        return told
