"""How wide the numbers are that are computed from the ranges of a view: registering, looking up."""

from functools import partial
from types import SimpleNamespace
from typing import Any

from model.address_range import ADDRESS_SPACE_SIZE
from model.dispatch import Section
from model.radix import PageRun
from model.subpage import SubpageRun
from model.view import FlatRange
from proofs.proof import Limits, Proof
from proofs.ranges import LAST_ADDRESS, any_range, follows
from proofs.rebinding import rebound
from proofs.symbolic import all_of, any_of
from proofs.theorem import Obligation, Package, Theorem
from proofs.theorems import bugs_in_translation, bugs_in_widths
from proofs.theorems.registering import PAGE_SIZES
from proofs.theorems.rendering_widths import RENDERING, is_in_region
from proofs.widths import Widths, plain


def any_wide_range(package: Package, widths: Widths) -> FlatRange:
    """An input: a range of a view, as rendering leaves it."""
    range_ = any_range(package, widths, "range")
    widths.assume(all_of(follows(range_, 0), is_in_region(range_)))
    widths.noted.clear()
    return range_


def registering(package: Package, proof: Proof, page_bits: int) -> None:
    """All sections of a range; a head or a tail finds its page unassigned, or divided."""
    widths = Widths(proof)
    page_size = 1 << page_bits
    is_divided = proof.boolean("the page is divided")
    range_ = any_wide_range(package, widths)
    dispatch = package.dispatch.AddressSpaceDispatch(
        package.radix.PageMap(package.radix.MapShape(page_bits)), subpages={7: "table"}
    )
    code = package.dispatch

    def section_add(given: Any, section: Section) -> tuple[Any, int]:
        widths.claim_converted("the start and offset of a section", section.start, section.offset)
        return given, 8

    def set_pages(page_map: object, run: PageRun) -> object:
        widths.claim_converted("the number of the first page, and of pages", run.first, run.pages)
        return page_map

    def subpage_register(subpage: object, run: SubpageRun) -> object:
        first, last = plain(run.first), plain(run.last)
        proof.claim(
            "bytes of a page lie in it", all_of(first >= 0, first <= last, last < page_size)
        )
        return subpage

    multipage = rebound(code.register_multipage, section_add=section_add, set_pages=set_pages)
    subpage = rebound(
        code.register_subpage,
        section_add=section_add,
        register_multipage=multipage,
        page_find=lambda *_: 7 if is_divided else 0,
        subpage_register=subpage_register,
    )
    rebound(code.add_to_dispatch, register_multipage=multipage, register_subpage=subpage)(
        dispatch, range_
    )
    widths.claim_widths()


def splitting(package: Package, proof: Proof, page_bits: int) -> None:
    """A range at pages. QEMU goes on behind a piece, and then converts its length."""
    widths = Widths(proof)
    range_ = any_wide_range(package, widths)
    head, body, tail = package.dispatch.split_at_pages(range_, 1 << page_bits)
    proof.show("pieces", (head, body, tail))
    widths.claim_widths()
    if any_of(body.size > 0, tail.size > 0):
        widths.claim_converted("the length of the head", head.size)
    if tail.size > 0:
        widths.claim_converted("the length of the whole pages", body.size)


def looking_up(package: Package, proof: Proof) -> None:
    """Any section that has an address, among them the unassigned one of 2^64 bytes."""
    widths = Widths(proof)
    section = package.dispatch.Section(
        "region",
        widths.integer("section.offset", 0, LAST_ADDRESS),
        widths.integer("section.start", 0, LAST_ADDRESS),
        widths.integer("section.size", 0, ADDRESS_SPACE_SIZE),
    )
    address = widths.integer("address", 0, LAST_ADDRESS)
    length = widths.integer("length", 0, LAST_ADDRESS)
    is_ram = proof.boolean("is_ram")
    proof.assume(plain(section.start) + plain(section.size) <= ADDRESS_SPACE_SIZE)
    proof.assume(plain(section.offset) + plain(section.size) <= ADDRESS_SPACE_SIZE)
    proof.show("section", section)
    if not package.dispatch.covers(section, address):
        widths.claim_widths()
        return
    offset, left = package.translate.within_section(section, address, length, is_ram)
    proof.show("offset and length", (offset, left))
    widths.claim_widths()
    widths.claim_converted("the offset in the region, and the length", offset, left)


