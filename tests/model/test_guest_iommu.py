"""Tables of IOMMUs against dictionaries of addresses, and memory behind them; bitmaps, too."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from model import guest_bytes, guest_iommu
from model.address_range import ADDRESS_SPACE_SIZE
from model.dirty_bitmap import DirtyBitmap, clear, is_dirty_at, is_page_dirty, mark, take
from model.guest_contract import V0_18, released
from model.guest_errors import Err, IommuFailed, IotlbFails, Ok, Panics
from model.guest_iommu import IommuMemory
from model.guest_maps import clean, from_ranges
from model.guest_streams import Source
from model.iommu import Permission
from model.iotlb import Iotlb, invalidate_all, invalidate_mapping, lookup, set_mapping
from model.slice_streams import fill_once
from tests.model.guest_worlds import contents_of

PERMISSIONS = st.sampled_from(list(Permission))
IOVA = st.integers(0, 60)
LENGTH = st.integers(1, 30)
MAPPINGS = st.lists(
    st.tuples(IOVA, st.integers(0, 120), LENGTH, st.one_of(st.none(), PERMISSIONS)), max_size=6
)
Table = tuple[Iotlb, dict[int, tuple[int, Permission]]]


def tables(mappings: list[tuple[int, int, int, Permission | None]]) -> Table:
    """A table after some changes, and the same by address; no permission: an invalidation."""
    iotlb, by_address = Iotlb(), dict[int, tuple[int, Permission]]()
    for start, physical, length, permission in mappings:
        if permission is None:
            outcome = invalidate_mapping(iotlb, V0_18, start, length)
        else:
            outcome = set_mapping(iotlb, V0_18, start, physical, length, permission)
        assert isinstance(outcome, Ok)
        iotlb = outcome.value
        for number in range(length):
            by_address.pop(start + number, None)
            if permission is not None:
                by_address[start + number] = (physical + number, permission)
    return iotlb, by_address


def spread(ranges: tuple[tuple[int, int], ...]) -> list[int]:
    """All addresses of some ranges."""
    return [base + number for base, length in ranges for number in range(length)]


@given(MAPPINGS, IOVA, LENGTH, PERMISSIONS)
def test_a_range_is_translated_byte_by_byte_or_all_that_is_wrong_is_told(
    mappings: list[tuple[int, int, int, Permission | None]],
    start: int,
    length: int,
    permission: Permission,
) -> None:
    iotlb, by_address = tables(mappings)
    asked = range(start, start + length)
    misses = [one for one in asked if one not in by_address]
    fails = [
        one for one in asked if one in by_address and by_address[one][1] & permission != permission
    ]
    outcome = lookup(iotlb, V0_18, start, length, permission)
    if misses or fails:
        assert isinstance(outcome, Err)
        assert isinstance(outcome.error, IotlbFails)
        assert spread(outcome.error.misses) == misses
        assert spread(outcome.error.access_fails) == fails
    else:
        assert isinstance(outcome, Ok)
        assert spread(outcome.value) == [by_address[one][0] for one in asked]
        assert sum(length for _, length in outcome.value) == length


@given(MAPPINGS)
def test_entries_are_apart_in_order_and_none_continues_another(
    mappings: list[tuple[int, int, int, Permission | None]],
) -> None:
    iotlb, by_address = tables(mappings)
    for left, right in pairwise(iotlb.entries):
        assert left.end <= right.start
        assert left.end < right.start or left[2:] != right[2:]
    assert {
        one for entry in iotlb.entries for one in range(entry.start, entry.end)
    } == by_address.keys()


@given(MAPPINGS, IOVA, st.binary(min_size=1, max_size=30))
def test_a_write_behind_an_iommu_is_all_translated_or_nothing(
    mappings: list[tuple[int, int, int, Permission | None]], start: int, data: bytes
) -> None:
    made = from_ranges(V0_18, [(0, 70), (70, 40), (120, 40)])
    assert isinstance(made, Ok)
    iotlb, by_address = tables(mappings)
    memory = IommuMemory(clean(made.value), iotlb)
    after, outcome = guest_bytes.write(memory, V0_18, start, data)
    expected = contents_of(made.value)
    asked = range(start, start + len(data))
    allowed = all(one in by_address and by_address[one][1] & Permission.WRITE for one in asked)
    if not allowed:
        assert isinstance(outcome, Err)
        assert isinstance(outcome.error, IommuFailed)
    else:
        done = 0
        for address, byte in zip(asked, data, strict=True):
            if by_address[address][0] not in expected:
                break
            expected[by_address[address][0]] = byte
            done += 1
        assert outcome == Ok(done) or (done == 0 and isinstance(outcome, Err))
        assert after.bitmap.dirty == ({start // 4096} if done else set())
    assert contents_of(after.physical) == expected
    assert all(not bitmap.dirty for bitmap in after.physical.heap.bitmaps.values())


def test_a_disabled_iommu_is_not_there() -> None:
    made = from_ranges(V0_18, [(0x4000, 0x1000)])
    assert isinstance(made, Ok)
    off = IommuMemory(clean(made.value), is_enabled=False)
    assert guest_iommu.physical_memory(off) == off.physical
    after, outcome = guest_bytes.write(off, V0_18, 0x4000, b"x")
    assert outcome == Ok(1)
    assert after.bitmap.dirty == frozenset()
    assert after.physical.heap.bitmaps[0].dirty == {0}
    assert guest_iommu.check_range(off, V0_18, 0x4000, 0x1000, Permission.WRITE) == Ok(True)


@given(st.integers(0, 64), st.integers(0, 64), PERMISSIONS)
def test_ends_at_2_64_panic_or_pass_for_empty(
    below: int, beyond: int, permission: Permission
) -> None:
    start, length = ADDRESS_SPACE_SIZE - 1 - below, below + 1 + beyond
    assert isinstance(lookup(Iotlb(), V0_18, start, length, permission), Panics)
    if start >= (start + length) % ADDRESS_SPACE_SIZE:
        assert lookup(Iotlb(), released(V0_18), start, length, permission) == Ok(())
    for contract in (V0_18, released(V0_18)):
        mapped = set_mapping(Iotlb(), contract, start, 0, below + 1, permission)
        assert isinstance(mapped, Panics)
        assert isinstance(set_mapping(Iotlb(), contract, 5, 0, 0, permission), Panics)
        assert isinstance(invalidate_mapping(Iotlb(), contract, 5, 0), Panics)


def test_nothing_is_known_after_all_was_invalidated() -> None:
    assert lookup(invalidate_all(), V0_18, 0, 1, Permission.NONE) == Err(IotlbFails(((0, 1),), ()))


def test_no_bytes_inside_of_a_mapping_need_its_permission_at_its_edge_they_do_not() -> None:
    mapped = set_mapping(Iotlb(), V0_18, 0x10, 0, 0x10, Permission.READ)
    assert isinstance(mapped, Ok)
    assert lookup(mapped.value, V0_18, 0x10, 0, Permission.WRITE) == Ok(())
    assert lookup(mapped.value, V0_18, 0x18, 0, Permission.WRITE) == Err(
        IotlbFails((), ((0x18, 0),))
    )


# --- Bitmaps -----------------------------------------------------------------------------------


@given(
    st.integers(0, 300),
    st.integers(1, 40),
    st.lists(st.tuples(st.booleans(), st.integers(0, 400), st.integers(0, 300)), max_size=6),
)
def test_pages_are_dirty_as_their_bytes_were_marked_last(
    covered: int, page_size: int, steps: list[tuple[bool, int, int]]
) -> None:
    bitmap, pages = DirtyBitmap(covered, page_size), set[int]()
    for marks, start, length in steps:
        bitmap = (mark if marks else clear)(bitmap, start, length)
        touched = {one // page_size for one in range(start, start + length)}
        touched = {page for page in touched if page * page_size < covered}
        pages = pages | touched if marks else pages - touched
    assert bitmap.dirty == pages
    for offset in range(covered):
        assert is_dirty_at(bitmap, offset) == (offset // page_size in pages)
    assert not is_page_dirty(bitmap, bitmap.pages)
    empty, words = take(bitmap)
    assert empty.dirty == frozenset()
    shown = {
        64 * number + bit
        for number, word in enumerate(words)
        for bit in range(64)
        if word >> bit & 1
    }
    assert shown == pages


def test_a_descriptor_that_fails_may_have_written_all() -> None:
    made = from_ranges(V0_18, [(0, 0x3000)])
    assert isinstance(made, Ok)
    contents = made.value.listed[0].contents
    for is_descriptor, dirty in ((False, set[int]()), (True, {0, 1, 2})):
        source = Source(b"data", fail_at_call=1, is_descriptor=is_descriptor)
        after, _, outcome = fill_once(made.value, contents, source, True)
        assert isinstance(outcome, Err)
        assert after.heap.bitmaps[0].dirty == dirty
