"""The dispatch of a whole view: its ranges registered, its page map compacted, and looked up in."""

from functools import partial
from typing import Any, NamedTuple, Self

from model.address_range import ADDRESS_SPACE_SIZE
from model.dispatch import Section
from model.radix import UNASSIGNED_INDEX, MapShape
from proofs.dispatches import AnyLeaves, any_dispatch, leading, mapping, place_at
from proofs.functions import AnyFunction
from proofs.proof import Limits, Proof, assume_all
from proofs.ranges import any_address, any_range, end_of, follows
from proofs.rebinding import rebound
from proofs.symbolic import all_of, any_of, choose, implies
from proofs.theorem import Obligation, Package, Theorem
from proofs.theorems import bugs_in_registering as bugs
from proofs.theorems import bugs_in_translation
from proofs.theorems.compacting import COMPACTING
from proofs.theorems.registering import PAGE_SIZES, REGISTERING
from proofs.theorems.splitting import PAGE_BITS


class Says(NamedTuple):
    """What a look-up gives at one address: nothing, or a region and an offset in it."""

    is_answered: bool
    region: int
    offset: int

    def or_else(self, other: "Says") -> "Says":
        """What is said here if it is an answer, else the other; without forking."""
        return Says(
            any_of(self.is_answered, other.is_answered),
            choose(self.is_answered, self.region, other.region),
            choose(self.is_answered, self.offset, other.offset),
        )

    def agrees(self, other: "Says") -> bool:
        """Whether both say the same."""
        is_same = all_of(self.region == other.region, self.offset == other.offset)
        return all_of(self.is_answered == other.is_answered, implies(self.is_answered, is_same))


def said_by(piece: Any, address: int) -> Says:
    """What a range or a section says of an address."""
    has = all_of(piece.start <= address, address < piece.start + piece.size)
    return Says(has, piece.region, piece.offset + (address - piece.start))


class Dispatch(NamedTuple):
    """A dispatch in which ranges up to `end` are registered, known by what it says."""

    shape: MapShape
    end: int
    says: Says

    @property
    def page_map(self) -> Self:
        """It stands for its page map, too."""
        return self


class Registered:
    """In place of `register_multipage` and `register_subpage`: what is proved of them."""

    def __init__(self, proof: Proof, address: int, page_size: int) -> None:
        self.proof, self.address, self.page_size = proof, address, page_size

    def register(self, dispatch: Dispatch, section: Section) -> Dispatch:
        """A section that comes after all that is registered."""
        end = section.start + section.size
        self.proof.claim(
            "a section is not empty, comes after all before it, and is in the address space",
            all_of(section.size >= 1, section.start >= dispatch.end, end <= ADDRESS_SPACE_SIZE),
        )
        self.proof.claim("a section of a range is no container", not section.is_subpage)
        said = said_by(section, self.address)
        return dispatch._replace(end=end, says=said.or_else(dispatch.says))

    def multipage(self, dispatch: Dispatch, section: Section) -> Dispatch:
        """A section of whole pages."""
        self.proof.claim(
            "a section is whole pages",
            all_of(section.start % self.page_size == 0, section.size % self.page_size == 0),
        )
        return self.register(dispatch, section)

    def subpage(self, dispatch: Dispatch, section: Section) -> Dispatch:
        """A section inside a page."""
        within = section.start % self.page_size
        self.proof.claim(
            "a section is in one page, and not all of it",
            all_of(within + section.size <= self.page_size, section.size < self.page_size),
        )
        return self.register(dispatch, section)


def any_says(proof: Proof, name: str) -> Says:
    """An input: whatever a dispatch may say."""
    says = Says(
        proof.boolean(f"{name}.is_answered"),
        proof.integer(f"{name}.region"),
        proof.integer(f"{name}.offset"),
    )
    proof.show(name, says)
    return says


def adding_a_range(package: Package, proof: Proof, page_bits: int) -> None:
    """The next range of a view, of which all before it are registered."""
    address = any_address(proof)
    end = proof.integer("end", 0, ADDRESS_SPACE_SIZE)
    range_ = any_range(package, proof, "range")
    proof.assume(follows(range_, end))
    shape = package.radix.MapShape(page_bits)
    before = Dispatch(shape, end, any_says(proof, "said before"))
    registered = Registered(proof, address, shape.page_size)
    after = rebound(
        package.dispatch.add_to_dispatch,
        register_multipage=registered.multipage,
        register_subpage=registered.subpage,
    )(before, range_)
    proof.show("said after", after.says)
    proof.claim("all up to the range's end is registered", after.end == end_of(range_))
    proof.claim(
        "the range answers at its addresses, and any other address as before",
        after.says.agrees(said_by(range_, address).or_else(before.says)),
    )


def building(package: Package, proof: Proof, page_bits: int) -> None:
    """From the empty dispatch on: all ranges but the last, as one; the last; then compaction."""
    address = any_address(proof)
    shape = package.radix.MapShape(page_bits)
    ranges = ("all ranges but the last", "the last range")
    flavour = package.flavour.Flavour.CURRENT
    asked: list[object] = []

    def check_ranges(given: object, size: int) -> None:
        proof.claim("the ranges are checked", given is ranges and size == ADDRESS_SPACE_SIZE)

    def add_to_dispatch(dispatch: Any, range_: object) -> Any:
        if not asked:
            found = package.dispatch.lookup_section(dispatch, address).section
            proof.claim("at first nothing answers", found is package.dispatch.UNASSIGNED)
            proof.claim(
                "the dispatch is of the shape and flavour", dispatch.page_map.shape is shape
            )
            proof.claim("the flavour is kept", dispatch.flavour is flavour)
        asked.append(range_)
        return dispatch._replace(page_map=len(asked), sections=tuple(asked))

    def compact(page_map: object) -> object:
        proof.claim("the map of all ranges is compacted", page_map == len(ranges))
        return "compacted"

    built = rebound(
        package.dispatch.build_dispatch,
        check_ranges=check_ranges,
        add_to_dispatch=add_to_dispatch,
        compact=compact,
    )(ranges, flavour, shape)
    proof.claim("each range is registered, in order", built.sections == ranges)
    proof.claim("the compacted map is kept", built.page_map == "compacted")


