"""Redirecting: how an IOMMU sends a translation on, page by page."""

from functools import partial
from typing import NamedTuple, cast

from model.address_range import ADDRESS_SPACE_SIZE
from model.iommu import Iommu, IommuEntry, Permission
from model.translate import Translation
from proofs.proof import Limits, Proof
from proofs.ranges import LAST_ADDRESS
from proofs.rebinding import rebound
from proofs.symbolic import all_of, any_of, choose, negation
from proofs.theorem import Obligation, Package, Theorem
from proofs.theorems import bugs_in_translation as bugs
from proofs.theorems.translating import (
    AnyRegions,
    AnySystem,
    any_length,
    is_some_of,
    published_view,
)

PAGE_BITS = range(65)
"""All page sizes that the mask of an IOMMU's entry can have, as powers of two."""

BITS_OF_SECURE_PAGES = (0, 12, 64)
"""The pages that secure transactions are tried with: which table they use is settled before."""

FOUND, BEHIND = "found", "behind"
"""Two address spaces: where a translation has come to, and where an entry leads."""


def going_through_a_page(package: Package, proof: Proof, page_bits: int) -> None:
    """Of one size; the bytes asked for may be more than the page has."""
    page_size = 1 << page_bits
    offset = proof.integer("offset", 0, LAST_ADDRESS)
    translated = proof.integer("translated", 0, LAST_ADDRESS)
    length = any_length(proof)
    address, cut = package.iommu.through_page(offset, length, translated, page_size)
    proof.show("address and length", (address, cut))
    page = translated - translated % page_size
    proof.claim("the address is in the page", all_of(page <= address, address < page + page_size))
    proof.claim("it keeps the low bits of the offset", (address - offset) % page_size == 0)
    proof.claim("it is in the address space", all_of(address >= 0, address <= LAST_ADDRESS))
    is_trap = all_of(page_size == ADDRESS_SPACE_SIZE, address == 0)
    left = page + page_size - address
    shorter = choose(left < length, left, length)
    proof.claim(
        "the length is what the page has of it, but 0 for address 0 of a page of 2^64 bytes",
        cut == choose(is_trap, 0, shorter),
    )
    proof.claim("it is 0 nowhere else", any_of(is_trap, is_some_of(cut, length)))


def any_entry(package: Package, proof: Proof, name: str, mask: int) -> IommuEntry:
    """An input: any entry with this mask, but for its permission, which is none."""
    entry: IommuEntry = package.iommu.IommuEntry(
        proof.integer(f"{name}.iova", 0, LAST_ADDRESS),
        mask,
        proof.integer(f"{name}.translated", 0, LAST_ADDRESS),
        package.iommu.Permission.NONE,
        f"{BEHIND} {name}",
    )
    proof.show(name, entry)
    return entry


def permission(package: Package, can_read: bool, can_write: bool) -> Permission:
    """A permission; this forks."""
    permissions = package.iommu.Permission
    read = permissions.READ if can_read else permissions.NONE
    write = permissions.WRITE if can_write else permissions.NONE
    allowed: Permission = read | write
    return allowed


class AnyPermission(NamedTuple):
    """A permission of which it is asked, without forking, whether it has another in it."""

    can_read: bool
    can_write: bool

    def __and__(self, needed: Permission) -> bool:
        """Whether what is needed is permitted; in place of what both permissions have."""
        return self.can_write if needed == Permission.WRITE else self.can_read

    def __bool__(self) -> bool:
        return bool(any_of(self.can_read, self.can_write))


