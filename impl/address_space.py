"""Address spaces: what devices and processors see of a memory map, from a root region on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from impl.region import MemoryRegion
from impl.view import FlatView

if TYPE_CHECKING:
    from impl.memory_map import MemoryMap


class AddressSpace:
    """A root region as devices and processors see it: `view` is the latest published snapshot."""

    __slots__ = ("freed", "memory_map", "name", "root", "view")

    def __init__(
        self, memory_map: MemoryMap, name: str, root: MemoryRegion, view: FlatView
    ) -> None:
        self.memory_map = memory_map
        self.name = name
        self.root = root
        self.view = view
        self.freed = False
