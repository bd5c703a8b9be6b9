"""What versions of QEMU do differently."""

from typing import NamedTuple


class Flavour(NamedTuple):
    """A version of QEMU, the current one unless said otherwise.

    `has_unmergeable`: regions can be kept from merging (M8, R8). `tells_new_listeners_of_io`: a
    listener hears of coalesced ranges and ioeventfds that are there before it (T7).
    `updates_unheard_ioeventfds`: lists of them are kept up though nobody asks (T10).
    `has_direct_ram_devices`: RAM devices are memory like RAM, not called like devices (X5).
    `has_debug_attribute`: an access can be a debugger's, which writes ROM (X5).
    `asserts_callback_alignment`: unaligned callbacks need a device that accepts unaligned accesses
    (M6). `exempt_access_releases_guard`: an access that the re-entrancy guard does not keep out
    frees it (A9). `has_bounce_budgets`: each space has its bounce buffers, rather than one for all
    (A15). `references_owner_of_container`: a region references its owner also in a container of
    that owner (M7). `asserts_section_count`: no view has more sections than a page has bytes (D5).
    """

    has_unmergeable: bool = True
    tells_new_listeners_of_io: bool = True
    updates_unheard_ioeventfds: bool = False
    has_direct_ram_devices: bool = True
    has_debug_attribute: bool = True
    asserts_callback_alignment: bool = True
    exempt_access_releases_guard: bool = False
    has_bounce_budgets: bool = True
    references_owner_of_container: bool = False
    asserts_section_count: bool = False


CURRENT = Flavour()
QEMU_7_2 = Flavour(False, False, True, False, False, False, True, False, True, True)
"""QEMU 7.2.22, as Debian has it."""
