"""Splitting: a range into its first bytes and the rest, and into head, whole pages and tail."""

from functools import partial

from model.address_range import ADDRESS_SPACE_SIZE
from model.view import FlatRange
from proofs.proof import Limits, Proof
from proofs.ranges import any_range, remainder, same_range
from proofs.symbolic import all_of, any_of, implies
from proofs.theorem import Obligation, Package, Theorem
from proofs.theorems import bugs

PAGE_BITS = range(10, 19)
"""Page sizes of the machines that QEMU emulates, as powers of two."""


def is_cut_of(pieces: tuple[FlatRange, ...], range_: FlatRange) -> bool:
    """Whether the pieces are the range, cut: each begins where the one before it ends."""
    result = True
    laid = 0
    for piece in pieces:
        expected = remainder(range_, laid)._replace(size=piece.size)
        result = all_of(result, piece.size >= 0, same_range(piece, expected))
        laid = laid + piece.size
    return all_of(result, laid == range_.size)


def splitting(package: Package, proof: Proof) -> None:
    """At any length that the range has."""
    window = any_range(package, proof, "window")
    length = proof.integer("length", 0, ADDRESS_SPACE_SIZE)
    proof.assume(length <= window.size)
    pieces = package.view.split(window, length)
    proof.show("pieces", pieces)
    proof.claim("the pieces are the window, cut", is_cut_of(pieces, window))
    proof.claim("the first piece has the length asked for", pieces[0].size == length)


def splitting_at_pages(package: Package, proof: Proof, page_bits: int) -> None:
    """At the boundaries of pages of one size."""
    page_size = 1 << page_bits
    range_ = any_range(package, proof, "range")
    proof.assume(range_.size > 0)
    head, body, tail = package.dispatch.split_at_pages(range_, page_size)
    proof.show("pieces", (head, body, tail))
    proof.claim("the pieces are the range, cut", is_cut_of((head, body, tail), range_))
    proof.claim(
        "the body is whole pages",
        all_of(implies(body.size > 0, body.start % page_size == 0), body.size % page_size == 0),
    )
    proof.claim(
        "the head begins inside a page and ends with it or with the range",
        any_of(
            head.size == 0,
            all_of(
                head.start % page_size != 0,
                head.start % page_size + head.size <= page_size,
                any_of(head.size == range_.size, head.start % page_size + head.size == page_size),
            ),
        ),
    )
    proof.claim(
        "the tail begins with a page and ends inside it",
        any_of(tail.size == 0, all_of(tail.start % page_size == 0, tail.size < page_size)),
    )


SPLIT = Theorem(
    name="split_cuts_a_range_in_two_without_losing_or_doubling_a_byte",
    statement=(
        "The two pieces have the lengths asked for, the second begins in address and in region "
        "offset where the first ends, and both keep the region, the dirty mask and all flags."
    ),
    rules=("R5",),
    assumptions=("The length is from 0 to the size of the range.",),
    limits=Limits(resource_units=2_500, paths=5),
    obligations=(Obligation("at any length", splitting),),
    teeth=(
        bugs.OFFSET_STAYS,
        bugs.START_STAYS,
        bugs.SIZE_STAYS,
        bugs.READONLY_LOST,
        bugs.DIRTY_MASK_LOST,
    ),
)

PAGES = Theorem(
    name="split_at_pages_gives_a_head_whole_pages_and_a_tail_that_make_up_the_range",
    statement=(
        "For pages of 2^10 to 2^18 bytes, the head lies inside one page and ends with it or with "
        "the range, the body is whole pages, the tail is the beginning of one page, and the three "
        "are the range without a byte lost or doubled."
    ),
    rules=("D3",),
    assumptions=(
        "The range is not empty and lies inside the address space.",
        "The page size is one of the nine powers of two from 2^10 to 2^18.",
    ),
    limits=Limits(resource_units=500_000, paths=90),
    obligations=tuple(
        Obligation(f"pages of 2^{bits} bytes", partial(splitting_at_pages, page_bits=bits))
        for bits in PAGE_BITS
    ),
    teeth=(
        bugs.HEAD_BY_ITS_OFFSET,
        bugs.HEAD_ALWAYS,
        bugs.HEAD_TOO_LONG,
        bugs.BODY_WITH_THE_TAIL,
        bugs.BODY_A_PAGE_SHORT,
    ),
)

THEOREMS = (SPLIT, PAGES)
