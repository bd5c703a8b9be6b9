"""The section of RAM that was accessed last: what is in it can be copied without looking it up."""

from __future__ import annotations

from mmap import mmap
from typing import TYPE_CHECKING

from impl.attributes import UNSPECIFIED, Attributes
from impl.view import Recent, section_edges

if TYPE_CHECKING:
    from impl.address_space import AddressSpace


def recent_at(
    space: AddressSpace, address: int, length: int, attributes: Attributes
) -> Recent | None:
    """The section of mapped RAM that has all of some bytes; None if none has.

    The view remembers it. There is none for an access that says something of itself; nor in a map
    with a fuzz hook, which is told of each access. Rules: X1, X5, A16.
    """
    accesses = space.accesses
    if attributes is not UNSPECIFIED or accesses.fuzz_hook is not None:
        return None
    view = space.view
    found = view.find(address)
    if found is None or found.region.kind not in accesses.direct_kinds:
        return None
    block = found.region.block
    contents = None if block is None else block.contents
    if block is None or not isinstance(contents, mmap):
        return None
    start, end = section_edges(found, address, space.memory_map.page_bits)
    base = found.start - found.offset
    if end > base + block.size:
        end = base + block.size
    recent = view.recent = (start, end, contents, base, found.region)
    return recent if 0 < length <= end - address else None
