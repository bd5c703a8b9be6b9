"""Guest memory where its caller, or its provider, is not what it must be."""

from typing import Any

import pytest

from model import guest_bytes, guest_memory
from model.guest_contract import CONTRACTS, V0_16, V0_17_DEV, V0_18, MemoryOrder
from model.guest_errors import Err, InvalidBackendAddress, Ok, Outcome, Panics
from model.guest_maps import make_region, user_written
from model.guest_region import read_plain
from model.guest_regions import Collection, Heap
from model.iommu import Permission
from model.memtx import AccessError, EffortLimit
from tests.model.guest_worlds import contents_of


def test_what_a_device_did_before_an_error_stays_and_its_bytes_are_given() -> None:
    """A region that fails after another was read: the first one's bytes are in the buffer."""
    heap, first = make_region(Heap(), 0, 4)
    heap, second = make_region(heap, 4, 4)
    memory = user_written(heap, [first, second]).store_host(first.block, 0, b"abcd")

    class Failing(Collection):
        """A collection whose second region cannot be read."""

        def read_region(self, region: Any, offset: int, length: int) -> Any:
            if region == second:
                return self, Err(InvalidBackendAddress()), b""
            plain = Collection(*self)
            return self, *read_plain(plain, Ok(region.contents), offset, length)[1:]

    failing: Any = Failing(*memory)
    _, outcome, data = guest_bytes.read(failing, V0_17_DEV, 2, 4)
    assert (outcome, data) == (Err(InvalidBackendAddress()), b"cd")


def test_a_region_that_gives_too_short_a_slice_makes_the_crate_panic() -> None:
    heap, region = make_region(Heap(), 0, 16)

    class Lying(Collection):
        """A collection whose slices lack their last byte."""

        def region_slice(self, region: Any, offset: int, count: int) -> Any:
            return super().region_slice(region, offset, count - 1)

    lying: Any = Lying(*user_written(heap, [region]))
    outcome = guest_bytes.read(lying, V0_18, 0, 4)[1]
    assert isinstance(outcome, Panics)
    assert "wrong length" in outcome.message


def test_a_region_that_is_found_but_has_not_the_address_makes_the_crate_panic() -> None:
    heap, region = make_region(Heap(), 0x1000, 0)
    halved = user_written(heap, [region])._replace(is_checked=True)
    assert guest_memory.find_region(halved, V0_18, 0x1000) == Ok(region)
    assert isinstance(guest_memory.to_region_addr(halved, V0_18, 0x1000), Panics)


def test_slices_are_not_to_be_had_before_there_were_any() -> None:
    for contract in (V0_16, V0_17_DEV):
        with pytest.raises(AccessError, match="get_slices"):
            guest_memory.get_slices(Collection(), contract, 0, 1, Permission.READ)


def test_values_of_other_sizes_and_values_that_do_not_fit_are_refused() -> None:
    for contract in CONTRACTS.values():
        with pytest.raises(AccessError):
            guest_bytes.read_obj(Collection(), contract, 0, 3)
        with pytest.raises(AccessError):
            guest_bytes.write_obj(Collection(), contract, 0, 1, 256)
    heap, region = make_region(Heap(), 0, 16)
    memory = user_written(heap, [region])
    for contract in CONTRACTS.values():
        with pytest.raises(AccessError):
            guest_bytes.load(memory, contract, 0, 3)
        with pytest.raises(AccessError):
            guest_bytes.store(memory, contract, 0, 1, 256)


def test_a_range_of_ever_so_many_callbacks_is_not_followed_to_its_end() -> None:
    heap, region = make_region(Heap(), 0, 1 << 40)
    memory = user_written(heap, [region])

    def one_byte(
        memory: Collection, state: None, total: int, length: int, offset: int, region: Any
    ) -> tuple[Collection, None, Outcome[int]]:
        return memory, None, Ok(1)

    with pytest.raises(EffortLimit):
        guest_memory.try_access(memory, V0_18, 0, 1 << 40, one_byte, None)


def test_orders_that_no_atomic_access_has_panic_after_the_other_checks() -> None:
    heap, region = make_region(Heap(), 0, 16)
    memory = user_written(heap, [region])
    for contract in CONTRACTS.values():
        release = guest_bytes.load(memory, contract, 0, 4, order=MemoryOrder.RELEASE)[1]
        assert isinstance(release, Panics)
        misaligned = guest_bytes.load(memory, contract, 1, 4, order=MemoryOrder.RELEASE)[1]
        assert misaligned == Err(InvalidBackendAddress())
        acquire = guest_bytes.store(memory, contract, 0, 4, 1, order=MemoryOrder.ACQUIRE)
        assert isinstance(acquire[1], Panics)
        assert contents_of(acquire[0]) == contents_of(memory)
