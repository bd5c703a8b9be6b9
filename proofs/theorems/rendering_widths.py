"""How wide the numbers are that rendering computes.

QEMU computes addresses while rendering with signed integers of 128 bits, and converts some of them
to 64 bits. The specification's integers have no width; here each result of its own code is noted.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

from model.address_range import ADDRESS_SPACE_SIZE, AddressRange
from model.render import PathFlags
from model.view import FlatRange
from proofs.proof import Limits, Proof, assume_all
from proofs.ranges import any_range, end_of, follows
from proofs.rebinding import rebound
from proofs.symbolic import all_of
from proofs.theorem import Obligation, Package, Theorem
from proofs.theorems import bugs, bugs_in_trees, bugs_in_widths
from proofs.theorems.filling import any_loop, order
from proofs.theorems.rendering import (
    NAME,
    alias_of_target,
    region_alone,
    region_with_children,
)
from proofs.trees import any_clip, any_flags, lies_inside, path_through
from proofs.widths import Widths, plain

LEAST_BASE, LARGEST_BASE = -3 * ADDRESS_SPACE_SIZE, ADDRESS_SPACE_SIZE
"""The bounds of the base of a container, at any depth.

A region that can be seen begins above -2^64 and not after 2^64, or it would not meet its clip. So
its children's base lies there, and an alias moves that of its target down by less than 2^65.
"""


def lies_within(base: int) -> bool:
    """Whether the base of a region's container is in bounds."""
    return all_of(plain(base) >= LEAST_BASE, plain(base) <= LARGEST_BASE)


class Below:
    """In place of `render_region` and `fill`, for what is rendered below a region and for it."""

    def __init__(self, widths: Widths) -> None:
        self.widths = widths

    def render_region(
        self,
        regions: object,
        ranges: object,
        name: object,
        base: int,
        clip: AddressRange,
        flags: PathFlags,
    ) -> object:
        """What is below may be rendered if its base is in bounds, and its clip."""
        self.widths.claim("the base of what is below is in bounds", lies_within(base))
        clip = AddressRange(plain(clip.start), plain(clip.size))
        self.widths.claim("a clip lies inside the address space", lies_inside(clip))
        return ranges

    def fill(self, ranges: object, window: FlatRange) -> object:
        """A window is laid."""
        self.widths.show("window", window)
        self.widths.claim_converted("the offset of a window", window.offset)
        self.widths.claim("a window is in its region's 2^64 bytes", is_in_region(window))
        return ranges


def is_in_region(range_: FlatRange) -> bool:
    """Whether a range ends at or before offset 2^64 of its region."""
    return all_of(
        plain(range_.offset) >= 0,
        plain(range_.size) >= 0,
        plain(range_.offset) + plain(range_.size) <= ADDRESS_SPACE_SIZE,
    )


def rendering(package: Package, proof: Proof, make: Callable[[Package, Proof], Any]) -> None:
    """A region at any depth, with what is below it made by `make`."""
    widths = Widths(proof)
    base = widths.integer("base", LEAST_BASE, LARGEST_BASE)
    clip = any_clip(package, widths)
    flags = any_flags(package, widths, "path")
    regions = make(package, widths)
    below = Below(widths)
    widths.noted.clear()
    render_region = rebound(
        package.render.render_region,
        render_region=below.render_region,
        flags_through=path_through,
        fill=below.fill,
    )
    render_region(regions, (), NAME, base, clip, flags)
    widths.claim_widths()


def beginning(package: Package, proof: Proof) -> None:
    """The root is rendered from base 0."""

    def render_region(
        regions: object, ranges: object, name: object, base: int, clip: AddressRange, *_: object
    ) -> tuple[()]:
        proof.claim("the base of the root is in bounds", lies_within(base))
        proof.claim("the clip lies inside the address space", lies_inside(clip))
        return ()

    rebound(package.render.flatten, render_region=render_region)({}, "root")


