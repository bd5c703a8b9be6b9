"""The words that theorems about flat ranges are stated in.

None of them forks, and none of them uses the code under proof: a range's end is computed here.
"""

from typing import NamedTuple

from model.address_range import ADDRESS_SPACE_SIZE
from model.view import FlatRange
from proofs.proof import Proof
from proofs.symbolic import all_of, any_of, choose, implies, negation
from proofs.theorem import Package

LAST_ADDRESS = ADDRESS_SPACE_SIZE - 1
PLACE = ("offset", "start", "size")


def any_range(package: Package, proof: Proof, name: str) -> FlatRange:
    """An input: any range inside the address space, with any region, offset and flags.

    It may be empty. Numbers stand for the names of regions: they are only ever compared.
    """
    start = proof.integer(f"{name}.start", 0, ADDRESS_SPACE_SIZE)
    size = proof.integer(f"{name}.size", 0, ADDRESS_SPACE_SIZE)
    proof.assume(start + size <= ADDRESS_SPACE_SIZE)
    offset = proof.integer(f"{name}.offset", 0, LAST_ADDRESS)
    range_ = _any_labels(package, proof, name)._replace(offset=offset, start=start, size=size)
    proof.show(name, range_)
    return range_


def _any_labels(package: Package, proof: Proof, name: str) -> FlatRange:
    """A range whose place is not filled in yet."""
    range_: FlatRange = package.view.FlatRange(
        region=proof.integer(f"{name}.region"),
        offset=0,
        start=0,
        size=0,
        dirty_log_mask=proof.integer(f"{name}.dirty_log_mask"),
        romd_mode=proof.boolean(f"{name}.romd_mode"),
        readonly=proof.boolean(f"{name}.readonly"),
        nonvolatile=proof.boolean(f"{name}.nonvolatile"),
        unmergeable=proof.boolean(f"{name}.unmergeable"),
    )
    return range_


def remainder(window: FlatRange, laid: int) -> FlatRange:
    """What is left of a window when its first `laid` bytes have been dealt with."""
    return window._replace(
        offset=window.offset + laid, start=window.start + laid, size=window.size - laid
    )


def is_remainder(window: FlatRange, rest: FlatRange) -> bool:
    """Whether `rest` is what is left of a window when some number of bytes has been dealt with."""
    laid = rest.start - window.start
    return all_of(laid >= 0, laid <= window.size, same_range(rest, remainder(window, laid)))


def any_address(proof: Proof) -> int:
    """An input: one arbitrary address. What holds for it holds for every address."""
    address = proof.integer("address", 0, LAST_ADDRESS)
    proof.show("address", address)
    return address


def end_of(range_: FlatRange) -> int:
    """The first address after a range."""
    return range_.start + range_.size


def follows(range_: FlatRange, end: int) -> bool:
    """Whether a range is not empty, starts at `end` or after it, and lies in the address space."""
    return all_of(range_.start >= end, range_.size >= 1, end_of(range_) <= ADDRESS_SPACE_SIZE)


def are_in_order(ranges: tuple[FlatRange, ...], end: int = 0) -> bool:
    """Whether ranges from `end` on are not empty, ascend, do not overlap, and stay inside."""
    result = True
    for range_ in ranges:
        result = all_of(result, follows(range_, end))
        end = end_of(range_)
    return result


def is_whole(range_: FlatRange) -> bool:
    """Whether a range is the whole address space."""
    return all_of(range_.start == 0, range_.size == ADDRESS_SPACE_SIZE)


def labels_of(range_: FlatRange) -> tuple[int | bool, ...]:
    """All that a range says besides its place: the region, the dirty mask and every flag."""
    return tuple(getattr(range_, field) for field in range_._fields if field not in PLACE)


def same_labels(left: FlatRange, right: FlatRange) -> bool:
    """Whether two ranges have the same region, dirty mask and flags."""
    return all_of(*(a == b for a, b in zip(labels_of(left), labels_of(right), strict=True)))


def same_range(left: FlatRange, right: FlatRange) -> bool:
    """Whether two ranges are equal in every field."""
    return all_of(*(a == b for a, b in zip(left, right, strict=True)))


def continues(left: FlatRange, right: FlatRange) -> bool:
    """Whether `right` begins where `left` ends, and says there what a longer `left` would say."""
    return all_of(
        right.start == end_of(left),
        right.offset == left.offset + left.size,
        same_labels(left, right),
    )


def may_merge(left: FlatRange, right: FlatRange) -> bool:
    """Whether two neighbours must become one range. Rules: R8."""
    return all_of(continues(left, right), negation(any_of(left.unmergeable, right.unmergeable)))


class Meaning(NamedTuple):
    """What ranges say of one address: nothing, or an offset and the labels of who answers there."""

    is_answered: bool
    offset: int
    labels: tuple[int | bool, ...]


def any_meaning(package: Package, proof: Proof, name: str) -> Meaning:
    """An input: what ranges that are not looked at any closer may say of an address."""
    meaning = Meaning(
        proof.boolean(f"{name}.is_answered"),
        proof.integer(f"{name}.offset"),
        labels_of(_any_labels(package, proof, name)),
    )
    proof.show(name, meaning)
    return meaning


def nothing_said(range_: FlatRange) -> Meaning:
    """What no range at all says; `range_` lends the fields that do not count."""
    return Meaning(False, range_.offset, labels_of(range_))


def meaning_of(range_: FlatRange, address: int) -> Meaning:
    """What a range says of an address. Rules: R6."""
    is_answered = all_of(range_.start <= address, address < end_of(range_))
    return Meaning(is_answered, range_.offset + (address - range_.start), labels_of(range_))


def first_of(first: Meaning, second: Meaning) -> Meaning:
    """What is said by the first, or else by the second."""
    return Meaning(
        any_of(first.is_answered, second.is_answered),
        choose(first.is_answered, first.offset, second.offset),
        tuple(
            choose(first.is_answered, a, b)
            for a, b in zip(first.labels, second.labels, strict=True)
        ),
    )


def agree(left: Meaning, right: Meaning) -> bool:
    """Whether both say the same: nothing, or the same region, offset, dirty mask and flags."""
    same_answer = all_of(
        left.offset == right.offset,
        *(a == b for a, b in zip(left.labels, right.labels, strict=True)),
    )
    return all_of(left.is_answered == right.is_answered, implies(left.is_answered, same_answer))


def is_said_once(meanings: tuple[Meaning, ...]) -> bool:
    """Whether at most one of the meanings answers."""
    result = True
    is_answered = False
    for meaning in meanings:
        result = all_of(result, negation(all_of(is_answered, meaning.is_answered)))
        is_answered = any_of(is_answered, meaning.is_answered)
    return result


def meaning_of_all(before: Meaning, ranges: tuple[FlatRange, ...], address: int) -> Meaning:
    """What ranges say of an address where something may have been said before them."""
    for range_ in ranges:
        before = first_of(before, meaning_of(range_, address))
    return before
