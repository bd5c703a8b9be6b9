"""Rendering a tree of any depth and width gives what the tree resolves to, address by address.

The proof is an induction over the recursion of `render_region`. Its own code runs, once, on any
region; where it calls itself, it is given the induction hypothesis for what is rendered there; and
where it fills, what the theorems about filling say. The same goes for `resolve`.
"""

from collections.abc import Callable

from model.region import Region
from proofs.proof import Limits, Proof
from proofs.ranges import agree, any_address, any_meaning, first_of
from proofs.rebinding import rebound
from proofs.theorem import Obligation, Package, Theorem
from proofs.theorems import bugs_in_trees as bugs
from proofs.trees import (
    AnyKind,
    Name,
    Subtrees,
    View,
    any_clip,
    any_flags,
    any_region,
    has,
    nothing_said_of,
    path_through,
    same_flags,
    told,
)

NAME, FIRST, SECOND = range(3)
"""The region that the step is about, and what lies below it."""

ASSUMPTIONS = (
    "The induction is over the calls that `render_region` makes, so it speaks of trees whose "
    "rendering ends; `resolve` goes down only where an address is still visible, so it ends too.",
    "A loop over children does what it does over all but the last, and then what its body does "
    "with the last; in `resolve`, only if none before it answered. So in an induction over their "
    "number, all but the last stand together as one that answers as the first of them that does.",
    "An alias has a kind that does not terminate, and no other region has a target.",
    "Sizes are 0 to 2^64; addresses inside containers and alias offsets are 0 to 2^64 - 1.",
    "`fill` does what the theorems about filling say: where the view it is given answers, that "
    "stays, and elsewhere the window answers. (Views are in order by the same theorems, because "
    "only `fill` makes them.) A rendering that aborts gives no view, and so no meaning (R7).",
)


def rendering(
    package: Package, proof: Proof, make: Callable[[Package, Proof], dict[Name, Region]]
) -> None:
    """A region is rendered into any view, at any place, inside any clip, below any path."""
    address = any_address(proof)
    base = proof.integer("base")
    clip = any_clip(package, proof)
    flags = any_flags(package, proof, "path")
    before = any_meaning(package, proof, "said before")
    regions = make(package, proof)
    below = Subtrees(package, proof, address, (FIRST, SECOND))

    render_region = rebound(
        package.render.render_region,
        render_region=below.render_region,
        flags_through=below.flags_through,
        fill=below.fill,
    )
    after = render_region(regions, View(before), NAME, base, clip, flags)
    proof.show("said after", after.meaning)
    answer = None
    if has(clip, address):
        resolve = rebound(
            package.meaning.resolve, resolve=below.resolve, flags_through=below.flags_through
        )
        answer = resolve(regions, NAME, address - base, flags)
    proof.show("answer", answer)
    resolved = told(regions, answer, nothing_said_of(regions[NAME]))
    proof.claim(
        "the view before answers, or else who the region resolves to, inside the clip",
        agree(after.meaning, first_of(before, resolved)),
    )


def region_alone(package: Package, proof: Proof) -> dict[Name, Region]:
    """Of any kind, with nothing below it."""
    kind = AnyKind(proof.boolean("region.terminates"))
    return {NAME: any_region(package, proof, "region", kind=kind)}


def region_with_children(package: Package, proof: Proof) -> dict[Name, Region]:
    """Of any kind, with all children but the last, as one, and the last. No child is looked at."""
    kind = AnyKind(proof.boolean("region.terminates"))
    children = (FIRST, SECOND)
    return {NAME: any_region(package, proof, "region", kind=kind, subregions=children)}


def alias_of_target(package: Package, proof: Proof) -> dict[Name, Region]:
    """With children, which do not count; of the target only the address is looked at."""
    alias = any_region(
        package, proof, "region", kind=AnyKind(False), alias=FIRST, subregions=(SECOND,)
    )
    target = any_region(package, proof, "target", kind=AnyKind(proof.boolean("target.terminates")))
    return {NAME: alias, FIRST: target}


def rendering_alone(package: Package, proof: Proof) -> None:
    """The induction over children begins: there are none."""
    rendering(package, proof, region_alone)


def rendering_children(package: Package, proof: Proof) -> None:
    """The induction over children goes on: there is one more."""
    rendering(package, proof, region_with_children)


