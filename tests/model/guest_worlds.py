"""Guest memory as a dictionary from address to byte, kept beside that of the specification."""

from typing import NamedTuple

from hypothesis import strategies as st

from model.address_range import ADDRESS_SPACE_SIZE
from model.guest_contract import CONTRACTS, Contract
from model.guest_maps import make_region, user_written
from model.guest_regions import Collection, GuestRegion, Heap

PAGE = 16
"""What the regions of most worlds are longer than, and what alignments matter within."""

contracts = st.sampled_from(list(CONTRACTS.values()))


class Layout(NamedTuple):
    """Regions by start and length, ascending and disjoint; the last may end at 2^64."""

    regions: tuple[tuple[int, int], ...]


class World(NamedTuple):
    """Memory that is filled with bytes that tell addresses apart, and the same as dictionary."""

    memory: Collection
    contents: dict[int, int]

    def mapped_from(self, address: int, count: int) -> int:
        """How many of the bytes at an address there are before the first hole."""
        for number in range(count):
            if (address + number) % ADDRESS_SPACE_SIZE not in self.contents:
                return number
        return count

    def bytes_at(self, address: int, count: int) -> bytes:
        """The bytes at an address, which are all there."""
        return bytes(
            self.contents[(address + number) % ADDRESS_SPACE_SIZE] for number in range(count)
        )

    def pieces(self, address: int, count: int) -> list[int]:
        """The lengths that a range has in region after region, up to the first hole."""
        lengths, left = list[int](), self.mapped_from(address, count)
        while left:
            region = region_of(self.memory, address)
            length = min(left, region.start + region.length - address)
            lengths.append(length)
            address, left = (address + length) % ADDRESS_SPACE_SIZE, left - length
        return lengths


def region_of(memory: Collection, address: int) -> GuestRegion:
    """The region of a byte that is there."""
    return next(one for one in memory.listed if one.start <= address < one.start + one.length)


def contents_of(memory: Collection) -> dict[int, int]:
    """All bytes of a memory by address, read without any access of guest memory."""
    return {
        region.start + number: byte
        for region in memory.listed
        for number, byte in enumerate(memory.load_host(region.block, 0, region.length))
    }


def build(layout: Layout) -> World:
    """A world of a layout; every byte differs from its neighbours."""
    heap, regions = Heap(), list[GuestRegion]()
    for start, length in layout.regions:
        heap, region = make_region(heap, start, length)
        regions.append(region)
    memory = user_written(heap, regions)
    for region in regions:
        data = bytes((region.block * 31 + number * 7 + 1) % 256 for number in range(region.length))
        memory = memory.store_host(region.block, 0, data)
    return World(memory, contents_of(memory))


@st.composite
def layouts(draw: st.DrawFn) -> Layout:
    """Up to four regions near 0, adjacent or apart, and perhaps one at the end of all addresses."""
    regions, start = list[tuple[int, int]](), draw(st.integers(0, 3))
    for _ in range(draw(st.integers(1, 4))):
        length = draw(st.integers(1, 2 * PAGE))
        regions.append((start, length))
        start += length + draw(st.sampled_from([0, 0, 1, 5]))
    if draw(st.booleans()):
        length = draw(st.integers(1, PAGE))
        regions.append((ADDRESS_SPACE_SIZE - length, length))
    return Layout(tuple(regions))


addresses = st.one_of(
    st.integers(0, 5 * PAGE), st.integers(ADDRESS_SPACE_SIZE - 2 * PAGE, ADDRESS_SPACE_SIZE - 1)
)
lengths = st.integers(0, 6 * PAGE)


def needs_address(contract: Contract, world: World, address: int, count: int) -> bool:
    """Whether an access fails because its first byte is not there."""
    if count == 0 and not contract.empty_access_needs_address:
        return False
    return address not in world.contents
