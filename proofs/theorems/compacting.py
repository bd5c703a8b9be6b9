"""Compacting a page map: nodes with a single way down are bypassed, level by level."""

from itertools import combinations
from typing import Any, NamedTuple

from model.radix import NIL, UNASSIGNED_INDEX, PageEntry, PageMap
from proofs.functions import AnyFunction
from proofs.proof import Limits, Proof
from proofs.rebinding import rebound
from proofs.symbolic import all_of, any_of, choose, implies
from proofs.theorem import Obligation, Package, Theorem
from proofs.theorems import bugs_in_page_map as bugs
from proofs.theorems.setting_pages import SETTING
from proofs.theorems.walking_down import any_entry


class Child(NamedTuple):
    """An entry of a node, where it leads the page, and both after what is below is compacted."""

    entry: PageEntry
    leads_to: int
    compacted: PageEntry
    then_leads_to: int

    @property
    def is_way_down(self) -> bool:
        """Whether there is a node below."""
        return all_of(self.entry.skip > 0, self.entry.ptr != NIL)

    @property
    def now(self) -> PageEntry:
        """What stands in the node after all children have been compacted; this forks."""
        return self.compacted if self.is_way_down else self.entry


def any_child(package: Package, proof: Proof, name: str, level: int) -> Child:
    """An input: any entry of a node at a level; what is below it is compacted as is claimed."""
    entry = any_entry(package, proof, name, level)
    way = proof.integer(f"{name}: way", 0, NIL - 1)
    leads_to = leads(entry, way)
    compacted = any_entry(package, proof, f"{name}, compacted", level)
    then_way = proof.integer(f"{name}, compacted: way", 0, NIL - 1)
    child = Child(entry, leads_to, compacted, leads(compacted, then_way))
    proof.assume(entry.skip <= 1)
    proof.assume(implies(child.is_way_down, compacted.ptr != NIL))
    proof.assume(implies(leads_to != UNASSIGNED_INDEX, child.then_leads_to == leads_to))
    return child


def leads(entry: PageEntry, way: int) -> int:
    """Where an entry leads the page, if its node leads it `way`; without forking."""
    below = choose(entry.ptr == NIL, UNASSIGNED_INDEX, way)
    return choose(entry.skip == 0, entry.ptr, below)


class AnyArray:
    """An array of nodes in which one is looked at, and how often it has been changed."""

    def __init__(self, proof: Proof, own: int, row: tuple[PageEntry, ...], changes: int = 0):
        self.proof, self.own, self.row, self.changes = proof, own, row, changes

    def __getitem__(self, index: int) -> tuple[PageEntry, ...]:
        self.proof.claim("the node that is looked at is the entry's own", index == self.own)
        return self.row


class Compaction:
    """In place of `compact_entry` and `replace_node`, for the children of one node."""

    def __init__(self, proof: Proof, own: int, children: tuple[Child, ...]) -> None:
        self.proof, self.children = proof, children
        self.array = AnyArray(proof, own, tuple(child.entry for child in children))

    def claim_is_latest(self, nodes: AnyArray) -> None:
        """Claim that an array of nodes has all changes made so far."""
        self.proof.claim("no change of a node is lost", nodes is self.array)

    def compact_entry(self, nodes: AnyArray, entry: PageEntry) -> tuple[AnyArray, PageEntry]:
        """The induction hypothesis about an entry of the node."""
        self.claim_is_latest(nodes)
        (child,) = (child for child in self.children if child.entry is entry)
        self.proof.claim("only what has a node below is compacted", child.is_way_down)
        self.array = AnyArray(self.proof, nodes.own, nodes.row, nodes.changes + 1)
        return self.array, child.compacted

    def replace_node(self, nodes: AnyArray, own: int, node: list[PageEntry]) -> AnyArray:
        """As the theorem about setting pages says of it."""
        self.claim_is_latest(nodes)
        self.proof.claim("the node that is replaced is the entry's own", own == nodes.own)
        self.array = AnyArray(self.proof, own, tuple(node), nodes.changes + 1)
        return self.array


class LedTo:
    """Sections to which some page is led from an entry, and the unassigned one; none is known."""

    def __init__(self, proof: Proof, children: tuple[Child, ...]) -> None:
        answers = [(proof.boolean(f"is led to[{i}]"),) for i in range(9)]
        self.is_led_to = AnyFunction(answers, ((UNASSIGNED_INDEX,), (True,)))
        for child in children:
            proof.assume(self.has(child.leads_to))
            proof.assume(self.has(child.then_leads_to))

    def has(self, index: int) -> bool:
        """Whether some page is led to the section, or it is the unassigned one."""
        return bool_of(self.is_led_to(index)[0])


def bool_of(answer: Any) -> bool:
    """A truth value that a function of numbers gave."""
    truth: bool = answer
    return truth