def rendering_target(package: Package, proof: Proof) -> None:
    """An alias shows its target."""
    rendering(package, proof, alias_of_target)


def continuing_a_path(package: Package, proof: Proof) -> None:
    """Rendering and `resolve` ask one function; what they are given for it is held against it."""
    flags = any_flags(package, proof, "path")
    region = region_alone(package, proof)[NAME]
    through = package.render.flags_through(flags, region)
    proof.show("through", through)
    proof.claim(
        "a path has the flags that it or the region has",
        same_flags(through, path_through(flags, region)),
    )


def flattening(package: Package, proof: Proof) -> None:
    """The root is rendered into the empty view, and the view is simplified."""
    address = any_address(proof)
    below = Subtrees(package, proof, address, (NAME,))
    root = any_region(package, proof, "root", kind=AnyKind(proof.boolean("root.terminates")))
    nothing = nothing_said_of(root)

    def render_region(regions: object, ranges: object, *rest: object) -> View:
        proof.claim("rendering begins with the empty view", ranges == ())
        return below.render_region(regions, View(nothing), *rest)  # type: ignore[arg-type]

    def simplify(ranges: View) -> View:
        return ranges

    regions = {NAME: root}
    flatten = rebound(package.render.flatten, render_region=render_region, simplify=simplify)
    proof.claim("without a root there are no ranges", flatten(regions, None) == ())
    view = flatten(regions, NAME)
    proof.show("said", view.meaning)
    proof.claim(
        "the view says what the root resolves to",
        agree(view.meaning, told(regions, below.resolve(regions, NAME, address), nothing)),
    )


STEP = Theorem(
    name="rendering_any_tree_adds_what_it_resolves_to_wherever_nothing_was_rendered_before",
    statement=(
        "Rendering a region with any tree below it into any view, at any base, inside any clip "
        "and below any path, leaves what the view said of an address, and where it said nothing, "
        "adds who the region resolves to there, with offset, dirty mask, ROMD mode and flags, if "
        "the address is in the clip, and nothing else."
    ),
    rules=("P2", "R1", "R2", "R3", "R4", "R5", "R6", "M5"),
    assumptions=ASSUMPTIONS,
    limits=Limits(resource_units=1_400_000, paths=620),
    obligations=(
        Obligation("the flags of a path", continuing_a_path),
        Obligation("a region with nothing below it", rendering_alone),
        Obligation("a region with one more child", rendering_children),
        Obligation("an alias", rendering_target),
    ),
    teeth=(
        bugs.DISABLED_IS_SHOWN,
        bugs.ADDR_FORGOTTEN,
        bugs.CLIP_STAYS,
        bugs.CLIP_FORGOTTEN,
        bugs.CHILDREN_AFTER_REGION,
        bugs.CHILDREN_REVERSED,
        bugs.ONE_CHILD_ONLY,
        bugs.CONTAINER_FILLS,
        bugs.TARGET_ADDR_NOT_CANCELLED,
        bugs.ALIAS_OFFSET_ADDED,
        bugs.ALIAS_SHOWS_CHILDREN,
        bugs.FLAGS_OF_REGION_LOST,
        bugs.FLAGS_OF_REGION_FORGOTTEN,
        bugs.FLAGS_OF_PATH_LOST,
        bugs.WINDOW_OFFSET_FROM_ADDR,
        bugs.ROMD_MODE_LOST,
        bugs.DISABLED_IS_RESOLVED,
    ),
)

WHOLE = Theorem(
    name="a_flat_view_says_of_every_address_what_its_root_resolves_to",
    statement=(
        "The view that `flatten` makes of a flat root with any tree below it answers at each "
        "address of [0, 2^64) with who the root resolves to there, and says nothing elsewhere; "
        "without a root it is empty."
    ),
    rules=("P2", "R1", "R9"),
    assumptions=(
        f"What is rendered is what the theorem {STEP.name} says.",
        "`simplify` changes the meaning of no address, as the theorem about merging says.",
        "The rendering ends and does not abort (R7).",
    ),
    limits=Limits(resource_units=3_900, paths=8),
    obligations=(Obligation("for any root", flattening),),
    teeth=(
        bugs.ROOT_DISPLACED,
        bugs.ROOT_CLIPPED,
        bugs.ROOT_READONLY,
    ),
)

THEOREMS = (STEP, WHOLE)
