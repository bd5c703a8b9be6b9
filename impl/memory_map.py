"""Memory maps: the transactions that change regions, and the address spaces that see the result."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from impl.access import Accesses, FuzzHook
from impl.address_space import AddressSpace
from impl.device import ByteOrder, Callbacks, Sizes
from impl.flavour import CURRENT, Flavour
from impl.lifecycle import Lifetimes
from impl.listeners import Listeners
from impl.mapping import Mappings
from impl.memory import Block
from impl.region import (
    TOP,
    MemoryMapError,
    MemoryRegion,
    RegionKind,
    check_address,
    check_size,
)
from impl.view_table import RANGES_IN_CHUNK, ViewTable


class Transaction:
    """What a `with` statement holds open: changes that are published together. Rules: T1."""

    __slots__ = ("_memory_map",)

    def __init__(self, memory_map: MemoryMap) -> None:
        self._memory_map = memory_map

    def __enter__(self) -> None:
        self._memory_map.begin()

    def __exit__(self, *_: object) -> None:
        self._memory_map.commit()


class MemoryMap:
    """Regions and address spaces that change together.

    It behaves as its `flavour` of QEMU does, and its devices have the byte order of the target,
    little unless it is `big_endian`. A `fuzz_hook` is called for what is read from memory.

    Changes inside `with memory_map.transaction():` are published at its end, all at once. Then the
    map destroys what nothing refers to any more and no reader can be looking at; if it `reclaims`
    nothing by itself, that is left to the methods of `lifetimes`.
    """

    def __init__(
        self,
        flavour: Flavour = CURRENT,
        page_bits: int = 12,
        reclaims: bool = True,
        big_endian: bool = False,
        fuzz_hook: FuzzHook | None = None,
        chunk_size: int = RANGES_IN_CHUNK,
    ) -> None:
        self.flavour = flavour
        self.page_bits = page_bits
        self.listeners = Listeners(self, flavour)
        self.views = ViewTable(flavour, page_bits, chunk_size, self.listeners.logged)
        self.spaces: dict[str, AddressSpace] = {}
        self.lifetimes = Lifetimes(self.views.empty, page_bits)
        self.reclaims = reclaims
        self._transaction = Transaction(self)
        self._added = 0
        self._depth = 0
        self._pending = False
        self.accesses = Accesses(self, big_endian, fuzz_hook)
        self.mappings = Mappings(self.accesses)

    def create_region(
        self,
        name: str,
        kind: RegionKind,
        size: int,
        alias: MemoryRegion | None = None,
        alias_offset: int = 0,
        readonly: bool = False,
    ) -> MemoryRegion:
        """Make a region that is in no container yet. ROM is RAM that is read-only.

        Names are for people and need not differ. Raises MemoryMapError for an impossible size, and
        where an alias has no target or something else has one. Rules: M1, M2.
        """
        check_size(size)
        check_address("alias offset", alias_offset)
        if (kind is RegionKind.ALIAS) != (alias is not None):
            raise MemoryMapError(f"region {name}: an alias, and nothing else, has a target")
        return MemoryRegion(self, name, kind, size, alias, alias_offset, readonly)

    # --- Regions by their kinds -----------------------------------------------------------------

    def container(self, name: str, size: int = TOP) -> MemoryRegion:
        """A region that answers nothing itself, but by what lies in it. Rules: M1."""
        return self.create_region(name, RegionKind.CONTAINER, size)

    def ram(self, name: str, size: int, file: str | Path | None = None) -> MemoryRegion:
        """Memory that may be written; of a file if one is named, which is changed by writes.

        Raises MemoryMapError, also for a file that cannot be used. Rules: M1.
        """
        region = self.create_region(name, RegionKind.RAM, size)
        if file is not None:
            region.block = Block.from_file(file, size)
        return region

    def rom(self, name: str, contents: bytes, size: int | None = None) -> MemoryRegion:
        """Memory that holds `contents` and cannot be written, of as many bytes or of more.

        Rules: M1.
        """
        size = len(contents) if size is None else size
        if size < len(contents):
            raise MemoryMapError(f"region {name}: {len(contents):#x} bytes do not fit {size:#x}")
        region = self.create_region(name, RegionKind.RAM, size, readonly=True)
        if region.block is not None and contents:
            region.block.write(0, contents)
        return region

    def alias(
        self, name: str, target: MemoryRegion, offset: int = 0, size: int | None = None
    ) -> MemoryRegion:
        """A window over another region from an offset on, to its end unless a size is said.

        Rules: M1, R3.
        """
        size = max(target.size - offset, 0) if size is None else size
        return self.create_region(name, RegionKind.ALIAS, size, target, offset)

    def io(
        self,
        name: str,
        size: int,
        read: Callable[[int, int], int],
        write: Callable[[int, int, int], None],
        valid: Sizes | None = None,
        impl: Sizes | None = None,
        order: ByteOrder | None = None,
    ) -> MemoryRegion:
        """A device: `read(offset, size)` gives a value, `write(offset, value, size)` takes one.

        `valid` says which accesses are let in, `impl` of which sizes the callbacks are. Raises
        MemoryMapError. Rules: M1, A6, A7, A8.
        """
        region = self.create_region(name, RegionKind.IO, size)
        device = self.accesses.attach(region, order)
        device.behaviour = Callbacks(read, write, device.order)
        self.accesses.set_sizes(region, valid, impl)
        return region

    # --- Address spaces and transactions --------------------------------------------------------

    def create_space(self, name: str, root: MemoryRegion) -> AddressSpace:
        """Make an address space and publish its first view at once. Rules: T9."""
        if name in self.spaces:
            raise MemoryMapError(f"address space {name} exists already")
        space = AddressSpace(self, name, root, self.views.view_of(root))
        self.lifetimes.begin_space(space)
        self.spaces[name] = space
        self.listeners.update_ioeventfds(space)
        return space

    def destroy_space(self, name: str) -> None:
        """End an address space; it keeps the view it had.

        Raises MemoryMapError while it has listeners, or bounce buffers in use. Rules: L6, A15.
        """
        if name not in self.spaces:
            raise MemoryMapError(f"there is no address space {name}")
        self.mappings.check_unused(self.spaces[name])
        self.listeners.forget_space(self.spaces[name])
        self.lifetimes.end_space(self.spaces.pop(name))

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open. Rules: T1."""
        return self._depth > 0

    def transaction(self) -> Transaction:
        """Publish all changes made in its `with` statement together, also if an error ends it.

        Rules: T1.
        """
        return self._transaction

    def begin(self) -> None:
        """Open a transaction; they nest. Rules: T1."""
        self._depth += 1

    def commit(self) -> None:
        """Close a transaction; the outermost publishes if anything changed. Rules: T1, T2."""
        if self._depth == 0:
            raise MemoryMapError("commit without begin")
        self._depth -= 1
        if self._depth == 0 and self._pending:
            self._publish()
        elif self._depth == 0:
            self.listeners.commit_ioeventfds()

    def mark_pending(self, pending: bool) -> None:
        """Have the outermost commit render, if `pending`. Rules: M8."""
        self._pending = self._pending or pending

    def next_order(self, priority: int) -> int:
        """What a subregion is sorted by that is added now: in front of its equals. Rules: M3."""
        self._added += 1
        return -(priority << 64) - self._added

    def _publish(self) -> None:
        """Render what each space shows, then publish to all; nothing changes if one cannot be."""
        made = self.views.rebuild(self.spaces.values())
        self._pending = False
        self.views.take(made)
        self.lifetimes.renew_table(made.views.values(), made.derived)
        self.listeners.publish(made.published)
        if self.reclaims:
            self.lifetimes.reclaim()
