"""Looking up by linear search among the sections of a view of any length."""

from functools import partial

from model.view import FlatRange
from proofs.proof import Limits, Proof
from proofs.ranges import any_address, any_range, are_in_order
from proofs.rebinding import rebound
from proofs.theorem import Obligation, Package, Theorem
from proofs.theorems import bugs_in_registering as bugs
from proofs.theorems import bugs_in_walks
from proofs.theorems.finding import AnyPages, answers_as
from proofs.theorems.splitting import PAGE_BITS


def finding_in_a_view(package: Package, proof: Proof, page_bits: int) -> None:
    """Among the sections of all ranges but the last, as one, and of the last; pages are divided."""
    address = any_address(proof)
    earlier, range_ = (any_range(package, proof, name) for name in ("earlier", "range"))
    proof.assume(are_in_order((earlier, range_)))
    divided = tuple(proof.boolean(f"page {which} is divided") for which in range(2))

    def split_at_pages(given: FlatRange, size: int) -> tuple[FlatRange, FlatRange, FlatRange]:
        if given is earlier:
            nothing = earlier._replace(size=0)
            return nothing, earlier, nothing
        pieces: tuple[FlatRange, FlatRange, FlatRange]
        pieces = package.dispatch.split_at_pages(given, size)
        return pieces

    sections = rebound(
        package.dispatch.sections, split_at_pages=split_at_pages, set=partial(AnyPages, divided)
    )
    registered = sections((earlier, range_), page_bits)
    proof.claim("section 0 is that of nothing", registered[0] is package.dispatch.UNASSIGNED)
    found = package.dispatch.find_section(registered, address)
    proof.show("found", found)
    expected = package.view.lookup((earlier, range_), address)
    proof.claim(
        "sections answer as the linear search among ranges does",
        answers_as(package, expected, found, address),
    )


FINDING = Theorem(
    name="looking_up_sections_is_looking_up_ranges_in_views_of_any_length",
    statement=(
        "In a view of any number of ranges, with pages of 2^10 to 2^18 bytes, the linear search "
        "among sections leads to what the linear search among ranges does, at every address."
    ),
    rules=("P6", "D2", "D3"),
    assumptions=(
        "The induction is over the ranges: the sections of all but the last answer as those ranges "
        "do, which is as one section and one range at one address, because ranges are disjoint.",
        "All that `sections` keeps from one range to the next is which pages are divided, which "
        "may be any.",
        "The view is sorted, disjoint, and inside the address space.",
    ),
    limits=Limits(resource_units=6_000_000, paths=3000),
    obligations=tuple(
        Obligation(
            f"one more range, pages of 2^{bits} bytes", partial(finding_in_a_view, page_bits=bits)
        )
        for bits in PAGE_BITS
    ),
    teeth=(
        bugs_in_walks.CONTAINERS_ARE_FOUND,
        bugs_in_walks.LAST_BYTE_IS_NOT_FOUND,
        bugs_in_walks.SECTIONS_KEEP_THE_OFFSET,
        bugs_in_walks.TAILS_ARE_NOT_REGISTERED,
        bugs.SECTIONS_OF_THE_LAST_ONLY,
        bugs.SECTION_0_IS_SEARCHED,
        bugs.SEARCH_BEGINS_LATE,
    ),
)

THEOREMS = (FINDING,)
