"""Registering the ranges of a view, section by section."""

from functools import partial
from typing import Any

from model.address_range import ADDRESS_SPACE_SIZE
from model.dispatch import Section
from model.radix import QEMU_SHAPE, UNASSIGNED_INDEX, PageRun
from proofs.dispatches import (
    AnyLeaves,
    any_dispatch,
    find_leaf,
    leading,
    mapping,
    number_of,
    number_of_all,
    place_at,
    settled,
)
from proofs.proof import Limits, Proof, assume_all, claim_all
from proofs.ranges import any_address
from proofs.rebinding import rebound
from proofs.symbolic import all_of, choose, implies
from proofs.theorem import Obligation, Package, Theorem
from proofs.theorems import bugs_in_registering as bugs
from proofs.theorems import bugs_in_walks
from proofs.theorems.setting_pages import SETTING
from proofs.theorems.splitting import PAGE_BITS

PAGE_SIZES = (min(PAGE_BITS), QEMU_SHAPE.page_bits, max(PAGE_BITS))
"""The least, the most usual and the largest, as powers of two."""


class Registration:
    """A dispatch in which ranges up to `end` are registered, and one more section to register."""

    def __init__(self, package: Package, proof: Proof, page_bits: int) -> None:
        self.package, self.proof = package, proof
        self.page_size = 1 << page_bits
        self.address = any_address(proof)
        self.end = proof.integer("end", 0, ADDRESS_SPACE_SIZE)
        self.before = any_dispatch(package, proof, page_bits)
        self.page, self.other = self.address // self.page_size, proof.integer("other page", 0)
        self.section: Section = package.dispatch.Section(
            "region",
            0,
            proof.integer("section.start", 0, ADDRESS_SPACE_SIZE),
            proof.integer("section.size", 1, ADDRESS_SPACE_SIZE),
        )
        proof.show("section", self.section)
        self.section_end = self.section.start + self.section.size
        proof.assume(all_of(self.end <= self.section.start, self.section_end <= ADDRESS_SPACE_SIZE))
        for page in (self.page, self.other, self.section.start // self.page_size):
            assume_all(proof, mapping(self.before, page, self.end))
        proof.assume(leading(self.before, self.page, self.other))
        proof.assume(leading(self.before, self.other, self.page))

    def set_pages(self, page_map: AnyLeaves, run: PageRun) -> AnyLeaves:
        """In place of `set_pages`: what the theorem about setting pages says of it."""
        all_pages = ADDRESS_SPACE_SIZE // self.page_size
        self.proof.claim(
            "the run is not empty, and in the map",
            all_of(run.first >= 0, run.pages >= 1, run.first + run.pages <= all_pages),
        )
        self.proof.claim(
            "its index is none that is taken", run.section == number_of(self.before.sections)
        )
        is_set = all_of(run.first <= self.page, self.page < run.first + run.pages)
        self.proof.claim(
            "a page that is set led nowhere",
            implies(is_set, page_map.leaf(self.page) == UNASSIGNED_INDEX),
        )
        return page_map._replace(runs=(*page_map.runs, run))

    def code(self) -> tuple[Any, Any]:
        """The code of `register_multipage` and `register_subpage`."""
        code = self.package.dispatch
        section_add = rebound(code.section_add, len=number_of)
        multipage = rebound(
            code.register_multipage, section_add=section_add, set_pages=self.set_pages
        )
        subpage = rebound(
            code.register_subpage,
            section_add=section_add,
            register_multipage=multipage,
            page_find=rebound(code.page_find, find_leaf=find_leaf),
            len=number_of,
        )
        return multipage, subpage

    def register(self, code: Any) -> None:
        """Register the section; claim the invariant, and that it answers where it is only."""
        proof = self.proof
        try:
            after = settled(code(self.before, self.section))
        except self.package.dispatch.DispatchAbort:
            count = number_of(self.before.sections)
            is_asserted = self.before.flavour.asserts_section_count
            proof.claim(
                "it aborts only for as many sections as a page has bytes, if it asserts that",
                all_of(is_asserted, count + 1 >= self.page_size),
            )
            return
        claim_all(proof, mapping(after, self.page, self.section_end))
        proof.claim("a section is led to from all its pages", leading(after, self.page, self.other))
        had = place_at(self.package, self.before, self.address)
        has = place_at(self.package, after, self.address)
        last = number_of_all(after) - 1
        is_few = implies(self.before.flavour.asserts_section_count, last < self.page_size)
        proof.claim("it does not go on where QEMU stops for too many sections", is_few)
        proof.claim("the section comes last", after.sections[last] is self.section)
        is_its = all_of(self.section.start <= self.address, self.address < self.section_end)
        proof.claim(
            "the section answers at its addresses, and any other address as before",
            has == choose(is_its, last, had),
        )


def registering_pages(package: Package, proof: Proof, page_bits: int) -> None:
    """A section of whole pages."""
    registration = Registration(package, proof, page_bits)
    section = registration.section
    page_size = registration.page_size
    proof.assume(all_of(section.start % page_size == 0, section.size % page_size == 0))
    register_multipage, _ = registration.code()
    registration.register(register_multipage)


def registering_in_a_page(package: Package, proof: Proof, page_bits: int) -> None:
    """A section inside a page, divided or not."""
    registration = Registration(package, proof, page_bits)
    section, page_size = registration.section, registration.page_size
    within = section.start % page_size
    proof.assume(all_of(within + section.size <= page_size, section.size < page_size))
    _, register_subpage = registration.code()
    registration.register(register_subpage)


REGISTERING = Theorem(
    name="registering_a_section_lets_it_answer_at_its_addresses_and_changes_no_other_look_up",
    statement=(
        "In a dispatch of any number of sections, registering one that comes after all before it, "
        "of whole pages or inside a page, lets a look-up find it at its addresses, and at any "
        "other what it found before; each section that the page map leads to is whole pages, and "
        "is led to from all of its pages and no others. Registering aborts only where a version "
        "asserts the count of sections."
    ),
    rules=("P6", "D2", "D3", "D4", "D5", "D9"),
    assumptions=(
        f"`set_pages` does what the theorem {SETTING.name} says; the map is not compacted yet.",
        "The sections, the page map and the tables are arbitrary, but keep the invariant that is "
        "claimed again of the result, for an arbitrary page and another one; an empty dispatch "
        "keeps it, as it leads nowhere.",
        "At one byte, any table is as one of at most one run.",
        "There are less than 2^16 sections, so that no index is truncated (D5).",
        "Pages have 2^10, 2^12 or 2^18 bytes.",
    ),
    limits=Limits(resource_units=30_000_000, paths=480),
    obligations=tuple(
        Obligation(f"{what}, pages of 2^{bits} bytes", partial(body, page_bits=bits))
        for bits in PAGE_SIZES
        for what, body in (
            ("whole pages", registering_pages),
            ("inside a page", registering_in_a_page),
        )
    ),
    teeth=(
        bugs.PAGE_IS_DIVIDED_ANEW,
        bugs.RUN_IS_A_PAGE_LONGER,
        bugs.INDEX_OF_THE_ONE_BEFORE,
        bugs.INDEX_IS_CUT_SHORT,
        bugs.COUNT_MAY_REACH_THE_PAGE,
        bugs.TABLE_IS_WRITTEN_TO_ITS_END,
        bugs.TABLE_IS_THE_SECTIONS,
        bugs.CONTAINER_IS_NOT_REGISTERED,
        bugs.CONTAINER_BEGINS_LATE,
        bugs_in_walks.EARLIER_RUNS_FORGOTTEN,
        bugs_in_walks.EARLIER_RUN_WINS,
    ),
)

THEOREMS = (REGISTERING,)
