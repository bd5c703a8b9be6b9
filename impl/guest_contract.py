"""The versions of rust-vmm's vm-memory, by what they promise of guest memory."""

from __future__ import annotations

from typing import NamedTuple


class Contract(NamedTuple):
    """What one version of the traits says; only that is here in which versions differ.

    `empty_needs_address`: an access of no bytes fails where nothing is mapped. Of streams:
    `retries_interrupted` reads again what was interrupted, and `reads_once_a_region` goes on to the
    next region even after a short read. `has_get_slices` as such. Rules: F19.
    """

    name: str
    empty_needs_address: bool
    retries_interrupted: bool
    reads_once_a_region: bool
    has_get_slices: bool


V0_16 = Contract("0.16", True, False, False, False)
V0_17_DEV = Contract("0.17-dev", True, True, False, False)
V0_18 = Contract("0.18", False, True, True, True)

CONTRACTS = {one.name: one for one in (V0_18, V0_17_DEV, V0_16)}
"""All that are known, by name; the first is what is meant where nothing is said."""
