"""The optimized implementation of QEMU's FlatView: mutable regions, immutable views.

A `MemoryMap` owns `MemoryRegion`s and `AddressSpace`s; changes happen in transactions, and each
commit publishes new `FlatView`s, of which only what changed is rendered. `MemoryListener`s are told
what changes. What nothing refers to any more is destroyed when no `Reader` can be looking at it.
"""

from impl.address_space import AddressSpace
from impl.attributes import Attributes
from impl.device import Device, Sizes
from impl.device_calls import AccessError, Result
from impl.dirty import DirtyClient
from impl.drawing import draw
from impl.guest_errors import GuestMemoryError
from impl.guest_guard import FlatViewRef
from impl.guest_memory import GuestMemory
from impl.ioeventfds import Ioeventfd, IoeventfdAbort
from impl.lifecycle import Lifetimes, Owner
from impl.mapping import Mapping
from impl.memory import AccessStopped
from impl.memory_listener import MemoryListener
from impl.memory_map import MemoryMap
from impl.reader import Reader
from impl.recorder import AccessRecorder
from impl.region import MemoryMapError, MemoryRegion, RegionKind
from impl.sweep import RenderAbort
from impl.translate import Place
from impl.view import FlatRange, FlatView, Section
from impl.windows import RenderLimit

__all__ = [
    "AccessError",
    "AccessRecorder",
    "AccessStopped",
    "AddressSpace",
    "Attributes",
    "Device",
    "DirtyClient",
    "FlatRange",
    "FlatView",
    "FlatViewRef",
    "GuestMemory",
    "GuestMemoryError",
    "Ioeventfd",
    "IoeventfdAbort",
    "Lifetimes",
    "Mapping",
    "MemoryListener",
    "MemoryMap",
    "MemoryMapError",
    "MemoryRegion",
    "Owner",
    "Place",
    "Reader",
    "RegionKind",
    "RenderAbort",
    "RenderLimit",
    "Result",
    "Section",
    "Sizes",
    "draw",
]
