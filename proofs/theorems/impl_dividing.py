"""Dividing: impl's sections, computed from ranges when they are asked for, are the model's."""

from functools import partial
from typing import NamedTuple

from model.dispatch import Section, sections
from model.translate import section_at
from model.view import FlatRange
from proofs.proof import Limits, Proof
from proofs.ranges import any_address, any_range, end_of
from proofs.rebinding import rebound
from proofs.refinement import (
    MODEL,
    Refinement,
    in_impl,
    same_rows,
    same_section,
    section_in_model,
)
from proofs.symbolic import all_of
from proofs.theorem import Package, Theorem
from proofs.theorems import bugs_in_impl_views as bugs
from proofs.theorems.splitting import PAGE_BITS

# --- The section of an address --------------------------------------------------------------------


class InRange(NamedTuple):
    """An address, and the only range of a view, which may have it."""

    address: int
    range: FlatRange


def any_in_range(proof: Proof) -> InRange:
    """An input: any address, and any range that is not empty."""
    given = InRange(any_address(proof), any_range(MODEL, proof, "range"))
    proof.assume(given.range.size > 0)
    return given


def section_found(package: Package, given: InRange, page_bits: int) -> Section:
    """Run impl's look-up of a section."""
    range_ = in_impl(package, given.range, given.range.region)
    view = package.view.FlatView(None, (package.view.Chunk([range_]),), 1)
    return section_in_model(view.find_section(given.address, page_bits))


def locating(page_bits: int) -> Refinement[InRange, Section, Section]:
    """Look the section up that answers at an address."""
    return Refinement(
        inputs=any_in_range,
        specification=lambda given: section_at((given.range,), given.address, 1 << page_bits),
        implementation=partial(section_found, page_bits=page_bits),
        relation=lambda _, expected, done: {
            "the section is the same": same_section(expected, done)
        },
    )


# --- The sections of a range ----------------------------------------------------------------------


class Divided(NamedTuple):
    """A range that follows others, the last page that they have divided, and any page asked for.

    `last` is the number of the page, or -1 for none. Of those before it, some are divided.
    """

    range: FlatRange
    last: int
    before: tuple[bool, ...]


def any_divided(proof: Proof, page_bits: int) -> Divided:
    """An input: any such range."""
    given = Divided(
        any_range(MODEL, proof, "range"),
        proof.integer("last page divided", -1),
        tuple(proof.boolean(f"page {which} was divided") for which in range(2)),
    )
    proof.show("last page divided", given.last)
    proof.assume(all_of(given.range.size > 0, given.last * (1 << page_bits) <= given.range.start))
    return given


class DividedPages:
    """The set of the pages that are divided, which are known by their first addresses."""

    def __init__(self, given: Divided, page_size: int) -> None:
        self.last = given.last * page_size
        self.before = iter(given.before)
        self.added: list[int] = []

    def __contains__(self, page: int) -> bool:
        if page < self.last:
            return next(self.before)
        return page == self.last or any(page == other for other in self.added)

    def add(self, page: int) -> None:
        """One more."""
        self.added.append(page)


class Registered(NamedTuple):
    """The sections of a range, and the address of the last page divided after it."""

    sections: tuple[Section, ...]
    divided: int


def registered_by_model(given: Divided, page_bits: int) -> Registered:
    """Run the model."""
    pages = DividedPages(given, 1 << page_bits)
    _, *found = rebound(sections, set=lambda: pages)((given.range,), page_bits)
    return Registered(tuple(found), pages.added[-1] if pages.added else pages.last)


def registered_by_impl(package: Package, given: Divided, page_bits: int) -> Registered:
    """Run impl."""
    one = in_impl(package, given.range, given.range.region)
    found = tuple(
        section_in_model(section)
        for section in package.view.sections_of(one, page_bits, given.last)
    )
    containers = [section.start for section in found if section.is_subpage]
    return Registered(found, containers[-1] if containers else given.last * (1 << page_bits))


def are_registered_alike(given: Divided, expected: Registered, done: Registered) -> dict[str, bool]:
    """The relation of sections, and the invariant of the page divided last."""
    return {
        "the sections are the same": same_rows(expected.sections, done.sections, same_section),
        "the same page is divided last": expected.divided == done.divided,
        "it does not lie behind the range": done.divided < end_of(given.range),
    }


def registering(page_bits: int) -> Refinement[Divided, Registered, Registered]:
    """Register the sections of one range."""
    return Refinement(
        inputs=partial(any_divided, page_bits=page_bits),
        specification=partial(registered_by_model, page_bits=page_bits),
        implementation=partial(registered_by_impl, page_bits=page_bits),
        relation=are_registered_alike,
    )


LOCATE = Theorem(
    name="impl_computes_the_section_of_each_address_that_the_model_cuts",
    statement=(
        "For pages of 2^10 to 2^18 bytes and any range, the head, body or tail that impl computes "
        "for an arbitrary address is the model's, in start, size, region and offset; where the "
        "range has not the address, both give the unassigned section."
    ),
    rules=("P6", "D3", "D7", "D9"),
    assumptions=(
        "The range is not empty, lies inside the address space, and is the only one of the view: "
        "impl finds the range by the theorem about its search.",
        "The page size is one of the nine powers of two from 2^10 to 2^18.",
    ),
    limits=Limits(resource_units=3_600_000, paths=320),
    obligations=tuple(locating(bits).obligation(f"pages of 2^{bits} bytes") for bits in PAGE_BITS),
    teeth=(
        bugs.TAIL_BY_THE_BODYS_OFFSET,
        bugs.HEAD_A_PAGE_TOO_LONG,
        bugs.HEAD_OUTLIVES_ITS_RANGE,
        bugs.TAIL_IN_THE_BODY,
        bugs.ALIGNED_IF_IT_BEGINS_SO,
        bugs.HEAD_IS_PART_OF_THE_BODY,
    ),
    package="impl",
)

REGISTER = Theorem(
    name="impl_registers_the_sections_of_every_range_in_the_models_order",
    statement=(
        "For pages of 2^10 to 2^18 bytes, and whatever pages the ranges before have divided, impl "
        "gives the head, whole pages and tail of any range, and the containers of pages that are "
        "divided anew, as the model's `sections` does."
    ),
    rules=("D2", "D3", "D4"),
    assumptions=(
        "Both register the ranges of a view one after the other. All that is kept from one to the "
        "next is in the model the set of divided pages, in impl the last of them.",
        "The range is not empty, lies inside the address space, and does not begin before the last "
        "page that is divided: it follows the ranges before.",
        "The page size is one of the nine powers of two from 2^10 to 2^18.",
    ),
    limits=Limits(resource_units=12_000_000, paths=430),
    obligations=tuple(
        registering(bits).obligation(f"pages of 2^{bits} bytes") for bits in PAGE_BITS
    ),
    teeth=(
        bugs.CONTAINER_FOR_EACH_PIECE,
        bugs.CONTAINER_FOR_WHOLE_PAGES,
        bugs.CONTAINER_AT_ITS_SECTION,
        bugs.TAIL_BY_THE_BODYS_OFFSET,
        bugs.TAIL_IN_THE_BODY,
    ),
    package="impl",
)

THEOREMS = (LOCATE, REGISTER)
