"""The page map: a radix tree from the pages of an address space to the indices of sections.

An entry is a pair (skip, ptr). With skip 0 it is a leaf, and ptr the index of a section; otherwise
ptr is a node `skip` levels further down, or NIL. A node is an array of entries, one for each value
of the bits of the page number that its level looks at. Level 0 is the bottom.
"""

from typing import NamedTuple

NIL = (1 << 26) - 1
"""The ptr of an entry below which nothing is mapped: the largest number of 26 bits. Rules: D1."""

UNASSIGNED_INDEX = 0
"""The index of the unassigned section. Rules: D2."""

MAX_LEVELS = (1 << 6) - 1
"""The most levels that a skip of 6 bits can lead down, all at once. Rules: D1, D6."""

MAX_INDEX_BITS = 25
"""The widest index of a section that is never NIL. Rules: D1, D5."""

MAX_LEVEL_BITS = 16


class DispatchError(ValueError):
    """A page map of impossible shape, or sections that no view has; the message says why.

    Rules: D1, D5.
    """


class MapShape(NamedTuple):
    """The widths that a page map is made for, in bits; QEMU's are the defaults.

    A page has 2^page_bits bytes and a node 2^level_bits entries. `index_bits` is the width in which
    the map, and the table of a divided page, keep the index of a section. Rules: D1, D5.
    """

    page_bits: int = 12
    level_bits: int = 9
    address_bits: int = 64
    index_bits: int = 16

    @property
    def page_size(self) -> int:
        """Bytes in a page. Rules: D1."""
        return 1 << self.page_bits

    @property
    def node_size(self) -> int:
        """Entries in a node. Rules: D1."""
        return 1 << self.level_bits

    @property
    def levels(self) -> int:
        """Levels of nodes: enough for every page number. Rules: D1."""
        return (self.address_bits - self.page_bits - 1) // self.level_bits + 1

    def pages_per_entry(self, level: int) -> int:
        """How many pages an entry of a node at this level stands for. Rules: D5."""
        return 1 << (level * self.level_bits)

    def place(self, page: int, level: int) -> int:
        """Which entry of a node at this level stands for a page. Rules: D5, D7."""
        return page // self.pages_per_entry(level) % self.node_size


QEMU_SHAPE = MapShape()
"""QEMU's, with the page size of most of its targets. Rules: D1."""


class PageEntry(NamedTuple):
    """A leaf if skip is 0, else a step down by `skip` levels. Rules: D1."""

    skip: int
    ptr: int


Node = tuple[PageEntry, ...]
Nodes = tuple[Node, ...]


class PageMap(NamedTuple):
    """A root entry and the array of nodes, in the order in which they were allocated.

    The array keeps the nodes that compaction bypasses. Rules: D1, D6.
    """

    shape: MapShape = QEMU_SHAPE
    root: PageEntry = PageEntry(1, NIL)
    nodes: Nodes = ()


class PageRun(NamedTuple):
    """Consecutive pages of one section: the first page's number, how many, the section's index.

    Rules: D5.
    """

    first: int
    pages: int
    section: int


def check_shape(shape: MapShape) -> None:
    """Raise DispatchError unless a page map can have this shape.

    The bound on bits per level is ours: a node is an array. Rules: D1.
    """
    if not 0 <= shape.page_bits < shape.address_bits <= 64:
        raise DispatchError(f"no pages of {shape.page_bits} bits in {shape.address_bits} bits")
    if not 1 <= shape.level_bits <= MAX_LEVEL_BITS:
        raise DispatchError(f"{shape.level_bits} bits per level are not 1 to {MAX_LEVEL_BITS}")
    if shape.levels > MAX_LEVELS:
        raise DispatchError(f"{shape.levels} levels are more than the {MAX_LEVELS} of a skip")
    if not 1 <= shape.index_bits <= MAX_INDEX_BITS:
        raise DispatchError(f"{shape.index_bits} bits per index are not 1 to {MAX_INDEX_BITS}")


# --- Setting pages ----------------------------------------------------------------------------


def set_pages(page_map: PageMap, run: PageRun) -> PageMap:
    """Map a run of pages to its section; pages that had one before are mapped anew.

    Raises DispatchError if the run is empty or leaves the address space, or if it takes part of
    what one leaf above the bottom maps. Rules: D5.
    """
    shape = page_map.shape
    all_pages = 1 << (shape.address_bits - shape.page_bits)
    if run.pages < 1 or not 0 <= run.first <= all_pages - run.pages:
        raise DispatchError(f"{run.pages} pages from {run.first:#x} are not within {all_pages:#x}")
    if not 0 <= run.section < NIL:
        raise DispatchError(f"section {run.section:#x} is no index of 26 bits, or NIL")
    nodes, root, _ = set_level(shape, page_map.nodes, page_map.root, run, shape.levels - 1)
    return page_map._replace(root=root, nodes=nodes)


