"""Walking down a page map, from its root to a leaf.

The proof is an induction over the levels that are left. Where an entry leads a page is said here
without the code under proof: a leaf to its section; NIL to the unassigned one; and any other entry
to where the entry at the page's place leads, in the node as many levels down as the first skips.
"""

from typing import Any, NamedTuple

from model.radix import NIL, UNASSIGNED_INDEX, PageEntry
from proofs.functions import AnyFunction
from proofs.proof import Limits, Proof
from proofs.rebinding import rebound
from proofs.symbolic import all_of, choose, implies
from proofs.theorem import Obligation, Package, Theorem
from proofs.theorems import bugs_in_page_map as bugs


class AnyMap:
    """Any page map. It stands for its shape, and for its array of nodes, too."""

    def __init__(self, package: Package, proof: Proof) -> None:
        self.package = package
        self.levels = proof.integer("levels", 1)
        self.root = any_entry(package, proof, "root", self.levels)
        self.next = any_entry(package, proof, "next", self.levels - self.root.skip)
        self.places = AnyFunction([(proof.integer(f"place[{i}]", 0),) for i in range(2)])
        others = [(proof.integer(f"skip[{i}]", 0), proof.integer(f"ptr[{i}]", 0)) for i in range(2)]
        self.shape = self.nodes = self
        self.page = proof.integer("page", 0)
        at = self.root.ptr, *self.places(self.page, self.levels - self.root.skip)
        self.entries = AnyFunction(others, (at, tuple(self.next)))

    def place(self, page: int, level: int) -> int:
        """In place of `MapShape.place`."""
        return self.places(page, level)[0]

    def __getitem__(self, node: int) -> "AnyMap.Node":
        return AnyMap.Node(self, node)

    class Node(NamedTuple):
        """A node of the map."""

        page_map: "AnyMap"
        node: int

        def __getitem__(self, place: Any) -> Any:
            entry = self.page_map.entries(self.node, place)
            return self.page_map.package.radix.PageEntry(*entry)


def any_entry(package: Package, proof: Proof, name: str, level: int) -> PageEntry:
    """An input: a leaf, NIL, or an entry that skips no more levels than there are below it."""
    entry: PageEntry = package.radix.PageEntry(
        proof.integer(f"{name}.skip", 0), proof.integer(f"{name}.ptr", 0, NIL)
    )
    proof.assume(entry.skip <= level)
    proof.assume(implies(entry.skip == 0, entry.ptr != NIL))
    proof.show(name, entry)
    return entry


def walking_down(package: Package, proof: Proof) -> None:
    """From the root to the next entry on a page's way; what is left of the way leads anywhere."""
    page_map = AnyMap(package, proof)
    way = proof.integer("the next entry's way", 0)
    taken: list[object] = []

    def find_step(given: AnyMap, entry: PageEntry, level: int, page: int) -> tuple[PageEntry, int]:
        if not taken:
            step = package.radix.find_step(given, entry, level, page)
            taken.append(step)
            return step  # type: ignore[no-any-return]
        is_way = all_of(entry.skip == page_map.next.skip, entry.ptr == page_map.next.ptr)
        proof.claim("the way goes on from the entry that was found", is_way)
        proof.claim(
            "each step goes down, and not below the bottom",
            all_of(level == page_map.levels - page_map.root.skip, level < page_map.levels),
        )
        proof.claim("the page is the same", page == page_map.page)
        return package.radix.PageEntry(0, way), level

    found = rebound(package.radix.find_leaf, find_step=find_step)(page_map, page_map.page)
    proof.show("found", found)
    root, next_ = page_map.root, page_map.next
    below = choose(next_.skip == 0, next_.ptr, way)
    expected = choose(root.ptr == NIL, UNASSIGNED_INDEX, below)
    proof.claim(
        "a page comes to where the root leads it",
        found == choose(root.skip == 0, root.ptr, expected),
    )


WALKING = Theorem(
    name="walking_down_a_page_map_ends_at_the_leaf_that_the_entries_on_the_way_lead_to",
    statement=(
        "In any page map, compacted or not, the look-up of a page gives the section of a root that "
        "is a leaf, the unassigned one where NIL ends the way, and else goes on from the entry at "
        "the page's place in the node as many levels down as are skipped; it comes down with each "
        "step, so it ends."
    ),
    rules=("P6", "D7"),
    assumptions=(
        "The induction is over the levels that are left: the loop's first turn runs, and all "
        "later ones, from the entry that it found, stand together as one.",
        "No entry skips more levels than there are below it, as is claimed of each entry of a map "
        "that is compacted.",
    ),
    limits=Limits(resource_units=16_000, paths=20),
    obligations=(Obligation("one step, and the rest of the way", walking_down),),
    teeth=(
        bugs.ONE_LEVEL_A_STEP,
        bugs.NIL_IS_A_SECTION,
        bugs.WAY_BEGINS_TOO_LOW,
        bugs.WAY_ENDS_AFTER_A_STEP,
        bugs.PLACE_OF_THE_LEVEL_ABOVE,
        bugs.UNMAPPED_IS_NOT_SEEN,
    ),
)

THEOREMS = (WALKING,)
