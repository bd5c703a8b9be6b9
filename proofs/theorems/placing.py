"""Which byte each byte of a request is: the one that its address means, or another.

What an address means is what a translation of that byte alone gives: a region, and an offset there.
A step has one region at the address where it begins, and takes what lies there side by side.
"""

from functools import partial
from typing import Any

from model.address_range import ADDRESS_SPACE_SIZE
from proofs.proof import Limits, Proof
from proofs.ranges import LAST_ADDRESS
from proofs.rebinding import rebound
from proofs.requests import SPACE
from proofs.symbolic import all_of, implies
from proofs.theorem import Obligation, Package, Theorem
from proofs.theorems import bugs_in_accesses, bugs_in_translation
from proofs.theorems import bugs_in_bytes as bugs
from proofs.theorems.guest_stepping import ANYTHING, What
from proofs.theorems.redirecting import any_entry
from proofs.theorems.sections import HERE, World
from proofs.theorems.stepping import MESSAGES, REQUESTS, any_length

NEIGHBOURS = ((HERE, "more of the same region"), ("RAM", "RAM"))
"""The kinds of what may lie beside it. No other counts for more: who lies there is not asked."""


def placing(package: Package, proof: Proof, what: What, neighbour: str, is_write: bool) -> None:
    """A step at any address, and any one of the bytes that it takes."""
    index = proof.integer("index", 0, LAST_ADDRESS)
    proof.show("index", index)
    world = World(package, proof, what, neighbour)
    claim = proof.claim
    try:
        found = world.translate(world.address, world.length, is_write)
        step = world.step(found, is_write)
    except package.memory.OffsetOutsideBlock:
        is_outside = found.offset >= world.system.blocks[HERE].max_length
        claim("it stops only at an offset outside of the block", is_outside)
        return
    proof.show("step", step)
    if not world.touched:
        claim("a step that touches nothing takes nothing", step.length == 0)
        return
    claim("one region is asked, once", len(world.touched) == 1)
    (touched,) = world.touched
    expected = None if world.here is None else HERE
    claim("it is the one at the step's own address", touched.region == expected)
    if world.here is None:
        claim_hole(package, proof, step, is_write)
    is_taken = index < step.length
    claim("as many bytes as the step takes, next in the request", touched.length == step.length)
    claim("they are what comes next of the request", touched.first == world.done)

    address = (world.address + index) % ADDRESS_SPACE_SIZE
    offset = (touched.offset + index) % ADDRESS_SPACE_SIZE
    alone = world.translate(address, 1, is_write)
    proof.show("alone", alone)
    is_meant = all_of(
        alone.region == touched.region, alone.region is None or alone.offset == offset
    )
    claim(
        "a byte is the one that its address means exactly if the region goes on there as it began",
        implies(is_taken, is_meant == world.shows(address, index)),
    )
    if world.here is not None:
        is_inside = world.address + index < world.here.end
        claim("so it is up to the end of the section", implies(is_inside, is_meant))
        if package.region.Kind[what.kind].is_ram:
            claim("and RAM is not left", implies(is_taken, all_of(is_inside, is_meant)))


def claim_hole(package: Package, proof: Proof, step: Any, is_write: bool) -> None:
    """What holds of a step that nothing answers."""
    results = package.memtx.MemTxResult
    proof.claim(
        "all of a step that begins in a hole is zeros and a decode error, whatever lies ahead",
        (step.result, step.data) == (results.DECODE_ERROR, None if is_write else b"zeros"),
    )