def finding(package: Package, proof: Proof) -> None:
    """What shows of any bytes of a region, in a view of one range."""
    widths = Widths(proof)
    address, size = (widths.integer(name, 0, LAST_ADDRESS) for name in ("address", "size"))
    range_ = any_wide_range(package, widths)
    space = SimpleNamespace(root="top", view=SimpleNamespace(ranges=(range_,)))
    find = rebound(
        package.find.find,
        check_address=lambda *_: None,
        absolute_address=lambda *_: ("top", address),
    )
    found = find(SimpleNamespace(spaces={"space": space}), "region", 0, size)
    proof.show("found", found)
    widths.claim_widths()
    if found is not None:
        widths.claim_converted("the start and offset of what is found", found.start, found.offset)


def showing(package: Package, proof: Proof) -> None:
    """Any addresses that a device watches, shown by a section; they may come to lie below 0."""
    widths = Widths(proof)
    watched = package.region.Ioeventfd(
        widths.integer("watched.start", 0, LAST_ADDRESS),
        widths.integer("watched.size", 0, 8),
        False,
        0,
        1,
    )
    range_ = any_wide_range(package, widths)
    package.ioeventfds.ioeventfd_shown(range_, watched)
    part = package.coalesced.coalesced_part(range_, watched.addresses)
    proof.show("part", part)
    widths.claim_widths()
    if part is not None:
        widths.claim_converted("the start and size of a coalesced part", part.start, part.size)


DISPATCH = Theorem(
    name="registering_and_looking_up_stay_in_128_bits_and_convert_to_64_only_what_fits",
    statement=(
        "Of any range that rendering leaves, every number that splitting it at pages, registering "
        "its sections, looking up, translating, finding a region, and showing what a device "
        "watches compute lies in [-2^127, 2^127); what QEMU converts to 64 bits is in [0, 2^64): "
        "starts, offsets, the length of a piece behind which the range goes on, numbers of pages, "
        "and lengths of translations. The size of a section, which may be 2^64, is not converted."
    ),
    rules=("P5", "D3", "D4", "D5", "D7", "X1", "A17", "T10"),
    assumptions=(
        f"A range of a view is in its region's 2^64 bytes, as the theorem {RENDERING.name} says, "
        "and so are its sections.",
        "QEMU computes what the specification does; pages have 2^10, 2^12 or 2^18 bytes.",
        "An ioeventfd that would begin below address 0 aborts; its start is not converted before.",
    ),
    limits=Limits(resource_units=1_500_000, paths=250),
    obligations=(
        *(
            Obligation(f"{what}, pages of 2^{bits} bytes", partial(body, page_bits=bits))
            for bits in PAGE_SIZES
            for what, body in (("splitting", splitting), ("registering", registering))
        ),
        Obligation("looking up", looking_up),
        Obligation("finding what shows in a region", finding),
        Obligation("showing what a device watches", showing),
    ),
    teeth=(
        bugs_in_widths.LAST_BYTE_IS_BEHIND,
        bugs_in_widths.HEAD_HAS_ALL,
        bugs_in_widths.FOUND_FROM_THE_END,
        bugs_in_widths.WINDOW_IS_NOT_CUT,
        bugs_in_widths.SHOWN_BY_A_PRODUCT,
        bugs_in_widths.PAGES_ARE_COUNTED_IN_BYTES,
        bugs_in_widths.ENDLESS_LENGTH,
        bugs_in_translation.REUSED_ONE_BYTE_AFTER,
    ),
)

THEOREMS = (DISPATCH,)