class Compacted(NamedTuple):
    """A page map after compaction: what a page led to, and what it leads to."""

    shape: MapShape
    before: AnyLeaves
    then: AnyFunction

    def leaf(self, page: int) -> int:
        """Where the compacted map leads a page; without forking."""
        index, then = self.before.leaf(page), self.then(page)[0]
        return choose(index == UNASSIGNED_INDEX, then, index)


def looking_up(package: Package, proof: Proof, page_bits: int) -> None:
    """In any dispatch whose map is compacted; `witness` is a page that led where the page does."""
    address = any_address(proof)
    end = proof.integer("end", 0, ADDRESS_SPACE_SIZE)
    dispatch = any_dispatch(package, proof, page_bits)
    page_map: Any = dispatch.page_map
    page = address // page_map.shape.page_size
    witness, other = proof.integer("witness", 0), proof.integer("other page", 0)
    for one in (page, witness, other):
        assume_all(proof, mapping(dispatch, one, end))
    proof.assume(leading(dispatch, witness, page))
    proof.assume(leading(dispatch, witness, other))
    then = AnyFunction([(proof.integer(f"then[{i}]", 0),) for i in range(10)])
    now: Any = Compacted(page_map.shape, page_map, then)
    compacted = dispatch._replace(page_map=now)
    index = now.leaf(page)
    proof.assume(any_of(index == UNASSIGNED_INDEX, index == page_map.leaf(witness)))

    had = place_at(package, dispatch, address)
    has = place_at(package, compacted, address)
    proof.claim("the look-up is what it was before the map was compacted", has == had)
    proof.claim(
        "a section that is led to from a page is led to from all its pages",
        leading(compacted, page, other),
    )


VIEWS = Theorem(
    name="registering_the_ranges_of_a_view_lets_each_answer_where_it_is_and_nothing_elsewhere",
    statement=(
        "Each range that is registered answers at its addresses, with its region and offset, and "
        "leaves all others to the ranges before it; so in a view of any number of ranges, a "
        "look-up in the dispatch, before its map is compacted, is the linear search among ranges, "
        "and else finds section 0. All ranges are registered, in order, and then the map is "
        "compacted."
    ),
    rules=("P6", "D1", "D2", "D3", "D6"),
    assumptions=(
        f"A section is registered as the theorem {REGISTERING.name} says.",
        "The loop of `build_dispatch` does with all ranges but the last, as one, what it does with "
        "each of them; the induction is over their number.",
        "The ranges are as `check_ranges` demands; those of a view are, by the theorems about "
        "filling and merging.",
        "Pages have 2^10, 2^12 or 2^18 bytes.",
    ),
    limits=Limits(resource_units=1_000_000, paths=100),
    obligations=tuple(
        Obligation(f"{what}, pages of 2^{bits} bytes", partial(body, page_bits=bits))
        for bits in PAGE_SIZES
        for what, body in (("one more range", adding_a_range), ("all ranges", building))
    ),
    teeth=(
        bugs.HEAD_OF_ONE_BYTE_IS_LOST,
        bugs.TAIL_NEEDS_A_BODY,
        bugs.TAIL_GOES_WITH_THE_BODY,
        bugs.SECTION_BEGINS_AT_OFFSET_0,
        bugs.TAIL_IS_THE_BODYS,
        bugs.FIRST_RANGE_IS_LOST,
        bugs.REGISTERED_BACKWARDS,
        bugs.NOT_COMPACTED,
        bugs.CHECKED_FOR_32_BITS,
    ),
)

LOOKING_UP = Theorem(
    name="a_compacted_page_map_leads_to_all_of_a_section_or_to_none_and_changes_no_look_up",
    statement=(
        "In the dispatch of a view of any length, a look-up finds at every address after the page "
        "map is compacted what it found before, because a section counts only where it has the "
        "address; and a section that the compacted map leads to from some page, it leads to from "
        "the page of each address that the section has."
    ),
    rules=("P6", "D6", "D7", "D9"),
    assumptions=(
        f"The dispatch is as the theorem {REGISTERING.name} claims of each that registering makes.",
        f"The map is compacted as the theorem {COMPACTING.name} says.",
        "There are less than 2^16 sections; pages have 2^10 to 2^18 bytes.",
    ),
    limits=Limits(resource_units=5_000_000, paths=300),
    obligations=tuple(
        Obligation(f"pages of 2^{bits} bytes", partial(looking_up, page_bits=bits))
        for bits in PAGE_BITS
    ),
    teeth=(
        bugs_in_translation.LEAF_COUNTS_EVERYWHERE,
        bugs_in_translation.REUSED_ONE_BYTE_AFTER,
        bugs.CONTAINERS_COUNT_EVERYWHERE,
        bugs_in_translation.LEAF_OF_THE_NEXT_PAGE,
    ),
)

THEOREMS = (VIEWS, LOOKING_UP)
