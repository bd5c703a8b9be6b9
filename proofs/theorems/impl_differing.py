"""Differing: of a range, and of what begins where it does, impl tells what the model tells.

The model's theorems say of its walk that a range's fate depends on the other view only by that.
"""

from typing import NamedTuple, cast

from model.events import Listener
from model.listeners import is_same_range, stay_events
from model.view import FlatRange, Ranges
from proofs.proof import Limits, Proof
from proofs.ranges import any_range
from proofs.refinement import (
    MODEL,
    Refinement,
    RegionObjects,
    in_impl,
    plain,
)
from proofs.theorem import Package, Theorem
from proofs.theorems import bugs_in_impl_listeners as bugs
from proofs.theorems.hearing import MASKS
from proofs.theorems.impl_hearing import (
    NAMES,
    Heard,
    Space,
    are_heard_alike,
    hearing,
    in_short,
    listeners_of,
)


def any_pair(proof: Proof) -> Ranges:
    """An input: any two ranges."""
    return tuple(any_range(MODEL, proof, name) for name in ("old", "new"))


def same_by_impl(package: Package, ranges: Ranges) -> bool:
    """Run impl's comparison."""
    objects = RegionObjects()
    same = package.difference.is_same(
        *(in_impl(package, one, objects(one.region)) for one in ranges)
    )
    return cast(bool, same)


COMPARING = Refinement(
    inputs=any_pair,
    specification=lambda ranges: is_same_range(*ranges),
    implementation=same_by_impl,
    relation=lambda _, expected, done: {"both say that it stays, or neither": expected == done},
)


class Masks(NamedTuple):
    """A range that stays, and its dirty masks."""

    range: FlatRange
    old: int
    new: int


def any_masks(proof: Proof) -> Masks:
    """An input: any range, and any two masks of three clients."""
    low, high = MASKS[0], MASKS[-1]
    masks = (proof.integer(which, low, high) for which in ("before", "after"))
    return Masks(any_range(MODEL, proof, "range"), *masks)


def in_plain(given: Masks) -> Ranges:
    """The range with each mask as a plain number, since bits are counted."""
    return tuple(
        given.range._replace(dirty_log_mask=plain(mask, MASKS[0], MASKS[-1]))
        for mask in (given.old, given.new)
    )


def logging_in_model(given: Masks) -> tuple[Heard, ...]:
    """Run the model."""
    listeners = tuple(Listener(name, "space") for name in NAMES)
    return in_short(stay_events(listeners, 0, *in_plain(given)), hears_all=False)


def logging_in_impl(package: Package, given: Masks) -> tuple[Heard, ...]:
    """Run impl."""
    heard: list[Heard] = []
    space = Space(None)
    listeners = listeners_of(package, space, heard, hears_all=False)
    old, new = (in_impl(package, one, one.region) for one in in_plain(given))
    listeners._tell_logging(listeners.of_space(space), new, old)
    return tuple(heard)


LOGGING = Refinement(
    inputs=any_masks,
    specification=logging_in_model,
    implementation=logging_in_impl,
    relation=are_heard_alike,
)

BEGINS_THERE = (
    "In a view no two ranges begin at one address: so a dictionary of ranges by where they begin "
    "has the only one that may be the same."
)

FATES = Theorem(
    name="impl_deletes_keeps_and_adds_a_range_where_the_models_walk_does",
    statement=(
        "Of any range, and any that begins at the same address in the other view, or none, two "
        "listeners hear from impl what they hear from the model, in the same order: region_del "
        "and region_add, or region_nop and what the dirty mask gains and loses."
    ),
    rules=("P13", "T4", "T5", "T6"),
    assumptions=(
        BEGINS_THERE,
        "That what becomes of a range depends only on the range that begins at its address in the "
        "other view is proved of the model's walk, and in impl seen from the dictionaries.",
        "Two regions are one object exactly if the model gives them one name.",
        "Nothing is coalesced.",
        "The masks of the two are 0b011 and 0b110; alone, any two masks of three clients.",
    ),
    limits=Limits(resource_units=400_000, paths=360),
    obligations=(
        COMPARING.obligation("whether a range is the same"),
        LOGGING.obligation("a mask changes"),
        hearing((1, 1), is_pair=True).obligation("a range, and one that begins there"),
        hearing((1, 0)).obligation("a range that goes"),
        hearing((0, 1)).obligation("a range that comes"),
    ),
    teeth=(
        bugs.RESIZED_STAYS,
        bugs.MASK_MAKES_ANOTHER,
        bugs.MOVED_WINDOW_STAYS,
        bugs.FLAGS_DO_NOT_COUNT,
        bugs.STOPS_WHENEVER_A_MASK_CHANGES,
        bugs.STARTS_WHENEVER_A_MASK_IS_THERE,
        bugs.STOPS_FORWARDS,
        bugs.STARTS_FOR_WHAT_COMES,
    ),
    package="impl",
)

THEOREMS = (FATES,)
