"""What RFC v1 answers when it is asked for regions and addresses, and whom its accesses reach.

Each defect is a switch: without any, all answers are as the specification has them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, NamedTuple

from fuzz.rfc_v1 import Defect

if TYPE_CHECKING:
    from impl.guest_lookup import Callback
    from impl.guest_memory import GuestMemory
    from impl.guest_region import GuestRegion, HostAddress
    from impl.guest_steps import Reached
    from impl.view import FlatRange, FlatView, Section

TOP = 1 << 64

NOBODY = SimpleNamespace(name="unassigned", block=None)
"""The region of holes, which C has and the specification does not."""

PANICS = {
    "iter": Defect.F18,
    "last_addr": Defect.F18,
    "to_region_addr": Defect.F19,
    "get_slice": Defect.F19,
    "get_slices": Defect.F19,
    "read_slice": Defect.F19,
    "write_slice": Defect.F19,
    "read_obj": Defect.F19,
    "write_obj": Defect.F19,
    "read_volatile_from": Defect.F19,
    "read_exact_volatile_from": Defect.F19,
    "write_volatile_to": Defect.F19,
    "write_all_volatile_to": Defect.F19,
}
"""The methods that panic when they are called, and the defect that each is."""


class Panic(Exception):
    """A panic in Rust, or an abort in C: the process ends. Rules: F3, F16, F18, F19."""


class Found(NamedTuple):
    """Where an access comes to, and the section and range there; neither where nobody answers."""

    reached: Reached
    section: Section | None = None
    range_: FlatRange | None = None


class RfcLookups:
    """Look-ups of a space, or of a guard's view, as RFC v1 answers them.

    `right` is the implementation's guest memory, which answers all that no defect changes;
    `package` has its modules. Rules: G1, G5, F11-F19.
    """

    def __init__(self, right: GuestMemory, package: Any, defects: Collection[Defect]) -> None:
        self.right = right
        self.package = package
        self.defects = frozenset(defects)
        self.accesses = right.accesses
        self.steps = right.steps
        self.errors = package.guest_errors

    def __getattr__(self, name: str) -> Any:
        """What no method here changes: as the specification has it, or not implemented."""
        found = getattr(self.right, name)
        if PANICS.get(name) not in self.defects:
            return found
        if name == "get_slices" and not self.right.contract.has_get_slices:
            return found
        return lambda *_: self.check_implemented(name)

    def check_implemented(self, name: str) -> None:
        """Raise Panic for a method that RFC v1 does not have. Rules: F18, F19."""
        if PANICS[name] in self.defects:
            raise Panic(f"{name} is not implemented")

    # --- Translation ---------------------------------------------------------------------------

    def translate(
        self, view: FlatView, address: int, length: int, is_write: bool, follow: bool = True
    ) -> Found:
        """Who answers at an address of a view, and as which section; behind any IOMMUs.

        Not to `follow` them finds the IOMMU. Raises TranslationLimit, and MemoryMapError where one
        leads to a space that there is not. Rules: G1, X1, X2, X4.
        """
        modules, page_bits = self.package, self.steps.page_bits
        reached = modules.guest_steps.Reached
        one = view.find(address)
        if follow:
            one, address, length = modules.translate.answering(
                self.steps.memory_map, view, address, length, is_write, False, self.steps.lead_to
            )
        if one is None:
            return Found(reached(None, address, length, length))
        start, end = modules.view.section_edges(one, address, page_bits)
        room, limited = min(length, one.end - address), length
        if one.region.kind in modules.translate.RAM_KINDS:
            limited = min(length, end - address)
        offset = one.offset + (address - one.start)
        section = modules.view.piece(one, start, end)
        return Found(reached(one.region, offset, limited, room), section, one)

    # --- Regions and addresses -----------------------------------------------------------------

    def region_of(self, found: Found) -> GuestRegion:
        """What RFC v1 calls a region: a section, where the specification has a range. Rules: F17.

        Of holes it is one without bytes: its 2^64 do not fit in 64 bits. Rules: F13.
        """
        make: Callable[..., GuestRegion] = self.package.guest_region.GuestRegion
        section, one = found.section, found.range_
        if section is None or one is None:
            return make(0, 0, NOBODY, 0)
        if Defect.F17 in self.defects:
            return make(section.start, section.size, section.region, section.offset)
        return make(one.start, one.end - one.start, one.region, one.offset)

    def find_region(self, address: int) -> GuestRegion | None:
        """The region at an address, an IOMMU's own too. Rules: G5, F13, F14, F17."""
        found = self.translate(self.right.flat_view(), address, 1, is_write=False, follow=False)
        if found.section is None and Defect.F13 not in self.defects:
            return None
        return self.region_of(found)

    def address_in_range(self, address: int) -> bool:
        """Whether there is a region at an address. Rules: F13."""
        return self.find_region(address) is not None

    def check_address(self, address: int) -> int | None:
        """The address, if there is a region at it. Rules: F13."""
        return address if self.address_in_range(address) else None

    def checked_offset(self, base: int, offset: int) -> int | None:
        """The sum, if it is an address with a region. Rules: F13."""
        return self.check_address(base + offset) if base + offset < TOP else None

    def get_host_address(self, address: int) -> HostAddress:
        """The host's byte behind an address, which is looked for by a missing method.

        Raises Panic, and GuestMemoryError. Rules: F16, F19.
        """
        self.check_implemented("to_region_addr")
        one = self.right.flat_view().find(address)
        if one is not None and one.region.block is None and Defect.F16 in self.defects:
            raise Panic("C asserts that the region has memory")
        return self.right.get_host_address(address)

    # --- Ranges --------------------------------------------------------------------------------

    def check_range(self, base: int, length: int) -> bool:
        """Whether `try_access` comes to the end of a range: it does, over holes too. Rules: F12."""
        if Defect.F12 not in self.defects:
            return self.right.check_range(base, length)
        careless = self.defects | {Defect.F11, Defect.G2}
        try:
            return length == call_for_pieces(
                self, careless, length, base, lambda _total, offered, _offset, _one: offered
            )
        except self.errors.GuestMemoryError:
            return False

    def try_access(self, count: int, address: int, callback: Callback) -> int:
        """Call back for each piece of a range: how many bytes were handled.

        Raises GuestMemoryError. Rules: G2, F11, F14, F17.
        """
        return call_for_pieces(self, self.defects, count, address, callback)


