"""The optimized implementation of QEMU's FlatView: mutable regions, immutable views.

A `MemoryMap` owns `MemoryRegion`s and `AddressSpace`s; changes happen in transactions, and each
commit publishes new `FlatView`s, rendered by a sweep over region edges (`sweep`).
"""

from impl.memory_map import AddressSpace, MemoryMap
from impl.region import MemoryMapError, MemoryRegion, RegionKind
from impl.sweep import RenderAbort, RenderLimit
from impl.view import FlatRange, FlatView, Section

__all__ = [
    "AddressSpace",
    "FlatRange",
    "FlatView",
    "MemoryMap",
    "MemoryMapError",
    "MemoryRegion",
    "RegionKind",
    "RenderAbort",
    "RenderLimit",
    "Section",
]
