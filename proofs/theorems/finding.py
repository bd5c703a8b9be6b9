"""Looking up: the sections of a view, leaves of the page map, and tables of divided pages."""

from functools import partial

from model.address_range import ADDRESS_SPACE_SIZE
from model.dispatch import Section
from model.radix import QEMU_SHAPE, PageRun
from model.view import FlatRange
from proofs.proof import Limits, Proof
from proofs.ranges import any_address, any_range, meaning_of
from proofs.rebinding import rebound
from proofs.symbolic import all_of, any_of, negation
from proofs.theorem import Obligation, Package, Theorem
from proofs.theorems import bugs_in_walks as bugs
from proofs.theorems.bounded import any_view
from proofs.theorems.splitting import PAGE_BITS


class AnyPages:
    """A set of pages of which nothing is known: whatever is asked, it gives the next answer."""

    def __init__(self, answers: tuple[bool, ...]) -> None:
        self.answers = iter(answers)

    def __contains__(self, page: object) -> bool:
        return next(self.answers)

    def add(self, page: object) -> None:
        """It stays any set."""


class Pages:
    """A set of pages, in which a page is looked for by comparing it with each."""

    def __init__(self) -> None:
        self.pages: list[int] = []

    def __contains__(self, page: int) -> bool:
        return any(page == other for other in self.pages)

    def add(self, page: int) -> None:
        """One more."""
        self.pages.append(page)


def answers_as(package: Package, range_: FlatRange | None, section: Section, address: int) -> bool:
    """Whether a section says of an address what a range does, or a hole for None."""
    if range_ is None:
        return section is package.dispatch.UNASSIGNED
    if section.region is None:
        return False
    return all_of(
        section.region == range_.region,
        section.start <= address,
        address < section.start + section.size,
        address - section.start + section.offset == meaning_of(range_, address).offset,
    )


def finding(package: Package, proof: Proof, page_bits: int) -> None:
    """In the sections of one range, with any pages divided before."""
    address = any_address(proof)
    range_ = any_range(package, proof, "range")
    divided = tuple(
        proof.boolean(f"{which} page asked for is divided") for which in ("first", "second")
    )
    proof.assume(range_.size > 0)
    sections = rebound(package.dispatch.sections, set=partial(AnyPages, divided))
    registered = sections((range_,), page_bits)
    proof.show("registered", registered)
    found = package.dispatch.find_section(registered, address)
    proof.show("found", found)
    expected = range_ if meaning_of(range_, address).is_answered else None
    proof.claim(
        "the range's sections answer as it does, at its addresses only",
        answers_as(package, expected, found, address),
    )
    proof.claim("section 0 is that of nothing", registered[0] is package.dispatch.UNASSIGNED)
    page_size = 1 << page_bits
    for section, next_ in zip(registered, (*registered[1:], None), strict=True):
        if section.is_subpage:
            proof.claim(
                "a container is a page, and its first section lies inside it",
                next_ is not None
                and all_of(
                    section.start % page_size == 0,
                    section.size == page_size,
                    section.start <= next_.start,
                    next_.start + next_.size <= section.start + section.size,
                ),
            )


def finding_among(package: Package, proof: Proof, length: int) -> None:
    """In the sections of a whole view, of pages of QEMU's most usual size."""
    address = any_address(proof)
    ranges = any_view(package, proof, length)
    registered = rebound(package.dispatch.sections, set=Pages)(ranges, QEMU_SHAPE.page_bits)
    proof.show("registered", registered)
    found = package.dispatch.find_section(registered, address)
    proof.show("found", found)
    expected = package.view.lookup(ranges, address)
    proof.claim(
        "sections answer as the linear search among ranges does",
        answers_as(package, expected, found, address),
    )


def setting_a_leaf(package: Package, proof: Proof, level: int) -> None:
    """At one level of the page map; `page` is any page."""
    spanned = QEMU_SHAPE.pages_per_entry(level)
    page = proof.integer("page", 0, ADDRESS_SPACE_SIZE)
    first = proof.integer("first", 0, ADDRESS_SPACE_SIZE)
    run: PageRun = package.radix.PageRun(
        first, proof.integer("pages", 1, ADDRESS_SPACE_SIZE), proof.integer("section", 0)
    )
    proof.show("run", run)
    entry_start = first - first % spanned
    is_in_entry = all_of(entry_start <= page, page < entry_start + spanned)
    lies_in_run = all_of(first == entry_start, entry_start + spanned <= first + run.pages)
    if not package.radix.leaf_fits(run.first, run.pages, spanned):
        proof.claim("an entry that is not a leaf has other pages too", negation(lies_in_run))
        return
    proof.claim("an entry that is a leaf has pages of the run only", lies_in_run)
    entry, rest = package.radix.set_leaf(run, spanned)
    proof.show("rest", rest)
    proof.claim("the entry is the section's", all_of(entry.skip == 0, entry.ptr == run.section))
    proof.claim("the rest is the section's", rest.section == run.section)
    proof.claim(
        "the entry's pages and the rest are the run",
        all_of(
            _is_in_run(run, page) == any_of(is_in_entry, _is_in_run(rest, page)),
            negation(all_of(is_in_entry, _is_in_run(rest, page))),
            rest.pages >= 0,
        ),
    )


def _is_in_run(run: PageRun, page: int) -> bool:
    return all_of(run.first <= page, page < run.first + run.pages)


