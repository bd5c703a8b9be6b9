"""Guest memory by every version against a dictionary of bytes, and what an access leaves alone."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from model import guest_bytes, guest_memory
from model.address_range import ADDRESS_SPACE_SIZE
from model.dirty_bitmap import HOST_PAGE_SIZE
from model.guest_contract import CONTRACTS, V0_18, Contract
from model.guest_errors import (
    CallbackOutOfRange,
    Err,
    GuestAddressOverflow,
    InvalidBackendAddress,
    InvalidGuestAddress,
    Ok,
    Outcome,
    PartialBuffer,
)
from model.guest_maps import clean
from model.guest_regions import Collection, GuestRegion
from model.guest_streams import Sink, Source
from model.iommu import Permission
from model.volatile_slice import load_all
from tests.model.guest_worlds import (
    World,
    addresses,
    build,
    contents_of,
    contracts,
    layouts,
    lengths,
    needs_address,
)

worlds = st.builds(build, layouts())
SIZES = st.sampled_from([1, 2, 4, 8])
ORDERS = st.sampled_from(["little", "big"])


def told(contract: Contract, world: World, address: int, count: int) -> Outcome[int]:
    """How an access by address ends: what its dictionary says."""
    if needs_address(contract, world, address, count):
        return Err(InvalidGuestAddress(address))
    return Ok(world.mapped_from(address, count))


def all_or_partial(outcome: Outcome[int], count: int) -> Outcome[None]:
    """How an access ends that must move all."""
    if not isinstance(outcome, Ok):
        return outcome
    return Ok(None) if outcome.value == count else Err(PartialBuffer(count, outcome.value))


def written(world: World, address: int, data: bytes) -> dict[int, int]:
    """The dictionary after the bytes up to the first hole were written."""
    count = world.mapped_from(address, len(data))
    changed = {(address + n) % ADDRESS_SPACE_SIZE: byte for n, byte in enumerate(data[:count])}
    return {**world.contents, **changed}


# --- Bytes -------------------------------------------------------------------------------------


@given(contracts, worlds, addresses, lengths)
def test_what_is_read_is_there_and_reading_changes_nothing(
    contract: Contract, world: World, address: int, count: int
) -> None:
    expected = told(contract, world, address, count)
    moved = world.bytes_at(address, world.mapped_from(address, count))
    memory, outcome, data = guest_bytes.read(world.memory, contract, address, count)
    assert (outcome, data) == (expected, moved)
    assert contents_of(memory) == world.contents
    _, outcome_of_all, data = guest_bytes.read_slice(world.memory, contract, address, count)
    assert (outcome_of_all, data) == (all_or_partial(expected, count), moved)


@given(contracts, worlds, addresses, st.binary(max_size=96))
def test_what_is_said_to_be_written_was_written_in_order_and_nothing_else(
    contract: Contract, world: World, address: int, data: bytes
) -> None:
    expected = told(contract, world, address, len(data))
    memory, outcome = guest_bytes.write(world.memory, contract, address, data)
    assert outcome == expected
    assert contents_of(memory) == written(world, address, data)
    again, of_all = guest_bytes.write_slice(world.memory, contract, address, data)
    assert of_all == all_or_partial(expected, len(data))
    assert contents_of(again) == contents_of(memory)


@given(contracts, worlds, addresses, SIZES, ORDERS, st.integers(0, 2**64 - 1))
def test_a_value_that_was_written_is_read_back_in_either_order(
    contract: Contract, world: World, address: int, size: int, order: Any, value: int
) -> None:
    value %= 1 << 8 * size
    memory, outcome = guest_bytes.write_obj(world.memory, contract, address, size, value, order)
    data = value.to_bytes(size, order)
    assert outcome == all_or_partial(told(contract, world, address, size), size)
    assert contents_of(memory) == written(world, address, data)
    if outcome == Ok(None):
        assert guest_bytes.read_obj(memory, contract, address, size, order)[1] == Ok(value)


@given(contracts, worlds, addresses, SIZES, ORDERS, st.integers(0, 2**64 - 1))
def test_a_load_or_store_is_one_aligned_piece_of_one_region_or_changes_nothing(
    contract: Contract, world: World, address: int, size: int, order: Any, value: int
) -> None:
    value %= 1 << 8 * size
    memory, outcome = guest_bytes.store(world.memory, contract, address, size, value, order)
    loaded = guest_bytes.load(world.memory, contract, address, size, order)[1]
    if address not in world.contents:
        assert outcome == loaded == Err(InvalidGuestAddress(address))
        return
    pieces = world.pieces(address, size)
    region = guest_memory.find_region(world.memory, contract, address).value  # type: ignore[union-attr]
    if pieces == [size] and (address - region.start) % size == 0:
        assert outcome == Ok(None)
        assert loaded == Ok(int.from_bytes(world.bytes_at(address, size), order))
        assert contents_of(memory) == written(world, address, value.to_bytes(size, order))
    else:
        assert outcome == loaded == Err(InvalidBackendAddress())
        assert contents_of(memory) == world.contents


@given(contracts, worlds, addresses, st.binary(max_size=96))
def test_the_pages_that_are_marked_are_those_that_were_written(
    contract: Contract, world: World, address: int, data: bytes
) -> None:
    memory, _ = guest_bytes.write(clean(world.memory), contract, address, data)
    count = world.mapped_from(address, len(data))
    touched = {(address + number) % ADDRESS_SPACE_SIZE for number in range(count)}
    for region in memory.listed:
        inside = {one - region.start for one in touched} & set(range(region.length))
        dirty = memory.heap.bitmaps[region.block].dirty
        assert dirty == {offset // HOST_PAGE_SIZE for offset in inside}


# --- Ranges ------------------------------------------------------------------------------------


@given(contracts, worlds, addresses, lengths)
def test_a_range_can_be_accessed_if_each_of_its_bytes_is_there(
    contract: Contract, world: World, address: int, count: int
) -> None:
    there = world.mapped_from(address, count) == count
    there = there and not needs_address(contract, world, address, count)
    assert guest_memory.check_range(world.memory, contract, address, count) == Ok(there)


@given(worlds, addresses, lengths)
def test_slices_have_the_bytes_of_the_range_in_order_one_a_region(
    world: World, address: int, count: int
) -> None:
    items = guest_memory.get_slices(world.memory, V0_18, address, count, Permission.READ)
    good = [item.value for item in items if isinstance(item, Ok)]
    assert [one.length for one in good] == world.pieces(address, count)
    mapped = world.mapped_from(address, count)
    assert b"".join(load_all(world.memory, one) for one in good) == world.bytes_at(address, mapped)
    if mapped < count:
        hole = (address + mapped) % ADDRESS_SPACE_SIZE
        assert items[-1] == Err(InvalidGuestAddress(hole))
    assert len(items) - len(good) == (mapped < count)


@given(contracts, worlds, addresses, lengths)
def test_one_slice_is_all_of_the_range_or_none(
    contract: Contract, world: World, address: int, count: int
) -> None:
    slice_ = guest_memory.get_slice(world.memory, contract, address, count)
    if address not in world.contents:
        assert slice_ == Err(InvalidGuestAddress(address))
    elif count == 0 or world.pieces(address, count) == [count]:
        assert isinstance(slice_, Ok)
        assert load_all(world.memory, slice_.value) == world.bytes_at(address, count)
    else:
        assert slice_ == Err(InvalidBackendAddress())


@given(contracts, worlds, addresses, st.integers(0, 2**64 - 1))
def test_looking_an_address_up_is_looking_in_the_dictionary(
    contract: Contract, world: World, address: int, offset: int
) -> None:
    memory, there = world.memory, address in world.contents
    assert guest_memory.address_in_range(memory, contract, address) == Ok(there)
    assert guest_memory.check_address(memory, contract, address) == Ok(address if there else None)
    found = guest_memory.to_region_addr(memory, contract, address)
    assert isinstance(found, Ok)
    assert (found.value is not None) == there
    if found.value is not None:
        region, into = found.value
        assert region.start + into == address
        assert guest_memory.get_host_address(memory, contract, address) == Ok((region.block, into))
    total = address + offset
    assert guest_memory.checked_offset(memory, contract, address, offset) == Ok(
        total if total in world.contents else None
    )


@given(worlds, addresses)
def test_halving_finds_what_walking_finds(world: World, address: int) -> None:
    checked = world.memory._replace(is_checked=True)
    for contract in CONTRACTS.values():
        assert checked.find_region(contract, address) == world.memory.find_region(contract, address)
        assert guest_memory.last_addr(checked, contract) == Ok(max(world.contents))


# --- Streams -----------------------------------------------------------------------------------


@given(contracts, worlds, addresses, lengths, st.binary(max_size=96), st.integers(1, 40))
def test_a_source_goes_where_its_version_says_and_nowhere_else(
    contract: Contract, world: World, address: int, count: int, data: bytes, chunk: int
) -> None:
    memory, source, outcome = guest_bytes.read_volatile_from(
        world.memory, contract, address, Source(data, chunk), count
    )
    assert contents_of(memory).keys() == world.contents.keys()
    if needs_address(contract, world, address, count):
        assert outcome == Err(InvalidGuestAddress(address))
        assert source.calls == 0
    expected, done, at = dict(world.contents), 0, address
    for length in world.pieces(address, count):
        given_here = min(length, len(data) - done)
        if contract.reads_source_once_a_region:
            given_here = min(given_here, chunk)
        for number in range(given_here):
            expected[(at + number) % ADDRESS_SPACE_SIZE] = data[done + number]
        done, at = done + given_here, at + length
    assert contents_of(memory) == expected
    assert source.consumed == done
    if isinstance(outcome, Ok):
        assert outcome.value == done


@given(contracts, worlds, addresses, lengths, st.integers(1, 40), st.integers(0, 96))
def test_a_sink_gets_the_bytes_in_order_or_says_that_it_is_full(
    contract: Contract, world: World, address: int, count: int, chunk: int, capacity: int
) -> None:
    memory, sink, outcome = guest_bytes.write_volatile_to(
        world.memory, contract, address, Sink(chunk, capacity), count
    )
    assert contents_of(memory) == world.contents
    mapped = world.mapped_from(address, count)
    assert sink.taken == world.bytes_at(address, min(mapped, capacity))
    if mapped <= capacity:
        assert outcome == told(contract, world, address, count)
    else:
        assert isinstance(outcome, Err)


# --- Calling back ------------------------------------------------------------------------------


@given(contracts, worlds, addresses, lengths, st.lists(st.integers(0, 40), max_size=8))
def test_callbacks_get_what_is_left_and_totals_are_what_they_gave(
    contract: Contract, world: World, address: int, count: int, gives: list[int]
) -> None:
    trace = list[tuple[int, int, int]]()

    def callback(
        memory: Collection, state: None, total: int, length: int, offset: int, region: GuestRegion
    ) -> tuple[Collection, None, Outcome[int]]:
        given_now = gives[len(trace)] if len(trace) < len(gives) else length
        trace.append((total, length, given_now))
        at = (address + total) % ADDRESS_SPACE_SIZE
        assert region.start + offset == at
        assert length == min(count - total, region.length - offset)
        return memory, None, Ok(given_now)

    _, _, outcome = guest_memory.try_access(world.memory, contract, address, count, callback, None)
    totals = [sum(one[2] for one in trace[:number]) for number in range(len(trace) + 1)]
    assert [one[0] for one in trace] == totals[:-1]
    if totals[-1] > count:
        assert outcome == Err(CallbackOutOfRange())
    elif not trace:
        assert outcome == Err(InvalidGuestAddress(address))
    elif outcome != Err(GuestAddressOverflow()):
        assert outcome == Ok(totals[-1])
    else:
        assert address + totals[-1] > ADDRESS_SPACE_SIZE
