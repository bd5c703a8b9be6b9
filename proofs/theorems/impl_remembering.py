"""Remembering: what impl copies without a look-up is what the model reaches in one step."""

from functools import partial
from types import SimpleNamespace
from typing import Any, NamedTuple

from model.memory import clamp_to_block
from model.radix import QEMU_SHAPE
from model.translate import section_at, within_section
from proofs.proof import Limits, Proof
from proofs.ranges import LAST_ADDRESS
from proofs.rebinding import rebound
from proofs.refinement import Refinement, RegionObject
from proofs.symbolic import all_of
from proofs.theorem import Package, Theorem
from proofs.theorems import bugs_in_impl_accesses as bugs
from proofs.theorems.impl_translating import ONE_RANGE, Access, any_access, view_of


class Again(NamedTuple):
    """An access of RAM, after another that has left its section to be remembered."""

    earlier: int
    access: Access
    block: int
    is_readonly: bool


def any_again(proof: Proof) -> Again:
    """An input: any two accesses of a view of one range, whose block may be shorter."""
    earlier = proof.integer("earlier address", 0, LAST_ADDRESS)
    again = Again(
        earlier, any_access(proof), proof.integer("block", 0), proof.boolean("is readonly")
    )
    proof.show("earlier address", earlier)
    proof.show("block", again.block)
    return again


class Copied(NamedTuple):
    """What is copied at once without a look-up, and marked: offsets, and how many bytes."""

    offset: int
    length: int
    marked: tuple[int, int] | None


def copied_by_model(given: Again, page_bits: int, is_write: bool) -> Copied | None:
    """What the model reaches in one step of memory, if that is all, in the section before."""
    ranges, access = (given.access.range,), given.access
    earlier = section_at(ranges, given.earlier, 1 << page_bits)
    section = section_at(ranges, access.address, 1 << page_bits)
    if earlier.region is None or section.region is None or section.start != earlier.start:
        return None
    offset, length = within_section(section, access.address, access.length, True)
    if length == 0 or offset >= given.block or (is_write and given.is_readonly):
        return None
    if clamp_to_block(given.block, offset, length) != access.length:
        return None
    return Copied(offset, length, (offset, length) if is_write else None)


class Contents:
    """In place of mapped memory: it keeps what it was asked for, or given."""

    def __init__(self) -> None:
        self.copied: Any = None

    def __getitem__(self, place: slice) -> None:
        self.copied = place

    def __setitem__(self, place: slice, data: object) -> None:
        self.copied = place


def copied_by_impl(package: Package, given: Again, page_bits: int, is_write: bool) -> Copied | None:
    """Run impl's look-up of the earlier address, then its access."""
    access, ram = given.access, package.region.RegionKind.RAM
    contents, marked = Contents(), []
    region = RegionObject(
        access.range.region,
        kind=ram,
        block=SimpleNamespace(contents=contents, size=given.block),
        readonly=given.is_readonly,
        dirty_log_mask=1,
    )
    space = SimpleNamespace(
        view=view_of(package, access.range, region),
        accesses=SimpleNamespace(
            fuzz_hook=None, direct_kinds=(ram,), mark=lambda *place: marked.append(place)
        ),
        memory_map=SimpleNamespace(page_bits=page_bits),
        _read=lambda *_: None,
        _write=lambda *_: None,
    )
    unspecified = package.attributes.UNSPECIFIED
    rebound(package.recent.recent_at, mmap=Contents)(space, given.earlier, 1, unspecified)
    space_class = package.address_space.AddressSpace
    if is_write:
        write = rebound(space_class.write, len=lambda _: access.length, bytes_of=lambda data: data)
        write(space, access.address, "data", unspecified)
    else:
        space_class.read(space, access.address, access.length, unspecified)
    place = contents.copied
    if place is None:
        return None
    return Copied(place.start, place.stop - place.start, marked[0][1:] if marked else None)


def are_copied_alike(
    given: object, expected: Copied | None, done: Copied | None
) -> dict[str, bool]:
    """The relation of accesses that look nothing up."""
    if expected is None or done is None:
        return {"nothing is looked up exactly if one step of the model is all": expected is done}
    claims = {
        "the same bytes are copied": all_of(
            expected.offset == done.offset, expected.length == done.length
        ),
        "they are marked exactly if they are written": (expected.marked is None)
        == (done.marked is None),
    }
    if expected.marked is not None and done.marked is not None:
        pairs = zip(expected.marked, done.marked, strict=True)
        claims["the same bytes are marked"] = all_of(*(a == b for a, b in pairs))
    return claims


def copying(page_bits: int, is_write: bool) -> Refinement[Again, Copied | None, Copied | None]:
    """Access RAM again."""
    return Refinement(
        inputs=any_again,
        specification=partial(copied_by_model, page_bits=page_bits, is_write=is_write),
        implementation=partial(copied_by_impl, page_bits=page_bits, is_write=is_write),
        relation=are_copied_alike,
    )


REMEMBER = Theorem(
    name="impl_copies_without_a_look_up_exactly_what_the_model_reaches_in_one_step",
    statement=(
        "After any look-up, a read or write of RAM that impl makes in the section remembered, "
        "looking nothing up, copies and marks the bytes of the model's one step; and it does so "
        "exactly if that step is the whole access, in the section before, and may be made."
    ),
    rules=("P7", "D8", "X1", "A2", "M9"),
    assumptions=(
        ONE_RANGE,
        "Its region is RAM with mapped memory, of any size; someone logs its writes, and its "
        "`readonly` may be either. The access says nothing of itself, and there is no fuzz hook.",
        "Pages have 2^12 bytes.",
    ),
    limits=Limits(resource_units=20_000_000, paths=2000),
    obligations=tuple(
        copying(QEMU_SHAPE.page_bits, is_write).obligation("writes" if is_write else "reads")
        for is_write in (False, True)
    ),
    teeth=(
        bugs.RECENT_HAS_THE_BLOCK,
        bugs.RECENT_OVERRUNS_THE_BLOCK,
        bugs.RECENT_HAS_THE_RANGE,
        bugs.RECENT_BY_THE_ADDRESS,
        bugs.READ_RUNS_PAST,
        bugs.ROM_IS_WRITTEN,
        bugs.MARKS_BY_THE_SECTION,
    ),
    package="impl",
)

THEOREMS = (REMEMBER,)
