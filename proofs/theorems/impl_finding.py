"""Finding: impl's binary search finds what the model's linear search finds.

The search runs on a view of which only one range that it comes to, and any other, are known.
"""

from functools import partial
from types import SimpleNamespace
from typing import Any, NamedTuple

from model.address_range import ADDRESS_SPACE_SIZE
from model.view import FlatRange, lookup
from proofs.proof import Limits, Proof
from proofs.ranges import any_address, any_range, end_of, same_range
from proofs.rebinding import rebound
from proofs.refinement import (
    MODEL,
    Refinement,
    in_impl,
    in_model,
)
from proofs.symbolic import all_of, any_of, choose, implies
from proofs.theorem import Package, Theorem
from proofs.theorems import bugs_in_impl_views as bugs


class Place(NamedTuple):
    """Where a range is in a view: in which chunk, and where in that."""

    chunk: int
    number: int


class Search(NamedTuple):
    """A search in any view that has chunks.

    `firsts` is how many chunks begin no later than the address, of `chunks`; `starts` how many
    ranges of the chunk that is looked through, of `length`. `here` is the last of these ranges, or
    if there is none, the last of the chunk; `other` any range of the view, or the same.
    """

    address: int
    chunks: int
    firsts: int
    length: int
    starts: int
    here: FlatRange
    other: FlatRange

    def bisect_right(self, row: object, address: int) -> int:
        """In place of `bisect.bisect_right`. Raises ValueError for anything but the address."""
        if address is not self.address or row not in ("firsts", "starts"):
            raise ValueError("not what is searched for")
        return self.firsts if row == "firsts" else self.starts


def any_search(proof: Proof) -> Search:
    """An input: any view that is in order, and what bisections in it give.

    A chunk that does not begin after the address is followed, or not, by one that does.
    """
    address = any_address(proof)
    chunks, length = proof.integer("chunks", 1), proof.integer("length", 1)
    firsts = proof.integer("chunks that begin before", 0)
    starts = proof.integer("ranges of the chunk that begin before", 0)
    first = proof.integer("first of the chunk", 0, ADDRESS_SPACE_SIZE)
    here, other = any_range(MODEL, proof, "here"), any_range(MODEL, proof, "other")
    place = Place(proof.integer("other.chunk", 0), proof.integer("other.number", 0))
    found = Place(choose(firsts > 0, firsts, chunks) - 1, choose(starts > 0, starts, length) - 1)
    proof.assume(all_of(firsts <= chunks, starts <= length, here.size > 0, other.size > 0))
    proof.assume(place.chunk < chunks)
    is_beside = place.chunk == found.chunk
    is_same = all_of(is_beside, place.number == found.number)
    is_before = any_of(place.chunk < found.chunk, all_of(is_beside, place.number < found.number))
    # The view is in order.
    proof.assume(implies(is_same, same_range(here, other)))
    proof.assume(implies(is_before, end_of(other) <= here.start))
    proof.assume(any_of(is_same, is_before, end_of(here) <= other.start))
    proof.assume(implies(place.chunk < found.chunk, end_of(other) <= first))
    proof.assume(implies(place.chunk >= found.chunk, first <= other.start))
    proof.assume(implies(is_beside, place.number < length))
    proof.assume(first <= here.start)
    # What bisections say of the chunks' first addresses, and of those of the chunk's ranges.
    proof.assume((first <= address) == (firsts > 0))
    proof.assume(implies(place.chunk >= firsts, address < other.start))
    proof.assume((first <= address) == (starts > 0))
    proof.assume((here.start <= address) == (starts > 0))
    proof.assume(implies(is_beside, (other.start <= address) == (place.number < starts)))
    return Search(address, chunks, firsts, length, starts, here, other)


class Row:
    """A row of which one item is known, and of the others one at a time."""

    def __init__(self, count: int, index: int, item: object, other: object) -> None:
        self.count = count
        self.index = index
        self.item = item
        self.other = other

    def __getitem__(self, index: int) -> Any:
        """As of a list: -1 is the last."""
        if index < 0:
            index = index + self.count
        return self.item if index == self.index else self.other


class ChunkOfAnyView(NamedTuple):
    """In place of a chunk."""

    starts: str
    ranges: Row


def found_by_impl(package: Package, search: Search) -> FlatRange | None:
    """Run impl's search."""
    here, other = (in_impl(package, one, one.region) for one in (search.here, search.other))
    index = choose(search.starts > 0, search.starts, search.length) - 1
    chunk = ChunkOfAnyView("starts", Row(search.length, index, here, other))
    beside = ChunkOfAnyView("starts", Row(search.length, index, other, other))
    number = choose(search.firsts > 0, search.firsts, search.chunks) - 1
    find = rebound(package.view.FlatView.find, bisect_right=search.bisect_right)
    chunks = Row(search.chunks, number, chunk, beside)
    found = find(SimpleNamespace(_firsts="firsts", _searched=chunks), search.address)
    return None if found is None else in_model(found)


def is_the_same_range(given: object, expected: Any, done: Any) -> dict[str, bool]:
    """The relation of searches."""
    if expected is None or done is None:
        return {"both find a range, or neither": expected is done}
    return {"they find the same range": same_range(expected, done)}


FINDING = Refinement(
    inputs=any_search,
    specification=lambda search: lookup((search.here, search.other), search.address),
    implementation=found_by_impl,
    relation=is_the_same_range,
)

NOT_FINDING = Refinement(
    inputs=any_address,
    specification=partial(lookup, ()),
    implementation=lambda package, address: package.view.FlatView(None, (), 0).find(address),
    relation=is_the_same_range,
)

FIND = Theorem(
    name="impl_finds_by_bisection_the_range_that_the_models_search_finds",
    statement=(
        "In a view of any number of ranges, in any number of chunks, impl's search finds at each "
        "address the range that the model's linear search finds, and none where that finds none."
    ),
    rules=("P6",),
    assumptions=(
        "`bisect_right` says how many items are not greater than the address, of a sorted row.",
        "The ranges are sorted and disjoint; each chunk has some that follow each other, and its "
        "`starts` and `first` are theirs. So at one address the linear search sees what it sees of "
        "two: the one that impl comes to, and any other.",
    ),
    limits=Limits(resource_units=86_000, paths=20),
    obligations=(
        FINDING.obligation("in any view"),
        NOT_FINDING.obligation("in the empty view"),
    ),
    teeth=(
        bugs.ANSWERS_IN_HOLES,
        bugs.ANSWERS_BEFORE_THE_FIRST,
        bugs.LAST_ADDRESS_IS_A_HOLE,
        bugs.NEXT_CHUNK_IS_SEARCHED,
        bugs.RANGE_BEFORE_IS_FOUND,
        bugs.EMPTY_VIEW_HAS_A_RANGE,
    ),
    package="impl",
)

THEOREMS = (FIND,)