def call_for_pieces(
    memory: RfcLookups,
    defects: Collection[Defect],
    count: int,
    address: int,
    callback: Callback,
) -> int:
    """Call back for each piece of a range, with these defects. Raises GuestMemoryError.

    Rules: G2, F11, F14, F17.
    """
    errors = memory.errors
    view, total, current = memory.right.flat_view(), 0, address
    if count == 0 and Defect.G2 in defects:
        return 0
    while True:
        found = memory.translate(
            view, current, count - total, is_write=False, follow=Defect.F14 in defects
        )
        if found.section is None and Defect.F11 not in defects:
            if total == 0:
                raise errors.invalid_address(address)
            return total
        one = memory.region_of(found)
        offered = offered_of(memory, found, defects)
        handled = callback(total, offered, found.reached.offset - one.offset, one)
        if handled > offered and Defect.G2 in defects:
            raise errors.GuestMemoryError(errors.Variant.CALLBACK_OUT_OF_RANGE)
        total += handled
        if handled == 0 or total == count:
            return total
        if total > count:
            raise errors.GuestMemoryError(errors.Variant.CALLBACK_OUT_OF_RANGE)
        current += handled
        if current > TOP:
            raise errors.GuestMemoryError(errors.Variant.GUEST_ADDRESS_OVERFLOW)
        current %= TOP


def offered_of(memory: RfcLookups, found: Found, defects: Collection[Defect]) -> int:
    """How many bytes a callback is offered: RAM's are limited by its section. Rules: F11, F17."""
    region, length = found.reached.region, found.reached.length
    kinds, rams = memory.package.region.RegionKind, memory.package.translate.RAM_KINDS
    if region is not None and region.kind in rams and Defect.F17 in defects:
        return length
    is_clamped = region is not None and region.kind in (*rams, kinds.IOMMU)
    return length if Defect.F11 in defects and not is_clamped else found.reached.room
