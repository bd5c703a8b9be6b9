"""Rendering views: from what, whole or in part."""

from __future__ import annotations

from itertools import islice

from impl.region import TOP, MemoryRegion
from impl.sweep import RenderAbort, sweep
from impl.view import FlatRange, FlatView
from impl.windows import RenderLimit, windows_of


def flat_root(region: MemoryRegion) -> MemoryRegion | None:
    """The region that a view is rendered from and shared by. Raises RenderLimit. Rules: R9."""
    passed = {region}
    while region.enabled:
        following = None
        if region.alias is not None:
            if region.alias_offset == 0 and region.size >= region.alias.size:
                following = region.alias
        elif not region.terminates:
            siblings = [] if region.children is None else region.children.front_first
            children = list(islice((child for child in siblings if child.enabled), 2))
            if not children:
                return None
            if len(children) == 1 and children[0].addr == 0 and region.size >= children[0].size:
                following = children[0]
        if following is None:
            return region
        if following in passed:
            raise RenderLimit(f"{following.name} stands for nothing but itself")
        passed.add(following)
        region = following
    return None


def render(root: MemoryRegion, start: int = 0, end: int = TOP) -> list[FlatRange]:
    """What a tree shows from `start` to before `end`: flat ranges, sorted and merged.

    Raises RenderAbort and RenderLimit. Rules: R1-R8.
    """
    return sweep(windows_of(root, start, end))


def check_section_count(view: FlatView, page_bits: int) -> None:
    """Raise RenderAbort if a view has more sections than a page has bytes. Rules: D5."""
    most = 1 << page_bits
    if 6 * sum(len(chunk.ranges) for chunk in view.chunks) < most:
        return
    if sum(1 for _ in view.sections(page_bits)) > most:
        raise RenderAbort(f"more sections than the {most} bytes of a page")
