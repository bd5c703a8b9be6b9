"""Setting pages: a run of pages is mapped to its section, and nothing else is.

The proofs are an induction over the calls that `set_level` and `set_entry` make of each other, one
level further down each time. `page` is any page of the map, so that what holds for it holds for
every page.
"""

from functools import partial
from typing import Any

from model.radix import (
    NIL,
    QEMU_SHAPE,
    UNASSIGNED_INDEX,
    PageRun,
)
from proofs.page_maps import (
    HERE,
    AnyNodes,
    Block,
    ByTurns,
    OneLevel,
    Row,
    Subtree,
    after_block,
    any_node,
    any_run,
    is_in_run,
    same_run,
)
from proofs.page_setting import Allocation, Below, Entries, Parts, row_of
from proofs.proof import Limits, Proof
from proofs.rebinding import rebound
from proofs.symbolic import all_of, any_of, choose, implies, negation, tellable
from proofs.theorem import Obligation, Package, Theorem
from proofs.theorems import bugs_in_page_map as bugs
from proofs.theorems.placing_pages import PLACES, shape_of
from proofs.theorems.splitting import PAGE_BITS

# --- Below one entry -----------------------------------------------------------------------------


def setting_an_entry(package: Package, proof: Proof, page_bits: int) -> None:
    """An entry that stands for 2^page_bits pages, of which the page is one.

    Its level is the bottom if that is one page, else any level above. The run's first page leads
    nowhere so far.
    """
    spanned = 1 << page_bits
    level = proof.integer("level", 1) if page_bits > 0 else 0
    run = any_run(package, proof, proof.integer("run.first", 0))
    first = run.first - run.first % spanned
    block = Block(first, first + spanned)
    page = proof.integer("page", 0)
    leads_to = proof.integer("leads_to", 0)
    skip, ptr = (
        proof.integer("entry.skip", 0, min(page_bits, 1)),
        proof.integer("entry.ptr", 0, NIL),
    )
    is_leaf = skip == 0
    proof.assume(block.has(page))
    if page_bits > 0:
        proof.assume(implies(is_leaf, all_of(ptr > UNASSIGNED_INDEX, ptr != NIL)))
    proof.assume(implies(is_leaf, ptr == UNASSIGNED_INDEX))
    proof.assume(implies(any_of(is_leaf, ptr == NIL), leads_to == UNASSIGNED_INDEX))
    nodes = AnyNodes(proof.integer("nodes", 0, NIL - 1), NIL, Row({}))
    proof.show("page", page)

    below = Below(proof, block, page, leads_to, level)
    shape = OneLevel(proof, level, spanned)
    after, entry, rest = rebound(package.radix.set_entry, set_level=below)(
        shape, nodes, package.radix.PageEntry(skip, ptr), run, level
    )
    proof.show("rest", rest)
    if isinstance(entry, Subtree):
        proof.claim("what is made below is kept", below.is_kept(after, entry))
        now = entry.leads_to
    else:
        proof.claim("no node is changed for a leaf", after is nodes)
        proof.claim(
            "a leaf is of a section, and not of the unassigned one",
            all_of(entry.skip == 0, entry.ptr > UNASSIGNED_INDEX, entry.ptr < NIL),
        )
        now = entry.ptr
    proof.claim(
        "a page of the run leads to its section, and any other where it led",
        now == choose(is_in_run(run, page), run.section, leads_to),
    )
    proof.claim("what is after the entry is left", same_run(rest, after_block(run, block)))


# --- Through one node ----------------------------------------------------------------------------


def setting_through_a_node(package: Package, proof: Proof) -> None:
    """An entry that leads to a node at any level, or will; the page is one of its pages."""
    blocks, page, begin = any_node(proof)
    run = any_run(package, proof, begin)
    level = proof.integer("level", 0)
    leads_to = proof.integer("leads_to", 0, NIL - 1)
    skip, ptr = proof.integer("entry.skip", 0, 1), proof.integer("entry.ptr", 0, NIL)
    count = proof.integer("nodes", 0, NIL - 1)
    proof.assume(implies(skip == 0, all_of(ptr > UNASSIGNED_INDEX, ptr != NIL)))
    proof.assume(implies(skip == 0, ptr == UNASSIGNED_INDEX))
    proof.assume(implies(ptr == NIL, leads_to == UNASSIGNED_INDEX))
    proof.assume(any_of(ptr == NIL, ptr < count))
    nodes = AnyNodes(count, ptr, row_of(leads_to))

    entries = Entries(proof, blocks, page, level)

    def replace_node(nodes: AnyNodes, own: int, row: Row) -> AnyNodes:
        entries.claim_is_latest(nodes)
        proof.claim("the node that is replaced is the entry's", own == nodes.own)
        entries.changes += 1
        return nodes.changed(row)

    set_level = rebound(
        package.radix.set_level,
        node_below=Allocation(package, proof),
        set_entry=entries,
        replace_node=replace_node,
        list=Row.copy,
    )
    shape: Any = ByTurns(proof, level, blocks, begin)
    after, entry, rest = set_level(shape, nodes, package.radix.PageEntry(skip, ptr), run, level)
    proof.show("rest", rest)
    entries.claim_is_latest(after)
    proof.claim(
        "the entry leads to its own node, or to one that is new, one level down",
        all_of(
            entry.ptr == choose(ptr == NIL, count, ptr), entry.ptr == after.own, entry.skip == 1
        ),
    )
    proof.claim(
        "a page of the run leads to its section, and any other where it led",
        after.row.entries[HERE].leads_to == choose(is_in_run(run, page), run.section, leads_to),
    )
    proof.claim("what is after the node is left", same_run(rest, after_block(run, blocks.whole)))


