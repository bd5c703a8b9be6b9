"""The words that theorems about page maps are stated in.

A page map of any size is known by where it leads one page, which may be any. So of a node only the
entry at the page's place is told from the others: those before it, and those after it, stand
together as one each.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

from model.radix import NIL, UNASSIGNED_INDEX, PageRun
from proofs.proof import Proof
from proofs.symbolic import all_of, choose
from proofs.theorem import Package

BEFORE, HERE, AFTER = range(3)
"""The entries of a node before the page's place, the one at it, and those after it."""


class Block(NamedTuple):
    """Consecutive pages: those that an entry stands for, or several entries in a row."""

    first: int
    end: int

    def has(self, page: int) -> bool:
        """Whether a page is one of them."""
        return all_of(self.first <= page, page < self.end)


def any_run(package: Package, proof: Proof, first: int) -> PageRun:
    """An input: a run of one page or more, of any section but the unassigned one."""
    run: PageRun = package.radix.PageRun(
        first,
        proof.integer("run.pages", 1),
        proof.integer("run.section", UNASSIGNED_INDEX + 1, NIL - 1),
    )
    proof.show("run", run)
    return run


def is_in_run(run: PageRun, page: int) -> bool:
    """Whether a page is in a run."""
    return all_of(run.first <= page, page < run.first + run.pages)


def after_block(run: PageRun, block: Block) -> PageRun:
    """What is left of a run, which begins in a block, after the block's last page."""
    left = block.end - run.first
    taken = choose(left < run.pages, left, run.pages)
    return run._replace(first=run.first + taken, pages=run.pages - taken)


def same_run(left: PageRun, right: PageRun) -> bool:
    """Whether two runs are equal in every field."""
    return all_of(*(a == b for a, b in zip(left, right, strict=True)))


class Subtree(NamedTuple):
    """An entry that is not looked at: all that is known of it is where it leads the page."""

    which: int
    leads_to: int


class Row:
    """The entries of a node. It is asked for them by turn, not by number."""

    def __init__(self, entries: dict[int, Subtree]) -> None:
        self.entries = entries

    def copy(self) -> "Row":
        """In place of `list`."""
        return Row(dict(self.entries))

    def __getitem__(self, turn: "Turn") -> Subtree:
        return self.entries[turn.which]

    def __setitem__(self, turn: "Turn", entry: Subtree) -> None:
        self.entries[turn.which] = entry


class NodeBlocks(NamedTuple):
    """The pages of a node's entries: of those before the page's, of that one, of those after it."""

    before: Block
    here: Block
    after: Block

    @property
    def whole(self) -> Block:
        """All pages of the node."""
        return Block(self.before.first, self.after.end)


def any_node(proof: Proof) -> tuple[NodeBlocks, int, int]:
    """An input: the blocks of a node, the page, and a page that the node's loop begins with.

    Entries may stand for any number of pages each, and the page's may be the first, or the last.
    """
    sizes = [
        proof.integer(f"pages {where}", least)
        for where, least in (("before the entry", 0), ("of the entry", 1), ("after the entry", 0))
    ]
    first = proof.integer("first page of the node", 0)
    here, after = first + sizes[0], first + sizes[0] + sizes[1]
    blocks = NodeBlocks(Block(first, here), Block(here, after), Block(after, after + sizes[2]))
    page, begin = proof.integer("page", 0), proof.integer("run.first", 0)
    proof.assume(all_of(blocks.here.has(page), blocks.whole.has(begin)))
    proof.show("page", page)
    return blocks, page, begin


class Turn(NamedTuple):
    """A turn of the loop over places, in place of the place: which entries it is about."""

    shape: "ByTurns"
    which: int

    def __add__(self, turns: object) -> "Turn":
        assert isinstance(turns, int)
        return self._replace(which=self.which + turns)

    def __lt__(self, size: object) -> bool:
        self.shape.proof.claim("the loop ends with the node", size is self.shape.node_size)
        after = self.shape.blocks.after
        return self.which < AFTER or (self.which == AFTER and after.first < after.end)


class NodeSize:
    """How many entries a node has, in place of any such number."""

    def __rmul__(self, entries: tuple[Any, ...]) -> tuple[Any, ...]:
        """The entries of a node that is filled with one: that entry, and the size."""
        return (*entries, self)


class ByTurns:
    """A shape that tells places only as before the page's own, that one, or after it.

    It is asked only for the place of `begin`, the page that the node's loop begins with.
    """

    def __init__(self, proof: Proof, level: int, blocks: NodeBlocks, begin: int) -> None:
        self.proof, self.level, self.blocks, self.begin = proof, level, blocks, begin
        self.node_size = NodeSize()

    def place(self, page: int, level: int) -> Turn:
        """In place of `MapShape.place`; this forks."""
        self.proof.claim("the loop begins at the run's first page", page == self.begin)
        self.proof.claim("the place is one of the node's level", level == self.level)
        if self.blocks.before.has(page):
            return Turn(self, BEFORE)
        return Turn(self, HERE if self.blocks.here.has(page) else AFTER)


class OneLevel:
    """A shape that tells only for how many pages an entry of one level stands."""

    def __init__(self, proof: Proof, level: int, spanned: int) -> None:
        self.proof, self.level, self.spanned = proof, level, spanned

    def pages_per_entry(self, level: int) -> int:
        """In place of `MapShape.pages_per_entry`."""
        self.proof.claim("the entry's own level is asked for", level == self.level)
        return self.spanned


class AnyNodes:
    """An array of any number of nodes, of which one may be looked at: the one at `own`.

    Each change gives another array; `changes` tells how many went before.
    """

    def __init__(self, count: int, own: int, row: Row, changes: int = 0) -> None:
        self.count, self.own, self.row = count, own, row
        self.changes = changes

    def __iter__(self) -> Iterator["AnyNodes"]:
        """All nodes stand together as one item."""
        yield self

    def changed(self, row: Row | None = None) -> "AnyNodes":
        """The array after a change in the node looked at, or in others."""
        return AnyNodes(self.count, self.own, row or self.row, self.changes + 1)

    def __getitem__(self, index: int) -> Row:
        if index == self.own:
            return self.row
        raise IndexError("another node than the entry's is looked at")


def number_of(nodes: AnyNodes | tuple[Any, ...]) -> int:
    """In place of `len`, for an array of nodes and for what has been appended to one."""
    if isinstance(nodes, AnyNodes):
        return nodes.count
    return sum((number_of(item) if isinstance(item, AnyNodes) else 1 for item in nodes), 0)
