"""Remembering: a look-up that may reuse the section that was found last, in any dispatch."""

from functools import partial
from typing import cast

from model.address_range import ADDRESS_SPACE_SIZE
from model.dispatch import AddressSpaceDispatch, Found, Section
from model.radix import QEMU_SHAPE, UNASSIGNED_INDEX
from proofs.functions import AnyFunction
from proofs.proof import Limits, Proof
from proofs.ranges import LAST_ADDRESS, any_address
from proofs.rebinding import rebound
from proofs.symbolic import all_of, any_of, choose, implies
from proofs.theorem import Obligation, Package, Theorem
from proofs.theorems import bugs_in_translation as bugs
from proofs.theorems.registering_views import LOOKING_UP
from proofs.theorems.splitting import PAGE_BITS


class AnySections:
    """Sections of which nothing is known but that the first has all addresses.

    In place of its region, a section has its place among them: two with the same are the same.
    """

    def __init__(self, package: Package, proof: Proof) -> None:
        self.package = package
        self.count = proof.integer("sections", 1)
        extents = [
            (proof.integer(f"section[{i}].start"), proof.integer(f"section[{i}].size"))
            for i in range(10)
        ]
        self.extents = AnyFunction(extents, ((UNASSIGNED_INDEX,), (0, ADDRESS_SPACE_SIZE)))

    def __getitem__(self, index: int) -> Section:
        section: Section = self.package.dispatch.Section(index, 0, *self.extents(index))
        return section


def place_of(section: Section) -> int:
    """Where a section is among the sections of its dispatch."""
    return cast(int, section.region)


class AnyPagesDivided:
    """Tables of divided pages of which nothing is known, nor which sections are containers."""

    def __init__(self, proof: Proof) -> None:
        flags = [(proof.boolean(f"container[{i}]"),) for i in range(4)]
        self.is_container = AnyFunction(flags)
        self.sections = AnyFunction([(proof.integer(f"in table[{i}]", 0),) for i in range(4)])

    def __contains__(self, index: int) -> bool:
        return cast(bool, self.is_container(index)[0])

    def __getitem__(self, index: int) -> int:
        """A container's index stands for its table."""
        return index

    def subpage_index(self, table: int, byte: int) -> int:
        """In place of `model.subpage.subpage_index`."""
        return self.sections(table, byte)[0]


