"""Bugs for the vectors to notice: in a module, a text and what stands in its place."""

from typing import NamedTuple


class Bug(NamedTuple):
    """A bug for a group of vectors, by the name of what it makes true."""

    group: str
    name: str
    module: str
    original: str
    replacement: str


BUGS = (
    Bug(
        "collection", "touching regions overlap", "guest_maps", "last >= right", "last + 1 >= right"
    ),
    Bug("collection", "any order", "guest_maps", "left.start > right.start", "False"),
    Bug("collection", "regions reach 2^64", "guest_maps", "length >= ADDRESS", "length > ADDRESS"),
    Bug(
        "collection",
        "length is ignored",
        "guest_maps",
        "== (start, length)",
        "== (start, region.length)",
    ),
    Bug(
        "collection",
        "one error for all versions",
        "guest_maps",
        "contract.removal_names_region",
        "False",
    ),
    Bug(
        "collection",
        "empty regions end before",
        "guest_region",
        "contract.overflow_panics and bounds.size == 0",
        "False",
    ),
    Bug(
        "lookup",
        "end is inside",
        "guest_regions",
        "address <= last.value",
        "address <= last.value + 1",
    ),
    Bug(
        "lookup",
        "last byte is outside",
        "guest_regions",
        "if address <= last else",
        "if address < last else",
    ),
    Bug(
        "lookup",
        "base must be mapped",
        "guest_memory",
        "    return check_address(memory, contract, total) if",
        "    return check_address(memory, contract, base) if",
    ),
    Bug(
        "lookup",
        "one past the end",
        "guest_region",
        "if offset < bounds.size",
        "if offset <= bounds.size",
    ),
    Bug(
        "check_range",
        "holes are no matter",
        "guest_memory",
        "    failed = items[-1] if items and not isinstance(items[-1], Ok) else Ok(None)",
        "    failed: Any = Ok(None)",
    ),
    Bug(
        "check_range",
        "any progress will do",
        "guest_memory",
        "Ok(handled == count)",
        "Ok(handled > 0)",
    ),
    Bug(
        "bytes",
        "holes are skipped",
        "guest_memory",
        "        if found.value is None:\n            break",
        "        if found.value is None:\n            current += 1\n            if current "
        "< 1 << 14:\n                continue\n            break",
    ),
    Bug("bytes", "short is all", "guest_errors", "if moved == expected", "if moved <= expected"),
    Bug(
        "bytes",
        "partial counts what is missing",
        "guest_errors",
        "PartialBuffer(expected, moved)",
        "PartialBuffer(expected, expected - moved)",
    ),
    Bug("bytes", "same piece again", "guest_by_slices", "data[done : done +", "data[0 :"),
    Bug(
        "atomic",
        "alignment of the guest's address",
        "volatile_slice",
        "found.value.start % size",
        "(found.value.start + 1) % size",
    ),
    Bug(
        "atomic",
        "too long is cut",
        "volatile_slice",
        "OutOfBounds(end)) if end > slice_.length",
        "OutOfBounds(end)) if False",
    ),
    Bug(
        "bytes",
        "all slices begin alike",
        "guest_memory",
        "memory.region_slice(region, offset, length)",
        "memory.region_slice(region, 0, length)",
    ),
    Bug(
        "slices",
        "errors are dropped",
        "guest_memory",
        "        slices.append(slice_)\n        if not isinstance(slice_, Ok):\n            break",
        "        if not isinstance(slice_, Ok):\n            break\n        slices.append(slice_)",
    ),
    Bug(
        "slices",
        "no bytes need no region",
        "guest_memory",
        "return Err(InvalidGuestAddress(address)) if found is None",
        "return Err(GuestAddressOverflow()) if found is None",
    ),
    Bug("stream", "interrupts are told", "slice_streams", "not retries:", "True:"),
    Bug(
        "stream",
        "0.16 retries",
        "guest_by_regions",
        "source, contract.retries_interrupted",
        "source, True",
    ),
    Bug(
        "stream",
        "a full sink is an end",
        "slice_streams",
        "        if taken.value == 0:\n            return sink, "
        "Err(IoFailed(IoErrorKind.WRITE_ZERO))",
        "        if taken.value == 0:\n            return sink, Ok(None)",
    ),
    Bug(
        "stream",
        "full advance after a short read",
        "guest_by_slices",
        "total += filled.value",
        "total += slice_.length",
    ),
    Bug("try_access", "total may overshoot", "guest_memory", "total > count:", "False:"),
    Bug(
        "try_access",
        "nothing goes on",
        "guest_memory",
        "        if handled.value == 0:\n            return memory, state, Ok(total)\n",
        "        if handled.value == 0 and count:\n            return memory, state, Ok(count)\n",
    ),
    Bug(
        "try_access",
        "whole region is offered",
        "guest_memory",
        "length = min(room, count - total)",
        "length = room",
    ),
    Bug(
        "address_top",
        "no wrap",
        "guest_memory",
        "return 0 if total == ADDRESS_SPACE_SIZE else None",
        "return None",
    ),
    Bug(
        "try_access",
        "any wrap",
        "guest_memory",
        "return 0 if total == ADDRESS_SPACE_SIZE else None",
        "return total - ADDRESS_SPACE_SIZE",
    ),
    Bug(
        "no_host_mapping",
        "streams need slices",
        "guest_contract",
        "    streams_ask_regions=True,",
        "    streams_ask_regions=False,",
    ),
    Bug(
        "no_host_mapping",
        "0.18 asks regions",
        "guest_contract",
        "    asks_regions=False,",
        "    asks_regions=True,",
    ),
    Bug(
        "no_host_mapping",
        "only the piece is offered",
        "guest_by_regions",
        "memory.read_region(region, offset, length - total)",
        "memory.read_region(region, offset, _)",
    ),
    Bug(
        "no_host_mapping",
        "devices have pointers",
        "guest_regions",
        "        if not region.is_mapped:\n            return "
        "Err(HostAddressNotAvailable())\n        if check",
        "        if check",
    ),
    Bug(
        "dirty",
        "what was asked for is marked",
        "volatile_slice",
        "marked_from, len(data))",
        "marked_from, slice_.length)",
    ),
    Bug(
        "dirty",
        "marks begin with the region",
        "volatile_slice",
        "marked_from=slice_.marked_from + offset",
        "marked_from=slice_.marked_from",
    ),
    Bug(
        "bitmap",
        "last page is dropped",
        "dirty_bitmap",
        "last // bitmap.page_size + 1",
        "last // bitmap.page_size",
    ),
    Bug(
        "bitmap",
        "no bytes mark a page",
        "dirty_bitmap",
        "    if length == 0:\n        return range(0)\n",
        "    length = length or 1\n",
    ),
    Bug(
        "bitmap",
        "ends wrap",
        "dirty_bitmap",
        "min(start + length - 1, ADDRESS_SPACE_SIZE - 1)",
        "(start + length - 1) % ADDRESS_SPACE_SIZE",
    ),
    Bug(
        "volatile_slice",
        "no bytes are checked",
        "volatile_slice",
        "    if length == 0:\n        return Ok(part(slice_, 0, 0))\n",
        "",
    ),
    Bug(
        "volatile_slice",
        "the start is told",
        "volatile_slice",
        "Err(OutOfBounds(end))",
        "Err(OutOfBounds(offset))",
    ),
    Bug(
        "volatile_slice",
        "alignment before bounds",
        "volatile_slice",
        "    found = subslice(slice_, offset, size)\n    if",
        "    if offset % size:\n        return Err(Misaligned(offset, size))\n    found = "
        "subslice(slice_, offset, size)\n    if",
    ),
    Bug(
        "iommu",
        "later mappings lose",
        "iotlb",
        "merged((*without(iotlb.entries, start, end), entry))",
        "merged((*iotlb.entries, entry))",
    ),
    Bug(
        "iommu",
        "any access is permitted",
        "iotlb",
        "entry.permission & permission != permission",
        "False",
    ),
    Bug(
        "iommu",
        "ends are checked",
        "iotlb",
        "ADDRESS_SPACE_SIZE and contract.overflow_panics",
        "ADDRESS_SPACE_SIZE and False",
    ),
    Bug(
        "iommu",
        "repeated targets are joined",
        "iotlb",
        "(last.end, *last[2:]) == (entry.start, *entry[2:])",
        "(last.end, last[3]) == (entry.start, entry[3])",
    ),
    Bug(
        "iommu",
        "marks by physical address",
        "guest_iommu",
        "bitmap=Bitmap.IOVA, marked_from=address",
        "marked_from=item.value.start",
    ),
    Bug(
        "iommu",
        "denials are told first",
        "guest_iommu",
        "(*found.error.misses, *found.error.access_fails)[0]",
        "(*found.error.access_fails, *found.error.misses)[0]",
    ),
)
