"""The flat root: regions that are skipped because what is below them is taken to stand for them.

The proofs are inductions over the steps of the walk: what it arrives at is compared with the region
that it left. What is below counts only by its extent and its flags, and is any tree.
"""

from collections.abc import Callable
from functools import partial

from model.region import Region
from model.render import PathFlags
from proofs.proof import Limits, Proof
from proofs.ranges import agree, any_address
from proofs.rebinding import rebound
from proofs.symbolic import all_of, any_of, implies, negation
from proofs.theorem import Obligation, Package, Theorem
from proofs.theorems import bugs_in_trees as bugs
from proofs.theorems.rendering import alias_of_target, region_with_children
from proofs.trees import (
    AnyKind,
    Name,
    Subtrees,
    any_flags,
    any_region,
    is_in_extent,
    nothing_said_of,
    path_through,
    same_flags,
    told,
)

ROOT, NEXT, OTHER, THIRD = range(4)

STOPS = AnyKind(True)
"""The kind of a region at which the walk is stopped, to see where one step has led."""

Tree = Callable[[Package, Proof], dict[Name, Region]]


def alias(package: Package, proof: Proof) -> dict[Name, Region]:
    """Any alias of any region."""
    return {
        ROOT: any_region(package, proof, "root", kind=AnyKind(False), alias=NEXT),
        NEXT: any_region(package, proof, "next", kind=STOPS),
    }


def container(package: Package, proof: Proof) -> dict[Name, Region]:
    """Any region but an alias, with three children, each enabled or not."""
    kind = AnyKind(proof.boolean("root.terminates"))
    children = (NEXT, OTHER, THIRD)
    return {
        ROOT: any_region(package, proof, "root", kind=kind, subregions=children),
        **{child: any_region(package, proof, f"child {child}", kind=STOPS) for child in children},
    }


def says_the_same(skipped: Region, next_: Region) -> bool:
    """The condition: one address, and no flag that is lost."""
    flags_stay = (
        implies(getattr(skipped, flag), getattr(next_, flag)) for flag in PathFlags._fields
    )
    return all_of(skipped.addr == next_.addr, *flags_stay)


def replacing(package: Package, proof: Proof, make: Tree) -> None:
    """One step of the walk, from any region."""
    address = any_address(proof)
    regions = make(package, proof)
    nothing = nothing_said_of(regions[ROOT])
    below = Subtrees(package, proof, address, (NEXT, OTHER, THIRD))
    below.extents = {name: region for name, region in regions.items() if name != ROOT}
    reached = package.render.flat_root(regions, ROOT)
    proof.show("reached", reached)

    resolve = rebound(
        package.meaning.resolve, resolve=below.resolve, flags_through=below.flags_through
    )
    meant = told(regions, resolve(regions, ROOT, address), nothing)
    if reached is None:
        proof.claim("where there is nothing to render, nothing is meant", agree(meant, nothing))
    elif reached == ROOT:
        stopped = told(regions, resolve(regions, reached, address), nothing)
        proof.claim("where the walk stops, nothing changes", agree(meant, stopped))
    else:
        means = told(regions, below.resolve(regions, reached, address), nothing)
        proof.claim(
            "what is at the same address and loses no flag means the same",
            implies(says_the_same(regions[ROOT], regions[reached]), agree(meant, means)),
        )


def answering(package: Package, proof: Proof, make: Tree) -> None:
    """What the step takes for granted of what is below: it is so for any tree."""
    address = proof.integer("address")
    one, two = any_flags(package, proof, "one path"), any_flags(package, proof, "another path")
    regions = make(package, proof)
    region = regions[ROOT]
    proof.assume(same_flags(path_through(one, region), path_through(two, region)))
    below = Subtrees(package, proof, address, (NEXT, OTHER))
    resolve = rebound(
        package.meaning.resolve, resolve=below.resolve, flags_through=below.flags_through
    )
    nothing = nothing_said_of(region)
    first = told(regions, resolve(regions, ROOT, address, one), nothing)
    second = told(regions, resolve(regions, ROOT, address, two), nothing)
    proof.claim(
        "a region answers only in its extent, and only if it is enabled",
        implies(first.is_answered, is_in_extent(region, address)),
    )
    proof.claim("flags count only together with the region's own", agree(first, second))