def replacing_a_node(package: Package, proof: Proof) -> None:
    """In an array of which all nodes before the one, and all after it, stand together."""
    own = proof.integer("own", 0)
    parts = Parts(proof, own)
    entry = package.radix.PageEntry(1, NIL)
    replaced = package.radix.replace_node(parts, own, [entry])
    proof.claim(
        "the node is another, and those before and after it are as they were",
        replaced == ("before", (entry,), "after"),
    )


# --- The whole map -------------------------------------------------------------------------------


def setting_from_the_root(package: Package, proof: Proof, page_bits: int) -> None:
    """A run of any pages, which may be empty or leave the map, is set."""
    shape = shape_of(package, QEMU_SHAPE.level_bits, page_bits)
    all_pages = 1 << 64 - page_bits
    run: PageRun = package.radix.PageRun(
        *(tellable(proof.integer(f"run.{field}")) for field in PageRun._fields)
    )
    page = proof.integer("page", 0, all_pages - 1)
    leads_to = proof.integer("leads_to", 0)
    proof.show("run", run)
    proof.show("page", page)
    root = package.radix.PageEntry(1, NIL)
    page_map = package.radix.PageMap(shape, root, AnyNodes(0, NIL, Row({})))
    is_possible = all_of(
        run.pages >= 1,
        run.first >= 0,
        run.first + run.pages <= all_pages,
        run.section >= 0,
        run.section < NIL,
    )
    whole = Block(0, 1 << shape.level_bits * shape.levels)
    below = Below(proof, whole, page, leads_to, shape.levels)
    try:
        after = rebound(package.radix.set_pages, set_level=below)(page_map, run)
    except package.radix.DispatchError:
        proof.claim("only an impossible run is refused", negation(is_possible))
        return
    proof.claim("an impossible run is refused", is_possible)
    is_kept = below.is_kept(after.nodes, after.root) and after.shape is shape
    proof.claim("what is made below the root is kept, and the shape", is_kept)
    proof.claim(
        "a page of the run leads to its section, and any other where it led",
        after.root.leads_to == choose(is_in_run(run, page), run.section, leads_to),
    )
    if below.result is not None:
        proof.claim("nothing of the run is left", below.result[2].pages == 0)


SETTING = Theorem(
    name="setting_a_run_leads_each_of_its_pages_to_its_section_and_every_other_where_it_led",
    statement=(
        "Setting a run of pages that led nowhere, in a page map of any number of levels, nodes and "
        "entries, leads an arbitrary page to the run's section if it is in the run, and else where "
        "it led before; nothing of the run is left, and a run is refused only if it is impossible."
    ),
    rules=("P6", "D1", "D5"),
    assumptions=(
        f"Places are as the theorem {PLACES.name} says.",
        "The induction is over the calls of `set_level` and `set_entry`. A loop over entries does "
        "what it does over those before the page's, as one, then with that one, and then over "
        "those after it: one after the other, each takes what the one before it has left of the "
        "run.",
        "A call changes the node of its own entry, those below, and new ones, which are no other "
        "entry's. So no node is below two entries, and setting one moves nothing below another: "
        "what is left of the run leads nowhere still when its turn comes.",
        "A leaf above the bottom is of a section other than the unassigned one, as claimed of each "
        "leaf that is set; and the map has less than 2^26 - 1 nodes.",
        "An entry stands for 2^0 to 2^63 pages; maps of 9 bits a level, with pages of 2^10 to 2^18 "
        "bytes, are set from the root.",
    ),
    limits=Limits(resource_units=1_500_000, paths=800),
    obligations=(
        Obligation("through one node", setting_through_a_node),
        *(
            Obligation(f"an entry of 2^{bits} pages", partial(setting_an_entry, page_bits=bits))
            for bits in range(64)
        ),
        Obligation("a node in the array", replacing_a_node),
        *(
            Obligation(
                f"the whole map, pages of 2^{bits} bytes",
                partial(setting_from_the_root, page_bits=bits),
            )
            for bits in PAGE_BITS
        ),
    ),
    teeth=(
        bugs.RUN_BEGINS_AT_THE_NODE,
        bugs.LAST_PAGE_IS_NOT_SET,
        bugs.EVERY_OTHER_ENTRY,
        bugs.NEW_NODE_IS_NOT_LINKED,
        bugs.NODES_BELOW_ARE_LOST,
        bugs.NEW_NODES_HAVE_LEAVES,
        bugs.NEW_NODE_IS_ANOTHERS,
        bugs.LEAF_OF_NO_SECTION,
        bugs.LEVEL_IS_SKIPPED,
        bugs.ROOT_IS_ONE_LEVEL_UP,
        bugs.ROOT_IS_NOT_KEPT,
        bugs.RUNS_MAY_LEAVE_THE_MAP,
        bugs.NODE_IS_INSERTED,
    ),
)

THEOREMS = (SETTING,)
