"""Which vm-memory is spoken of: what its versions do differently, by name.

Read and run were release 0.16.1, development of August 2025 (`0.17-dev`, whose interface the first
Rust patches for QEMU were written against), and release 0.18.0. Releases 0.17.0 to 0.17.2 access
memory as 0.18 does.
"""

from enum import Enum
from typing import NamedTuple


class Contract(NamedTuple):
    """One version of the crate, in one build; each field is a difference.

    - `empty_access_needs_address`: an access of no bytes fails where nothing is mapped.
      Otherwise it asks for no address (V5).
    - `asks_regions`: reads, writes, loads and stores go through what each region itself does. Else
      through slices of host memory alone, so a region without one cannot be accessed (V10).
    - `streams_ask_regions`: so do streams (V8, V10).
    - `retries_interrupted`: a read of a source that was interrupted is made again (V8).
    - `reads_source_once_a_region`: one read of the source fills what it fills of a region, and the
      next goes to the next region. Otherwise reads continue where the last one ended (V8).
    - `has_get_slices`: ranges can be had as slices, one a region (V7).
    - `has_iommu`: there are permissions and IOMMUs (V13).
    - `checks_file_length`: a region is not mapped past the end of its file (V1).
    - `removal_names_region`: removing what is not there is an invalid region; otherwise no region
      (V1).
    - `overflow_panics`: a debug build; in a release build, such arithmetic wraps at 2^64 (V2, V13).

    Rules: V1, V2, V5, V7, V8, V10, V13.
    """

    name: str
    empty_access_needs_address: bool
    asks_regions: bool
    streams_ask_regions: bool
    retries_interrupted: bool
    reads_source_once_a_region: bool
    has_get_slices: bool
    has_iommu: bool
    checks_file_length: bool
    removal_names_region: bool
    overflow_panics: bool = True


V0_16 = Contract(
    "0.16",
    empty_access_needs_address=True,
    asks_regions=True,
    streams_ask_regions=False,
    retries_interrupted=False,
    reads_source_once_a_region=False,
    has_get_slices=False,
    has_iommu=False,
    checks_file_length=True,
    removal_names_region=True,
)
V0_17_DEV = V0_16._replace(
    name="0.17-dev",
    streams_ask_regions=True,
    retries_interrupted=True,
    checks_file_length=False,
    removal_names_region=False,
)
V0_18 = V0_17_DEV._replace(
    name="0.18",
    empty_access_needs_address=False,
    asks_regions=False,
    streams_ask_regions=False,
    reads_source_once_a_region=True,
    has_get_slices=True,
    has_iommu=True,
)
CONTRACTS = {contract.name: contract for contract in (V0_16, V0_17_DEV, V0_18)}


def released(contract: Contract) -> Contract:
    """The same version, built for release: without overflow checks. Rules: V2, V13."""
    return contract._replace(overflow_panics=False)


class MemoryOrder(Enum):
    """How an atomic access is ordered; the caller chooses. Rules: V6."""

    RELAXED = "Relaxed"
    ACQUIRE = "Acquire"
    RELEASE = "Release"
    ACQUIRE_RELEASE = "AcqRel"
    SEQUENTIAL = "SeqCst"
