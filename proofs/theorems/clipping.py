"""Clipping: on the way down a tree, each region's extent is cut to what its ancestors leave."""

from model.address_range import ADDRESS_SPACE_SIZE, AddressRange
from proofs.proof import Limits, Proof
from proofs.symbolic import all_of, any_of, negation
from proofs.theorem import Obligation, Package, Theorem
from proofs.theorems import bugs


def has(range_: AddressRange, address: int) -> bool:
    """Whether an address lies in a range; does not use the code under proof."""
    return all_of(range_.start <= address, address < range_.start + range_.size)


def clipping(package: Package, proof: Proof) -> None:
    """The extent may begin anywhere; the clip lies inside the address space; both may be empty."""
    address = proof.integer("address")
    extent = package.address_range.AddressRange(
        proof.integer("extent.start"), proof.integer("extent.size", 0, ADDRESS_SPACE_SIZE)
    )
    clip = package.address_range.AddressRange(
        proof.integer("clip.start", 0, ADDRESS_SPACE_SIZE),
        proof.integer("clip.size", 0, ADDRESS_SPACE_SIZE),
    )
    proof.assume(clip.start + clip.size <= ADDRESS_SPACE_SIZE)
    proof.show("extent", extent)
    proof.show("clip", clip)
    is_shared = all_of(has(extent, address), has(clip, address))
    if not package.address_range.intersects(extent, clip):
        proof.claim("ranges that do not intersect share no address", negation(is_shared))
        return
    shared = package.address_range.intersection(extent, clip)
    proof.show("shared", shared)
    proof.claim("the shared range has the shared addresses", has(shared, address) == is_shared)
    proof.claim(
        "the shared range lies inside the clip",
        all_of(
            shared.size >= 0,
            shared.start >= clip.start,
            shared.start + shared.size <= clip.start + clip.size,
        ),
    )
    offset = shared.start - extent.start
    proof.claim(
        "the shared range begins inside the extent",
        any_of(offset == 0, all_of(offset > 0, offset < extent.size)),
    )


CLIP = Theorem(
    name="clipping_keeps_exactly_the_addresses_that_an_extent_and_its_clip_share",
    statement=(
        "An extent that intersects its clip is cut to the addresses that both have, which lie "
        "inside the clip and begin inside the extent; one that does not shares none."
    ),
    rules=("R1", "R2"),
    assumptions=("The clip lies inside the address space. The extent may lie anywhere.",),
    limits=Limits(resource_units=50_000, paths=50),
    obligations=(Obligation("for any extent and clip", clipping),),
    teeth=(
        bugs.STARTS_DO_NOT_COUNT,
        bugs.MUST_CONTAIN_EACH_OTHER,
        bugs.CLIP_DOES_NOT_END,
        bugs.CLIP_DOES_NOT_BEGIN,
    ),
)

THEOREMS = (CLIP,)