class AnyDispatch:
    """Any sections, any page map and any divided pages, with pages of one size."""

    def __init__(self, package: Package, proof: Proof, page_bits: int) -> None:
        self.package, self.proof = package, proof
        self.sections = AnySections(package, proof)
        self.divided = AnyPagesDivided(proof)
        self.leaves = AnyFunction([(proof.integer(f"leaf[{i}]", 0),) for i in range(6)])
        shape = package.radix.MapShape(page_bits=page_bits)
        self.page_size: int = shape.page_size
        self.dispatch: AddressSpaceDispatch = package.dispatch.AddressSpaceDispatch(
            package.radix.PageMap(shape), self.sections, self.divided
        )

    def find_leaf(self, page_map: object, page: int) -> int:
        """In place of `model.radix.find_leaf`."""
        return self.leaves(page)[0]

    def assume_it_is_led_to(self, index: int, address: int) -> None:
        """The contract of the page map for a section that it leads to from some page."""
        is_its_own = all_of(index != UNASSIGNED_INDEX, self.has(index, address))
        leaf = self.find_leaf(None, address // self.page_size)
        self.proof.assume(index < self.sections.count)
        self.proof.assume(leaf < self.sections.count)
        self.proof.assume(implies(is_its_own, leaf == index))

    def has(self, index: int, address: int) -> bool:
        """Whether a section has an address; does not use the code under proof."""
        section = self.sections[index]
        return all_of(section.start <= address, address < section.start + section.size)

    def look_up(self, address: int, mru: int | None, resolve: bool) -> Found:
        """Run `lookup_section`."""
        code = self.package.dispatch
        found: Found = rebound(
            code.lookup_section,
            len=lambda sections: sections.count,
            page_find=rebound(code.page_find, find_leaf=self.find_leaf),
            resolve_subpage=rebound(code.resolve_subpage, subpage_index=self.divided.subpage_index),
        )(self.dispatch, address, mru, resolve)
        return found


def looking_up_again(package: Package, proof: Proof, page_bits: int) -> None:
    """With what any look-ups before have left; the induction is over their number."""
    address = any_address(proof)
    any_ = AnyDispatch(package, proof, page_bits)
    mru = proof.integer("mru", 0)
    any_.assume_it_is_led_to(mru, address)
    resolve = proof.boolean("resolve")
    proof.show("mru", mru)
    without = any_.look_up(address, None, resolve)
    found = any_.look_up(address, mru, resolve)
    proof.show("without", without)
    proof.show("found", found)
    proof.claim("the section is the same", place_of(found.section) == place_of(without.section))
    proof.claim("the same is remembered", found.mru == without.mru)
    proof.claim("what is remembered has the address", any_.has(found.mru, address))
    leaf = any_.find_leaf(None, address // any_.page_size)
    proof.claim(
        "what is remembered is what the page map leads to, or the unassigned section",
        any_of(found.mru == leaf, found.mru == UNASSIGNED_INDEX),
    )


def looking_up_twice(package: Package, proof: Proof, page_bits: int) -> None:
    """The first look-up at one address, the second at another, and nothing remembered before."""
    earlier = proof.integer("earlier address", 0, LAST_ADDRESS)
    proof.show("earlier address", earlier)
    address = any_address(proof)
    any_ = AnyDispatch(package, proof, page_bits)
    any_.assume_it_is_led_to(any_.find_leaf(None, earlier // any_.page_size), address)
    first = any_.look_up(earlier, None, resolve=False)
    proof.show("first", first)
    second = any_.look_up(address, first.mru, resolve=True)
    proof.show("second", second)
    without = any_.look_up(address, None, resolve=True)
    proof.show("without", without)
    proof.claim("the section is the same", place_of(second.section) == place_of(without.section))


def looking_up_by_coverage(package: Package, proof: Proof, page_bits: int) -> None:
    """With nothing remembered; `index` is that of any section that the page map has."""
    address = any_address(proof)
    any_ = AnyDispatch(package, proof, page_bits)
    index = proof.integer("index", 1)
    any_.assume_it_is_led_to(index, address)
    leaf = any_.find_leaf(None, address // any_.page_size)
    place = choose(any_.has(leaf, address), leaf, UNASSIGNED_INDEX)
    found = any_.look_up(address, None, False)
    proof.show("found", found)
    proof.claim(
        "a section that has the address is found",
        implies(any_.has(index, address), found.mru == index),
    )
    proof.claim(
        "where the leaf's section has not the address, nothing is found", found.mru == place
    )
    proof.claim("containers stay", place_of(found.section) == place)
    inside = any_.look_up(address, None, True).section
    proof.show("inside", inside)
    byte = address % any_.page_size
    if place in any_.divided:
        place = any_.divided.subpage_index(place, byte)
    proof.claim(
        "a container gives what its table has for the byte, and others themselves",
        place_of(inside) == place,
    )


PAGE_MAP = (
    "Sections, page map and tables are arbitrary, but section 0 is the unassigned one, and a "
    "section that the map leads to from some page, it leads to from the page of each address "
    f"that the section has. (The theorem {LOOKING_UP.name} shows it of the dispatch of every view "
    "of less than 2^16 sections.)"
)
"""What is assumed in place of the radix tree, which has its own theorems."""

TRANSPARENCY = Theorem(
    name="a_look_up_gives_the_same_section_whatever_was_found_before_in_its_dispatch",
    statement=(
        "With any section that earlier look-ups left as the most recently used one, a look-up "
        "gives and leaves what it does without, looking through divided pages or not; what it "
        "leaves has the address, and comes from the page map or is the unassigned section, which "
        "is never reused."
    ),
    rules=("P7", "D7", "D8", "D9"),
    assumptions=(
        PAGE_MAP,
        "What is remembered was left by a look-up in the same dispatch: by induction it is the "
        "unassigned section, or one that the map leads to from some page.",
        "Pages have 2^10, 2^12 or 2^18 bytes and addresses 64 bits; no look-up happens inside "
        "another.",
    ),
    limits=Limits(resource_units=2_400_000, paths=370),
    obligations=(
        *(
            Obligation(
                f"any look-up, pages of 2^{bits} bytes", partial(looking_up_again, page_bits=bits)
            )
            for bits in (min(PAGE_BITS), QEMU_SHAPE.page_bits, max(PAGE_BITS))
        ),
        Obligation(
            "two look-ups in a row", partial(looking_up_twice, page_bits=QEMU_SHAPE.page_bits)
        ),
    ),
    teeth=(
        bugs.UNASSIGNED_IS_REUSED,
        bugs.REUSED_ANYWHERE,
        bugs.REUSED_ONE_BYTE_AFTER,
        bugs.REUSED_CONTAINER_IS_NOT_LOOKED_THROUGH,
        bugs.RESOLVED_SECTION_IS_REMEMBERED,
        bugs.HOLES_ARE_NOT_REMEMBERED,
        bugs.LEAF_COUNTS_EVERYWHERE,
    ),
)

COVERAGE = Theorem(
    name="a_look_up_gives_the_section_of_the_page_map_that_has_the_address_or_nothing",
    statement=(
        "Any section in the page map is found at each of its addresses; where the leaf's section "
        "has not the address, the unassigned section is; and a divided page's container gives "
        "what its table has for the byte within the page."
    ),
    rules=("D7", "D9"),
    assumptions=(PAGE_MAP, "Pages have 2^10 to 2^18 bytes and addresses 64 bits."),
    limits=Limits(resource_units=860_000, paths=160),
    obligations=tuple(
        Obligation(f"pages of 2^{bits} bytes", partial(looking_up_by_coverage, page_bits=bits))
        for bits in PAGE_BITS
    ),
    teeth=(
        bugs.LEAF_COUNTS_EVERYWHERE,
        bugs.FIRST_BYTE_IS_NOT_COVERED,
        bugs.LEAF_OF_THE_NEXT_PAGE,
        bugs.CONTAINERS_ARE_NOT_LOOKED_THROUGH,
        bugs.TABLE_IS_ASKED_FOR_THE_ADDRESS,
    ),
)

THEOREMS = (TRANSPARENCY, COVERAGE)
