"""The words that theorems about trees of regions are stated in.

A tree of any size is a region, and below it subtrees of which nothing is known but the induction
hypothesis: what one of them renders is what it resolves to.
"""

from collections.abc import Iterable
from typing import Any, NamedTuple

from model.address_range import ADDRESS_SPACE_SIZE, AddressRange
from model.meaning import Answer
from model.region import Region
from model.render import PathFlags
from model.view import FlatRange
from proofs.proof import Proof
from proofs.ranges import (
    LAST_ADDRESS,
    Meaning,
    any_meaning,
    first_of,
    meaning_of,
)
from proofs.symbolic import all_of, any_of, choose
from proofs.theorem import Package

Name = int
"""Numbers stand for the names of regions, so that two of them can be chosen between."""


class AnyKind(NamedTuple):
    """A kind of which nothing is known, and nothing can be asked, but whether it terminates."""

    terminates: bool


class Leaf(NamedTuple):
    """The name of a region somewhere in a subtree, and what a view says of that region itself."""

    number: int
    dirty_log_mask: int
    romd_mode: bool


class View(NamedTuple):
    """A view of any length, known by what it says of one address."""

    meaning: Meaning


def any_region(package: Package, proof: Proof, name: str, **fields: object) -> Region:
    """An input: any region, but for the fields given. Its size is from 0 to 2^64."""
    region: Region = package.region.Region(
        size=proof.integer(f"{name}.size", 0, ADDRESS_SPACE_SIZE),
        addr=proof.integer(f"{name}.addr", 0, LAST_ADDRESS),
        enabled=proof.boolean(f"{name}.enabled"),
        **any_flags(package, proof, name)._asdict(),
        romd_mode=proof.boolean(f"{name}.romd_mode"),
        dirty_log_mask=proof.integer(f"{name}.dirty_log_mask"),
        alias_offset=proof.integer(f"{name}.alias_offset", 0, LAST_ADDRESS),
        **fields,
    )
    proof.show(name, region)
    return region


def any_flags(package: Package, proof: Proof, name: str) -> PathFlags:
    """An input: any flags of a path or of a region."""
    flags: PathFlags = package.render.PathFlags(
        *(proof.boolean(f"{name}.{flag}") for flag in PathFlags._fields)
    )
    return flags


def same_flags(left: PathFlags, right: PathFlags) -> bool:
    """Whether two paths have the same flags."""
    return all_of(*(a == b for a, b in zip(left, right, strict=True)))


def path_through(flags: PathFlags, region: Region) -> PathFlags:
    """The flags of a path that goes on through a region, without forking."""
    return flags._replace(
        **{flag: any_of(getattr(flags, flag), getattr(region, flag)) for flag in PathFlags._fields}
    )


def any_clip(package: Package, proof: Proof) -> AddressRange:
    """An input: any range inside the address space, which may be empty."""
    clip: AddressRange = package.address_range.AddressRange(
        proof.integer("clip.start", 0, ADDRESS_SPACE_SIZE),
        proof.integer("clip.size", 0, ADDRESS_SPACE_SIZE),
    )
    proof.assume(lies_inside(clip))
    proof.show("clip", clip)
    return clip


def lies_inside(range_: AddressRange | FlatRange) -> bool:
    """Whether a range, which may be empty, lies in the address space."""
    end = range_.start + range_.size
    return all_of(range_.start >= 0, range_.size >= 0, end <= ADDRESS_SPACE_SIZE)


def has(range_: AddressRange, address: int) -> bool:
    """Whether an address lies in a range; does not use the code under proof."""
    return all_of(range_.start <= address, address < range_.start + range_.size)


def is_in_extent(region: Region, address: int) -> bool:
    """Whether an enabled region has an address, given in its container's coordinates."""
    return all_of(region.enabled, address >= region.addr, address < region.addr + region.size)


def nothing_said_of(region: Region) -> Meaning:
    """What no region at all says; `region` lends the fields that do not count."""
    flags = (region.readonly, region.nonvolatile, region.unmergeable)
    return Meaning(False, 0, (0, region.dirty_log_mask, region.romd_mode, *flags))


