"""Translating in one address space: the section at an address, and how many bytes it answers."""

from functools import partial
from typing import NamedTuple

from model.dispatch import Section
from model.radix import QEMU_SHAPE
from model.translate import Translation
from model.view import FlatRange, FlatView
from proofs.proof import Limits, Proof
from proofs.ranges import LAST_ADDRESS, any_address, any_range, end_of, meaning_of
from proofs.rebinding import rebound
from proofs.symbolic import all_of, any_of, choose, negation
from proofs.theorem import Obligation, Package, Theorem
from proofs.theorems import bugs_in_translation as bugs
from proofs.theorems.finding import AnyPages
from proofs.theorems.splitting import PAGE_BITS

SPACE = "space"


def any_length(proof: Proof) -> int:
    """An input: how many bytes are asked for."""
    length = proof.integer("length", 0, LAST_ADDRESS)
    proof.show("length", length)
    return length


def finding_a_piece(package: Package, proof: Proof, page_bits: int) -> None:
    """In a view of one range, which the address may miss."""
    page_size = 1 << page_bits
    address = any_address(proof)
    range_ = any_range(package, proof, "range")
    section = package.translate.section_at((range_,), address, page_size)
    proof.show("section", section)
    meaning = meaning_of(range_, address)
    if not meaning.is_answered:
        proof.claim("a hole is unassigned", section is package.dispatch.UNASSIGNED)
        return
    proof.claim(
        "the section has the address, and lies in the range",
        all_of(
            range_.start <= section.start,
            section.start <= address,
            address < section.start + section.size,
            section.start + section.size <= end_of(range_),
        ),
    )
    proof.claim(
        "the section leads to the range's region and offset",
        all_of(
            section.region == range_.region,
            address - section.start + section.offset == meaning.offset,
            negation(section.is_subpage),
        ),
    )
    proof.claim(
        "the section is whole pages, all that the range has, or all that it has of one page",
        any_of(
            is_all_whole_pages(section, range_, page_size),
            is_all_of_a_divided_page(section, range_, address, page_size),
        ),
    )


def is_all_whole_pages(section: Section, range_: FlatRange, page_size: int) -> bool:
    """Whether a section is every page of which the range has each byte."""
    end = section.start + section.size
    return all_of(
        section.start % page_size == 0,
        end % page_size == 0,
        section.start - range_.start < page_size,
        end_of(range_) - end < page_size,
    )


def is_all_of_a_divided_page(
    section: Section, range_: FlatRange, address: int, page_size: int
) -> bool:
    """Whether a section is what the range has of the address's page, which is not all of it."""
    page = address - address % page_size
    start = choose(range_.start > page, range_.start, page)
    end = choose(end_of(range_) < page + page_size, end_of(range_), page + page_size)
    return all_of(section.start == start, section.size == end - start, section.size < page_size)


def finding_it_among_all(package: Package, proof: Proof, page_bits: int) -> None:
    """By the linear search among the sections of the range, with any pages divided before."""
    address = any_address(proof)
    range_ = any_range(package, proof, "range")
    divided = tuple(proof.boolean(f"page {which} is divided") for which in range(2))
    proof.assume(range_.size > 0)
    section = package.translate.section_at((range_,), address, 1 << page_bits)
    proof.show("section", section)
    sections = rebound(package.dispatch.sections, set=partial(AnyPages, divided))
    found = package.dispatch.find_section(sections((range_,), page_bits), address)
    proof.show("found", found)
    if section.region is None or found.region is None:
        proof.claim("both are unassigned", section is found)
        return
    same = all_of(*(a == b for a, b in zip(section, found, strict=True)))
    proof.claim("it is the section that is found among all", same)


class AnyRegions:
    """Regions of which nothing is known but whether they are RAM."""

    def __init__(self, is_ram: bool) -> None:
        self.is_ram = is_ram

    def __getitem__(self, name: object) -> "AnyRegions":
        return self

    @property
    def kind(self) -> "AnyRegions":
        """It stands for its kind, too."""
        return self


class AnySystem(NamedTuple):
    """A system whose spaces all have one view."""

    regions: AnyRegions
    page_bits: int
    view: FlatView

    @property
    def topology(self) -> "AnySystem":
        """It stands for its topology, too."""
        return self


def published_view(system: AnySystem, space: str) -> FlatView:
    """In place of `model.system.published_view`."""
    return system.view


def translating(package: Package, proof: Proof, page_bits: int) -> None:
    """In a view of one range, which the address may miss."""
    address = any_address(proof)
    length = any_length(proof)
    range_ = any_range(package, proof, "range")
    is_ram = proof.boolean("is_ram")
    system = AnySystem(
        AnyRegions(is_ram), page_bits, package.view.FlatView(SPACE, (range_,), serial=1)
    )
    translate_in_space = rebound(
        package.translate.translate_in_space, published_view=published_view
    )
    found: Translation = translate_in_space(system, SPACE, address, length)
    proof.show("found", found)
    proof.claim("the space is kept", found.space == SPACE)
    meaning = meaning_of(range_, address)
    if not meaning.is_answered:
        proof.claim(
            "a hole answers all bytes, at the address",
            all_of(found.region is None, found.offset == address, found.length == length),
        )
        return
    proof.claim(
        "the region and the offset are the range's",
        all_of(found.section.region == range_.region, found.offset == meaning.offset),
    )
    if not is_ram:
        proof.claim("what is not RAM answers all bytes", found.length == length)
        return
    left = found.section.offset + found.section.size - found.offset
    proof.claim(
        "a byte at least if any is asked for, and no more than that",
        is_some_of(found.length, length),
    )
    proof.claim(
        "no byte is outside the section's and the range's part of the region",
        all_of(found.length <= left, found.offset + found.length <= range_.offset + range_.size),
    )
    proof.claim(
        "fewer bytes only at the section's end",
        any_of(found.length == length, found.length == left),
    )