def going_on_behind_a_page(package: Package, proof: Proof, page_bits: int) -> None:
    """Any bytes that come to an IOMMU, and any one of those that its page has, asked for alone."""
    offset, length = proof.integer("offset", 0, LAST_ADDRESS), any_length(proof, "length")
    index = proof.integer("index", 0, LAST_ADDRESS)
    proof.show("index", index)
    page = any_entry(package, proof, "page", (1 << page_bits) - 1)
    page = page._replace(permission=package.iommu.Permission.READ)
    proof.assume(offset // page.page_size == page.iova // page.page_size)
    asked: list[tuple[int, int]] = []

    def translate_in_space(system: Any, space: str, address: int, length: int) -> Any:
        """In place of `model.translate.translate_in_space`."""
        asked.append((address, length))
        return space

    through = rebound(package.translate.through_iommu, translate_in_space=translate_in_space)
    iommu, attrs = package.iommu.Iommu(((page,),)), package.memtx.UNSPECIFIED
    section = package.dispatch.UNASSIGNED
    for place in ((offset, length), (offset + index, 1)):
        through(None, iommu, package.translate.Translation(section, *place, SPACE), False, attrs)
    proof.show("asked", tuple(asked))
    is_had = (offset + index) // page.page_size == page.iova // page.page_size
    is_sent = len(asked) == 2
    proof.claim("a byte is sent on exactly if it is in the page, too", is_sent == is_had)
    (first, room), size = asked[0], page.page_size
    is_led = all_of(first // size == page.translated // size, first % size == offset % size)
    proof.claim("the first goes to the page that is led to, as far into it", is_led)
    proof.claim("each is of which there is room behind the first", implies(index < room, is_sent))
    if is_sent:
        is_beside = asked[1][0] == first + index
        proof.claim("it goes as far behind the first as it lies", is_beside)


IN_ORDER = (
    "A byte of RAM is named by its offset in its block, which lies there beside its neighbours; "
    "which byte of a device an offset is, the theorem about a device that stores bytes says."
)

PLACES = Theorem(
    name="a_step_moves_the_byte_that_an_address_means_exactly_if_its_region_goes_on_there",
    statement=(
        "All bytes of a step are moved by the region at its first address, side by side from the "
        "offset there. Byte i is the one that address + i, mod 2^64, means exactly if a section "
        "shows that region there at that offset: always up to the end of the first one, so "
        "always in RAM; behind it only if the region goes on in step, else it is the first "
        "region's next byte, and who answers there is not asked (A5, A13). A step in a hole is all "
        "zeros and DECODE, and its bytes are those of their addresses exactly where the hole goes "
        "on."
    ),
    rules=("P11", "A2", "A3", "A5", "A13", "X1", "X4"),
    assumptions=(
        REQUESTS,
        "A step that goes to operations takes any number of bytes from 0 to 8, but no more than "
        "were translated: the theorems about a step say how many (P9).",
        "The view has the section of the first address, if any, and another one, which stand for "
        "all: at most one answers at the address of the byte that is looked at, and a look-up "
        "finds it (P6). Their offsets lie in a region of at most 2^64 bytes, as does the block.",
        "No IOMMU leads to the region: of those, another theorem speaks. The attributes are not "
        "specified.",
        "The device lets the access in: of one that is refused, no byte is moved (A6).",
        IN_ORDER,
        MESSAGES,
    ),
    limits=Limits(resource_units=3_500_000, paths=730),
    obligations=tuple(
        Obligation(
            f"{verb} {what.text}, beside {beside}",
            partial(placing, what=what, neighbour=neighbour, is_write=is_write),
        )
        for what in ANYTHING
        for neighbour, beside in NEIGHBOURS
        if what.kind is not None or neighbour != HERE
        for verb, is_write in (("reading", False), ("writing", True))
    ),
    teeth=(
        bugs_in_accesses.RAM_IS_NOT_CUT,
        bugs_in_accesses.CUT_BY_THE_SECTIONS_SIZE,
        bugs_in_accesses.MEMORY_READ_IS_NOT_CUT,
        bugs_in_accesses.DEVICE_GETS_THE_FIRST_BYTES,
        bugs_in_translation.OFFSET_OF_THE_SECTION_FORGOTTEN,
        bugs.DEVICE_IS_ASKED_AT_ITS_SECTION,
        bugs.MEMORY_IS_READ_FROM_ITS_SECTION,
        bugs.HOLE_IS_NO_ERROR,
    ),
)

BEHIND = Theorem(
    name="bytes_that_a_page_of_an_iommu_has_room_for_lie_side_by_side_behind_it_in_one_page",
    statement=(
        "What an IOMMU sends on together, one page sends on byte by byte, to addresses as far from "
        "each other as the offsets are. So a byte of a step behind an IOMMU is the one that its "
        "address means exactly if the IOMMU goes on there as it began, and the region behind does "
        "at the address that the page leads to."
    ),
    rules=("P11", "X2"),
    assumptions=(
        REQUESTS,
        "Pages of one table do not overlap. A page may have any power of two of bytes, up to 2^64.",
        "IOMMUs behind IOMMUs: an induction over them, as each is a step from offset to offset.",
    ),
    limits=Limits(resource_units=2_500_000, paths=780),
    obligations=tuple(
        Obligation(f"a page of 2^{bits} bytes", partial(going_on_behind_a_page, page_bits=bits))
        for bits in range(65)
    ),
    teeth=(
        bugs_in_accesses.PAGE_DOES_NOT_CUT,
        bugs_in_accesses.PAGE_CUTS_BY_ITS_SIZE,
        bugs_in_translation.LOW_BITS_OF_THE_TRANSLATED_ADDRESS_ADDED,
        bugs_in_translation.ENTRY_COUNTS_FROM_ITS_IOVA,
        bugs_in_translation.OFFSET_IS_NOT_TRANSLATED,
    ),
)

THEOREMS = (PLACES, BEHIND)