def losing(package: Package, proof: Proof, make: Tree) -> None:
    """A step of the walk to a region that answers itself, at its own address or with fewer flags.

    Of the three children, the others are disabled.
    """
    regions = make(package, proof)
    root, next_ = regions[ROOT], regions[NEXT]
    proof.assume(all_of(root.enabled, root.alias_offset == 0, negation(root.kind.terminates)))
    proof.assume(all_of(next_.enabled, next_.size > 0, root.size >= next_.size))
    for name in [name for name in regions if name not in (ROOT, NEXT)]:
        proof.assume(negation(regions[name].enabled))
    proof.assume(any_of(root.alias is not None, next_.addr == 0))
    proof.assume(negation(says_the_same(root, next_)))

    address = root.addr
    nothing = nothing_said_of(root)
    reached = package.render.flat_root(regions, ROOT)
    proof.claim("the walk goes on all the same", reached == NEXT)
    meant = told(regions, package.meaning.resolve(regions, ROOT, address), nothing)
    means = told(regions, package.meaning.resolve(regions, NEXT, address), nothing)
    proof.show("meant", meant)
    proof.show("means", means)
    proof.claim(
        "the skipped region's own address means something else", negation(agree(meant, means))
    )


LIMITS_OF_THE_WALK = (
    "The walk goes on from the region that a step leads to as it would have begun there; so what "
    "each step keeps, all keep. (It remembers where it was only to notice a circle.)",
    "An alias has a kind that does not terminate, and no other region has a target.",
    "Sizes are 0 to 2^64; addresses inside containers and alias offsets are 0 to 2^64 - 1.",
)

KEPT = Theorem(
    name="skipping_a_region_changes_nothing_if_what_follows_has_its_address_and_its_flags",
    statement=(
        "Where the flat root skips a region, an alias or a container, every address means what it "
        "meant if the region that follows, with any tree below it, has the same address in its "
        "container and every flag of the one that is skipped; where the flat root is none, "
        "nothing was meant."
    ),
    rules=("P4", "R9"),
    assumptions=(
        *LIMITS_OF_THE_WALK,
        "Disabled children in a row count as one: the walk leaves them out, and they answer "
        "nothing. So three children, each enabled or not, stand for any number of them.",
    ),
    limits=Limits(resource_units=820_000, paths=430),
    obligations=(
        Obligation("a region with children answers", partial(answering, make=region_with_children)),
        Obligation("an alias answers", partial(answering, make=alias_of_target)),
        Obligation("a step from an alias", partial(replacing, make=alias)),
        Obligation("a step from any other region", partial(replacing, make=container)),
    ),
    teeth=(
        bugs.OFFSET_ALIAS_SKIPPED,
        bugs.NARROW_ALIAS_SKIPPED,
        bugs.DISPLACED_CHILD_TAKEN,
        bugs.OVERHANGING_CHILD_TAKEN,
        bugs.SECOND_CHILD_IGNORED,
        bugs.CHILDREN_BEHIND_IGNORED,
        bugs.NOTHING_FOR_SEVERAL,
        bugs.OVERHANG_IS_RESOLVED,
    ),
)

LOST = Theorem(
    name="skipping_a_region_changes_its_first_byte_if_what_follows_lacks_its_address_or_a_flag",
    statement=(
        "Where the flat root skips a region, and the enabled, non-empty region that follows and "
        "answers itself has another address in its container or lacks one of the flags, the "
        "address of the skipped region's first byte comes to mean something else."
    ),
    rules=("P4", "R9", "R10"),
    assumptions=(
        *LIMITS_OF_THE_WALK[1:],
        "What follows terminates and has no children: below it, a hole could hide the difference.",
        "It speaks of one step: what a second one changes could undo what the first one changed.",
    ),
    limits=Limits(resource_units=280_000, paths=160),
    obligations=(
        Obligation("from an alias to its target", partial(losing, make=alias)),
        Obligation("from a container to its only enabled child", partial(losing, make=container)),
    ),
    teeth=(
        bugs.STOPS_AT_FLAGS,
        bugs.STOPS_AT_DISPLACED,
        bugs.STOPS_AT_DISPLACED_CONTAINER,
        bugs.FLAGS_NOT_RESOLVED,
    ),
)

THEOREMS = (KEPT, LOST)
