"""Whole trees, rendered and resolved by the code as it is, recursion and loops included.

The unbounded theorem about rendering reasons about one call; here nothing is replaced, so that a
mistake in how the calls are put together has nowhere to hide.
"""

from collections.abc import Callable
from functools import partial

from model.address_range import ADDRESS_SPACE_SIZE
from model.region import Region
from proofs.proof import Limits, Proof
from proofs.ranges import (
    LAST_ADDRESS,
    agree,
    any_address,
    are_in_order,
    meaning_of_all,
)
from proofs.theorem import Obligation, Package, Theorem
from proofs.theorems import bugs, bugs_in_trees
from proofs.trees import Name, nothing_said_of, told

ROOT, FIRST, SECOND, TARGET = range(4)


def any_placed(package: Package, proof: Proof, name: str, **fields: object) -> Region:
    """An input: an enabled region at any place, of at most 2^64 - 1 bytes, so that none aborts."""
    region: Region = package.region.Region(
        addr=proof.integer(f"{name}.addr", 0, LAST_ADDRESS),
        size=proof.integer(f"{name}.size", 0, LAST_ADDRESS),
        **fields,
    )
    proof.show(name, region)
    return region


def root(package: Package, *children: Name) -> Region:
    """A container that is the whole address space."""
    region: Region = package.region.Region(
        package.region.Kind.CONTAINER, size=ADDRESS_SPACE_SIZE, subregions=children
    )
    return region


def two_children(package: Package, proof: Proof) -> dict[Name, Region]:
    """RAM and, behind it, a device."""
    kinds = package.region.Kind
    return {
        ROOT: root(package, FIRST, SECOND),
        FIRST: any_placed(package, proof, "first", kind=kinds.RAM),
        SECOND: any_placed(package, proof, "second", kind=kinds.IO, readonly=True),
    }


def nested(package: Package, proof: Proof) -> dict[Name, Region]:
    """A device, with RAM inside it."""
    kinds = package.region.Kind
    return {
        ROOT: root(package, FIRST),
        FIRST: any_placed(
            package, proof, "first", kind=kinds.IO, nonvolatile=True, subregions=(SECOND,)
        ),
        SECOND: any_placed(package, proof, "second", kind=kinds.RAM, dirty_log_mask=1),
    }


def alias_of_ram(package: Package, proof: Proof) -> dict[Name, Region]:
    """An alias, and behind it the RAM that it shows a part of."""
    kinds = package.region.Kind
    offset = proof.integer("first.alias_offset", 0, LAST_ADDRESS)
    return {
        ROOT: root(package, FIRST, TARGET),
        FIRST: any_placed(
            package, proof, "first", kind=kinds.ALIAS, alias=TARGET, alias_offset=offset
        ),
        TARGET: any_placed(package, proof, "target", kind=kinds.RAM),
    }


def whole_tree(
    package: Package, proof: Proof, make: Callable[[Package, Proof], dict[Name, Region]]
) -> None:
    """Flatten a tree of some shape, and resolve one address in it."""
    address = any_address(proof)
    regions = make(package, proof)
    ranges = package.render.flatten(regions, ROOT)
    proof.show("ranges", ranges)
    proof.claim("the ranges are in order", are_in_order(ranges))
    nothing = nothing_said_of(regions[ROOT])
    answer = package.meaning.resolve(regions, ROOT, address)
    proof.show("answer", answer)
    proof.claim(
        "the view says what the root resolves to",
        agree(meaning_of_all(nothing, ranges, address), told(regions, answer, nothing)),
    )


TREES = Theorem(
    name="the_view_of_a_tree_says_what_it_resolves_to_for_three_shapes_of_up_to_3_regions",
    statement=(
        "For two siblings, for a region inside another, and for an alias in front of its target, "
        "at any place and of any size, `flatten` gives ranges in order that say of every address "
        "what it resolves to."
    ),
    rules=("P1", "P2", "P3", "R1", "R3", "R4", "R5", "R8"),
    assumptions=(
        "There are just three shapes of tree; their kinds and flags are fixed, all is enabled, and "
        "the root is the whole address space.",
        "Regions have at most 2^64 - 1 bytes, so that nothing aborts (R7).",
    ),
    bound="three shapes of trees, of 2 or 3 regions",
    limits=Limits(resource_units=12_000_000, paths=4000),
    obligations=(
        Obligation("two siblings", partial(whole_tree, make=two_children)),
        Obligation("a region inside another", partial(whole_tree, make=nested)),
        Obligation("an alias in front of its target", partial(whole_tree, make=alias_of_ram)),
    ),
    teeth=(
        bugs_in_trees.CHILDREN_AFTER_REGION,
        bugs_in_trees.CHILDREN_REVERSED,
        bugs_in_trees.TARGET_ADDR_NOT_CANCELLED,
        bugs_in_trees.ALIAS_OFFSET_ADDED,
        bugs.MERGES_OFFSETS,
    ),
)

THEOREMS = (TREES,)