def going_through_an_iommu(package: Package, proof: Proof, page_bits: int) -> None:
    """With a table of one entry for secure transactions, and one for all others."""
    page_size = 1 << page_bits
    found: Translation = package.translate.Translation(
        "section", proof.integer("offset", 0, LAST_ADDRESS), any_length(proof), FOUND
    )
    proof.show("found", found)
    entries = [
        any_entry(package, proof, name, page_size - 1) for name in ("others'", "secure ones'")
    ]
    can_read, can_write = proof.boolean("can_read"), proof.boolean("can_write")
    is_write = proof.boolean("is_write")
    secure = page_bits in BITS_OF_SECURE_PAGES and proof.boolean("secure")
    allowed = cast(Permission, AnyPermission(can_read, can_write))
    iommu: Iommu = package.iommu.Iommu(
        tuple((entry._replace(permission=allowed),) for entry in entries)
    )
    system = AnySystem(AnyRegions(False), 12, package.view.EMPTY_VIEW)
    in_space = rebound(package.translate.translate_in_space, published_view=published_view)
    through = rebound(package.translate.through_iommu, translate_in_space=in_space)
    attrs = package.memtx.MemTxAttrs(secure=secure)
    behind: Translation | None = through(system, iommu, found, is_write, attrs)
    proof.show("behind", behind)
    entry = entries[1] if secure else entries[0]
    is_allowed = all_of(
        found.offset // page_size == entry.iova // page_size, choose(is_write, can_write, can_read)
    )
    if behind is None:
        proof.claim("only what is not permitted is refused", negation(is_allowed))
        return
    proof.claim("only what is permitted is sent on", is_allowed)
    proof.claim("it is sent to the entry's space", behind.space == entry.space)
    proof.claim(
        "it is sent to the entry's page, at the same place in it",
        all_of(
            behind.offset // page_size == entry.translated // page_size,
            behind.offset % page_size == found.offset % page_size,
        ),
    )
    is_trap = all_of(page_size == ADDRESS_SPACE_SIZE, behind.offset == 0)
    proof.claim(
        "a byte at least is sent, and no more than had come, but none at all in the trap",
        choose(is_trap, behind.length == 0, is_some_of(behind.length, found.length)),
    )


PAGES = Theorem(
    name="a_page_of_an_iommu_keeps_the_low_bits_and_at_least_a_byte_but_for_the_trap_of_x3",
    statement=(
        "For pages of every size from 1 to 2^64 bytes, an offset goes to the page of the "
        "translated address, with its own low bits. The length is cut at the page's end, to one "
        "byte at least if any is asked for; but it is 0 for address 0 of a page of 2^64 bytes."
    ),
    rules=("P8", "X2", "X3"),
    assumptions=(
        "The offset, the translated address and the length are in [0, 2^64).",
        "The page size is one of the 65 powers of two up to 2^64.",
    ),
    limits=Limits(resource_units=1_300_000, paths=390),
    obligations=tuple(
        Obligation(f"pages of 2^{bits} bytes", partial(going_through_a_page, page_bits=bits))
        for bits in PAGE_BITS
    ),
    teeth=(
        bugs.LEFT_DOES_NOT_WRAP,
        bugs.LENGTH_IS_NOT_CUT_AT_THE_PAGE,
        bugs.WHOLE_PAGE_IS_LEFT,
        bugs.LOW_BITS_OF_THE_TRANSLATED_ADDRESS_ADDED,
        bugs.PAGE_OF_THE_OFFSET_FORGOTTEN,
        bugs.LAST_BYTE_OF_THE_PAGE_IS_LOST,
    ),
)

IOMMU = Theorem(
    name="an_iommu_sends_on_what_its_entry_permits_to_the_same_place_in_the_entrys_page",
    statement=(
        "A translation is refused exactly where the table for its security has no entry for the "
        "offset or the entry lacks the permission to read or write; else it goes on in the "
        "entry's space and page, at the same place in the page, with no more bytes than had come, "
        "and one at least if any had, but with none in the trap of X3."
    ),
    rules=("P8", "X2", "X3"),
    assumptions=(
        "Two tables of one entry each, with pages of one size: any of the 65 powers of two up to "
        "2^64. Secure transactions use pages of 1, 2^12 or 2^64 bytes: the table is chosen before "
        "any page is looked at.",
        "The space behind is empty, so that the answer shows the address and the length that it "
        "was asked for; what a space with ranges makes of them is proved for translations in one "
        "space.",
    ),
    limits=Limits(resource_units=3_500_000, paths=1800),
    obligations=tuple(
        Obligation(f"pages of 2^{bits} bytes", partial(going_through_an_iommu, page_bits=bits))
        for bits in PAGE_BITS
    ),
    teeth=(
        bugs.READING_NEEDS_PERMISSION_TO_WRITE,
        bugs.ANY_PERMISSION_WILL_DO,
        bugs.SPACE_IS_KEPT,
        bugs.SECURE_TABLE_IS_NOT_USED,
        bugs.ENTRY_COUNTS_FROM_ITS_IOVA,
        bugs.LEFT_DOES_NOT_WRAP,
        bugs.OFFSET_IS_NOT_TRANSLATED,
    ),
)

THEOREMS = (PAGES, IOMMU)