def compacting(package: Package, proof: Proof) -> None:
    """An entry that is no leaf, of a map that is not compacted; its node has three entries."""
    level = proof.integer("level", 1)
    ptr = proof.integer("entry.ptr", 0, NIL)
    names = ("before", "here", "after")
    children = tuple(any_child(package, proof, name, level - 1) for name in names)
    _, here, _ = children
    led_to = LedTo(proof, children)
    below = [child.compacted for child in children]
    for one, other in combinations((package.radix.PageEntry(1, ptr), *below), 2):
        are_nodes = all_of(one.skip > 0, other.skip > 0)
        proof.assume(implies(are_nodes, any_of(one.ptr != other.ptr, one.ptr == NIL)))
    entry = package.radix.PageEntry(1, ptr)
    leads_to = choose(ptr == NIL, UNASSIGNED_INDEX, here.leads_to)
    proof.show("leads to", leads_to)

    compaction = Compaction(proof, ptr, children)
    after, compacted = rebound(
        package.radix.compact_entry,
        compact_entry=compaction.compact_entry,
        replace_node=compaction.replace_node,
    )(compaction.array, entry)
    proof.show("compacted", compacted)
    compaction.claim_is_latest(after)
    proof.claim(
        "an entry skips one level at least unless it is a leaf, and none below the bottom",
        all_of(
            compacted.skip >= 0,
            compacted.skip <= level,
            implies(any_of(ptr != NIL, compacted.skip == 0), compacted.ptr != NIL),
        ),
    )
    then = where_it_leads(package, proof, compacted, level, compaction.array, children)
    proof.show("then leads to", then)
    proof.claim(
        "a page that led to a section leads there still",
        implies(leads_to != UNASSIGNED_INDEX, then == leads_to),
    )
    proof.claim("no page leads to where none led before", led_to.has(then))
    if compacted.skip == 1 and compacted.ptr != NIL and compacted.ptr == ptr:
        ways = sum((1 for one in compaction.array.row if one.ptr != NIL), 0)
        proof.claim("a node that is not bypassed has not a single way down", ways != 1)


def where_it_leads(
    package: Package,
    proof: Proof,
    entry: PageEntry,
    level: int,
    array: AnyArray,
    children: tuple[Child, ...],
) -> int:
    """Where the page is led from a compacted entry; anywhere, if by a node that is not known."""
    if entry.skip == 0:
        return entry.ptr
    if entry.ptr == NIL:
        return UNASSIGNED_INDEX
    if all_of(entry.ptr == array.own, entry.skip == 1):
        now = array.row[1]
        return children[1].then_leads_to if now is children[1].compacted else leads(now, NIL)
    for child in children:
        is_its_node = all_of(child.compacted.skip > 0, entry.ptr == child.compacted.ptr)
        if all_of(child.is_way_down, is_its_node, entry.skip == 1 + child.compacted.skip):
            return child.then_leads_to
    return NIL


def compacting_the_map(package: Package, proof: Proof) -> None:
    """From its root on."""
    root = any_entry(package, proof, "root", proof.integer("levels", 1))
    nodes, after, compacted = ("nodes",), ("compacted nodes",), package.radix.PageEntry(0, 1)
    page_map: PageMap = package.radix.PageMap(root=root, nodes=nodes)

    def compact_entry(given: object, entry: object) -> tuple[object, object]:
        proof.claim("it begins at the root", given is nodes and entry is root)
        return after, compacted

    result = rebound(package.radix.compact, compact_entry=compact_entry)(page_map)
    if root.skip == 0:
        proof.claim("a map that is a leaf stays", result is page_map)
        return
    proof.claim("the root is compacted", result.root is compacted and result.nodes is after)
    proof.claim("the shape stays", result.shape is page_map.shape)


COMPACTING = Theorem(
    name="compaction_leads_each_page_that_led_to_a_section_there_still_and_no_page_elsewhere",
    statement=(
        "In a compacted page map of any levels and nodes, an arbitrary page that led to a section "
        "still leads there; one that led nowhere may lead to a section, but only to one that "
        "another page led to. No node that is passed has a single way down."
    ),
    rules=("P6", "D6", "D7"),
    assumptions=(
        f"The map was made by setting pages: each entry skips one level, as {SETTING.name} has it. "
        "Where an entry leads depends on the bits of a page below its level only.",
        "The induction is over the calls of `compact_entry`. No node is below two entries, so that "
        "compacting what is below one moves nothing below another.",
        "Of a node's entries, besides the page's own, two are looked at, one before and one after "
        "it: the loop over entries treats each by itself, and only those that are not NIL count, "
        "as none, one, or several.",
    ),
    limits=Limits(resource_units=1_600_000, paths=140),
    obligations=(
        Obligation("an entry and the node below it", compacting),
        Obligation("the whole map", compacting_the_map),
    ),
    teeth=(
        bugs.SKIPS_ARE_NOT_ADDED,
        bugs.LEAF_KEEPS_ITS_SKIP,
        bugs.TWO_WAYS_ARE_ONE,
        bugs.LEAVES_ARE_NO_WAYS,
        bugs.COMPACTED_NODES_ARE_LOST,
        bugs.CHILDREN_ARE_NOT_KEPT,
        bugs.NOTHING_IS_BYPASSED,
        bugs.ONLY_DEEP_MAPS_ARE_COMPACTED,
    ),
)

THEOREMS = (COMPACTING,)