def told(regions: dict[Name, Region], answer: Answer | None, nothing: Meaning) -> Meaning:
    """What a view must say of an address that resolves to `answer`. Rules: R6."""
    if answer is None:
        return nothing
    leaf: Any = answer.region
    if not isinstance(leaf, Leaf):
        leaf = Leaf(leaf, regions[leaf].dirty_log_mask, regions[leaf].romd_mode)
    return Meaning(True, answer.offset, (*leaf, *answer.flags))


class Question(NamedTuple):
    """What a subtree was asked: an address in its container's coordinates, and a path's flags."""

    address: int
    flags: PathFlags


class Subtrees:
    """Subtrees that resolve to anything, and render the same; each can be asked twice.

    To the same question it gives the same answer, and to another question any. `names` are those of
    the subtrees' own regions, and `address` is the one address that views are known by. A subtree
    whose region is given in `extents` answers only in its extent, and to flags only together with
    the region's own.
    """

    def __init__(self, package: Package, proof: Proof, address: int, names: Iterable[Name]) -> None:
        self.package = package
        self.proof = proof
        self.address = address
        self.answers = {
            name: [any_meaning(package, proof, f"subtree {name}[{index}]") for index in range(2)]
            for name in names
        }
        self.asked: dict[Name, list[tuple[Question, Meaning]]] = {}
        self.extents: dict[Name, Region] = {}

    def answer(self, name: Name, question: Question) -> Meaning:
        """What a subtree resolves to: an arbitrary function of the address and the flags."""
        extent = self.extents.get(name)
        if extent is not None:
            question = Question(question.address, path_through(question.flags, extent))
        earlier = self.asked.setdefault(name, [])
        meaning = self.answers[name][len(earlier)]
        for before, answered in earlier:
            is_same = all_of(
                question.address == before.address, same_flags(question.flags, before.flags)
            )
            meaning = _either(is_same, answered, meaning)
        earlier.append((question, meaning))
        if extent is not None:
            is_inside = is_in_extent(extent, question.address)
            meaning = meaning._replace(is_answered=all_of(meaning.is_answered, is_inside))
        return meaning

    def resolve(
        self, regions: object, name: Name, address: int, flags: PathFlags | None = None
    ) -> Answer | None:
        """In place of `model.meaning.resolve`."""
        if flags is None:
            flags = self.package.render.NO_FLAGS
        meaning = self.answer(name, Question(address, flags))
        if not meaning.is_answered:
            return None
        labels: tuple[Any, ...] = meaning.labels
        path_flags = self.package.render.PathFlags(*labels[3:])
        answer: Answer = self.package.meaning.Answer(Leaf(*labels[:3]), meaning.offset, path_flags)
        return answer

    def render_region(
        self,
        regions: object,
        ranges: View,
        name: Name,
        base: int,
        clip: AddressRange,
        flags: PathFlags,
    ) -> View:
        """In place of `model.render.render_region`: the induction hypothesis."""
        self.proof.claim("what is rendered below is clipped to addresses", lies_inside(clip))
        meaning = self.answer(name, Question(self.address - base, flags))
        shown = meaning._replace(is_answered=all_of(meaning.is_answered, has(clip, self.address)))
        return View(first_of(ranges.meaning, shown))

    def flags_through(self, flags: PathFlags, region: Region) -> PathFlags:
        """In place of `model.render.flags_through`: the same, without forking."""
        return path_through(flags, region)

    def fill(self, ranges: View, window: FlatRange) -> View:
        """In place of `model.view.fill`: what the theorems about filling say of it."""
        self.proof.show("window", window)
        self.proof.claim("a window lies inside the address space", lies_inside(window))
        self.proof.claim(
            "a window begins at an offset in [0, 2^64)",
            all_of(window.offset >= 0, window.offset <= LAST_ADDRESS),
        )
        return View(first_of(ranges.meaning, meaning_of(window, self.address)))


def _either(condition: bool, then: Meaning, otherwise: Meaning) -> Meaning:
    """One of two meanings, without forking."""
    return Meaning(
        choose(condition, then.is_answered, otherwise.is_answered),
        choose(condition, then.offset, otherwise.offset),
        tuple(choose(condition, a, b) for a, b in zip(then.labels, otherwise.labels, strict=True)),
    )