def set_level(
    shape: MapShape, nodes: Nodes, entry: PageEntry, run: PageRun, level: int
) -> tuple[Nodes, PageEntry, PageRun]:
    """Map the part of a run that lies below an entry, through its node at `level`.

    Gives the nodes, the entry, and the part of the run that begins after the entry's last page.
    Nodes are allocated on the way down, so a node always follows its parent. Rules: D5.
    """
    nodes, own = node_below(shape, nodes, entry, level)
    node = list(nodes[own])
    place = shape.place(run.first, level)
    while run.pages > 0 and place < shape.node_size:
        nodes, node[place], run = set_entry(shape, nodes, node[place], run, level)
        place += 1
    return replace_node(nodes, own, node), entry._replace(ptr=own), run


def set_entry(
    shape: MapShape, nodes: Nodes, entry: PageEntry, run: PageRun, level: int
) -> tuple[Nodes, PageEntry, PageRun]:
    """Map the part of a run that lies in one entry of a node at `level`: by a leaf if it is all.

    Gives the nodes, the entry, and the part of the run after the entry's last page. Rules: D5.
    """
    spanned = shape.pages_per_entry(level)
    if leaf_fits(run.first, run.pages, spanned):
        return nodes, *set_leaf(run, spanned)
    return set_level(shape, nodes, entry, run, level - 1)


def node_below(shape: MapShape, nodes: Nodes, entry: PageEntry, level: int) -> tuple[Nodes, int]:
    """The node that an entry points to, allocated if there is none yet.

    Raises DispatchError at a leaf, whose section QEMU would take for a node without noticing: views
    never come to it, because their ranges do not overlap. Rules: D5.
    """
    if entry.skip == 0:
        raise DispatchError(f"part of what a leaf maps to section {entry.ptr} is mapped again")
    if entry.ptr != NIL:
        return nodes, entry.ptr
    return (*nodes, (fresh_entry(level),) * shape.node_size), len(nodes)


def fresh_entry(level: int) -> PageEntry:
    """What a new node is filled with.

    At the bottom nothing is below an entry, so its pages are unassigned. Rules: D1.
    """
    return PageEntry(0, UNASSIGNED_INDEX) if level == 0 else PageEntry(1, NIL)


def leaf_fits(first: int, pages: int, spanned: int) -> bool:
    """Whether an entry that stands for `spanned` pages lies wholly in what is left of a run.

    At the bottom, where an entry stands for one page, it always does. Rules: D5.
    """
    return first % spanned == 0 and pages >= spanned


def set_leaf(run: PageRun, spanned: int) -> tuple[PageEntry, PageRun]:
    """A leaf for the first `spanned` pages of a run, and the rest of the run. Rules: D5."""
    rest = PageRun(run.first + spanned, run.pages - spanned, run.section)
    return PageEntry(0, run.section), rest


def replace_node(nodes: Nodes, own: int, node: list[PageEntry]) -> Nodes:
    """The array with other entries in one node. Rules: D5."""
    return (*nodes[:own], tuple(node), *nodes[own + 1 :])


# --- Compaction -------------------------------------------------------------------------------


def compact(page_map: PageMap) -> PageMap:
    """Bypass every node that has a single way down; a map that is a leaf stays. Rules: D6."""
    if page_map.root.skip == 0:
        return page_map
    nodes, root = compact_entry(page_map.nodes, page_map.root)
    return page_map._replace(root=root, nodes=nodes)


def compact_entry(nodes: Nodes, entry: PageEntry) -> tuple[Nodes, PageEntry]:
    """Compact what is below an entry that is no leaf, then the entry itself. Rules: D6."""
    if entry.ptr == NIL:
        return nodes, entry
    node = list(nodes[entry.ptr])
    for place, child in enumerate(node):
        if child.skip > 0 and child.ptr != NIL:
            nodes, node[place] = compact_entry(nodes, child)
    nodes = replace_node(nodes, entry.ptr, node)
    children = [child for child in node if child.ptr != NIL]
    return nodes, bypass(entry, children[0]) if len(children) == 1 else entry


def bypass(entry: PageEntry, child: PageEntry) -> PageEntry:
    """An entry that leads at once where its only child leads.

    From a leaf, the entry becomes one itself, and so claims more pages than were mapped: that is
    why a look-up checks what its section covers. Rules: D6, D7.
    """
    return PageEntry(0 if child.skip == 0 else entry.skip + child.skip, child.ptr)


# --- Look-up ----------------------------------------------------------------------------------


def find_leaf(page_map: PageMap, page: int) -> int:
    """The section index at the end of a page's way down, or that of the unassigned section.

    Page bits of skipped levels are not compared, so in a compacted map the section may be another
    page's. The skips on a way down add up to no more than the levels. Rules: D6, D7.
    """
    entry, level = page_map.root, page_map.shape.levels
    while entry.skip > 0:
        entry, level = find_step(page_map, entry, level, page)
    return entry.ptr


def find_step(page_map: PageMap, entry: PageEntry, level: int, page: int) -> tuple[PageEntry, int]:
    """One step of a page's way down: the next entry, and the level of its node. Rules: D7."""
    if entry.ptr == NIL:
        return PageEntry(0, UNASSIGNED_INDEX), level
    level -= entry.skip
    return page_map.nodes[entry.ptr][page_map.shape.place(page, level)], level