def is_some_of(some: int, length: int) -> bool:
    """Whether some bytes are no more than asked for, and not none if any are."""
    return all_of(some <= length, any_of(some >= 1, length == 0))


def cutting(package: Package, proof: Proof) -> None:
    """At the end of any section that has the address."""
    address = any_address(proof)
    length = any_length(proof)
    numbers = (proof.integer(f"section.{name}", 0) for name in ("offset", "start", "size"))
    section: Section = package.dispatch.Section("region", *numbers)
    proof.assume(all_of(section.start <= address, address < section.start + section.size))
    proof.show("section", section)
    is_ram = proof.boolean("is_ram")
    offset, cut = package.translate.within_section(section, address, length, is_ram)
    proof.show("offset and length", (offset, cut))
    proof.claim(
        "the offset is in the section's part, as far as the address is in the section",
        offset - section.offset == address - section.start,
    )
    left = section.start + section.size - address
    shorter = choose(left < length, left, length)
    proof.claim("only RAM is cut, and at the section's end", cut == choose(is_ram, shorter, length))
    proof.claim("something is left of something", is_some_of(cut, length))


PIECES = Theorem(
    name="the_section_at_an_address_is_the_piece_of_its_range_that_has_the_address",
    statement=(
        "For pages of 2^10 to 2^18 bytes, the section at an address of a range has the address, "
        "leads to the range's region and offset, and is either all whole pages of the range or all "
        "that it has of a page which it has not whole; any other address is unassigned. For pages "
        "of 2^12 bytes, it is the section that the linear search among all finds."
    ),
    rules=("P6", "P8", "D3", "D7"),
    assumptions=(
        "The view has one range, inside the address space. `lookup` takes the first range that "
        "has the address: as ranges are disjoint, the one that has it. Of the pages that "
        "registering asks for, any may be divided.",
        "The page size is one of the nine powers of two from 2^10 to 2^18.",
    ),
    limits=Limits(resource_units=3_300_000, paths=360),
    obligations=(
        *(
            Obligation(f"pages of 2^{bits} bytes", partial(finding_a_piece, page_bits=bits))
            for bits in PAGE_BITS
        ),
        Obligation(
            "as among all sections", partial(finding_it_among_all, page_bits=QEMU_SHAPE.page_bits)
        ),
    ),
    teeth=(
        bugs.PIECE_BEFORE_THE_ADDRESS,
        bugs.PIECE_KEEPS_THE_RANGES_OFFSET,
        bugs.RANGE_IS_NOT_CUT,
        bugs.PAGES_ARE_HALF_AS_LARGE,
    ),
)

CUT = Theorem(
    name="only_ram_is_cut_at_the_end_of_its_section_and_never_to_nothing",
    statement=(
        "Within any section that has the address, the offset goes as far into the region's part as "
        "the address into the section; RAM answers what is asked for up to the section's end, "
        "which is a byte at least if any is, and anything else answers all of it."
    ),
    rules=("P8", "X1"),
    assumptions=("The section has the address; from 0 to 2^64 - 1 bytes are asked for.",),
    limits=Limits(resource_units=6_300, paths=9),
    obligations=(Obligation("any section", cutting),),
    teeth=(
        bugs.DEVICES_ARE_CUT,
        bugs.RAM_IS_NOT_CUT,
        bugs.RAM_IS_CUT_AT_THE_SECTIONS_SIZE,
        bugs.OFFSET_OF_THE_SECTION_FORGOTTEN,
    ),
)

TRANSLATED = Theorem(
    name="a_translation_of_ram_has_a_byte_at_least_and_stays_in_its_part_of_the_region",
    statement=(
        "For pages of 2^10 to 2^18 bytes and any address, the region and the offset are the "
        "range's; RAM answers no more bytes than asked for, one at least if any is, and none "
        "outside the section's or the range's part of the region; devices answer all that is asked "
        "for, and a hole does so at the address itself."
    ),
    rules=("P8", "X1", "X4"),
    assumptions=(
        "The space's view has one range, inside the address space, as any address is answered by "
        "at most one. Whether its region is RAM may be either.",
        "From 0 to 2^64 - 1 bytes are asked for.",
        "The page size is one of the nine powers of two from 2^10 to 2^18.",
    ),
    limits=Limits(resource_units=600_000, paths=380),
    obligations=tuple(
        Obligation(f"pages of 2^{bits} bytes", partial(translating, page_bits=bits))
        for bits in PAGE_BITS
    ),
    teeth=(
        bugs.DEVICES_ARE_CUT,
        bugs.RAM_IS_NOT_CUT,
        bugs.RAM_IS_CUT_AT_THE_SECTIONS_SIZE,
        bugs.PIECE_KEEPS_THE_RANGES_OFFSET,
        bugs.PIECE_BEFORE_THE_ADDRESS,
        bugs.RAM_IS_NOT_ASKED_FOR,
    ),
)

THEOREMS = (PIECES, CUT, TRANSLATED)
