"""What stands in place of the functions that set pages, while one of them is proved."""

from typing import Any

from model.radix import NIL, UNASSIGNED_INDEX, PageRun
from proofs.page_maps import (
    AFTER,
    BEFORE,
    HERE,
    AnyNodes,
    Block,
    ByTurns,
    NodeBlocks,
    Row,
    Subtree,
    after_block,
    is_in_run,
    number_of,
)
from proofs.proof import Proof
from proofs.rebinding import rebound
from proofs.symbolic import all_of, choose
from proofs.theorem import Package


class Below:
    """In place of `set_level`: the induction hypothesis about what is a level further down."""

    def __init__(self, proof: Proof, block: Block, page: int, leads_to: int, level: int) -> None:
        self.proof, self.block, self.page = proof, block, page
        self.leads_to, self.level = leads_to, level
        self.result: tuple[AnyNodes, Subtree, PageRun] | None = None

    def __call__(
        self, shape: object, nodes: AnyNodes, entry: Any, run: PageRun, level: int
    ) -> tuple[AnyNodes, Subtree, PageRun]:
        """What `set_level` is called for, and gives."""
        self.proof.claim("it goes one level down, and stops at the bottom", level == self.level - 1)
        self.proof.claim("there is a level below", level >= 0)
        self.proof.claim("no leaf is mapped in part", entry.skip > 0)
        self.proof.claim(
            "what is left of the run begins in the entry, and is not empty",
            all_of(self.block.has(run.first), run.pages >= 1),
        )
        leads_to = choose(is_in_run(run, self.page), run.section, self.leads_to)
        self.result = nodes.changed(), Subtree(HERE, leads_to), after_block(run, self.block)
        return self.result

    def is_kept(self, nodes: object, entry: object) -> bool:
        """Whether these are the nodes and the entry that were made below."""
        return self.result is not None and nodes is self.result[0] and entry is self.result[1]


class Entries:
    """In place of `set_entry`: what it does with one entry, and so with several in a row."""

    def __init__(self, proof: Proof, blocks: NodeBlocks, page: int, level: int) -> None:
        self.proof, self.blocks, self.page, self.level = proof, blocks, page, level
        self.changes = 0

    def __call__(
        self, shape: object, nodes: AnyNodes, entry: Subtree, run: PageRun, level: int
    ) -> tuple[AnyNodes, Subtree, PageRun]:
        """What `set_entry` is called for, and gives."""
        self.proof.claim("the entry is one of the node's level", level == self.level)
        self.claim_is_latest(nodes)
        block = self.blocks[entry.which]
        self.proof.claim(
            "what is left of the run begins in the entry, and is not empty",
            all_of(block.has(run.first), run.pages >= 1),
        )
        is_mapped = all_of(entry.which == HERE, is_in_run(run, self.page))
        entry = entry._replace(leads_to=choose(is_mapped, run.section, entry.leads_to))
        self.changes += 1
        return nodes.changed(), entry, after_block(run, block)

    def claim_is_latest(self, nodes: AnyNodes) -> None:
        """Claim that an array of nodes has all changes made so far."""
        self.proof.claim("no change of a node is lost", nodes.changes == self.changes)


class Allocation:
    """The code of `node_below`, and what it has made of the array of nodes."""

    def __init__(self, package: Package, proof: Proof) -> None:
        self.package, self.proof = package, proof

    def __call__(
        self, shape: ByTurns, nodes: AnyNodes, entry: Any, level: int
    ) -> tuple[AnyNodes, int]:
        """Run `node_below`."""
        found, own = rebound(self.package.radix.node_below, len=number_of)(
            shape, nodes, entry, level
        )
        if found is nodes:
            return nodes, own
        earlier, node = found
        fresh, size = node
        self.proof.claim("a new node is filled with one entry", size is shape.node_size)
        is_leaf = fresh.skip == 0
        self.proof.claim("it has leaves exactly at the bottom", (level == 0) == is_leaf)
        self.proof.claim("it follows all others", earlier is nodes and own == nodes.count)
        self.proof.claim(
            "nothing is mapped below a new node",
            fresh.ptr == (UNASSIGNED_INDEX if is_leaf else NIL) and fresh.skip <= 1,
        )
        return AnyNodes(number_of(found), own, row_of(UNASSIGNED_INDEX)), own


def row_of(leads_to: int) -> Row:
    """The entries of a node that leads the page so."""
    return Row({which: Subtree(which, leads_to) for which in (BEFORE, HERE, AFTER)})


class Parts:
    """An array of nodes that can be cut before the node at `own`, or after it."""

    def __init__(self, proof: Proof, own: int) -> None:
        self.proof, self.own = proof, own

    def __getitem__(self, part: slice) -> tuple[str, ...]:
        if part.start is None:
            is_before = part.stop == self.own
            self.proof.claim("what is kept first is what is before the node", is_before)
            return ("before",)
        is_after = all_of(part.start == self.own + 1, part.stop is None)
        self.proof.claim("what is kept last is what is after the node", is_after)
        return ("after",)
