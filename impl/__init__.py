"""The optimized implementation of QEMU's FlatView: mutable regions, immutable views.

A `MemoryMap` owns `MemoryRegion`s and `AddressSpace`s; changes happen in transactions, and each
commit publishes new `FlatView`s, rendered by a sweep over region edges (`sweep`). `MemoryListener`s
are told what changes. What nothing refers to any more is destroyed when no `Reader` can be looking
at it (`lifecycle`).
"""

from impl.address_space import AddressSpace
from impl.ioeventfds import Ioeventfd, IoeventfdAbort
from impl.lifecycle import Lifetimes, Owner
from impl.memory_listener import MemoryListener
from impl.memory_map import MemoryMap
from impl.reader import Reader
from impl.region import MemoryMapError, MemoryRegion, RegionKind
from impl.sweep import RenderAbort, RenderLimit
from impl.view import FlatRange, FlatView, Section

__all__ = [
    "AddressSpace",
    "FlatRange",
    "FlatView",
    "Ioeventfd",
    "IoeventfdAbort",
    "Lifetimes",
    "MemoryListener",
    "MemoryMap",
    "MemoryMapError",
    "MemoryRegion",
    "Owner",
    "Reader",
    "RegionKind",
    "RenderAbort",
    "RenderLimit",
    "Section",
]
