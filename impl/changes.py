"""What has changed in the trees since views were rendered, and where views show it."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from impl.region import TOP, MemoryRegion

MOST_RECORDED = 1000
"""How many changes are kept apart; after more of them, all is rendered anew."""

MOST_FOLLOWED = 1000
"""How many steps up the trees are taken to find where changes show."""


class Change(NamedTuple):
    """Bytes of a region whose meaning may have changed: offsets, also behind its end."""

    region: MemoryRegion
    start: int
    end: int


Spans = list[tuple[int, int]]
"""Addresses, each pair the first and the one after the last: sorted, and apart from each other."""


class Changes:
    """The changes since the latest rebuild of all views."""

    __slots__ = ("_displaced", "_recorded")

    def __init__(self) -> None:
        self._recorded: list[Change] | None = []
        self._displaced: set[MemoryRegion] = set()

    def record(self, region: MemoryRegion, start: int, end: int) -> None:
        """Note that a region may answer differently between two offsets, by old and new size."""
        if self._recorded is not None:
            self._recorded.append(Change(region, start, end))
            if len(self._recorded) > MOST_RECORDED:
                self._recorded = None

    def record_all(self) -> None:
        """Note a change that may show anywhere."""
        self._recorded = None

    def record_displaced(self, root: MemoryRegion) -> None:
        """Note that what is rendered from a region lies elsewhere now. Rules: R1."""
        self._displaced.add(root)

    def forget(self) -> None:
        """Begin anew, as all views show the trees as they are."""
        self._recorded = []
        self._displaced = set()

    def shown_in(self, roots: Collection[MemoryRegion]) -> dict[MemoryRegion, Spans] | None:
        """Where views rendered from these roots may show them; None for anywhere.

        From each region the way leads up to its container and to the aliases that show it. Rules:
        R1, R3.
        """
        if self._recorded is None:
            return None
        spans: dict[MemoryRegion, Spans] = {root: [(0, TOP)] for root in self._displaced}
        steps = 0
        ways = list(self._recorded)
        while ways:
            region, start, end = ways.pop()
            steps += 1
            if steps > MOST_FOLLOWED:
                return None
            if region in roots:
                shown = max(start + region.addr, 0), min(end + region.addr, TOP)
                if shown[0] < shown[1]:
                    spans.setdefault(region, []).append(shown)
            container = region.container
            if container is not None and container.enabled:
                inside = Change(container, start + region.addr, end + region.addr)
                ways += clipped(inside)
            for alias in region.aliases or ():
                if alias.enabled:
                    offset = alias.alias_offset
                    ways += clipped(Change(alias, start - offset, end - offset))
        return {root: joined(found) for root, found in spans.items()}


def clipped(change: Change) -> list[Change]:
    """What of a change lies inside its region as it is now; another size is another change."""
    region, start, end = change
    start, end = max(start, 0), min(end, region.size)
    return [Change(region, start, end)] if start < end else []


def joined(spans: Spans) -> Spans:
    """Spans sorted, and those that touch made one."""
    apart: Spans = []
    for start, end in sorted(spans):
        if apart and start <= apart[-1][1]:
            apart[-1] = apart[-1][0], max(apart[-1][1], end)
        else:
            apart.append((start, end))
    return apart