def filling(package: Package, proof: Proof) -> None:
    """One turn of the loop of `fill`."""
    widths = Widths(proof)
    loop = any_loop(package, widths)
    earlier = any_range(package, widths, "earlier")
    assume_all(proof, order(loop))
    proof.assume(all_of(follows(earlier, loop.end), is_in_region(loop.window)))
    widths.noted.clear()
    whole = all_of(plain(loop.rest.size) == ADDRESS_SPACE_SIZE, earlier.size == ADDRESS_SPACE_SIZE)
    try:
        gap, rest = package.view.fill_step(loop.rest, earlier)
    except package.view.RenderAbort:
        widths.claim_widths()
        proof.claim("it aborts only where a conversion of 2^64 fails", whole)
        return
    widths.claim_widths()
    hidden = plain(rest.start) - plain(loop.rest.start)
    if gap is not None:
        proof.show("gap", gap)
        widths.claim_converted(
            "the gap's length, start and offset", gap.size, gap.start, gap.offset
        )
        proof.claim("a gap is in its region's 2^64 bytes", is_in_region(gap))
        hidden = hidden - plain(gap.size)
    widths.claim_converted("the number of hidden bytes", hidden)


def filling_the_tail(package: Package, proof: Proof) -> None:
    """What `fill` appends after its loop."""
    widths = Widths(proof)
    loop = any_loop(package, widths)
    assume_all(proof, order(loop))
    proof.assume(is_in_region(loop.window))
    widths.noted.clear()
    tail = package.view.fill((), loop.rest)
    widths.claim_widths()
    for range_ in tail:
        widths.claim_converted("the start and offset of the tail", range_.start, range_.offset)
        proof.claim("the tail is in its region's 2^64 bytes", is_in_region(range_))


def merging(package: Package, proof: Proof) -> None:
    """Two neighbours, merged or not."""
    widths = Widths(proof)
    left, right = (any_range(package, widths, name) for name in ("left", "right"))
    proof.assume(all_of(follows(left, 0), follows(right, end_of(left))))
    proof.assume(all_of(is_in_region(left), is_in_region(right)))
    widths.noted.clear()
    merged = package.view.merge_step(left, right)
    proof.show("merged", merged)
    widths.claim_widths()
    for range_ in merged:
        widths.claim_converted("the start and offset of a range", range_.start, range_.offset)
        proof.claim("a range is in its region's 2^64 bytes", is_in_region(range_))


RENDERING = Theorem(
    name="rendering_to_any_depth_stays_in_128_bits_and_converts_to_64_only_what_fits_but_for_r7",
    statement=(
        "However deep regions nest, every number that rendering, filling and merging compute lies "
        "in [-2^127, 2^127), because the base of what is rendered below a region that can be seen "
        "lies in [-3 * 2^64, 2^64]; and the offsets, starts and lengths that QEMU converts to 64 "
        "bits lie in [0, 2^64), but for the length of 2^64 at which it aborts (R7)."
    ),
    rules=("P5", "R1", "R3", "R5", "R7", "R8"),
    assumptions=(
        "The induction is over the calls of `render_region`, and over the turns of the loops of "
        "`fill` and `simplify`.",
        "QEMU computes what the specification does. It may do so in another order: of the few "
        "numbers in a sum, each is below 2^67.",
        "QEMU converts the offset of a window, the length of each gap and each hidden part, and "
        "the start and offset of each range; sizes of ranges, which may be 2^64, keep 128 bits.",
        "Sizes are 0 to 2^64; addresses inside containers and alias offsets are 0 to 2^64 - 1.",
    ),
    limits=Limits(resource_units=400_000, paths=300),
    obligations=(
        Obligation("the root", beginning),
        Obligation("a region with nothing below it", partial(rendering, make=region_alone)),
        Obligation("a region with one more child", partial(rendering, make=region_with_children)),
        Obligation("an alias", partial(rendering, make=alias_of_target)),
        Obligation("one turn of filling", filling),
        Obligation("after filling", filling_the_tail),
        Obligation("one turn of merging", merging),
    ),
    teeth=(
        bugs_in_widths.BASE_IS_DOUBLED,
        bugs_in_widths.ALIAS_OFFSET_IN_PAGES,
        bugs_in_widths.ENDS_ARE_SCALED,
        bugs_in_widths.OFFSET_IS_NEGATED,
        bugs_in_trees.CLIP_STAYS,
        bugs_in_widths.ROOT_BEGINS_FAR_BELOW,
        bugs_in_widths.TARGET_IS_MOVED_UP,
        bugs.NEVER_ABORTS,
        bugs.ABORTS_EARLY,
        bugs.GAP_TOO_LONG,
        bugs_in_widths.MERGED_SIZE_IS_DOUBLED,
    ),
)

THEOREMS = (RENDERING,)