def writing_a_table(package: Package, proof: Proof, length: int) -> None:
    """A run is written to a table that has some runs already; pages may have any size."""
    size = proof.integer("page_size", 1)
    byte = proof.integer("byte", 0)
    proof.assume(byte < size)
    new, *runs = (
        package.subpage.SubpageRun(
            *(proof.integer(f"run[{index}].{field}") for field in ("first", "last", "section"))
        )
        for index in range(length + 1)
    )
    proof.assume(all_of(new.first >= 0, new.first <= new.last, new.last < size))
    before = package.subpage.Subpage(size, tuple(runs))
    proof.show("before", before)
    proof.show("new", new)
    after = package.subpage.subpage_register(before, new)
    index = package.subpage.subpage_index(after, byte)
    if all_of(new.first <= byte, byte <= new.last):
        proof.claim("the run's bytes are its section's", index == new.section)
    else:
        old = package.subpage.subpage_index(before, byte)
        proof.claim("other bytes are as they were", index == old)


SECTIONS = Theorem(
    name="the_sections_of_a_range_answer_as_the_range_does_and_nowhere_else",
    statement=(
        "For pages of 2^10 to 2^18 bytes, the linear search among a range's sections finds, at "
        "each of its addresses, a section that has the address and leads to the range's region and "
        "offset, and at all others the unassigned section; page containers are pages, and are "
        "never found."
    ),
    rules=("P6", "D2", "D3", "D4"),
    assumptions=(
        "`sections` registers the ranges of a view one after the other, and all that it keeps from "
        "one to the next is which pages are divided, which may be any. `find_section` takes the "
        "first that has the address: as ranges are disjoint, that of the range that has it. (The "
        "theorem about views of up to 2 ranges runs both loops.)",
        "The range is not empty and lies inside the address space.",
        "The page size is one of the nine powers of two from 2^10 to 2^18.",
    ),
    limits=Limits(resource_units=14_000_000, paths=2400),
    obligations=tuple(
        Obligation(f"pages of 2^{bits} bytes", partial(finding, page_bits=bits))
        for bits in PAGE_BITS
    ),
    teeth=(
        bugs.CONTAINERS_ARE_FOUND,
        bugs.LAST_BYTE_IS_NOT_FOUND,
        bugs.SECTIONS_KEEP_THE_OFFSET,
        bugs.TAILS_ARE_NOT_REGISTERED,
        bugs.CONTAINER_BEGINS_WITH_ITS_SECTION,
    ),
)

VIEWS = Theorem(
    name="looking_up_sections_is_looking_up_ranges_for_views_of_up_to_2_ranges",
    statement=(
        "In a view of 0 to 2 ranges, with pages of 2^12 bytes, the linear search among sections "
        "leads to what the linear search among ranges does, at every address."
    ),
    rules=("P6", "D2", "D3"),
    assumptions=(
        "The view has at most 2 ranges, and is sorted, disjoint, and inside the address space.",
        "A set of pages has a page if one that was added equals it.",
    ),
    bound="views of 0 to 2 ranges",
    limits=Limits(resource_units=14_000_000, paths=1900),
    obligations=tuple(
        Obligation(f"a view of {length} ranges", partial(finding_among, length=length))
        for length in range(3)
    ),
    teeth=(
        bugs.CONTAINERS_ARE_FOUND,
        bugs.SECTIONS_KEEP_THE_OFFSET,
        bugs.TAILS_ARE_NOT_REGISTERED,
    ),
)

LEAVES = Theorem(
    name="a_leaf_of_the_page_map_stands_for_pages_of_its_run_only_and_the_rest_is_left",
    statement=(
        "At each of the six levels of QEMU's page map, an entry becomes a leaf exactly if all "
        "pages that it stands for are in the run, and those pages and the rest of the run make up "
        "the run."
    ),
    rules=("P6", "D5"),
    assumptions=("The map has QEMU's shape: pages of 2^12 bytes and 9 bits a level.",),
    limits=Limits(resource_units=43_000, paths=64),
    obligations=tuple(
        Obligation(f"level {level}", partial(setting_a_leaf, level=level))
        for level in range(QEMU_SHAPE.levels)
    ),
    teeth=(
        bugs.LEAF_NEED_NOT_BE_ALIGNED,
        bugs.LEAF_MAY_OVERHANG,
        bugs.WHOLE_LEAF_DOES_NOT_FIT,
        bugs.REST_IS_NOT_SHORTER,
    ),
)

TABLES = Theorem(
    name="a_run_written_to_a_divided_page_has_its_bytes_and_leaves_all_others_alone",
    statement=(
        "After a run is written to the table of a page of any size, its bytes are its section's "
        "and all others are as they were."
    ),
    rules=("P6", "D4", "D9"),
    assumptions=(
        "The run is not empty and lies inside the page.",
        "At one byte, any table is as one of at most one run: those before the first run that has "
        "the byte are passed over, and those after it are not come to. (It is proved for tables "
        "of up to 2 runs.)",
    ),
    limits=Limits(resource_units=120_000, paths=100),
    obligations=tuple(
        Obligation(f"a table of {length} runs", partial(writing_a_table, length=length))
        for length in range(3)
    ),
    teeth=(
        bugs.EARLIER_RUN_WINS,
        bugs.LAST_BYTE_IS_NOT_IN_THE_RUN,
        bugs.FIRST_BYTE_IS_NOT_IN_THE_RUN,
        bugs.EARLIER_RUNS_FORGOTTEN,
    ),
)

THEOREMS = (SECTIONS, VIEWS, LEAVES, TABLES)
