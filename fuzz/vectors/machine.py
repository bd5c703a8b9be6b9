"""What a vector is run on: the guest memory that it describes, and its arguments."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from fuzz.vectors.reading import Reader, Vector
from model.address_range import ADDRESS_SPACE_SIZE
from model.guest_contract import Contract
from model.guest_errors import Ok, Outcome, then
from model.guest_iommu import IommuMemory
from model.guest_maps import clean, from_ranges, make_region, user_written
from model.guest_regions import Collection, GuestRegion, Heap
from model.iommu import Permission
from model.iotlb import Iotlb, invalidate_mapping, lookup, set_mapping

PERMISSIONS = {
    "no": Permission.NONE,
    "r": Permission.READ,
    "w": Permission.WRITE,
    "rw": Permission.READ_WRITE,
}
BACKENDS = ("mmap", "custom", "iommu")

Memory = Collection | IommuMemory[Collection]


class NotCheckedError(Exception):
    """Something about a vector that this runner cannot do; the message names it."""


class Arguments:
    """The arguments of a vector; which of them an operation has asked for is remembered."""

    def __init__(self, vector: Vector) -> None:
        self.vector = vector
        self.asked = set[str]()
        self._reader = Reader(f"{vector.path}: vector {vector.name}")

    def get(self, name: str) -> Any:
        """An argument, or None."""
        self.asked.add(name)
        return self.vector.args.get(name)

    def need(self, name: str) -> Any:
        """An argument that there must be. Raises VectorError."""
        value = self.get(name)
        if value is None:
            raise self.vector.fault(f"{self.vector.op} needs args.{name}")
        return value

    def number(self, *names: str) -> int:
        """A number, under the first of its names that is there. Raises VectorError."""
        given = [name for name in names if self.get(name) is not None]
        name = given[0] if given else names[0]
        return self._reader.number(f"args.{name}", self.need(name))

    def limit(self, name: str) -> int | None:
        """A number, or None. Raises VectorError."""
        return None if self.get(name) is None else self.number(name)

    def data(self, name: str) -> bytes:
        """Bytes. Raises VectorError."""
        return self._reader.data(f"args.{name}", self.need(name))

    def items(self, name: str) -> list[Any]:
        """A list; none is an empty one. Raises VectorError."""
        found = self.get(name)
        return list(self._reader.items(f"args.{name}", [] if found is None else found))

    def permission(self, default: str = "rw") -> Permission:
        """The kind of access that is asked about. Raises VectorError."""
        given = self.get("perm")
        name = default if given is None else given
        if not isinstance(name, str) or name not in PERMISSIONS:
            raise self.vector.fault("args.perm is none of no, r, w, rw")
        return PERMISSIONS[name]

    def unasked(self) -> list[str]:
        """The arguments that the operation knows nothing of."""
        return sorted(self.vector.args.keys() - self.asked)


class Run(NamedTuple):
    """A vector, the version that it is run on, its arguments, and its memory at the start."""

    vector: Vector
    contract: Contract
    args: Arguments
    memory: Memory

    @property
    def collection(self) -> Collection:
        """The memory, of an operation that needs a map of regions. Raises NotCheckedError."""
        if isinstance(self.memory, IommuMemory):
            raise NotCheckedError(f"{self.vector.op} on memory behind an IOMMU")
        return self.memory


# --- Making ------------------------------------------------------------------------------------


def make_map(vector: Vector, contract: Contract) -> Outcome[Collection]:
    """The map of a vector's regions, as its backend makes one."""
    if vector.backend == "custom":
        heap, regions = Heap(), list[GuestRegion]()
        for number, (start, length) in enumerate(vector.regions):
            heap, region = make_region(heap, start, length, is_mapped=number not in vector.mmio)
            regions.append(region)
        return Ok(user_written(heap, regions))
    if not vector.regions and vector.op != "build":
        return Ok(Collection())
    return from_ranges(contract, vector.regions)


def make_iotlb(vector: Vector, contract: Contract) -> Outcome[Iotlb]:
    """The table of a vector's IOMMU, after all changes."""
    table: Outcome[Iotlb] = Ok(Iotlb())
    for change in vector.iommu:
        if isinstance(table, Ok):
            table = changed(table.value, contract, change)
    return table


def changed(iotlb: Iotlb, contract: Contract, change: tuple[Any, ...]) -> Outcome[Iotlb]:
    """The table of an IOMMU after one change."""
    if change[0] == "inv":
        return invalidate_mapping(iotlb, contract, *change[1:])
    start, physical, length, permission = change
    return set_mapping(iotlb, contract, start, physical, length, PERMISSIONS[permission])


def make_memory(vector: Vector, contract: Contract) -> Outcome[Memory]:
    """The memory of a vector, filled and clean. Raises NotCheckedError and VectorError."""
    if vector.backend not in BACKENDS:
        raise NotCheckedError(f"backend {vector.backend}")
    if (vector.iommu and not contract.has_iommu) or (
        vector.backend == "iommu" and not contract.has_iommu
    ):
        raise NotCheckedError(f"{contract.name} has no IOMMU")

    def behind(collection: Collection) -> Outcome[Memory]:
        if vector.backend != "iommu":
            return Ok(filled(vector, contract, collection))

        def translated(iotlb: Iotlb) -> Outcome[Memory]:
            memory = IommuMemory(collection, iotlb, vector.iommu_enabled)
            return Ok(filled(vector, contract, memory))

        return then(make_iotlb(vector, contract), translated)

    return then(make_map(vector, contract), behind)


# --- Contents ----------------------------------------------------------------------------------


def regions_at(memory: Memory, contract: Contract, address: int) -> tuple[GuestRegion, int] | None:
    """The region and offset of one byte: by physical address, or else where an IOMMU leads."""
    collection = memory.physical if isinstance(memory, IommuMemory) else memory
    for region in collection.listed:
        if region.start <= address < region.start + region.length:
            return region, address - region.start
    if isinstance(memory, IommuMemory) and address + 1 < ADDRESS_SPACE_SIZE:
        found = lookup(memory.iotlb, contract, address, 1, Permission.NONE)
        if isinstance(found, Ok):
            return regions_at(collection, contract, found.value[0][0])
    return None


def filled(vector: Vector, contract: Contract, memory: Memory) -> Memory:
    """The memory with what is in it before the operation, and no marks of that.

    Raises VectorError where nothing is mapped.
    """
    for start, data in vector.prefill:
        for number, byte in enumerate(data):
            address = (start + number) % ADDRESS_SPACE_SIZE
            found = regions_at(memory, contract, address)
            if found is None:
                raise vector.fault(f"prefill at {address:#x}, where nothing is mapped")
            memory = memory.store_host(found[0].block, found[1], bytes([byte]))
    if isinstance(memory, IommuMemory):
        return memory._replace(physical=clean(memory.physical))
    return clean(memory)


def peeked(vector: Vector, contract: Contract, memory: Memory) -> list[list[object]]:
    """What is in memory where the vector looks, in hex; ".." is no memory."""
    return [
        [start, "".join(peek_bytes(memory, contract, start, count))] for start, count in vector.peek
    ]


def peek_bytes(memory: Memory, contract: Contract, start: int, count: int) -> Iterator[str]:
    """Bytes of the memory in hex, one by one, going on at 0 behind the last address."""
    for number in range(count):
        found = regions_at(memory, contract, (start + number) % ADDRESS_SPACE_SIZE)
        yield ".." if found is None else memory.load_host(found[0].block, found[1], 1).hex()
